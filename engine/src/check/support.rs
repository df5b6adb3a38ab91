//! Which base documents have to be there for a rule to hold.

use std::collections::BTreeSet;

use super::body::{Ask, Reading};
use super::paths::{Path, Target, target};
use crate::compile::walk::{self, Flow, Node};
use crate::compile::{Compiled, Rule, RuleId};
use crate::syntax::tree::{Body, Literal, LiteralKind, Ref, TermKind};

/// Paths of base documents.
pub(super) type Paths = BTreeSet<Path>;

/// For each rule, the base documents without which it is undefined, or adds nothing to its set.
#[derive(Debug)]
pub(super) struct Support {
    /// By the position of the rule.
    of_rules: Vec<Paths>,
    /// The rules, each after those that it refers to.
    pub(super) order: Vec<RuleId>,
}

impl Support {
    /// Looks at all rules, those first that others refer to.
    pub(super) fn of(compiled: &Compiled) -> Self {
        let mut support =
            Self { of_rules: vec![Paths::new(); compiled.rules.len()], order: dependencies_first(compiled) };
        for id in support.order.clone() {
            let Some(rule) = compiled.rule(id) else { continue };
            let found = support.of_rule(compiled, rule);
            if let Some(slot) = support.of_rules.get_mut(id.index()) {
                *slot = found;
            }
        }
        support
    }

    /// What a rule needs.
    pub(super) fn needs(&self, rule: RuleId) -> &Paths {
        static NOTHING: Paths = Paths::new();
        self.of_rules.get(rule.index()).unwrap_or(&NOTHING)
    }

    fn of_rule(&self, compiled: &Compiled, rule: &Rule) -> Paths {
        if rule.default {
            return Paths::new();
        }
        let mut found = self.of_body(compiled, &rule.body, &Reading::of_rule(rule));
        for term in rule.head.key.iter().chain(&rule.head.value) {
            walk::term(term, &mut |node| self.note(compiled, node, false, &mut found));
        }
        found
    }

    /// What a body needs.
    pub(super) fn of_body(&self, compiled: &Compiled, body: &Body, reading: &Reading<'_>) -> Paths {
        let mut found = Paths::new();
        for literal in &body.literals {
            self.add_literal(compiled, literal, &mut found);
        }
        // What is in a set that rules build came from one of them.
        for condition in reading.conditions.iter().filter(|condition| !condition.negated) {
            let Ask::Apply(apply) = condition.ask else { continue };
            let set = match apply.args {
                [_, set] if apply.calls("internal.member_2") => set,
                [count, _] if apply.calls("gt") || apply.calls("neq") => match reading.output(count) {
                    Some(counted) if counted.calls("count") => match counted.args {
                        [set] => set,
                        _ => continue,
                    },
                    _ => continue,
                },
                _ => continue,
            };
            if let Some(reference) = reading.reference(set)
                && let Target::Rules { rules, .. } = target(&compiled.tree, &reference)
            {
                add(&mut found, self.of_all(compiled, rules, Need::Element));
            }
        }
        found
    }

    fn add_literal(&self, compiled: &Compiled, literal: &Literal, found: &mut Paths) {
        if literal.negated || !literal.with.is_empty() {
            return;
        }
        match &literal.kind {
            LiteralKind::Every(every) => {
                walk::term(&every.domain, &mut |node| self.note(compiled, node, false, found));
            }
            LiteralKind::And(both) => {
                for inner in both.left.body.literals.iter().chain(&both.right.body.literals) {
                    self.add_literal(compiled, inner, found);
                }
            }
            LiteralKind::Term(term) if term.as_ref_term().is_some() => {
                walk::term(term, &mut |node| self.note(compiled, node, true, found));
            }
            LiteralKind::Term(_) => {
                walk::literal(literal, &mut |node| self.note(compiled, node, false, found));
            }
            LiteralKind::Declare(_) | LiteralKind::SomeIn(_) | LiteralKind::Not(_) | LiteralKind::Or(_) => {}
        }
    }

    fn note(&self, compiled: &Compiled, node: Node<'_>, truth: bool, found: &mut Paths) -> Flow {
        match node {
            Node::Term(term) if matches!(term.kind, TermKind::Comprehension(_) | TermKind::Template(_)) => {
                return Flow::Skip;
            }
            Node::Ref(reference) => self.add_reference(compiled, reference, truth, found),
            Node::Body | Node::Literal(_) | Node::With(_) | Node::Term(_) | Node::Var(_) => {}
        }
        Flow::Descend
    }

    fn add_reference(&self, compiled: &Compiled, reference: &Ref, truth: bool, found: &mut Paths) {
        match target(&compiled.tree, reference) {
            Target::Base { path, .. } => add(found, std::iter::once(path).collect()),
            Target::Rules { rules, inside } => {
                let need = match (inside, truth) {
                    (true, _) => Need::Element,
                    (false, true) => Need::Truth,
                    (false, false) => Need::Value,
                };
                add(found, self.of_all(compiled, rules, need));
            }
            Target::Other => {}
        }
    }

    /// What every rule of a document needs that could make it what is asked for.
    fn of_all(&self, compiled: &Compiled, rules: &[RuleId], need: Need) -> Paths {
        let mut common: Option<Paths> = None;
        for id in with_branches(compiled, rules) {
            let Some(rule) = compiled.rule(id) else { continue };
            let is_false =
                rule.head.value.as_ref().is_some_and(|value| matches!(value.kind, TermKind::Boolean(false)));
            match need {
                Need::Truth if is_false => continue,
                // A set is there even if it is empty.
                Need::Value | Need::Truth if rule.head.is_multi_value() => return Paths::new(),
                Need::Truth | Need::Value | Need::Element => {}
            }
            let own = self.needs(id);
            common = Some(match common {
                None => own.clone(),
                Some(known) => shared(&known, own),
            });
        }
        common.unwrap_or_default()
    }

    /// What any rule of a document needs: without it, that rule gives nothing.
    pub(super) fn of_any(&self, compiled: &Compiled, rules: &[RuleId]) -> Vec<&Paths> {
        with_branches(compiled, rules)
            .into_iter()
            .filter(|id| compiled.rule(*id).is_some_and(|rule| !rule.default))
            .map(|id| self.needs(id))
            .collect()
    }
}

/// What is asked of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// That it is there and not false.
    Truth,
    /// That it is there.
    Value,
    /// That something is in it.
    Element,
}

/// What has to be there in both cases.
pub(super) fn shared(left: &Paths, right: &Paths) -> Paths {
    let mut found = Paths::new();
    for path in left {
        add(&mut found, right.iter().filter_map(|other| path.shared(other)).collect());
    }
    found
}

/// Takes in more paths, as long as there are few: a rule that needs more is judged by these.
pub(super) fn add(found: &mut Paths, more: Paths) {
    for path in more {
        if found.len() >= MOST_PATHS {
            return;
        }
        found.insert(path);
    }
}

/// The rules, and those that are an `else` of one of them.
pub(super) fn with_branches(compiled: &Compiled, rules: &[RuleId]) -> Vec<RuleId> {
    let mut all = Vec::with_capacity(rules.len());
    for first in rules {
        let mut next = Some(*first);
        while let Some(id) = next {
            all.push(id);
            next = compiled.rule(id).and_then(|rule| rule.otherwise);
        }
    }
    all
}

/// All rules, each after those that it refers to. There are no circles: the compiler refuses them.
fn dependencies_first(compiled: &Compiled) -> Vec<RuleId> {
    let mut order = Vec::with_capacity(compiled.rules.len());
    let mut entered = vec![false; compiled.rules.len()];
    for module in &compiled.modules {
        for first in with_branches(compiled, &module.rules) {
            let mut open = vec![(first, 0)];
            while let Some((id, at)) = open.pop() {
                if at == 0 {
                    match entered.get_mut(id.index()) {
                        Some(entered) if !*entered => *entered = true,
                        Some(_) | None => continue,
                    }
                }
                match compiled.graph.dependencies(id).get(at) {
                    Some(next) => {
                        open.push((id, at + 1));
                        open.push((*next, 0));
                    }
                    None => order.push(id),
                }
            }
        }
    }
    order
}

const MOST_PATHS: usize = 64;
