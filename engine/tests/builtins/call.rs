//! Calls a function as the evaluator does, with a host that has no outside world.

use portcullis::builtins::{self, BuiltinError, Cache, Context, Operands};
use portcullis::host::SealedHost;
use portcullis::policy::ErrorCode;
use portcullis::source::{Source, Sources};
use portcullis::syntax::tree::{Call, Term, TermKind};
use portcullis::syntax::{ParseOptions, parse_term};
use portcullis::value::{Array, Number, Object, Set, Value};

use crate::cases::SEALED;

/// What comes of a call: a value as Rego text, `undefined`, or `error CODE: MESSAGE` with OPA's prefix.
pub(crate) fn outcome(text: &str) -> String {
    let call = parse(text);
    let name = name_of(&call);
    let signature = builtins::lookup(&name).unwrap_or_else(|| panic!("there is no function `{name}`"));
    if signature.function.is_none() {
        return "not implemented".to_owned();
    }
    let outcome = match evaluate(&call) {
        Ok(Some(value)) => value.to_rego(),
        Ok(None) => "undefined".to_owned(),
        Err(error) => format!("error {}", described(&name, error)),
    };
    // Only what the host decides may differ from OPA.
    let sealed = HOSTED.contains(&name.as_str()) && !outcome.starts_with("error eval_type_error");
    if sealed { format!("{SEALED}{outcome}") } else { outcome }
}

/// The name of the function that is called.
pub(crate) fn function_of(text: &str) -> String {
    name_of(&parse(text))
}

/// The text of each argument.
pub(crate) fn arguments(text: &str) -> Vec<&str> {
    let spans = parse(text).args.into_iter().map(|term| term.span);
    spans.map(|span| &text[span.start as usize..span.end as usize]).collect()
}

fn parse(text: &str) -> Call {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("case", text));
    let term = parse_term(source, text, &ParseOptions::default())
        .unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    match term.kind {
        TermKind::Call(call) => *call,
        other => panic!("{text}: not a call: {other:?}"),
    }
}

fn name_of(call: &Call) -> String {
    let operator = &call.operator;
    let step = |term: &Term| match &term.kind {
        TermKind::Var(var) => var.name.to_string(),
        TermKind::String(name) => name.to_string(),
        other => panic!("no name of a function: {other:?}"),
    };
    let steps: Vec<String> = std::iter::once(&operator.head).chain(&operator.operands).map(step).collect();
    steps.join(".")
}

fn evaluate(call: &Call) -> Result<Option<Value>, BuiltinError> {
    let name = name_of(call);
    let signature = builtins::lookup(&name).unwrap_or_else(|| panic!("there is no function `{name}`"));
    let function = signature.function.unwrap_or_else(|| panic!("`{name}` is not implemented"));
    let operands: Vec<Value> = call.args.iter().map(value).collect();
    let operands: Vec<&Value> = operands.iter().collect();
    let mut context = Context {
        host: &SealedHost::default(),
        query: &mut Cache::default(),
        compiled: &mut Cache::default(),
        stop: &mut || false,
    };
    function(&mut context, Operands(&operands))
}

/// The code and the message that the evaluator gives an error of a function: the first two kinds get the name in front.
fn described(name: &str, error: BuiltinError) -> String {
    let (code, message) = match error {
        BuiltinError::Operand(message) => (ErrorCode::Type, format!("{name}: {message}")),
        BuiltinError::Failed(message) => (ErrorCode::Builtin, format!("{name}: {message}")),
        BuiltinError::Cancelled(message) => (ErrorCode::Cancel, message),
        BuiltinError::Fatal { code, message } => (code, message),
    };
    format!("{code}: {}", message.replace('\n', "\\n"))
}

fn value(term: &Term) -> Value {
    match &term.kind {
        TermKind::Null => Value::Null,
        TermKind::Boolean(value) => Value::Bool(*value),
        TermKind::Number(text) => Number::parse(text).expect("a number").into(),
        TermKind::String(text) => Value::string(text.to_string()),
        TermKind::Array(elements) => elements.iter().map(value).collect::<Array>().into(),
        TermKind::Set(elements) => elements.iter().map(value).collect::<Set>().into(),
        TermKind::Object(entries) => {
            entries.iter().map(|(key, entry)| (value(key), value(entry))).collect::<Object>().into()
        }
        TermKind::Call(call) => {
            evaluate(call).expect("an argument without an error").expect("an argument with a value")
        }
        other => panic!("an argument has to be a ground value or a call: {other:?}"),
    }
}

/// The functions whose results come from the outside world.
const HOSTED: &[&str] =
    &["http.send", "net.lookup_ip_addr", "opa.runtime", "rand.intn", "time.now_ns", "uuid.rfc4122"];
