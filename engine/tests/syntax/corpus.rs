//! The modules of the conformance cases.

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value;

/// One case.
pub(crate) struct Case {
    pub(crate) note: String,
    pub(crate) modules: Vec<String>,
    pub(crate) error_code: Option<String>,
    pub(crate) error: Option<String>,
}

/// The cases, or none when their folder isn't there.
///
/// # Panics
///
/// If it isn't there though the environment says it has to be.
pub(crate) fn cases() -> Option<Vec<Case>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if !folder.is_dir() {
        let required = std::env::var("PORTCULLIS_REQUIRE_SHARED").is_ok_and(|value| value == "1");
        assert!(!required, "the conformance cases are required and not at {}", folder.display());
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "skipped: no conformance cases beside the repository");
        return None;
    }
    let mut files: Vec<_> = ["opa", "edge"]
        .iter()
        .flat_map(|part| std::fs::read_dir(folder.join(part)).expect("the folder can be listed"))
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("the file can be read");
        let document: Value = serde_json::from_str(&text).expect("the file is JSON");
        for case in document["cases"].as_array().expect("a file has cases") {
            let text = |key: &str| case[key].as_str().map(ToOwned::to_owned);
            let modules = case["modules"].as_array().into_iter().flatten();
            cases.push(Case {
                note: text("note").unwrap_or_default(),
                modules: modules.filter_map(|module| module.as_str().map(ToOwned::to_owned)).collect(),
                error_code: text("want_error_code"),
                error: text("want_error"),
            });
        }
    }
    Some(cases)
}
