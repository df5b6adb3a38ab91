//! R6: what was meant to guard and is not read.

use std::collections::BTreeSet;

use super::{Ask, Probe, Severity};
use crate::policy::ref_text::ref_text;
use crate::probe::corpus::Entry;
use crate::probe::finding::Fact;
use crate::probe::model::{Model, Pattern, Reading, Segment};
use crate::probe::place::{self, Place, Root};
use crate::probe::pool::{MAX_DEPTH, Pools, pattern_of};
use crate::probe::reach::{Reach, clauses, withs};
use crate::probe::rows::Row;
use crate::probe::subject::Subject;
use crate::program::{RuleId, WithTarget};
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "R6",
    name: "unread guard",
    severity: Severity::Review,
    summary: "A rule that denies, a field of the input or a part of the data is there, and the decision does not read it, or it keeps nobody out.",
    why: "Somebody wrote it because it should matter. A denial that no rule reads denies nothing; a field that tests send and the policy \
          does not look at is often a misspelt one.",
    instead: "Read it in the rule that allows, or remove it.",
    run,
};

/// It needs no inputs: [`facts`] does the work.
fn run(_: &mut Ask<'_, '_>, _: &Entry) {}

/// What is not read of rules, of the inputs of seeds and of the data.
pub(in crate::probe) fn facts(subject: &Subject, reach: &Reach, pools: &Pools, idle: &[Row]) -> Vec<Fact> {
    let fact = |place: String, message: String, span| Fact {
        probe: &PROBE,
        decision: subject.decision.clone(),
        place,
        message,
        span,
    };
    let mut facts = Vec::new();
    for (rule, name) in unread_rules(subject, reach) {
        let span = clauses(subject.policy.program(), rule).first().copied();
        let span = span.and_then(|clause| subject.policy.program().clause(clause)).map(|clause| clause.head);
        facts.push(fact(
            name.clone(),
            format!("{name} is a guard by its name, and the decision does not read it"),
            span,
        ));
    }
    for (target, span) in withs(subject.policy.program(), reach) {
        let place = match target {
            WithTarget::Input(path) => Place::input(path.clone()).to_string(),
            WithTarget::Data(path) => Place::data(path.clone()).to_string(),
            WithTarget::Function(_) => continue,
        };
        facts.push(fact(
            place.clone(),
            format!("a rule of the policy puts another value in the place of {place}"),
            Some(span),
        ));
    }
    for pattern in unread(pools.places(), pools.model.inputs.keys()) {
        facts.push(fact(
            pattern.to_string(),
            format!("tests send {pattern}, and the decision does not read it"),
            None,
        ));
    }
    for pattern in unopened(&pools.model) {
        facts.push(fact(
            pattern.to_string(),
            format!("{pattern} has to be an array, and nothing looks at what is in it"),
            None,
        ));
    }
    let data = subject.policy.data();
    let there: BTreeSet<Pattern> = place::places(data, MAX_DEPTH)
        .into_iter()
        .take(MAX_PLACES)
        .map(|(steps, _)| pattern_of(Root::Data, data, &steps))
        .collect();
    let read: Vec<&Pattern> = pools.model.data.iter().collect();
    let tables: BTreeSet<&Value> = read.iter().filter_map(|pattern| first_key(pattern)).collect();
    let near = there.iter().filter(|pattern| first_key(pattern).is_some_and(|key| tables.contains(key)));
    for pattern in unread(near, read.iter().copied()) {
        facts.push(fact(
            pattern.to_string(),
            format!("{pattern} is loaded, and the decision does not read it"),
            None,
        ));
    }
    for row in idle {
        let message =
            format!("{} keeps people out, and without {} nobody more is let in", row.table, row.place);
        facts.push(fact(format!("{} {}", row.table, row.name.to_json()), message, None));
    }
    facts
}

/// The patterns that are there and that nothing reads, neither as they are nor something in them; the outermost of them.
fn unread<'p>(
    there: impl Iterator<Item = &'p Pattern>,
    read: impl Iterator<Item = &'p Pattern>,
) -> Vec<&'p Pattern> {
    let read: Vec<&Pattern> = read.collect();
    let is_read = |pattern: &&Pattern| {
        read.iter().any(|known| {
            let is_within = known.steps.len() >= pattern.steps.len();
            let starts = pattern.steps.iter().zip(&known.steps).all(|(one, other)| agree(one, other));
            // What is read as a whole and never looked into may be read with everything in it.
            let is_whole = known.steps.len() < pattern.steps.len()
                && starts
                && !read
                    .iter()
                    .any(|deeper| deeper.steps.len() > known.steps.len() && extends(deeper, known));
            (is_within && starts) || is_whole
        })
    };
    let mut found: Vec<&Pattern> = Vec::new();
    for pattern in there.filter(|pattern| !is_read(pattern)) {
        if !found.iter().any(|outer| extends(pattern, outer)) {
            found.push(pattern);
        }
    }
    found
}

/// The lists of the input of which only the type is looked at.
fn unopened(model: &Model) -> impl Iterator<Item = &Pattern> {
    let is_list = |reading: &Reading| {
        reading.types.iter().eq(["array"].iter())
            && reading.constants.is_empty()
            && reading.joins.is_empty()
            && reading.bounds.is_empty()
    };
    let lists = model.inputs.iter().filter(move |(_, reading)| is_list(reading)).map(|(pattern, _)| pattern);
    lists.filter(|list| !model.inputs.keys().any(|deeper| extends(deeper, list)))
}

fn extends(deeper: &Pattern, outer: &Pattern) -> bool {
    deeper.steps.len() > outer.steps.len()
        && outer.steps.iter().zip(&deeper.steps).all(|(one, other)| agree(one, other))
}

fn agree(one: &Segment, other: &Segment) -> bool {
    one == other || *one == Segment::Each || *other == Segment::Each || *other == Segment::Keys
}

fn first_key(pattern: &Pattern) -> Option<&Value> {
    match pattern.steps.first()? {
        Segment::Key(key) => Some(key),
        Segment::Each | Segment::Keys => None,
    }
}

/// The rules of the decision's package that are guards by their names and that it does not read.
fn unread_rules(subject: &Subject, reach: &Reach) -> Vec<(RuleId, String)> {
    let program = subject.policy.program();
    let Some((_, package)) = subject.decision.path.split_last() else { return Vec::new() };
    let mut found = Vec::new();
    for (id, rule) in (0..).map(RuleId).zip(&program.rules) {
        let names: Option<Vec<&str>> = rule.path.iter().map(Value::as_str).collect();
        let Some(names) = names else { continue };
        let Some((name, above)) = names.split_last() else { continue };
        let is_beside =
            above.iter().zip(package).all(|(one, other)| *one == &**other) && above.len() == package.len();
        let is_guard = GUARDS.contains(name)
            || name.ends_with("_ok")
            || name.starts_with("valid_")
            || name.starts_with("require");
        if is_beside && is_guard && !reach.rules.contains_key(&id) {
            found.push((id, ref_text(std::iter::once("data").chain(names.iter().copied()))));
        }
    }
    found
}

/// What guards are called.
const GUARDS: [&str; 7] = ["deny", "denied", "block", "blocked", "violation", "violations", "forbidden"];

/// How many places of the data are looked at.
const MAX_PLACES: usize = 2_000;
