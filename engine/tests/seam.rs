//! The contract of the seam, held by each engine: what each user of an engine relies on.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests, with a clock"
)]

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::eval::NativeEngine;
use portcullis::frontend::{self, ParsedModules};
use portcullis::host::{Host, HostError, HttpRequest, HttpResponse, SealedHost};
use portcullis::policy::{
    Cancel, CompileUnit, Engine, ErrorCode, Evaluation, Limits, Modules, Outcome, Override, Policy, Prepared,
    Query, RegoVersion, Request, RuleInfo, RuleKind,
};
use portcullis::reference::ReferenceEngine;
use portcullis::source::{Source, Sources};
use portcullis::stack;
use portcullis::suite::discovery::{self, Discovery, Form};
use portcullis::value::{Number, Value};

fn sources(module: &str) -> Sources {
    let mut sources = Sources::new();
    sources.add(Source::new("p.rego", module));
    sources
}

fn rules(sources: &Sources) -> Vec<RuleInfo> {
    parse(sources).expect("modules").rules()
}

fn parse(sources: &Sources) -> Result<ParsedModules, Vec<Diagnostic>> {
    frontend::parse(&Modules { sources, versions: &[RegoVersion::V1] }, NonZeroUsize::MIN, None)
}

/// Both engines, each with its name.
fn engines() -> [(&'static str, Arc<dyn Engine>); 2] {
    let host = Arc::new(WithClock { started: Instant::now(), sealed: SealedHost::default() });
    [("native", Arc::new(NativeEngine::new(host))), ("regorus", Arc::new(ReferenceEngine))]
}

/// A host that has nothing but a clock that goes, so that evaluations can come to an end.
#[derive(Debug)]
struct WithClock {
    started: Instant,
    sealed: SealedHost,
}

impl Host for WithClock {
    fn now(&self) -> i64 {
        self.sealed.now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.sealed.random(bytes);
    }

    fn environment(&self) -> Value {
        self.sealed.environment()
    }

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        self.sealed.http(request)
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<core::net::IpAddr>, HostError> {
        self.sealed.lookup_ip(name)
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>, HostError> {
        self.sealed.read_file(path)
    }
}

fn compile_with(
    engine: &dyn Engine,
    sources: &Sources,
    discovery: &Discovery,
) -> Result<Arc<dyn Policy>, Vec<Diagnostic>> {
    let modules = &parse(sources)?;
    let data = Value::Object([].into_iter().collect());
    let unit = CompileUnit { modules, data: &data, renames: &discovery.renames, cases: &discovery.cases };
    stack::run(|| engine.compile(&unit)).expect("a thread")
}

fn compile(engine: &dyn Engine, module: &str) -> Result<Arc<dyn Policy>, Vec<Diagnostic>> {
    compile_with(engine, &sources(module), &Discovery::default())
}

fn prepare(policy: &dyn Policy, path: &str) -> Box<dyn Prepared> {
    policy.prepare(&Query::Path(path.split('.').map(Arc::from).collect())).expect("a query")
}

fn evaluate(engine: &dyn Engine, module: &str, path: &str, request: &Request<'_>) -> Evaluation {
    let policy = compile(engine, module).expect("a policy");
    stack::run(|| prepare(&*policy, path).evaluate(request)).expect("a thread")
}

fn value(evaluation: Evaluation) -> Value {
    match evaluation.outcome {
        Outcome::Defined(mut results) => results.remove(0).expressions.remove(0).value,
        other @ (Outcome::Undefined | Outcome::Error(_)) => panic!("no value but {other:?}"),
    }
}

fn int(number: i64) -> Value {
    Value::Number(Number::from(number))
}

#[test]
fn a_policy_is_shared_between_threads() {
    fn shared<T: Send + Sync + ?Sized>() {}
    shared::<dyn Policy>();
    shared::<dyn Engine>();
}

#[test]
fn false_undefined_and_error_are_three_outcomes() {
    for (name, engine) in engines() {
        let module = "package a\nno := false\nnothing if input.x\nboth := x if some x in [1, 2]\n";
        let outcome = |path| evaluate(&*engine, module, path, &Request::default()).outcome;
        assert_eq!(
            value(evaluate(&*engine, module, "a.no", &Request::default())),
            Value::Bool(false),
            "{name}"
        );
        assert_eq!(outcome("a.nothing"), Outcome::Undefined, "{name}");
        let Outcome::Error(error) = outcome("a.both") else { panic!("no error from {name}") };
        assert_eq!(error.code, ErrorCode::Conflict, "{name}");
        let location = error.location.expect("a place");
        assert_eq!((&*location.file, location.row), ("p.rego", 4), "{name}");
    }
}

#[test]
fn an_absent_input_is_undefined_and_null_is_null() {
    for (name, engine) in engines() {
        let module = "package a\nseen := input\n";
        assert_eq!(
            evaluate(&*engine, module, "a.seen", &Request::default()).outcome,
            Outcome::Undefined,
            "{name}"
        );
        let request = Request { input: Some(&Value::Null), ..Request::default() };
        assert_eq!(value(evaluate(&*engine, module, "a.seen", &request)), Value::Null, "{name}");
    }
}

#[test]
fn one_prepared_query_answers_each_input_anew() {
    for (name, engine) in engines() {
        let policy = compile(&*engine, "package a\ndouble := input * 2\n")
            .unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        let doubled: Vec<Value> = stack::run(|| {
            let mut prepared = prepare(&*policy, "a.double");
            (1..=3)
                .map(|n| value(prepared.evaluate(&Request { input: Some(&int(n)), ..Request::default() })))
                .collect()
        })
        .expect("a thread");
        assert_eq!(doubled, [int(2), int(4), int(6)], "{name}");
    }
}

#[test]
fn a_document_is_replaced_for_one_evaluation() {
    for (name, engine) in engines() {
        let module = "package a\nbanned if \"x\" in data.banned[\"odd name\"]\n";
        let path = vec![Arc::from("banned"), Arc::from("odd name")];
        let with = [Override { path, value: Value::Array([Value::string("x")].into_iter().collect()) }];
        let request = Request { with: &with, ..Request::default() };
        assert_eq!(value(evaluate(&*engine, module, "a.banned", &request)), Value::Bool(true), "{name}");
        assert_eq!(
            evaluate(&*engine, module, "a.banned", &Request::default()).outcome,
            Outcome::Undefined,
            "{name}"
        );
    }
}

#[test]
fn a_rule_is_replaced_for_one_evaluation() {
    for (name, engine) in engines() {
        let module = "package a\ndefault allow := false\nallow if ok\nok := false\n";
        let with = [Override { path: vec![Arc::from("a"), Arc::from("ok")], value: Value::Bool(true) }];
        let request = Request { with: &with, ..Request::default() };
        assert_eq!(value(evaluate(&*engine, module, "a.allow", &request)), Value::Bool(true), "{name}");
    }
}

#[test]
fn printed_text_is_captured() {
    for (name, engine) in engines() {
        let evaluation =
            evaluate(&*engine, "package a\np if print(\"x\", {1, 2}, input.y)\n", "a.p", &Request::default());
        let [printed] = &*evaluation.prints else { panic!("{name}: {evaluation:?}") };
        assert_eq!(printed.text, "x {1, 2} <undefined>", "{name}");
        // The reference can't tell where the call stands.
        let at = printed.location.as_ref().map(|location| (location.row, location.col));
        assert!(at.is_none() || at == Some((2, 6)), "{name}: {printed:?}");
    }
}

#[test]
fn an_evaluation_ends_at_its_deadline() {
    for (name, engine) in engines() {
        let module = "package a\np := count([1 | some x in numbers.range(1, 3000); some y in numbers.range(1, 3000); x < y])\n";
        let limits = Limits { time: Some(Duration::from_millis(50)), ..Limits::default() };
        let Outcome::Error(error) =
            evaluate(&*engine, module, "a.p", &Request { limits, ..Request::default() }).outcome
        else {
            panic!("no error from {name}")
        };
        assert_eq!(error.code, ErrorCode::Cancel, "{name}");
    }
}

#[test]
fn a_cancelled_evaluation_does_not_start() {
    for (name, engine) in engines() {
        let cancel = Cancel::default();
        cancel.cancel();
        let limits = Limits { cancel: Some(&cancel), ..Limits::default() };
        let Outcome::Error(error) =
            evaluate(&*engine, "package a\np := 1\n", "a.p", &Request { limits, ..Request::default() })
                .outcome
        else {
            panic!("no error from {name}")
        };
        assert_eq!(error.code, ErrorCode::Cancel, "{name}");
    }
}

#[test]
fn a_function_that_calls_itself_is_refused() {
    for (name, engine) in engines() {
        let refused = |module| compile(&*engine, module).expect_err("refused");
        let direct = refused("package a\nf(x) := f(x - 1)\np := f(3)\n");
        assert_eq!(direct[0].code, Code::Recursion, "{name}");
        assert_eq!(direct[0].message, "rule data.a.f is recursive: data.a.f -> data.a.f", "{name}");
        let indirect =
            refused("package a\nimport data.a as other\nf(x) := [y | y := g(x)]\ng(x) := other.f(x)\n");
        assert_eq!(
            indirect[0].message, "rule data.a.f is recursive: data.a.f -> data.a.g -> data.a.f",
            "{name}"
        );
        assert_eq!(indirect.len(), 2, "{name}");
    }
}

#[test]
fn modules_that_are_no_rego_are_all_reported() {
    for (name, engine) in engines() {
        let mut sources = Sources::new();
        sources.add(Source::new("good.rego", "package good\np := 1\n"));
        sources.add(Source::new("bad.rego", "package bad\np := }\n"));
        sources.add(Source::new("worse.rego", "nothing here"));
        let diagnostics = compile_with(&*engine, &sources, &Discovery::default()).expect_err("refused");
        let place =
            |diagnostic: &Diagnostic| diagnostic.span.and_then(|span| Some(sources.get(span.source)?.name()));
        let names: BTreeSet<&str> =
            diagnostics.iter().filter_map(|diagnostic| Some(&**place(diagnostic)?)).collect();
        assert_eq!(names, BTreeSet::from(["bad.rego", "worse.rego"]), "{name}");
        assert!(
            diagnostics.iter().all(|diagnostic| diagnostic.code == Code::Parse && diagnostic.span.is_some()),
            "{name}"
        );
    }
}

#[test]
fn an_unsafe_variable_is_refused_in_the_words_of_opa() {
    for (name, engine) in engines() {
        let diagnostics = compile(&*engine, "package a\np if x > 1\n").expect_err("refused");
        assert_eq!(
            (diagnostics[0].code, &*diagnostics[0].message),
            (Code::UnsafeVar, "var x is unsafe"),
            "{name}"
        );
    }
}

#[test]
fn rules_are_listed_with_their_known_path_and_kind() {
    let module = "package a.b\n\ndefault p := 1\np := 2 if input\nq.r[\"s t\"] := 1\nf(x) := x\ns contains 1\nm[k] := 1 if some k in [1]\n";
    let sources = sources(module);
    let listed: Vec<(String, RuleKind)> = rules(&sources)
        .iter()
        .map(|rule| {
            (rule.path.iter().map(|part| part.name.to_string()).collect::<Vec<_>>().join("/"), rule.kind)
        })
        .collect();
    let expected = [
        ("p", RuleKind::Default),
        ("p", RuleKind::Complete),
        ("q/r/s t", RuleKind::Complete),
        ("f", RuleKind::Function),
        ("s", RuleKind::PartialSet),
        ("m", RuleKind::PartialObject),
    ];
    assert_eq!(listed, expected.map(|(path, kind)| (path.to_owned(), kind)));
    assert!(rules(&sources).iter().all(|rule| rule.package == [Arc::from("a"), Arc::from("b")]));
}

#[test]
fn tests_are_discovered_as_opa_discovers_them() {
    let module = "package a\n\ntest_a if true\ntest_a if false\nsub.test_b if true\ntest_c[k] if some k in [1]\ntodo_test_d if true\ntodo_e if true\ntest_f(x) := x\nq[\"test_g\"] := 1\nq[\"test_g\"] := 2 if input\ntest_h[\"x\"] if true\np.x.todo_test_i if true\n";
    let discovery = discovery::discover(&rules(&sources(module)));
    let found: Vec<(String, Form)> =
        discovery.tests.iter().map(|test| (test.id.to_string(), test.form)).collect();
    let expected = [
        ("data.a.test_a", Form::Plain),
        ("data.a.test_a#01", Form::Plain),
        ("data.a.sub.test_b", Form::Plain),
        ("data.a.test_c", Form::Parameterised),
        ("data.a.todo_test_d", Form::Todo),
        ("data.a.test_f", Form::Function),
        ("data.a.q.test_g", Form::Plain),
        ("data.a.q.test_g#01", Form::Plain),
        ("data.a.test_h", Form::Plain),
        ("data.a.p.x.todo_test_i", Form::Todo),
    ];
    assert_eq!(found, expected.map(|(name, form)| (name.to_owned(), form)));
}

#[test]
fn each_test_of_one_name_is_evaluated_alone() {
    for (name, engine) in engines() {
        let module =
            "package a\n\ntest_a if true\ntest_a if false\nq[\"test_g\"] if false\nq[\"test_g\"] if true\n";
        let sources = sources(module);
        let discovery = discovery::discover(&rules(&sources));
        let policy = compile_with(&*engine, &sources, &discovery)
            .unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        let answers: Vec<(String, bool)> = stack::run(|| {
            let answer = |test: &discovery::RegoTest| {
                let mut prepared = policy.prepare(&Query::Path(test.path.clone())).expect("a query");
                (test.id.to_string(), prepared.evaluate(&Request::default()).outcome != Outcome::Undefined)
            };
            discovery.tests.iter().map(answer).collect()
        })
        .expect("a thread");
        let expected = [
            ("data.a.test_a", true),
            ("data.a.test_a#01", false),
            ("data.a.q.test_g", false),
            ("data.a.q.test_g#01", true),
        ];
        assert_eq!(answers, expected.map(|(name, passes)| (name.to_owned(), passes)), "{name}");
    }
}

#[test]
fn a_parameterised_test_tells_the_cases_it_came_to() {
    let module = "package a\n\ntest_x[tc.note][n] if {\n\tsome tc in [{\"note\": \"one\"}, {\"note\": \"two\"}]\n\tsome n in [1]\n\ttc.note == \"one\"\n}\n";
    let sources = sources(module);
    let discovery = discovery::discover(&rules(&sources));
    let expected = [["one"], ["two"]].map(|[note]| Value::Array([note.into(), int(1)].into_iter().collect()));
    for ((name, engine), expected) in engines().into_iter().zip([Some(expected.to_vec()), None]) {
        let policy = compile_with(&*engine, &sources, &discovery).expect("a policy");
        let evaluation =
            stack::run(|| prepare(&*policy, "a.test_x").evaluate(&Request::default())).expect("a thread");
        assert_eq!(evaluation.cases, expected, "{name}");
    }
}
