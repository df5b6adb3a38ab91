//! Puts two outlines together.

use std::sync::Arc;

use super::{Arena, Fields, Outline, Part, Piece, read};
use crate::source::SourceId;
use crate::value::{MergeConflictError, OnCollision, Pair, combine};

/// The entries of both, as [`Object::merge`](crate::value::Object::merge) and its like have them.
///
/// # Errors
/// The first conflict, if they are to be refused.
pub(super) fn combined(
    left: Outline,
    right: Outline,
    on_collision: OnCollision,
) -> Result<Outline, MergeConflictError> {
    if left.is_empty() {
        return Ok(right);
    }
    if right.is_empty() {
        return Ok(left);
    }
    let mut arena = Arc::unwrap_or_clone(left.arena);
    let right_root = arena.append(Arc::unwrap_or_clone(right.arena), right.root);
    let (left, right) = (arena.entries(left.root), arena.entries(right_root));
    let entries = combine(left, right, on_collision, &mut arena)?;
    let root = arena.add(Fields { whole: None, entries });
    Ok(Outline { arena: Arc::new(arena), root })
}

impl Pair for Arena {
    type Key = Arc<str>;
    type Item = Part;

    fn open(&mut self, left: Part, right: Part) -> Result<(Entries, Entries), Part> {
        if self.is_object(left) && self.is_object(right) {
            Ok((self.entries(left), self.entries(right)))
        } else {
            Err(right)
        }
    }

    fn close(&mut self, entries: Entries) -> Part {
        self.add(Fields { whole: None, entries })
    }

    fn text(key: &Arc<str>) -> Arc<str> {
        Arc::clone(key)
    }
}

type Entries = Vec<(Arc<str>, Part)>;

impl Arena {
    /// Takes in another arena; its part of this one.
    fn append(&mut self, other: Self, part: Part) -> Part {
        let base = Base {
            objects: self.objects.len(),
            lists: self.lists.len(),
            texts: Texts::From(self.texts.len()),
        };
        self.texts.extend(other.texts);
        self.append_parts(other.objects, other.lists, base);
        base.moved(part)
    }

    /// Takes the entries out of an object, which nobody else may refer to.
    fn entries(&mut self, part: Part) -> Entries {
        let id = match part {
            Part::Object(id) => id,
            Part::Text(piece) => {
                // A text that was read once can be read again.
                let Ok((opened, root)) = read::read(SourceId::default(), self.text(piece), 0) else {
                    return Vec::new();
                };
                let base =
                    Base { objects: self.objects.len(), lists: self.lists.len(), texts: Texts::At(piece) };
                self.append_parts(opened.objects, opened.lists, base);
                let Part::Object(id) = base.moved(root) else { return Vec::new() };
                id
            }
            Part::List(_) => return Vec::new(),
        };
        self.objects.get_mut(id).map(|fields| std::mem::take(&mut fields.entries)).unwrap_or_default()
    }

    fn append_parts(&mut self, objects: Vec<Fields>, lists: Vec<Vec<Part>>, base: Base) {
        self.objects.extend(objects.into_iter().map(|fields| Fields {
            whole: fields.whole.map(|piece| base.piece(piece)),
            entries: fields.entries.into_iter().map(|(key, part)| (key, base.moved(part))).collect(),
        }));
        let moved = |parts: Vec<Part>| parts.into_iter().map(|part| base.moved(part)).collect();
        self.lists.extend(lists.into_iter().map(moved));
    }
}

/// From where on the parts of another arena lie in this one.
#[derive(Debug, Clone, Copy)]
struct Base {
    objects: usize,
    lists: usize,
    texts: Texts,
}

#[derive(Debug, Clone, Copy)]
enum Texts {
    /// They come after so many.
    From(usize),
    /// The one text is this piece.
    At(Piece),
}

impl Base {
    fn moved(self, part: Part) -> Part {
        match part {
            Part::Text(piece) => Part::Text(self.piece(piece)),
            Part::Object(id) => Part::Object(id + self.objects),
            Part::List(id) => Part::List(id + self.lists),
        }
    }

    fn piece(self, piece: Piece) -> Piece {
        match self.texts {
            Texts::From(first) => Piece { text: piece.text + first, ..piece },
            Texts::At(base) => {
                Piece { text: base.text, start: base.start + piece.start, end: base.start + piece.end }
            }
        }
    }
}
