//! Runs OPA, with whose answers ours are compared.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// OPA's output; none, with a line that says so, when there is no `opa` on the path.
pub(crate) fn run<S: AsRef<OsStr>>(args: &[S]) -> Option<Output> {
    let output = Command::new("opa").args(args).stdin(Stdio::null()).output();
    if output.is_err() {
        let required = std::env::var_os(REQUIRE_OPA).is_some_and(|value| value == "1");
        assert!(
            !required,
            "there is no `opa` on the path, and {REQUIRE_OPA} is set: install it with `go install`"
        );
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "skipped: there is no `opa` on the path");
    }
    output.ok()
}

const REQUIRE_OPA: &str = "PORTCULLIS_REQUIRE_OPA";
