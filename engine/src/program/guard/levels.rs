//! The levels of OPA's rule index: one for each reference whose value some clause asks for, and their order.
//!
//! On its way through the levels a clause ends where it can have several values that OPA's index can't lead on from: ends of
//! strings, and values that it finds by other means than by looking them up. What is asked on a level below goes unasked then.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::entries::{Entries, Entry, Known, ReferenceId, Statistics, Way};
use super::nodes::{elements, shared_delimiters, split};
use super::{Accepted, Affix, Guard, Subject};
use crate::source::{SourceId, Span};
use crate::value::Value;

/// The references that a rule's clauses ask for.
#[derive(Default)]
pub(super) struct Levels {
    references: Vec<Reference>,
    ids: BTreeMap<Subject, ReferenceId>,
    /// How often each is asked for, and what for.
    statistics: Statistics,
    /// Which have a value that is asked for.
    valued: Vec<ReferenceId>,
    /// Where the clauses were written.
    sources: Vec<SourceId>,
}

struct Reference {
    subject: Subject,
    place: Option<Place>,
}

/// Where a reference was written: the how many-th source, and where in it. What was not written has none.
pub(super) type Place = (usize, u32);

impl Levels {
    /// The name of what is looked at, which keeps the place where it came first.
    pub(super) fn intern(&mut self, subject: Subject, place: Option<Place>) -> ReferenceId {
        let next = self.references.len();
        *self.ids.entry(subject).or_insert_with_key(|subject| {
            self.references.push(Reference { subject: subject.clone(), place });
            ReferenceId(next)
        })
    }

    pub(super) fn subject(&self, id: ReferenceId) -> Option<&Subject> {
        self.references.get(id.0).map(|reference| &reference.subject)
    }

    pub(super) fn place(&self, id: ReferenceId) -> Option<Place> {
        self.references.get(id.0)?.place
    }

    pub(super) fn place_of(&mut self, span: Span) -> Place {
        let position = self.sources.iter().position(|source| *source == span.source);
        let source = position.unwrap_or_else(|| {
            self.sources.push(span.source);
            self.sources.len() - 1
        });
        (source, span.start)
    }

    /// Takes note of all that a clause asks.
    pub(super) fn take_in(&mut self, entries: &Entries) {
        self.statistics.add(entries.statistics());
        let valued = entries.all().filter(|entry| matches!(entry.value, Known::Accepted(_)));
        self.valued.extend(valued.map(|entry| entry.reference));
        self.valued.sort_unstable();
        self.valued.dedup();
    }

    /// For each clause, of whose ways these are, one list of guards for each way; none if one of the ways asks nothing.
    pub(super) fn guards(&self, mut clauses: Vec<Vec<Way>>) -> Vec<Vec<Vec<Guard>>> {
        for ways in &mut clauses {
            self.keep_what_is_required(ways);
            for way in ways {
                self.end(way);
            }
        }
        let all: Vec<&Way> = clauses.iter().flatten().collect();
        let mut delimiters = shared_delimiters(&all, &self.in_order()).into_iter();
        let mut guards = |way| self.together(way, &delimiters.next().unwrap_or_default());
        let mut of_clause = |ways: Vec<Way>| {
            let mut ways: Vec<Vec<Guard>> = ways.into_iter().map(&mut guards).collect();
            if ways.iter().any(Vec::is_empty) {
                return Vec::new();
            }
            if ways.len() > 1 {
                // A clause is left out only if no way is open.
                let shows = ways.iter().flatten().map(|guard| guard.shows).max().flatten();
                ways.iter_mut().flatten().for_each(|guard| guard.shows = shows);
            }
            ways
        };
        clauses.into_iter().map(&mut of_clause).collect()
    }

    fn in_order(&self) -> Vec<ReferenceId> {
        let mut levels = self.valued.clone();
        levels.sort_by_key(|id| self.rank(*id));
        levels
    }

    /// What has no level is asked only if all ways ask it.
    fn keep_what_is_required(&self, ways: &mut [Way]) {
        let Some((first, others)) = ways.split_first().filter(|(_, others)| !others.is_empty()) else {
            return;
        };
        let asks = |way: &Way, id: ReferenceId| way.iter().any(|entry| entry.reference == id);
        let in_all = |id: &ReferenceId| others.iter().all(|way| asks(way, *id));
        let in_all: Vec<ReferenceId> = first.iter().map(|entry| entry.reference).filter(in_all).collect();
        for way in ways {
            way.retain(|entry| self.is_level(entry.reference) || in_all.contains(&entry.reference));
        }
    }

    fn is_level(&self, id: ReferenceId) -> bool {
        self.valued.binary_search(&id).is_ok()
    }

    /// Forgets what is asked below the level where a way ends.
    fn end(&self, way: &mut Way) {
        let ends: Vec<ReferenceId> =
            way.iter().map(|entry| entry.reference).filter(|id| ends_at(way, *id)).collect();
        if let Some(last) = ends.into_iter().map(|id| self.rank(id)).min() {
            way.retain(|entry| !self.is_level(entry.reference) || self.rank(entry.reference) <= last);
        }
    }

    /// What orders the levels. Those with several values for a clause come late, those that many clauses ask for early.
    fn rank(&self, id: ReferenceId) -> impl Ord + use<> {
        let (alternatives, count) = self.statistics.of(id);
        let place = self.place(id);
        (alternatives, Reverse(count), place.is_none(), place, id)
    }

    fn together(&self, way: Way, delimiters: &[(ReferenceId, Arc<str>)]) -> Vec<Guard> {
        let mut guards: Vec<(ReferenceId, Guard)> = Vec::new();
        for Entry { reference, value, shows, literals, .. } in way {
            let found = guards.iter().position(|(other, _)| *other == reference);
            let Some(at) = found.or_else(|| {
                let subject = self.subject(reference)?.clone();
                guards.push((
                    reference,
                    Guard { subject, accepts: Vec::new(), shows: None, literals: Vec::new() },
                ));
                Some(guards.len() - 1)
            }) else {
                continue;
            };
            let Some((_, guard)) = guards.get_mut(at) else { continue };
            guard.shows = guard.shows.max(shows);
            guard.literals.extend(literals);
            let Known::Accepted(accepted) = value else { continue };
            let Some(elements) = elements(&accepted) else {
                guard.accepts.push(accepted);
                continue;
            };
            let here = delimiters.iter().filter(|(level, _)| *level == reference);
            guard
                .accepts
                .extend(here.filter_map(|(_, delimiters)| split(elements.clone(), Arc::clone(delimiters))));
            let is_whole = matches!(accepted, Accepted::Value(_)) && elements.iter().all(Option::is_some);
            guard.accepts.push(if is_whole { accepted } else { Accepted::Array(elements) });
        }
        guards.into_iter().map(|(_, guard)| with_one_end(guard)).collect()
    }
}

/// Whether a way has several values for a reference that OPA's index can't lead on from.
fn ends_at(way: &Way, id: ReferenceId) -> bool {
    let values = || {
        way.iter().filter(|entry| entry.reference == id).filter_map(|entry| match &entry.value {
            Known::Accepted(accepted) => Some(accepted),
            Known::Variable(_) => None,
        })
    };
    values().nth(1).is_some() && values().any(|accepted| !is_looked_up(accepted))
}

/// Whether OPA's index finds a value by looking it up, or one of its elements.
fn is_looked_up(accepted: &Accepted) -> bool {
    match accepted {
        Accepted::Value(Value::Array(_))
        | Accepted::Array(_)
        | Accepted::Affix(..)
        | Accepted::Segments(..)
        | Accepted::Any(_) => false,
        Accepted::Value(_) | Accepted::Element(_) => true,
    }
}

/// OPA looks at one end of a string only: that for which even the shortest affix says more.
fn with_one_end(mut guard: Guard) -> Guard {
    let shortest = |end: Affix| {
        let lengths = guard.accepts.iter().filter_map(|accepted| match accepted {
            Accepted::Affix(other, text) if *other == end => Some(text.len()),
            Accepted::Affix(..)
            | Accepted::Value(_)
            | Accepted::Array(_)
            | Accepted::Element(_)
            | Accepted::Segments(..)
            | Accepted::Any(_) => None,
        });
        lengths.min()
    };
    if let (Some(prefix), Some(suffix)) = (shortest(Affix::Prefix), shortest(Affix::Suffix)) {
        let other = if suffix > prefix { Affix::Prefix } else { Affix::Suffix };
        guard.accepts.retain(|accepted| !matches!(accepted, Accepted::Affix(end, _) if *end == other));
    }
    guard
}
