//! Reads METADATA blocks from comments, and finds what they stand above.

mod attach;
mod fields;

use std::fmt::Write as _;

use super::parser::{Fault, Finder};
use super::tree::{Annotations, Comment, Scope};
use crate::document;
use crate::source::{LineIndex, SourceId, Span};

pub(super) use attach::attach;

/// A block as it is read, before it is known what it stands above.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) annotations: Annotations,
    /// The scope as it is written; may be empty or wrong.
    pub(super) scope: String,
}

/// The blocks among the comments, and what is wrong with them.
pub(super) fn read<'index>(
    source: SourceId,
    comments: &[Comment],
    index: &dyn Fn() -> &'index LineIndex,
) -> (Vec<Block>, Vec<Fault>) {
    let mut blocks = Vec::new();
    let mut faults = Vec::new();
    if !comments.iter().any(|comment| comment.text.trim_start().starts_with(MARK)) {
        return (blocks, faults);
    }
    let index = index();
    let rows: Vec<_> = comments.iter().map(|comment| index.position(comment.span.start)).collect();
    let starts_block = |at: usize| {
        rows.get(at).is_some_and(|row| row.col == 1)
            && comments.get(at).is_some_and(|comment| comment.text.trim_start().starts_with(MARK))
    };
    for (at, mark) in comments.iter().enumerate().filter(|(at, _)| starts_block(*at)) {
        let lines = rows.iter().enumerate().skip(at + 1).zip(rows.iter().skip(at));
        let lines = lines.take_while(|((next, row), before)| {
            row.col == 1 && row.row == before.row + 1 && !starts_block(*next)
        });
        let end = at + 1 + lines.count();
        let lines = comments.get(at + 1..end).unwrap_or_default();
        let row_of = |comment: &Comment| index.position(comment.span.start).row;
        match read_block(source, mark, lines, &row_of) {
            Ok(block) => blocks.push(block),
            Err(fault) => faults.push(fault),
        }
    }
    (blocks, faults)
}

fn read_block(
    source: SourceId,
    mark: &Comment,
    lines: &[Comment],
    row_of: &dyn Fn(&Comment) -> usize,
) -> Result<Block, Fault> {
    let mut text = String::new();
    for line in lines {
        text.push_str(line.text.strip_prefix(' ').unwrap_or(&line.text));
        text.push('\n');
    }
    let fault = |span: Span, message: String| Fault { span, message, finder: Finder::Parser };
    if text.trim().is_empty() {
        return Err(fault(mark.span, "expected METADATA block, found whitespace".to_owned()));
    }
    let line_at = |row: usize| lines.get(row).or(lines.last()).map_or(mark.span, |comment| comment.span);
    let index = LineIndex::new(&text);
    let node = document::yaml(source, &text).map_err(|diagnostic| {
        let row = diagnostic.span.map_or(0, |span| index.position(span.start).row - 1);
        let problem = diagnostic.message.trim_start_matches("invalid YAML: ");
        let message = format!("yaml: {problem}{}", space_hints(lines, row_of));
        fault(line_at(row), message)
    })?;
    let mut reader = fields::Reader::new(source, &text, &index);
    let fields = reader.read(&node);
    if let Some((row, message)) = reader.into_errors() {
        // As in OPA, which counts rows from one here and comments from zero.
        return Err(fault(line_at(row), format!("{message}{}", space_hints(lines, row_of))));
    }
    let (scope, mut annotations) = fields.map_err(|message| fault(mark.span, message))?;
    annotations.span = lines.last().map_or(mark.span, |last| mark.span.to(last.span));
    Ok(Block { annotations, scope })
}

/// Hints at separators that are followed by something other than a space.
fn space_hints(lines: &[Comment], row_of: &dyn Fn(&Comment) -> usize) -> String {
    let mut hints = String::new();
    for line in lines {
        let mut wrong = Vec::new();
        let mut parts = line.text.split(':').skip(1).peekable();
        while let Some(part) = parts.next() {
            let first = part.chars().next();
            if first.is_none() && parts.peek().is_none() || matches!(first, Some(' ' | '\t')) {
                break;
            }
            wrong.push(go_rune(first));
        }
        if !wrong.is_empty() {
            let (row, wrong) = (row_of(line), wrong.join(" "));
            _ = write!(
                hints,
                "\n  Hint: on line {row}, symbol(s) [{wrong}] immediately following a key/value separator ':' is not a legal yaml space character"
            );
        }
    }
    hints
}

/// A character as Go quotes it in ASCII.
fn go_rune(character: Option<char>) -> String {
    match character {
        Some(character) if character.is_ascii_graphic() => format!("'{character}'"),
        Some(character) => format!("'\\u{:04x}'", u32::from(character)),
        None => "'\\ufffd'".to_owned(),
    }
}

/// Annotations that say nothing yet.
fn empty(source: SourceId) -> Annotations {
    Annotations {
        span: Span::new(source, 0, 0),
        scope: Scope::Rule,
        target: None,
        title: "".into(),
        description: "".into(),
        entrypoint: false,
        organizations: Vec::new(),
        related_resources: Vec::new(),
        authors: Vec::new(),
        schemas: Vec::new(),
        compile: None,
        custom: None,
        labels: None,
        returned_custom: None,
        returned_labels: None,
    }
}

const MARK: &str = "METADATA";
