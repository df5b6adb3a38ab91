//! The files of `engine/testcases/syntax`: each one's tree or errors, as reviewed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use portcullis::source::{LineIndex, SourceId};
use portcullis::syntax::{ParseOptions, RegoVersion, dump, parse};

#[test]
fn each_file_has_the_reviewed_tree_or_errors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testcases/syntax");
    let files = rego_files(&root);
    assert!(files.len() > 50, "only {} files were found", files.len());
    for file in &files {
        let text = std::fs::read_to_string(file).expect("the file can be read");
        let name = file.strip_prefix(&root).expect("the file is below the root").with_extension("");
        let name = name.to_string_lossy().replace('/', "__");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(root.join("snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, report(file, &text)));
    }
    let mut snapshots: Vec<_> = std::fs::read_dir(root.join("snapshots"))
        .expect("the snapshots can be listed")
        .map(|entry| entry.expect("the snapshots can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "snap"))
        .collect();
    snapshots.sort();
    assert_eq!(snapshots.len(), files.len(), "a snapshot is left over: {snapshots:?}");
}

fn rego_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder can be listed")
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            found.extend(rego_files(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rego") {
            found.push(entry);
        }
    }
    found
}

/// The source, and below it the tree or the errors. Files below a folder `v0` are in that version.
fn report(file: &Path, text: &str) -> String {
    let old = file.components().any(|part| part.as_os_str() == "v0");
    let version = if old { RegoVersion::V0 } else { RegoVersion::V1 };
    let parsed = parse(SourceId::default(), text, &ParseOptions::new(version));
    let index = LineIndex::new(text);
    let mut report = format!("{text}\n----\n");
    for (number, diagnostic) in parsed.diagnostics.iter().enumerate() {
        let at = index.position(diagnostic.span.expect("an error has a place").start);
        let beyond = if number < parsed.reported_by_opa { "" } else { " (beyond OPA)" };
        _ = writeln!(report, "{}:{}: {}{beyond}", at.row, at.col, diagnostic.message);
        if let Some(help) = &diagnostic.help {
            _ = writeln!(report, "  help: {help}");
        }
    }
    if parsed.diagnostics.is_empty() {
        report.push_str(&dump::module(&parsed.module, Some(&index)));
    }
    report
}
