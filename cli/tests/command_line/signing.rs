//! Bundles that are signed here and verified in OPA, and the other way round.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::eval_comparison::REQUIRE_OPA;
use crate::run::{Answer, command, exists, finish, repository, run, say};

/// The algorithms, each with its private key and with what verifies.
const ALGORITHMS: [(&str, &str, &str); 13] = [
    ("RS256", "rsa-pkcs1.pem", "rsa-certificate.pem"),
    ("RS384", "rsa-pkcs8.pem", "rsa-public.pem"),
    ("RS512", "rsa-pkcs8.pem", "rsa-public-pkcs1.pem"),
    ("PS256", "rsa-pkcs8.pem", "rsa-public.pem"),
    ("PS384", "rsa-pkcs8.pem", "rsa-public.pem"),
    ("PS512", "rsa-pkcs8.pem", "rsa-public.pem"),
    ("ES256", "p256-pkcs8.pem", "p256-public.pem"),
    ("ES384", "p384-sec1.pem", "p384-sec1.pem"),
    ("ES512", "p521-sec1.pem", "p521-sec1.pem"),
    ("EdDSA", "ed25519.pem", "ed25519-public.pem"),
    // Any file is a secret; the line break at its end counts on both sides.
    ("HS256", "README.md", "README.md"),
    ("HS384", "README.md", "README.md"),
    ("HS512", "README.md", "README.md"),
];

#[test]
fn opa_takes_what_is_signed_here_in_every_algorithm() -> Result<()> {
    let Some(folder) = bundle()? else { return Ok(()) };
    let at = folder.path();
    for (algorithm, private, public) in ALGORITHMS {
        let (private, public) = (key(private), key(public));
        let sign = ["sign", "b", "--signing-key", &private, "--signing-alg", algorithm];
        succeeds(&run(at, &[&sign[..], &["-o", "b"]].concat())?, algorithm)?;
        let build = ["build", "--verification-key", &public, "--signing-alg", algorithm, "-o", "out.tar.gz"];
        succeeds(&opa(at, &[&build[..], &["-b", "b"]].concat())?, algorithm)?;
        fs_err::remove_file(at.join("b/.signatures.json"))?;
        succeeds(&run(at, &[&sign[..], &["-o", "b.tar.gz", "--key-id", "x"]].concat())?, algorithm)?;
        succeeds(&opa(at, &[&build[..], &["-b", "b.tar.gz"]].concat())?, algorithm)?;
    }
    Ok(())
}

#[test]
fn what_opa_signs_is_verified_here_in_every_algorithm() -> Result<()> {
    let Some(folder) = bundle()? else { return Ok(()) };
    let at = folder.path();
    for (algorithm, private, public) in ALGORITHMS {
        let (private, public) = (key(private), key(public));
        let sign = ["--signing-key", &private, "--signing-alg", algorithm];
        succeeds(&opa(at, &[&["build", "-b", "b", "-o", "b.tar.gz"], &sign[..]].concat())?, algorithm)?;
        succeeds(&opa(at, &[&["sign", "--bundle", "b", "-o", "b"], &sign[..]].concat())?, algorithm)?;
        for bundle in ["b.tar.gz", "b"] {
            let answer = run(at, &["verify", bundle, "--key", &public, "--signing-alg", algorithm])?;
            succeeds(&answer, algorithm)?;
            ensure!(
                answer.stdout.contains(&format!(", {algorithm}\n")) == (bundle == "b.tar.gz"),
                "{answer:?}"
            );
        }
        fs_err::write(at.join("b/more.txt"), "more")?;
        let answer = run(at, &["verify", "b", "--key", &public, "--signing-alg", algorithm])?;
        for name in ["b/more.txt", "b/.signatures.json"] {
            fs_err::remove_file(at.join(name))?;
        }
        ensure!(answer.exit_code == Some(1), "{algorithm}: {answer:?}");
        ensure!(answer.stderr.contains("file b/more.txt not included in bundle signature"), "{answer:?}");
    }
    Ok(())
}

/// Where both find fault, with the same words.
#[test]
fn opa_refuses_with_the_same_words() -> Result<()> {
    let Some(folder) = bundle()? else { return Ok(()) };
    let at = folder.path();
    let (private, public) = (key("rsa-pkcs8.pem"), key("rsa-public.pem"));
    let change: [(&str, &str, &str); 7] = [
        ("echo >> b/p.rego", "b/p.rego: digest mismatch (want: ", ""),
        ("echo x > b/x", "file b/x not included in bundle signature", ""),
        (
            "rm b/p.rego",
            "file(s) [b/p.rego] specified in bundle signatures but not found in the target bundle",
            "",
        ),
        ("mv b/p.rego b/q.rego", "file b/q.rego not included in bundle signature", ""),
        ("rm b/.signatures.json", "bundle missing .signatures.json file", ""),
        ("echo '{\"signatures\": []}' > b/.signatures.json", "missing JWT (expected exactly one)", ""),
        ("true", "scope mismatch", "read"),
    ];
    for (script, message, scope) in change {
        let again = "rm -rf b; mkdir -p b/d; echo 'package p' > b/p.rego; echo '{\"a\": 1}' > b/d/data.json";
        shell(at, again)?;
        succeeds(&run(at, &["sign", "b", "--signing-key", &private, "-o", "b"])?, script)?;
        shell(at, script)?;
        let theirs = opa(at, &["build", "-b", "b", "--verification-key", &public, "--scope", scope])?;
        ensure!(theirs.exit_code == Some(1) && theirs.stdout.contains(message), "{script}: {theirs:?}");
        let ours = run(at, &["verify", "b", "--key", &public, "--scope", scope])?;
        ensure!(ours.exit_code == Some(1) && ours.stderr.contains(message), "{script}: {ours:?}");
    }
    Ok(())
}

#[test]
fn new_keys_sign_for_opa_too() -> Result<()> {
    let Some(folder) = bundle()? else { return Ok(()) };
    let at = folder.path();
    for algorithm in ["RS256", "ES256", "ES384", "ES512", "EdDSA", "HS256"] {
        succeeds(
            &run(at, &["keygen", "--algorithm", algorithm, "--bits", "2048", "-o", "k", "--force"])?,
            "",
        )?;
        let (private, public) =
            if algorithm == "HS256" { ("k.secret", "k.secret") } else { ("k.pem", "k.pub.pem") };
        let sign = ["sign", "--bundle", "b", "--signing-key", private, "--signing-alg", algorithm, "-o", "b"];
        succeeds(&opa(at, &sign)?, algorithm)?;
        let build =
            ["build", "-b", "b", "--verification-key", public, "--signing-alg", algorithm, "-o", "o.tar.gz"];
        succeeds(&opa(at, &build)?, algorithm)?;
        succeeds(&run(at, &["verify", "b", "--key", public, "--signing-alg", algorithm])?, algorithm)?;
    }
    Ok(())
}

/// A folder with a bundle in `b`; none, with a line that says so, without OPA.
fn bundle() -> Result<Option<tempfile::TempDir>> {
    if !exists("opa") {
        let required = std::env::var_os(REQUIRE_OPA).is_some_and(|value| value == "1");
        ensure!(
            !required,
            "there is no `opa` on the path, and {REQUIRE_OPA} is set: install it with `go install`"
        );
        say("skipped: there is no `opa` on the path")?;
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    fs_err::create_dir_all(at.join("b/d"))?;
    fs_err::write(at.join("b/p.rego"), "package p\n\nallow if input.x == data.d.a\n")?;
    fs_err::write(at.join("b/d/data.json"), "{\"b\": [1.0, \"<é\\u2028>\"], \"a\": 1e3}")?;
    fs_err::write(at.join("b/.manifest"), "{\"roots\": [\"p\", \"d\"], \"revision\": \"1\"}")?;
    fs_err::write(at.join("b/notes.txt"), "hello")?;
    Ok(Some(folder))
}

fn key(name: &str) -> String {
    repository().join("engine/testcases/keys").join(name).to_string_lossy().into_owned()
}

fn opa(folder: &Path, arguments: &[&str]) -> Result<Answer> {
    finish(command(Path::new("opa"), folder).args(arguments), b"")
}

fn shell(folder: &Path, script: &str) -> Result<()> {
    succeeds(&finish(command(Path::new("sh"), folder).args(["-c", script]), b"")?, script)
}

fn succeeds(answer: &Answer, what: &str) -> Result<()> {
    ensure!(answer.exit_code == Some(0), "{what}: {answer:?}");
    Ok(())
}
