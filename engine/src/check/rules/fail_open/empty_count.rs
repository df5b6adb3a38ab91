//! Rule `empty-count`: no objections because nothing was looked at.

use crate::check::body::Reading;
use crate::check::collections::{asked_to_be_empty, missing_source};
use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::Subject;

rule! {
    /// ## What it does
    ///
    /// Finds conditions of a decision that hold for an empty collection, where it is also empty when a document is missing.
    /// These are `count(deny) == 0`, `deny == set()`, `not count(violations) > 0` and the like, for collections that are
    /// made from the document.
    ///
    /// ## Why is this bad?
    ///
    /// A set built by rules, or by a comprehension, is never undefined: it is empty when its conditions do not hold. They
    /// do not hold either when the input has another shape than expected, or when data was not loaded. So
    /// `allow if count(deny) == 0` allows the empty request.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if count(deny) == 0
    ///
    /// deny contains "banned" if input.user in data.banned
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
    ///     is_string(input.user)
    ///     is_array(data.banned)
    ///     count(deny) == 0
    /// }
    ///
    /// deny contains "banned" if input.user in data.banned
    /// ```
    ///
    /// ## Limits
    ///
    /// Only rules that a decision rests on are looked at, and only sets made by rules or comprehensions: `count(data.deny)`
    /// is undefined in OPA when the document is missing, which does no harm. Documents in `data` count as being there if
    /// they were loaded with the policy, if the decision also asks for them, or if one of the rules complains when they are missing
    /// (`deny contains "no list" if not data.banned`); a decision that asks for anything in the input is taken to know its shape.
    EMPTY_COUNT {
        id: "empty-count",
        category: FailOpen,
        level: Warn,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (id, rule) in subject.granting() {
        let reading = Reading::of_rule(rule);
        for condition in &reading.conditions {
            let Some(collection) = asked_to_be_empty(&reading, condition) else { continue };
            let Some(path) = missing_source(subject, &reading, collection, id) else { continue };
            let span = condition.literal.span;
            let path = path.shown(span);
            findings.add(
                span,
                format!("this collection is also empty when `{path}` is missing"),
                format!("ask for `{path}` in the same body, or in one that the decision rests on"),
            );
        }
    }
}
