//! What OPA's rule index asks before it evaluates a clause at all.
//!
//! The index leaves a clause out when a reference that its body needs is undefined or can't have the value that the body
//! compares it with, wherever in the body that is. Most often this is a shortcut that nobody sees. It shows when what
//! stands before the reference would end in an error: then the error is not met. Only such conditions are kept here.

mod collector;
mod effect;
mod entries;
mod levels;
mod nodes;
mod segments;

use std::sync::Arc;

use super::{Body, ClauseId, LiteralId, Operation, Program};
use crate::value::Value;
use collector::Collector;
pub(super) use collector::is_compared;
pub(super) use effect::{effect_of_literal, effect_of_literals};
use levels::Levels;
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Any: OPA's index does not compare with this one.
    Any(Value),
}

/// An end of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// The guards of each of a rule's clauses, and when each shows if the clause is the only one: several lists if there are several
/// ways to meet it, none if nothing is asked.
pub(super) fn guards(program: &Program, clauses: &[ClauseId]) -> Vec<Vec<Vec<Guard>>> {
    let mut levels = Levels::default();
    let mut found = Vec::new();
    for clause in clauses {
        let clause = program.clause(*clause).filter(|clause| !is_skipped(&clause.body));
        let ways = clause.map(|clause| {
            let entries = Collector::entries(program, &mut levels, clause);
            levels.take_in(&entries);
            entries.ways()
        });
        found.push(ways.unwrap_or_default());
    }
    levels.guards(found)
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
