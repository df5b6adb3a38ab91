//! Makes of what was found what is told: as few edits as show it, and for which inputs the same holds.

use std::collections::BTreeSet;

use super::asker::{Asked, Asker, Goal, Pair, Twins};
use super::between::{between, leaves};
use super::class::Class;
use super::cube::{self, Cube};
use super::{Difference, id, normal};
use crate::probe::edit::{Case, Edit};
use crate::probe::place;
use crate::probe::subject::Subject;
use crate::program::ClauseId;
use crate::source::Span;
use crate::value::Value;

/// What is told of differences of the same kind.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) differences: Vec<Difference>,
    /// How many more were found that none of these stands for.
    pub(super) left_out: usize,
}

/// A difference that shows again when both versions are asked afresh.
#[derive(Debug)]
struct Shown {
    twins: Twins,
    asked: Asked,
    cube: Cube,
}

/// Differences of the same kind, those that are easiest to read first; what one stands for is not told again.
pub(super) fn told(goal: &Goal<'_>, mut alike: Vec<Twins>) -> Told {
    let own = |twins: &Twins| twins.pair.new.data == *goal.versions.new.policy.data();
    alike.sort_by_key(|twins| (!own(twins), twins.weight()));
    let mut shrinking = Shrinking { asker: Asker::new(goal), shown: Vec::new() };
    let mut left_out = 0;
    for twins in alike {
        if shrinking.is_told(twins.pair.new.input.as_ref()) {
            continue;
        }
        if shrinking.shown.len() >= MAX_TOLD {
            left_out += 1;
            continue;
        }
        let shown = shrinking.shown(goal, twins);
        shrinking.shown.extend(shown);
    }
    let merged = merged(shrinking.shown);
    Told { differences: merged.into_iter().map(|shown| difference(goal, shown)).collect(), left_out }
}

fn difference(goal: &Goal<'_>, shown: Shown) -> Difference {
    let Shown { twins, asked, cube } = shown;
    let (old, new) = (goal.versions.old, goal.versions.new);
    let key = twins.key;
    let decides = match key.class {
        Class::NewlyAllowed | Class::DenyToError | Class::ReasonOnly => new,
        Class::NewlyDenied | Class::AllowToError => old,
    };
    let deciding = spans(decides, &key.deciding);
    let texts: Vec<String> =
        deciding.iter().map(|span| normal::text(*span, decides.policy.sources())).collect();
    Difference {
        id: id(key.class, &new.decision, &texts, &cube),
        class: key.class,
        decision: new.decision.clone(),
        seed: twins.seed,
        edits: twins.edits,
        old_case: twins.pair.old,
        new_case: twins.pair.new,
        old: asked.old,
        new: asked.new,
        deciding,
        added: spans(new, &key.added),
        removed: spans(old, &key.removed),
        cube,
    }
}

/// Those that differ in the value at one place become one.
fn merged(shown: Vec<Shown>) -> Vec<Shown> {
    let mut merged: Vec<Shown> = Vec::new();
    for one in shown {
        let joined = merged.iter_mut().find_map(|known| {
            let cube = known.cube.with(&one.cube)?;
            Some((known, cube))
        });
        match joined {
            Some((known, cube)) => known.cube = cube,
            None => merged.push(one),
        }
    }
    merged
}

fn spans(subject: &Subject, clauses: &[ClauseId]) -> Vec<Span> {
    let program = subject.policy.program();
    let spans: BTreeSet<Span> =
        clauses.iter().filter_map(|id| program.clause(*id)).map(|clause| clause.span).collect();
    spans.into_iter().collect()
}

/// What makes differences small; none becomes one that was told before.
#[derive(Debug)]
struct Shrinking<'g> {
    asker: Asker<'g>,
    shown: Vec<Shown>,
}

impl<'g> Shrinking<'g> {
    fn is_told(&self, input: Option<&Value>) -> bool {
        self.shown.iter().any(|one| one.cube.has(input))
    }

    fn shows(&mut self, twins: &Twins, pair: &Pair) -> bool {
        !self.is_told(pair.new.input.as_ref()) && self.asker.ask(pair).key.is_some_and(|key| key == twins.key)
    }

    /// The difference made small; nothing if it doesn't show again when both versions are asked afresh.
    fn shown(&mut self, goal: &Goal<'g>, mut twins: Twins) -> Option<Shown> {
        self.over_own_documents(goal, &mut twins);
        self.fewer_edits(&mut twins);
        self.restored(&mut twins);
        let asked = Asker::new(goal).ask(&twins.pair);
        asked.key.as_ref().filter(|key| **key == twins.key)?;
        let cube = cube::around(goal, twins.key.class, &twins.pair, &mut self.asker);
        Some(Shown { twins, asked, cube })
    }

    /// Documents that a test put in the place of the loaded ones go, if the difference shows without them.
    fn over_own_documents(&mut self, goal: &Goal<'_>, twins: &mut Twins) {
        let input = twins.origin.new.input.clone();
        let case = |subject: &Subject| Case { input: input.clone(), data: subject.policy.data().clone() };
        let origin = Pair { old: case(goal.versions.old), new: case(goal.versions.new) };
        if origin == twins.origin {
            return;
        }
        let pair = twins.edits.iter().try_fold(origin.clone(), |pair, edit| pair.with(edit));
        if let Some(pair) = pair.filter(|pair| self.shows(twins, pair)) {
            twins.origin = origin;
            twins.pair = pair;
        }
    }

    fn fewer_edits(&mut self, twins: &mut Twins) {
        let mut at = 0;
        while at < twins.edits.len() {
            let mut edits = twins.edits.clone();
            edits.remove(at);
            let pair = edits.iter().try_fold(twins.origin.clone(), |pair, edit| pair.with(edit));
            match pair.filter(|pair| self.shows(twins, pair)) {
                Some(pair) => {
                    twins.edits = edits;
                    twins.pair = pair;
                }
                None => at += 1,
            }
        }
    }

    /// Moves values of the input back to those of the case that it was made of.
    fn restored(&mut self, twins: &mut Twins) {
        let (Some(origin), Some(mut input)) = (twins.origin.new.input.clone(), twins.pair.new.input.clone())
        else {
            return;
        };
        let mut is_changed = false;
        for (steps, value) in leaves(&origin) {
            if place::at(&input, &steps) == Some(&value) {
                continue;
            }
            let Some(back) = place::put(Some(&input), &steps, value) else { continue };
            let pair = twins.pair.with_input(Some(back.clone()));
            if self.shows(twins, &pair) {
                input = back;
                twins.pair = pair;
                is_changed = true;
            }
        }
        if is_changed {
            let of_data = twins.edits.iter().filter(|edit| edit.root() == Some(place::Root::Data)).cloned();
            let edits: Vec<Edit> = of_data.chain(between(Some(&origin), Some(&input))).collect();
            twins.edits = edits;
        }
    }
}

/// How many differences of a kind are told.
const MAX_TOLD: usize = 12;
