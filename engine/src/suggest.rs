//! Help lines about names from a closed set.

/// The name that is spelled most alike, if any is alike enough to be a slip; else the only one that has the text in it.
pub(crate) fn nearest<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    let folded = text.to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&folded, &name.to_lowercase());
    let compared = names.iter().take(MAX_COMPARED).map(|name| (likeness(name), *name));
    let best = compared.max_by(|(left, _), (right, _)| left.total_cmp(right));
    best.filter(|(likeness, _)| *likeness >= A_SLIP).map(|(_, name)| name).or_else(|| {
        let mut longer = names.iter().filter(|name| folded.chars().count() >= 4 && name.contains(&folded));
        longer.next().copied().filter(|_| longer.next().is_none())
    })
}

/// The Jaro-Winkler similarity from which on a name is taken for a slip of another.
const A_SLIP: f64 = 0.8;
const MAX_COMPARED: usize = 1_000;
