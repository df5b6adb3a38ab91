//! What is known of references, as the body of a clause is gone through.

use std::collections::BTreeSet;

use super::{Accepted, Shows};
use crate::program::{LiteralId, Slot};

/// Names a reference of a rule's [levels](super::levels::Levels).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReferenceId(pub(super) usize);

/// What is known of one reference.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) reference: ReferenceId,
    pub(super) value: Known,
    pub(super) shows: Option<Shows>,
    pub(super) literals: Vec<LiteralId>,
    /// Whether the variable has another value in truth: it is an element of what the reference leads to.
    pub(super) mistaken: bool,
}

#[derive(Clone)]
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
    /// Keys that are looked up in collections. Only those of the whole body count.
    keys: Way,
    statistics: Statistics,
}

impl Entries {
    /// For a side of an `and` or `or`.
    pub(super) fn inner(&self) -> Self {
        Self { outer: self.known().cloned().collect(), ..Self::default() }
    }

    pub(super) fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// All that has a level or is asked for without one, whichever way.
    pub(super) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.own.iter().chain(self.choices.iter().flatten().flatten())
    }

    /// What says which reference's value a variable has.
    pub(super) fn resolve(&self, slot: Slot) -> Option<&Entry> {
        let is_it = |entry: &&Entry| matches!(entry.value, Known::Variable(Some(other)) if other == slot);
        self.known().find(is_it)
    }

    fn known(&self) -> impl Iterator<Item = &Entry> {
        self.own.iter().chain(&self.outer)
    }

    /// A value takes the place of the first variable that the reference was known by, but for ends of strings: OPA forgets the
    /// variable.
    pub(super) fn insert(&mut self, entry: Entry) {
        let mut is_new = true;
        for known in self.own.iter_mut().filter(|known| known.reference == entry.reference) {
            is_new = false;
            if known.value.is_same(&entry.value) {
                known.shows = known.shows.max(entry.shows);
                known.literals.extend(entry.literals);
                return;
            }
            let Known::Accepted(accepted) = &entry.value else { continue };
            match &known.value {
                Known::Variable(_) if matches!(accepted, Accepted::Affix(..)) => {}
                Known::Variable(_) => {
                    known.value = entry.value;
                    known.shows = known.shows.max(entry.shows);
                    known.literals.extend(entry.literals);
                    return;
                }
                Known::Accepted(other) => {
                    let alternatives = Alternatives::of(accepted).max(Alternatives::of(other));
                    self.statistics.vary(entry.reference, alternatives);
                }
            }
        }
        if is_new {
            self.statistics.count(entry.reference, 1);
        }
        self.own.push(entry);
    }

    /// The reference has one of these values.
    pub(super) fn insert_members(&mut self, members: Vec<Accepted>, like: &Entry) {
        let mut members = members.into_iter();
        if let Some(first) = members.next() {
            self.insert(Entry { value: Known::Accepted(first), ..like.clone() });
        }
        self.statistics.count(like.reference, members.len());
        self.extend(members, like, Alternatives::Meeting);
    }

    /// The reference has one of these ends.
    pub(super) fn insert_affixes(&mut self, affixes: Vec<Accepted>, like: &Entry) {
        let is_known = self.own.iter().any(|known| known.reference == like.reference);
        self.statistics.count(like.reference, affixes.len().saturating_sub(usize::from(is_known)));
        self.extend(affixes.into_iter(), like, Alternatives::Ending);
    }

    /// Adds those that are new.
    fn extend(&mut self, values: impl Iterator<Item = Accepted>, like: &Entry, alternatives: Alternatives) {
        let own = self.own.iter().filter(|known| known.reference == like.reference);
        let mut known: BTreeSet<Accepted> = own
            .filter_map(|known| match &known.value {
                Known::Accepted(accepted) => Some(accepted.clone()),
                Known::Variable(_) => None,
            })
            .collect();
        for value in values {
            if known.insert(value.clone()) {
                self.own.push(Entry { value: Known::Accepted(value), ..like.clone() });
            }
        }
        if known.len() > 1 {
            self.statistics.vary(like.reference, alternatives);
        }
    }

    /// A key is looked up in a collection; `key` is the reference that leads to the key.
    pub(super) fn look_up(&mut self, entry: Entry, key: ReferenceId) {
        if let Some(known) = self.keys.iter_mut().find(|known| known.reference == entry.reference) {
            known.shows = known.shows.max(entry.shows);
            known.literals.extend(entry.literals);
        } else {
            self.keys.push(entry);
            self.statistics.count(key, 1);
        }
    }

    /// One of these ways has to be met, if there are any.
    pub(super) fn require(&mut self, mut ways: Vec<Way>) {
        if ways.len() > 1 {
            for entry in ways.iter().flatten() {
                self.statistics.count(entry.reference, 1);
            }
            self.choices.push(ways);
        } else {
            ways.drain(..).flatten().for_each(|entry| self.insert(entry));
        }
    }

    /// The ways of a side of an `and` or `or`; none if nothing is known.
    pub(super) fn into_side(self) -> Vec<Way> {
        let mut ways = Self { keys: Vec::new(), ..self }.ways();
        for entry in ways.iter_mut().flatten() {
            if let Known::Variable(slot) = &mut entry.value {
                *slot = None;
            }
        }
        if matches!(ways.as_slice(), [only] if only.is_empty()) { Vec::new() } else { ways }
    }

    /// All ways to meet the entries and one of each choice. Where these are too many, OPA knows of no choice.
    pub(super) fn ways(self) -> Vec<Way> {
        let unconditional = [self.own, self.keys].concat();
        let mut ways = vec![unconditional.clone()];
        for choice in self.choices {
            if ways.len().saturating_mul(choice.len()) > MAX_WAYS {
                return vec![unconditional];
            }
            let with_each = |way: Way| choice.iter().map(move |more| [way.as_slice(), more].concat());
            ways = ways.into_iter().flat_map(with_each).collect();
        }
        ways
    }
}

impl Known {
    /// Whether OPA's index takes these for one.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Variable(one), Self::Variable(other)) => one == other,
            (Self::Accepted(one), Self::Accepted(other)) => one.is_same(other),
            (Self::Variable(_), Self::Accepted(_)) | (Self::Accepted(_), Self::Variable(_)) => false,
        }
    }
}

impl Accepted {
    /// Whether OPA's index takes these for one. Of a glob it sees the segments alone, and arrays with variables differ by those.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Segments(_, one), Self::Segments(_, other)) => one == other,
            (Self::Array(one), Self::Array(other)) => one == other && one.iter().all(Option::is_some),
            _ => self == other,
        }
    }
}

/// How often a reference is asked for, and what for.
#[derive(Default)]
pub(super) struct Statistics(Vec<(Alternatives, usize)>);

impl Statistics {
    pub(super) fn of(&self, id: ReferenceId) -> (Alternatives, usize) {
        self.0.get(id.0).copied().unwrap_or_default()
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (id, (alternatives, count)) in (0..).map(ReferenceId).zip(&other.0) {
            self.vary(id, *alternatives);
            self.count(id, *count);
        }
    }

    fn count(&mut self, id: ReferenceId, more: usize) {
        if let Some((_, count)) = self.entry(id) {
            *count = count.saturating_add(more);
        }
    }

    fn vary(&mut self, id: ReferenceId, alternatives: Alternatives) {
        if let Some((known, _)) = self.entry(id) {
            *known = alternatives.max(*known);
        }
    }

    fn entry(&mut self, id: ReferenceId) -> Option<&mut (Alternatives, usize)> {
        if self.0.len() <= id.0 {
            self.0.resize_with(id.0.saturating_add(1), Default::default);
        }
        self.0.get_mut(id.0)
    }
}

/// Whether some clause asks for several values of a reference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alternatives {
    /// None does.
    #[default]
    None,
    /// It goes on from each of them in the same way.
    Meeting,
    /// It ends there: these are ends of strings.
    Ending,
}

impl Alternatives {
    fn of(accepted: &Accepted) -> Self {
        if matches!(accepted, Accepted::Affix(..)) { Self::Ending } else { Self::Meeting }
    }
}

/// In how many ways OPA's index knows a clause at most.
const MAX_WAYS: usize = 32;
