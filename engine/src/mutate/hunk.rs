//! What a mutant changes, as a hunk of a unified diff.

use super::mutant::Mutant;
use super::run::changed_text;
use crate::source::LineIndex;

/// Lines that are different, and the line before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// The row of the first line, from 1.
    pub row: usize,
    /// The lines with `-`, `+` or a space before them.
    pub lines: Vec<String>,
}

impl Hunk {
    /// What a mutant changes in the text that it is of.
    pub fn of(text: &str, mutant: &Mutant) -> Self {
        let changed = changed_text(text, mutant).unwrap_or_default();
        let (old, new): (Vec<&str>, Vec<&str>) = (text.lines().collect(), changed.lines().collect());
        let same =
            |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
        let start = same(&mut old.iter().zip(&new));
        let most = old.len().min(new.len()) - start;
        let end = same(&mut old.iter().rev().zip(new.iter().rev())).min(most);
        let first = start.saturating_sub(1);
        let mut lines = Vec::new();
        let mut add = |mark: char, from: &[&str]| {
            lines.extend(from.iter().map(|line| format!("{mark}{line}")));
        };
        add(' ', old.get(first..start).unwrap_or_default());
        add('-', old.get(start..old.len() - end).unwrap_or_default());
        add('+', new.get(start..new.len() - end).unwrap_or_default());
        let after = old.len() - end;
        add(' ', old.get(after..(after + 1).min(old.len())).unwrap_or_default());
        Self { row: first + 1, lines }
    }

    /// The line that says where it is: `@@ -3,2 +3,2 @@`.
    pub fn header(&self) -> String {
        let count = |mark: char| self.lines.iter().filter(|line| !line.starts_with(mark)).count();
        format!("@@ -{row},{} +{row},{} @@", count('+'), count('-'), row = self.row)
    }
}

/// The row and column where a mutant is, both from 1.
pub fn position(text: &str, mutant: &Mutant) -> (usize, usize) {
    let position = LineIndex::new(text).position(mutant.span.start);
    (position.row, position.col)
}
