//! The linter finds nothing in the shipped policies, with data or without, nor in those that bugs are planted in.

#![allow(clippy::expect_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_shipped_policies_have_no_findings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let seeded =
        ["admission", "delegation", "gateway", "rbac"].map(|name| format!("testcases/seeded/{name}/base"));
    let shipped = ["policies", "policies/agentweave/authz.rego"].map(ToOwned::to_owned);
    for path in shipped.iter().chain(&seeded) {
        let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(["check", "-f", "github", path])
            .current_dir(&root)
            .output()
            .expect("the command runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{path}");
        assert_eq!(output.status.code(), Some(0), "{path}");
    }
}
