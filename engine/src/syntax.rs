//! The syntax of Rego, versions 0 and 1: from text to a tree, and back.
//!
//! The grammar, its ambiguities and the messages are those of OPA 1.22.2, whose parser is the only complete
//! definition of the language.

mod annotation;
pub mod ast_json;
mod builtin_names;
pub mod display;
pub mod dump;
mod help;
mod lexer;
mod names;
mod parser;
pub mod printer;
mod token;
pub mod tree;

pub use token::Keywords;

use std::cell::OnceCell;

use crate::diagnostic::{Code, Details, Diagnostic};
use crate::source::{LineIndex, SourceId, Span};
use crate::value::Value;
use parser::{Content, Fault, Finder, Parser};
use tree::{Body, Literal, Module, Ref, Term};

/// A version of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum RegoVersion {
    /// The language before OPA 1.0.
    V0,
    /// Version 0 whose rules must also be rules of version 1 (`opa check --v0-v1`).
    V0V1,
    /// The language of OPA 1.0.
    #[default]
    V1,
    /// Version 1 with `and`, `or` and `not` with a body.
    V2,
}

impl RegoVersion {
    /// The words that are keywords of the version, beyond those of all versions.
    pub(crate) fn keywords(self) -> Keywords {
        match self {
            Self::V0 => Keywords::NONE,
            Self::V0V1 | Self::V1 => Keywords::V1,
            Self::V2 => Keywords::ALL,
        }
    }
}

/// How to read a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseOptions {
    /// The version that the text is in.
    pub rego_version: RegoVersion,
    /// Keywords that count as imported.
    pub future_keywords: Keywords,
    /// Keywords that may be imported with `import future.keywords`.
    pub importable_keywords: Keywords,
    /// Versions that may be imported, as with `import rego.v1`.
    pub importable_versions: Vec<RegoVersion>,
    /// Whether keywords may be names in references, as in `input.if`.
    pub keywords_in_refs: bool,
    /// Whether strings with expressions in them may be used.
    pub template_strings: bool,
    /// Whether METADATA comments are read as annotations.
    pub annotations: bool,
    /// How deep brackets and bodies may nest.
    ///
    /// The default needs less than 2 MiB of stack, without optimisations. OPA allows about eleven thousand.
    pub max_depth: u32,
    /// How high the tree may become, which also bounds how many operators may stand in a row.
    ///
    /// OPA allows about a hundred thousand.
    pub max_height: u32,
}

impl ParseOptions {
    /// What OPA allows of a version by default.
    pub fn new(rego_version: RegoVersion) -> Self {
        Self {
            rego_version,
            future_keywords: Keywords::NONE,
            importable_keywords: Keywords::ALL,
            importable_versions: vec![RegoVersion::V1, RegoVersion::V2],
            keywords_in_refs: true,
            template_strings: matches!(rego_version, RegoVersion::V1 | RegoVersion::V2),
            annotations: true,
            max_depth: DEFAULT_MAX_DEPTH,
            max_height: DEFAULT_MAX_HEIGHT,
        }
    }
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self::new(RegoVersion::default())
    }
}

/// A module and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The tree of all that could be read.
    pub module: Module,
    /// The errors. With any, the module lacks something.
    pub diagnostics: Vec<Diagnostic>,
    /// How many of the errors OPA would report: the others were found by going on after one.
    pub reported_by_opa: usize,
}

/// Parses a file.
///
/// A text of 4 GiB or more is refused, since spans could not address it.
pub fn parse(source: SourceId, text: &str, options: &ParseOptions) -> Parsed {
    let mut statements = Vec::new();
    let mut faults = Vec::new();
    if u32::try_from(text.len()).is_err() {
        faults.push(Fault {
            span: Span::new(source, 0, 0),
            message: "file is too large".to_owned(),
            finder: Finder::Check,
        });
        let (module, _) = parser::assemble(source, text, options.rego_version, statements, false);
        let diagnostics = faults.into_iter().map(|fault| diagnostic(fault, text)).collect();
        return Parsed { module, diagnostics, reported_by_opa: 0 };
    }
    let mut parser = Parser::new(source, text, options);
    let mut failed = parser.statements(Content::Rules, &mut statements);
    faults.extend(parser.take_errors());
    let index = OnceCell::new();
    let index = || index.get_or_init(|| LineIndex::new(text));
    let read_blocks = |comments: &[tree::Comment]| {
        if options.annotations {
            annotation::read(source, comments, &index)
        } else {
            (Vec::new(), Vec::new())
        }
    };
    let mut comments = parser.comments();
    let (mut blocks, block_faults) = read_blocks(&comments);
    let reported_blocks = block_faults.len();
    faults.extend(block_faults);
    let mut reported_by_opa = faults.len();
    if failed.is_some() {
        while let Some(start) = failed {
            if faults.len() >= MAX_ERRORS || !parser.recover(start) {
                break;
            }
            failed = parser.statements(Content::Rules, &mut statements);
            faults.extend(parser.take_errors());
        }
        comments = parser.comments();
        let (all, block_faults) = read_blocks(&comments);
        blocks = all;
        faults.extend(block_faults.into_iter().skip(reported_blocks));
    }
    let complete = faults.is_empty();
    if complete && statements.is_empty() && !blocks.is_empty() {
        let span = blocks.first().map_or(Span::new(source, 0, 0), |block| block.annotations.span);
        faults.push(Fault { span, message: "package expected".to_owned(), finder: Finder::Check });
    }
    let (mut module, more) =
        parser::assemble(source, text, options.rego_version, statements, faults.is_empty());
    module.comments = comments;
    faults.extend(more);
    if faults.is_empty() && !blocks.is_empty() {
        faults.extend(annotation::attach(&mut module, blocks, index()));
    }
    if complete {
        reported_by_opa = faults.len();
    }
    let diagnostics = faults.into_iter().map(|fault| diagnostic(fault, text)).collect();
    Parsed { module, diagnostics, reported_by_opa }
}

/// Parses a query: literals separated by semicolons or line breaks.
///
/// # Errors
///
/// What is wrong with it, in OPA's words; never empty.
pub fn parse_query(source: SourceId, text: &str, options: &ParseOptions) -> Result<Body, Vec<Diagnostic>> {
    let failure = |message: &str| {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        vec![Diagnostic::error(Code::Parse, message, Span::new(source, 0, end))]
    };
    if u32::try_from(text.len()).is_err() {
        return Err(failure("query is too large"));
    }
    let mut parser = Parser::new(source, text, options);
    let mut statements = Vec::new();
    parser.statements(Content::Query, &mut statements);
    let faults = parser.take_errors();
    if !faults.is_empty() {
        return Err(faults.into_iter().map(|fault| diagnostic(fault, text)).collect());
    }
    let mut literals: Vec<Literal> = Vec::new();
    for statement in statements {
        match statement {
            parser::Statement::Body(more) => literals.extend(more),
            parser::Statement::Package(_) => return Err(failure("expected body but got package")),
            parser::Statement::Import(_) => return Err(failure("expected body but got import")),
            parser::Statement::Rule(_) => return Err(failure("expected body but got rule")),
        }
    }
    match (literals.first(), literals.last()) {
        (Some(first), Some(last)) => Ok(Body { span: first.span.to(last.span), literals }),
        _ => Err(failure("expected body but found nothing")),
    }
}

/// Parses one term, such as `{"a": [1]}`.
///
/// # Errors
///
/// What is wrong with it; never empty.
pub fn parse_term(source: SourceId, text: &str, options: &ParseOptions) -> Result<Term, Vec<Diagnostic>> {
    let body = parse_query(source, text, options)?;
    let span = body.span;
    let mut literals = body.literals.into_iter();
    match (literals.next(), literals.next()) {
        (Some(Literal { negated: false, kind: tree::LiteralKind::Term(term), with, .. }), None)
            if with.is_empty() =>
        {
            Ok(term)
        }
        (Some(_), None) => Err(vec![Diagnostic::error(Code::Parse, "expected a term", span)]),
        _ => Err(vec![Diagnostic::error(Code::Parse, "expected exactly one term", span)]),
    }
}

/// Parses one reference, such as `data.a["b"]`.
///
/// # Errors
///
/// What is wrong with it; never empty.
pub fn parse_ref(source: SourceId, text: &str, options: &ParseOptions) -> Result<Ref, Vec<Diagnostic>> {
    let term = parse_term(source, text, options)?;
    let span = term.span;
    let tree::TermKind::Ref(reference) = term.kind else {
        return Err(vec![Diagnostic::error(Code::Parse, "expected a reference", span)]);
    };
    Ok(*reference)
}

/// The text that the bytes of a file encode.
///
/// # Errors
///
/// That the bytes aren't UTF-8, at the offset of the first that isn't. The span fits the text that
/// [`String::from_utf8_lossy`] makes of the bytes.
pub fn decode(source: SourceId, bytes: &[u8]) -> Result<&str, Diagnostic> {
    std::str::from_utf8(bytes).map_err(|error| {
        let start = u32::try_from(error.valid_up_to()).unwrap_or(u32::MAX);
        let span = Span::new(source, start, start.saturating_add(1));
        Diagnostic::error(Code::Parse, "illegal utf-8 character", span)
            .with_help("save the file with UTF-8 encoding")
    })
}

fn diagnostic(fault: Fault, text: &str) -> Diagnostic {
    let help = help::line(&fault.message);
    let details = match fault.finder {
        Finder::Parser => line_details(text, fault.span.start),
        Finder::Check => None,
    };
    Diagnostic::error(Code::Parse, fault.message, fault.span).with_help(help).with_details(details)
}

/// The line that an error is in, and the byte of it that it is at; for one in the blank after a line, the last byte of that.
fn line_details(text: &str, at: u32) -> Option<Details> {
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\x0b';
    let last = text.len().checked_sub(1)?;
    let upto = text.as_bytes().get(..=(at as usize).min(last))?;
    let at = upto.iter().rposition(|byte| !is_blank(byte)).unwrap_or(0);
    let start = upto.get(..at)?.iter().rposition(is_end).map_or(0, |end| end + 1);
    let line = text.as_bytes().get(start..)?.split(|byte| is_end(byte)).next()?;
    if line.len() > MAX_SHOWN_LINE {
        return None;
    }
    let index = u64::try_from(at - start).unwrap_or(u64::MAX);
    let line = Value::from(&*String::from_utf8_lossy(line));
    Some(vec![("line", line), ("idx", index.into())])
}

const DEFAULT_MAX_DEPTH: u32 = 200;

const DEFAULT_MAX_HEIGHT: u32 = 800;

/// Longer lines are not repeated with each error.
const MAX_SHOWN_LINE: usize = 1 << 16;

/// More errors of one file tell nothing more.
const MAX_ERRORS: usize = 1000;

#[cfg(test)]
mod tests {
    use super::{ParseOptions, display, parse_query, parse_ref, parse_term};
    use crate::source::SourceId;

    fn messages<T: std::fmt::Debug>(result: Result<T, Vec<super::Diagnostic>>) -> Vec<String> {
        result.expect_err("it is refused").into_iter().map(|error| error.message).collect()
    }

    #[test]
    fn queries_are_bodies_without_braces() {
        let options = ParseOptions::default();
        let parse = |text| parse_query(SourceId::default(), text, &options);
        assert_eq!(parse("x := 1; y = x\nsome z in y").expect("it is fine").literals.len(), 3);
        assert_eq!(messages(parse("x :=")), ["unexpected eof token"]);
        assert_eq!(messages(parse("")), ["expected body but found nothing"]);
        assert_eq!(messages(parse("package a")), ["expected body but got package"]);
    }

    #[test]
    fn terms_and_references_stand_alone() {
        let options = ParseOptions::default();
        let term = parse_term(SourceId::default(), "{\"b\": [1], \"a\": set()}", &options);
        assert_eq!(display::term(&term.expect("it is fine")), "{\"a\": set(), \"b\": [1]}");
        assert_eq!(
            messages(parse_term(SourceId::default(), "1; 2", &options)),
            ["expected exactly one term"]
        );
        assert_eq!(messages(parse_term(SourceId::default(), "not x", &options)), ["expected a term"]);
        let reference = parse_ref(SourceId::default(), "data.a[\"b c\"][x]", &options);
        assert_eq!(display::reference(&reference.expect("it is fine")), "data.a[\"b c\"][x]");
        assert_eq!(messages(parse_ref(SourceId::default(), "x", &options)), ["expected a reference"]);
    }
}
