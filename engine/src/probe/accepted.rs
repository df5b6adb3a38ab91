//! Findings that somebody has judged: they are as they should be, for a reason and maybe for a time.

use super::probes::{self, Probe};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Spanned;

/// A finding that is as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The probe.
    pub probe: &'static Probe,
    /// What is edited, as reports name it; anything if `None`.
    pub place: Option<String>,
    /// The clause that lets in or no longer keeps out; any if `None`.
    pub rule: Option<RulePlace>,
    /// The decision; any if `None`.
    pub decision: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, as in `2027-01-31`.
    pub expires: Option<String>,
}

/// Where a clause of a rule starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulePlace {
    /// The name of the file, or the end of it from a `/` on.
    pub file: String,
    /// The row, counted from 1.
    pub row: usize,
}

/// What a finding is about, as reports tell it.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The probe.
    pub probe: &'a Probe,
    /// What is edited.
    pub place: &'a str,
    /// The decision.
    pub decision: &'a str,
    /// The files and rows of the clauses that let in or no longer keep out.
    pub rules: &'a [(&'a str, usize)],
}

/// What somebody wrote down, before it is known to mean something.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) probe: Spanned<String>,
    pub(crate) place: Option<String>,
    pub(crate) rule: Option<Spanned<String>>,
    pub(crate) decision: Option<String>,
    pub(crate) reason: Spanned<String>,
    pub(crate) expires: Option<Spanned<String>>,
}

impl Accepted {
    /// Whether it is about this finding, on a day that is written as `2027-01-31`.
    pub fn covers(&self, finding: &About<'_>, today: &str) -> bool {
        let is_at = |rule: &RulePlace| finding.rules.iter().any(|(file, row)| rule.is(file, *row));
        self.probe == finding.probe
            && self.place.as_deref().is_none_or(|own| own == finding.place)
            && self.decision.as_deref().is_none_or(|own| own == finding.decision)
            && self.rule.as_ref().is_none_or(is_at)
            && !self.has_expired(today)
    }

    /// Whether its last day is over.
    pub fn has_expired(&self, today: &str) -> bool {
        // Dates in this form have the order of their texts.
        self.expires.as_deref().is_some_and(|last| last < today)
    }
}

impl RulePlace {
    /// Reads `authz.rego:42`.
    fn read(text: &str) -> Option<Self> {
        let (file, row) = text.rsplit_once(':')?;
        let row = row.parse().ok().filter(|row| *row > 0)?;
        (!file.is_empty()).then(|| Self { file: file.to_owned(), row })
    }

    fn is(&self, file: &str, row: usize) -> bool {
        let is_end = |rest: &str| rest.is_empty() || rest.ends_with(['/', '\\']);
        self.row == row && file.strip_suffix(&*self.file).is_some_and(is_end)
    }
}

impl Written {
    /// What it means; what is wrong with it goes to `errors`, with this code.
    pub(crate) fn judged(self, code: Code, errors: &mut Vec<Diagnostic>) -> Option<Accepted> {
        let Self { probe, place, rule, decision, reason, expires } = self;
        let known = errors.len();
        let mut refuse = |message: String, at: &Spanned<String>, help: String| {
            errors.push(Diagnostic::error(code, message, at.span).with_help(help));
        };
        let found = probes::named(&probe.value);
        if found.is_none() {
            let ids: Vec<&str> = probes::ALL.iter().map(|probe| probe.id).collect();
            let help = format!("probes are {}", ids.join(", "));
            refuse(format!("`{}` is no probe", probe.value), &probe, help);
        }
        let at = rule.as_ref().and_then(|rule| RulePlace::read(&rule.value));
        if let Some(rule) = rule.as_ref().filter(|_| at.is_none()) {
            let help = "write its file and row as the report does: `authz.rego:42`".to_owned();
            refuse(format!("`{}` is no place of a rule", rule.value), rule, help);
        }
        if reason.value.trim().is_empty() {
            let help = "say why the finding is as it should be: somebody will ask".to_owned();
            refuse("the reason is empty".to_owned(), &reason, help);
        }
        if let Some(day) = expires.as_ref().filter(|day| !is_date(&day.value)) {
            refuse(format!("`{}` is no date", day.value), day, "write it as 2027-01-31".to_owned());
        }
        let is_sound = errors.len() == known;
        found.filter(|_| is_sound).map(|found| Accepted {
            probe: found,
            place,
            rule: at,
            decision,
            reason: reason.value,
            expires: expires.map(|day| day.value),
        })
    }
}

/// Whether a text is a date such as `2027-01-31`.
fn is_date(text: &str) -> bool {
    let is_number =
        |text: &str, digits: usize| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let is_in = |text: &str, most: u8| text.parse::<u8>().is_ok_and(|number| (1..=most).contains(&number));
    is_number(year, 4) && is_number(month, 2) && is_number(day, 2) && is_in(month, 12) && is_in(day, 31)
}

#[cfg(test)]
mod tests {
    use super::RulePlace;

    #[test]
    fn a_rule_is_named_by_the_end_of_its_file() {
        let rule = RulePlace::read("app/authz.rego:42").unwrap();
        assert!(rule.is("policies/app/authz.rego", 42));
        assert!(rule.is("app/authz.rego", 42));
        assert!(!rule.is("policies/app/authz.rego", 43));
        assert!(!rule.is("policies/webapp/authz.rego", 42));
        for text in ["authz.rego", "authz.rego:", "authz.rego:x", ":4", "authz.rego:0"] {
            assert_eq!(RulePlace::read(text), None, "{text}");
        }
    }
}
