//! Follows values from the input and the base documents through rules, variables and functions.

use std::collections::{BTreeMap, BTreeSet};

use super::{Model, Pattern, Segment};
use crate::probe::place::Root;
use crate::program::{
    Body, Call, ClauseId, Comprehension, ComprehensionHead, Every, Function, Literal, Operation, Program,
    Ref, Replacement, RuleId, RuleKind, Slot, Start, Target, Term,
};
use crate::value::Value;

/// What is known of a value without evaluation.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Known {
    /// Where it may come from.
    pub(super) origins: BTreeSet<Origin>,
    /// The constants that it may be.
    pub(super) constants: BTreeSet<Value>,
    /// What its members may be, if the policy puts it together.
    pub(super) fields: BTreeMap<Value, Known>,
    /// What its other members may be.
    pub(super) elements: Option<Box<Known>>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) pattern: Pattern,
    /// The functions that it went through since.
    pub(super) via: Vec<&'static str>,
}

impl Known {
    pub(super) fn root(root: Root) -> Self {
        Self::from(Origin { pattern: Pattern { root, steps: Vec::new() }, via: Vec::new() })
    }

    pub(super) fn constant(value: Value) -> Self {
        Self { constants: BTreeSet::from([value]), ..Self::default() }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.origins.extend(other.origins.iter().take(MAX_ORIGINS).cloned());
        self.constants.extend(other.constants.iter().take(MAX_CONSTANTS).cloned());
        for (key, value) in &other.fields {
            self.fields.entry(key.clone()).or_default().add(value);
        }
        if let Some(elements) = &other.elements {
            self.elements.get_or_insert_default().add(elements);
        }
    }

    /// What a function makes of it that keeps something of its text or number.
    pub(super) fn through(&self, function: &'static str) -> Self {
        let through = |origin: &Origin| {
            let mut via = origin.via.clone();
            via.push(function);
            Origin { pattern: origin.pattern.clone(), via }
        };
        let short = self.origins.iter().filter(|origin| origin.via.len() < MAX_VIA);
        Self { origins: short.map(through).collect(), ..Self::default() }
    }

    /// The member of a key.
    pub(super) fn member(&self, key: &Value) -> Self {
        let mut member = self.stepped(&Segment::Key(key.clone()));
        for constant in &self.constants {
            let found = match constant {
                Value::Object(object) => object.get(key),
                Value::Array(array) => array.at(key),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => None,
            };
            member.constants.extend(found.cloned());
        }
        if let Some(field) = self.fields.get(key) {
            member.add(field);
        }
        if let Some(elements) = &self.elements {
            member.add(elements);
        }
        member
    }

    /// Any of its members.
    pub(super) fn any(&self) -> Self {
        let mut any = self.stepped(&Segment::Each);
        for constant in &self.constants {
            match constant {
                Value::Object(object) => any.constants.extend(object.values().take(MAX_CONSTANTS).cloned()),
                Value::Array(array) => any.constants.extend(array.iter().take(MAX_CONSTANTS).cloned()),
                Value::Set(set) => any.constants.extend(set.iter().take(MAX_CONSTANTS).cloned()),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        self.fields.values().for_each(|field| any.add(field));
        if let Some(elements) = &self.elements {
            any.add(elements);
        }
        any
    }

    /// Any of its keys.
    fn keys(&self) -> Self {
        let mut keys = self.stepped(&Segment::Keys);
        for constant in &self.constants {
            match constant {
                Value::Object(object) => keys.constants.extend(object.keys().take(MAX_CONSTANTS).cloned()),
                Value::Set(set) => keys.constants.extend(set.iter().take(MAX_CONSTANTS).cloned()),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {}
            }
        }
        keys.constants.extend(self.fields.keys().cloned());
        keys
    }

    fn stepped(&self, segment: &Segment) -> Self {
        let is_whole = |origin: &&Origin| {
            let ends = matches!(origin.pattern.steps.last(), Some(Segment::Keys));
            origin.via.is_empty() && !ends && origin.pattern.steps.len() < MAX_STEPS
        };
        let stepped = self.origins.iter().filter(is_whole).map(|origin| {
            let mut pattern = origin.pattern.clone();
            pattern.steps.push(segment.clone());
            Origin { pattern, via: Vec::new() }
        });
        // A piece of a text stays known as a piece of it, such as `split(x, "/")[2]`.
        let pieces = self.origins.iter().filter(|origin| !origin.via.is_empty()).cloned();
        Self { origins: stepped.chain(pieces).collect(), ..Self::default() }
    }
}

impl From<Origin> for Known {
    fn from(origin: Origin) -> Self {
        Self { origins: BTreeSet::from([origin]), ..Self::default() }
    }
}

/// Reads what a rule makes of the input.
pub(super) fn read(program: &Program, decision: RuleId) -> Model {
    let mut flow = Flow {
        program,
        model: Model::default(),
        known: BTreeMap::new(),
        clause: ClauseId(0),
        slots: Vec::new(),
        depth: 0,
        budget: MAX_CLAUSES,
    };
    flow.rule(decision, &[]);
    flow.model
}

/// One walk through everything that a decision depends on.
pub(super) struct Flow<'p> {
    program: &'p Program,
    pub(super) model: Model,
    /// The values of rules and of calls of functions.
    known: BTreeMap<(RuleId, Vec<Known>), Known>,
    /// The clause that is read, and the variables of it that have a value.
    clause: ClauseId,
    slots: Vec<Option<Known>>,
    depth: usize,
    /// How many clauses may still be read.
    budget: usize,
}

impl Flow<'_> {
    fn rule(&mut self, id: RuleId, args: &[Known]) -> Known {
        let key = (id, args.to_vec());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let Some(rule) = self.program.rule(id) else { return Known::default() };
        if self.depth >= MAX_DEPTH {
            return Known::default();
        }
        self.known.insert(key.clone(), Known::default());
        self.depth += 1;
        let mut result = Known::default();
        for clause in crate::probe::reach::clauses(self.program, id) {
            if self.budget == 0 {
                break;
            }
            self.budget -= 1;
            result.add(&self.clause(clause, rule.kind, args));
        }
        self.depth -= 1;
        self.known.insert(key, result.clone());
        result
    }

    fn clause(&mut self, id: ClauseId, kind: RuleKind, args: &[Known]) -> Known {
        let Some(clause) = self.program.clause(id) else { return Known::default() };
        let outer = (self.clause, std::mem::replace(&mut self.slots, vec![None; clause.slots.len()]));
        self.clause = id;
        for (parameter, argument) in clause.args.iter().zip(args) {
            self.unify(parameter, argument);
        }
        self.body(&clause.body);
        let steps: Vec<Known> = clause.steps.iter().map(|step| self.term(step)).collect();
        let mut value = match (&clause.key, &clause.value) {
            (Some(key), _) => {
                let element = self.term(key);
                Known { elements: Some(Box::new(element)), ..Known::default() }
            }
            (None, Some(value)) => self.term(value),
            (None, None) if kind == RuleKind::Set => Known::default(),
            (None, None) => Known::constant(Value::Bool(true)),
        };
        for step in steps.iter().rev() {
            let constants: Vec<&Value> = step.constants.iter().collect();
            let mut outer = Known::default();
            match constants.as_slice() {
                [key] if step.origins.is_empty() => {
                    outer.fields.insert((*key).clone(), value);
                }
                _ => outer.elements = Some(Box::new(value)),
            }
            value = outer;
        }
        (self.clause, self.slots) = outer;
        value
    }

    fn body(&mut self, body: &Body) {
        body.literals.iter().for_each(|literal| self.literal(literal));
    }

    fn literal(&mut self, literal: &Literal) {
        for with in &literal.with {
            if let Replacement::Value(term) = &with.value {
                self.term(term);
            }
        }
        match &literal.operation {
            Operation::Unify(left, right) => self.equate(left, right),
            Operation::Lookup(pattern, reference) => {
                let known = self.reference(reference);
                self.unify(pattern, &known);
            }
            Operation::Collect(pattern, comprehension) => {
                let known = self.comprehension(comprehension);
                self.unify(pattern, &known);
            }
            Operation::Test(reference) => {
                let known = self.reference(reference);
                self.reads(&known);
            }
            Operation::Truth(term) => {
                let known = self.term(term);
                self.reads(&known);
            }
            Operation::Call(call) => self.call(call),
            Operation::Every(every) => self.every(every),
            Operation::Not(inner) => self.body(inner),
            Operation::And(left, right) | Operation::Or(left, right) => {
                self.body(left);
                self.body(right);
            }
        }
    }

    fn every(&mut self, Every { key, value, domain, body }: &Every) {
        let domain = self.term(domain);
        self.reads(&domain);
        if let Some(key) = key {
            self.bind(*key, &domain.keys());
        }
        self.bind(*value, &domain.any());
        self.body(body);
    }

    fn call(&mut self, call: &Call) {
        let args: Vec<Known> = call.args.iter().map(|term| self.term(term)).collect();
        for known in &args {
            self.reads(known);
        }
        let result = match call.function {
            Function::Rule(rule) => self.rule(rule, &args),
            Function::Builtin(signature) => self.builtin(signature, &args),
        };
        match &call.output {
            Some(output) => self.unify(output, &result),
            None => self.reads(&result),
        }
    }

    fn equate(&mut self, left: &Term, right: &Term) {
        match (left, right) {
            (Term::Local(slot), other) | (other, Term::Local(slot)) if self.slot(*slot).is_none() => {
                let known = self.term(other);
                self.bind(*slot, &known);
            }
            (pattern @ (Term::Array(_) | Term::Object(_)), other)
            | (other, pattern @ (Term::Array(_) | Term::Object(_))) => {
                let known = self.term(other);
                self.unify(pattern, &known);
            }
            _ => {
                let (left, right) = (self.term(left), self.term(right));
                self.compare(&left, &right);
            }
        }
    }

    /// A value is matched with a pattern: variables get values, the rest is compared.
    fn unify(&mut self, pattern: &Term, known: &Known) {
        match pattern {
            Term::Local(slot) if self.slot(*slot).is_none() => self.bind(*slot, known),
            Term::Array(terms) => {
                for (at, term) in (0_u64..).zip(terms) {
                    self.unify(term, &known.member(&Value::from(at)));
                }
            }
            Term::Object(pairs) => {
                for (key, term) in pairs {
                    match key.as_constant() {
                        Some(key) => self.unify(term, &known.member(key)),
                        None => self.unify(term, &known.any()),
                    }
                }
            }
            Term::Constant(_) | Term::Local(_) | Term::Set(_) | Term::Ref(_) | Term::Comprehension(_) => {
                let pattern = self.term(pattern);
                self.compare(&pattern, known);
            }
        }
    }

    fn term(&mut self, term: &Term) -> Known {
        match term {
            Term::Constant(value) => Known::constant(value.clone()),
            Term::Local(slot) => self.slot(*slot).cloned().unwrap_or_default(),
            Term::Array(terms) => {
                let fields = (0_u64..).zip(terms).map(|(at, term)| (Value::from(at), self.term(term)));
                Known { fields: fields.collect(), ..Known::default() }
            }
            Term::Set(terms) => {
                let mut elements = Known::default();
                for term in terms {
                    elements.add(&self.term(term));
                }
                Known { elements: Some(Box::new(elements)), ..Known::default() }
            }
            Term::Object(pairs) => {
                let mut known = Known::default();
                for (key, value) in pairs {
                    let value = self.term(value);
                    match key.as_constant() {
                        Some(key) => known.fields.entry(key.clone()).or_default().add(&value),
                        None => known.elements.get_or_insert_default().add(&value),
                    }
                }
                known
            }
            Term::Ref(reference) => self.reference(reference),
            Term::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn comprehension(&mut self, comprehension: &Comprehension) -> Known {
        self.body(&comprehension.body);
        let elements = match &comprehension.head {
            ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => self.term(term),
            ComprehensionHead::Object(_, value) => self.term(value),
        };
        Known { elements: Some(Box::new(elements)), ..Known::default() }
    }

    fn reference(&mut self, reference: &Ref) -> Known {
        let (start, skipped) = match &reference.start {
            Start::Local(slot) => (self.slot(*slot).cloned().unwrap_or_default(), 0),
            Start::Term(term) => (self.term(term), 0),
            Start::Input => (Known::root(Root::Input), 0),
            Start::Data(Target::Rule(rule, steps)) => {
                (if self.is_function(*rule) { Known::default() } else { self.rule(*rule, &[]) }, *steps)
            }
            Start::Data(Target::Base(..) | Target::Tree) => (Known::root(Root::Data), 0),
        };
        let mut known = start;
        for step in reference.steps.iter().skip(skipped) {
            known = match step {
                Term::Constant(key) => known.member(key),
                Term::Local(slot) if self.slot(*slot).is_none() => {
                    let keys = known.keys();
                    self.bind(*slot, &keys);
                    known.any()
                }
                Term::Local(_)
                | Term::Array(_)
                | Term::Object(_)
                | Term::Set(_)
                | Term::Ref(_)
                | Term::Comprehension(_) => {
                    let key = self.term(step);
                    self.compare(&key, &known.keys());
                    // A set's element is the key that it is looked up by.
                    self.compare(&key, &known.any());
                    match key.constants.iter().next() {
                        Some(constant) if key.origins.is_empty() && key.constants.len() == 1 => {
                            known.member(constant)
                        }
                        _ => known.any(),
                    }
                }
            };
        }
        self.reads(&known);
        known
    }

    fn is_function(&self, rule: RuleId) -> bool {
        matches!(self.program.rule(rule).map(|rule| rule.kind), Some(RuleKind::Function(_)))
    }

    fn slot(&self, slot: Slot) -> Option<&Known> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }

    fn bind(&mut self, slot: Slot, known: &Known) {
        if let Some(place) = self.slots.get_mut(slot.0 as usize) {
            *place = Some(known.clone());
        }
    }

    /// The clause that is read now reads these.
    pub(super) fn reads(&mut self, known: &Known) {
        for origin in &known.origins {
            self.reading(origin);
        }
    }

    /// Notes something of the path of the input that a value comes from, and that the clause reads it.
    pub(super) fn note(&mut self, known: &Known, note: impl Fn(&mut super::Reading, &Origin)) {
        for origin in &known.origins {
            if let Some(reading) = self.reading(origin) {
                note(reading, origin);
            }
        }
    }

    fn reading(&mut self, origin: &Origin) -> Option<&mut super::Reading> {
        if origin.pattern.root == Root::Data {
            self.model.data.insert(origin.pattern.clone());
            return None;
        }
        if origin.pattern.steps.is_empty() {
            return None;
        }
        let reading = self.model.inputs.entry(origin.pattern.clone()).or_default();
        reading.clauses.insert(self.clause);
        Some(reading)
    }
}

/// How many origins, constants and steps are kept of one value, and functions that it went through.
const MAX_ORIGINS: usize = 32;
const MAX_CONSTANTS: usize = 64;
const MAX_STEPS: usize = 12;
const MAX_VIA: usize = 4;

/// How deep rules may nest, and how many clauses are read in all: functions are read once for each kind of argument.
const MAX_DEPTH: usize = 64;
const MAX_CLAUSES: usize = 20_000;
