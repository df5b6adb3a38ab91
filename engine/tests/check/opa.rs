//! The examples on the pages of the rules, answered by the real OPA: what a rule calls bad is bad there, and what it says to
//! use instead is not.

use std::fs;
use std::process::Command;

use portcullis::check::{RULES, rule};

use crate::documentation::examples;
use crate::opa_command::opa;

/// A rule, a query, data, an input that must not be allowed, and the answers for the example and for what to use instead.
type Row = (&'static str, &'static str, &'static str, &'static str, [&'static str; 2]);

const ROWS: [Row; 10] = [
    ("default-true", "allow", "{}", "{}", ["true", "false"]),
    ("missing-default", "allow", "{}", "{}", ["undefined", "false"]),
    ("negated-undefined", "allow", r#"{"users": ["eve"]}"#, r#"{"user": "eve"}"#, ["true", "false"]),
    ("empty-count", "allow", "{}", r#"{"user": "eve"}"#, ["true", "false"]),
    (
        "permissive-object-get",
        "allow",
        r#"{"users": ["eve"], "blocked": {}}"#,
        r#"{"user": "eve"}"#,
        ["true", "false"],
    ),
    (
        "vacuous-every",
        "allow",
        r#"{"granted": {"c": []}}"#,
        r#"{"client": "c", "scopes": []}"#,
        ["true", "false"],
    ),
    (
        "self-authorised-input",
        "allow",
        r#"{"resources": {"r": {"owner": "alice"}}}"#,
        r#"{"user": "eve", "resource": {"id": "r", "owner": "eve"}}"#,
        ["true", "false"],
    ),
    (
        "unanchored-match",
        "allow",
        "{}",
        r#"{"spiffe_id": "spiffe://example.com.evil.net/a"}"#,
        ["true", "false"],
    ),
    ("unanchored-match", "allow", "{}", r#"{"path": "/private/public"}"#, ["true", "false"]),
    (
        "conflicting-complete-rules",
        "level",
        "{}",
        r#"{"department": "sales", "role": "manager"}"#,
        ["eval_conflict_error", "2"],
    ),
];

#[test]
fn the_examples_of_the_rules_answer_as_their_pages_say() {
    let Some(opa) = opa() else { return };
    let folder = std::env::temp_dir().join(format!("portcullis-rules-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (id, name, data, input, answers) in ROWS {
        for (policy, expected) in examples(rule(id).unwrap()).iter().zip(answers) {
            for (file, content) in
                [("policy.rego", policy.as_str()), ("data.json", data), ("input.json", input)]
            {
                fs::write(folder.join(file), content).unwrap();
            }
            let arguments = ["eval", "-f", "raw", "-d", "policy.rego", "-d", "data.json", "-i", "input.json"];
            let output = Command::new(&opa)
                .args(arguments)
                .arg(format!("data.authz.{name}"))
                .current_dir(&folder)
                .output()
                .unwrap();
            let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            let error = String::from_utf8_lossy(&output.stderr).into_owned() + &answer;
            match expected {
                "undefined" => assert_eq!(answer, "", "{id}: {error}"),
                "eval_conflict_error" => assert!(error.contains(expected), "{id}: {error}"),
                _ => assert_eq!(answer, expected, "{id}: {error}\n{policy}"),
            }
        }
    }
    fs::remove_dir_all(folder).unwrap();
}

/// Rules about more than what a policy answers have no row.
#[test]
fn every_rule_about_answers_is_shown_to_be_right() {
    for rule in RULES {
        let is_about_answers = !matches!(rule.category.as_str(), "unused" | "suppression");
        let shown = ROWS.iter().any(|(id, ..)| *id == rule.id);
        assert!(shown || !is_about_answers || rule.id == "wildcard-in-allow-list", "{}", rule.id);
    }
}
