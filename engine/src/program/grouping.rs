//! Groupings: comprehensions whose values can be collected for all keys at once.
//!
//! `names := {other.name | some other in data.items; other.owner == owner}` looks at every item for each `owner`. What surrounds
//! the comprehension comes into it by one comparison only, so one look at the items sorts the names by their owner, and
//! each further owner's names are looked up. OPA does the same. A comprehension into which nothing comes from outside is
//! collected once.
//!
//! What is evaluated for other keys than the one that is asked for must go unnoticed and cost little: after the first
//! comparison nothing is gone through and no rule is evaluated.

use super::{
    Body, Call, Comprehension, ComprehensionHead, Function, Literal, Operation, Program, Ref, Slot, Start,
    Target, Term, slots,
};

/// Names a comprehension whose values are grouped; they count from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupingId(pub u32);

/// By what the values of a comprehension are grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// Its name.
    pub id: GroupingId,
    /// The variables of what surrounds the comprehension that it is compared with.
    pub keys: Vec<Slot>,
}

/// Finds the groupings of a program.
pub(super) fn find(program: &mut Program) {
    if program.prints {
        // What is printed, and when, must not change.
        return;
    }
    for clause in &mut program.clauses {
        let mut search = Search { mentions: vec![0; clause.slots.len()], count: program.groupings };
        slots::in_clause(clause, &mut |slot| add(&mut search.mentions, slot));
        search.body(&mut clause.body);
        program.groupings = search.count;
    }
}

/// What is known of the clause that is searched.
struct Search {
    /// How often each variable is mentioned in the clause.
    mentions: Vec<u32>,
    /// How many groupings there are so far.
    count: u32,
}

impl Search {
    fn body(&mut self, body: &mut Body) {
        for literal in &mut body.literals {
            match &mut literal.operation {
                Operation::Collect(_, comprehension) => {
                    if let Some(keys) = self.keys(comprehension) {
                        comprehension.grouping = Some(Grouping { id: GroupingId(self.count), keys });
                        self.count = self.count.saturating_add(1);
                    }
                    self.body(&mut comprehension.body);
                }
                Operation::Every(every) => self.body(&mut every.body),
                Operation::Not(body) => self.body(body),
                Operation::And(left, right) | Operation::Or(left, right) => {
                    self.body(left);
                    self.body(right);
                }
                Operation::Unify(..)
                | Operation::Lookup(..)
                | Operation::Test(_)
                | Operation::Truth(_)
                | Operation::Call(_) => {}
            }
        }
    }

    /// The variables that a comprehension can be grouped by; nothing if it can't be.
    fn keys(&self, comprehension: &Comprehension) -> Option<Vec<Slot>> {
        let mut inside = vec![0; self.mentions.len()];
        slots::in_comprehension(comprehension, &mut |slot| add(&mut inside, slot));
        let is_outer = |(inside, all): (&u32, &u32)| *inside > 0 && inside < all;
        let outer: Vec<bool> = inside.iter().zip(&self.mentions).map(is_outer).collect();
        let mut check = Check { outer, bound: Vec::new(), keys: Vec::new() };
        if !comprehension.body.literals.iter().all(|literal| check.literal(literal))
            || !check.head(&comprehension.head)
        {
            return None;
        }
        let wanted = check.outer.iter().filter(|outer| **outer).count();
        (check.keys.len() == wanted).then_some(check.keys)
    }
}

/// Goes through the literals of a comprehension in their order.
struct Check {
    /// Which variables come from outside.
    outer: Vec<bool>,
    /// The variables that the literals before have given values to.
    bound: Vec<Slot>,
    /// The variables from outside that the literals before have compared with something.
    keys: Vec<Slot>,
}

impl Check {
    /// Whether a literal does no harm; notes what it is compared with.
    fn literal(&mut self, literal: &Literal) -> bool {
        if !literal.with.is_empty() {
            return false;
        }
        if let Some((key, other)) = self.comparison(&literal.operation) {
            let mut is_inner = true;
            other.each_slot(&mut |slot| is_inner &= !self.is_outer(slot));
            if !is_inner || self.keys.contains(&key) || !(self.keys.is_empty() || self.is_simple(other)) {
                return false;
            }
            self.keys.push(key);
            return true;
        }
        let mut is_inner = true;
        slots::in_literal(literal, &mut |slot| is_inner &= !self.is_outer(slot));
        if !is_inner
            || !is_steady(&literal.operation)
            || !(self.keys.is_empty() || self.is_cheap(&literal.operation))
        {
            return false;
        }
        slots::in_literal(literal, &mut |slot| self.bound.push(slot));
        true
    }

    /// What the head collects must not be written with the keys: equal numbers may be written in different ways.
    fn head(&self, head: &ComprehensionHead) -> bool {
        let mut is_inner = true;
        slots::in_head(head, &mut |slot| is_inner &= !self.is_outer(slot));
        let is_cheap = match head {
            ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => self.is_plain(term),
            ComprehensionHead::Object(key, value) => self.is_plain(key) && self.is_plain(value),
        };
        is_inner && (self.keys.is_empty() || is_cheap)
    }

    /// The variable from outside that an operation compares, and what with.
    fn comparison<'o>(&self, operation: &'o Operation) -> Option<(Slot, Compared<'o>)> {
        let outer = |term: &Term| term.as_local().filter(|slot| self.is_outer(*slot));
        match operation {
            Operation::Lookup(pattern, reference) => Some((outer(pattern)?, Compared::Ref(reference))),
            Operation::Unify(left, right) => {
                let (key, other) = match (outer(left), outer(right)) {
                    (Some(key), None) => (key, right),
                    (None, Some(key)) => (key, left),
                    (Some(_), Some(_)) | (None, None) => return None,
                };
                // Otherwise it is the variable inside that gets its value here.
                let is_known = match other {
                    Term::Constant(_) => true,
                    Term::Local(slot) => self.bound.contains(slot),
                    Term::Array(_)
                    | Term::Object(_)
                    | Term::Set(_)
                    | Term::Ref(_)
                    | Term::Comprehension(_) => false,
                };
                is_known.then_some((key, Compared::Term(other)))
            }
            Operation::Collect(..)
            | Operation::Test(_)
            | Operation::Truth(_)
            | Operation::Call(_)
            | Operation::Every(_)
            | Operation::Not(_)
            | Operation::And(..)
            | Operation::Or(..) => None,
        }
    }

    fn is_outer(&self, slot: Slot) -> bool {
        self.outer.get(slot.0 as usize).copied().unwrap_or(true)
    }

    fn is_simple(&self, compared: Compared<'_>) -> bool {
        match compared {
            Compared::Ref(reference) => self.is_straight(reference),
            Compared::Term(term) => self.is_plain(term),
        }
    }

    /// Whether an operation has one way at most and evaluates no rule.
    fn is_cheap(&self, operation: &Operation) -> bool {
        match operation {
            Operation::Unify(left, right) => self.is_pattern(left) && self.is_pattern(right),
            Operation::Lookup(pattern, reference) => self.is_pattern(pattern) && self.is_straight(reference),
            Operation::Test(reference) => self.is_straight(reference),
            Operation::Truth(term) => self.is_plain(term),
            Operation::Call(Call { function: Function::Builtin(signature), args, output, .. }) => {
                !signature.relation
                    && args.iter().all(|arg| self.is_plain(arg))
                    && output.iter().all(|output| self.is_pattern(output))
            }
            Operation::Call(Call { function: Function::Rule(_), .. })
            | Operation::Collect(..)
            | Operation::Every(_)
            | Operation::Not(_)
            | Operation::And(..)
            | Operation::Or(..) => false,
        }
    }

    /// Whether a reference leads to one value at most, without a rule.
    fn is_straight(&self, reference: &Ref) -> bool {
        let is_base = match &reference.start {
            Start::Local(_) | Start::Input | Start::Data(Target::Base(..)) => true,
            Start::Term(_) | Start::Data(Target::Rule(..) | Target::Tree) => false,
        };
        is_base && reference.steps.iter().all(|step| self.is_plain(step))
    }

    /// Whether a term has one value at most, without a rule.
    fn is_plain(&self, term: &Term) -> bool {
        match term {
            Term::Constant(_) => true,
            Term::Local(slot) => self.bound.contains(slot),
            Term::Array(terms) | Term::Set(terms) => terms.iter().all(|term| self.is_plain(term)),
            Term::Object(pairs) => {
                pairs.iter().all(|(key, value)| self.is_plain(key) && self.is_plain(value))
            }
            Term::Ref(reference) => self.is_straight(reference),
            Term::Comprehension(_) => false,
        }
    }

    /// As [`is_plain`](Self::is_plain), but variables may get their values here.
    fn is_pattern(&self, term: &Term) -> bool {
        match term {
            Term::Local(_) => true,
            Term::Array(terms) => terms.iter().all(|term| self.is_pattern(term)),
            Term::Object(pairs) => {
                pairs.iter().all(|(key, value)| self.is_plain(key) && self.is_pattern(value))
            }
            Term::Constant(_) | Term::Set(_) | Term::Ref(_) | Term::Comprehension(_) => self.is_plain(term),
        }
    }
}

/// What a variable from outside is compared with.
#[derive(Clone, Copy)]
enum Compared<'o> {
    Ref(&'o Ref),
    Term(&'o Term),
}

impl Compared<'_> {
    fn each_slot(self, visit: &mut dyn FnMut(Slot)) {
        match self {
            Self::Ref(reference) => slots::in_ref(reference, visit),
            Self::Term(term) => slots::in_term(term, visit),
        }
    }
}

/// Whether an operation comes to the same when it is evaluated again, as far as can be seen.
fn is_steady(operation: &Operation) -> bool {
    let in_body = |body: &Body| body.literals.iter().all(|literal| is_steady(&literal.operation));
    match operation {
        Operation::Unify(..)
        | Operation::Lookup(..)
        | Operation::Test(_)
        | Operation::Truth(_)
        | Operation::Call(Call { function: Function::Rule(_), .. }) => true,
        Operation::Call(Call { function: Function::Builtin(signature), .. }) => {
            signature.result.is_some() && !signature.nondeterministic
        }
        Operation::Collect(_, comprehension) => in_body(&comprehension.body),
        Operation::Every(every) => in_body(&every.body),
        Operation::Not(body) => in_body(body),
        Operation::And(left, right) | Operation::Or(left, right) => in_body(left) && in_body(right),
    }
}

fn add(counts: &mut [u32], slot: Slot) {
    if let Some(count) = counts.get_mut(slot.0 as usize) {
        *count = count.saturating_add(1);
    }
}
