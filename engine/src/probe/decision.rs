//! Decisions: which rules say who gets in, and what their values mean.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::reach::{Polarity, Reach};
use crate::frontend::Inventory;
use crate::policy::ref_text::ref_text;
use crate::policy::{ErrorCode, Evaluation, Outcome};
use crate::program::{Program, RuleId, RuleKind};
use crate::value::Value;

/// A rule that says whether something may be done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// Its path below `data`.
    pub path: Vec<Arc<str>>,
    /// What its value means.
    pub reading: Reading,
}

/// What the value of a decision means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    /// `true`, or an object that says so in its member `allow` or `allowed`, lets somebody in. Everything else keeps them out.
    Grants,
    /// An empty collection, `false` or nothing at all lets somebody in: the rule lists objections.
    Objections,
}

/// What a decision comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Somebody gets in.
    Allow,
    /// Nobody gets in: false and undefined alike.
    Deny,
    /// There is no answer.
    Error(ErrorCode),
}

/// The decisions of a policy, or what keeps them from being known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// These are the decisions.
    Decisions(Vec<Decision>),
    /// Some of these may be, if there are any: somebody has to say.
    Candidates(Vec<Decision>),
}

impl Decision {
    /// The decision at a path below `data`; what its value means is told by its name.
    pub fn at(path: Vec<Arc<str>>) -> Self {
        let objects = path.last().is_some_and(|name| OBJECTIONS.contains(&&**name));
        let reading = if objects { Reading::Objections } else { Reading::Grants };
        Self { path, reading }
    }

    /// The path as Rego refers to it: `data.authz.allow`.
    pub fn name(&self) -> String {
        ref_text(std::iter::once("data").chain(self.path.iter().map(|step| &**step)))
    }

    /// What an evaluation says.
    pub fn verdict(&self, evaluation: &Evaluation) -> Verdict {
        self.of_outcome(&evaluation.outcome)
    }

    /// What an answer says.
    pub fn of_outcome(&self, outcome: &Outcome) -> Verdict {
        match outcome {
            Outcome::Error(error) => Verdict::Error(error.code),
            Outcome::Undefined => self.of_value(None),
            Outcome::Defined(results) => {
                let expression = results.first().and_then(|result| result.expressions.first());
                self.of_value(expression.map(|expression| &expression.value))
            }
        }
    }

    /// What a value says; `None` is undefined.
    pub fn of_value(&self, value: Option<&Value>) -> Verdict {
        let allows = match self.reading {
            Reading::Grants => grants(value),
            Reading::Objections => is_empty(value),
        };
        if allows { Verdict::Allow } else { Verdict::Deny }
    }

    /// The rule that makes it.
    pub fn rule(&self, program: &Program) -> Option<RuleId> {
        let is_it = |path: &[Value]| {
            path.len() == self.path.len()
                && path.iter().zip(&self.path).all(|(step, name)| step.as_str() == Some(&**name))
        };
        let index = program.rules.iter().position(|rule| is_it(&rule.path))?;
        u32::try_from(index).ok().map(RuleId)
    }
}

fn grants(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(true)) => true,
        Some(Value::Object(object)) => {
            let mut said = SAYS_SO.into_iter().filter_map(|name| object.get_str(name));
            said.next().and_then(Value::as_bool) == Some(true)
        }
        _ => false,
    }
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Bool(false)) => true,
        Some(Value::Array(array)) => array.is_empty(),
        Some(Value::Object(object)) => object.is_empty(),
        Some(Value::Set(set)) => set.is_empty(),
        Some(Value::Null | Value::Bool(true) | Value::Number(_) | Value::String(_)) => false,
    }
}

/// Finds the decisions of a policy: what METADATA marks with `entrypoint: true`; where nothing is marked, the one rule with the
/// name of a decision that no other rule reads.
pub fn recognise(program: &Program, inventory: &Inventory) -> Recognised {
    let marked: BTreeSet<Decision> = inventory
        .annotations
        .iter()
        .filter(|annotated| annotated.annotations.entrypoint && annotated.rule.is_some())
        .filter_map(|annotated| path_of(&annotated.path))
        .map(Decision::at)
        .filter(|decision| decides(program, decision))
        .collect();
    if !marked.is_empty() {
        return Recognised::Decisions(independent(program, marked));
    }
    let named: Vec<Decision> = program
        .rules
        .iter()
        .filter_map(|rule| {
            rule.path.iter().map(|step| step.as_str().map(Arc::from)).collect::<Option<Vec<_>>>()
        })
        .filter(|path| {
            path.last().is_some_and(|name| NAMES.contains(&&**name) || OBJECTIONS.contains(&&**name))
        })
        .map(Decision::at)
        .filter(|decision| decides(program, decision))
        .collect();
    let read = super::reach::read_rules(program);
    let roots: Vec<Decision> = named
        .iter()
        .filter(|decision| decision.rule(program).is_some_and(|rule| !read.contains(&rule)))
        .cloned()
        .collect();
    match roots.as_slice() {
        [one] => Recognised::Decisions(vec![one.clone()]),
        [] => Recognised::Candidates(named),
        _ => Recognised::Candidates(roots),
    }
}

/// The decisions that are not told by another of them: one that puts the other's value into an object with reasons decides
/// nothing of its own.
fn independent(program: &Program, marked: BTreeSet<Decision>) -> Vec<Decision> {
    let rules: Vec<RuleId> = marked.iter().filter_map(|decision| decision.rule(program)).collect();
    let tells_another = |decision: &Decision| {
        let Some(own) = decision.rule(program) else { return false };
        let reach = Reach::of(program, own, Polarity::Positive);
        rules.iter().any(|rule| *rule != own && reach.rules.get(rule) == Some(&Polarity::Positive))
    };
    let alone: Vec<Decision> = marked.iter().filter(|decision| !tells_another(decision)).cloned().collect();
    if alone.is_empty() { marked.into_iter().collect() } else { alone }
}

/// Whether a decision is a rule whose value can be read as one.
fn decides(program: &Program, decision: &Decision) -> bool {
    let kind = decision.rule(program).and_then(|rule| program.rule(rule)).map(|rule| rule.kind);
    match kind {
        Some(RuleKind::Complete) => true,
        Some(RuleKind::Set | RuleKind::Object) => decision.reading == Reading::Objections,
        Some(RuleKind::Function(_)) | None => false,
    }
}

fn path_of(reference: &crate::syntax::tree::Ref) -> Option<Vec<Arc<str>>> {
    reference
        .operands
        .iter()
        .map(|operand| operand.as_string().map(|name| Arc::from(name.as_str())))
        .collect()
}

/// The members of objects that say whether something may be done, as integrations of OPA read them.
const SAYS_SO: [&str; 2] = ["allow", "allowed"];

/// What rules are called that let somebody in.
const NAMES: [&str; 8] =
    ["allow", "allowed", "authorize", "authorized", "permit", "permitted", "decision", "response"];

/// What rules are called that list what speaks against it.
const OBJECTIONS: [&str; 6] = ["deny", "denied", "denies", "violation", "violations", "block"];
