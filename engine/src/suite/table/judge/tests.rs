//! Every expectation against every kind of answer.

use std::sync::Arc;

use crate::document;
use crate::policy::{ErrorCode, EvalError, Expression, Outcome, QueryResult};
use crate::source::{Source, Sources, Span};
use crate::suite::event::{Failure, TestError, Verdict};
use crate::suite::table::{Case, Expectation};
use crate::value::{Set, Value};

fn json(text: &str) -> Value {
    document::json(Sources::new().add(Source::new("", "")), text).expect("JSON").to_value()
}

fn case(select: &str, expect: Expectation) -> Case {
    let names = |path: &str| -> Arc<[Arc<str>]> {
        path.split('.').filter(|name| !name.is_empty()).map(Into::into).collect()
    };
    Case {
        name: "case".into(),
        span: Span::new(Sources::new().add(Source::new("", "")), 0, 0),
        query: names("authz.allow"),
        select: names(select),
        input: None,
        with: Vec::new(),
        expect,
    }
}

fn defined(value: Value) -> Outcome {
    let expression = Expression { value, text: "data.authz.allow".into(), row: 1, col: 1 };
    Outcome::Defined(vec![QueryResult { expressions: vec![expression], bindings: Vec::new() }])
}

fn error(code: ErrorCode) -> Outcome {
    Outcome::Error(EvalError { code, message: "went wrong".to_owned(), location: None })
}

/// What a user sees: `pass`, `error: ...`, or the parts of a failure on a line each.
fn judge(case: &Case, outcome: Outcome) -> String {
    match case.judge(outcome) {
        Verdict::Pass => "pass".to_owned(),
        Verdict::Error(TestError::Evaluation(error)) => format!("error: {error}"),
        Verdict::Fail(Failure::Unexpected { expected, actual, hint }) => {
            let hint = hint.map_or(String::new(), |hint| format!("\nhint: {hint}"));
            format!("expected: {expected}\nactual: {actual}{hint}")
        }
        other @ (Verdict::Fail(_) | Verdict::Error(_) | Verdict::Skip { .. }) => panic!("{other:?}"),
    }
}

#[test]
fn each_expectation_takes_its_own_answer_and_no_other() {
    use Expectation::{Allow, Deny, Error, Undefined, Want};
    let expectations =
        [Allow, Deny, Undefined, Error(ErrorCode::Conflict), Want(json("1")), Want(json("true"))];
    let answers: [(Outcome, [&str; 6]); 7] = [
        (defined(json("true")), ["pass", "fail", "fail", "fail", "fail", "pass"]),
        (defined(json("false")), ["fail", "pass", "fail", "fail", "fail", "fail"]),
        (defined(json("1")), ["fail", "fail", "fail", "fail", "pass", "fail"]),
        (defined(json("1.0")), ["fail", "fail", "fail", "fail", "pass", "fail"]),
        (Outcome::Undefined, ["fail", "fail", "pass", "fail", "fail", "fail"]),
        (error(ErrorCode::Conflict), ["error", "error", "error", "pass", "error", "error"]),
        (error(ErrorCode::Type), ["error", "error", "error", "fail", "error", "error"]),
    ];
    for (answer, verdicts) in answers {
        for (expect, verdict) in expectations.iter().zip(verdicts) {
            let judged = match case("", expect.clone()).judge(answer.clone()) {
                Verdict::Pass => "pass",
                Verdict::Fail(_) => "fail",
                Verdict::Error(_) => "error",
                Verdict::Skip { .. } => "skip",
            };
            assert_eq!(judged, verdict, "{expect:?} {answer:?}");
        }
    }
}

#[test]
fn a_run_that_was_stopped_is_no_failed_expectation() {
    let case = case("", Expectation::Error(ErrorCode::Conflict));
    assert_eq!(judge(&case, error(ErrorCode::Cancel)), "error: eval_cancel_error: went wrong");
}

#[test]
fn failures_say_what_was_expected_what_came_and_why() {
    use Expectation::{Allow, Deny, Undefined, Want};
    let object = r#"{"allow": false, "reasons": ["x"]}"#;
    let table = [
        (
            "",
            Deny,
            Outcome::Undefined,
            "expected: deny (false)\nactual: undefined\nhint: no default rule answered: add `default allow := false` \
             to package `authz`, or check that `query` names a rule",
        ),
        (
            "result.allow",
            Deny,
            Outcome::Undefined,
            "expected: deny (false)\nactual: undefined\nhint: no default rule answered: add `default allow := \
             {\"result\": {\"allow\": false}}` to package `authz`, or check that `query` names a rule",
        ),
        (
            "",
            Allow,
            Outcome::Undefined,
            "expected: allow (true)\nactual: undefined\nhint: no rule answered `data.authz.allow`: no body held and \
             there is no default, or `query` names no rule",
        ),
        ("", Allow, defined(json("false")), "expected: allow (true)\nactual: deny (false)"),
        ("", Deny, defined(json("true")), "expected: deny (false)\nactual: allow (true)"),
        (
            "",
            Undefined,
            defined(json("false")),
            "expected: undefined\nactual: deny (false)\nhint: undefined is no value at all, and a rule or a default \
             answered `false`: expect `deny`",
        ),
        (
            "",
            Allow,
            defined(json("\"true\"")),
            "expected: allow (true)\nactual: \"true\"\nhint: the decision is a string, not a boolean: compare it with \
             `want`",
        ),
        (
            "",
            Deny,
            defined(json(object)),
            "expected: deny (false)\nactual: {\"allow\": false, \"reasons\": [\"x\"]}\nhint: the decision is an object: \
             add `select: allow`",
        ),
        (
            "",
            Allow,
            defined(json("{}")),
            "expected: allow (true)\nactual: {}\nhint: the decision is an object: pick its boolean with `select`, or \
             compare it with `want`",
        ),
        (
            "alow",
            Deny,
            defined(json(object)),
            "expected: deny (false)\nactual: no `alow` in the decision {\"allow\": false, \"reasons\": [\"x\"]}\n\
             hint: did you mean `allow`?",
        ),
        (
            "reasons.1",
            Want(json("\"x\"")),
            defined(json(object)),
            "expected: \"x\"\nactual: no `reasons.1` in the decision {\"allow\": false, \"reasons\": [\"x\"]}\n\
             hint: `1` is none of the indices of an array of 1",
        ),
        (
            "allow",
            Allow,
            defined(json("true")),
            "expected: allow (true)\nactual: no `allow` in the decision true\nhint: `allow` can't be selected from a \
             boolean: leave out `select`",
        ),
    ];
    for (select, expect, answer, words) in table {
        assert_eq!(judge(&case(select, expect), answer), words);
    }
}

#[test]
fn failures_of_errors_and_values_say_how_they_differ() {
    use Expectation::{Error, Want};
    let table = [
        (
            Error(ErrorCode::Builtin),
            defined(json("1")),
            "expected: error eval_builtin_error\nactual: 1\nhint: unless built-in errors are strict, one makes its \
             call undefined, and nothing else",
        ),
        (
            Error(ErrorCode::Conflict),
            error(ErrorCode::Type),
            "expected: error eval_conflict_error\nactual: error eval_type_error: went wrong",
        ),
        (Want(json("1")), defined(json("2")), "expected: 1\nactual: 2\nhint: 1 is expected, not 2"),
        (
            Want(json("1")),
            defined(json("\"1\"")),
            "expected: 1\nactual: \"1\"\nhint: a number is expected, 1, not a string, \"1\"",
        ),
        (
            Want(json(r#"{"a": [1, {"b": 2}]}"#)),
            defined(json(r#"{"a": [1, {"b": 3}]}"#)),
            "expected: {\"a\": [1, {\"b\": 2}]}\nactual: {\"a\": [1, {\"b\": 3}]}\nhint: at `[\"a\"][1][\"b\"]`: 2 is \
             expected, not 3",
        ),
        (
            Want(json(r#"{"a": 1}"#)),
            defined(json(r#"{"b": 1}"#)),
            "expected: {\"a\": 1}\nactual: {\"b\": 1}\nhint: the key \"a\" is missing",
        ),
        (
            Want(json(r#"{"a": [1]}"#)),
            defined(json(r#"{"a": [1, 2]}"#)),
            "expected: {\"a\": [1]}\nactual: {\"a\": [1, 2]}\nhint: at `[\"a\"]`: 2 elements, not 1",
        ),
    ];
    for (expect, answer, words) in table {
        assert_eq!(judge(&case("", expect), answer), words);
    }
}

#[test]
fn a_selected_part_is_judged_alone() {
    let decision = || defined(json(r#"{"allow": true, "roles": ["a"]}"#));
    assert_eq!(judge(&case("allow", Expectation::Allow), decision()), "pass");
    assert_eq!(judge(&case("roles.0", Expectation::Want(json("\"a\""))), decision()), "pass");
    assert_eq!(judge(&case("reasons", Expectation::Undefined), decision()), "pass");
    assert_eq!(judge(&case("allow", Expectation::Undefined), Outcome::Undefined), "pass");
}

#[test]
fn sets_are_wanted_as_opa_prints_them() {
    let set: Set = [json("\"b\""), json("\"a\"")].into_iter().collect();
    let answer = || defined(Value::Set(set.clone()));
    assert_eq!(judge(&case("", Expectation::Want(json(r#"["a", "b"]"#))), answer()), "pass");
    assert_eq!(
        judge(&case("", Expectation::Want(json(r#"["a"]"#))), answer()),
        "expected: [\"a\"]\nactual: {\"a\", \"b\"}\nhint: 2 elements, not 1"
    );
    assert_eq!(
        judge(&case("", Expectation::Allow), answer()),
        "expected: allow (true)\nactual: {\"a\", \"b\"}\nhint: the decision is a set, not a boolean: compare it with \
         `want`"
    );
}

#[test]
fn long_values_are_cut() {
    let words = judge(&case("", Expectation::Deny), defined(Value::from("ä".repeat(10_000))));
    assert!(words.contains("ä… (9602 more characters)"), "{words}");
    assert!(words.chars().count() < 1_000, "{words}");
}

#[test]
fn deep_values_are_compared() {
    let deep = |inner: &str| json(&format!("{}{inner}{}", "[".repeat(9_000), "]".repeat(9_000)));
    let words = judge(&case("", Expectation::Want(deep("1"))), defined(deep("2")));
    assert!(words.contains("hint: at `[0][0]"), "{words}");
}
