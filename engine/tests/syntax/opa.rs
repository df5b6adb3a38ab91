//! The real OPA as an oracle.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// An error of OPA: message, row and column.
pub(crate) type OpaError = (String, usize, usize);

/// Whether there is an OPA to ask.
///
/// # Panics
///
/// If there is none though the environment says there has to be.
pub(crate) fn available() -> bool {
    if Command::new("opa").arg("version").output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    let required = std::env::var("PORTCULLIS_REQUIRE_OPA").is_ok_and(|value| value == "1");
    assert!(!required, "OPA is required and not on the path");
    // Past the capture of the test harness, so that it is seen.
    let _ = writeln!(std::io::stderr(), "skipped: there is no opa on the path");
    false
}

/// A folder of modules, one file each.
pub(crate) struct Folder {
    path: PathBuf,
    old: bool,
}

impl Folder {
    /// Writes the modules; they are in version 0 if `old`.
    pub(crate) fn new(name: &str, modules: &[String], old: bool) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).expect("the old folder can be removed");
        }
        std::fs::create_dir_all(&path).expect("the folder can be made");
        for (number, module) in modules.iter().enumerate() {
            std::fs::write(path.join(format!("{number:06}.rego")), module).expect("the file can be written");
        }
        // With one file that is no Rego, OPA reports what it parsed and compiles nothing.
        std::fs::write(path.join("zz.rego"), "}").expect("the file can be written");
        Self { path, old }
    }

    /// The errors of each module.
    pub(crate) fn errors(&self) -> BTreeMap<usize, Vec<OpaError>> {
        let mut command = Command::new("opa");
        command.args(["check", "-f", "json"]).arg(&self.path);
        let output = self.versioned(&mut command).output().expect("opa runs");
        let report: Value = serde_json::from_slice(&output.stderr).expect("opa reports JSON");
        let mut errors: BTreeMap<usize, Vec<OpaError>> = BTreeMap::new();
        for error in report["errors"].as_array().expect("a list of errors") {
            assert_eq!(error["code"], "rego_parse_error", "{error}");
            let place = &error["location"];
            let number = |key: &str| usize::try_from(place[key].as_u64().unwrap_or(0)).expect("small");
            let file = Path::new(place["file"].as_str().expect("a file")).file_stem().expect("a name");
            let Ok(module) = file.to_string_lossy().parse::<usize>() else { continue };
            let message = error["message"].as_str().expect("a message").to_owned();
            errors.entry(module).or_default().push((message, number("row"), number("col")));
        }
        errors
    }

    /// The tree of one module, with places.
    pub(crate) fn tree(&self, module: usize) -> Option<Value> {
        let mut command = Command::new("opa");
        command.args(["parse", "-f", "json", "--json-include", "locations"]);
        command.arg(self.path.join(format!("{module:06}.rego")));
        let output = self.versioned(&mut command).output().expect("opa runs");
        serde_json::from_slice(&output.stdout).ok()
    }

    fn versioned<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if self.old { command.arg("--v0-compatible") } else { command }
    }
}
