//! Where in a document something stands that is named by a path.

use std::sync::Arc;

use super::node::{Entry, Node, NodeKind};
use crate::source::Span;

/// One step of a path into a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// To the value at a key of an object.
    Key(Arc<str>),
    /// To an element of an array, counted from 0.
    Index(usize),
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// A scalar; of a longer value its key, or where it begins.
    pub span: Span,
    /// How many steps of the path lead to something that is there. When it isn't all of them, the place is that of the nearest
    /// thing around what is missing.
    pub present: usize,
}

impl Node {
    /// Follows a path as far as it leads. A number also names a key of an object that is written so.
    pub fn find(&self, path: &[Step]) -> Found {
        let mut node = self;
        let mut key: Option<&Entry> = None;
        let mut present = 0;
        for step in path {
            let Some((entry, next)) = node.step(step) else { break };
            (key, node) = (entry, next);
            present += 1;
        }
        let span = match (&node.kind, key) {
            (NodeKind::Array(_) | NodeKind::Object(_), Some(entry)) => entry.key_span,
            (NodeKind::Object(entries), None) => entries.first().map_or(node.span, |first| first.key_span),
            _ => node.span,
        };
        Found { span, present }
    }

    /// Where the key stands that the last step of a path names, if the path leads so far and ends with one.
    pub fn find_key(&self, path: &[Step]) -> Option<Span> {
        let (last, before) = path.split_last()?;
        let mut node = self;
        for step in before {
            node = node.step(step)?.1;
        }
        node.step(last)?.0.map(|entry| entry.key_span)
    }

    /// The value that a step leads to, with the entry that has its key.
    fn step(&self, step: &Step) -> Option<(Option<&Entry>, &Self)> {
        let at_key = |entries: &'_ [Entry], key: &str| entries.iter().rposition(|entry| &*entry.key == key);
        match (&self.kind, step) {
            (NodeKind::Object(entries), Step::Key(key)) => {
                let entry = entries.get(at_key(entries, key)?)?;
                Some((Some(entry), &entry.value))
            }
            (NodeKind::Object(entries), Step::Index(index)) => {
                let entry = entries.get(at_key(entries, &index.to_string())?)?;
                Some((Some(entry), &entry.value))
            }
            (NodeKind::Array(items), Step::Index(index)) => Some((None, items.get(*index)?)),
            (
                NodeKind::Array(_)
                | NodeKind::Null
                | NodeKind::Bool(_)
                | NodeKind::Number(_)
                | NodeKind::String(_),
                _,
            ) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Step;
    use crate::document::yaml;
    use crate::source::SourceId;

    fn key(key: &str) -> Step {
        Step::Key(key.into())
    }

    #[test]
    fn a_path_leads_to_the_value_or_to_the_nearest_thing_around_what_is_missing() {
        let text = "a:\n  b: [1, {c: x, '0': y}]\nlist:\n  - k: 1\n    l: 2\n";
        let node = yaml(SourceId::default(), text).expect("it is read");
        for (path, shown, present) in [
            (vec![key("a"), key("b"), Step::Index(1), key("c")], "x", 4),
            (vec![key("a"), key("b"), Step::Index(1), Step::Index(0)], "y", 4),
            (vec![key("a"), key("b"), Step::Index(7)], "b", 2),
            (vec![key("a"), key("x"), key("y")], "a", 1),
            (vec![key("list"), Step::Index(0)], "k", 2),
            (vec![key("list"), Step::Index(0), key("l"), key("m")], "2", 3),
            (vec![key("nothing")], "a", 0),
            (vec![], "a", 0),
        ] {
            let found = node.find(&path);
            let written = text.get(found.span.start as usize..found.span.end as usize);
            assert_eq!((written, found.present), (Some(shown), present), "{path:?}");
        }
    }
}
