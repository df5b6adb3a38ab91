//! Bans and lifted bans as edits of the text of a data file: everything else in the file stays as it was written.

use crate::diagnostic::Diagnostic;
use crate::document::{self, Entry, Node, NodeKind};
use crate::source::{SourceId, Span};
use crate::value::{Array, Object, Value, json_string};

/// How a data file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As JSON.
    Json,
    /// As YAML.
    Yaml,
}

/// What happens to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It goes on the list.
    Ban,
    /// It comes off the list, however often it is there.
    Lift,
}

/// Why a file can't be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is no document.
    #[error("the document can't be read")]
    Unreadable(Box<Diagnostic>),
    /// The document is no object.
    #[error("the document is {found}, and `{KEY}` is a field of an object")]
    NoObject {
        /// What it is.
        found: &'static str,
    },
    /// An object has a key twice, so that the list that is seen may not be the one that counts.
    #[error("the key `{key}` is there twice")]
    RepeatedKey {
        /// The key.
        key: String,
    },
    /// The list is something else.
    #[error("`{KEY}` is {found}, and has to be a list")]
    NoList {
        /// What it is.
        found: &'static str,
    },
    /// What would be written does not read as what is wanted.
    #[error("`{KEY}` is written in a way that can't be edited without touching anything else")]
    Unsure,
}

/// The list after a change: a ban goes to its end, and everything else stays in its order. `None` if that is what it says already.
pub fn changed(list: &Array, id: &str, change: Change) -> Option<Array> {
    let is_it = |entry: &Value| entry.as_str() == Some(id);
    match change {
        Change::Ban if list.iter().any(is_it) => None,
        Change::Ban => Some(list.iter().cloned().chain([Value::from(id)]).collect()),
        Change::Lift if list.iter().any(is_it) => {
            Some(list.iter().filter(|entry| !is_it(entry)).cloned().collect())
        }
        Change::Lift => None,
    }
}

/// The text of a data file after a change of `banned_agents`, which is a field of its document; `None` if the file says so
/// already. The new text was read again, and means exactly what is wanted.
///
/// # Errors
/// When the file can't be read, the list is none, or it is written in a way that this doesn't know how to edit.
pub fn edit(text: &str, form: Form, id: &str, change: Change) -> Result<Option<String>, EditError> {
    let root = read(text, form)?;
    if !matches!(root.kind, NodeKind::Object(_)) {
        return Err(EditError::NoObject { found: root.describe() });
    }
    if let Some((_, again)) = root.repeated_key() {
        return Err(EditError::RepeatedKey { key: again.key.to_string() });
    }
    let before = match root.get(KEY) {
        Some(list) => {
            let array = list.to_value().as_array().cloned();
            array.ok_or(EditError::NoList { found: list.describe() })?
        }
        None => Array::new(),
    };
    let Some(after) = changed(&before, id, change) else { return Ok(None) };
    let mut wanted = if let Value::Object(object) = root.to_value() { object } else { Object::new() };
    wanted.insert(Value::from(KEY), Value::Array(after));
    let edited = match change {
        Change::Ban => insert(text, &root, form, id),
        Change::Lift => remove_all(text, root, form, id),
    };
    let edited = edited.ok_or(EditError::Unsure)?;
    match read(&edited, form) {
        Ok(node) if node.to_value() == Value::Object(wanted) => Ok(Some(edited)),
        Ok(_) | Err(_) => Err(EditError::Unsure),
    }
}

/// The list that a data file has, whatever it is; `None` if there is none.
pub fn list(text: &str, form: Form) -> Option<Value> {
    read(text, form).ok()?.get(KEY).map(Node::to_value)
}

fn read(text: &str, form: Form) -> Result<Node, EditError> {
    let source = SourceId::default();
    let read = match form {
        Form::Json => document::json(source, text),
        Form::Yaml => document::yaml(source, text),
    };
    read.map_err(|diagnostic| EditError::Unreadable(Box::new(diagnostic)))
}

fn insert(text: &str, root: &Node, form: Form, id: &str) -> Option<String> {
    let Some(list) = root.get(KEY) else { return insert_list(text, root, form, id) };
    let NodeKind::Array(items) = &list.kind else { return None };
    if is_in_brackets(text, list) {
        return insert_between_brackets(text, list, items, id);
    }
    // A list in block style has items, each after a hyphen on a line of its own.
    let final_item = items.last()?;
    let line = line_of(text, final_item.span)?;
    let before = text.get(line.start..start(final_item.span))?;
    if before.trim_start_matches(' ').trim_end_matches(' ') != "-" {
        return None;
    }
    let written = match text.get(start(final_item.span)..)?.chars().next()? {
        '"' => json_string(id),
        '\'' => format!("'{id}'"),
        _ => id.to_owned(),
    };
    let ending = ending(text, line.end);
    let (head, tail) = text.split_at_checked(line.end)?;
    let first = if head.ends_with('\n') { "" } else { ending };
    let after = if head.ends_with('\n') { ending } else { "" };
    Some(format!("{head}{first}{before}{written}{after}{tail}"))
}

fn insert_between_brackets(text: &str, list: &Node, items: &[Node], id: &str) -> Option<String> {
    let written = json_string(id);
    let Some(final_item) = items.last() else {
        let (head, tail) = text.split_at_checked(start(list.span).checked_add(1)?)?;
        return Some(format!("{head}{written}{}", tail.trim_start()));
    };
    // What stands before the last item stands before the new one too: a space, or a line break and the indentation.
    let before = match items {
        [.., second_last, _] => text
            .get(end(second_last.span)..start(final_item.span))?
            .trim_start_matches(|c| c != ',')
            .get(1..)?,
        _ => text.get(start(list.span).checked_add(1)?..start(final_item.span))?,
    };
    let before = match (items.len(), before) {
        (1, "") => " ",
        (_, before) if before.trim().is_empty() => before,
        _ => " ",
    };
    let (head, tail) = text.split_at_checked(end(final_item.span))?;
    Some(format!("{head},{before}{written}{tail}"))
}

/// A list where there is none: after the last field.
fn insert_list(text: &str, root: &Node, form: Form, id: &str) -> Option<String> {
    let NodeKind::Object(entries) = &root.kind else { return None };
    let written = json_string(id);
    if form == Form::Yaml && !is_in_brackets(text, root) {
        let ending = ending(text, text.len());
        let first = if text.is_empty() || text.ends_with('\n') { "" } else { ending };
        return Some(format!("{text}{first}{KEY}:{ending}  - {written}{ending}"));
    }
    let Some(last) = entries.last() else {
        let (head, tail) = text.split_at_checked(start(root.span).checked_add(1)?)?;
        return Some(format!("{head}\"{KEY}\": [{written}]{}", tail.trim_start()));
    };
    let before = text.get(..start(last.key_span))?;
    let space = before.get(before.trim_end().len()..)?;
    let space = if space.is_empty() { " " } else { space };
    let (head, tail) = text.split_at_checked(end(last.value.span))?;
    Some(format!("{head},{space}\"{KEY}\": [{written}]{tail}"))
}

fn remove_all(text: &str, mut root: Node, form: Form, id: &str) -> Option<String> {
    let mut text = text.to_owned();
    loop {
        let list = root.get(KEY)?;
        let NodeKind::Array(items) = &list.kind else { return None };
        let Some(at) =
            items.iter().position(|item| matches!(&item.kind, NodeKind::String(text) if **text == *id))
        else {
            return Some(text);
        };
        let shorter = remove(&text, &root, list, items, at)?;
        if shorter.len() >= text.len() {
            return None;
        }
        text = shorter;
        root = read(&text, form).ok()?;
    }
}

fn remove(text: &str, root: &Node, list: &Node, items: &[Node], at: usize) -> Option<String> {
    let item = items.get(at)?;
    if is_in_brackets(text, list) {
        let previous = at.checked_sub(1).and_then(|before| items.get(before));
        let (from, to) = match (previous, items.get(at.checked_add(1)?)) {
            (Some(previous), _) => (end(previous.span), end(item.span)),
            (None, Some(next)) => (start(item.span), start(next.span)),
            (None, None) => {
                let bracket = text.get(end(item.span)..)?.find(']')?;
                (start(list.span).checked_add(1)?, end(item.span).checked_add(bracket)?)
            }
        };
        // A comment in between may be about what stays.
        return (!text.get(from..to)?.contains('#')).then(|| cut(text, from, to)).flatten();
    }
    let line = line_of(text, item.span)?;
    let before = text.get(line.start..start(item.span))?;
    let after = text.get(end(item.span)..line.end)?.trim();
    if before.trim_matches(' ') != "-" || !(after.is_empty() || after.starts_with('#')) {
        return None;
    }
    // Without a line break at the end, the one before the line goes.
    let from = if text.ends_with('\n') || line.end < text.len() {
        line.start
    } else {
        text.get(..line.start)?.trim_end_matches('\n').trim_end_matches('\r').len()
    };
    let shorter = cut(text, from, line.end)?;
    if items.len() > 1 {
        return Some(shorter);
    }
    // Nothing would be left of the list but its key, and that would be null.
    let NodeKind::Object(entries) = &root.kind else { return None };
    let Entry { key_span, .. } = entries.iter().find(|entry| *entry.key == *KEY)?;
    let colon = end(*key_span).checked_add(text.get(end(*key_span)..)?.find(':')?)?.checked_add(1)?;
    let (head, tail) = shorter.split_at_checked(colon)?;
    Some(format!("{head} []{tail}"))
}

fn cut(text: &str, from: usize, to: usize) -> Option<String> {
    Some(format!("{}{}", text.get(..from)?, text.get(to..)?))
}

fn is_in_brackets(text: &str, node: &Node) -> bool {
    text.get(start(node.span)..).is_some_and(|rest| rest.starts_with(['[', '{']))
}

/// The line in which a value ends, with its end, where the value also starts there.
fn line_of(text: &str, span: Span) -> Option<std::ops::Range<usize>> {
    let (from, to) = (start(span), end(span));
    let begin = text.get(..from)?.rfind('\n').map_or(0, |at| at.saturating_add(1));
    if text.get(from..to)?.trim_end().contains('\n') {
        return None;
    }
    let close = text.get(to..)?.find('\n').map_or(text.len(), |at| to.saturating_add(at).saturating_add(1));
    Some(begin..close)
}

/// How lines end in the text, before a place.
fn ending(text: &str, before: usize) -> &'static str {
    let text = text.get(..before).unwrap_or(text);
    let at = text.rfind('\n').unwrap_or_default();
    if text.get(..at).is_some_and(|line| line.ends_with('\r')) { "\r\n" } else { "\n" }
}

fn start(span: Span) -> usize {
    span.start as usize
}

fn end(span: Span) -> usize {
    span.end as usize
}

/// The field with the list.
pub const KEY: &str = "banned_agents";

#[cfg(test)]
mod tests;
