//! Help lines about names from a closed set.

use std::fmt::Write as _;

/// The name that was meant, or else all the names there are.
///
/// `what` says what the names are, as in `the axes are`.
pub(crate) fn help(text: &str, what: &str, names: &[&str]) -> String {
    if let Some(name) = nearest(text, names) {
        return format!("did you mean `{name}`?");
    }
    format!("{what} {}", list(names))
}

/// The names in backticks, the first few when there are many.
pub(crate) fn list(names: &[&str]) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().take(MAX_LISTED).enumerate() {
        let last = index + 1 == names.len();
        let separator = match index {
            0 => "",
            _ if last => " and ",
            _ => ", ",
        };
        // Writing to a string can't fail.
        let _ = write!(text, "{separator}`{name}`");
    }
    match names.len().saturating_sub(MAX_LISTED) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// The name that is spelled most alike, if any is alike enough to be a slip; else the only one that has the text in it.
pub fn nearest<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    let folded = text.to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&folded, &name.to_lowercase());
    let compared = names.iter().take(MAX_COMPARED).map(|name| (likeness(name), *name));
    let best = compared.max_by(|(left, _), (right, _)| left.total_cmp(right));
    best.filter(|(likeness, _)| *likeness >= A_SLIP).map(|(_, name)| name).or_else(|| {
        let mut longer = names.iter().filter(|name| folded.chars().count() >= 4 && name.contains(&folded));
        longer.next().copied().filter(|_| longer.next().is_none())
    })
}

/// How many characters have to be added, left out or replaced to make one text of the other. It takes time for each pair of
/// their characters.
pub(crate) fn edits(left: &str, right: &str) -> usize {
    strsim::levenshtein(left, right)
}

/// The Jaro-Winkler similarity from which on a name is taken for a slip of another.
const A_SLIP: f64 = 0.8;
const MAX_LISTED: usize = 8;
const MAX_COMPARED: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::{help, list};

    #[test]
    fn a_slip_is_corrected_and_a_stranger_gets_the_list() {
        let names = ["caller", "action"];
        assert_eq!(help("Calller", "the axes are", &names), "did you mean `caller`?");
        assert_eq!(help("call", "the axes are", &names), "did you mean `caller`?");
        assert_eq!(help("colour", "the axes are", &names), "the axes are `caller` and `action`");
    }

    #[test]
    fn a_long_list_is_cut() {
        let names = ["a"; 10];
        assert_eq!(list(&names), "`a`, `a`, `a`, `a`, `a`, `a`, `a`, `a` and 2 more");
    }
}
