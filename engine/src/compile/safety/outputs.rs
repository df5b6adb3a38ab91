//! Which variables have a value after a literal, given those that have one before.

use super::unify;
use crate::compile::functions::Functions;
use crate::compile::locals::{self, calls};
use crate::compile::vars::{self, Collector, Skip, VarSet};
use crate::compile::walk::{self, Flow, Node};
use crate::syntax::tree::{Body, Call, Literal, LiteralKind, Name, Term, TermKind};
use std::collections::BTreeMap;

/// The variables that a body gives values to, read from its start to its end.
pub(in crate::compile) fn of_body<'b>(
    literals: impl IntoIterator<Item = &'b Literal>,
    functions: Functions<'_>,
    safe: &VarSet,
) -> VarSet {
    let mut known = safe.clone();
    let mut leftover = Leftover::default();
    for literal in literals {
        let more = of_literal(literal, functions, &known, &mut leftover);
        known.extend(more);
    }
    known.retain(|name| !safe.contains(name));
    known
}

/// What the calls that were looked at before an `every` give values to, as OPA takes that for what the `every` gives values
/// to: it collects both in one set, which only an equality empties.
#[derive(Debug, Default)]
pub(super) struct Leftover {
    vars: VarSet,
    /// Whether there is an `every` to read it.
    pub(super) is_read: bool,
}

impl Leftover {
    /// For literals among which there is an `every`.
    pub(super) fn kept() -> Self {
        Self { is_read: true, ..Self::default() }
    }

    fn replace(&mut self, vars: &VarSet) {
        if self.is_read {
            self.vars.clone_from(vars);
        }
    }
}

/// The variables that a literal gives values to.
pub(super) fn of_literal(
    literal: &Literal,
    functions: Functions<'_>,
    safe: &VarSet,
    leftover: &mut Leftover,
) -> VarSet {
    if literal.negated {
        return VarSet::new();
    }
    for with in &literal.with {
        let mut needed = VarSet::new();
        Collector::new(Skip::SAFETY, &mut needed).with(with);
        if !needed.is_subset(safe) {
            return VarSet::new();
        }
    }
    let mut output = VarSet::new();
    match &literal.kind {
        LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => {
            if calls(call, "eq") {
                leftover.replace(&VarSet::new());
                return unified_by(literal, safe);
            }
            if let Some(arity) = functions.arity(&call.operator) {
                return of_call(literal, call, arity, safe, leftover);
            }
        }
        LiteralKind::Term(_) => walk::literal(literal, &mut |node| enumerated(node, safe, &mut output)),
        LiteralKind::Every(every) => {
            output.add_all(&leftover.vars);
            walk::term(&every.domain, &mut |node| enumerated(node, safe, &mut output));
            leftover.replace(&output);
        }
        LiteralKind::Declare(_)
        | LiteralKind::SomeIn(_)
        | LiteralKind::Not(_)
        | LiteralKind::And(_)
        | LiteralKind::Or(_) => {}
    }
    output
}

/// The variables that an equality gives values to; those of `safe` are left out.
pub(in crate::compile) fn unified_by(literal: &Literal, safe: &VarSet) -> VarSet {
    let Some((left, right)) = locals::sides(literal) else { return VarSet::new() };
    let mut known = VarSet::new();
    walk::literal(literal, &mut |node| enumerated(node, safe, &mut known));
    // The left side of `:=` is only written to: it must not give a value to the right side.
    let is_assignment = locals::call_of(literal).is_some_and(locals::is_from_assignment);
    let assigned = if is_assignment { vars::of_term(left, Skip::NOTHING) } else { VarSet::new() };
    known.retain(|name| !assigned.contains(name));
    let has_value = |name: &Name| (safe.contains(name) || known.contains(name)) && !assigned.contains(name);
    let unified = unify::unify(&has_value, left, right);
    known.extend(unified);
    known.retain(|name| !safe.contains(name));
    known
}

fn of_call(literal: &Literal, call: &Call, arity: usize, safe: &VarSet, leftover: &mut Leftover) -> VarSet {
    let mut output = VarSet::new();
    walk::literal(literal, &mut |node| enumerated(node, safe, &mut output));
    leftover.replace(&output);
    if call.args.len() <= arity {
        return output;
    }
    let skip = Skip::PATTERN | Skip::SETS;
    let mut needed = VarSet::new();
    let mut collector = Collector::new(skip, &mut needed);
    collector.reference(&call.operator);
    for arg in call.args.iter().take(arity) {
        collector.term(arg);
    }
    if !needed.iter().all(|name| output.contains(name) || safe.contains(name)) {
        return VarSet::new();
    }
    let mut collector = Collector::new(skip, &mut output);
    for arg in call.args.iter().skip(arity) {
        collector.term(arg);
    }
    leftover.replace(&output);
    output
}

/// References enumerate what their operands range over.
fn enumerated(node: Node<'_>, safe: &VarSet, output: &mut VarSet) -> Flow {
    match node {
        Node::Term(Term { kind: TermKind::Comprehension(_) | TermKind::Template(_), .. }) => Flow::Skip,
        Node::Ref(reference) => {
            if !unify::is_ref_safe(reference, &|name| safe.contains(name)) {
                return Flow::Skip;
            }
            if !reference.is_ground() {
                let mut collector = Collector::new(Skip::REF_HEADS, output);
                collector.operands(reference);
            }
            Flow::Descend
        }
        Node::Term(_) | Node::Body | Node::Literal(_) | Node::With(_) | Node::Var(_) => Flow::Descend,
    }
}

/// The variables that the body of a `not`, `and` or `or` without braces needs from around it.
pub(in crate::compile) fn unbound_in_operand(body: &Body, functions: Functions<'_>) -> VarSet {
    let mut occurrences: BTreeMap<Name, usize> = BTreeMap::new();
    for literal in &body.literals {
        let mut found = VarSet::new();
        Collector::new(Skip::SAFETY, &mut found).literal(literal);
        for name in found {
            *occurrences.entry(name).or_default() += 1;
        }
    }
    if body.literals.len() == 1 {
        return occurrences.into_keys().collect();
    }
    let bound = bound_in_operand(body, functions, &occurrences);
    occurrences.retain(|name, count| *count == 1 || !bound.contains(name));
    occurrences.into_keys().collect()
}

fn bound_in_operand(body: &Body, functions: Functions<'_>, occurrences: &BTreeMap<Name, usize>) -> VarSet {
    // What isn't itself a side of an equality counts as given from around.
    let mut safe = vars::reserved();
    safe.extend(occurrences.keys().cloned());
    for (left, right) in body.literals.iter().filter_map(locals::sides) {
        for var in [left, right].into_iter().filter_map(Term::as_var) {
            safe.remove(&var.name);
        }
    }
    let mut bound = VarSet::new();
    let mut changed = true;
    while changed {
        changed = false;
        for literal in body.literals.iter().filter(|literal| locals::sides(literal).is_some()) {
            for name in unified_by(literal, &safe) {
                safe.insert(name.clone());
                changed |= bound.insert(name);
            }
        }
    }
    for call in body.literals.iter().filter_map(locals::call_of).filter(|call| !calls(call, "eq")) {
        let Some(arity) = functions.arity(&call.operator) else { continue };
        let mut collector = Collector::new(Skip::PATTERN | Skip::SETS, &mut bound);
        for arg in call.args.iter().skip(arity) {
            collector.term(arg);
        }
    }
    bound
}
