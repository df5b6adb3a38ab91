//! Refs as text.

/// A path as OPA writes refs: names with dots, everything else in brackets.
pub(crate) fn ref_text<'a>(path: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for part in path {
        if !is_plain_name(part) {
            text.push('[');
            text.push_str(&serde_json::Value::from(part).to_string());
            text.push(']');
            continue;
        }
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(part);
    }
    text
}

fn is_plain_name(part: &str) -> bool {
    let mut chars = part.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::ref_text;

    #[test]
    fn what_is_no_name_stands_in_brackets() {
        let text = |path: &[&str]| ref_text(path.iter().copied());
        assert_eq!(text(&["data", "a", "b_1"]), "data.a.b_1");
        assert_eq!(text(&["data", "a b", "0", "c"]), r#"data["a b"]["0"].c"#);
    }
}
