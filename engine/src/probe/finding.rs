//! Findings: pairs of inputs that differ in one edit and should not be decided as they are.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::decision::{Decision, Verdict};
use super::edit::{Case, Edit};
use super::place::Root;
use super::pool::pattern_of;
use super::probes::Probe;
use super::rows::Row;
use crate::source::Span;
use crate::value::Value;

/// Two cases that differ in one edit, and what is decided on them.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The case that both were made of.
    pub origin: Case,
    /// The edits that made the case before of it.
    pub context: Vec<Edit>,
    /// The case before the edit.
    pub before: Case,
    /// What is decided on it.
    pub verdict_before: Verdict,
    /// The edit.
    pub edit: Edit,
    /// Which of the probe's questions it answers, where it has several.
    pub detail: &'static str,
    /// What else is done with the case after it.
    pub twist: Twist,
    /// The case after the edit.
    pub after: Case,
    /// What is decided on it.
    pub verdict_after: Verdict,
}

/// What is done beside an edit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Twist {
    /// Nothing.
    None,
    /// The calls of this built-in function on these operands fail.
    Fault(Arc<str>, Vec<Value>),
    /// Errors of built-in functions end the evaluation; without that they are taken for undefined.
    Strict(String),
    /// The same, without an edit: what failed stands in a rule that keeps people out.
    Passed(String),
    /// The evaluation asked for something that is not in the case.
    Outside,
}

/// A pair that a probe reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The probe.
    pub probe: &'static Probe,
    /// The decision that it is about.
    pub decision: Decision,
    /// The seed that both cases were made of.
    pub seed: Arc<str>,
    /// The two cases.
    pub pair: Pair,
    /// The clauses that let somebody in after the edit.
    pub granting: Vec<Span>,
    /// The clauses and literals that spoke against it before the edit and no longer after it.
    pub silenced: Vec<Span>,
    /// The rows of the loaded data without which nobody is let in after the edit.
    pub through: BTreeSet<Row>,
    /// The value of the decision after the edit.
    pub value: Option<Value>,
}

/// What findings have in common that are one: the same probe found the same at the same place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The probe.
    pub probe: &'static str,
    /// The decision.
    pub decision: Decision,
    /// The rules' places that let in or were silenced.
    pub spans: Vec<Span>,
    /// What was edited.
    pub place: String,
    /// Which question of the probe it answers.
    pub detail: &'static str,
}

impl Finding {
    /// What it has in common with those that are the same.
    pub fn key(&self) -> Key {
        let spans = if self.granting.is_empty() { &self.silenced } else { &self.granting };
        Key {
            probe: self.probe.id,
            decision: self.decision.clone(),
            spans: spans.clone(),
            place: self.place(),
            detail: self.pair.detail,
        }
    }

    /// What was edited, with elements of arrays standing for each other.
    pub fn place(&self) -> String {
        match &self.pair.twist {
            Twist::Fault(function, _) => function.to_string(),
            Twist::Outside => self.pair.detail.to_owned(),
            Twist::None | Twist::Strict(_) | Twist::Passed(_) => place_of(&self.pair.edit, &self.pair.before),
        }
    }

    /// How far the case before is from what somebody wrote down, and how much there is to read: less is better.
    pub fn weight(&self) -> (usize, usize) {
        let text = self.pair.after.input.as_ref().map_or(0, |input| input.to_json().len());
        (self.pair.context.len(), text)
    }
}

fn place_of(edit: &Edit, case: &Case) -> String {
    let known = |place: &super::place::Place| match (place.root, &case.input) {
        (Root::Input, Some(input)) => pattern_of(Root::Input, input, &place.steps).to_string(),
        (Root::Input, None) => place.to_string(),
        (Root::Data, _) => pattern_of(Root::Data, &case.data, &place.steps).to_string(),
    };
    match edit {
        Edit::Drop(place) | Edit::Put(place, _) => known(place),
        Edit::Rename { from, .. } => {
            let input = case.input.as_ref();
            let renamed = |from: &str| {
                let places = super::place::places(input?, super::pool::MAX_DEPTH).into_iter();
                let mut places =
                    places.filter(|(_, value)| value.as_str().is_some_and(|text| text.contains(from)));
                Some(pattern_of(Root::Input, input?, &places.next()?.0).to_string())
            };
            renamed(from).unwrap_or_else(|| "input".to_owned())
        }
        Edit::Several(edits) => {
            let mut places: Vec<String> = edits.iter().map(|edit| place_of(edit, case)).collect();
            places.sort();
            places.dedup();
            places.join(", ")
        }
        Edit::Whole(_) => "input".to_owned(),
    }
}

/// Of equal findings the one that is easiest to read, with the rows of all of them, in the order of their keys.
pub fn distinct(findings: Vec<Finding>) -> Vec<Finding> {
    let mut findings = findings;
    findings.sort_by_cached_key(|finding| (finding.key(), finding.weight()));
    let mut distinct: BTreeMap<Key, Finding> = BTreeMap::new();
    for finding in findings {
        match distinct.entry(finding.key()) {
            Entry::Vacant(entry) => _ = entry.insert(finding),
            Entry::Occupied(mut entry) => entry.get_mut().through.extend(finding.through),
        }
    }
    distinct.into_values().collect()
}

/// Something about a policy that needs no input to be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The probe.
    pub probe: &'static Probe,
    /// The decision that it is about.
    pub decision: Decision,
    /// What it is about: a rule, or a path of the input or of the data.
    pub place: String,
    /// What is to say about it.
    pub message: String,
    /// Where, if it is written in a module.
    pub span: Option<Span>,
}
