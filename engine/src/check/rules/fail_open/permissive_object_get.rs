//! Rule `permissive-object-get`: a default that satisfies the condition it is read for.

use crate::check::body::{Ask, Condition, Reading};
use crate::check::collections::{asked_to_be_empty, fallback, is_empty};
use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::Subject;
use crate::compile::{constants, walk};
use crate::syntax::printer;
use crate::syntax::tree::{Term, TermKind};

rule! {
    /// ## What it does
    ///
    /// Finds conditions of a decision that read a value with `object.get` and hold for the default given there. Examples
    /// are `object.get(input, "verified", true)`, `not object.get(input, "blocked", false)`,
    /// `object.get(input, "role", "admin") == "admin"`, `count(object.get(data.lists, "denied", [])) == 0`.
    ///
    /// ## Why is this bad?
    ///
    /// The default stands in for what is not known. If it satisfies the condition, the decision is made in favour of
    /// whoever leaves the value out.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if {
    ///     input.user in data.users
    ///     not object.get(data.blocked, input.user, false)
    /// }
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if {
    ///     input.user in data.users
    ///     data.blocked[input.user] == false
    /// }
    /// ```
    ///
    /// ## Limits
    ///
    /// Only rules that a decision rests on are looked at, only defaults that are constants, and only conditions that can be
    /// decided by looking at them: truth, `==` with a constant, `not ... in` an empty default, and tests for being empty.
    PERMISSIVE_OBJECT_GET {
        id: "permissive-object-get",
        category: FailOpen,
        level: Warn,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (_, rule) in subject.granting() {
        let reading = Reading::of_rule(rule);
        for condition in &reading.conditions {
            let Some(value) = satisfying_default(&reading, condition) else { continue };
            let value = printer::term(value);
            findings.add(
                condition.literal.span,
                format!("this holds when there is no value: the default `{value}` satisfies it"),
                "choose a default that does not, or refer to the value directly: what is missing is undefined then",
            );
        }
    }
}

/// The default of an `object.get` for which a condition holds.
fn satisfying_default<'a>(reading: &Reading<'a>, condition: &Condition<'a>) -> Option<&'a Term> {
    let of_term = |term: &'a Term| {
        let value = reading.output(term).and_then(fallback)?;
        walk::is_constant(value).then_some(value)
    };
    let of_truth = |value: &'a Term| {
        let is_false = matches!(value.kind, TermKind::Boolean(false));
        (is_false == condition.negated).then_some(value)
    };
    if let Some(value) = asked_to_be_empty(reading, condition).and_then(of_term) {
        return is_empty(value).then_some(value);
    }
    match condition.ask {
        Ask::Truth(term) => of_term(term).and_then(of_truth),
        Ask::Apply(apply) => {
            if let Some(value) = fallback(apply) {
                return if walk::is_constant(value) { of_truth(value) } else { None };
            }
            let [left, right] = apply.args else { return None };
            if apply.calls("internal.member_2") && condition.negated {
                return of_term(right).filter(|value| is_empty(value));
            }
            if apply.calls("eq") && !condition.negated {
                let sides = [(left, right), (right, left)].into_iter();
                let mut found = sides.filter_map(|(side, other)| Some((of_term(side)?, other)));
                return found
                    .find(|(value, other)| walk::is_constant(other) && constants::same(value, other))
                    .map(|(value, _)| value);
            }
            None
        }
        Ask::Every(_) | Ask::Other => None,
    }
}
