//! Paths as suites write them: `data.authz.allow`, `roles["team lead"]`.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// A text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathError {
    #[error("it is empty")]
    Empty,
    #[error("a name is missing before or after a dot")]
    EmptyName,
    #[error("`{0}` can't stand in a name")]
    Character(char),
    #[error("a bracket holds something other than one quoted string")]
    Bracket,
    #[error("a dot or a bracket has to follow `]`")]
    AfterBracket,
}

/// Reads names with dots between them; a name that is not plain stands as a JSON string in brackets.
pub(crate) fn parse(text: &str) -> Result<Vec<Arc<str>>, PathError> {
    if text.trim().is_empty() {
        return Err(PathError::Empty);
    }
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        rest = if let Some(bracket) = rest.strip_prefix('[') {
            let (name, after) = quoted(bracket).ok_or(PathError::Bracket)?;
            names.push(name.into());
            after.strip_prefix(']').ok_or(PathError::Bracket)?
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            names.push(plain(name)?.into());
            after
        };
        // What follows a name is the end, another bracket, or a dot and a plain name.
        match rest.chars().next() {
            None => return Ok(names),
            Some('[') => {}
            Some('.') => {
                rest = rest.strip_prefix('.').unwrap_or_default();
                if rest.starts_with('[') {
                    return Err(PathError::EmptyName);
                }
            }
            Some(_) => return Err(PathError::AfterBracket),
        }
    }
}

/// Reads a path into a document or a decision, such as `user.roles`.
pub(crate) fn inner(text: &str, span: Span) -> Result<Vec<Arc<str>>, Diagnostic> {
    parse(text).map_err(|error| {
        let help = "write names with dots between them, such as `user.role`; other names go into brackets, \
                    such as `user[\"team lead\"]`";
        invalid(text, &error, span).with_help(help)
    })
}

/// Reads the path of a document below `data`, and leaves the `data` out.
pub(crate) fn data(text: &str, span: Span) -> Result<Vec<Arc<str>>, Diagnostic> {
    let help = "write the document's whole path, such as `data.authz.allow`; names that are not plain go into \
                brackets, such as `data.teams[\"b c\"]`";
    let names = parse(text).map_err(|error| invalid(text, &error, span).with_help(help))?;
    let Some((root, below)) = names.split_first() else {
        return Err(invalid(text, &PathError::Empty, span).with_help(help));
    };
    let error = |message| Diagnostic::error(Code::Suite, message, span);
    match &**root {
        "data" if below.is_empty() => {
            Err(error("`data` alone is not one document".to_owned()).with_help(help))
        }
        "data" => Ok(below.to_vec()),
        "input" => {
            let help = "what belongs to the input goes under `input`";
            Err(error(format!("`{text}` is not below `data`")).with_help(help))
        }
        _ => {
            let help = format!("did you mean `data.{text}`?");
            Err(error(format!("`{text}` is not below `data`")).with_help(help))
        }
    }
}

/// The path as Rego writes it: plain names with dots, all others in brackets.
pub(crate) fn show<S: AsRef<str>>(root: &str, names: &[S]) -> String {
    let mut text = root.to_owned();
    for name in names.iter().map(AsRef::as_ref) {
        if is_identifier(name) {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(name);
        } else {
            text.push('[');
            text.push_str(&crate::value::rego_string(name));
            text.push(']');
        }
    }
    text
}

/// A path into a document as suites write it: dots wherever they will do.
pub(super) fn show_inner<S: AsRef<str>>(names: &[S]) -> String {
    let mut text = String::new();
    for name in names.iter().map(AsRef::as_ref) {
        if plain(name).is_ok() && !name.contains(['.', '[']) {
            text.push_str(if text.is_empty() { "" } else { "." });
            text.push_str(name);
        } else {
            text.push('[');
            text.push_str(&serde_json::Value::from(name).to_string());
            text.push(']');
        }
    }
    text
}

/// Whether Rego could write the name without quotes.
pub(crate) fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn invalid(text: &str, error: &PathError, span: Span) -> Diagnostic {
    Diagnostic::error(Code::Suite, format!("`{text}` is not a path: {error}"), span)
}

fn plain(name: &str) -> Result<&str, PathError> {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ']' | '"' | '\'' | '`' | '$');
    match name.chars().find(|c| wrong(*c)) {
        Some(wrong) => Err(PathError::Character(wrong)),
        None if name.is_empty() => Err(PathError::EmptyName),
        None => Ok(name),
    }
}

/// The JSON string at the start of a text, and what comes after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    if !text.starts_with('"') {
        return None;
    }
    let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let name = strings.next()?.ok()?;
    let after = text.get(strings.byte_offset()..)?;
    Some((name, after))
}

#[cfg(test)]
mod tests {
    use super::{PathError, parse, show, show_inner};

    #[test]
    fn paths_are_read() {
        for (text, names) in [
            ("a", &["a"][..]),
            ("data.authz.allow", &["data", "authz", "allow"]),
            (r#"data["b c"].d"#, &["data", "b c", "d"]),
            (r#"["a.b"]["c\"]"]"#, &["a.b", "c\"]"]),
            ("violations.0.msg", &["violations", "0", "msg"]),
            ("spiffe-id.größe", &["spiffe-id", "größe"]),
        ] {
            let read = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(read.iter().map(|name| &**name).collect::<Vec<_>>(), names, "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_paths_are_refused() {
        for (text, error) in [
            ("", PathError::Empty),
            (" ", PathError::Empty),
            (".a", PathError::EmptyName),
            ("a.", PathError::EmptyName),
            ("a..b", PathError::EmptyName),
            (r#"a.["b"]"#, PathError::EmptyName),
            ("a b", PathError::Character(' ')),
            ("a]", PathError::Character(']')),
            ("a[0]", PathError::Bracket),
            (r#"a["b""#, PathError::Bracket),
            (r#"a["b]"#, PathError::Bracket),
            (r#"a["b"]c"#, PathError::AfterBracket),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_shown_path_reads_as_the_same_path() {
        for text in ["data.authz.allow", r#"data.a["b c"].d"#, r#"data["0"]["x\ty.z"]"#, "reasons.0"] {
            let names = parse(text).expect("a path");
            assert_eq!(parse(&show("", &names)), Ok(names.clone()), "{text}");
            assert_eq!(parse(&show_inner(&names)), Ok(names), "{text}");
        }
    }
}
