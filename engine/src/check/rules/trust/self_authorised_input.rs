//! Rule `self-authorised-input`: a decision that only compares what the caller says with what the caller says.

use crate::check::body::{Apply, Ask, Reading};
use crate::check::paths::{Path, Target};
use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::{Subject, is_guard};
use crate::syntax::tree::Term;

rule! {
    /// ## What it does
    ///
    /// Finds decisions whose every condition compares two fields of the input with each other.
    ///
    /// ## Why is this bad?
    ///
    /// Whoever fills in both fields decides. A caller that may say who it is, and also who may do this, needs only to
    /// say the same twice. A decision needs a fact that the caller has no hand in: data, a verified token, a constant.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if input.user == input.resource.owner
    ///
    /// allow if input.user in input.resource.allowed_users
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if input.user == data.resources[input.resource.id].owner
    /// ```
    ///
    /// ## Limits
    ///
    /// One condition of another kind, be it `input.method == "GET"`, keeps the rule silent: it can't know which fields are filled in
    /// by a gateway that has verified them. If yours are, suppress the finding and say so.
    SELF_AUTHORISED_INPUT {
        id: "self-authorised-input",
        category: Trust,
        level: Warn,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (_, rule) in subject.granting().filter(|(id, _)| subject.stands_alone(*id)) {
        let reading = Reading::of_rule(rule);
        let mut guards = reading.conditions.iter().filter(|condition| is_guard(condition)).peekable();
        if guards.peek().is_none() {
            continue;
        }
        let compared = |term| {
            let reference = reading.reference(term)?;
            match subject.target(&reference) {
                Target::Base { path, .. } if path.is_input() => Some(path),
                Target::Base { .. } | Target::Rules { .. } | Target::Other => None,
            }
        };
        let all = guards.all(|condition| {
            let Ask::Apply(apply) = condition.ask else { return false };
            !condition.negated && compares_input(apply, compared)
        });
        if all {
            findings.add(
                rule.head.span,
                "this rests only on fields of the input that agree with each other",
                "compare with data, a constant or the claims of a verified token",
            );
        }
    }
}

fn compares_input<'a>(apply: Apply<'a>, compared: impl Fn(&'a Term) -> Option<Path>) -> bool {
    let [left, right] = apply.args else { return false };
    (apply.calls("eq") || apply.calls("internal.member_2"))
        && matches!((compared(left), compared(right)), (Some(left), Some(right)) if left != right)
}
