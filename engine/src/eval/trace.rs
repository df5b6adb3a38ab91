//! Steps of an evaluation, in the order in which OPA tells them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::observer::{Observer, Side, View};
use super::unifications::{Texts, pairs};
use crate::explain::{ProfileEntry, TraceEvent, TraceNode, TraceOperation};
use crate::host::Host;
use crate::policy::Location;
use crate::program::{Body, ClauseId, LiteralId, RuleId, Slot, Term};
use crate::source::Span;
use crate::value::Value;

/// What a trace needs to know of the program and the query.
pub(super) trait Names {
    /// A literal as text, and where it was written.
    fn literal(&self, id: LiteralId) -> (Arc<str>, Option<Span>);
    /// Whether a literal is a negation: these have one way only, and OPA does not tell when it comes back to them.
    fn is_negation(&self, id: LiteralId) -> bool;
    /// The position of a literal in its body.
    fn index(&self, id: LiteralId) -> usize;
    /// The path of a clause's rule, and where the clause was written.
    fn clause(&self, id: ClauseId) -> (Arc<str>, Option<Span>);
    /// The path of a rule.
    fn rule(&self, id: RuleId) -> Arc<str>;
    /// Whether a rule collects values instead of having one.
    fn collects(&self, id: RuleId) -> bool;
    /// The place where a span starts.
    fn locate(&self, span: Span) -> Option<Location>;
    /// The text of a span.
    fn source_text(&self, span: Span) -> Arc<str>;
    /// The name of a variable of a clause, or of the query.
    fn slot(&self, clause: Option<ClauseId>, slot: Slot) -> Arc<str>;
}

/// Which events are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// None: only the time counts.
    Nothing,
    /// All but unifications.
    Steps,
    /// All.
    Unifications,
}

/// Writes down every step, or only where the time goes.
pub(super) struct Tracer<'w> {
    names: &'w dyn Names,
    kept: Kept,
    events: Vec<Event>,
    /// How many events there were, those included that were not kept.
    told: usize,
    /// How many bytes the texts of unifications have.
    text_size: usize,
    /// The bodies that are evaluated, the innermost last.
    queries: Vec<OpenQuery>,
    queries_so_far: u32,
    /// The literals that have begun and not ended.
    literals: Vec<OpenLiteral>,
    /// The rules that have no value yet.
    rules: Vec<OpenRule>,
    /// The clauses that are evaluated, the innermost last.
    clauses: Vec<ClauseId>,
    /// What the results of functions are made equal to that are called, the innermost last.
    outputs: Vec<Option<String>>,
    /// Where events go instead of into the trace: what OPA tells only when it comes back to the literal that asked.
    diverted: Vec<Vec<Event>>,
    profile: Profile<'w>,
}

#[derive(Debug, Clone)]
struct Event {
    operation: TraceOperation,
    what: What,
    query: u32,
    parent: u32,
    depth: usize,
    message: Arc<str>,
}

/// What an event is about.
#[derive(Debug, Clone)]
enum What {
    /// A literal.
    Literal(LiteralId),
    /// A clause.
    Clause(ClauseId),
    /// A body, by its literals.
    Body(Vec<LiteralId>),
    /// A rule, asked for by a literal.
    Rule(RuleId, Option<LiteralId>),
    /// A note on a literal.
    Note(Option<LiteralId>),
    /// An equality, and where what was told before it was written.
    Equality(Arc<str>, Option<Span>),
}

struct OpenQuery {
    id: u32,
    parent: u32,
    depth: usize,
    /// Whether it held, and that is enough.
    early: bool,
    /// Where what was told last was written.
    span: Option<Span>,
}

struct OpenLiteral {
    id: LiteralId,
    held: bool,
    /// What is to be told when the evaluation comes back.
    later: Vec<Event>,
}

struct OpenRule {
    id: RuleId,
    early_exit: bool,
    is_diverted: bool,
    /// How many literals were open when it was asked for.
    literals: usize,
}

impl<'w> Tracer<'w> {
    pub(super) fn new(names: &'w dyn Names, host: &'w dyn Host, kept: Kept) -> Self {
        Self {
            names,
            kept,
            events: Vec::new(),
            told: 0,
            text_size: 0,
            queries: Vec::new(),
            queries_so_far: 0,
            literals: Vec::new(),
            rules: Vec::new(),
            clauses: Vec::new(),
            outputs: Vec::new(),
            diverted: Vec::new(),
            profile: Profile { host, last: None, rows: BTreeMap::new() },
        }
    }

    /// The steps, and where the time went.
    pub(super) fn finish(mut self) -> (Vec<TraceEvent>, Vec<ProfileEntry>) {
        // An error ends an evaluation in the middle; what was put off is lost, as in OPA.
        let events = std::mem::take(&mut self.events);
        let events = events.into_iter().map(|event| self.shown(event)).collect();
        self.profile.settle();
        (events, self.profile.entries(self.names))
    }

    fn shown(&self, event: Event) -> TraceEvent {
        let literal = |id: &LiteralId| self.names.literal(*id);
        let (node, text, span) = match &event.what {
            What::Literal(id) => {
                let (text, span) = literal(id);
                (TraceNode::Expression, text, span)
            }
            What::Clause(id) => {
                let (text, span) = self.names.clause(*id);
                (TraceNode::Rule, text, span)
            }
            What::Body(ids) => {
                let texts: Vec<_> = ids.iter().map(|id| literal(id).0).collect();
                let span = ids.first().and_then(|id| literal(id).1);
                (TraceNode::Body, texts.join("; ").into(), span)
            }
            What::Rule(id, asker) => {
                let span = asker.as_ref().and_then(|id| literal(id).1);
                (TraceNode::Expression, self.names.rule(*id), span)
            }
            What::Equality(text, span) => (TraceNode::Expression, Arc::clone(text), *span),
            What::Note(asker) => {
                (TraceNode::Nothing, Arc::from(""), asker.as_ref().and_then(|id| literal(id).1))
            }
        };
        let Event { operation, query, parent, depth, message, .. } = event;
        let location = span.and_then(|span| self.names.locate(span));
        TraceEvent { operation, node, query, parent, depth, location, text, message }
    }

    fn tell(&mut self, operation: TraceOperation, what: What, message: &str) {
        self.told = self.told.saturating_add(1);
        if self.kept == Kept::Nothing || self.told > MAX_EVENTS + 1 {
            return;
        }
        let (operation, what, message) = if self.told > MAX_EVENTS {
            (TraceOperation::Note, What::Note(None), "the trace ends here: there are too many steps")
        } else {
            (operation, what, message)
        };
        if self.kept == Kept::Unifications {
            let span = self.span_of(&what);
            if let (Some(query), Some(span)) = (self.queries.last_mut(), span) {
                query.span = Some(span);
            }
        }
        let (query, parent, depth) =
            self.queries.last().map_or((0, 0, 1), |query| (query.id, query.parent, query.depth));
        let event = Event { operation, what, query, parent, depth, message: message.into() };
        self.diverted.last_mut().unwrap_or(&mut self.events).push(event);
    }

    fn open(&mut self) {
        let (parent, depth) = self.queries.last().map_or((0, 0), |query| (query.id, query.depth));
        let id = self.queries_so_far;
        self.queries_so_far += 1;
        self.queries.push(OpenQuery { id, parent, depth: depth + 1, early: false, span: None });
    }

    /// Where what is told was written.
    fn span_of(&self, what: &What) -> Option<Span> {
        match what {
            What::Literal(id) | What::Rule(_, Some(id)) | What::Note(Some(id)) => self.names.literal(*id).1,
            What::Clause(id) => self.names.clause(*id).1,
            What::Body(ids) => ids.first().and_then(|id| self.names.literal(*id).1),
            What::Equality(_, span) => *span,
            What::Rule(_, None) | What::Note(None) => None,
        }
    }

    fn texts(&self) -> Texts<'w> {
        Texts { names: self.names, clause: self.clauses.last().copied() }
    }

    fn equal(&mut self, text: String) {
        self.text_size = self.text_size.saturating_add(text.len());
        if self.text_size > MAX_TEXT {
            self.told = self.told.max(MAX_EVENTS);
        }
        let span = self.queries.last().and_then(|query| query.span);
        self.tell(TraceOperation::Unify, What::Equality(text.into(), span), "");
    }

    /// Tells what was put off until the evaluation came back to the innermost literal.
    fn catch_up(&mut self) {
        let Some(literal) = self.literals.last_mut() else { return };
        let mut later = std::mem::take(&mut literal.later);
        // After an early exit OPA does not tell that it comes back to rules.
        if self.queries.last().is_some_and(|query| query.early)
            && later.first().is_some_and(|event| matches!(event.what, What::Clause(_)))
        {
            later.remove(0);
        }
        self.diverted.last_mut().unwrap_or(&mut self.events).append(&mut later);
    }
}

impl Observer for Tracer<'_> {
    const AS_OPA: bool = true;

    fn rule(&mut self, rule: RuleId, candidates: &[ClauseId], early_exit: bool) {
        let plural = if candidates.len() == 1 { "" } else { "s" };
        let early = if early_exit || candidates.is_empty() { ", early exit" } else { "" };
        let asker = self.literals.last().map(|literal| literal.id);
        let message = format!("(matched {} rule{plural}{early})", candidates.len());
        self.tell(TraceOperation::Index, What::Rule(rule, asker), &message);
        let literals = self.literals.len();
        self.rules.push(OpenRule { id: rule, early_exit, is_diverted: false, literals });
    }

    fn decided(&mut self, _: RuleId, _: Option<&Value>, _: &View<'_>) {
        let Some(rule) = self.rules.pop() else { return };
        if rule.is_diverted {
            let mut later = self.diverted.pop().unwrap_or_default();
            match self.literals.get_mut(rule.literals.wrapping_sub(1)) {
                Some(literal) => literal.later.append(&mut later),
                None => self.diverted.last_mut().unwrap_or(&mut self.events).append(&mut later),
            }
        }
    }

    fn enter(&mut self, clause: ClauseId) {
        self.open();
        self.clauses.push(clause);
        self.tell(TraceOperation::Enter, What::Clause(clause), "");
    }

    fn exit(&mut self, clause: ClauseId, _: &View<'_>) {
        let Some(rule) = self.rules.last_mut() else { return };
        if self.names.collects(rule.id) {
            self.tell(TraceOperation::Exit, What::Clause(clause), "");
            self.tell(TraceOperation::Redo, What::Clause(clause), "");
            return;
        }
        let early = rule.early_exit;
        let first = !std::mem::replace(&mut rule.is_diverted, true);
        if let Some(query) = self.queries.last_mut() {
            query.early = early;
        }
        if first {
            self.tell(TraceOperation::Exit, What::Clause(clause), if early { "early" } else { "" });
            self.diverted.push(Vec::new());
        }
        self.tell(TraceOperation::Redo, What::Clause(clause), "");
    }

    fn leave(&mut self, _: ClauseId) {
        self.queries.pop();
        self.clauses.pop();
    }

    fn enter_body(&mut self, body: &Body) {
        self.open();
        self.tell(TraceOperation::Enter, What::Body(ids(body)), "");
    }

    fn exit_body(&mut self, body: &Body) {
        self.tell(TraceOperation::Exit, What::Body(ids(body)), "");
        self.tell(TraceOperation::Redo, What::Body(ids(body)), "");
    }

    fn leave_body(&mut self, _: &Body) {
        self.queries.pop();
    }

    fn literal(&mut self, literal: LiteralId) {
        self.profile.step(literal, Visit::Eval);
        self.tell(TraceOperation::Eval, What::Literal(literal), "");
        self.literals.push(OpenLiteral { id: literal, held: false, later: Vec::new() });
    }

    fn held(&mut self, literal: LiteralId) {
        if let Some(open) = self.literals.iter_mut().rev().find(|open| open.id == literal) {
            open.held = true;
        }
    }

    fn redo(&mut self, literal: LiteralId) {
        if !self.names.is_negation(literal) {
            self.profile.step(literal, Visit::Redo);
            self.tell(TraceOperation::Redo, What::Literal(literal), "");
        }
        self.catch_up();
    }

    fn failed(&mut self, literal: LiteralId, _: &View<'_>) {
        self.catch_up();
        let held = self.literals.pop().is_some_and(|open| open.held);
        if !held {
            self.tell(TraceOperation::Fail, What::Literal(literal), "");
        }
    }

    fn note(&mut self, text: &str) {
        let asker = self.literals.last().map(|literal| literal.id);
        self.tell(TraceOperation::Note, What::Note(asker), text);
    }

    fn unifies(&self) -> bool {
        self.kept == Kept::Unifications
    }

    fn is_wildcard(&self, slot: Slot) -> bool {
        self.names.slot(self.clauses.last().copied(), slot).starts_with('$')
    }

    fn unify(&mut self, left: Side<'_>, right: Side<'_>, view: &View<'_>) {
        let texts = self.texts();
        pairs(&texts, (left, right), view, &mut |text| {
            self.equal(text);
            self.told <= MAX_EVENTS
        });
    }

    fn equality(&mut self, one: Side<'_>, other: Side<'_>, view: &View<'_>) {
        let written =
            self.literals.last().map(|literal| self.names.literal(literal.id).0).unwrap_or_default();
        let starts = self.texts().side(other) + " ";
        let (left, right) = if written.starts_with(&starts) { (other, one) } else { (one, other) };
        self.unify(left, right, view);
    }

    fn call(&mut self, output: Option<&Term>, view: &View<'_>) {
        let texts = self.texts();
        self.outputs.push(output.filter(|_| self.unifies()).map(|output| match output {
            Term::Local(slot) => {
                view.local(*slot).map_or_else(|| texts.side(Side::Term(output)), Value::to_rego)
            }
            Term::Constant(_)
            | Term::Array(_)
            | Term::Object(_)
            | Term::Set(_)
            | Term::Ref(_)
            | Term::Comprehension(_) => texts.side(Side::Term(output)),
        }));
    }

    fn output(&mut self, value: Side<'_>, view: &View<'_>) {
        let Some(Some(output)) = self.outputs.last() else { return };
        let texts = self.texts();
        let known = match value {
            Side::Term(term) => term.as_local().and_then(|slot| view.local(slot)),
            Side::Ref(_) | Side::Comprehension(_) | Side::Value(_) | Side::Fresh(_) | Side::Result => None,
        };
        let value = known.map_or(value, Side::Value);
        let text = format!("{output} = {}", texts.side(value));
        self.equal(text);
    }

    fn called(&mut self) {
        self.outputs.pop();
    }
}

fn ids(body: &Body) -> Vec<LiteralId> {
    body.literals.iter().map(|literal| literal.id).collect()
}

/// Where the time goes: as in OPA, what passes until the next step counts for the literal of the last one.
struct Profile<'w> {
    host: &'w dyn Host,
    last: Option<(LiteralId, Visit, Duration)>,
    rows: BTreeMap<LiteralId, Counts>,
}

#[derive(Debug, Clone, Copy)]
enum Visit {
    Eval,
    Redo,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    time: Duration,
    evals: u64,
    redos: u64,
}

impl Profile<'_> {
    fn step(&mut self, literal: LiteralId, visit: Visit) {
        self.settle();
        self.last = Some((literal, visit, self.host.monotonic()));
    }

    fn settle(&mut self) {
        let Some((literal, visit, start)) = self.last.take() else { return };
        let counts = self.rows.entry(literal).or_default();
        counts.time = counts.time.saturating_add(self.host.monotonic().saturating_sub(start));
        match visit {
            Visit::Eval => counts.evals += 1,
            Visit::Redo => counts.redos += 1,
        }
    }

    /// By rows, in the order of files and rows.
    fn entries(&self, names: &dyn Names) -> Vec<ProfileEntry> {
        let mut rows: BTreeMap<(Arc<str>, usize), ProfileEntry> = BTreeMap::new();
        let mut counted = BTreeSet::new();
        for (literal, counts) in &self.rows {
            let Some(span) = names.literal(*literal).1 else { continue };
            let Some(location) = names.locate(span) else { continue };
            let entry =
                rows.entry((Arc::clone(&location.file), location.row)).or_insert_with(|| ProfileEntry {
                    text: names.source_text(span),
                    location,
                    time: Duration::ZERO,
                    evals: 0,
                    redos: 0,
                    literals: 0,
                });
            entry.time = entry.time.saturating_add(counts.time);
            entry.evals += counts.evals;
            entry.redos += counts.redos;
            // OPA tells the literals of a row apart by their positions only.
            let place = (Arc::clone(&entry.location.file), entry.location.row, names.index(*literal));
            entry.literals += usize::from(counted.insert(place));
        }
        rows.into_values().collect()
    }
}

/// More than anybody reads; they take a few hundred megabytes.
const MAX_EVENTS: usize = 2_000_000;

/// How many bytes of unifications are kept: each of them repeats whole values.
const MAX_TEXT: usize = 1 << 28;
