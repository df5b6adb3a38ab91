//! Coverage as Cobertura's XML, by its `coverage-04.dtd`, which CI systems read.
//!
//! Packages are Rego's, classes are files, methods are clauses, and each condition is one of its row, half of it for
//! having held and half for not having held. There is no clock here: the time stamp is 0.

use std::collections::BTreeMap;
use std::io::{self, Write};

use portcullis::coverage::{Coverage, FileCoverage, LiteralCoverage, Row, Tests};
use quick_xml::se::Serializer;
use serde::Serialize;

use super::coverage_clauses::named;
use super::outcome::one_line;

/// One document.
pub(crate) fn write(coverage: &Coverage, tests: Tests, out: &mut dyn Write) -> io::Result<()> {
    let mut packages: BTreeMap<&str, Vec<(&str, &FileCoverage)>> = BTreeMap::new();
    for (name, file) in &coverage.files {
        if tests == Tests::Counted || !file.is_test {
            packages.entry(&file.package).or_default().push((name, file));
        }
    }
    let mut all = Sums::default();
    let packages: Vec<PackageXml> =
        packages.into_iter().map(|(name, files)| PackageXml::of(name, &files, tests, &mut all)).collect();
    let document = CoverageXml {
        line_rate: all.line_rate(),
        branch_rate: all.branch_rate(),
        lines_covered: all.lines_covered,
        lines_valid: all.lines,
        branches_covered: all.branches_covered,
        branches_valid: all.branches,
        complexity: 0,
        version: concat!("portcullis ", env!("CARGO_PKG_VERSION")),
        timestamp: 0,
        sources: SourcesXml { source: "." },
        packages: PackagesXml { packages },
    };
    let mut text = String::new();
    let mut serializer = Serializer::new(&mut text);
    serializer.indent(' ', 2);
    document.serialize(serializer).map_err(io::Error::other)?;
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{DOCTYPE}\n{text}")
}

/// What rates are made of.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    lines: usize,
    lines_covered: usize,
    branches: usize,
    branches_covered: usize,
}

impl Sums {
    fn of<'r>(rows: impl Iterator<Item = &'r Row<'r>>) -> Self {
        let mut sums = Self::default();
        for row in rows {
            sums.lines += 1;
            sums.lines_covered += usize::from(row.hits > 0);
            sums.branches += 2 * row.conditions.len();
            sums.branches_covered += row.conditions.iter().copied().map(seen).sum::<usize>();
        }
        sums
    }

    fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.lines_covered += other.lines_covered;
        self.branches += other.branches;
        self.branches_covered += other.branches_covered;
    }

    fn line_rate(self) -> String {
        rate(self.lines_covered, self.lines)
    }

    fn branch_rate(self) -> String {
        rate(self.branches_covered, self.branches)
    }
}

/// Of having held and not having held.
fn seen(literal: &LiteralCoverage) -> usize {
    usize::from(literal.held > 0) + usize::from(literal.failed > 0)
}

/// From 0 to 1, rounded down to four digits so that 1 means all; 1 when there is nothing.
fn rate(covered: usize, all: usize) -> String {
    let parts = (covered * 10_000).checked_div(all).unwrap_or(10_000);
    let digits = format!("{}.{:04}", parts / 10_000, parts % 10_000);
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[derive(Debug, Serialize)]
#[serde(rename = "coverage")]
struct CoverageXml {
    #[serde(rename = "@line-rate")]
    line_rate: String,
    #[serde(rename = "@branch-rate")]
    branch_rate: String,
    #[serde(rename = "@lines-covered")]
    lines_covered: usize,
    #[serde(rename = "@lines-valid")]
    lines_valid: usize,
    #[serde(rename = "@branches-covered")]
    branches_covered: usize,
    #[serde(rename = "@branches-valid")]
    branches_valid: usize,
    #[serde(rename = "@complexity")]
    complexity: u32,
    #[serde(rename = "@version")]
    version: &'static str,
    #[serde(rename = "@timestamp")]
    timestamp: u32,
    sources: SourcesXml,
    packages: PackagesXml,
}

/// What file names are relative to: the folder that the command ran in.
#[derive(Debug, Serialize)]
struct SourcesXml {
    source: &'static str,
}

#[derive(Debug, Serialize)]
struct PackagesXml {
    #[serde(rename = "package")]
    packages: Vec<PackageXml>,
}

#[derive(Debug, Serialize)]
struct PackageXml {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "@line-rate")]
    line_rate: String,
    #[serde(rename = "@branch-rate")]
    branch_rate: String,
    #[serde(rename = "@complexity")]
    complexity: u32,
    classes: ClassesXml,
}

impl PackageXml {
    fn of(name: &str, files: &[(&str, &FileCoverage)], tests: Tests, all: &mut Sums) -> Self {
        let mut own = Sums::default();
        let classes = files.iter().map(|(name, file)| ClassXml::of(name, file, tests, &mut own)).collect();
        all.add(own);
        Self {
            name: one_line(name),
            line_rate: own.line_rate(),
            branch_rate: own.branch_rate(),
            complexity: 0,
            classes: ClassesXml { classes },
        }
    }
}

#[derive(Debug, Serialize)]
struct ClassesXml {
    #[serde(rename = "class")]
    classes: Vec<ClassXml>,
}

#[derive(Debug, Serialize)]
struct ClassXml {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "@filename")]
    filename: String,
    #[serde(rename = "@line-rate")]
    line_rate: String,
    #[serde(rename = "@branch-rate")]
    branch_rate: String,
    #[serde(rename = "@complexity")]
    complexity: u32,
    methods: MethodsXml,
    lines: LinesXml,
}

impl ClassXml {
    fn of(name: &str, file: &FileCoverage, tests: Tests, package: &mut Sums) -> Self {
        let rows = file.rows(tests);
        let own = Sums::of(rows.values());
        package.add(own);
        let method = |(name, clause): (String, &portcullis::coverage::ClauseCoverage)| {
            let (first, last) = (clause.range.start.row, clause.range.end.row);
            let inside: Vec<_> = rows.range(first..=last.max(first)).collect();
            let sums = Sums::of(inside.iter().map(|(_, row)| *row));
            MethodXml {
                name,
                signature: "",
                line_rate: sums.line_rate(),
                branch_rate: sums.branch_rate(),
                complexity: 0,
                lines: LinesXml::of(inside.into_iter()),
            }
        };
        Self {
            name: one_line(name.rsplit('/').next().unwrap_or(name)),
            filename: one_line(name),
            line_rate: own.line_rate(),
            branch_rate: own.branch_rate(),
            complexity: 0,
            methods: MethodsXml { methods: named(file, tests).into_iter().map(method).collect() },
            lines: LinesXml::of(rows.iter()),
        }
    }
}

#[derive(Debug, Serialize)]
struct MethodsXml {
    #[serde(rename = "method")]
    methods: Vec<MethodXml>,
}

#[derive(Debug, Serialize)]
struct MethodXml {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "@signature")]
    signature: &'static str,
    #[serde(rename = "@line-rate")]
    line_rate: String,
    #[serde(rename = "@branch-rate")]
    branch_rate: String,
    #[serde(rename = "@complexity")]
    complexity: u32,
    lines: LinesXml,
}

#[derive(Debug, Serialize)]
struct LinesXml {
    #[serde(rename = "line")]
    lines: Vec<LineXml>,
}

impl LinesXml {
    fn of<'r>(rows: impl Iterator<Item = (&'r u32, &'r Row<'r>)>) -> Self {
        Self { lines: rows.map(|(number, row)| LineXml::of(*number, row)).collect() }
    }
}

#[derive(Debug, Serialize)]
struct LineXml {
    #[serde(rename = "@number")]
    number: u32,
    #[serde(rename = "@hits")]
    hits: u64,
    #[serde(rename = "@branch")]
    branch: bool,
    #[serde(rename = "@condition-coverage", skip_serializing_if = "Option::is_none")]
    condition_coverage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conditions: Option<ConditionsXml>,
}

impl LineXml {
    fn of(number: u32, row: &Row<'_>) -> Self {
        let seen: Vec<usize> = row.conditions.iter().copied().map(seen).collect();
        let (covered, all) = (seen.iter().sum::<usize>(), 2 * seen.len());
        let condition =
            |(number, seen)| ConditionXml { number, kind: "jump", coverage: format!("{}%", 50 * seen) };
        let coverage =
            (100 * covered).checked_div(all).map(|percent| format!("{percent}% ({covered}/{all})"));
        Self {
            number,
            hits: row.hits,
            branch: coverage.is_some(),
            conditions: coverage
                .is_some()
                .then(|| ConditionsXml { conditions: seen.into_iter().enumerate().map(condition).collect() }),
            condition_coverage: coverage,
        }
    }
}

#[derive(Debug, Serialize)]
struct ConditionsXml {
    #[serde(rename = "condition")]
    conditions: Vec<ConditionXml>,
}

#[derive(Debug, Serialize)]
struct ConditionXml {
    #[serde(rename = "@number")]
    number: usize,
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "@coverage")]
    coverage: String,
}

/// Readers that look for it find the description that is part of Cobertura.
const DOCTYPE: &str = "<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">";

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn a_rate_is_rounded_down() {
        for (covered, all, expected) in [
            (0, 3, "0"),
            (1, 3, "0.3333"),
            (2, 3, "0.6666"),
            (99_999, 100_000, "0.9999"),
            (3, 3, "1"),
            (0, 0, "1"),
        ] {
            assert_eq!(rate(covered, all), expected);
        }
    }
}
