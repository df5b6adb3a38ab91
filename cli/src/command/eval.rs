//! `portcullis eval`: answers one query.

use std::io::Read;
use std::time::Duration;

use fs_err::File;
use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::document;
use portcullis::policy::{Evaluation, Limits, Outcome, Query, Request};
use portcullis::source::{Source, Sources};
use portcullis::value::Value;

use super::input::PolicyArgs;
use crate::engine::{BuiltinErrors, EngineArgs};
use crate::exit::Exit;
use crate::go_duration;
use crate::io::Io;
use crate::policy_set::Failure;
use crate::report::diagnostics::Printable;
use crate::report::query::{self, Format};

/// Answer a query
///
/// The answer goes to stdout; an undefined one is `{}` in JSON, `undefined` in pretty and nothing otherwise. Exit
/// codes: 0 answered, also with undefined; 2 could not answer; 1 wrong arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis eval data.agentweave.authz.decision -d policies/agentweave -i input.json\n  portcullis eval -f pretty '1 + 1'\n  echo '{\"n\": 2}' | portcullis eval -I 'input.n'"
)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// End with an error when a built-in function fails, instead of taking its call for undefined
    #[arg(long)]
    strict_builtin_errors: bool,
    /// The query, in Rego
    query: String,
    /// Load policies and data from this file or directory; repeatable
    #[arg(short, long, value_name = "PATH")]
    data: Vec<String>,
    /// Read the input document from this file (JSON or YAML)
    #[arg(short, long, value_name = "FILE", conflicts_with = "stdin_input")]
    input: Option<String>,
    /// Read the input document from standard input
    #[arg(short = 'I', long)]
    stdin_input: bool,
    /// Give up after this time; 0 never does
    #[arg(long, value_name = "DURATION", value_parser = go_duration::parse, default_value = "0")]
    timeout: Duration,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let input = match input(args) {
        Ok(input) => input,
        Err(failure) => {
            failure.tell(io);
            return Exit::Two;
        }
    };
    let answer = match answer(args, input.as_ref()) {
        Ok(answer) => answer,
        Err(failure) => {
            if args.format == Format::Json {
                let _ = io.write(query::failure(&failure.errors()).as_bytes(), Exit::Two);
                return Exit::Two;
            }
            failure.tell(io);
            return Exit::Two;
        }
    };
    for line in &answer.prints {
        io.note(Printable(line));
    }
    let mut text = Vec::new();
    if let Err(error) = query::write(&answer.outcome, args.format, &mut text) {
        return io.internal_error(error);
    }
    let failed = matches!(answer.outcome, Outcome::Error(_));
    if failed && args.format != Format::Json {
        io.note(Printable(String::from_utf8_lossy(&text).trim_end()));
        return Exit::Two;
    }
    let written = io.write(&text, Exit::Two);
    if failed { Exit::Two } else { written }
}

fn answer(args: &Args, input: Option<&Value>) -> Result<Evaluation, Failure> {
    let policies = args.policy.load_paths(&args.data)?;
    let errors = if args.strict_builtin_errors { BuiltinErrors::Strict } else { BuiltinErrors::Undefined };
    let engine = args.engine.engine(errors);
    let policy = policies.compile(&*engine, &[])?;
    policies.check_query(&args.query)?;
    let prepared = policy.prepare(&Query::Text(args.query.as_str().into()));
    let mut prepared = prepared.map_err(|diagnostics| Failure::new(diagnostics, policies.modules.clone()))?;
    let limits = Limits { time: (!args.timeout.is_zero()).then_some(args.timeout), ..Limits::default() };
    Ok(prepared.evaluate(&Request { input, with: &[], limits }))
}

/// The input document, when the arguments name one.
fn input(args: &Args) -> Result<Option<Value>, Failure> {
    let (name, read) = match (&args.input, args.stdin_input) {
        (Some(path), _) => (path.as_str(), File::open(path).and_then(|mut file| read(&mut file))),
        (None, true) => ("<stdin>", read(&mut std::io::stdin())),
        (None, false) => return Ok(None),
    };
    let refuse = |message: String| {
        let help = "the input is one JSON or YAML document; give it with -i FILE or -I";
        Failure::new(vec![Diagnostic::error(Code::Load, message, None).with_help(help)], Sources::new())
    };
    let bytes = read.map_err(|error| refuse(format!("the input can't be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| refuse(format!("{name}: the input is no UTF-8")))?;
    let mut sources = Sources::new();
    let id = sources.add(Source::new(name, text.as_str()));
    match document::input(id, &text) {
        Ok(node) => Ok(Some(node.to_value())),
        Err(diagnostic) => Err(Failure::new(vec![diagnostic], sources)),
    }
}

fn read(from: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).map(|_| bytes)
}
