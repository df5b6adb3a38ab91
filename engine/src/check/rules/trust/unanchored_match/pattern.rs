//! Whether a regular expression says what is before and after the part that it names.

/// Whether each alternative of a pattern is bounded on both sides.
///
/// Bounds are anchors, `.*` and `.+`, and separators: `^/public/` is as good as a prefix that ends with one. What
/// is hard to read counts as bounded.
pub(super) fn is_bounded(pattern: &str) -> bool {
    is_bounded_within(pattern, MAX_GROUPS)
}

fn is_bounded_within(pattern: &str, groups: u32) -> bool {
    let Some(fewer) = groups.checked_sub(1) else { return true };
    let pattern = without_flags(pattern);
    let alternatives = alternatives(pattern);
    match alternatives.as_slice() {
        [only] => match group(only) {
            Some(inner) => is_bounded_within(inner, fewer),
            None => starts_bounded(only) && ends_bounded(only),
        },
        several => several.iter().all(|alternative| is_bounded_within(alternative, fewer)),
    }
}

/// The pattern without `(?i)` and the like before it.
fn without_flags(pattern: &str) -> &str {
    let Some((flags, rest)) = pattern.strip_prefix("(?").and_then(|rest| rest.split_once(')')) else {
        return pattern;
    };
    let are_flags = !flags.is_empty() && flags.chars().all(|flag| "imsU-".contains(flag));
    if are_flags { rest } else { pattern }
}

fn starts_bounded(pattern: &str) -> bool {
    const STARTS: [&str; 11] = ["^", r"\A", ".*", ".+", "/", ":", "@", "#", r"\.", r"\/", "[^"];
    STARTS.iter().any(|start| pattern.starts_with(start)) || pattern.starts_with("(^|")
}

fn ends_bounded(pattern: &str) -> bool {
    const ENDS: [&str; 9] = [".*", ".+", "/", ":", "@", "#", r"\.", r"\z", "|$)"];
    let escaped = pattern.ends_with(r"\$");
    ENDS.iter().any(|end| pattern.ends_with(end))
        || pattern.ends_with('$') && !escaped
        || pattern.ends_with(['*', '+']) && pattern.rfind("[^").is_some()
        || pattern.ends_with(".*)")
        || pattern.ends_with(".*)?")
}

/// The content, when the pattern is one group.
fn group(pattern: &str) -> Option<&str> {
    let inner = pattern.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_usize;
    for (_, kind) in tokens(inner) {
        match kind {
            Token::Open => depth += 1,
            Token::Close => depth = depth.checked_sub(1)?,
            Token::Bar | Token::Other => {}
        }
    }
    Some(inner.strip_prefix("?:").unwrap_or(inner))
}

/// The parts between `|` outside of groups and classes.
fn alternatives(pattern: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, kind) in tokens(pattern) {
        match kind {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::Bar if depth == 0 => {
                parts.push(pattern.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            Token::Bar | Token::Other => {}
        }
    }
    parts.push(pattern.get(start..).unwrap_or_default());
    parts
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Bar,
    Other,
}

/// The characters with a meaning of their own, with the offsets of their bytes.
fn tokens(pattern: &str) -> impl Iterator<Item = (usize, Token)> {
    let mut escaped = false;
    let mut class = false;
    pattern.char_indices().map(move |(at, character)| {
        if std::mem::take(&mut escaped) {
            return (at, Token::Other);
        }
        let token = match character {
            '\\' => {
                escaped = true;
                Token::Other
            }
            ']' if class => {
                class = false;
                Token::Other
            }
            _ if class => Token::Other,
            '[' => {
                class = true;
                Token::Other
            }
            '(' => Token::Open,
            ')' => Token::Close,
            '|' => Token::Bar,
            _ => Token::Other,
        };
        (at, token)
    })
}

/// How deep groups are looked into; Go's regular expressions nest no deeper than a thousand.
const MAX_GROUPS: u32 = 100;

#[cfg(test)]
mod tests {
    use super::is_bounded;

    #[test]
    fn patterns_with_bounds_on_both_sides_are_told_from_others() {
        for bounded in [
            "^a$",
            r"\Aa\z",
            "^(a|b)$",
            "^a$|^b$",
            "(^a$|^b$)",
            "(?:^a$)",
            "(?i)^a$",
            "^/public/",
            "^/public(/|$)",
            "^/public/.*",
            "^spiffe://a/[^/]+",
            "^a(/.*)?$",
            r"@example\.com$",
            r".*\.example\.com$",
            "^[|]$",
            r"^a\|b$",
            "^(((((a)))))$",
        ] {
            assert!(is_bounded(bounded), "{bounded}");
        }
        for open in
            ["a", "^a", "a$", "^a|b$", r"^a\$", "(a)", "^(a|b)", "(?i)a", "^a$|b", "[a-z]+", "", "(^a$)|(b)"]
        {
            assert!(!is_bounded(open), "{open}");
        }
    }

    #[test]
    fn deep_and_odd_patterns_do_no_harm() {
        assert!(!is_bounded(&"(".repeat(100_000)));
        assert!(!is_bounded(&")|".repeat(1_000)));
        assert!(is_bounded(&format!("{}a{}", "(".repeat(20_000), ")".repeat(20_000))));
    }
}
