//! Rule `default-true`: a decision that is yes unless something says no.

use std::collections::BTreeSet;

use crate::check::body::is_truth;
use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::Subject;
use crate::compile::RuleId;
use crate::syntax::tree::{Name, Term, TermKind};

rule! {
    /// ## What it does
    ///
    /// Finds decisions that are true when no condition holds. A decision is a rule called `allow`, `authorized` or the
    /// like; it can be true by its `default`, by a last `else` without a condition, or by a rule without a condition. A
    /// default object is looked into: `default decision := {"allow": true}`.
    ///
    /// ## Why is this bad?
    ///
    /// A rule is left undecided not only when nobody objects, but also when the input lacks a field, when data
    /// was not loaded, or when a built-in function fails. A decision that is true then allows exactly the requests that
    /// the policy did not understand.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := true
    ///
    /// allow := false if input.user.suspended
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if input.user.suspended == false
    /// ```
    ///
    /// ## Limits
    ///
    /// Only constants are judged, and only rules whose last name is one of the decisions of the configuration. Rules of tests
    /// are not.
    DEFAULT_TRUE {
        id: "default-true",
        category: FailOpen,
        level: Error,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let heads: BTreeSet<RuleId> =
        subject.compiled.modules.iter().flat_map(|module| module.rules.iter().copied()).collect();
    for (id, rule) in subject.rules() {
        let (Some(name), Some(value)) = (Subject::name(rule), &rule.head.value) else { continue };
        let what = if rule.default {
            "by default"
        } else if !rule.body.literals.iter().all(is_truth) {
            continue;
        } else if heads.contains(&id) {
            "whatever the input"
        } else {
            "when nothing else holds"
        };
        if subject.is_decision_name(name) && is_permissive(value) {
            findings.add(rule.span, format!("`{name}` is true {what}"), HELP);
        } else if let Some(key) = permissive_key(subject, value) {
            findings.add(rule.span, format!("`{key}` of `{name}` is true {what}"), HELP);
        }
    }
}

fn is_permissive(value: &Term) -> bool {
    match &value.kind {
        TermKind::Boolean(value) => *value,
        TermKind::String(text) => ["allow", "allowed", "permit", "grant"].contains(&&**text),
        TermKind::Null
        | TermKind::Number(_)
        | TermKind::Template(_)
        | TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Array(_)
        | TermKind::Object(_)
        | TermKind::Set(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => false,
    }
}

/// The key of a constant object that says that something may be done.
fn permissive_key<'t>(subject: &Subject<'_>, value: &'t Term) -> Option<&'t Name> {
    let TermKind::Object(pairs) = &value.kind else { return None };
    let permissive = |(key, value): &'t (Term, Term)| {
        key.as_string().filter(|key| subject.is_decision_name(key) && is_permissive(value))
    };
    pairs.iter().find_map(permissive)
}

const HELP: &str = "make it false, and list the conditions under which it is true";
