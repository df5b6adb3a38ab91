//! Explains why a rule may depend on another: which values the variables of a reference would have to have.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{DynamicRef, before, open_operands, select};
use crate::compile::builtins::{Builtins, Scalars, of_operator, scalars_of};
use crate::compile::constants::{members, same};
use crate::compile::locals::{self, shown};
use crate::compile::rule::{Rule, RuleId};
use crate::compile::state::{State, shown_ref, written};
use crate::compile::tree::is_data;
use crate::compile::walk::is_constant;
use crate::syntax::display;
use crate::syntax::tree::{Literal, Name, Ref, Term, TermKind};

/// Where variables get their values.
pub(super) type Origins = BTreeMap<Name, Origin>;

/// Where a variable gets its value.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    Input(Ref),
    Rule(Ref),
    Collection(Term),
    Builtin(String),
    HeadKey,
    HeadArg,
}

/// The first uncertain step of a path through the graph, as the end of a message; empty if all steps are certain.
pub(in crate::compile) fn describe(state: &State<'_>, path: &[RuleId]) -> String {
    for (index, (from, to)) in path.iter().zip(path.iter().skip(1)).enumerate() {
        if let Some(edge) = state.graph.dynamic_edge(*from, *to) {
            return describe_edge(state, edge, (index > 0).then_some(*from), *from, *to).unwrap_or_default();
        }
    }
    String::new()
}

fn describe_edge(
    state: &State<'_>,
    edge: &DynamicRef,
    within: Option<RuleId>,
    from: RuleId,
    to: RuleId,
) -> Option<String> {
    let target = state.full_path(state.rules.get(to.index())?);
    let mut reference = edge.reference.clone();
    reference.operands.truncate(target.operands.len());
    let rule_name = |id: RuleId| {
        let rule = state.rules.get(id.index())?;
        Some(shown_ref(&state.rewritten, &state.full_path(rule)))
    };
    let mut text = format!(" ({}", shown_ref(&state.rewritten, &reference));
    if let Some(rule) = within {
        text.push_str(" in ");
        text.push_str(&rule_name(rule)?);
    }
    let target_name = rule_name(to)?;
    let positions = select::conditions(&edge.selected, &target, &edge.bound).unwrap_or_default();
    let conditions = paired(&reference, &target, &positions);
    let clear = conditions.as_ref().filter(|conditions| {
        !conditions.is_empty()
            && conditions.len() <= MOST_CONDITIONS
            && !conditions.iter().any(|(position, value)| is_unmet(state.builtins, edge, *position, value))
    });
    match clear {
        None => {
            text.push_str(" could refer to ");
            text.push_str(&target_name);
        }
        Some(conditions) => {
            text.push_str(" refers to ");
            text.push_str(&target_name);
            for (index, (position, value)) in conditions.iter().enumerate() {
                text.push_str(if index == 0 { " if " } else { " and " });
                let term = shown_term(state, reference.operands.get(*position)?);
                let _ = write!(text, "{term} is {}", display::term(value));
                if let Some(note) = note(state, edge, &term, *position, &rule_name(from)?) {
                    let _ = write!(text, " ({note})");
                }
            }
        }
    }
    text.push(')');
    Some(text)
}

/// The operands at positions and the values they need, each operand once; none if one needs two values.
fn paired<'t>(reference: &Ref, target: &'t Ref, positions: &[usize]) -> Option<Vec<(usize, &'t Term)>> {
    let mut found: Vec<(String, usize, &Term)> = Vec::new();
    for position in positions {
        let operand = display::term(reference.operands.get(*position)?);
        let value = target.operands.get(*position)?;
        match found.iter().find(|(other, _, _)| *other == operand) {
            None => found.push((operand, *position, value)),
            Some((_, _, other)) if same(other, value) => {}
            Some(_) => return None,
        }
    }
    Some(found.into_iter().map(|(_, position, value)| (position, value)).collect())
}

fn shown_term(state: &State<'_>, term: &Term) -> String {
    match &term.kind {
        TermKind::Var(var) => shown(written(&state.rewritten, &var.name)).to_owned(),
        TermKind::Ref(reference) => shown_ref(&state.rewritten, reference),
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Array(_)
        | TermKind::Object(_)
        | TermKind::Set(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => display::term(term),
    }
}

/// Whether a variable is known not to have a value.
fn is_unmet(builtins: &dyn Builtins, edge: &DynamicRef, position: usize, value: &Term) -> bool {
    let var = edge.reference.operands.get(position).and_then(Term::as_var);
    match var.and_then(|var| edge.origins.get(&var.name)) {
        Some(Origin::Collection(collection)) => {
            !members(collection).is_some_and(|members| members.iter().any(|member| same(member, value)))
        }
        Some(Origin::Builtin(name)) => {
            let kind = match &value.kind {
                TermKind::Null => Scalars::NULL,
                TermKind::Boolean(_) => Scalars::BOOLEAN,
                TermKind::Number(_) => Scalars::NUMBER,
                TermKind::String(_) => Scalars::STRING,
                TermKind::Template(_)
                | TermKind::Var(_)
                | TermKind::Ref(_)
                | TermKind::Array(_)
                | TermKind::Object(_)
                | TermKind::Set(_)
                | TermKind::Comprehension(_)
                | TermKind::Call(_) => return false,
            };
            builtins.builtin(name).is_some() && !scalars_of(name).contains(kind)
        }
        Some(Origin::Input(_) | Origin::Rule(_) | Origin::HeadKey | Origin::HeadArg) | None => false,
    }
}

fn note(state: &State<'_>, edge: &DynamicRef, term: &str, position: usize, rule: &str) -> Option<String> {
    let operand = edge.reference.operands.get(position)?;
    if let Some(reference) = operand.as_ref_term() {
        return is_data(reference).then(|| "rule values aren't known at compile time".to_owned());
    }
    let note = match edge.origins.get(&operand.as_var()?.name)? {
        Origin::Input(from) => format!("{term} comes from {}", shown_ref(&state.rewritten, from)),
        Origin::Rule(from) => {
            format!(
                "{term} comes from rule {}, whose value isn't known at compile time",
                display::reference(from)
            )
        }
        Origin::Collection(collection) => {
            let count = members(collection).map_or(0, |members| members.len());
            if count > MOST_MEMBERS {
                format!("{term} is one of {count} values")
            } else {
                format!("{term} is one of {}", display::term(collection))
            }
        }
        Origin::Builtin(name) => format!("{term} is computed by {name}"),
        Origin::HeadKey => format!("{term} is a key of {rule}"),
        Origin::HeadArg => format!("{term} is an argument of {rule}"),
    };
    Some(note)
}

/// Finds out where the variables of a reference in the literal at `at` get their values.
pub(super) fn origins(rule: &Rule, at: usize, reference: &Ref, builtins: &dyn Builtins) -> Origins {
    let mut sources = Sources { bindings: BTreeMap::new(), outputs: BTreeMap::new(), rule };
    for literal in before(&rule.body, at) {
        sources.read(literal, builtins);
    }
    open_operands(reference)
        .filter_map(Term::as_var)
        .filter_map(|var| Some((var.name.clone(), sources.resolve(&var.name, 0)?)))
        .collect()
}

struct Sources<'r> {
    bindings: BTreeMap<&'r Name, &'r Term>,
    outputs: BTreeMap<&'r Name, String>,
    rule: &'r Rule,
}

impl<'r> Sources<'r> {
    fn read(&mut self, literal: &'r Literal, builtins: &dyn Builtins) {
        if literal.negated || !literal.with.is_empty() {
            return;
        }
        if let Some((left, right)) = locals::sides(literal) {
            for (var, other) in [(left, right), (right, left)] {
                if let Some(var) = var.as_var() {
                    self.bindings.entry(&var.name).or_insert(other);
                }
            }
            return;
        }
        let Some(call) = locals::call_of(literal) else { return };
        let arity = of_operator(builtins, &call.operator).map(|found| found.arity);
        if arity.is_some_and(|arity| call.args.len() == arity + 1)
            && let Some(var) = call.args.last().and_then(Term::as_var)
        {
            self.outputs.insert(&var.name, display::reference(&call.operator));
        }
    }

    /// Chains of variables are followed no further than a body of this size can have them.
    fn resolve(&self, name: &Name, depth: usize) -> Option<Origin> {
        if depth > self.rule.body.literals.len() {
            return None;
        }
        if let Some(builtin) = self.outputs.get(name) {
            return Some(Origin::Builtin(builtin.clone()));
        }
        if let Some(bound) = self.bindings.get(name) {
            match &bound.kind {
                TermKind::Var(var) => return self.resolve(&var.name, depth + 1),
                TermKind::Ref(reference) => {
                    if let Some(origin) = self.of_ref(reference, depth) {
                        return Some(origin);
                    }
                }
                TermKind::Null
                | TermKind::Boolean(_)
                | TermKind::Number(_)
                | TermKind::String(_)
                | TermKind::Template(_)
                | TermKind::Array(_)
                | TermKind::Object(_)
                | TermKind::Set(_)
                | TermKind::Comprehension(_)
                | TermKind::Call(_) => {}
            }
        }
        self.in_head(name)
    }

    fn of_ref(&self, reference: &Ref, depth: usize) -> Option<Origin> {
        let head = reference.head.as_var().map(|var| &*var.name);
        match head {
            Some("input") => return Some(Origin::Input(constant_prefix(reference))),
            Some("data") => return Some(Origin::Rule(constant_prefix(reference))),
            _ => {}
        }
        match reference.operands.as_slice() {
            [only] if !is_constant(only) => self.collection(&reference.head, depth).map(Origin::Collection),
            _ => None,
        }
    }

    fn collection(&self, term: &Term, depth: usize) -> Option<Term> {
        let mut term = term;
        for _ in depth..=self.bindings.len() {
            let Some(var) = term.as_var() else { break };
            term = self.bindings.get(&var.name)?;
        }
        let composite = matches!(term.kind, TermKind::Array(_) | TermKind::Set(_) | TermKind::Object(_));
        (composite && is_constant(term)).then(|| term.clone())
    }

    fn in_head(&self, name: &Name) -> Option<Origin> {
        let is = |term: &Term| term.as_var().is_some_and(|var| var.name == *name);
        let head = &self.rule.head;
        if head.args.iter().any(is) {
            Some(Origin::HeadArg)
        } else if head.reference.operands.iter().chain(&head.key).any(is) {
            Some(Origin::HeadKey)
        } else {
            None
        }
    }
}

fn constant_prefix(reference: &Ref) -> Ref {
    let operands = reference.operands.iter().take_while(|operand| is_constant(operand)).cloned().collect();
    Ref { span: reference.span, head: reference.head.clone(), operands }
}

/// More conditions than this are not spelt out.
const MOST_CONDITIONS: usize = 2;

/// Larger collections are not spelt out.
const MOST_MEMBERS: usize = 5;
