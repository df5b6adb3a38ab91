//! Reads the messages of regorus, which come as text with the position rendered into them, and gives OPA's for them.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{ErrorCode, EvalError, Location};
use crate::source::{Sources, Span};

/// A message taken apart.
struct Message<'a> {
    /// The source's name, the row and the column.
    place: Option<(&'a str, usize, usize)>,
    /// What is wrong.
    text: &'a str,
}

/// The diagnostic that a message about the modules becomes; `otherwise` is its code where the text doesn't tell.
pub(super) fn diagnostic(sources: &Sources, text: &str, otherwise: Code) -> Diagnostic {
    let message = take_apart(text);
    let span = message.place.and_then(|(file, row, col)| span_at(sources, file, row, col));
    let code = if message.text.contains("is unsafe") { Code::UnsafeVar } else { otherwise };
    match unsafe_variable(message.text) {
        Some(name) => Diagnostic::error(code, format!("var {name} is unsafe"), span),
        None => Diagnostic::error(code, message.text, span),
    }
}

/// The error that a message about an evaluation becomes.
pub(super) fn eval_error(text: &str) -> EvalError {
    let message = take_apart(text);
    if message.text.contains("execution exceeded time limit") {
        // Where the clock was looked at says nothing about the policy.
        let message = "context deadline exceeded".to_owned();
        return EvalError { code: ErrorCode::Cancel, message, location: None };
    }
    let known = CONFLICTS.iter().find(|(words, _)| message.text.contains(words));
    let (code, text) =
        known.map_or((ErrorCode::Internal, message.text), |(_, text)| (ErrorCode::Conflict, *text));
    let location = message.place.map(|(file, row, col)| Location { file: Arc::from(file), row, col });
    EvalError { code, message: text.to_owned(), location }
}

/// A printed line without the place that regorus puts before it.
pub(super) fn printed(line: &str) -> String {
    let after_row = |(start, _): (usize, &str)| {
        let rest = line.get(start + 1..)?;
        let (row, text) = rest.split_once(": ")?;
        row.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
    };
    line.match_indices(':').find_map(after_row).unwrap_or(line).to_owned()
}

/// The form is: newline, `--> FILE:ROW:COL`, three lines of source, `KIND: TEXT`.
fn take_apart(text: &str) -> Message<'_> {
    let whole = Message { place: None, text: text.trim() };
    let Some((_, from_place)) = text.split_once("--> ") else { return whole };
    let Some((place, rest)) = from_place.split_once('\n') else { return whole };
    let text = rest.split_once("\nerror: ").map_or(rest, |(_, text)| text);
    Message { place: parse_place(place), text: text.lines().next().unwrap_or_default().trim() }
}

fn parse_place(place: &str) -> Option<(&str, usize, usize)> {
    let (rest, col) = place.rsplit_once(':')?;
    let (file, row) = rest.rsplit_once(':')?;
    Some((file, row.parse().ok()?, col.parse().ok()?))
}

fn span_at(sources: &Sources, file: &str, row: usize, col: usize) -> Option<Span> {
    let (id, source) = sources.iter().find(|(_, source)| &**source.name() == file)?;
    let offset = offset_at(source.text(), row, col)?;
    Some(Span::new(id, offset, offset))
}

/// The byte offset of a row and a column.
pub(super) fn offset_at(text: &str, row: usize, col: usize) -> Option<u32> {
    let row_start: usize = text.split_inclusive('\n').take(row.checked_sub(1)?).map(str::len).sum();
    u32::try_from((row_start + col.checked_sub(1)?).min(text.len())).ok()
}

fn unsafe_variable(text: &str) -> Option<&str> {
    text.strip_prefix("use of undefined variable `")?.strip_suffix("` is unsafe")
}

/// What regorus says of conflicts, and what OPA does.
const CONFLICTS: [(&str, &str); 3] = [
    ("multiple outputs", "complete rules must not produce multiple outputs"),
    ("rule conflicts with rule", "complete rules must not produce multiple outputs"),
    ("generated multiple times", "object keys must be unique"),
];

#[cfg(test)]
mod tests {
    use super::{eval_error, printed};
    use crate::policy::ErrorCode;

    #[test]
    fn a_conflict_is_told_in_the_words_of_opa() {
        let text = "\n--> a.rego:4:1\n  |\n4 | p := 2\n  | ^\nerror: complete rules should not produce multiple outputs";
        let error = eval_error(text);
        assert_eq!(error.code, ErrorCode::Conflict);
        assert_eq!(error.message, "complete rules must not produce multiple outputs");
        let location = error.location.expect("a place");
        assert_eq!((&*location.file, location.row, location.col), ("a.rego", 4, 1));
    }

    #[test]
    fn a_deadline_is_told_in_the_words_of_opa_and_has_no_place() {
        let error =
            eval_error("\n--> a.rego:4:1\n  |\n4 | p := 2\n  | ^\nerror: execution exceeded time limit");
        assert_eq!((error.code, &*error.message), (ErrorCode::Cancel, "context deadline exceeded"));
        assert_eq!(error.location, None);
    }

    #[test]
    fn printed_text_loses_its_place_and_nothing_else() {
        assert_eq!(printed("dir/a.rego:12: x: y"), "x: y");
        assert_eq!(printed("C:\\a.rego:3: text"), "text");
        assert_eq!(printed("a.rego:3: "), "");
        assert_eq!(printed("no place"), "no place");
    }
}
