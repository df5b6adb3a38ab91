//! A baseline: the numbers of an earlier run, which later ones must not fall below.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::baseline::{self, BaselineError};

use super::{Count, Coverage, Kind, Tests, Totals};

/// What was covered of each file, and of all of them. Its text is made to be committed: a file has one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    /// Whether the rules of tests counted.
    tests: bool,
    /// `[covered, total]` by kind.
    all: Counts,
    files: BTreeMap<Arc<str>, Counts>,
}

type Counts = BTreeMap<String, [u64; 2]>;

/// A kind that less is covered of than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drop {
    /// The file; none for all of them.
    pub file: Option<Arc<str>>,
    /// The kind.
    pub kind: Kind,
    /// How much was covered before.
    pub before: Count,
    /// How much is now.
    pub now: Count,
}

/// Why something is no baseline for a run.
#[derive(Debug, thiserror::Error)]
pub enum UnfitBaseline {
    /// It is none.
    #[error(transparent)]
    None(#[from] BaselineError),
    /// The rules of tests count here and not there, or the other way round.
    #[error("it was written {} --coverage-tests: measure alike", if *counted { "with" } else { "without" })]
    Tests {
        /// Whether they counted there.
        counted: bool,
    },
}

impl Baseline {
    /// The baseline that a run makes.
    pub fn of(coverage: &Coverage, tests: Tests) -> Self {
        let files = coverage.files.iter().filter(|(_, file)| tests == Tests::Counted || !file.is_test);
        Self {
            version: VERSION,
            tests: tests == Tests::Counted,
            all: counts(&Totals::of(coverage, tests)),
            files: files
                .map(|(name, file)| (Arc::clone(name), counts(&Totals::of_file(file, tests))))
                .collect(),
        }
    }

    /// Reads what [`to_text`](Self::to_text) made.
    ///
    /// # Errors
    /// When it is something else or of another version, or other rules counted.
    pub fn read(text: &[u8], tests: Tests) -> Result<Self, UnfitBaseline> {
        let baseline: Self = baseline::read(text, VERSION)?;
        if baseline.tests != (tests == Tests::Counted) {
            return Err(UnfitBaseline::Tests { counted: baseline.tests });
        }
        Ok(baseline)
    }

    /// JSON, one line for each file, so that changes of different files don't meet in one line.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let json = |counts: &Counts| serde_json::to_string(counts).unwrap_or_default();
        // Writing to a string can't fail.
        _ = writeln!(text, "{{\n  \"version\": {},\n  \"tests\": {},", self.version, self.tests);
        _ = write!(text, "  \"all\": {},\n  \"files\": {{", json(&self.all));
        for (index, (name, counts)) in self.files.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            _ = write!(text, "{comma}\n    {}: {}", serde_json::Value::from(&**name), json(counts));
        }
        let end = if self.files.is_empty() { "" } else { "\n  " };
        _ = writeln!(text, "{end}}}\n}}");
        text
    }

    /// What less is covered of in a run than here, in percent: kinds of all files together, and of each file that both
    /// have. Counts are compared, not rounded percentages. A kind that there was nothing of can't drop.
    pub fn drops(&self, coverage: &Coverage) -> Vec<Drop> {
        let tests = if self.tests { Tests::Counted } else { Tests::LeftOut };
        self.drops_to(&Self::of(coverage, tests))
    }

    fn drops_to(&self, now: &Self) -> Vec<Drop> {
        let mut drops = Vec::new();
        drops_of(None, &self.all, &now.all, &mut drops);
        for (name, before) in &self.files {
            if let Some(now) = now.files.get(name) {
                drops_of(Some(name), before, now, &mut drops);
            }
        }
        drops
    }
}

fn counts(totals: &Totals) -> Counts {
    let number = |value| u64::try_from(value).unwrap_or(u64::MAX);
    let pair = |count: Count| [number(count.covered), number(count.total)];
    Kind::ALL.into_iter().map(|kind| (kind.as_str().to_owned(), pair(totals.count(kind)))).collect()
}

fn drops_of(file: Option<&Arc<str>>, before: &Counts, now: &Counts, drops: &mut Vec<Drop>) {
    for kind in Kind::ALL {
        let of =
            |counts: &Counts| counts.get(kind.as_str()).copied().map(count).filter(|count| count.total > 0);
        let (Some(before), Some(now)) = (of(before), of(now)) else { continue };
        let product = |covered: usize, total: usize| covered as u128 * total as u128;
        if product(now.covered, before.total) < product(before.covered, now.total) {
            drops.push(Drop { file: file.cloned(), kind, before, now });
        }
    }
}

fn count([covered, total]: [u64; 2]) -> Count {
    let number = |value| usize::try_from(value).unwrap_or(usize::MAX);
    Count { covered: number(covered), total: number(total) }
}

/// The version of the format.
const VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(all: [u64; 2], file: [u64; 2]) -> Baseline {
        let counts = |count| Counts::from([("rule".to_owned(), count)]);
        let files = BTreeMap::from([("a \"b\".rego".into(), counts(file))]);
        Baseline { version: VERSION, tests: false, all: counts(all), files }
    }

    fn drops(before: &Baseline, now: &Baseline) -> usize {
        before.drops_to(now).len()
    }

    #[test]
    fn a_drop_of_counts_is_found_however_small() {
        let (many, more) = (10_000_000_000, 10_000_000_001);
        for (before, now, expected) in [
            ([1, 2], [1, 2], 0),
            ([1, 2], [2, 4], 0),
            ([1, 2], [2, 3], 0),
            ([1, 2], [1, 3], 1),
            ([many, many], [many, more], 1),
            ([u64::MAX, u64::MAX], [u64::MAX, u64::MAX], 0),
            ([0, 0], [0, 5], 0),
            ([5, 5], [0, 0], 0),
        ] {
            assert_eq!(
                drops(&baseline(before, [1, 1]), &baseline(now, [1, 1])),
                expected,
                "{before:?} {now:?}"
            );
            assert_eq!(
                drops(&baseline([1, 1], before), &baseline([1, 1], now)),
                expected,
                "{before:?} {now:?}"
            );
        }
        let mut gone = baseline([1, 2], [1, 2]);
        gone.files.clear();
        assert_eq!(drops(&baseline([1, 2], [2, 2]), &gone), 0, "a file that went away drops nothing");
        assert_eq!(drops(&gone, &baseline([1, 2], [0, 2])), 0, "nor does one that came");
    }

    #[test]
    fn what_is_written_is_read() {
        let written = baseline([7, 9], [1, 2]);
        let text = written.to_text();
        assert_eq!(
            text,
            "{\n  \"version\": 1,\n  \"tests\": false,\n  \"all\": {\"rule\":[7,9]},\n  \"files\": {\n    \
             \"a \\\"b\\\".rego\": {\"rule\":[1,2]}\n  }\n}\n"
        );
        assert_eq!(Baseline::read(text.as_bytes(), Tests::LeftOut).unwrap(), written);
        let empty = Baseline::of(&Coverage::default(), Tests::Counted);
        assert_eq!(Baseline::read(empty.to_text().as_bytes(), Tests::Counted).unwrap(), empty);
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        for (text, message) in [
            ("[]", "it is not a baseline as `--update-baseline` writes it: "),
            (
                "{\"version\": 1,\n \"lines\": 3}",
                "unknown field `lines`, expected one of `version`, `tests`, `all`, `files` at line 2 column 8",
            ),
            ("{\"version\": 2}", "it has version 2 of the format"),
            (
                "{\"version\": 1, \"tests\": true, \"all\": {}, \"files\": {}}",
                "it was written with --coverage-tests",
            ),
        ] {
            let error = Baseline::read(text.as_bytes(), Tests::LeftOut).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
