//! The configuration file `portcullis.toml`: a table for each command that it is about.
//!
//! A new table is a field of [`Config`] and of `ConfigFile` in the file `file.rs`, and a part of `default.toml`.

mod coverage;
mod file;
mod probe;

use std::ops::Range;

use toml::Spanned;

pub use coverage::{CoverageSettings, PackageThresholds, Thresholds};
pub(crate) use file::CheckTable;
pub use file::config_schema;
pub use probe::ProbeSettings;

use crate::check::Settings;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};
use crate::suggest;
use file::{ConfigFile, TestTable, ValidateTable};

/// What a configuration file says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// `[check]`: what the linter looks for.
    pub check: Settings,
    /// `[test]`: how tests run.
    pub test: TestSettings,
    /// `[coverage]`: what of coverage is measured, and how much is enough.
    pub coverage: CoverageSettings,
    /// `[probe]`: what is asked of policies, and which answers somebody has judged.
    pub probe: ProbeSettings,
    /// `[validate]`: how configuration files are checked.
    pub validate: ValidateSettings,
}

/// How configuration files are checked unless the command line says otherwise. What is `None` or empty is not set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValidateSettings {
    /// The names of packs, or their paths relative to the folder of the file.
    pub packs: Vec<Setting>,
    /// The packages whose rules are asked.
    pub namespaces: Vec<Setting>,
    /// Whether packs are asked only about what they say they are for.
    pub detect: Option<bool>,
    /// Patterns for the names of files and directories to leave out.
    pub ignore: Vec<Setting>,
    /// Whether warnings make the check fail.
    pub strict: Option<bool>,
}

/// How tests run unless the command line says otherwise. What is `None` or empty is not set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestSettings {
    /// What to load, relative to the folder of the file.
    pub paths: Vec<Setting>,
    /// Patterns for the names of files and directories to leave out.
    pub ignore: Vec<Setting>,
    /// Patterns for the full names of tests to leave out.
    pub skip: Vec<Setting>,
    /// How long a test may take, with a unit.
    pub timeout: Option<Setting>,
    /// How many tests run at once; 0 means one for each processor.
    pub parallel: Option<u32>,
    /// Whether passed tests are shown.
    pub verbose: Option<bool>,
    /// Whether a run without tests fails.
    pub fail_on_empty: Option<bool>,
    /// Whether skipped tests alone are no failure.
    pub exit_zero_on_skipped: Option<bool>,
}

/// A text whose meaning is for whoever takes it to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// As it is written, without quotes.
    pub text: String,
    /// Where.
    pub span: Span,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// What is no TOML, what no key is called, and what names no rule or level; each with its place.
    pub fn read(source: SourceId, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let places = Places(source);
        let read: ConfigFile = toml::from_str(text).map_err(|error| {
            let place = error.span().map(|range| places.span(range));
            let message = one_line(error.message());
            let help = meant(&message);
            let error = Diagnostic::error(Code::Config, message, place);
            vec![match help {
                Some(help) => error.with_help(help),
                None => error,
            }]
        })?;
        let mut errors = Vec::new();
        let config = Self {
            check: Settings::of(read.check, places, &mut errors),
            test: TestSettings::of(read.test, places),
            coverage: CoverageSettings::of(read.coverage, places, &mut errors),
            probe: ProbeSettings::of(read.probe, places, &mut errors),
            validate: ValidateSettings::of(read.validate, places),
        };
        if errors.is_empty() { Ok(config) } else { Err(errors) }
    }
}

impl TestSettings {
    fn of(table: TestTable, places: Places) -> Self {
        let setting = |text| places.setting(text);
        let all = |texts: Vec<Spanned<String>>| texts.into_iter().map(setting).collect();
        Self {
            paths: all(table.paths),
            ignore: all(table.ignore),
            skip: all(table.skip),
            timeout: table.timeout.map(setting),
            parallel: table.parallel,
            verbose: table.verbose,
            fail_on_empty: table.fail_on_empty,
            exit_zero_on_skipped: table.exit_zero_on_skipped,
        }
    }
}

impl ValidateSettings {
    fn of(table: ValidateTable, places: Places) -> Self {
        let all = |texts: Vec<Spanned<String>>| texts.into_iter().map(|text| places.setting(text)).collect();
        Self {
            packs: all(table.packs),
            namespaces: all(table.namespaces),
            detect: table.detect,
            ignore: all(table.ignore),
            strict: table.strict,
        }
    }
}

/// Makes places in the file of what the TOML reader tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places(SourceId);

impl Places {
    /// The place of a range of bytes.
    pub(crate) fn span(self, range: Range<usize>) -> Span {
        let at = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(self.0, at(range.start), at(range.end))
    }

    fn setting(self, text: Spanned<String>) -> Setting {
        Setting { span: self.span(text.span()), text: text.into_inner() }
    }
}

/// What was meant where the reader says that a key or value is none of those it expects, all of them in backticks.
fn meant(message: &str) -> Option<String> {
    let mut names = message.strip_prefix("unknown ")?.split('`').skip(1).step_by(2);
    let written = names.next()?;
    let name = suggest::nearest(written, &names.collect::<Vec<_>>())?;
    Some(format!("did you mean `{name}`?"))
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("; ")
}

/// A file that says what holds without a file, with a comment on each key.
pub const DEFAULT: &str = include_str!("config/default.toml");

#[cfg(test)]
mod tests {
    use super::{Config, CoverageSettings, DEFAULT, Setting, TestSettings};
    use crate::check::{Level, RULES, rule};
    use crate::source::{LineIndex, SourceId};

    pub(super) fn errors(text: &str) -> Vec<String> {
        let lines = LineIndex::new(text);
        let read = Config::read(SourceId::default(), text).expect_err("it is refused");
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
        let settings = Config::read(SourceId::default(), text).expect("it is read").check;
        let level = |id| settings.level(rule(id).expect("a rule"));
        assert_eq!(level("unused-rule"), Level::Off);
        assert_eq!(level("default-true"), Level::Warn);
        assert_eq!(level("conflicting-complete-rules"), Level::Error);
        assert!(settings.decisions.iter().eq(["may"]));
        let [first, second] = settings.excludes.as_slice() else { panic!("{settings:?}") };
        assert_eq!(first.rules, None);
        assert_eq!(first.paths[0].text, "vendor/**");
        assert_eq!(second.rules.as_ref().expect("rules").iter().collect::<Vec<_>>(), [&"unused-import"]);
        assert_eq!(Config::read(SourceId::default(), "").expect("it is read"), Config::default());
    }

    #[test]
    fn the_written_defaults_are_those_that_hold() {
        let written = Config::read(SourceId::default(), DEFAULT).expect("it is read");
        let usual = Config::default();
        assert_eq!(written.check.decisions, usual.check.decisions);
        assert_eq!(written.check.excludes, usual.check.excludes);
        for rule in RULES {
            assert_eq!(written.check.level(rule), rule.level, "{}", rule.id);
            assert!(DEFAULT.contains(&format!("\n{} = ", rule.id)), "{} is not in the file", rule.id);
        }
        let TestSettings {
            paths,
            ignore,
            skip,
            timeout,
            parallel,
            verbose,
            fail_on_empty,
            exit_zero_on_skipped,
        } = written.test;
        assert!(paths.is_empty() && ignore.is_empty() && skip.is_empty());
        assert_eq!(timeout.map(|timeout| timeout.text).as_deref(), Some("5s"));
        assert_eq!(parallel, Some(0));
        assert_eq!([verbose, fail_on_empty, exit_zero_on_skipped], [Some(false); 3]);
        assert_eq!(written.coverage, CoverageSettings { tests: Some(false), ..CoverageSettings::default() });
    }

    #[test]
    fn settings_of_tests_are_read() {
        let text = "[test]\npaths = ['policies', 'a:b']\nskip = ['slow']\ntimeout = '1m'\nparallel = 2\nfail-on-empty = true\n";
        let read = Config::read(SourceId::default(), text).expect("it is read").test;
        let texts = |list: &[Setting]| list.iter().map(|one| one.text.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!((&*texts(&read.paths), &*texts(&read.skip)), ("policies a:b", "slow"));
        assert_eq!((read.parallel, read.fail_on_empty, read.verbose), (Some(2), Some(true), None));
        let timeout = read.timeout.expect("a duration");
        assert_eq!(text.get(timeout.span.start as usize..timeout.span.end as usize), Some("'1m'"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert_eq!(
            errors("[chek]\n"),
            [
                "1:2: unknown field `chek`, expected one of `check`, `test`, `coverage`, `probe`, `validate` (did you mean `check`?)"
            ]
        );
        assert_eq!(
            errors("[check]\ndecision = []\n"),
            [
                "2:1: unknown field `decision`, expected one of `decisions`, `rules`, `exclude` (did you mean `decisions`?)"
            ]
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
        assert_eq!(
            errors("[test]\nfail_on_empty = true\n"),
            [
                "2:1: unknown field `fail_on_empty`, expected one of `paths`, `ignore`, `skip`, `timeout`, `parallel`, \
                 `verbose`, `fail-on-empty`, `exit-zero-on-skipped` (did you mean `fail-on-empty`?)"
            ]
        );
        assert_eq!(errors("[test]\nparallel = -1\n"), ["2:12: invalid value: integer `-1`, expected u32"]);
        assert_eq!(errors("[check\n").len(), 1);
        assert_eq!(errors("[check.rules]\nunused-rule = 'off'\nunused-rule = 'off'\n").len(), 1);
    }

    #[test]
    fn nesting_does_no_harm() {
        let text = format!("check = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(errors(&text).len(), 1);
    }
}
