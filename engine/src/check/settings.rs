//! The settings of the linter: the table `check` of the configuration file.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::registry;
use super::rule::{Level, Rule};
use crate::config::{CheckTable, Places};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// What rules are looked for, how bad their findings are, and which rules of a policy are decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The names of rules that other systems ask whether something may be done.
    pub decisions: BTreeSet<String>,
    /// Files without findings, each with the rules that this is about.
    pub excludes: Vec<Exclude>,
    levels: BTreeMap<&'static str, Level>,
}

/// Files in which some rules have no findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclude {
    /// Patterns that paths are matched with, relative to the folder of the configuration file.
    pub paths: Vec<Pattern>,
    /// The names of the rules; all if `None`.
    pub rules: Option<BTreeSet<&'static str>>,
}

/// A pattern for paths. Its syntax is for whoever knows files to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// As it is written.
    pub text: String,
    /// Where.
    pub span: Span,
}

impl Default for Settings {
    /// Every rule at its own level, and the usual names of decisions.
    fn default() -> Self {
        Self {
            decisions: DECISIONS.into_iter().map(str::to_owned).collect(),
            excludes: Vec::new(),
            levels: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Those that a table sets. What names no rule is added to `errors`, with its place.
    pub(crate) fn of(table: CheckTable, places: Places, errors: &mut Vec<Diagnostic>) -> Self {
        let mut settings = Self::default();
        let mut known = |id: &Spanned<String>| {
            let found = registry::rule(id.get_ref());
            if found.is_none() {
                let message = format!("no rule is called `{}`", id.get_ref());
                let help = registry::unknown_rule_help(id.get_ref());
                errors.push(Diagnostic::error(Code::Config, message, places.span(id.span())).with_help(help));
            }
            found.map(|rule| rule.id)
        };
        for (id, level) in table.rules {
            if let Some(id) = known(&id) {
                settings.levels.insert(id, level.into());
            }
        }
        for exclude in table.exclude {
            let rules = exclude.rules.map(|rules| rules.iter().filter_map(&mut known).collect());
            let pattern =
                |path: Spanned<String>| Pattern { span: places.span(path.span()), text: path.into_inner() };
            settings
                .excludes
                .push(Exclude { paths: exclude.paths.into_iter().map(pattern).collect(), rules });
        }
        if let Some(decisions) = table.decisions {
            settings.decisions = decisions.into_iter().collect();
        }
        settings
    }

    /// How bad the findings of a rule are.
    pub fn level(&self, rule: &Rule) -> Level {
        self.levels.get(rule.id).copied().unwrap_or(rule.level)
    }
}

/// What decisions are called unless a configuration file says otherwise.
const DECISIONS: [&str; 15] = [
    "allow",
    "allowed",
    "approve",
    "approved",
    "authorise",
    "authorised",
    "authorize",
    "authorized",
    "grant",
    "granted",
    "is_allowed",
    "is_authorised",
    "is_authorized",
    "permit",
    "permitted",
];
