//! Rule `vacuous-every`: a decision that holds for a collection because nothing is in it.

use crate::check::body::{Ask, Reading};
use crate::check::collections::{Collection, collection, is_empty};
use crate::check::paths::Target;
use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::{Subject, is_guard};
use crate::syntax::tree::{Term, TermKind};

rule! {
    /// ## What it does
    ///
    /// Finds decisions that rest on an `every` alone, over a collection that may be empty.
    ///
    /// ## Why is this bad?
    ///
    /// `every` holds for an empty collection, whatever its body says. A caller that hands in an empty list of roles,
    /// scopes or containers passes, and nothing else is asked.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if {
    ///     every scope in input.scopes { scope in data.granted[input.client] }
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
    ///     count(input.scopes) > 0
    ///     every scope in input.scopes { scope in data.granted[input.client] }
    /// }
    /// ```
    ///
    /// ## Limits
    ///
    /// Any other condition of the decision, positive or negated, keeps the rule silent; tests of types (`is_array`) do not
    /// count as one. So does a collection that is computed by a function, and a constant that is not empty. A
    /// collection that is missing makes `every` undefined in OPA, which does no harm.
    VACUOUS_EVERY {
        id: "vacuous-every",
        category: FailOpen,
        level: Warn,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (_, rule) in subject.granting().filter(|(id, _)| subject.stands_alone(*id)) {
        let reading = Reading::of_rule(rule);
        let mut guards = reading.conditions.iter().filter(|condition| is_guard(condition));
        let (Some(only), None) = (guards.next(), guards.next()) else { continue };
        let Ask::Every(every) = only.ask else { continue };
        if may_be_empty(subject, &reading, &every.domain) {
            findings.add(
                only.literal.span,
                "this holds for an empty collection, and nothing else is asked",
                "ask whether there is anything in it too, as in `count(...) > 0`",
            );
        }
    }
}

fn may_be_empty<'a>(subject: &Subject<'a>, reading: &Reading<'a>, domain: &'a Term) -> bool {
    match collection(subject, reading, domain) {
        Collection::Rules(_) | Collection::Comprehension(_) | Collection::Base => true,
        Collection::Fallback(value) => is_empty(value),
        Collection::Other => match &reading.resolve(domain).kind {
            TermKind::Ref(_) => reading
                .reference(domain)
                .is_some_and(|reference| matches!(subject.target(&reference), Target::Base { .. })),
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => false,
        },
    }
}
