//! The table `coverage`: what is measured, and how much of it is enough.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::file::{CoverageTable, PackageTable, Percent, ThresholdTable};
use super::{Places, Setting};
use crate::coverage::Kind;
use crate::diagnostic::{Code, Diagnostic};
use crate::suggest;

/// What of coverage is measured and demanded unless the command line says otherwise. What is `None` or empty is not set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CoverageSettings {
    /// Patterns for the paths of modules to leave out, relative to the folder of the file.
    pub exclude: Vec<Setting>,
    /// Whether the rules of tests count too.
    pub tests: Option<bool>,
    /// The file with what was covered before, relative to the folder of the file.
    pub baseline: Option<Setting>,
    /// How many percent are to be covered of all files together.
    pub thresholds: Thresholds,
    /// How many percent are to be covered of packages.
    pub packages: Vec<PackageThresholds>,
}

/// Percentages to reach, from 0 to 100.
pub type Thresholds = BTreeMap<Kind, f64>;

/// What is to be covered of packages.
#[derive(Debug, Clone, PartialEq)]
pub struct PackageThresholds {
    /// Which packages, and where that is written.
    pub package: Setting,
    /// How much of each kind, of all of these packages together.
    pub thresholds: Thresholds,
}

impl PackageThresholds {
    /// Whether a package is one of these: `data.a` is that package, `data.a.**` that and all below it.
    pub fn matches(&self, package: &str) -> bool {
        match self.package.text.strip_suffix(BELOW) {
            None => self.package.text == package,
            Some(above) => package
                .strip_prefix(above)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with('[')),
        }
    }
}

impl PackageThresholds {
    /// What to say when it matches none of the packages that are measured.
    pub fn is_nowhere<'p>(&self, measured: impl Iterator<Item = &'p str>) -> Diagnostic {
        let name = &self.package.text;
        let measured: BTreeSet<&str> = measured.collect();
        let above = name.strip_suffix(BELOW).unwrap_or(name);
        let help = if measured.is_empty() {
            "no package is measured".to_owned()
        } else {
            suggest::help(
                above,
                "the packages that are measured are",
                &measured.into_iter().collect::<Vec<_>>(),
            )
        };
        let message = format!("coverage of `{name}` is demanded, and no such package is measured");
        Diagnostic::error(Code::Config, message, self.package.span).with_help(help)
    }
}

impl CoverageSettings {
    /// Those that a table sets. What is no percentage and no name of a package is added to `errors`, with its place.
    pub(super) fn of(table: CoverageTable, places: Places, errors: &mut Vec<Diagnostic>) -> Self {
        let CoverageTable { exclude, tests, baseline, threshold, package } = table;
        Self {
            exclude: exclude.into_iter().map(|text| places.setting(text)).collect(),
            tests,
            baseline: baseline.map(|text| places.setting(text)),
            thresholds: thresholds(threshold, places, errors),
            packages: package.into_iter().map(|table| of_package(table, places, errors)).collect(),
        }
    }
}

fn thresholds(table: ThresholdTable, places: Places, errors: &mut Vec<Diagnostic>) -> Thresholds {
    let ThresholdTable { line, rule, expression, condition, decision } = table;
    let written = [
        (Kind::Line, line),
        (Kind::Rule, rule),
        (Kind::Expression, expression),
        (Kind::Condition, condition),
        (Kind::Decision, decision),
    ];
    let mut read = |(kind, percent): (Kind, Option<Spanned<Percent>>)| {
        let percent = percent?;
        let number = percent.get_ref().0;
        if !(0.0..=100.0).contains(&number) {
            let message = format!("`{number}` is no percentage");
            let help = "write a number from 0 to 100";
            errors
                .push(Diagnostic::error(Code::Config, message, places.span(percent.span())).with_help(help));
        }
        Some((kind, number))
    };
    written.into_iter().filter_map(&mut read).collect()
}

fn of_package(table: PackageTable, places: Places, errors: &mut Vec<Diagnostic>) -> PackageThresholds {
    let PackageTable { package, line, rule, expression, condition, decision } = table;
    let package = places.setting(package);
    let demanded = thresholds(ThresholdTable { line, rule, expression, condition, decision }, places, errors);
    let name = &package.text;
    let above = name.strip_suffix(BELOW).unwrap_or(name);
    let is_below_data = |name: &str| {
        name.strip_prefix("data").is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with('[')
                || rest.strip_prefix('.').is_some_and(|rest| !rest.is_empty())
        })
    };
    let mut refuse = |message: String, help: String| {
        errors.push(Diagnostic::error(Code::Config, message, package.span).with_help(help));
    };
    if above.contains('*') {
        let help = "`data.a` is one package, `data.a.**` that and all below it".to_owned();
        refuse(format!("`{name}` names no packages: `*` can only stand at the end, as `.**`"), help);
    } else if !is_below_data(above) {
        refuse(
            format!("`{name}` names no packages: they start with `data`"),
            format!("did you mean `data.{name}`?"),
        );
    }
    if demanded.is_empty() {
        let help = format!("write how many percent, as in `{} = 100`", Kind::Rule.as_str());
        refuse(format!("nothing is demanded of `{name}`"), help);
    }
    PackageThresholds { package: package.clone(), thresholds: demanded }
}

/// What stands behind a package that those below it are meant with.
const BELOW: &str = ".**";

#[cfg(test)]
mod tests {
    use super::super::tests::errors;
    use super::*;
    use crate::config::Config;
    use crate::source::{SourceId, Span};

    fn read(text: &str) -> CoverageSettings {
        Config::read(SourceId::default(), text).expect("it is read").coverage
    }

    #[test]
    fn settings_of_coverage_are_read() {
        let settings = read(
            "[coverage]\nexclude = ['lib/**']\ntests = true\nbaseline = 'b.txt'\n[coverage.threshold]\nline = 100\n\
             condition = 87.5\n[[coverage.package]]\npackage = 'data.a.**'\nrule = 0\n[[coverage.package]]\n\
             package = 'data.b'\ndecision = 100\nexpression = 1\n",
        );
        assert_eq!(settings.exclude.iter().map(|one| &*one.text).collect::<Vec<_>>(), ["lib/**"]);
        assert_eq!(settings.tests, Some(true));
        assert_eq!(settings.baseline.expect("a file").text, "b.txt");
        assert_eq!(settings.thresholds, Thresholds::from([(Kind::Line, 100.0), (Kind::Condition, 87.5)]));
        let packages: Vec<_> =
            settings.packages.into_iter().map(|one| (one.package.text, one.thresholds)).collect();
        let demanded = |kinds: &[(Kind, f64)]| kinds.iter().copied().collect::<Thresholds>();
        assert_eq!(
            packages,
            [
                ("data.a.**".to_owned(), demanded(&[(Kind::Rule, 0.0)])),
                ("data.b".to_owned(), demanded(&[(Kind::Decision, 100.0), (Kind::Expression, 1.0)])),
            ]
        );
        assert_eq!(read(""), CoverageSettings::default());
    }

    #[test]
    fn a_pattern_names_a_package_or_that_and_all_below_it() {
        for (pattern, package, expected) in [
            ("data.a", "data.a", true),
            ("data.a", "data.a.b", false),
            ("data.a", "data.ab", false),
            ("data.a.**", "data.a", true),
            ("data.a.**", "data.a.b.c", true),
            ("data.a.**", "data.a[\"b c\"]", true),
            ("data.a.**", "data.ab", false),
            ("data.**", "data.a", true),
            ("data[\"b c\"].**", "data[\"b c\"].d", true),
        ] {
            let package_setting =
                Setting { text: pattern.to_owned(), span: Span::new(SourceId::default(), 0, 0) };
            let of = PackageThresholds { package: package_setting, thresholds: Thresholds::new() };
            assert_eq!(of.matches(package), expected, "{pattern} {package}");
        }
    }

    #[test]
    fn what_is_wrong_with_coverage_is_told_with_its_place() {
        for (text, expected) in [
            (
                "[coverage]\nexcludes = []\n",
                "2:1: unknown field `excludes`, expected one of `exclude`, `tests`, `baseline`, `threshold`, `package` \
                 (did you mean `exclude`?)",
            ),
            (
                "[coverage.threshold]\nlines = 100\n",
                "2:1: unknown field `lines`, expected one of `line`, `rule`, `expression`, `condition`, `decision` \
                 (did you mean `line`?)",
            ),
            (
                "[coverage.threshold]\nrule = 100.5\n",
                "2:8: `100.5` is no percentage (write a number from 0 to 100)",
            ),
            (
                "[coverage.threshold]\nrule = -1\n",
                "2:8: `-1` is no percentage (write a number from 0 to 100)",
            ),
            (
                "[coverage.threshold]\nrule = nan\n",
                "2:8: `NaN` is no percentage (write a number from 0 to 100)",
            ),
            (
                "[coverage.threshold]\nrule = '90%'\n",
                "2:8: invalid type: string \"90%\", expected a number from 0 to 100",
            ),
            ("[[coverage.package]]\nline = 1\n", "1:1: missing field `package`"),
            (
                "[[coverage.package]]\npackage = 'authz'\nline = 1\n",
                "2:11: `authz` names no packages: they start with `data` (did you mean `data.authz`?)",
            ),
            (
                "[[coverage.package]]\npackage = 'data.*.b'\nline = 1\n",
                "2:11: `data.*.b` names no packages: `*` can only stand at the end, as `.**` (`data.a` is one package, \
                 `data.a.**` that and all below it)",
            ),
            (
                "[[coverage.package]]\npackage = 'data.b'\n",
                "2:11: nothing is demanded of `data.b` (write how many percent, as in `rule = 100`)",
            ),
        ] {
            assert_eq!(errors(text), [expected], "{text}");
        }
    }
}
