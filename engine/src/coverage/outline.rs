//! What is written in a module that coverage counts: heads, literals, and comments that say what not to count.

use std::collections::BTreeMap;

use super::{Place, Range, Uncounted};
use crate::compile::walk::{self, Flow, Node};
use crate::source::{LineIndex, Source, Span};
use crate::syntax::tree::{Body, HeadValue, Literal, LiteralKind, Module, Rule, Term, TermKind};

/// A module's heads and literals.
#[derive(Debug)]
pub(super) struct Outline {
    lines: LineIndex,
    /// The literals in the order written, those inside of others after them.
    pub(super) literals: Vec<Written>,
    /// The heads of rules and of `else` branches.
    pub(super) heads: Vec<Span>,
    /// Where OPA says that the bodies stand which rules without a body have, with the rules' heads.
    pub(super) bodies: Vec<(Span, Span)>,
    pub(super) uncounted: Vec<Uncounted>,
}

/// A literal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) span: Span,
    pub(super) is_condition: bool,
    /// Whether it only declares variables: `some x`.
    pub(super) is_declaration: bool,
    /// Whether OPA counts it once it was evaluated only: `some x`, `some x in xs`.
    pub(super) is_some: bool,
}

impl Outline {
    pub(super) fn of(module: &Module, source: &Source) -> Self {
        let lines = LineIndex::new(source.text());
        let mut outline = Self {
            uncounted: Vec::new(),
            literals: Vec::new(),
            heads: Vec::new(),
            bodies: Vec::new(),
            lines,
        };
        for rule in &module.rules {
            outline.rule(rule);
        }
        outline.literals.sort_by_key(|literal| (literal.span.start, std::cmp::Reverse(literal.span.end)));
        outline.literals.dedup_by_key(|literal| literal.span);
        outline.uncounted = outline.comments(module, source.text());
        outline
    }

    /// Rows and columns of a span.
    pub(super) fn range(&self, span: Span) -> Range {
        let place = |offset| {
            let position = self.lines.position(offset);
            let number = |value| u32::try_from(value).unwrap_or(u32::MAX);
            Place { row: number(position.row), col: number(position.col) }
        };
        Range { start: place(span.start), end: place(span.end) }
    }

    /// The position of the innermost literal around a span.
    pub(super) fn innermost(&self, span: Span) -> Option<usize> {
        let before = self.literals.partition_point(|literal| literal.span.start <= span.start);
        let all = self.literals.get(..before).unwrap_or_default();
        all.iter().rposition(|literal| span.end <= literal.span.end)
    }

    fn rule(&mut self, rule: &Rule) {
        self.heads.push(rule.head.span);
        for arg in &rule.head.args {
            self.term(arg);
        }
        for operand in &rule.head.reference.operands {
            self.term(operand);
        }
        match &rule.head.value {
            HeadValue::True => {}
            HeadValue::Term(term) | HeadValue::Element(term) => self.term(term),
        }
        match &rule.body {
            Some(body) => self.body(body),
            None => self.bodies.push((rule.head.span, generated_body(rule))),
        }
        for branch in &rule.branches {
            let end = branch.value.as_ref().map_or(branch.span.start + ELSE, |value| value.span.end);
            self.heads.push(Span { end, ..branch.span });
            branch.value.iter().for_each(|value| self.term(value));
            branch.body.iter().for_each(|body| self.body(body));
        }
    }

    fn body(&mut self, body: &Body) {
        walk::body(body, &mut |node| self.visit(node));
    }

    fn term(&mut self, term: &Term) {
        walk::term(term, &mut |node| self.visit(node));
    }

    fn visit(&mut self, node: Node<'_>) -> Flow {
        if let Node::Literal(literal) = node {
            self.literals.push(Written {
                span: literal.span,
                is_condition: is_condition(literal),
                is_declaration: matches!(literal.kind, LiteralKind::Declare(_)),
                is_some: matches!(literal.kind, LiteralKind::Declare(_) | LiteralKind::SomeIn(_)),
            });
        }
        Flow::Descend
    }

    fn comments(&self, module: &Module, text: &str) -> Vec<Uncounted> {
        let rows: BTreeMap<u32, Span> = module
            .comments
            .iter()
            .map(|comment| (self.range(comment.span).start.row, comment.span))
            .collect();
        let stands_alone = |span: &Span| {
            let before = text.get(..span.start as usize).unwrap_or_default();
            before.rsplit('\n').next().unwrap_or_default().trim().is_empty()
        };
        let mut found = Vec::new();
        for comment in &module.comments {
            let Some(reason) = no_cover(&comment.text) else { continue };
            let mut row = self.range(comment.span).start.row;
            // Above a statement, maybe with other comments between them; else beside it.
            while rows.get(&row).is_some_and(stands_alone) {
                row += 1;
            }
            found.push(Uncounted { row, reason: reason.into() });
        }
        found
    }
}

/// Where OPA says that the body of a rule stands that has none.
fn generated_body(rule: &Rule) -> Span {
    if rule.default {
        return Span { end: rule.span.start + DEFAULT, ..rule.span };
    }
    match &rule.head.value {
        HeadValue::Term(value) => value.span,
        HeadValue::True | HeadValue::Element(_) => rule.head.reference.head.span,
    }
}

/// The reason, if a comment asks not to count something. Without a reason it asks in vain: the linter says so.
pub(crate) fn no_cover(comment: &str) -> Option<&str> {
    let rest = comment.trim_start().strip_prefix("portcullis:")?.trim_start().strip_prefix("no-cover")?;
    (rest.starts_with(char::is_whitespace)).then(|| rest.trim()).filter(|reason| !reason.is_empty())
}

/// Whether a literal is there to hold or not: it is no declaration, iteration or assignment.
fn is_condition(literal: &Literal) -> bool {
    match &literal.kind {
        LiteralKind::Declare(_) | LiteralKind::SomeIn(_) => false,
        LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => {
            let operator = call.operator.head.as_var().filter(|_| call.operator.operands.is_empty());
            literal.negated
                || operator.is_none_or(|operator| !NO_CONDITIONS.contains(&operator.name.as_str()))
        }
        LiteralKind::Term(_)
        | LiteralKind::Every(_)
        | LiteralKind::Not(_)
        | LiteralKind::And(_)
        | LiteralKind::Or(_) => true,
    }
}

/// Assignments, and what only tells.
const NO_CONDITIONS: [&str; 2] = ["assign", "print"];

/// The length of `else`.
const ELSE: u32 = 4;

/// The length of `default`.
const DEFAULT: u32 = 7;

#[cfg(test)]
mod tests {
    use super::no_cover;

    #[test]
    fn a_comment_needs_a_reason_to_keep_something_from_being_counted() {
        assert_eq!(no_cover(" portcullis: no-cover only on Windows "), Some("only on Windows"));
        assert_eq!(no_cover(" portcullis: no-cover"), None);
        assert_eq!(no_cover(" portcullis: no-coverage at all"), None);
        assert_eq!(no_cover(" no-cover: nothing for us"), None);
    }
}
