//! Any module, any input: compiled and evaluated, with shortcuts and without, it ends within its limits and says the same.

#![no_main]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use portcullis::document;
use portcullis::frontend;
use portcullis::eval::{EngineOptions, NativeEngine};
use portcullis::host::{Host, HostError, HttpRequest, HttpResponse};
use portcullis::policy::{
    CompileUnit, Engine as _, ErrorCode, Limits, Modules, Outcome, Query, Request,
};
use portcullis::source::{Source, SourceId, Sources};
use portcullis::stack;
use portcullis::value::{Object, Value};

// The module, and after a zero byte the input in JSON, which stands in for data too.
fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let text = |part: Option<&[u8]>| part.and_then(|part| std::str::from_utf8(part).ok().map(ToOwned::to_owned));
    let Some(module) = text(parts.next()) else { return };
    let input = text(parts.next()).and_then(|input| document::json(SourceId::default(), &input).ok());
    let input = input.map(|input| input.to_value());
    stack::run(move || evaluate(&module, input.as_ref())).expect("no panic");
});

fn evaluate(module: &str, input: Option<&Value>) {
    let mut sources = Sources::new();
    sources.add(Source::new("t.rego", module));
    let empty = Value::Object(Object::new());
    let data = input.filter(|input| input.as_object().is_some()).unwrap_or(&empty);
    let modules = Modules { sources: &sources, versions: &[] };
    let Ok(modules) = frontend::parse(&modules, NonZeroUsize::MIN, None) else { return };
    let unit = CompileUnit { modules: &modules, data, renames: &[], cases: &[] };
    let limits = Limits {
        time: Some(Duration::from_millis(500)),
        steps: Some(200_000),
        bytes: Some(64 << 20),
        ..Limits::default()
    };
    let mut answers = Vec::new();
    for optimise in [true, false] {
        let options = EngineOptions { optimise, ..EngineOptions::default() };
        let engine = NativeEngine::new(Arc::new(Ticking::default())).with_options(options);
        let Ok(policy) = engine.compile(&unit) else { return };
        let Ok(mut prepared) = policy.prepare(&Query::Path(Vec::new())) else { return };
        answers.push(prepared.evaluate(&Request { input, limits, ..Request::default() }).outcome);
    }
    // With shortcuts a limit may not be reached, or another error be met first.
    let ended = |outcome: &Outcome| matches!(outcome, Outcome::Error(_));
    // A variable with a name that only a compiler gives counts as bound, in OPA too, and may have no value then.
    let is_of_a_name = |message: &str| message == "a variable has no value" && module.contains("__local");
    let is_of_opa = |message: &str| INTERNAL_IN_OPA_TOO.iter().any(|start| message.starts_with(start));
    let broken = |outcome: &Outcome| {
        matches!(outcome, Outcome::Error(error) if error.code == ErrorCode::Internal
            && !is_of_opa(&error.message) && !is_of_a_name(&error.message))
    };
    assert!(!answers.iter().any(broken), "{answers:?}");
    if !answers.iter().any(ended) {
        assert_eq!(answers.first(), answers.last());
    }
}

/// How the internal errors start that OPA answers with as well: they are no bugs of ours.
const INTERNAL_IN_OPA_TOO: [&str; 2] = ["unsupported built-in", "illegal argument type"];

/// A host whose clock goes on only when somebody looks at it, so that an input ends in the same way in each run.
#[derive(Debug, Default)]
struct Ticking(AtomicU32);

impl Host for Ticking {
    fn now(&self) -> i64 {
        0
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(1) * self.0.fetch_add(1, Ordering::Relaxed)
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }

    fn environment(&self) -> Value {
        Value::Object(Object::new())
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
