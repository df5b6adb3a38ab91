//! The table `probe`: what is asked of policies, and which answers somebody has judged.

use toml::Spanned;

use super::file::{AcceptedTable, ProbeTable};
use super::{Places, Setting};
use crate::diagnostic::{Code, Diagnostic};
use crate::probe::probes::{self, Probe};

/// What is asked unless the command line says otherwise, and what need not be told again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProbeSettings {
    /// The decisions, as in `data.authz.allow`; those that the policy marks if there are none.
    pub decisions: Vec<Setting>,
    /// Findings that are as they should be.
    pub accepted: Vec<Accepted>,
}

/// A finding that is as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The probe.
    pub probe: &'static Probe,
    /// What is edited, as reports name it; anything if `None`.
    pub place: Option<String>,
    /// The decision; any if `None`.
    pub decision: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, as in `2027-01-31`.
    pub expires: Option<String>,
    /// Where that is written.
    pub setting: Setting,
}

impl Accepted {
    /// Whether it is about this finding, on a day that is written as `2027-01-31`.
    pub fn covers(&self, probe: &Probe, place: &str, decision: &str, today: &str) -> bool {
        self.probe == probe
            && self.place.as_deref().is_none_or(|own| own == place)
            && self.decision.as_deref().is_none_or(|own| own == decision)
            && !self.has_expired(today)
    }

    /// Whether its last day is over.
    pub fn has_expired(&self, today: &str) -> bool {
        // Dates in this form have the order of their texts.
        self.expires.as_deref().is_some_and(|last| last < today)
    }
}

impl ProbeSettings {
    pub(super) fn of(table: ProbeTable, places: Places, errors: &mut Vec<Diagnostic>) -> Self {
        let ProbeTable { decisions, accepted } = table;
        Self {
            decisions: decisions.into_iter().map(|text| places.setting(text)).collect(),
            accepted: accepted.into_iter().filter_map(|table| of_accepted(table, places, errors)).collect(),
        }
    }
}

fn of_accepted(table: AcceptedTable, places: Places, errors: &mut Vec<Diagnostic>) -> Option<Accepted> {
    let AcceptedTable { probe, place, decision, reason, expires } = table;
    let known = errors.len();
    let mut refuse = |message: String, at: &Spanned<String>, help: String| {
        errors.push(Diagnostic::error(Code::Config, message, places.span(at.span())).with_help(help));
    };
    let found = probes::named(probe.get_ref());
    if found.is_none() {
        let ids: Vec<&str> = probes::ALL.iter().map(|probe| probe.id).collect();
        refuse(
            format!("`{}` is no probe", probe.get_ref()),
            &probe,
            format!("probes are {}", ids.join(", ")),
        );
    }
    if reason.get_ref().trim().is_empty() {
        let help = "say why the finding is as it should be: somebody will ask".to_owned();
        refuse("the reason is empty".to_owned(), &reason, help);
    }
    if let Some(day) = expires.as_ref().filter(|day| !is_date(day.get_ref())) {
        refuse(format!("`{}` is no date", day.get_ref()), day, "write it as 2027-01-31".to_owned());
    }
    let is_sound = errors.len() == known;
    found.filter(|_| is_sound).map(|found| Accepted {
        probe: found,
        place: place.map(Spanned::into_inner),
        decision: decision.map(Spanned::into_inner),
        reason: reason.into_inner(),
        expires: expires.map(Spanned::into_inner),
        setting: places.setting(probe),
    })
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
