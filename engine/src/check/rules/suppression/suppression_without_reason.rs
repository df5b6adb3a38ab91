//! Rule `suppression-without-reason`: a comment that suppresses a finding and does not say why.

use crate::check::rule::{Check, Findings, rule};
use crate::check::suppression::{Suppression, Word};

rule! {
    /// ## What it does
    ///
    /// Finds comments that suppress a finding, or keep something from being counted for coverage, without a reason.
    ///
    /// ## Why is this bad?
    ///
    /// Whoever reads the policy next can't tell a decision from an excuse, and nobody can tell when the reason is gone.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// # portcullis: allow default-true
    /// default allow := true
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// # portcullis: allow default-true the public site: everything it serves is meant for everybody
    /// default allow := true
    /// ```
    ///
    /// ## Limits
    ///
    /// Any text counts as a reason. The finding is suppressed nevertheless, so that there is one finding and not two. What is not to be
    /// counted is counted without a reason.
    SUPPRESSION_WITHOUT_REASON {
        id: "suppression-without-reason",
        category: Suppression,
        level: Warn,
        since: "0.1.0",
        check: Check::Suppressions(check),
    }
}

fn check(suppressions: &[Suppression], findings: &mut Findings) {
    for suppression in suppressions.iter().filter(|suppression| suppression.reason.is_empty()) {
        let (message, help) = match (&suppression.word, suppression.rule) {
            (Word::Allow(_), Some(rule)) => (
                format!("this suppresses `{}` without a reason", rule.id),
                format!("say why: `# portcullis: allow {} REASON`", rule.id),
            ),
            (Word::NoCover, _) => (
                "this is counted all the same: no reason is given why it should not be".to_owned(),
                "say why: `# portcullis: no-cover REASON`".to_owned(),
            ),
            (Word::Allow(_) | Word::Other(_), _) => continue,
        };
        findings.add(suppression.span, message, help);
    }
}
