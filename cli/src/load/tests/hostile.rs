//! Trees that are made to hurt.

use std::ffi::OsStr;
use std::io::Read as _;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::process::Command;

use fs_err::os::unix::fs::symlink;
use portcullis::bundle::archive;

use super::{archive as packed, failure, load, options, write};
use crate::load::{Limits, LoadMode, LoadOptions};

#[test]
fn a_loop_of_links_ends_and_says_where_it_leads() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), &[("d/a/x.json", "{}")]);
    symlink("..", tree.path().join("d/a/up")).unwrap();
    let error = load(options(tree.path(), LoadMode::Files, &["d"])).unwrap_err();
    assert_eq!(error.errors.len(), 1);
    let directory = tree.path().join("d");
    let expected = format!("stat {}/a/up: too many levels of symbolic links", directory.display());
    assert_eq!(error.errors[0].message, expected);
    let help = format!("it leads back to {}; leave it out with --ignore", directory.display());
    assert_eq!(error.errors[0].help.as_deref(), Some(help.as_str()));
}

#[test]
fn links_that_multiply_are_cut_off() {
    let tree = tempfile::tempdir().unwrap();
    for level in 0..30 {
        write(tree.path(), &[(&format!("d{level}/x.json"), "1")]);
        for link in ["a", "b"] {
            symlink(format!("../d{}", level + 1), tree.path().join(format!("d{level}/{link}"))).unwrap();
        }
    }
    write(tree.path(), &[("d30/x.json", "1")]);
    let limits = Limits { entries: 1_000, ..Limits::default() };
    let text =
        failure(tree.path(), LoadOptions { limits, ..options(tree.path(), LoadMode::Files, &["d0/a"]) });
    assert!(text.ends_with("d0/a: more than 1000 files and directories"), "{text}");
}

#[test]
fn ten_thousand_files_are_loaded() {
    let tree = tempfile::tempdir().unwrap();
    for number in 0..10_000 {
        let text = format!(r#"{{"common": {{"k{number}": {number}}}}}"#);
        fs_err::write(tree.path().join(format!("{number}.json")), text).unwrap();
    }
    let loaded = load(options(tree.path(), LoadMode::Files, &[""])).unwrap();
    assert_eq!(loaded.data.lookup(&["common"]).unwrap().as_object().unwrap().len(), 10_000);

    write(tree.path(), &[("z.json", r#"{"common": {"k4711": 0}}"#)]);
    let text = failure(tree.path(), options(tree.path(), LoadMode::Files, &[""]));
    let expected = "z.json: merge error: conflicting values at data.common.k4711, also defined in 4711.json";
    assert_eq!(text, format!("1 error occurred during loading: {expected}"));
}

#[test]
fn pipes_sockets_and_devices_in_a_tree_are_refused() {
    let tree = tempfile::tempdir().unwrap();
    assert!(Command::new("mkfifo").arg(tree.path().join("a.json")).status().unwrap().success());
    let _socket = UnixListener::bind(tree.path().join("b.yaml")).unwrap();
    symlink("/dev/zero", tree.path().join("c.rego")).unwrap();
    assert!(Command::new("mkfifo").arg(tree.path().join("d.txt")).status().unwrap().success());
    let text = failure(tree.path(), options(tree.path(), LoadMode::Files, &[""]));
    let expected = "3 errors occurred during loading:\nopen a.json: not a regular file\n\
                    open b.yaml: not a regular file\nopen c.rego: not a regular file";
    assert_eq!(text, expected);
    assert!(load(options(tree.path(), LoadMode::Bundles, &[""])).is_ok(), "OPA passes over them in bundles");
}

#[test]
fn an_endless_file_is_read_up_to_the_limit() {
    let tree = tempfile::tempdir().unwrap();
    let limits = Limits { file_bytes: 1_000, ..Limits::default() };
    let zero = LoadOptions { limits, ..options("/".as_ref(), LoadMode::Files, &["dev/zero"]) };
    let text = failure(tree.path(), zero);
    assert_eq!(text, "1 error occurred during loading: /dev/zero: larger than 1000 bytes");
    fs_err::write(tree.path().join("a.json"), "9".repeat(1_001)).unwrap();
    let large = LoadOptions { limits, ..options(tree.path(), LoadMode::Files, &["a.json"]) };
    assert_eq!(
        failure(tree.path(), large),
        "1 error occurred during loading: a.json: larger than 1000 bytes"
    );
}

#[test]
fn names_may_be_any_bytes() {
    let tree = tempfile::tempdir().unwrap();
    let path = |name: &[u8]| tree.path().join(OsStr::from_bytes(name));
    fs_err::write(path(b"a\nb.rego"), "package a").unwrap();
    fs_err::write(path(b"\xff.json"), r#"{"a": 1}"#).unwrap();
    fs_err::write(path(b"\xfe.json"), r#"{"b": 1}"#).unwrap();
    fs_err::create_dir(path(b"d\xff")).unwrap();
    fs_err::write(path(b"d\xff/x.json"), "1").unwrap();
    let loaded = load(options(tree.path(), LoadMode::Files, &[""])).unwrap();
    assert_eq!(loaded.data.to_json(), "{\"a\":1,\"b\":1,\"d\u{fffd}\":1}");
    let (_, module) = loaded.modules.iter().next().unwrap();
    assert!(module.name().ends_with("/a\nb.rego"));
}

#[test]
fn what_may_not_be_read_is_an_error() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), &[("a.json", "{}"), ("d/b.json", "{}")]);
    for (path, mode) in [("a.json", 0), ("d", 0)] {
        fs_err::set_permissions(tree.path().join(path), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    if fs_err::read(tree.path().join("a.json")).is_ok() {
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "skipped: this user may read everything");
        return;
    }
    let text = failure(tree.path(), options(tree.path(), LoadMode::Files, &[""]));
    let expected =
        "2 errors occurred during loading:\nopen a.json: permission denied\nopen d: permission denied";
    assert_eq!(text, expected);
}

#[test]
fn an_empty_directory_is_no_error() {
    let tree = tempfile::tempdir().unwrap();
    for mode in [LoadMode::Files, LoadMode::Bundles] {
        let loaded = load(options(tree.path(), mode, &[""])).unwrap();
        assert!(loaded.modules.is_empty());
    }
}

#[test]
fn documents_may_nest_deep_and_disagree_at_the_bottom() {
    let tree = tempfile::tempdir().unwrap();
    let deep = |value: &str| format!("{}{value}{}", "{\"k\":".repeat(9_000), "}".repeat(9_000));
    write(tree.path(), &[("a.json", &deep("1")), ("b.json", &deep("2"))]);
    let text = failure(tree.path(), options(tree.path(), LoadMode::Files, &[""]));
    assert!(text.ends_with("k.k.k, also defined in a.json"), "{}", text.len());
    write(tree.path(), &[("b.json", &"[".repeat(1_000_000))]);
    let text = failure(tree.path(), options(tree.path(), LoadMode::Files, &[""]));
    assert!(text.contains("b.json:1:"), "{text}");
    let manifest = r#"{"roots": ["k/x"]}"#;
    write(tree.path(), &[("c/data.json", &deep("1")), ("c/.manifest", manifest)]);
    let text = failure(tree.path(), options(tree.path(), LoadMode::Bundles, &["c"]));
    assert!(text.contains("do not permit data at path '/k/k/k"), "{}", text.len());
}

#[test]
fn archives_are_read_within_limits() {
    let tree = tempfile::tempdir().unwrap();
    let large = " ".repeat(100_000);
    let bytes = packed(&[("/data.json", "{}"), ("/README", &large), ("/x/data.json", &large)]);
    fs_err::write(tree.path().join("a.tar.gz"), &bytes).unwrap();
    let failure_with = |limits| {
        failure(tree.path(), LoadOptions { limits, ..options(tree.path(), LoadMode::Bundles, &["a.tar.gz"]) })
    };
    let prefix = "unable to load bundle a.tar.gz: bundle a.tar.gz: bundle read failed: ";
    let with = |archive| Limits { archive, ..Limits::default() };
    let limits = with(archive::Limits { total_bytes: 50_000, ..archive::Limits::default() });
    assert_eq!(failure_with(limits), format!("{prefix}unpacks to more than 50000 bytes"));
    let limits = with(archive::Limits { members: 2, ..archive::Limits::default() });
    assert_eq!(failure_with(limits), format!("{prefix}more than 2 members"));
    let limits = with(archive::Limits { member_bytes: 50_000, ..archive::Limits::default() });
    assert_eq!(
        failure_with(limits),
        format!("{prefix}bundle file '/README' size exceeds max size (50000 bytes)")
    );
    let limits = Limits { file_bytes: 10, ..Limits::default() };
    assert!(failure_with(limits).ends_with("a.tar.gz: larger than 10 bytes"));

    for length in [1, 9, 20, bytes.len() / 2] {
        fs_err::write(tree.path().join("a.tar.gz"), &bytes[..length]).unwrap();
        let text = failure_with(Limits::default());
        assert!(text.starts_with(prefix), "{text}");
    }
}

#[test]
fn nothing_is_written() {
    let tree = tempfile::tempdir().unwrap();
    fs_err::write(tree.path().join("a.tar.gz"), packed(&[("/data.json", "{}")])).unwrap();
    load(options(tree.path(), LoadMode::Files, &[""])).unwrap();
    assert_eq!(fs_err::read_dir(tree.path()).unwrap().count(), 1);
    let mut bytes = Vec::new();
    fs_err::File::open(tree.path().join("a.tar.gz")).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, packed(&[("/data.json", "{}")]));
}
