//! Writes paths as references, and reads the one after a module's `package`.

use std::sync::Arc;

use crate::value::rego_string;

/// The reference to a path under `data`, as OPA writes it: `data.a["b-c"]["if"]`.
pub fn data_reference(path: &[Arc<str>]) -> String {
    path.iter().fold("data".to_owned(), |reference, key| {
        if is_variable(key) {
            format!("{reference}.{key}")
        } else {
            format!("{reference}[{}]", rego_string(key))
        }
    })
}

/// The path of a module's package, or `None` when the module does not start with a `package` that can be read.
///
/// Whether the rest is Rego is for a parser to say.
pub fn package(text: &str) -> Option<Vec<Arc<str>>> {
    let rest = after_blanks(text).strip_prefix("package")?;
    if !rest.starts_with(|char: char| char.is_whitespace() || char == '#') {
        return None;
    }
    let (first, mut rest) = variable(after_blanks(rest))?;
    let mut path = vec![Arc::from(first)];
    loop {
        if let Some(after_dot) = rest.strip_prefix('.') {
            let (name, after) = variable(after_dot)?;
            path.push(Arc::from(name));
            rest = after;
        } else if let Some(after_bracket) = rest.strip_prefix('[') {
            let (key, after) = string(after_bracket)?;
            path.push(key);
            rest = after.strip_prefix(']')?;
        } else {
            return Some(path);
        }
    }
}

fn is_variable(key: &str) -> bool {
    variable(key).is_some_and(|(_, rest)| rest.is_empty()) && !KEYWORDS.contains(&key)
}

fn after_blanks(text: &str) -> &str {
    let mut text = text.trim_start();
    while let Some(comment) = text.strip_prefix('#') {
        text = comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    text
}

fn variable(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    name.starts_with(|first: char| !first.is_ascii_digit()).then_some((name, rest))
}

fn string(text: &str) -> Option<(Arc<str>, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        let (content, rest) = raw.split_once('`')?;
        return Some((Arc::from(content), rest));
    }
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = inner.find(|char| {
        let is_end = char == '"' && !escaped;
        escaped = char == '\\' && !escaped;
        is_end
    })?;
    let (literal, rest) = text.split_at_checked(end + 2)?;
    let content: String = serde_json::from_str(literal).ok()?;
    Some((Arc::from(content), rest))
}

const KEYWORDS: [&str; 15] = [
    "as", "contains", "default", "else", "every", "false", "if", "import", "in", "not", "null", "package",
    "some", "true", "with",
];

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{data_reference, package};

    #[test]
    fn references_quote_what_is_no_variable() {
        let path: Vec<Arc<str>> = ["a", "b_1", "1", "x-y", "if", "input", "", "é"].map(Arc::from).to_vec();
        assert_eq!(data_reference(&path), r#"data.a.b_1["1"]["x-y"]["if"].input[""]["é"]"#);
    }

    #[test]
    fn the_package_is_found_behind_comments() {
        let read = |text| package(text).map(|path| path.join("/"));
        assert_eq!(read("# c\n\n package # d\n a.b[\"x\\\"/\"].c\nimport x"), Some("a/b/x\"//c".to_owned()));
        assert_eq!(read("package a[`x\\`]"), Some("a/x\\".to_owned()));
        assert_eq!(read("package a"), Some("a".to_owned()));
        assert_eq!(read("packagea"), None);
        assert_eq!(read("package a[x]"), None);
        assert_eq!(read("package"), None);
        assert_eq!(read("# package a"), None);
        assert_eq!(read(""), None);
    }
}
