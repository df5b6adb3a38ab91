//! What built-in functions answer: the cases of `testcases/builtins` here and in the real OPA.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "tests read and write files, run OPA, say what they skip, and fail loudly"
)]

#[path = "builtins/call.rs"]
mod call;
#[path = "builtins/cases.rs"]
mod cases;
#[path = "builtins/live.rs"]
mod live;
#[path = "types_support/opa.rs"]
mod opa;
#[path = "builtins/random.rs"]
mod random;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use portcullis::builtins;

#[test]
fn calls_have_their_recorded_outcomes() {
    if cases::updating() {
        return;
    }
    let (mut differences, mut count) = (String::new(), 0);
    for family in cases::families() {
        for case in &family.cases {
            count += 1;
            let got = call::outcome(&case.call);
            if got != case.wanted() {
                let place = format!("{}:{}", family.name, case.line);
                let _ = writeln!(
                    differences,
                    "{place}: {}\n  recorded {}\n       got {got}",
                    case.call, case.outcome
                );
            }
        }
    }
    assert!(differences.is_empty(), "of {count} calls these differ:\n{differences}");
}

#[test]
fn opa_has_the_recorded_outcomes() {
    for mut family in cases::families() {
        let compared = family.cases.iter().filter(|case| case.compared_with_opa());
        let calls: Vec<&str> = compared.map(|case| case.call.as_str()).collect();
        let Some(outcomes) = live::outcomes(&family.name, &calls) else {
            return;
        };
        let mut differences = String::new();
        let compared = family.cases.iter_mut().filter(|case| case.compared_with_opa());
        for (case, theirs) in compared.zip(outcomes) {
            if case.outcome != theirs {
                let _ = writeln!(
                    differences,
                    "line {}: {}\n  recorded {}\n  OPA says {theirs}",
                    case.line, case.call, case.outcome
                );
                case.outcome = theirs;
            }
        }
        if cases::updating() {
            family.write();
        } else {
            assert!(differences.is_empty(), "{}:\n{differences}", family.name);
        }
    }
}

#[test]
fn every_function_is_implemented_and_has_a_case() {
    if cases::selected().is_some() {
        return;
    }
    let families = cases::families();
    let with_case: BTreeSet<String> = families
        .iter()
        .flat_map(|family| family.cases.iter().map(|case| call::function_of(&case.call)))
        .collect();
    for name in &with_case {
        assert!(builtins::lookup(name).is_some(), "there is no function `{name}`, but it has a case");
    }
    let mut wrong = Vec::new();
    for signature in builtins::all() {
        let name = signature.name;
        let excused = EVALUATED.contains(&name) || NOT_YET.contains(&name);
        match (signature.function.is_some(), excused) {
            (false, false) => wrong.push(format!("`{name}` is not implemented")),
            (true, true) => wrong.push(format!("`{name}` is implemented: take it off the list")),
            (true, false) if !with_case.contains(name) => wrong.push(format!("`{name}` has no case")),
            (true | false, _) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the evaluator does itself: it binds variables, has many results, or knows the place of the call.
const EVALUATED: &[&str] = &[
    "assign",
    "eq",
    "internal.print",
    "internal.test_case",
    "print",
    "rego.metadata.chain",
    "rego.metadata.rule",
    "walk",
];

/// What is still to come, by family. The comments between keep changes of different families apart.
const NOT_YET: &[&str] = &[];
