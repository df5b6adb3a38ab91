//! The table `probe`: what is asked of policies, and which answers somebody has judged.

use toml::Spanned;

use super::file::{AcceptedTable, ProbeTable};
use super::{Places, Setting};
use crate::diagnostic::{Code, Diagnostic};
use crate::document;
use crate::probe::accepted::{Accepted, Written};

/// What is asked unless the command line says otherwise, and what need not be told again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProbeSettings {
    /// The decisions, as in `data.authz.allow`; those that the policy marks if there are none.
    pub decisions: Vec<Setting>,
    /// Findings that are as they should be.
    pub accepted: Vec<Accepted>,
}

impl ProbeSettings {
    pub(super) fn of(table: ProbeTable, places: Places, errors: &mut Vec<Diagnostic>) -> Self {
        let ProbeTable { decisions, accepted } = table;
        Self {
            decisions: decisions.into_iter().map(|text| places.setting(text)).collect(),
            accepted: accepted
                .into_iter()
                .filter_map(|table| written(table, places).judged(Code::Config, errors))
                .collect(),
        }
    }
}

fn written(table: AcceptedTable, places: Places) -> Written {
    let AcceptedTable { probe, place, rule, decision, reason, expires } = table;
    let spanned = |text: Spanned<String>| document::Spanned {
        span: places.span(text.span()),
        value: text.into_inner(),
    };
    Written {
        probe: spanned(probe),
        place: place.map(Spanned::into_inner),
        rule: rule.map(spanned),
        decision: decision.map(Spanned::into_inner),
        reason: spanned(reason),
        expires: expires.map(spanned),
    }
}
