//! Sets of objections: as long as one of them has an element, a decision lets nobody in, whatever else comes out.

use super::decision::{Decision, Reading, Verdict};
use super::reach;
use crate::program::{
    Call, Clause, Function, Literal, Operation, Program, Ref, RuleId, RuleKind, Slot, Start, Target, Term,
};
use crate::value::Value;

/// The sets of rules that a decision asks to be empty before it lets anybody in: itself if it lists objections, and those of which each
/// way to grant says that they are empty (`count(deny) == 0` or `deny == set()`). None where that can't be told.
pub fn objections(program: &Program, decision: &Decision) -> Vec<RuleId> {
    let Some(own) = decision.rule(program) else { return Vec::new() };
    if is_set(program, own) {
        return if decision.reading == Reading::Objections { vec![own] } else { Vec::new() };
    }
    if decision.reading != Reading::Grants {
        return Vec::new();
    }
    let clauses = reach::clauses(program, own);
    let clauses = clauses.into_iter().filter_map(|id| program.clause(id));
    let mut granting = clauses.filter(|clause| may_grant(clause, decision));
    let Some(first) = granting.next() else { return Vec::new() };
    let mut found = asked_to_be_empty(program, first);
    for clause in granting {
        let others = asked_to_be_empty(program, clause);
        found.retain(|rule| others.contains(rule));
    }
    found
}

fn is_set(program: &Program, rule: RuleId) -> bool {
    program.rule(rule).is_some_and(|rule| rule.kind == RuleKind::Set)
}

/// Whether the value of a clause may let somebody in.
fn may_grant(clause: &Clause, decision: &Decision) -> bool {
    let constant = clause.value.as_ref().and_then(Term::as_constant);
    constant.is_none_or(|value| decision.of_value(Some(value)) == Verdict::Allow)
}

/// The sets that have no element where a clause holds.
fn asked_to_be_empty(program: &Program, clause: &Clause) -> Vec<RuleId> {
    let plain = || clause.body.literals.iter().filter(|literal| literal.with.is_empty());
    let looked_up: Vec<(&Term, RuleId)> =
        plain().filter_map(looked_up).filter(|(_, rule)| is_set(program, *rule)).collect();
    let counted: Vec<(Slot, Slot)> = plain().filter_map(counted).collect();
    let zeros: Vec<Slot> = plain().filter_map(zero).collect();
    let is_asked = |(pattern, _): &&(&Term, RuleId)| match pattern {
        Term::Constant(Value::Set(set)) => set.is_empty(),
        Term::Set(terms) => terms.is_empty(),
        Term::Local(slot) => {
            counted.iter().any(|(collection, count)| collection == slot && zeros.contains(count))
        }
        Term::Constant(_) | Term::Array(_) | Term::Object(_) | Term::Ref(_) | Term::Comprehension(_) => false,
    };
    looked_up.iter().filter(is_asked).map(|(_, rule)| *rule).collect()
}

/// `pattern = rule`, of all of a rule's document.
fn looked_up(literal: &Literal) -> Option<(&Term, RuleId)> {
    let Operation::Lookup(pattern, Ref { start: Start::Data(Target::Rule(rule, depth)), steps, .. }) =
        &literal.operation
    else {
        return None;
    };
    (steps.len() == *depth).then_some((pattern, *rule))
}

/// `count(collection, n)`.
fn counted(literal: &Literal) -> Option<(Slot, Slot)> {
    let Operation::Call(Call { function: Function::Builtin(function), args, output: Some(output), .. }) =
        &literal.operation
    else {
        return None;
    };
    let ([collection], "count") = (args.as_slice(), function.name) else { return None };
    Some((collection.as_local()?, output.as_local()?))
}

/// `n = 0`.
fn zero(literal: &Literal) -> Option<Slot> {
    let Operation::Unify(left, right) = &literal.operation else { return None };
    let is_zero = |term: &Term| term.as_constant() == Some(&Value::from(0_u64));
    match (left.as_local(), right.as_local()) {
        (Some(slot), None) if is_zero(right) => Some(slot),
        (None, Some(slot)) if is_zero(left) => Some(slot),
        _ => None,
    }
}
