//! A baseline: the mutants that no test of an earlier run noticed, so that later ones find no others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::baseline::{self, BaselineError};

/// Mutants that no test noticed. Its text is made to be committed: a mutant has one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    survivors: Vec<Survivor>,
}

/// A mutant, by what stays the same while other lines of its file change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survivor {
    /// The file that it changes.
    pub file: String,
    /// The rule that it changes, as in `data.authz.allow`.
    pub rule: String,
    /// The id of its operator.
    pub operator: String,
    /// What is written there.
    pub old: String,
    /// What the mutant has instead.
    pub new: String,
}

impl Baseline {
    /// The baseline that a run makes.
    pub fn of(survivors: impl IntoIterator<Item = Survivor>) -> Self {
        let mut survivors: Vec<Survivor> = survivors.into_iter().collect();
        survivors.sort();
        Self { version: VERSION, survivors }
    }

    /// Reads what [`to_text`](Self::to_text) made.
    ///
    /// # Errors
    /// When it is something else or of another version.
    pub fn read(text: &[u8]) -> Result<Self, BaselineError> {
        baseline::read(text, VERSION)
    }

    /// JSON, one line for each mutant, so that changes of different rules don't meet in one line.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string can't fail.
        _ = write!(text, "{{\n  \"version\": {},\n  \"survivors\": [", self.version);
        for (index, survivor) in self.survivors.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            _ = write!(text, "{comma}\n    {}", serde_json::to_string(survivor).unwrap_or_default());
        }
        let end = if self.survivors.is_empty() { "" } else { "\n  " };
        _ = writeln!(text, "{end}]\n}}");
        text
    }

    /// The mutants of a later run that are not here. Of several that look the same, so many as there are more than here.
    pub fn beyond(&self, now: &Self) -> Vec<Survivor> {
        let mut known: BTreeMap<&Survivor, usize> = BTreeMap::new();
        for survivor in &self.survivors {
            *known.entry(survivor).or_default() += 1;
        }
        let mut new = Vec::new();
        for survivor in &now.survivors {
            match known.get_mut(survivor) {
                Some(count) if *count > 0 => *count -= 1,
                Some(_) | None => new.push(survivor.clone()),
            }
        }
        new
    }
}

/// The version of the format.
const VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use super::{Baseline, Survivor};
    use crate::baseline::BaselineError;

    fn survivor(rule: &str, old: &str) -> Survivor {
        Survivor {
            file: "a \"b\".rego".to_owned(),
            rule: rule.to_owned(),
            operator: "literal-drop".to_owned(),
            old: old.to_owned(),
            new: String::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_again_in_any_order() {
        let one = Baseline::of([survivor("data.b", "x\ny"), survivor("data.a", "z")]);
        assert_eq!(one, Baseline::of([survivor("data.a", "z"), survivor("data.b", "x\ny")]));
        assert_eq!(Baseline::read(one.to_text().as_bytes()).expect("a baseline"), one);
        assert_eq!(one.to_text().lines().count(), 7, "{}", one.to_text());
        let empty = Baseline::of([]);
        assert_eq!(Baseline::read(empty.to_text().as_bytes()).expect("a baseline"), empty);
    }

    #[test]
    fn only_what_was_not_there_before_is_new_and_twins_count() {
        let before = Baseline::of([survivor("data.a", "x"), survivor("data.a", "gone")]);
        let now = Baseline::of([survivor("data.a", "x"), survivor("data.a", "x"), survivor("data.b", "x")]);
        assert_eq!(before.beyond(&now), [survivor("data.a", "x"), survivor("data.b", "x")]);
        assert_eq!(now.beyond(&now), []);
    }

    #[test]
    fn other_texts_are_refused() {
        let error = |text: &str| Baseline::read(text.as_bytes()).expect_err(text);
        assert!(matches!(
            error(r#"{"version": 2, "survivors": []}"#),
            BaselineError::Version { found: 2, reads: 1 }
        ));
        for text in ["", "[]", "{}", r#"{"version": 1}"#, r#"{"version": 1, "survivors": [], "more": 1}"#] {
            assert!(matches!(error(text), BaselineError::Other(_)), "{text}");
        }
    }
}
