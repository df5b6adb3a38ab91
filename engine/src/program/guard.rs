//! What OPA's rule index asks before it evaluates a clause at all.
//!
//! The index leaves a clause out when a reference that its body needs is undefined or can't have the value that the body
//! compares it with, wherever in the body that is. Most often this is a shortcut that nobody sees. It shows when what
//! stands before the reference would end in an error: then the error is not met. Only such conditions are kept here.

use std::collections::BTreeMap;

use super::{Body, Call, ComprehensionHead, Function, Literal, Operation, Ref, Slot, Start, Target, Term};
use crate::value::Value;

/// A condition without which a clause is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// What is looked at.
    pub subject: Subject,
    /// What it may be; any value at all if there is nothing in the list.
    pub accepts: Vec<Accepted>,
    /// When the condition shows: not at all if there is none.
    pub shows: Option<Shows>,
}

/// What a guard looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// What is at this path of the input.
    Input(Vec<Value>),
    /// What is at this path below `data`, where no rule is.
    Base(Vec<Value>),
    /// An argument of a function.
    Argument(usize),
}

/// Values that a guard lets pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// This one.
    Value(Value),
    /// An array with these elements, as far as they are known.
    Array(Vec<Option<Value>>),
    /// A collection with this element.
    Element(Value),
    /// Any.
    Any,
}

/// When it shows that a clause was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shows {
    /// When errors of built-in functions are strict.
    WhenStrict,
    /// Always: another rule can end in a conflict, or something is printed.
    Always,
}

/// The guards of a clause, and when each shows if the clause is the only one.
pub(super) fn guards(args: &[Term], body: &Body) -> Vec<Guard> {
    let mut collector = Collector { args, entries: Vec::new(), constants: BTreeMap::new() };
    let mut shows: Option<Shows> = None;
    for literal in &body.literals {
        if literal.with.is_empty() {
            collector.operation(&literal.operation, shows);
        }
        shows = shows.max(effect(&literal.operation));
    }
    if is_skipped(body) { Vec::new() } else { collector.into_guards() }
}

/// Whether OPA's index passes over a body: it prints, if not only while it collects something.
fn is_skipped(body: &Body) -> bool {
    body.literals.iter().any(|literal| match &literal.operation {
        Operation::Collect(..) => false,
        Operation::Call(_)
        | Operation::Every(_)
        | Operation::Not(_)
        | Operation::And(..)
        | Operation::Or(..)
        | Operation::Unify(..)
        | Operation::Lookup(..)
        | Operation::Test(_)
        | Operation::Truth(_) => super::index::prints_in(&literal.operation),
    })
}

/// What is known of one reference; in the order in which it was found.
struct Entry {
    subject: Subject,
    value: Known,
    shows: Option<Shows>,
}

enum Known {
    /// The reference is defined; it has the value of this variable, if there is one.
    Variable(Option<Slot>),
    Accepted(Accepted),
}

struct Collector<'p> {
    args: &'p [Term],
    entries: Vec<Entry>,
    constants: BTreeMap<Slot, &'p Value>,
}

impl<'p> Collector<'p> {
    fn operation(&mut self, operation: &'p Operation, shows: Option<Shows>) {
        match operation {
            Operation::Test(reference) => {
                if let Some(subject) = self.subject(reference) {
                    self.insert(subject, Known::Variable(None), shows);
                }
            }
            Operation::Lookup(pattern, reference) => self.lookup(pattern, reference, shows),
            Operation::Unify(left, right) => {
                if !self.equal(left, right, shows) {
                    self.equal(right, left, shows);
                }
            }
            Operation::Call(call) => self.membership(call, shows),
            Operation::And(left, right) => {
                self.side(left, shows);
                self.side(right, shows.max(left.effect));
            }
            Operation::Collect(..)
            | Operation::Truth(_)
            | Operation::Every(_)
            | Operation::Not(_)
            | Operation::Or(..) => {}
        }
    }

    /// One side of an `and`, whose variables are its own.
    fn side(&mut self, body: &'p Body, shows: Option<Shows>) {
        let outer = self.constants.clone();
        let known = self.entries.len();
        let mut shows = shows;
        for literal in &body.literals {
            if literal.with.is_empty() {
                self.operation(&literal.operation, shows);
            }
            shows = shows.max(effect(&literal.operation));
        }
        self.constants = outer;
        for entry in self.entries.iter_mut().skip(known) {
            if let Known::Variable(slot) = &mut entry.value {
                *slot = None;
            }
        }
    }

    fn lookup(&mut self, pattern: &'p Term, reference: &'p Ref, shows: Option<Shows>) {
        if let Some((Term::Local(last), above)) = reference.steps.split_last()
            && !self.constants.contains_key(last)
        {
            let known = self.constant(pattern);
            if let (Some(subject), Some(value)) = (self.path(&reference.start, above), known)
                && is_scalar(value)
            {
                self.insert(subject, Known::Accepted(Accepted::Element(value.clone())), shows);
            }
            return;
        }
        let Some(subject) = self.subject(reference) else { return };
        let known = if let Term::Local(slot) = pattern {
            match self.constants.get(slot) {
                Some(value) => Known::Accepted(accepted(value)),
                None => Known::Variable(Some(*slot)),
            }
        } else {
            let Some(accepted) = pattern_of(pattern) else { return };
            Known::Accepted(accepted)
        };
        self.insert(subject, known, shows);
    }

    /// `variable = term`; answers whether it says something of a reference.
    fn equal(&mut self, variable: &'p Term, term: &'p Term, shows: Option<Shows>) -> bool {
        let Term::Local(slot) = variable else { return false };
        if let Some(value) = self.constant(term) {
            self.constants.insert(*slot, value);
        }
        let known = if let Term::Local(other) = term {
            Known::Variable(Some(*other))
        } else {
            let Some(accepted) = pattern_of(term) else { return false };
            Known::Accepted(accepted)
        };
        match self.resolve(*slot) {
            Some(subject) => {
                self.insert(subject, known, shows);
                true
            }
            None => false,
        }
    }

    /// `x in [1, 2]` and `1 in xs`.
    fn membership(&mut self, call: &'p Call, shows: Option<Shows>) {
        let Function::Builtin(signature) = call.function else { return };
        let ([element, collection], "internal.member_2", None) =
            (call.args.as_slice(), signature.name, &call.output)
        else {
            return;
        };
        if let Term::Local(slot) = element
            && let Some(subject) = self.resolve(*slot)
        {
            let collection = self.constant(collection);
            let members: Vec<&Value> = match collection {
                Some(Value::Array(array)) => array.iter().collect(),
                Some(Value::Set(set)) => set.iter().collect(),
                Some(Value::Object(object)) => object.values().collect(),
                Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => return,
            };
            for member in members {
                self.insert(subject.clone(), Known::Accepted(accepted(member)), shows);
            }
            return;
        }
        let value = self.constant(element);
        let subject = match collection {
            Term::Ref(reference) => self.subject(reference),
            Term::Local(slot) => {
                self.resolve(*slot).filter(|subject| !matches!(subject, Subject::Argument(_)))
            }
            Term::Constant(_) | Term::Array(_) | Term::Object(_) | Term::Set(_) | Term::Comprehension(_) => {
                None
            }
        };
        if let (Some(subject), Some(value)) = (subject, value)
            && is_scalar(value)
        {
            self.insert(subject, Known::Accepted(Accepted::Element(value.clone())), shows);
        }
    }

    fn subject(&self, reference: &'p Ref) -> Option<Subject> {
        self.path(&reference.start, &reference.steps)
    }

    fn path(&self, start: &Start, steps: &'p [Term]) -> Option<Subject> {
        let path = steps.iter().map(|step| {
            let is_key = |value: &&Value| !matches!(step, Term::Local(_)) || is_scalar(value);
            self.constant(step).filter(is_key).cloned()
        });
        let path = path.collect::<Option<Vec<Value>>>()?;
        match start {
            Start::Input => Some(Subject::Input(path)),
            Start::Data(Target::Base(..)) => Some(Subject::Base(path)),
            Start::Data(Target::Rule(..) | Target::Tree) | Start::Term(_) => None,
            Start::Local(slot) => match self.resolve(*slot)? {
                Subject::Input(above) => Some(Subject::Input([above, path].concat())),
                Subject::Base(above) => Some(Subject::Base([above, path].concat())),
                Subject::Argument(_) => None,
            },
        }
    }

    /// The constant that a term is or that its variable stands for.
    fn constant(&self, term: &'p Term) -> Option<&'p Value> {
        if let Term::Local(slot) = term { self.constants.get(slot).copied() } else { term.as_constant() }
    }

    /// The reference whose value a variable has.
    fn resolve(&self, slot: Slot) -> Option<Subject> {
        let is_it = |entry: &&Entry| matches!(entry.value, Known::Variable(Some(other)) if other == slot);
        if let Some(entry) = self.entries.iter().find(is_it) {
            return Some(entry.subject.clone());
        }
        let position = self.args.iter().position(|arg| matches!(arg, Term::Local(other) if *other == slot));
        position.map(Subject::Argument)
    }

    fn insert(&mut self, subject: Subject, value: Known, shows: Option<Shows>) {
        if let Known::Accepted(_) = value {
            let is_open =
                |entry: &&mut Entry| entry.subject == subject && matches!(entry.value, Known::Variable(_));
            let is_element = matches!(value, Known::Accepted(Accepted::Element(_)));
            if let Some(entry) = self.entries.iter_mut().find(is_open).filter(|_| !is_element) {
                entry.value = value;
                entry.shows = entry.shows.max(shows);
                return;
            }
        }
        self.entries.push(Entry { subject, value, shows });
    }

    fn into_guards(self) -> Vec<Guard> {
        let mut guards: Vec<Guard> = Vec::new();
        for Entry { subject, value, shows } in self.entries {
            let at = guards.iter().position(|guard| guard.subject == subject).unwrap_or_else(|| {
                guards.push(Guard { subject, accepts: Vec::new(), shows: None });
                guards.len() - 1
            });
            let Some(guard) = guards.get_mut(at) else { continue };
            guard.shows = guard.shows.max(shows);
            if let Known::Accepted(accepted) = value {
                guard.accepts.push(accepted);
            }
        }
        guards
    }
}

/// When it shows that an operation was evaluated.
fn effect(operation: &Operation) -> Option<Shows> {
    match operation {
        Operation::Unify(left, right) => effect_of(left).max(effect_of(right)),
        Operation::Lookup(pattern, reference) => effect_of(pattern).max(effect_of_ref(reference)),
        Operation::Collect(pattern, comprehension) => match comprehension.head {
            ComprehensionHead::Object(..) => Some(Shows::Always),
            ComprehensionHead::Array(_) | ComprehensionHead::Set(_) => {
                effect_of(pattern).max(comprehension.body.effect)
            }
        },
        Operation::Test(reference) => effect_of_ref(reference),
        Operation::Truth(term) => effect_of(term),
        Operation::Call(call) => match call.function {
            Function::Rule(_) => Some(Shows::Always),
            Function::Builtin(signature) if signature.result.is_none() => Some(Shows::Always),
            Function::Builtin(_) => {
                call.args.iter().map(effect_of).max().flatten().max(Some(Shows::WhenStrict))
            }
        },
        Operation::Every(every) => effect_of(&every.domain).max(every.body.effect),
        Operation::Not(body) => body.effect,
        Operation::And(left, right) | Operation::Or(left, right) => left.effect.max(right.effect),
    }
}

/// When it shows that some literals were evaluated.
pub(super) fn effect_of_literals(literals: &[Literal]) -> Option<Shows> {
    literals.iter().map(|literal| effect(&literal.operation)).max().flatten()
}

fn effect_of_ref(reference: &Ref) -> Option<Shows> {
    let start = match &reference.start {
        Start::Data(Target::Rule(..) | Target::Tree) => Some(Shows::Always),
        Start::Term(term) => effect_of(term),
        Start::Local(_) | Start::Input | Start::Data(Target::Base(..)) => None,
    };
    reference.steps.iter().map(effect_of).max().flatten().max(start)
}

fn effect_of(term: &Term) -> Option<Shows> {
    match term {
        Term::Constant(_) | Term::Local(_) => None,
        Term::Array(terms) | Term::Set(terms) => terms.iter().map(effect_of).max().flatten(),
        Term::Object(pairs) => {
            pairs.iter().map(|(key, value)| effect_of(key).max(effect_of(value))).max().flatten()
        }
        Term::Ref(reference) => effect_of_ref(reference),
        Term::Comprehension(_) => Some(Shows::Always),
    }
}

/// What a term lets pass that can be compared without evaluating anything.
fn pattern_of(term: &Term) -> Option<Accepted> {
    match term {
        Term::Constant(value) => is_compared(value).then(|| Accepted::Value(value.clone())),
        Term::Array(terms) => {
            let element = |term: &Term| {
                if matches!(term, Term::Local(_)) {
                    return Some(None);
                }
                term.as_constant().filter(|value| is_scalar(value)).map(|value| Some(value.clone()))
            };
            terms.iter().map(element).collect::<Option<Vec<_>>>().map(Accepted::Array)
        }
        Term::Local(_) | Term::Object(_) | Term::Set(_) | Term::Ref(_) | Term::Comprehension(_) => None,
    }
}

/// What a value lets pass that a variable has; OPA compares no objects and no sets.
fn accepted(value: &Value) -> Accepted {
    match value {
        Value::Object(_) | Value::Set(_) => Accepted::Any,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Accepted::Value(value.clone())
        }
    }
}

/// Whether OPA's index compares with a value: scalars, and arrays of them.
pub(super) fn is_compared(value: &Value) -> bool {
    match value {
        Value::Array(array) => array.iter().all(is_scalar),
        Value::Object(_) | Value::Set(_) => false,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_))
}
