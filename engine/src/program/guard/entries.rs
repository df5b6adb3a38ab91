//! What is known of references, as the body of a clause is gone through.

use super::{Accepted, Affix, Guard, Shows, Subject};
use crate::program::{LiteralId, Slot};

/// What is known of one reference.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) subject: Subject,
    pub(super) value: Known,
    pub(super) shows: Option<Shows>,
    pub(super) literals: Vec<LiteralId>,
}

#[derive(Clone, PartialEq)]
pub(super) enum Known {
    /// The reference is defined; it has the value of this variable, if there is one.
    Variable(Option<Slot>),
    Accepted(Accepted),
}

/// What has to be so together.
pub(super) type Way = Vec<Entry>;

/// What has to be so, in the order in which it was found.
#[derive(Default)]
pub(super) struct Entries {
    own: Way,
    /// Of each of these lists one way has to be met.
    choices: Vec<Vec<Way>>,
    /// What is known around, where this is a side of an `and` or `or`.
    outer: Way,
}

impl Entries {
    /// For a side of an `and` or `or`.
    pub(super) fn inner(&self) -> Self {
        Self { own: Vec::new(), choices: Vec::new(), outer: self.known().cloned().collect() }
    }

    /// The reference whose value a variable has.
    pub(super) fn resolve(&self, slot: Slot) -> Option<&Subject> {
        let is_it = |entry: &&Entry| matches!(entry.value, Known::Variable(Some(other)) if other == slot);
        self.known().find(is_it).map(|entry| &entry.subject)
    }

    fn known(&self) -> impl Iterator<Item = &Entry> {
        self.own.iter().chain(&self.outer)
    }

    /// A value takes the place of the first variable that the reference was known by, but for ends of strings: OPA forgets the variable.
    pub(super) fn insert(&mut self, entry: Entry) {
        let is_whole =
            matches!(&entry.value, Known::Accepted(accepted) if !matches!(accepted, Accepted::Affix(..)));
        let place = self.own.iter_mut().filter(|known| known.subject == entry.subject).find(|known| {
            known.value == entry.value || (is_whole && matches!(known.value, Known::Variable(_)))
        });
        match place {
            Some(known) => {
                known.value = entry.value;
                known.shows = known.shows.max(entry.shows);
                known.literals.extend(entry.literals);
            }
            None => self.own.push(entry),
        }
    }

    /// One of these ways has to be met, if there are any.
    pub(super) fn require(&mut self, mut ways: Vec<Way>) {
        if ways.len() > 1 {
            self.choices.push(ways);
        } else {
            ways.drain(..).flatten().for_each(|entry| self.insert(entry));
        }
    }

    /// The ways of a side of an `and` or `or`; none if nothing is known. Which keys are looked up is only known of the whole body.
    pub(super) fn into_side(self) -> Vec<Way> {
        let mut ways = self.ways();
        for way in &mut ways {
            way.retain(|entry| !matches!(entry.subject, Subject::Key(..)));
            for entry in way {
                if let Known::Variable(slot) = &mut entry.value {
                    *slot = None;
                }
            }
        }
        if matches!(ways.as_slice(), [only] if only.is_empty()) { Vec::new() } else { ways }
    }

    /// One list of guards for each way.
    pub(super) fn into_guards(self) -> Vec<Vec<Guard>> {
        let ways: Vec<_> = self.ways().into_iter().map(into_guards).collect();
        if ways.iter().any(Vec::is_empty) { Vec::new() } else { ways }
    }

    /// All ways to meet the entries and one of each choice. Where these are too many, OPA knows of no choice.
    fn ways(self) -> Vec<Way> {
        let mut ways = vec![self.own.clone()];
        for choice in self.choices {
            if ways.len().saturating_mul(choice.len()) > MAX_WAYS {
                return vec![self.own];
            }
            let with_each = |way: Way| choice.iter().map(move |more| [way.as_slice(), more].concat());
            ways = ways.into_iter().flat_map(with_each).collect();
        }
        ways
    }
}

fn into_guards(way: Way) -> Vec<Guard> {
    let mut guards: Vec<Guard> = Vec::new();
    for Entry { subject, value, shows, literals } in way {
        let at = guards.iter().position(|guard| guard.subject == subject).unwrap_or_else(|| {
            guards.push(Guard { subject, accepts: Vec::new(), shows: None, literals: Vec::new() });
            guards.len() - 1
        });
        let Some(guard) = guards.get_mut(at) else { continue };
        guard.shows = guard.shows.max(shows);
        guard.literals.extend(literals);
        if let Known::Accepted(accepted) = value {
            guard.accepts.push(accepted);
        }
    }
    guards.iter_mut().for_each(keep_one_end);
    guards
}

/// OPA looks at one end of a string only: that for which even the shortest affix says more.
fn keep_one_end(guard: &mut Guard) {
    let shortest = |end: Affix| {
        let lengths = guard.accepts.iter().filter_map(|accepted| match accepted {
            Accepted::Affix(other, text) if *other == end => Some(text.len()),
            Accepted::Affix(..)
            | Accepted::Value(_)
            | Accepted::Array(_)
            | Accepted::Element(_)
            | Accepted::Segments(..)
            | Accepted::Any => None,
        });
        lengths.min()
    };
    if let (Some(prefix), Some(suffix)) = (shortest(Affix::Prefix), shortest(Affix::Suffix)) {
        let other = if suffix > prefix { Affix::Prefix } else { Affix::Suffix };
        guard.accepts.retain(|accepted| !matches!(accepted, Accepted::Affix(end, _) if *end == other));
    }
}

/// Where a clause can be met in several ways, OPA asks whether a reference is defined only if all of them ask it, or if some clause
/// of the rule asks for its value.
pub(in crate::program) fn keep_what_is_required(ways: &mut Vec<Vec<Guard>>, valued: &[Subject]) {
    let Some((first, others)) = ways.split_first().filter(|(_, others)| !others.is_empty()) else { return };
    let in_others =
        |subject: &&Subject| others.iter().all(|way| way.iter().any(|guard| guard.subject == **subject));
    let in_all: Vec<Subject> = first.iter().map(|guard| &guard.subject).filter(in_others).cloned().collect();
    for way in &mut *ways {
        way.retain(|guard| valued.contains(&guard.subject) || in_all.contains(&guard.subject));
    }
    if ways.iter().any(Vec::is_empty) {
        ways.clear();
    }
}

/// In how many ways OPA's index knows a clause at most.
const MAX_WAYS: usize = 32;
