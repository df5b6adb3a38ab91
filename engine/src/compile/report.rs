//! Collects the errors of the stages: how many, in which order, and whether to go on after them.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{LineIndex, Position, SourceId, Sources, Span};

/// The errors so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    limit: Option<usize>,
    errors: Vec<Entry>,
    /// The number of the stage that runs.
    stage: usize,
    stopped: bool,
    limited: bool,
    /// Parts of modules that OPA says are somewhere else: an `else` without braces gives its place to its body.
    moved: BTreeMap<(SourceId, u32), (u32, u32)>,
}

/// An error, the number of the stage that found it, and whether the stages after it must not run.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) stage: usize,
    fatal: bool,
    error: Diagnostic,
}

impl Report {
    /// Keeps at most `limit` errors.
    pub(super) fn new(limit: Option<usize>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Remembers that what is written at `span` counts as being at `start`.
    pub(super) fn move_to(&mut self, span: Span, start: u32) {
        self.moved.insert((span.source, span.start), (span.end, start));
    }

    /// Says which stage the errors that follow are of.
    pub(super) fn enter(&mut self, stage: usize) {
        self.stage = stage;
    }

    /// The errors as they were reported.
    pub(super) fn take(self) -> Vec<Entry> {
        self.errors
    }

    /// Takes over what counts as being somewhere else.
    pub(super) fn take_moves(&mut self, other: &mut Self) {
        self.moved.append(&mut other.moved);
    }

    /// Reports errors that are sorted by their stages, up to the stage that stops.
    pub(super) fn replay(&mut self, entries: impl IntoIterator<Item = Entry>) {
        let mut stage = None;
        for entry in entries {
            if stage.replace(entry.stage).is_some_and(|before| before != entry.stage) && self.stopped {
                return;
            }
            self.stopped |= entry.fatal;
            self.keep(entry.fatal, entry.error);
        }
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Whether the stages that follow must not run.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// An error that the stages that follow can't cope with. Answers whether to look for more.
    pub(super) fn fatal(&mut self, error: Diagnostic) -> bool {
        self.stopped = true;
        self.keep(true, error)
    }

    /// An error that the stages that follow can cope with. Answers whether to look for more.
    pub(super) fn recoverable(&mut self, error: Diagnostic) -> bool {
        self.keep(false, error)
    }

    fn keep(&mut self, fatal: bool, error: Diagnostic) -> bool {
        if self.limited {
            return false;
        }
        self.errors.push(Entry { stage: self.stage, fatal, error });
        self.limited = self.limit.is_some_and(|limit| self.errors.len() >= limit);
        self.stopped |= self.limited;
        !self.limited
    }

    /// The errors, sorted by their places.
    pub(super) fn finish(self, sources: &Sources) -> Vec<Diagnostic> {
        let Self { errors, moved, limited, .. } = self;
        let mut errors: Vec<Diagnostic> = errors.into_iter().map(|entry| entry.error).collect();
        for error in &mut errors {
            error.span = error.span.map(|span| relocate(&moved, span));
        }
        sort(&mut errors, sources);
        if limited {
            errors.push(Diagnostic::error(Code::Compile, "error limit reached", None));
        }
        errors
    }
}

fn relocate(moved: &BTreeMap<(SourceId, u32), (u32, u32)>, span: Span) -> Span {
    let before = moved.range(..=(span.source, span.start)).next_back();
    match before {
        Some(((source, _), (end, start))) if *source == span.source && span.start < *end => {
            Span { start: *start, ..span }
        }
        _ => span,
    }
}

/// Sorts as OPA does: by file name, row, column, then code and message; what has no place comes last.
pub(super) fn sort(errors: &mut [Diagnostic], sources: &Sources) {
    let mut places = Places::new(sources);
    errors.sort_by_cached_key(|error| {
        let place = error.span.map(|span| (places.file(span.source), places.position(span)));
        (place.is_none(), place, error.code.as_str(), error.message.clone())
    });
}

/// Finds rows, reading each source once.
#[derive(Debug)]
pub(super) struct Places<'a> {
    sources: &'a Sources,
    lines: BTreeMap<SourceId, LineIndex>,
}

impl<'a> Places<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self { sources, lines: BTreeMap::new() }
    }

    /// The name of a source.
    pub(super) fn file(&self, source: SourceId) -> &'a str {
        self.sources.get(source).map_or("", |source| source.name())
    }

    /// The row and column where a span starts.
    pub(super) fn position(&mut self, span: Span) -> Position {
        let sources = self.sources;
        let text = || sources.get(span.source).map_or("", |source| source.text());
        self.lines.entry(span.source).or_insert_with(|| LineIndex::new(text())).position(span.start)
    }

    /// `file:row`, as messages refer to other places.
    pub(super) fn show(&mut self, span: Span) -> String {
        let row = self.position(span).row;
        format!("{}:{row}", self.file(span.source))
    }
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::diagnostic::{Code, Diagnostic};
    use crate::source::{Source, SourceId, Sources, Span};

    fn error(message: &str, start: u32) -> Diagnostic {
        Diagnostic::error(Code::Compile, message, Span::new(SourceId::default(), start, start + 1))
    }

    fn sources() -> Sources {
        let mut sources = Sources::new();
        sources.add(Source::new("a.rego", "package a\np := 1\nq := 2\n"));
        sources
    }

    #[test]
    fn errors_are_sorted_by_place_and_the_limit_is_last() {
        let mut report = Report::new(Some(2));
        assert!(report.recoverable(error("second", 12)));
        assert!(!report.is_stopped());
        assert!(!report.fatal(error("first", 3)));
        assert!(report.is_stopped());
        assert!(!report.fatal(error("never", 0)));
        let messages: Vec<_> = report.finish(&sources()).into_iter().map(|error| error.message).collect();
        assert_eq!(messages, ["first", "second", "error limit reached"]);
    }

    #[test]
    fn what_was_moved_is_reported_where_it_was_moved_to() {
        let mut report = Report::new(None);
        report.move_to(Span::new(SourceId::default(), 10, 15), 4);
        report.fatal(error("inside", 12));
        report.fatal(error("behind", 15));
        let starts: Vec<_> =
            report.finish(&sources()).iter().map(|error| error.span.map(|span| span.start)).collect();
        assert_eq!(starts, [Some(4), Some(15)]);
    }
}
