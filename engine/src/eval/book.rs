//! Looks up for people what the program knows by numbers only.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::trace::Names;
use crate::policy::{Location, ref_text};
use crate::program::{ClauseId, LiteralId, LiteralText, Program, RuleId, RuleKind, Slot, WatchedProgram};
use crate::source::{LineIndex, SourceId, Sources, Span};
use crate::syntax::tree::Name;
use crate::value::Value;

/// The texts and places of a program and maybe a query.
#[derive(Debug)]
pub(super) struct Book<'p> {
    program: &'p Program,
    sources: &'p Sources,
    literals: &'p [LiteralText],
    /// The names of the query's variables, by slot.
    query: &'p [Name],
    lines: BTreeMap<SourceId, LineIndex>,
}

impl<'p> Book<'p> {
    /// `sources` are those of the program, and of the query, if there is one; `query` are the names of its variables.
    pub(super) fn new(watched: &'p WatchedProgram, sources: &'p Sources, query: &'p [Name]) -> Self {
        let WatchedProgram { program, literals } = watched;
        let lines = sources.iter().map(|(id, source)| (id, LineIndex::new(source.text()))).collect();
        Self { program, sources, literals, query, lines }
    }
}

impl Names for Book<'_> {
    fn literal(&self, id: LiteralId) -> (Arc<str>, Option<Span>) {
        match self.literals.get(id.0 as usize) {
            Some(literal) => (Arc::clone(&literal.text), Some(literal.span)),
            None => (Arc::from(""), None),
        }
    }

    fn is_negation(&self, id: LiteralId) -> bool {
        self.literals.get(id.0 as usize).is_some_and(|literal| literal.negated)
    }

    fn index(&self, id: LiteralId) -> usize {
        self.literals.get(id.0 as usize).map_or(0, |literal| literal.index)
    }

    fn clause(&self, id: ClauseId) -> (Arc<str>, Option<Span>) {
        match self.program.clause(id) {
            Some(clause) => (self.rule(clause.rule), Some(clause.span)),
            None => (Arc::from(""), None),
        }
    }

    fn rule(&self, id: RuleId) -> Arc<str> {
        let path = self.program.rule(id).map(|rule| rule.path.iter().filter_map(Value::as_str));
        ref_text::ref_text(std::iter::once("data").chain(path.into_iter().flatten())).into()
    }

    fn collects(&self, id: RuleId) -> bool {
        self.program.rule(id).is_some_and(|rule| matches!(rule.kind, RuleKind::Set | RuleKind::Object))
    }

    fn locate(&self, span: Span) -> Option<Location> {
        let source = self.sources.get(span.source)?;
        let position = self.lines.get(&span.source)?.position(span.start);
        Some(Location { file: Arc::clone(source.name()), row: position.row, col: position.col })
    }

    fn slot(&self, clause: Option<ClauseId>, slot: Slot) -> Arc<str> {
        let names = match clause.and_then(|id| self.program.clause(id)) {
            Some(clause) => &clause.slots,
            None => self.query,
        };
        names.get(slot.0 as usize).map_or("", Name::as_str).into()
    }

    fn source_text(&self, span: Span) -> Arc<str> {
        let range = span.start as usize..span.end as usize;
        self.sources.get(span.source).and_then(|source| source.text().get(range)).unwrap_or_default().into()
    }
}
