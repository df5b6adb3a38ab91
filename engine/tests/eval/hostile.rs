//! Evaluations that would take too long, nest too deep or fill the memory end with an error or an answer.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis::eval::{EngineOptions, NativeEngine};
use portcullis::frontend;
use portcullis::host::{Host, HostError, HttpRequest, HttpResponse};
use portcullis::policy::{
    CompileUnit, Engine as _, ErrorCode, EvalError, Limits, Modules, Outcome, Query, Request,
};
use portcullis::source::{Source, Sources};
use portcullis::value::{Array, Object, Value};

/// What an evaluation comes to: the value of `data.t.p`, if there is one.
type Answer = Result<Option<Value>, EvalError>;

#[test]
fn loops_end_at_the_deadline() {
    for policy in [
        "p if { some i, j in xs; some k, l in xs; i + k < 0 }",
        "p := count([1 | some i in xs; some j in xs; i == j + 1000000])",
        "p if { every x in xs { every y in xs { x + y >= 0 } } }",
        "p if { not q }\nq if { some x in xs; some y in xs; x * y == -1 }",
        "p contains x if { some x in xs; some y in xs; f(x, y) == -1 }\nf(x, y) := x * y",
        "p[x] := y if { some x in xs; some y in xs; x + y == -1 }",
        "p if { walk(xs, [path, x]); walk(xs, [path, y]); x == y + 0.5 }",
        // Each literal is tried for each value of those before it.
        "p if { a = xs[_]; b = xs[_]; c = xs[_]; d = xs[_]; a + b + c + d == -1 }",
        "p if { print(xs2, xs2) }\nxs2 := {x | some x in xs; some y in xs; print({x}, {y}, {1, 2}); x == -1}",
    ] {
        let policy = format!("{policy}\nxs := numbers.range(1, 100000)");
        let limits = Limits { time: Some(CLOCK_STEP * 20), ..Limits::default() };
        let error = evaluate(&policy, None, limits).expect_err(&policy);
        assert_eq!(error.code, ErrorCode::Cancel, "{policy}: {error}");
    }
}

#[test]
fn a_hundred_thousand_elements_are_looked_at() {
    let policy = "p := count({x | some x in input; x % 2 == 0})";
    let input = Value::Array((0..100_000_u64).map(Value::from).collect::<Array>());
    assert_eq!(evaluate(policy, Some(input), Limits::default()), Ok(Some(Value::from(50_000_u64))));
}

#[test]
fn steps_and_bytes_are_counted() {
    let limits = Limits { steps: Some(100_000), ..Limits::default() };
    let endless = "p if { some x in xs; some y in xs; x + y == -1 }\nxs := numbers.range(1, 100000)";
    assert_eq!(
        evaluate(endless, None, limits).expect_err("too many").to_string(),
        "eval_limit_error: evaluation takes more than 100000 steps"
    );
    for policy in [
        "p := [x | some x in xs; some y in xs]",
        "p := {[x, y] | some x in xs; some y in xs}",
        "p := {[x, y]: x | some x in xs; some y in xs}",
        "p contains [x, y] if { some x in xs; some y in xs }",
        "p[x][y] := x if { some x in xs; some y in xs }",
        "p if { some x in xs; some y in xs; print(x, y) ; x + y == -1 }",
        "p if { some x in xs; some y in xs; text := sprintf(\"%1000d\", [x]); x + y == -1 }",
        "p if { some x in xs; concat(\"\", array.concat(texts, texts)) == sprintf(\"%d\", [x]) }\ntexts := [\"0123456789\" | some x in xs]",
    ] {
        let policy = format!("{policy}\nxs := numbers.range(1, 2000)");
        let limits = Limits { bytes: Some(8 << 20), ..Limits::default() };
        let error = evaluate(&policy, None, limits).expect_err(&policy);
        assert_eq!(
            error.to_string(),
            "eval_limit_error: evaluation keeps more than 8388608 bytes of values",
            "{policy}"
        );
    }
}

#[test]
fn comprehensions_are_collected_once_and_not_for_each_key() {
    let same = "some x in input; key := x % 100";
    let policy = format!("p := sum([count(same) | {same}; same := [y | some y in input; y % 100 == key]])");
    let input = Value::Array((0..3_000_u64).map(Value::from).collect::<Array>());
    let limits = Limits { steps: Some(50_000), ..Limits::default() };
    let answer = evaluate_with(true, &policy, Some(input.clone()), limits);
    assert_eq!(answer, Ok(Some(Value::from(90_000_u64))));
    let error = evaluate_with(false, &policy, Some(input), limits).expect_err("each for itself");
    assert_eq!(error.to_string(), "eval_limit_error: evaluation takes more than 50000 steps");
}

#[test]
fn chains_of_functions_and_rules_nest_deep() {
    let chain = |count: usize, link: fn(usize) -> String, last: &str| {
        let links: String = (0..count).map(link).collect();
        format!("{links}{last}\np := f0(1)\nq := 1")
    };
    let function = |index: usize| format!("f{index}(x) := f{}(x)\n", index + 1);
    let answer = evaluate(&chain(5_000, function, "f5000(x) := x"), None, Limits::default());
    assert_eq!(answer, Ok(Some(Value::from(1_u64))));
    let limits = Limits { depth: Some(1_000), ..Limits::default() };
    let error = evaluate(&chain(5_000, function, "f5000(x) := x"), None, limits).expect_err("too deep");
    assert_eq!(error.to_string(), "eval_limit_error: evaluation nests deeper than 1000 levels");
    let negation = |index: usize| format!("f{index}(x) if {{ not f{}(x) }}\n", index + 1);
    let answer = evaluate(&chain(2_000, negation, "f2000(x) := x"), None, Limits::default());
    assert_eq!(answer, Ok(Some(Value::Bool(true))));
}

#[test]
fn deep_inputs_are_evaluated() {
    let deep = |wrap: fn(Value) -> Value| (0..10_000).fold(Value::from(1_u64), |value, _| wrap(value));
    let in_object = |value| Value::Object([(Value::from("a"), value)].into_iter().collect::<Object>());
    let inputs = [deep(|value| Value::Array(Array::from(vec![value]))), deep(in_object)];
    for input in inputs {
        for policy in [
            "p := input == input",
            "p := count({path | walk(input, [path, 1])}) == 1",
            "p := {input} == {input}",
            "p if { x := input; not input != x }",
            "p := input[_] == 1",
            "p if { some x in input; x != 1 }",
            "p if { y := input with input as [input, input]; y[0] == y[1] }",
            "p := json.unmarshal(json.marshal(input)) == input",
            "p if print(input)",
            "p := $\"{input}\" != \"\"",
        ] {
            let limits = Limits { time: Some(CLOCK_STEP * 1000), ..Limits::default() };
            match evaluate(policy, Some(input.clone()), limits) {
                Ok(Some(Value::Bool(_)) | None) => {}
                Ok(other) => panic!("{policy}: {}", other.is_some()),
                Err(error) => {
                    assert!(matches!(error.code, ErrorCode::Cancel | ErrorCode::Limit), "{policy}: {error}");
                }
            }
        }
    }
}

#[test]
fn built_in_functions_do_not_fill_the_memory() {
    for policy in [
        "p := count(numbers.range(0, 5000000000))",
        "p := count(numbers.range_step(0, 5000000000, 1))",
        "p := bits.lsh(1, 5000000000)",
        "p := count(sprintf(\"%1000000000d\", [1]))",
        "p := count(concat(text, [text, text, text]))",
        "p := count(replace(text, \"a\", text))",
        "p := to_number(\"1e300000000\") * to_number(\"1e300000000\")",
        "p := to_number(\"1e1000000000\") + 1",
        "p := count(net.cidr_expand(\"::/0\"))",
        "p := count(strings.replace_n({\"a\": text}, text))",
    ] {
        let doubled: String =
            (1..18).map(|index| format!("t{index} := concat(\"\", [t{0}, t{0}])\n", index - 1)).collect();
        let policy = format!("{policy}\nt0 := \"aaaaaaaa\"\n{doubled}text := t17");
        let limits = Limits { time: Some(CLOCK_STEP * 2000), bytes: Some(1 << 30), ..Limits::default() };
        // Undefined for an error of the function, or an error that ends the evaluation, as each of them says.
        match evaluate(&policy, None, limits) {
            Ok(None) => {}
            Ok(Some(value)) => assert!(value.as_number().is_some(), "{policy}"),
            Err(error) => assert!(
                matches!(
                    error.code,
                    ErrorCode::Cancel | ErrorCode::Limit | ErrorCode::Builtin | ErrorCode::Internal
                ),
                "{policy}: {error}"
            ),
        }
    }
}

#[test]
fn a_range_ends_at_the_deadline_or_the_limit_and_is_never_undefined() {
    let long = "p := count(numbers.range(1, 9000000))";
    let limits = Limits { time: Some(CLOCK_STEP * 20), ..Limits::default() };
    assert_eq!(
        evaluate(long, None, limits).expect_err("too slow").to_string(),
        "eval_cancel_error: numbers.range: timed out before generating all numbers in range"
    );
    for (policy, name) in [
        ("p if not numbers.range(1, 20000000)", "numbers.range"),
        ("p if not numbers.range(5, -99999999999999999999)", "numbers.range"),
        ("p := count(numbers.range_step(1, 90000000, 2))", "numbers.range_step"),
    ] {
        let error = evaluate(policy, None, Limits::default()).expect_err(policy);
        let words = "range is longer than 10000000 numbers";
        assert_eq!(error.to_string(), format!("eval_limit_error: {name}: {words}"));
    }
}

/// How far the clock goes on each time that somebody looks at it.
const CLOCK_STEP: Duration = Duration::from_millis(1);

/// A host whose clock goes on only when somebody looks at it, so that deadlines don't depend on the machine.
#[derive(Debug, Default)]
struct Ticking(AtomicU64);

impl Host for Ticking {
    fn now(&self) -> i64 {
        0
    }

    fn monotonic(&self) -> Duration {
        CLOCK_STEP * u32::try_from(self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }

    fn environment(&self) -> Value {
        Value::Null
    }

    fn http(&self, _: &HttpRequest) -> Result<HttpResponse, HostError> {
        Err(HostError::Forbidden { what: "a connection".to_owned() })
    }

    fn lookup_ip(&self, _: &str) -> Result<Vec<std::net::IpAddr>, HostError> {
        Err(HostError::Forbidden { what: "a look-up".to_owned() })
    }

    fn read_file(&self, _: &str) -> Result<Vec<u8>, HostError> {
        Err(HostError::Forbidden { what: "a file".to_owned() })
    }
}

/// The answer, which must be an error of the same kind or none with shortcuts and without.
fn evaluate(policy: &str, input: Option<Value>, limits: Limits<'_>) -> Answer {
    let first = evaluate_with(true, policy, input.clone(), limits);
    let second = evaluate_with(false, policy, input, limits);
    let codes = [&first, &second].map(|answer| answer.as_ref().map(drop).map_err(|error| error.code));
    assert_eq!(codes[0], codes[1], "{policy}");
    first
}

fn evaluate_with(optimise: bool, policy: &str, input: Option<Value>, limits: Limits<'_>) -> Answer {
    let text = format!("package t\n\n{policy}\n");
    portcullis::stack::run(move || {
        let mut sources = Sources::new();
        sources.add(Source::new("t.rego", text.as_str()));
        let data = Value::Object(Object::new());
        let modules = Modules { sources: &sources, versions: &[] };
        let modules = frontend::parse(&modules, NonZeroUsize::MIN, None).expect("modules");
        let unit = CompileUnit { modules: &modules, data: &data, renames: &[], cases: &[] };
        let options = EngineOptions { optimise, ..EngineOptions::default() };
        let engine = NativeEngine::new(Arc::new(Ticking::default())).with_options(options);
        let policy = engine.compile(&unit).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        let mut prepared = policy.prepare(&Query::Path(vec!["t".into(), "p".into()])).expect("a path");
        match prepared.evaluate(&Request { input: input.as_ref(), limits, ..Request::default() }).outcome {
            Outcome::Undefined => Ok(None),
            Outcome::Defined(rows) => Ok(Some(rows[0].expressions[0].value.clone())),
            Outcome::Error(error) => Err(error),
        }
    })
    .expect("no panic")
}
