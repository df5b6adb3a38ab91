//! Properties: their files, their schema, the page about them, and what is made for them.
#![expect(clippy::disallowed_methods, reason = "tests read the disk and `UPDATE`")]
#![expect(clippy::expect_used, reason = "tests")]

#[path = "properties/documentation.rs"]
mod documentation;
#[path = "properties/inputs.rs"]
mod inputs;
#[path = "properties/schema.rs"]
mod schema;

use std::fs;
use std::path::{Path, PathBuf};

/// The directory that the repository's paths start from.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files of properties in cases of the command line, each with its text: those of folders called `good`, or the broken ones.
fn in_cases() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let entries = fs::read_dir(root().join("testcases/cli/test")).expect("the cases");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        let case = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a readable file");
        for part in text.split("\n-- ").skip(1) {
            let (name, text) = part.split_once(" --\n").unwrap_or((part, ""));
            if name.ends_with(".properties.yaml") {
                found.push((format!("{case}/{name}"), text.to_owned()));
            }
        }
    }
    assert!(found.len() > 10, "only {} files of properties", found.len());
    found
}
