//! Writes outlines as text.

use std::slice;
use std::sync::Arc;

use super::{Arena, Fields, Outline, Part, Piece};
use crate::value::push_compact_string;

/// The canonical text.
pub(super) fn into_json(outline: Outline) -> String {
    let Outline { arena, root } = outline;
    match sole_text(&arena, root) {
        Some((keys, piece)) => match whole_text(arena, piece) {
            Ok(text) => framed(&keys, text),
            Err(shared) => written(&shared, root),
        },
        None => written(&arena, root),
    }
}

/// The keys of objects of one entry each, and the one piece of text inside of them, if that is all.
fn sole_text(arena: &Arena, root: Part) -> Option<(Vec<Arc<str>>, Piece)> {
    let mut keys = Vec::new();
    let mut at = root;
    loop {
        match at {
            Part::Text(piece) => return Some((keys, piece)),
            Part::List(_) => return None,
            Part::Object(id) => {
                let fields = arena.fields(id);
                if let Some(piece) = fields.whole {
                    return Some((keys, piece));
                }
                let [(key, part)] = fields.entries.as_slice() else { return None };
                keys.push(Arc::clone(key));
                at = *part;
            }
        }
    }
}

/// A text without a copy, if the piece is all of it and nobody else has it.
fn whole_text(arena: Arc<Arena>, piece: Piece) -> Result<String, Arc<Arena>> {
    let is_whole =
        arena.texts.get(piece.text).is_some_and(|text| piece.start == 0 && piece.end == text.len());
    if !is_whole {
        return Err(arena);
    }
    let mut arena = Arc::try_unwrap(arena)?;
    let text = arena.texts.get_mut(piece.text).map(std::mem::take).unwrap_or_default();
    Ok(Arc::unwrap_or_clone(text))
}

/// The text as the value at the keys.
fn framed(keys: &[Arc<str>], mut text: String) -> String {
    let mut before = String::new();
    for key in keys {
        before.push('{');
        push_compact_string(&mut before, key);
        before.push(':');
    }
    text.insert_str(0, &before);
    text.extend(keys.iter().map(|_| '}'));
    text
}

fn written(arena: &Arena, root: Part) -> String {
    let mut length = 0;
    write(arena, root, |text| length += text.len());
    let mut out = String::with_capacity(length);
    write(arena, root, |text| out.push_str(text));
    out
}

/// An object or array that is not written to its end.
enum Open<'a> {
    Object { entries: slice::Iter<'a, (Arc<str>, Part)>, is_first: bool },
    List(slice::Iter<'a, Part>),
}

fn write(arena: &Arena, root: Part, mut out: impl FnMut(&str)) {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut key_text = String::new();
    let mut next = Some(root);
    loop {
        match next {
            Some(Part::Text(piece)) => out(arena.text(piece)),
            Some(Part::List(id)) => open.push(Open::List(arena.list(id).iter())),
            Some(Part::Object(id)) => {
                let Fields { whole, entries } = arena.fields(id);
                if let Some(piece) = whole {
                    out(arena.text(*piece));
                } else {
                    out("{");
                    open.push(Open::Object { entries: entries.iter(), is_first: true });
                }
            }
            None => {}
        }
        next = match open.last_mut() {
            None => return,
            Some(Open::List(parts)) => parts.next().copied(),
            Some(Open::Object { entries, is_first }) => entries.next().map(|(key, part)| {
                key_text.clear();
                key_text.push_str(if *is_first { "" } else { "," });
                *is_first = false;
                push_compact_string(&mut key_text, key);
                key_text.push(':');
                out(&key_text);
                *part
            }),
        };
        if next.is_none()
            && let Some(Open::Object { .. }) = open.pop()
        {
            out("}");
        }
    }
}
