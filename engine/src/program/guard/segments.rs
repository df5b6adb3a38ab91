//! What OPA's rule index makes of globs and of the texts that they match.

/// The parts of a text between delimiters; after a backslash there is none.
pub fn segments<'t>(text: &'t str, delimiters: &str) -> Vec<&'t str> {
    let mut escaped = false;
    text.split(|char: char| {
        if char == '\\' || escaped {
            escaped = !escaped;
            return false;
        }
        delimiters.contains(char)
    })
    .collect()
}

/// Whether a segment of a glob has more in it than text.
pub(super) fn has_wildcard(segment: &str) -> bool {
    let mut escaped = false;
    segment.chars().any(|char| {
        if char == '\\' {
            escaped = !escaped;
            return false;
        }
        !std::mem::take(&mut escaped) && matches!(char, '[' | '?' | '{' | '*')
    })
}
