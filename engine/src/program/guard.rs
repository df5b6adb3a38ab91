//! What OPA's rule index asks before it evaluates a clause at all.
//!
//! The index leaves a clause out when a reference that its body needs is undefined or can't have the value that the body
//! compares it with, wherever in the body that is. Most often this is a shortcut that nobody sees. It shows when what
//! stands before the reference would end in an error: then the error is not met. Only such conditions are kept here.

mod effect;
mod entries;
mod segments;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Body, Call, DocumentId, Function, LiteralId, Operation, Program, Ref, Slot, Start, Term};
use crate::value::Value;
pub(super) use effect::effect_of_literals;
use effect::{effect, effect_of_literal};
pub(super) use entries::keep_what_is_required;
use entries::{Entries, Entry, Known, Way};
use segments::has_wildcard;
pub use segments::segments;

/// A condition without which a clause is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// What is looked at.
    pub subject: Subject,
    /// What it may be; any value at all if there is nothing in the list.
    pub accepts: Vec<Accepted>,
    /// When the condition shows: not at all if there is none.
    pub shows: Option<Shows>,
    /// The literals that it stands for.
    pub literals: Vec<LiteralId>,
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
    /// Whether a value is a key of the collection at this path below `data`, where no rule is.
    Key(Box<Subject>, Vec<Value>),
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
    /// A string with this affix, or a collection of such strings among others.
    Affix(Affix, Arc<str>),
    /// A string that consists of these segments between characters that delimit, as far as they are known.
    Segments(Arc<str>, Vec<Option<Arc<str>>>),
    /// Any.
    Any,
}

/// An end of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affix {
    /// It starts so.
    Prefix,
    /// It ends so.
    Suffix,
}

/// When it shows that a clause was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shows {
    /// When errors of built-in functions are strict.
    WhenStrict,
    /// Always: another rule can end in a conflict, or something is printed.
    Always,
}

/// The guards of a clause, and when each shows if the clause is the only one: several lists if there are several ways to meet it,
/// none if nothing is asked.
pub(super) fn guards(program: &Program, args: &[Term], body: &Body) -> Vec<Vec<Guard>> {
    let (entries, constants, literal) = (Entries::default(), BTreeMap::new(), LiteralId(0));
    let mut collector = Collector { program, args, entries, constants, literal };
    collector.literals(body, None);
    if is_skipped(body) { Vec::new() } else { collector.entries.into_guards() }
}

/// Whether OPA's index passes over a body: it prints, if not only while it collects something.
fn is_skipped(body: &Body) -> bool {
    body.literals.iter().any(|literal| match &literal.operation {
        Operation::Collect(..)
        | Operation::Unify(..)
        | Operation::Lookup(..)
        | Operation::Test(_)
        | Operation::Truth(_) => false,
        // Only the keyword that `future.keywords` imports has a body of its own.
        Operation::Not(_) if literal.negated => false,
        Operation::Call(_)
        | Operation::Every(_)
        | Operation::Not(_)
        | Operation::And(..)
        | Operation::Or(..) => super::index::prints_in(&literal.operation),
    })
}

struct Collector<'p> {
    program: &'p Program,
    args: &'p [Term],
    entries: Entries,
    constants: BTreeMap<Slot, &'p Value>,
    /// The literal that is looked at.
    literal: LiteralId,
}

impl<'p> Collector<'p> {
    fn operation(&mut self, operation: &'p Operation, shows: Option<Shows>) {
        match operation {
            Operation::Test(reference) => {
                if let Some(subject) = self.key(reference).or_else(|| self.subject(reference)) {
                    self.insert(subject, Known::Variable(None), shows);
                }
            }
            Operation::Lookup(pattern, reference) => self.lookup(pattern, reference, shows),
            Operation::Unify(left, right) => {
                if !self.equal(left, right, shows) {
                    self.equal(right, left, shows);
                }
            }
            Operation::Call(call) => self.call(call, shows),
            Operation::And(left, right) => {
                // Neither side knows what the other one says.
                let sides = [self.side(left, shows), self.side(right, shows.max(left.effect))];
                for ways in sides {
                    self.entries.require(ways);
                }
            }
            Operation::Or(left, right) => {
                // What is evaluated on one side shows where both are left out.
                let shows = shows.max(effect(operation));
                let (left, right) = (self.side(left, shows), self.side(right, shows));
                if !left.is_empty() && !right.is_empty() {
                    self.entries.require([left, right].concat());
                }
            }
            Operation::Collect(..) | Operation::Truth(_) | Operation::Every(_) | Operation::Not(_) => {}
        }
    }

    /// The ways to meet one side of an `and` or `or`; none if it asks nothing that is known. Its variables are its own.
    fn side(&self, body: &'p Body, shows: Option<Shows>) -> Vec<Way> {
        let mut side = Self {
            entries: self.entries.inner(),
            constants: self.constants.clone(),
            literal: self.literal,
            ..*self
        };
        side.literals(body, shows);
        side.entries.into_side()
    }

    /// Takes in literals; `shows` says of what is evaluated before them.
    fn literals(&mut self, body: &'p Body, mut shows: Option<Shows>) {
        for literal in &body.literals {
            self.literal = literal.id;
            if literal.with.is_empty() {
                self.operation(&literal.operation, shows);
            }
            shows = shows.max(effect_of_literal(literal));
        }
    }

    fn lookup(&mut self, pattern: &'p Term, reference: &'p Ref, shows: Option<Shows>) {
        if let Some((last, above)) = reference.steps.split_last()
            && self.is_open(last)
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

    /// Whether a step goes to more than one key, as far as OPA's index sees: `data.a[[x]]` does, even where `x` is known.
    fn is_open(&self, step: &Term) -> bool {
        match step {
            Term::Local(slot) => !self.constants.contains_key(slot),
            Term::Array(_) | Term::Object(_) | Term::Set(_) | Term::Comprehension(_) => !is_ground(step),
            Term::Constant(_) | Term::Ref(_) => false,
        }
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

    /// A call whose result has to hold.
    fn call(&mut self, call: &'p Call, shows: Option<Shows>) {
        let (Function::Builtin(signature), None) = (call.function, &call.output) else { return };
        // A clause that is left out does not end in an error of the call itself either.
        let with_own = shows.max(Some(Shows::WhenStrict));
        match (signature.name, call.args.as_slice()) {
            ("internal.member_2", [element, collection]) => self.membership(element, collection, shows),
            ("startswith", [text, affix]) => self.affix(text, affix, (Affix::Prefix, false), with_own),
            ("endswith", [text, affix]) => self.affix(text, affix, (Affix::Suffix, false), with_own),
            ("strings.any_prefix_match", [text, affixes]) => {
                self.affix(text, affixes, (Affix::Prefix, true), with_own);
            }
            ("strings.any_suffix_match", [text, affixes]) => {
                self.affix(text, affixes, (Affix::Suffix, true), with_own);
            }
            ("glob.match", [pattern, delimiters, text]) => self.glob(pattern, delimiters, text, with_own),
            _ => {}
        }
    }

    /// `startswith(x, "a")` and its like; with `any` of several.
    fn affix(&mut self, text: &'p Term, affixes: &'p Term, (end, any): (Affix, bool), shows: Option<Shows>) {
        let Some(subject) = self.operand(text) else { return };
        let strings = |values: Vec<&Value>| {
            values.into_iter().map(|value| value.as_str().map(Arc::from)).collect::<Option<Vec<Arc<str>>>>()
        };
        let affixes = match self.constant(affixes) {
            Some(Value::String(one)) => Some(vec![Arc::from(&**one)]),
            Some(Value::Array(array)) if any => strings(array.iter().collect()),
            Some(Value::Set(set)) if any => strings(set.iter().collect()),
            Some(_) | None => None,
        };
        for affix in affixes.unwrap_or_default() {
            self.insert(subject.clone(), Known::Accepted(Accepted::Affix(end, affix)), shows);
        }
    }

    /// `glob.match("a:*", [":"], x)`.
    fn glob(&mut self, pattern: &'p Term, delimiters: &'p Term, text: &'p Term, shows: Option<Shows>) {
        let (Term::Constant(Value::String(pattern)), Term::Constant(Value::Array(list)), Term::Local(slot)) =
            (pattern, delimiters, text)
        else {
            return;
        };
        let delimiters: Option<String> = list.iter().map(Value::as_str).collect();
        let Some(delimiters) = delimiters else { return };
        let delimiters: Arc<str> = if list.is_empty() { Arc::from(".") } else { delimiters.into() };
        let segment = |text: &str| match text {
            "*" => Some(None),
            _ if has_wildcard(text) => None,
            _ => Some(Some(Arc::from(text))),
        };
        let segments = segments(pattern, &delimiters).into_iter().map(segment).collect::<Option<Vec<_>>>();
        if let (Some(segments), Some(subject)) = (segments, self.resolve(*slot)) {
            self.insert(subject, Known::Accepted(Accepted::Segments(delimiters, segments)), shows);
        }
    }

    /// `x in [1, 2]` and `1 in xs`.
    fn membership(&mut self, element: &'p Term, collection: &'p Term, shows: Option<Shows>) {
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
        if let (Some(subject), Some(value)) = (self.operand(collection), value)
            && is_scalar(value)
        {
            self.insert(subject, Known::Accepted(Accepted::Element(value.clone())), shows);
        }
    }

    /// The reference that an operand is or that its variable stands for.
    fn operand(&self, term: &'p Term) -> Option<Subject> {
        match term {
            Term::Ref(reference) => self.subject(reference),
            Term::Local(slot) => {
                self.resolve(*slot).filter(|subject| !matches!(subject, Subject::Argument(_)))
            }
            Term::Constant(_) | Term::Array(_) | Term::Object(_) | Term::Set(_) | Term::Comprehension(_) => {
                None
            }
        }
    }

    /// `data.a[key]`, where the key is looked up in the collection above it.
    fn key(&self, reference: &'p Ref) -> Option<Subject> {
        let (last, above) = reference.steps.split_last()?;
        let key = match last {
            Term::Local(slot) if self.constants.get(slot).is_none_or(|value| !is_scalar(value)) => {
                self.resolve(*slot)?
            }
            Term::Ref(reference) => self.subject(reference)?,
            Term::Local(_)
            | Term::Constant(_)
            | Term::Array(_)
            | Term::Object(_)
            | Term::Set(_)
            | Term::Comprehension(_) => return None,
        };
        match (&reference.start, self.path(&reference.start, above)?) {
            (Start::Data(_), Subject::Base(path)) => Some(Subject::Key(Box::new(key), path)),
            (Start::Data(_) | Start::Input | Start::Local(_) | Start::Term(_), _) => None,
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
            Start::Data(_) => (!self.is_virtual(&path)).then_some(Subject::Base(path)),
            Start::Term(_) => None,
            Start::Local(slot) => match self.resolve(*slot)? {
                Subject::Input(above) => Some(Subject::Input([above, path].concat())),
                Subject::Base(above) => Some(Subject::Base([above, path].concat())),
                Subject::Argument(_) | Subject::Key(..) => None,
            },
        }
    }

    /// Whether rules define something at, above or below a path below `data`.
    fn is_virtual(&self, path: &[Value]) -> bool {
        let mut document = DocumentId::DATA;
        for key in path {
            let Some(child) = self.program.document(document).and_then(|document| document.child(key)) else {
                return false;
            };
            if self.program.document(child).is_some_and(|document| document.rule.is_some()) {
                return true;
            }
            document = child;
        }
        true
    }

    /// The constant that a term is or that its variable stands for.
    fn constant(&self, term: &'p Term) -> Option<&'p Value> {
        if let Term::Local(slot) = term { self.constants.get(slot).copied() } else { term.as_constant() }
    }

    /// The reference whose value a variable has.
    fn resolve(&self, slot: Slot) -> Option<Subject> {
        let position =
            || self.args.iter().position(|arg| matches!(arg, Term::Local(other) if *other == slot));
        self.entries.resolve(slot).cloned().or_else(|| position().map(Subject::Argument))
    }

    fn insert(&mut self, subject: Subject, value: Known, shows: Option<Shows>) {
        self.entries.insert(Entry { subject, value, shows, literals: vec![self.literal] });
    }
}

/// Whether a term has no variables, whatever is known of them.
fn is_ground(term: &Term) -> bool {
    match term {
        Term::Constant(_) => true,
        Term::Local(_) | Term::Comprehension(_) => false,
        Term::Array(terms) | Term::Set(terms) => terms.iter().all(is_ground),
        Term::Object(pairs) => pairs.iter().all(|(key, value)| is_ground(key) && is_ground(value)),
        Term::Ref(reference) => reference.steps.iter().all(is_ground),
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
