//! What rules of the linter look at: a policy, and what is known of all its rules together.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{Ask, Condition, Reading};
use super::paths::{Path, Target, target};
use super::support::{Paths, Support, add, shared, with_branches};
use crate::compile::{Compiled, Rule, RuleId, locals};
use crate::syntax::tree::{Body, Module, Name, Ref, Term, TermKind};
use crate::value::Value;

/// A policy that compiles.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// The modules as they are written.
    pub(super) modules: &'a [Module],
    /// The rules as the compiler rewrote them.
    pub(super) compiled: &'a Compiled,
    data: &'a Value,
    decisions: &'a BTreeSet<String>,
    support: Support,
    granting: BTreeMap<RuleId, Context>,
}

/// What is known of a rule from those that lead to it.
#[derive(Debug, Clone, Default)]
struct Context {
    /// The base documents that are there whenever a decision rests on the rule.
    given: Paths,
    /// Whether a decision rests on this rule and on nothing else.
    alone: bool,
}

impl<'a> Subject<'a> {
    /// Finds out which rules grant what a decision asks for.
    pub(super) fn new(
        modules: &'a [Module],
        compiled: &'a Compiled,
        data: &'a Value,
        decisions: &'a BTreeSet<String>,
    ) -> Self {
        let support = Support::of(compiled);
        let mut subject = Self { modules, compiled, data, decisions, support, granting: BTreeMap::new() };
        subject.granting = subject.contexts();
        subject
    }

    /// All rules but tests, an `else` after what it belongs to.
    pub(super) fn rules(&self) -> impl Iterator<Item = (RuleId, &'a Rule)> {
        let compiled = self.compiled;
        let all = compiled.modules.iter().flat_map(move |module| with_branches(compiled, &module.rules));
        all.filter_map(|id| Some((id, compiled.rule(id)?))).filter(|(_, rule)| !self.is_test(rule))
    }

    /// The rules that a decision to allow rests on, not counting those that it takes the opposite of.
    pub(super) fn granting(&self) -> impl Iterator<Item = (RuleId, &'a Rule)> {
        self.rules().filter(|(id, _)| self.granting.contains_key(id))
    }

    /// The last name of a rule's path.
    pub(super) fn name(rule: &'a Rule) -> Option<&'a Name> {
        let reference = &rule.head.reference;
        reference
            .operands
            .last()
            .map_or_else(|| reference.head.as_var().map(|var| &var.name), Term::as_string)
    }

    /// Whether a rule is one that other systems ask whether something may be done.
    pub(super) fn is_decision(&self, rule: &'a Rule) -> bool {
        Self::name(rule).is_some_and(|name| self.is_decision_name(name))
    }

    /// Whether decisions have this name.
    pub(super) fn is_decision_name(&self, name: &str) -> bool {
        self.decisions.contains(name)
    }

    /// Whether a rule makes a decision `false`, or an object that says so: `{"allowed": false}`.
    fn refuses(&self, rule: &Rule) -> bool {
        let is_false = |term: &Term| matches!(term.kind, TermKind::Boolean(false));
        let says_so = |(key, value): &(Term, Term)| {
            is_false(value) && key.as_string().is_some_and(|key| self.is_decision_name(key))
        };
        rule.head.value.as_ref().is_some_and(|value| {
            is_false(value) || matches!(&value.kind, TermKind::Object(pairs) if pairs.iter().any(says_so))
        })
    }

    /// Whether a rule is a test, or lies among tests.
    pub(super) fn is_test(&self, rule: &Rule) -> bool {
        let module = self.compiled.modules.get(rule.module.index());
        let package = module.and_then(|module| module.path().last());
        let name = rule.head.reference.head.as_var().map(|var| var.name.as_str()).unwrap_or_default();
        package.is_some_and(|package| package.ends_with("_test"))
            || name.starts_with("test_")
            || name.starts_with("todo_test_")
    }

    /// Where a reference leads.
    pub(super) fn target(&self, reference: &Ref) -> Target<'a> {
        target(&self.compiled.tree, reference)
    }

    /// A variable as it was written.
    pub(super) fn written(&self, name: &'a Name) -> &'a str {
        locals::shown(self.compiled.written.get(name).unwrap_or(name))
    }

    /// Whether nothing else than this rule keeps a decision from being made.
    pub(super) fn stands_alone(&self, rule: RuleId) -> bool {
        self.granting.get(&rule).is_some_and(|context| context.alone)
    }

    /// Whether a document is there whenever a decision rests on a rule, or was loaded with the policy.
    pub(super) fn is_there(&self, path: &Path, rule: RuleId) -> bool {
        let given = self.granting.get(&rule).map(|context| &context.given);
        let needed = given.into_iter().chain(std::iter::once(self.support.needs(rule))).flatten();
        let steps: Vec<&str> = path.steps().iter().map(Name::as_str).collect();
        needed.into_iter().any(|other| path.is_prefix_of(other))
            || !path.is_input() && self.data.lookup(&steps).is_some()
    }

    /// A document that rules read and that may be missing where a granting rule relies on what they say.
    ///
    /// Of documents in `data`, any will do. What the input may lack is so common that it counts only if
    /// the granting rule reads no input itself.
    pub(super) fn missing_from(&self, rules: &[RuleId], granting: RuleId) -> Option<Path> {
        let needs = self.support.of_any(self.compiled, rules);
        self.missing(&needs, &self.complaints(rules), granting)
    }

    /// The documents whose absence makes one of the rules apply: `deny contains "no list" if not data.banned`.
    fn complaints(&self, rules: &[RuleId]) -> Paths {
        let mut found = Paths::new();
        for rule in with_branches(self.compiled, rules).iter().filter_map(|id| self.compiled.rule(*id)) {
            let reading = Reading::of_rule(rule);
            for condition in reading.conditions.iter().filter(|condition| condition.negated) {
                if let Ask::Truth(term) = condition.ask
                    && let Some(reference) = reading.reference(term)
                    && let Target::Base { path, .. } = self.target(&reference)
                {
                    add(&mut found, std::iter::once(path).collect());
                }
            }
        }
        found
    }

    /// As [`Subject::missing_from`], of the body of a comprehension.
    pub(super) fn missing_from_body(
        &self,
        body: &'a Body,
        reading: &Reading<'a>,
        granting: RuleId,
    ) -> Option<Path> {
        let needs = self.support.of_body(self.compiled, body, &reading.inside(body));
        self.missing(&[&needs], &Paths::new(), granting)
    }

    fn missing(&self, needs: &[&Paths], complaints: &Paths, granting: RuleId) -> Option<Path> {
        let noticed = |path: &&Path| {
            complaints.iter().any(|other| path.is_prefix_of(other) || other.is_prefix_of(path))
        };
        let all = || {
            let paths = needs.iter().flat_map(|paths| paths.iter());
            paths.filter(|path| !path.steps().is_empty() && !noticed(path))
        };
        let data = all().find(|path| !path.is_input() && !self.is_there(path, granting));
        if let Some(path) = data {
            return Some(path.clone());
        }
        let given = self.granting.get(&granting).map(|context| &context.given);
        let mut known = given.into_iter().chain(std::iter::once(self.support.needs(granting))).flatten();
        if known.any(Path::is_input) || complaints.iter().any(Path::is_input) {
            return None;
        }
        all().find(|path| path.is_input()).cloned()
    }

    /// The granting rules, from the decisions on, callers before what they call.
    fn contexts(&self) -> BTreeMap<RuleId, Context> {
        let mut contexts: BTreeMap<RuleId, Context> = BTreeMap::new();
        for id in self.support.order.iter().rev() {
            let grants = |rule: &&Rule| !rule.default && !self.is_test(rule) && !self.refuses(rule);
            let Some(rule) = self.compiled.rule(*id).filter(grants) else { continue };
            if self.is_decision(rule) {
                contexts.insert(*id, Context { given: Paths::new(), alone: true });
            }
            let Some(context) = contexts.get(id).cloned() else { continue };
            let mut given = context.given;
            add(&mut given, self.support.needs(*id).clone());
            let reading = Reading::of_rule(rule);
            let guards = reading.conditions.iter().filter(|condition| is_guard(condition)).count();
            for (condition, rules) in self.rests_on(&reading) {
                let others = guards - usize::from(is_guard(&condition));
                let alone = context.alone && others == 0;
                for called in with_branches(self.compiled, rules) {
                    if self.compiled.rule(called).is_none_or(|rule| self.is_decision(rule)) {
                        continue;
                    }
                    contexts
                        .entry(called)
                        .and_modify(|known| {
                            known.given = shared(&known.given, &given);
                            known.alone |= alone;
                        })
                        .or_insert_with(|| Context { given: given.clone(), alone });
                }
            }
        }
        contexts
    }

    /// The rules that have to hold for a body to hold, each with the condition that says so.
    fn rests_on(&self, reading: &Reading<'a>) -> Vec<(Condition<'a>, &'a [RuleId])> {
        let mut found = Vec::new();
        for condition in reading.conditions.iter().filter(|condition| !condition.negated) {
            let reference = match condition.ask {
                Ask::Truth(term) => reading.reference(term),
                Ask::Apply(apply) if apply.calls("internal.member_2") => {
                    apply.args.get(1).and_then(|set| reading.reference(set))
                }
                Ask::Apply(apply) => Some(apply.operator.clone()),
                Ask::Every(_) | Ask::Other => None,
            };
            if let Some(reference) = reference
                && let Target::Rules { rules, .. } = self.target(&reference)
            {
                found.push((*condition, rules));
            }
        }
        found
    }
}

/// Whether a condition can keep a decision from being made though nothing is missing. Tests of types hardly do.
pub(super) fn is_guard(condition: &Condition<'_>) -> bool {
    match condition.ask {
        Ask::Apply(apply) => {
            let tests_type = ["is_array", "is_object", "is_set", "is_string", "is_boolean", "is_number"];
            condition.negated || !tests_type.iter().any(|name| apply.calls(name))
        }
        Ask::Truth(_) | Ask::Every(_) | Ask::Other => true,
    }
}
