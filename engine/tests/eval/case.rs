//! Modules with data and an input, the questions to ask about them, and what the engine answers.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use portcullis::diagnostic::Diagnostic;
use portcullis::document;
use portcullis::eval::{EngineOptions, NativeEngine};
use portcullis::frontend::{self, Strictness};
use portcullis::host::SealedHost;
use portcullis::policy::{
    CompileUnit, Engine as _, Modules, Outcome, Policy, Query, RegoVersion, Request, RuleInfo, RuleKind,
};
use portcullis::source::{Source, SourceId, Sources};
use portcullis::value::{Object, Value};

/// Modules with data and an input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Case {
    /// Names and texts; each needs only those before it.
    pub(crate) modules: Vec<(String, String)>,
    /// The base documents in JSON; nothing if there are none.
    pub(crate) data: String,
    /// The input in JSON.
    pub(crate) input: Option<String>,
    /// The language that the modules are written in, unless they import another.
    pub(crate) version: RegoVersion,
}

/// Each question and its answer.
pub(crate) type Answers = Vec<(String, String)>;

/// A document to ask for, and how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Question {
    /// As Rego text, in which sets are sets.
    Text(Vec<String>),
    /// As JSON.
    Json(Vec<String>),
    /// As JSON; an error of a built-in function ends the evaluation.
    Strict(Vec<String>),
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(path) => write!(f, "{}", reference(path)),
            Self::Json(path) => write!(f, "json {}", reference(path)),
            Self::Strict(path) => write!(f, "strict {}", reference(path)),
        }
    }
}

/// All questions about a case: its packages and rules. None if it is no Rego.
pub(crate) fn questions(case: &Case) -> Vec<Question> {
    let sources = sources(case);
    let versions = vec![case.version; case.modules.len()];
    let modules = Modules { sources: &sources, versions: &versions };
    let modules = frontend::parse(&modules, NonZeroUsize::MIN, None);
    let Ok(rules) = modules.map(|modules| modules.rules()) else { return Vec::new() };
    let own = |text: &Arc<str>| text.to_string();
    let packages: BTreeSet<Vec<String>> =
        rules.iter().map(|rule| rule.package.iter().map(own).collect()).collect();
    // A default value doesn't say whether it is that of a function.
    let is_function = |rule: &RuleInfo| {
        let text = &sources.get(rule.span.source).expect("a source").text()[rule.span.start as usize..];
        let head = text.split(['=', '\n']).next().unwrap_or_default();
        rule.kind == RuleKind::Function || rule.kind == RuleKind::Default && head.contains('(')
    };
    let paths = |functions: bool| -> BTreeSet<Vec<String>> {
        rules
            .iter()
            .filter(|rule| is_function(rule) == functions)
            .map(|rule| {
                rule.package.iter().map(own).chain(rule.path.iter().map(|key| own(&key.name))).collect()
            })
            .collect()
    };
    let functions = paths(true);
    let rules: Vec<_> = paths(false).into_iter().filter(|path| !functions.contains(path)).collect();
    let mut questions: Vec<Question> = rules.iter().cloned().map(Question::Text).collect();
    questions.extend(packages.iter().cloned().map(Question::Text));
    questions.extend(packages.iter().cloned().map(Question::Json));
    questions.extend(packages.iter().cloned().map(Question::Strict));
    // OPA takes numbers in the path of a URL for positions.
    let is_plain = |path: &&Vec<String>| {
        let plain = |key: &String| {
            key.starts_with(|first: char| first.is_ascii_alphabetic()) && !key.contains(['"', '\\'])
        };
        path.iter().all(plain)
    };
    questions.extend(rules.iter().filter(is_plain).cloned().map(Question::Strict));
    questions
}

/// What the engine answers: the errors of its compiler, or the answer to each question.
pub(crate) fn answers(case: &Case, questions: &[Question], optimise: bool) -> Result<Answers, Vec<String>> {
    Ok(compile(case, optimise)?.answers(case.input.as_deref(), questions))
}

/// The modules and data of a case, ready for questions with any input.
pub(crate) struct Compiled {
    policy: Arc<dyn Policy>,
    /// The one that ends at errors of built-in functions.
    strict: Arc<dyn Policy>,
}

/// What the compiler has against a case, with the places.
pub(crate) fn faults(case: &Case) -> Vec<Diagnostic> {
    let (sources, data) = (sources(case), base(case));
    let versions = vec![case.version; case.modules.len()];
    let modules = Modules { sources: &sources, versions: &versions };
    let check = |modules| {
        let unit = CompileUnit { modules: &modules, data: &data, renames: &[], cases: &[] };
        frontend::check(&unit, Strictness::default())
    };
    frontend::parse(&modules, NonZeroUsize::MIN, None).and_then(check).err().unwrap_or_default()
}

/// Compiles a case, or tells the errors.
pub(crate) fn compile(case: &Case, optimise: bool) -> Result<Compiled, Vec<String>> {
    let (sources, data) = (sources(case), base(case));
    let texts = |errors: Vec<Diagnostic>| {
        let mut errors: Vec<String> =
            errors.iter().map(|error| format!("{}: {}", error.code.as_str(), error.message)).collect();
        errors.sort();
        errors
    };
    let versions = vec![case.version; case.modules.len()];
    let modules = Modules { sources: &sources, versions: &versions };
    let modules = &frontend::parse(&modules, NonZeroUsize::MIN, None).map_err(texts)?;
    let unit = CompileUnit { modules, data: &data, renames: &[], cases: &[] };
    let compile = |strict_builtin_errors| {
        let options = EngineOptions { strict_builtin_errors, optimise, ..EngineOptions::default() };
        let engine = NativeEngine::new(Arc::new(SealedHost::default())).with_options(options);
        engine.compile(&unit).map_err(texts)
    };
    Ok(Compiled { policy: compile(false)?, strict: compile(true)? })
}

impl Compiled {
    /// The answer to each question for an input in JSON.
    pub(crate) fn answers(&self, input: Option<&str>, questions: &[Question]) -> Answers {
        let input = input.map(value);
        let answer = |question: &Question| {
            let (policy, path) = match question {
                Question::Text(path) | Question::Json(path) => (&self.policy, path),
                Question::Strict(path) => (&self.strict, path),
            };
            let query = Query::Path(path.iter().map(|key| key.as_str().into()).collect());
            let mut prepared = policy.prepare(&query).expect("a path");
            let evaluation = prepared.evaluate(&Request { input: input.as_ref(), ..Request::default() });
            let outcome = match (evaluation.outcome, question) {
                (Outcome::Undefined, _) => "undefined".to_owned(),
                (Outcome::Error(error), _) => format!("error {error}"),
                (Outcome::Defined(rows), Question::Text(_)) => rows[0].expressions[0].value.to_rego(),
                (Outcome::Defined(rows), _) => rows[0].expressions[0].value.to_json(),
            };
            (question.to_string(), with_prints(outcome, evaluation.prints.iter().map(|print| &*print.text)))
        };
        questions.iter().map(answer).collect()
    }
}

/// An answer and what was printed on the way to it.
pub(crate) fn with_prints<'p>(outcome: String, prints: impl IntoIterator<Item = &'p str>) -> String {
    prints.into_iter().fold(outcome, |text, line| text + "\nprint " + &json(line))
}

/// A path below `data` as a reference.
pub(crate) fn reference(path: &[String]) -> String {
    let is_name = |key: &str| {
        key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && key.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
            && !KEYWORDS.contains(&key)
    };
    path.iter().fold("data".to_owned(), |text, key| {
        if is_name(key) { text + "." + key } else { text + "[" + &json(key) + "]" }
    })
}

/// Words that can't be names everywhere.
pub(crate) const KEYWORDS: &[&str] = &[
    "and", "as", "contains", "default", "else", "every", "false", "if", "import", "in", "not", "null", "or",
    "package", "some", "true", "with",
];

/// A text as a JSON string.
pub(crate) fn json(text: &str) -> String {
    Value::from(text).to_json()
}

fn value(text: &str) -> Value {
    document::json(SourceId::default(), text).unwrap_or_else(|error| panic!("{error:?}: {text}")).to_value()
}

fn base(case: &Case) -> Value {
    match case.data.as_str() {
        "" => Value::Object(Object::new()),
        text => value(text),
    }
}

fn sources(case: &Case) -> Sources {
    let mut sources = Sources::new();
    for (name, text) in &case.modules {
        sources.add(Source::new(name.as_str(), text.as_str()));
    }
    sources
}

impl Case {
    /// The case as the text of a file of `engine/testcases/eval`.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, module) in &self.modules {
            text += &format!("-- {name} --\n{}\n", module.trim_end());
        }
        if self.version == RegoVersion::V0 {
            text += "-- version --\nv0\n";
        }
        if !self.data.is_empty() {
            text += &format!("-- data.json --\n{}\n", self.data);
        }
        if let Some(input) = &self.input {
            text += &format!("-- input.json --\n{input}\n");
        }
        text
    }
}
