//! Rego itself.

use super::Shape::{Any, ArrayOf, ObjectOf, String};
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::source::{LineIndex, SourceId};
use crate::syntax::{self, ParseOptions, Parsed, ast_json};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "rego.metadata.chain",
        "The annotations of the active rule and of all that encloses it, innermost first.",
    )
    .returns(named("chain", ArrayOf(&Any))),
    Signature::new("rego.metadata.rule", "The annotations of the active rule.").returns(named("output", Any)),
    Signature::new("rego.parse_module", "The syntax tree of a Rego module.")
        .takes(&[named("filename", String), named("rego", String)])
        .returns(named("output", ObjectOf(&String, &Any)))
        .does(parse_module),
];

fn parse_module(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let file = operands.string(0)?;
    let Some(text) = operands.value(1)?.as_str() else {
        // OPA says of both operands that they are the first.
        let got = operands.value(1)?.type_name();
        return Err(BuiltinError::Operand(format!("operand 1 must be string but got {got}")));
    };
    let options = ParseOptions { annotations: false, ..ParseOptions::default() };
    let parsed = syntax::parse(SourceId::default(), text, &options);
    if parsed.diagnostics.iter().any(|error| error.message == "empty module") {
        let place = if file.is_empty() { "0:0".to_owned() } else { format!("{file}:0") };
        return Err(BuiltinError::Failed(format!("{place}: rego_parse_error: empty module")));
    }
    if !parsed.diagnostics.is_empty() {
        return Err(BuiltinError::Failed(problems(file, text, &parsed)));
    }
    let shown = ast_json::Options { file, text, locations: false, comments: true, annotations: false };
    ast_json::module(&parsed.module, &shown).map(Some).map_err(BuiltinError::Failed)
}

/// The errors as OPA lists them, each with its line and a mark below it.
fn problems(file: &str, text: &str, parsed: &Parsed) -> std::string::String {
    let index = LineIndex::new(text);
    let reported = parsed.diagnostics.iter().take(parsed.reported_by_opa.max(1));
    let problems: Vec<_> = reported
        .map(|error| {
            let position = index.position(error.span.map_or(0, |span| span.start));
            let row = position.row;
            let line = text.lines().nth(row.saturating_sub(1)).unwrap_or_default();
            let shown = line.trim_start_matches('\t');
            let column = (position.col - 1).saturating_sub(line.len() - shown.len());
            let place =
                if file.is_empty() { format!("{row}:{}", position.col) } else { format!("{file}:{row}") };
            if UNSHOWN.iter().any(|start| error.message.starts_with(start)) {
                return format!("{place}: rego_parse_error: {}", error.message);
            }
            let mark = " ".repeat(column);
            format!("{place}: rego_parse_error: {}\n\t{shown}\n\t{mark}^", error.message)
        })
        .collect();
    match problems.as_slice() {
        [problem] => format!("1 error occurred: {problem}"),
        problems => format!("{} errors occurred:\n{}", problems.len(), problems.join("\n")),
    }
}

/// How the messages start of which OPA shows no line: they are about statements that were read without an error.
const UNSHOWN: [&str; 4] = ["package expected", "unexpected package", "`if` keyword", "`contains` keyword"];
