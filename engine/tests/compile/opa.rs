//! The real OPA as an oracle.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `opa` is: on the path, or where `go install` puts it. That it is missing is said.
///
/// # Panics
///
/// If it is missing though the environment says there has to be one.
pub(crate) fn opa() -> Option<PathBuf> {
    let runs = |path: &PathBuf| {
        Command::new(path).arg("version").output().is_ok_and(|output| output.status.success())
    };
    let installed = std::env::var_os("HOME").map(|home| Path::new(&home).join("go/bin/opa"));
    let found = std::iter::once(PathBuf::from("opa")).chain(installed).find(runs);
    if found.is_none() {
        let required = std::env::var("PORTCULLIS_REQUIRE_OPA").is_ok_and(|value| value == "1");
        assert!(!required, "OPA is required and not on the path");
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "skipped: there is no opa on the path");
    }
    found
}
