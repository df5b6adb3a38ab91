//! Rule `unused-suppression`: a comment that is to suppress a finding, and there is none.

use crate::check::registry;
use crate::check::rule::{Check, Findings, rule};
use crate::check::suppression::{Suppression, Word};

rule! {
    /// ## What it does
    ///
    /// Finds comments that begin with `# portcullis:` and suppress nothing. The rule has no finding in that line, or no rule has
    /// the name, or the comment says something else than `allow` or `no-cover`.
    ///
    /// ## Why is this bad?
    ///
    /// The comment outlives what it was written for, and would hide the next finding of its kind unseen. One with a slip in it
    /// gives a false sense of having been heard.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// # portcullis: allow default-true everybody may read
    /// default allow := false
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    /// ```
    ///
    /// ## Limits
    ///
    /// A suppression of a rule that is off, or that the configuration excludes for the file, is left alone.
    UNUSED_SUPPRESSION {
        id: "unused-suppression",
        category: Suppression,
        level: Warn,
        since: "0.1.0",
        check: Check::Suppressions(check),
    }
}

fn check(suppressions: &[Suppression], findings: &mut Findings) {
    for suppression in suppressions {
        let (message, help) = match (&suppression.word, suppression.rule) {
            (Word::Other(word), _) => {
                (format!("`{word}` is no directive"), "write `# portcullis: allow RULE REASON`".to_owned())
            }
            (Word::Allow(id), None) if id.is_empty() => {
                ("no rule is named".to_owned(), "write `# portcullis: allow RULE REASON`".to_owned())
            }
            (Word::Allow(id), None) => (format!("no rule is called `{id}`"), registry::unknown_rule_help(id)),
            (Word::Allow(_), Some(rule)) if !suppression.used && suppression.judged => (
                format!("this suppresses nothing: `{}` has no finding in the line", rule.id),
                "remove the comment, or put it into the line of the finding or right above it".to_owned(),
            ),
            (Word::Allow(_), Some(_)) | (Word::NoCover, _) => continue,
        };
        findings.add(suppression.span, message, help);
    }
}
