//! The archives in `bundles/`: those in `good/` load, those in `bad/` are refused for the reason in the table beside them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests, and the archives are files"
)]

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use portcullis::bundle::{
    Algorithm, ContentError, Contents, Standing, TrustedKey, Verification, VerificationKey, archive,
    assemble, verify,
};
use portcullis::document::Outline;
use portcullis::value::{Object, Value};

#[test]
fn good_archives_load() {
    for (name, row) in rows("good") {
        let bytes = std::fs::read(folder("good").join(&name)).unwrap();
        let members = archive::read(&bytes, archive::Limits::default()).unwrap();
        if name.starts_with("signed-") {
            let verified = verify(members.clone(), &trusting(&name)).unwrap();
            assert!(matches!(verified.standing(), Standing::Signed(_)), "{name}");
        }
        let contents: Contents = assemble(members.clone(), None).unwrap();
        let outlined: Contents<Outline> = assemble(members, None).unwrap();
        assert_eq!(outlined.data.into_json(), Value::Object(contents.data).to_json(), "{name}");
        let modules: Vec<&str> = contents.modules.iter().map(|module| &**module.source.name()).collect();
        assert_eq!(modules.join(" "), row.last().unwrap().replace('`', ""), "{name}");
    }
}

#[test]
fn bad_archives_are_refused_for_the_reason_in_their_row() {
    for (name, row) in rows("bad") {
        let bytes = std::fs::read(folder("bad").join(&name)).unwrap();
        let refused = archive::read(&bytes, archive::Limits::default())
            .map_err(|error| error.to_string())
            .and_then(|members| {
                if name.starts_with("signed-") {
                    verify(members, &trusting("rs256")).map_err(|error| error.to_string())?;
                    return Ok(());
                }
                let message = |error: ContentError| error.to_string();
                let outlined = assemble::<Outline>(members.clone(), None).map(drop).map_err(message);
                let contents = assemble::<Object>(members, None).map(drop).map_err(message);
                assert_eq!(outlined, contents, "{name}");
                contents
            });
        let message = refused.expect_err(&name);
        assert_eq!(shown(&message), *row.last().unwrap(), "{name}");
    }
}

#[test]
fn each_archive_is_read_again_after_it_was_written() {
    let bytes = std::fs::read(folder("good").join("long-names.tar.gz")).unwrap();
    let members = archive::read(&bytes, archive::Limits::default()).unwrap();
    for threads in [1, 2, 7] {
        let written = archive::write(&members, NonZeroUsize::new(threads).unwrap()).unwrap();
        assert_eq!(archive::read(&written, archive::Limits::default()).unwrap(), members);
    }
}

/// The one key that an archive of this name may be signed with.
fn trusting(name: &str) -> Verification {
    let name = name.trim_start_matches("signed-").trim_end_matches(".tar.gz");
    let file = match name {
        "es256" => "p256-public.pem",
        "es384" => "p384-sec1.pem",
        "es512" => "p521-sec1.pem",
        "eddsa" => "ed25519-public.pem",
        name if name.starts_with("hs") => "hmac.secret",
        _ => "rsa-public.pem",
    };
    let algorithm = if name == "eddsa" { "EdDSA".to_owned() } else { name.to_uppercase() };
    let algorithm = Algorithm::from_name(&algorithm).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testcases/keys").join(file);
    let key = VerificationKey::new(algorithm, &std::fs::read(path).unwrap()).unwrap();
    let keys = vec![TrustedKey { id: Some("test".to_owned()), key, scope: None }];
    Verification { keys, ..Verification::default() }
}

/// As it stands in a table.
fn shown(message: &str) -> String {
    message.replace('|', "\\|")
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../bundles").join(name)
}

/// The rows of the folder's table, by archive; and each archive has one.
fn rows(name: &str) -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(folder(name).join("README.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    let cells = |row: &str| row.split(" | ").map(str::to_owned).collect::<Vec<_>>();
    let rows: BTreeMap<String, Vec<String>> =
        rows.map(cells).map(|cells| (cells[0].trim_end_matches('`').to_owned(), cells)).collect();
    let mut files: Vec<String> = std::fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|file| file.ends_with(".tar.gz"))
        .collect();
    files.sort();
    assert_eq!(files, rows.keys().cloned().collect::<Vec<_>>(), "each archive has its row");
    assert!(!rows.is_empty());
    rows
}
