//! The settings of the linter, and the configuration file `portcullis.toml` that they are read from.

mod file;

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

pub use file::config_schema;

use super::registry;
use super::rule::{Level, Rule};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};

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
    /// Reads a configuration file.
    ///
    /// # Errors
    /// What is no TOML, what no key is called, and what names no rule or level; each with its place.
    pub fn read(source: SourceId, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let span = |range: std::ops::Range<usize>| {
            let at = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
            Span::new(source, at(range.start), at(range.end))
        };
        let read: file::ConfigFile = toml::from_str(text).map_err(|error| {
            let place = error.span().map(span);
            vec![Diagnostic::error(Code::Config, one_line(error.message()), place)]
        })?;
        let mut settings = Self::default();
        let mut errors = Vec::new();
        let mut known = |id: &Spanned<String>| {
            let found = registry::rule(id.get_ref());
            if found.is_none() {
                let message = format!("no rule is called `{}`", id.get_ref());
                let help = registry::unknown_rule_help(id.get_ref());
                errors.push(Diagnostic::error(Code::Config, message, span(id.span())).with_help(help));
            }
            found.map(|rule| rule.id)
        };
        for (id, level) in read.check.rules {
            if let Some(id) = known(&id) {
                settings.levels.insert(id, level.into());
            }
        }
        for exclude in read.check.exclude {
            let rules = exclude.rules.map(|rules| rules.iter().filter_map(&mut known).collect());
            let pattern =
                |path: Spanned<String>| Pattern { span: span(path.span()), text: path.into_inner() };
            settings
                .excludes
                .push(Exclude { paths: exclude.paths.into_iter().map(pattern).collect(), rules });
        }
        if let Some(decisions) = read.check.decisions {
            settings.decisions = decisions.into_iter().collect();
        }
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }

    /// How bad the findings of a rule are.
    pub fn level(&self, rule: &Rule) -> Level {
        self.levels.get(rule.id).copied().unwrap_or(rule.level)
    }
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("; ")
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

#[cfg(test)]
mod tests {
    use super::Settings;
    use crate::check::{Level, rule};
    use crate::source::{LineIndex, SourceId};

    fn errors(text: &str) -> Vec<String> {
        let lines = LineIndex::new(text);
        let read = Settings::read(SourceId::default(), text).expect_err("it is refused");
        let shown = read.into_iter().map(|error| {
            let at = error.span.map(|span| lines.position(span.start)).expect("a place");
            let help = error.help.map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{}:{}: {}{help}", at.row, at.col, error.message)
        });
        shown.collect()
    }

    #[test]
    fn levels_decisions_and_excludes_are_read() {
        let text = "[check]\ndecisions = ['may']\n[check.rules]\nunused-rule = 'off'\ndefault-true = 'warn'\n\
                    [[check.exclude]]\npaths = ['vendor/**']\n[[check.exclude]]\npaths = ['a', 'b']\nrules = ['unused-import']\n";
        let settings = Settings::read(SourceId::default(), text).expect("it is read");
        let level = |id| settings.level(rule(id).expect("a rule"));
        assert_eq!(level("unused-rule"), Level::Off);
        assert_eq!(level("default-true"), Level::Warn);
        assert_eq!(level("conflicting-complete-rules"), Level::Error);
        assert!(settings.decisions.iter().eq(["may"]));
        let [first, second] = settings.excludes.as_slice() else { panic!("{settings:?}") };
        assert_eq!(first.rules, None);
        assert_eq!(first.paths[0].text, "vendor/**");
        assert_eq!(second.rules.as_ref().expect("rules").iter().collect::<Vec<_>>(), [&"unused-import"]);
        assert_eq!(Settings::read(SourceId::default(), "").expect("it is read"), Settings::default());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert_eq!(errors("[chek]\n"), ["1:2: unknown field `chek`, expected `check`"]);
        assert_eq!(
            errors("[check]\ndecision = []\n"),
            ["2:1: unknown field `decision`, expected one of `decisions`, `rules`, `exclude`"]
        );
        assert_eq!(
            errors(
                "[check.rules]\ndefault_true = 'off'\nunused-rule = 'off'\n[[check.exclude]]\npaths = []\nrules = ['xyz', 'unused-rules']\n"
            ),
            [
                "2:1: no rule is called `default_true` (did you mean `default-true`?)",
                "6:10: no rule is called `xyz` (the rules are `default-true`, `empty-count`, `missing-default`, \
                 `negated-undefined`, `permissive-object-get`, `vacuous-every`, `self-authorised-input`, \
                 `unanchored-match` and 6 more)",
                "6:17: no rule is called `unused-rules` (did you mean `unused-rule`?)",
            ]
        );
        assert_eq!(
            errors("[check.rules]\nunused-rule = 'loud'\n"),
            ["2:15: unknown variant `loud`, expected one of `off`, `warn`, `error`"]
        );
        assert_eq!(
            errors("[check]\ndecisions = 'allow'\n"),
            ["2:13: invalid type: string \"allow\", expected a sequence"]
        );
        assert_eq!(errors("[[check.exclude]]\nrules = []\n"), ["1:1: missing field `paths`"]);
        assert_eq!(errors("[check\n").len(), 1);
        assert_eq!(errors("[check.rules]\nunused-rule = 'off'\nunused-rule = 'off'\n").len(), 1);
    }

    #[test]
    fn nesting_does_no_harm() {
        let text = format!("check = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(errors(&text).len(), 1);
    }
}
