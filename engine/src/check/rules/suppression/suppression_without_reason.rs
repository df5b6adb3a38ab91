//! Rule `suppression-without-reason`: a comment that suppresses a finding and does not say why.

use crate::check::rule::{Check, Findings, rule};
use crate::check::suppression::Suppression;

rule! {
    /// ## What it does
    ///
    /// Finds comments that suppress a finding without a reason.
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
    /// Any text counts as a reason. The finding is suppressed nevertheless, so that there is one finding and not two.
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
        if let Some(rule) = suppression.rule {
            findings.add(
                suppression.span,
                format!("this suppresses `{}` without a reason", rule.id),
                format!("say why: `# portcullis: allow {} REASON`", rule.id),
            );
        }
    }
}
