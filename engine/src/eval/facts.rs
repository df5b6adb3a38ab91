//! From notes to decisions: which values made literals hold or not.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::trace::Names;
use super::why::{CaseNotes, ClauseNote, RuleNote, Why};
use crate::builtins::Signature;
use crate::explain::{CaseExplanation, ClauseDecision, Decision, LiteralDecision};
use crate::program::{
    Body, Call, Clause, Function, Literal, LiteralId, Operation, Program, Ref, RuleId, RuleKind, Slot, Start,
    Target, Term,
};
use crate::source::Span;
use crate::syntax::tree::Name;
use crate::value::{Array, Object, Value, differences};

/// What had which value when a literal did not hold, or all held.
#[derive(Debug, Clone, Default)]
pub(super) struct Moment {
    pub(super) locals: Vec<Option<Value>>,
    pub(super) input: Option<Value>,
    /// The rules that literals asked for, with the literals.
    pub(super) asked: Vec<(LiteralId, Arc<RuleNote>)>,
    /// The literal inside of a literal that did not hold, and its moment.
    pub(super) inner: Option<(LiteralId, Box<Moment>)>,
}

/// Makes decisions of notes.
pub(super) struct Decisions<'p> {
    pub(super) program: &'p Program,
    pub(super) data: &'p Value,
    pub(super) names: &'p dyn Names,
    /// The literals and variables of the query.
    pub(super) query: Option<(&'p Body, &'p [Name])>,
    /// Whether, of what was asked for, the ways that did not hold matter more than those that did.
    pub(super) prefers_failures: bool,
    /// The rules that are explained already.
    pub(super) shown: RefCell<BTreeSet<RuleId>>,
}

/// A body and the names of its variables.
#[derive(Clone, Copy)]
struct Scene<'p> {
    body: &'p Body,
    slots: &'p [Name],
}

impl Scene<'_> {
    /// The whole literal that somebody wrote, of which the compiler made one with this span.
    fn written(&self, span: Span) -> Span {
        let around =
            self.body.literals.iter().map(|literal| literal.span).filter(|outer| contains(*outer, span));
        around.max_by_key(|outer| outer.end - outer.start).unwrap_or(span)
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}

impl Decisions<'_> {
    /// What the rules came to that a query asked for, and the query itself if it names variables of its own.
    pub(super) fn all(&self, why: &Why) -> Vec<Decision> {
        let has_cases = why.cases.as_ref().is_some_and(|cases| !cases.notes.is_empty());
        if has_cases {
            return why.rules.iter().filter_map(|rule| self.outside_of_cases(rule)).collect();
        }
        let mut decisions: Vec<Decision> = why.rules.iter().map(|rule| self.rule(rule, 0)).collect();
        if let Some(note) = &why.query {
            let clause = self.clause(note, 0);
            let is_plain = note.held.is_some()
                && clause.literals.iter().all(|literal| {
                    literal.decisions.len() == 1
                        && literal.decisions.iter().all(|one| *one.rule == *literal.text)
                });
            if is_plain
                || matches!(&*clause.literals, [one] if one.decisions.iter().any(|of| *of.rule == *one.text))
            {
                decisions.extend(clause.literals.into_iter().flat_map(|literal| literal.decisions));
            } else {
                decisions.push(Decision {
                    rule: "the query".into(),
                    value: (note.ways > 0).then_some(Value::Bool(true)),
                    default: None,
                    clauses: vec![clause],
                    repeated: false,
                });
            }
        }
        decisions
    }

    /// What each case came to that did not pass, and why; `test` is the value of the test, from which the keys lead to those
    /// of the cases.
    pub(super) fn cases(&self, notes: &CaseNotes, test: Option<&Value>) -> Vec<CaseExplanation> {
        let explanation = |(keys, clauses): (&Value, &Vec<ClauseNote>)| {
            // Each stands for itself: nothing was explained before.
            self.shown.borrow_mut().clear();
            let keys = keys.as_array().map(Array::as_slice).unwrap_or_default();
            let value = test.and_then(|test| {
                keys.iter().try_fold(test, |at, key| super::reference::child(at, key)).cloned()
            });
            let some_held = clauses.iter().any(|clause| clause.ways > 0);
            let mut by_rule: BTreeMap<RuleId, Vec<ClauseDecision>> = BTreeMap::new();
            for note in clauses.iter().filter(|clause| !some_held || clause.ways > 0) {
                if let Some(clause) = note.clause.and_then(|id| self.program.clause(id)) {
                    by_rule.entry(clause.rule).or_default().push(self.clause(note, 0));
                }
            }
            let decision = |(rule, clauses)| Decision {
                rule: self.names.rule(rule),
                value: value.clone(),
                default: None,
                clauses,
                repeated: false,
            };
            let decisions = by_rule.into_iter().map(decision).collect();
            CaseExplanation { keys: keys.to_vec(), decisions, builtin_errors: Vec::new() }
        };
        notes.notes.iter().map(explanation).collect()
    }

    /// What did not hold of a test before it came to a case; nothing if it came to one each time.
    fn outside_of_cases(&self, note: &RuleNote) -> Option<Decision> {
        let failed = note.clauses.iter().filter(|clause| clause.failed.is_some());
        let clauses: Vec<ClauseDecision> = failed.map(|clause| self.clause(clause, 0)).collect();
        (!clauses.is_empty()).then(|| Decision {
            rule: self.names.rule(note.rule),
            value: note.value.clone(),
            default: None,
            clauses,
            repeated: false,
        })
    }

    fn rule(&self, note: &RuleNote, depth: usize) -> Decision {
        let is_function =
            self.program.rule(note.rule).is_some_and(|rule| matches!(rule.kind, RuleKind::Function(_)));
        let is_shown = !is_function && !note.clauses.is_empty() && !self.shown.borrow_mut().insert(note.rule);
        if is_shown {
            return Decision {
                rule: self.names.rule(note.rule),
                value: note.value.clone(),
                default: None,
                clauses: Vec::new(),
                repeated: true,
            };
        }
        let default = self.program.rule(note.rule).and_then(|rule| rule.default);
        let is_default = |clause: &&ClauseNote| clause.clause == default && default.is_some();
        let default_held = note.clauses.iter().any(|clause| is_default(&clause) && clause.ways > 0);
        let some_held = note.clauses.iter().any(|clause| !is_default(&clause) && clause.ways > 0);
        let clauses = note.clauses.iter().filter(|clause| !is_default(clause));
        let clauses = clauses.filter(|clause| !some_held || clause.ways > 0);
        let default = default.filter(|_| default_held).and_then(|id| self.names.clause(id).1);
        Decision {
            rule: self.names.rule(note.rule),
            value: note.value.clone(),
            default: default.and_then(|span| self.names.locate(span)),
            clauses: clauses.map(|clause| self.clause(clause, depth)).collect(),
            repeated: note.repeated,
        }
    }

    fn clause(&self, note: &ClauseNote, depth: usize) -> ClauseDecision {
        let clause = note.clause.and_then(|id| self.program.clause(id));
        let scene = match clause {
            Some(Clause { body, slots, .. }) => Some(Scene { body, slots }),
            None => self.query.map(|(body, slots)| Scene { body, slots }),
        };
        let literals = match (scene, &note.held, &note.failed) {
            (Some(scene), _, Some((literal, first))) if self.prefers_failures && depth == 0 => {
                let moments = std::iter::once(first).chain(&note.also_failed);
                let mut ways: Vec<LiteralDecision> =
                    moments.map(|moment| self.literal(scene, *literal, moment, 1, depth)).collect();
                // Ways that look the same say nothing more.
                ways.dedup();
                ways
            }
            (Some(scene), Some(moment), _) => self.held(scene, moment, depth),
            (Some(scene), None, Some((literal, moment))) => {
                vec![self.literal(scene, *literal, moment, note.failures, depth)]
            }
            (Some(_), None, None) | (None, ..) => Vec::new(),
        };
        let span = clause.map(|clause| clause.span);
        ClauseDecision { location: span.and_then(|span| self.names.locate(span)), ways: note.ways, literals }
    }

    /// The literals as they were written: the last of those that the compiler made of each.
    fn held(&self, scene: Scene<'_>, moment: &Moment, depth: usize) -> Vec<LiteralDecision> {
        let literals = &scene.body.literals;
        let ends = literals.iter().enumerate().filter(|(index, literal)| {
            let written = scene.written(literal.span);
            literals
                .get(index + 1..)
                .is_none_or(|rest| rest.iter().all(|later| scene.written(later.span) != written))
        });
        let is_said = |literal: &&Literal| !matches!(&literal.operation, Operation::Truth(Term::Constant(_)));
        let ends = ends.map(|(_, literal)| literal).filter(is_said);
        ends.map(|literal| self.literal(scene, literal.id, moment, 0, depth)).collect()
    }

    fn literal(
        &self,
        scene: Scene<'_>,
        id: LiteralId,
        moment: &Moment,
        failures: u64,
        depth: usize,
    ) -> LiteralDecision {
        let (_, span) = self.names.literal(id);
        let span = span.map(|span| scene.written(span));
        let siblings = scene
            .body
            .literals
            .iter()
            .filter(|one| one.id <= id && span.is_some_and(|span| contains(span, one.span)));
        let mut facts =
            Facts { decisions: self, slots: scene.slots, moment, found: Vec::new(), compared: None };
        let mut decisions = Vec::new();
        for literal in siblings {
            facts.literal(literal);
            if depth < MAX_DEPTH {
                let asked = moment.asked.iter().filter(|(asker, _)| *asker == literal.id);
                decisions.extend(asked.take(MAX_FACTS).map(|(_, note)| self.rule(note, depth + cost(note))));
            }
        }
        let Facts { mut found, compared, .. } = facts;
        let differences = match compared {
            Some((left, right)) if failures > 0 && has_parts(&left) && has_parts(&right) => {
                differences(&left, &right, MAX_FACTS)
            }
            Some(_) | None => Vec::new(),
        };
        if let Some((inner, moment)) = &moment.inner
            && let Some(literal) = inner_literal(scene.body, id, *inner)
        {
            let mut facts = Facts { decisions: self, slots: scene.slots, moment, found, compared: None };
            facts.literal(literal);
            found = facts.found;
        }
        // What a rule or a call of one comes to stands with the rule.
        found.retain(|(name, _)| {
            let of = name.split_once('(').map_or(&**name, |(function, _)| function);
            decisions.iter().all(|decision| *decision.rule != *of)
        });
        found.truncate(MAX_FACTS);
        LiteralDecision {
            location: span.and_then(|span| self.names.locate(span)),
            text: span.map_or_else(|| self.names.literal(id).0, |span| self.names.source_text(span)),
            failures,
            facts: found,
            differences,
            decisions,
        }
    }
}

fn has_parts(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_) | Value::Set(_))
}

/// A literal of one of the bodies that the literal `outer` has.
fn inner_literal(body: &Body, outer: LiteralId, inner: LiteralId) -> Option<&Literal> {
    let outer = body.literals.iter().find(|literal| literal.id == outer)?;
    let bodies: Vec<&Body> = match &outer.operation {
        Operation::Every(every) => vec![&every.body],
        Operation::Not(body) => vec![body],
        Operation::And(left, right) | Operation::Or(left, right) => vec![left, right],
        Operation::Unify(..)
        | Operation::Lookup(..)
        | Operation::Collect(..)
        | Operation::Test(_)
        | Operation::Truth(_)
        | Operation::Call(_) => Vec::new(),
    };
    bodies.into_iter().flat_map(|body| &body.literals).find(|literal| literal.id == inner)
}

/// Values with the texts that they are the values of.
struct Facts<'f> {
    decisions: &'f Decisions<'f>,
    slots: &'f [Name],
    moment: &'f Moment,
    found: Vec<(Arc<str>, Option<Value>)>,
    /// The sides of the last equality.
    compared: Option<(Value, Value)>,
}

impl Facts<'_> {
    fn literal(&mut self, literal: &Literal) {
        match &literal.operation {
            Operation::Unify(left, right) => {
                self.term(left);
                self.term(right);
                self.compare(left, right);
            }
            Operation::Lookup(pattern, reference) => {
                let value = pattern
                    .as_local()
                    .filter(|slot| self.is_generated(*slot))
                    .and_then(|slot| self.local(slot).cloned());
                let found = self.reference(reference, value);
                self.term(pattern);
                let other = match pattern {
                    Term::Ref(_) => self.side(pattern),
                    Term::Constant(_)
                    | Term::Local(_)
                    | Term::Array(_)
                    | Term::Object(_)
                    | Term::Set(_)
                    | Term::Comprehension(_) => self.value(pattern),
                };
                if let (Some(left), Some(right)) = (found, other) {
                    self.compared = Some((left, right));
                }
            }
            Operation::Test(reference) => {
                self.reference(reference, None);
            }
            Operation::Collect(term, _) | Operation::Truth(term) => self.term(term),
            Operation::Call(call) => self.call(call),
            Operation::Every(every) => self.term(&every.domain),
            Operation::Not(body) => body.literals.iter().for_each(|literal| self.literal(literal)),
            Operation::And(left, right) | Operation::Or(left, right) => {
                left.literals.iter().chain(&right.literals).for_each(|literal| self.literal(literal));
            }
        }
    }

    fn compare(&mut self, left: &Term, right: &Term) {
        if let (Some(left), Some(right)) = (self.side(left), self.side(right)) {
            self.compared = Some((left, right));
        }
    }

    /// The value of a side of an equality, the references in which are among the facts already.
    fn side(&mut self, term: &Term) -> Option<Value> {
        match term {
            Term::Constant(_) | Term::Local(_) => self.value(term),
            Term::Ref(reference) => self.reference(reference, None),
            Term::Array(terms) => {
                let items = terms.iter().map(|term| self.side(term)).collect::<Option<Array>>();
                items.map(Value::Array)
            }
            Term::Object(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| Some((self.side(key)?, self.side(value)?)));
                pairs.collect::<Option<Object>>().map(Value::Object)
            }
            Term::Set(_) | Term::Comprehension(_) => None,
        }
    }

    fn call(&mut self, call: &Call) {
        if let (Function::Builtin(Signature { name: "equal", .. }), [left, right]) =
            (call.function, &*call.args)
        {
            self.term(left);
            self.term(right);
            self.compare(left, right);
        } else {
            call.args.iter().for_each(|arg| self.term(arg));
        }
        if let Some(Term::Local(slot)) = call.output
            && self.is_generated(slot)
            && let Some(value) = self.local(slot).cloned()
        {
            let args: Option<Vec<String>> = call.args.iter().map(|arg| self.shown(arg)).collect();
            if let Some(args) = args {
                self.add(shown_call(call.function, &args, self.decisions.names), Some(value));
            }
        } else if let Some(output) = &call.output {
            self.term(output);
        }
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Local(slot) if !self.is_generated(*slot) => {
                let name = self.name(*slot).to_owned();
                let value = self.local(*slot).cloned();
                if value.is_some() {
                    self.add(name, value);
                }
            }
            Term::Local(_) | Term::Constant(_) | Term::Comprehension(_) => {}
            Term::Array(terms) | Term::Set(terms) => terms.iter().for_each(|term| self.term(term)),
            Term::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                self.term(key);
                self.term(value);
            }),
            Term::Ref(reference) => {
                self.reference(reference, None);
            }
        }
    }

    /// A reference and its value, which is given back; nothing if it goes over several values.
    fn reference(&mut self, reference: &Ref, known: Option<Value>) -> Option<Value> {
        let mut text = match &reference.start {
            Start::Input => "input".to_owned(),
            Start::Data(_) => "data".to_owned(),
            Start::Local(slot) if !self.is_generated(*slot) => self.name(*slot).to_owned(),
            Start::Local(_) | Start::Term(_) => return None,
        };
        let mut steps = Vec::new();
        for step in &reference.steps {
            let (key, shown) = (self.value(step)?, self.shown(step)?);
            match step.as_constant() {
                Some(Value::String(name)) if crate::program::is_name(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                _ => {
                    text.push('[');
                    text.push_str(&shown);
                    text.push(']');
                }
            }
            steps.push(key);
        }
        let follow = |start: &Value, steps: &[Value]| {
            steps.iter().try_fold(start, |at, key| super::reference::child(at, key)).cloned()
        };
        let value = known.or_else(|| match &reference.start {
            Start::Input => self.moment.input.as_ref().and_then(|input| follow(input, &steps)),
            Start::Local(slot) => self.local(*slot).and_then(|start| follow(start, &steps)),
            Start::Data(Target::Base(..)) => {
                steps.iter().try_fold(self.decisions.data, super::reference::base_child).cloned()
            }
            Start::Data(Target::Rule(id, depth)) => {
                let note = self.moment.asked.iter().map(|(_, note)| note).find(|note| note.rule == *id)?;
                follow(note.value.as_ref()?, steps.get(*depth..).unwrap_or_default())
            }
            Start::Data(Target::Tree) | Start::Term(_) => None,
        });
        if value.is_none() && matches!(reference.start, Start::Data(Target::Tree)) {
            return None;
        }
        self.add(text, value.clone());
        value
    }

    fn value(&self, term: &Term) -> Option<Value> {
        match term {
            Term::Constant(value) => Some(value.clone()),
            Term::Local(slot) => self.local(*slot).cloned(),
            Term::Array(_) | Term::Object(_) | Term::Set(_) | Term::Ref(_) | Term::Comprehension(_) => None,
        }
    }

    /// A term as it was written, or its value where the compiler gave it a name.
    fn shown(&self, term: &Term) -> Option<String> {
        match term {
            Term::Constant(value) => Some(value.to_rego()),
            Term::Local(slot) if self.is_generated(*slot) => self.local(*slot).map(Value::to_rego),
            Term::Local(slot) => Some(self.name(*slot).to_owned()),
            Term::Array(_) | Term::Object(_) | Term::Set(_) | Term::Ref(_) | Term::Comprehension(_) => None,
        }
    }

    fn local(&self, slot: Slot) -> Option<&Value> {
        self.moment.locals.get(slot.0 as usize)?.as_ref()
    }

    fn name(&self, slot: Slot) -> &str {
        self.slots.get(slot.0 as usize).map_or("", Name::as_str)
    }

    fn is_generated(&self, slot: Slot) -> bool {
        let name = self.name(slot);
        name.is_empty() || name == "_" || name.starts_with('$') || name.starts_with("__local")
    }

    fn add(&mut self, text: String, value: Option<Value>) {
        if !self.found.iter().any(|(known, _)| **known == *text) {
            self.found.push((text.into(), value));
        }
    }
}

/// A call as people write it.
fn shown_call(function: Function, args: &[String], names: &dyn Names) -> String {
    match (function, args) {
        (Function::Builtin(Signature { infix: Some(operator), .. }), [left, right]) => {
            format!("{left} {operator} {right}")
        }
        (Function::Builtin(signature), _) => format!("{}({})", signature.name, args.join(", ")),
        (Function::Rule(rule), _) => format!("{}({})", names.rule(rule), args.join(", ")),
    }
}

/// How much deeper a rule is than the one that asks for it: what did not hold is followed further than what did.
fn cost(note: &RuleNote) -> usize {
    if matches!(note.value, None | Some(Value::Bool(false))) { 1 } else { 2 }
}

/// How deep to explain.
const MAX_DEPTH: usize = 5;

/// How many values to show for a literal, and how many rules.
const MAX_FACTS: usize = 12;
