//! What the server does not start with, and in which words.

use std::process::Stdio;

use anyhow::{Result, ensure};

use crate::archive::{bundle, put};
use crate::server::command;

#[test]
fn what_is_missing_or_wrong_is_said_before_anything_is_served() -> Result<()> {
    let folder = tempfile::tempdir()?;
    put(&folder.path().join("bundles/authz.tar.gz"), &bundle("r1")?)?;
    fs_err::write(folder.path().join("key.pem"), "no key")?;
    fs_err::write(folder.path().join("tokens.json"), "{\"tokens\": [], \"more\": 1}")?;
    for (line, words) in [
        (
            "serve",
            "error: nothing says whose bundles may be served\nhint: give the public key of who signs them with --verification-key [ID=]FILE, or as `bundles.pub.pem`; --insecure-skip-verify serves whatever is in the folder, and --policy decides instead",
        ),
        ("serve --insecure-skip-verify --verification-key key.pem", "cannot be used with"),
        (
            "serve --insecure-skip-verify --bundles missing -a 127.0.0.1:0",
            "the folder `missing` can't be served: no such file or directory",
        ),
        (
            "serve --insecure-skip-verify -a 0.0.0.0:0",
            "error: 0.0.0.0:0 can be reached from other machines, and the connections would not be protected\nhint: give a certificate with --tls-cert-file and --tls-private-key-file, or accept plain HTTP with --insecure-plain-http",
        ),
        ("serve --insecure-skip-verify -a nowhere", "error: no address `nowhere`"),
        ("serve --insecure-skip-verify -a 127.0.0.1:0 --token-file tokens.json", "unknown field `more`"),
        ("serve --insecure-skip-verify -a 127.0.0.1:0 --token-file missing", "missing"),
        (
            "serve --insecure-skip-verify -a 127.0.0.1:0 --tls-cert-file key.pem --tls-private-key-file key.pem",
            "`key.pem`: there is no certificate in it",
        ),
        ("serve --insecure-skip-verify -a 127.0.0.1:0 --tls-cert-file key.pem", "--tls-private-key-file"),
        ("serve --insecure-skip-verify -a 127.0.0.1:0 --access-log missing/log", "missing/log"),
        ("serve --insecure-skip-verify --rescan 0", "it has to be more than nothing"),
    ] {
        let mut command = command();
        command.current_dir(folder.path()).args(line.split(' ')).stderr(Stdio::piped());
        let output = command.output()?;
        let said = String::from_utf8(output.stderr)?;
        ensure!(
            output.status.code() == Some(1) && said.contains(words),
            "{line}: {:?}: {said}",
            output.status
        );
    }
    Ok(())
}
