//! Differences that are accepted, each for a reason.

use super::scan;

/// What says that a report tells an accepted difference.
pub(super) struct Accepted {
    /// Parts of reports.
    parts: Vec<&'static str>,
}

impl Accepted {
    /// The parts in `accepted.txt`, one a line, each after a line that says why.
    pub(super) fn read() -> Self {
        let lines = include_str!("accepted.txt").lines();
        Self { parts: lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect() }
    }

    /// Whether this report tells an accepted difference.
    pub(super) fn accept(&self, report: &str) -> bool {
        let Some((case, ours, theirs)) = sections(report) else { return false };
        self.parts.iter().any(|part| report.contains(part))
            || theirs.lines().any(has_a_key_twice)
            || leaves_walk_early(case, ours, theirs)
    }
}

/// The case, our answers and OPA's.
fn sections(report: &str) -> Option<(&str, &str, &str)> {
    let (case, answers) = report.split_once("-- ours")?;
    let (ours, theirs) = answers.split_once("-- OPA's --")?;
    Some((case, ours, theirs))
}

/// Whether an object in a text has one entry twice. OPA loses an entry out of sight when it puts another one with the same
/// hash into an object again, as `1` and `true` have, or `0`, `false`, `null`, `0.5` and `{}`; so it adds the first a second time.
fn has_a_key_twice(text: &str) -> bool {
    let text = text.replace("\\\"", "\"");
    text.match_indices('{').any(|(start, _)| {
        let inside = &text[start + 1..];
        let depths = scan::depths(inside);
        let mut depth = 0_usize;
        let end = inside.char_indices().find_map(|(at, char)| {
            depths[at]?;
            match char {
                '{' | '[' | '(' => depth += 1,
                '}' | ']' | ')' if depth == 0 => return Some(at),
                '}' | ']' | ')' => depth -= 1,
                _ => {}
            }
            None
        });
        let Some(end) = end else { return false };
        let parts = scan::parts(&inside[..end]);
        let entries: Vec<&&str> = parts.iter().filter(|part| part.contains(": ")).collect();
        entries.iter().enumerate().any(|(at, entry)| entries[..at].contains(entry))
    })
}

/// Whether a rule goes through `walk` and would have a second value, which OPA does not look for when who asked needs one only:
/// `walk` alone is left at once then.
fn leaves_walk_early(case: &str, ours: &str, theirs: &str) -> bool {
    case.contains("walk(") && ours.contains(": error eval_conflict_error: ") && !theirs.contains("error ")
}
