//! Rule `negated-undefined`: a `not` that holds because something is missing.

use crate::check::body::{Apply, Ask, Condition, Reading};
use crate::check::collections::{self, Collection};
use crate::check::paths::Target;
use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::Subject;
use crate::compile::{RuleId, walk};
use crate::syntax::display;
use crate::syntax::tree::{Ref, Term, TermKind};

rule! {
    /// ## What it does
    ///
    /// Finds conditions of a decision that begin with `not` and also hold when a document is missing. These are `not
    /// input.blocked`, `not data.denied[input.user]`, `not input.role == "guest"`, and `not banned` where the rule
    /// `banned` reads data that nothing else in the decision asks for.
    ///
    /// ## Why is this bad?
    ///
    /// `not` makes no difference between "no" and "unknown". If the list of the banned was not loaded, or the caller
    /// leaves the field out, nobody is banned and the decision is to allow.
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
    ///     not data.denied[input.user]
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
    ///     is_object(data.denied)
    ///     not data.denied[input.user]
    /// }
    /// ```
    ///
    /// ## Limits
    ///
    /// Only rules that a decision rests on are looked at. A document counts as being there if the rule, or each rule that
    /// leads to it from a decision, also asks for it without a `not`, or if it was loaded together with the policy.
    /// What OPA takes out of the `not` is not reported, because the condition fails when it is missing: arguments of
    /// functions and operators other than `==`, so also `not input.user in data.banned`. What a negated rule reads of
    /// the input is reported only if the decision reads no input without a `not`.
    NEGATED_UNDEFINED {
        id: "negated-undefined",
        category: FailOpen,
        level: Warn,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (id, rule) in subject.granting() {
        let reading = Reading::of_rule(rule);
        for condition in reading.conditions.iter().filter(|condition| condition.negated) {
            match condition.ask {
                Ask::Truth(term) => {
                    if let Some(reference) = reading.reference(term) {
                        negated(subject, id, condition, &reference, findings);
                    }
                }
                Ask::Apply(apply) if apply.calls("eq") => {
                    for side in apply.args {
                        if let Some(reference) = side.as_ref_term()
                            && is_comparable(apply)
                        {
                            let whole = reading.reference(side).unwrap_or_else(|| reference.clone());
                            base(subject, id, condition, &whole, findings);
                        }
                    }
                }
                Ask::Apply(apply) if apply.calls("internal.member_2") => {
                    if let [_, set] = apply.args {
                        member(subject, id, &reading, condition, set, findings);
                    }
                }
                Ask::Apply(apply) => negated(subject, id, condition, apply.operator, findings),
                Ask::Every(_) | Ask::Other => {}
            }
        }
    }
}

/// Whether an equality compares with something that a document can be: a comparison of two documents asks for another thing.
fn is_comparable(apply: Apply<'_>) -> bool {
    apply.args.iter().any(walk::is_constant)
}

fn negated(
    subject: &Subject<'_>,
    id: RuleId,
    condition: &Condition<'_>,
    reference: &Ref,
    findings: &mut Findings,
) {
    let Target::Rules { rules, .. } = subject.target(reference) else {
        return base(subject, id, condition, reference, findings);
    };
    let mut values = rules.iter().filter_map(|rule| subject.compiled.rule(*rule));
    let refuses = |value: &Option<Term>| {
        value.as_ref().is_some_and(|value| !matches!(value.kind, TermKind::Boolean(false)))
    };
    if values.any(|rule| rule.default && refuses(&rule.head.value)) {
        return;
    }
    let Some(path) = subject.missing_from(rules, id) else { return };
    let name = display::reference(reference);
    let name = name.rsplit_once('.').map_or(&*name, |(_, last)| last);
    let span = condition.literal.span;
    let path = path.shown(span);
    findings.add(
        span,
        format!("this also holds when `{path}` is missing, which `{name}` reads"),
        format!("ask for `{path}` too, as in `{path} != null`"),
    );
}

fn base(
    subject: &Subject<'_>,
    id: RuleId,
    condition: &Condition<'_>,
    reference: &Ref,
    findings: &mut Findings,
) {
    let Target::Base { path, whole } = subject.target(reference) else { return };
    if path.steps().is_empty() || subject.is_there(&path, id) {
        return;
    }
    let span = condition.literal.span;
    let path = path.shown(span);
    let help = if matches!(condition.ask, Ask::Apply(_)) {
        "use `!=` in place of `not` and `==`: it fails when something is missing".to_owned()
    } else if whole {
        format!("ask for the value, as in `{path} == false`")
    } else {
        format!("ask for `{path}` too, as in `is_object({path})`")
    };
    findings.add(span, format!("this also holds when `{path}` is missing"), help);
}

fn member<'a>(
    subject: &Subject<'a>,
    id: RuleId,
    reading: &Reading<'a>,
    condition: &Condition<'a>,
    set: &'a Term,
    findings: &mut Findings,
) {
    match collections::collection(subject, reading, set) {
        Collection::Rules(_) | Collection::Comprehension(_) => {}
        Collection::Base | Collection::Fallback(_) | Collection::Other => return,
    }
    if let Some(path) = collections::missing_source(subject, reading, set, id) {
        let span = condition.literal.span;
        let path = path.shown(span);
        findings.add(
            span,
            format!("this also holds when `{path}` is missing: the collection is empty then"),
            format!("ask for `{path}` too, as in `is_array({path})`"),
        );
    }
}
