//! Comments that suppress findings: `# portcullis: allow RULE REASON`.

use std::collections::BTreeMap;

use super::registry;
use super::rule::Rule;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{LineIndex, SourceId, Sources, Span};
use crate::syntax::tree::Module;

/// One comment.
#[derive(Debug)]
pub(super) struct Suppression {
    /// The comment.
    pub(super) span: Span,
    /// What it says.
    pub(super) word: Word,
    /// The rule whose findings it suppresses, if one has that name.
    pub(super) rule: Option<&'static Rule>,
    /// Why; may be empty.
    pub(super) reason: String,
    /// Whether it suppressed a finding.
    pub(super) used: bool,
    /// Whether the rule was looked for at all in this file.
    pub(super) judged: bool,
    /// The row whose findings it suppresses.
    row: usize,
}

/// What stands after `portcullis:`.
#[derive(Debug)]
pub(super) enum Word {
    /// `allow`, and the name that follows.
    Allow(String),
    /// `no-cover`: coverage leaves the statement out.
    NoCover,
    /// Another word.
    Other(String),
}

/// Reads the comments of all modules. `is_judged` says whether findings of a rule are wanted in a source.
pub(super) fn read(
    modules: &[Module],
    sources: &Sources,
    is_judged: &dyn Fn(SourceId, &Rule) -> bool,
) -> Vec<Suppression> {
    let mut found = Vec::new();
    for module in modules {
        let Some(source) = sources.get(module.source) else { continue };
        if !module.comments.iter().any(|comment| comment.text.contains(MARK)) {
            continue;
        }
        let text = source.text();
        let lines = LineIndex::new(text);
        let row = |span: Span| lines.position(span.start).row;
        let below = rows_below(text, module, row);
        for comment in &module.comments {
            let Some(rest) = comment.text.trim_start().strip_prefix(MARK) else { continue };
            // A key of METADATA, below which settings of a pack stand.
            if rest.trim().is_empty() && comment.text.starts_with("  ") {
                continue;
            }
            let own = row(comment.span);
            // Above a statement, maybe with other comments between them; else beside it.
            let target = below.get(&own).copied().unwrap_or(own);
            let (word, rule, reason) = directive(rest);
            let judged = rule.is_some_and(|rule| is_judged(module.source, rule));
            found.push(Suppression {
                span: comment.span,
                word,
                rule,
                reason,
                used: false,
                judged,
                row: target,
            });
        }
    }
    found
}

/// Leaves out the findings that are suppressed, and marks what suppressed them.
pub(super) fn apply(
    findings: Vec<Diagnostic>,
    suppressions: &mut [Suppression],
    sources: &Sources,
) -> Vec<Diagnostic> {
    if suppressions.is_empty() {
        return findings;
    }
    let mut by_place: BTreeMap<(SourceId, usize, &str), Vec<usize>> = BTreeMap::new();
    for (index, suppression) in suppressions.iter().enumerate() {
        if let Some(rule) = suppression.rule {
            by_place.entry((suppression.span.source, suppression.row, rule.id)).or_default().push(index);
        }
    }
    let mut lines: BTreeMap<SourceId, LineIndex> = BTreeMap::new();
    let mut used = Vec::new();
    let mut left = Vec::new();
    for finding in findings {
        let place = finding.span.and_then(|span| {
            let source = sources.get(span.source)?;
            let lines = lines.entry(span.source).or_insert_with(|| LineIndex::new(source.text()));
            let Code::Rule(id) = finding.code else { return None };
            Some((span.source, lines.position(span.start).row, id))
        });
        match place.and_then(|place| by_place.get(&place)) {
            Some(indices) => used.extend(indices.iter().copied()),
            None => left.push(finding),
        }
    }
    for index in used {
        if let Some(suppression) = suppressions.get_mut(index) {
            suppression.used = true;
        }
    }
    left
}

/// For each row that has nothing but a comment, the next row that is another.
fn rows_below(text: &str, module: &Module, row: impl Fn(Span) -> usize) -> BTreeMap<usize, usize> {
    let mut below = BTreeMap::new();
    for comment in module.comments.iter().rev().filter(|comment| stands_alone(text, comment.span)) {
        let next = row(comment.span) + 1;
        below.insert(next - 1, below.get(&next).copied().unwrap_or(next));
    }
    below
}

/// Whether nothing stands before a comment in its line.
fn stands_alone(text: &str, comment: Span) -> bool {
    let before = text.get(..comment.start as usize).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.chars().all(char::is_whitespace)
}

fn directive(text: &str) -> (Word, Option<&'static Rule>, String) {
    let (word, rest) = split(text);
    if word == "no-cover" {
        return (Word::NoCover, None, rest.to_owned());
    }
    if word != "allow" {
        return (Word::Other(word.to_owned()), None, String::new());
    }
    let (id, reason) = split(rest);
    (Word::Allow(id.to_owned()), registry::rule(id), reason.to_owned())
}

/// The first word, and what follows it.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

const MARK: &str = "portcullis:";
