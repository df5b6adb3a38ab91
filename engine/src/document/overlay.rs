//! Documents put over each other: each value keeps the place in the file that sets it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::node::{Entry, Node, NodeKind};
use crate::stack::with_stack;

/// A document with another one over it, as Helm puts values over each other: objects are merged key by key, and anything else,
/// arrays too, takes the place of what was there. A key that is `null` in what comes over is gone.
pub fn overlaid(base: Node, over: Node) -> Node {
    let span = over.span;
    match (base.into_kind(), over.into_kind()) {
        (NodeKind::Object(below), NodeKind::Object(above)) => {
            Node::new(span, NodeKind::Object(merged(below, above)))
        }
        (_, NodeKind::Object(above)) => Node::new(span, NodeKind::Object(merged(Vec::new(), above))),
        (_, other) => Node::new(span, other),
    }
}

/// The entries of both; of a key that stands twice in one of them the last one counts.
fn merged(below: Vec<Entry>, above: Vec<Entry>) -> Vec<Entry> {
    let mut entries: Vec<Option<Entry>> = Vec::with_capacity(below.len());
    let mut places: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for entry in below {
        let at = *places.entry(Arc::clone(&entry.key)).or_insert(entries.len());
        put(&mut entries, at, Some(entry));
    }
    let mut last: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for (index, entry) in above.iter().enumerate() {
        last.insert(Arc::clone(&entry.key), index);
    }
    for (index, Entry { key, key_span, value }) in above.into_iter().enumerate() {
        if last.get(&key) != Some(&index) {
            continue;
        }
        let at = *places.entry(Arc::clone(&key)).or_insert(entries.len());
        if matches!(value.kind, NodeKind::Null) {
            put(&mut entries, at, None);
            continue;
        }
        let before = entries.get_mut(at).and_then(Option::take).map(|entry| entry.value);
        let before = before.unwrap_or_else(|| Node::new(value.span, NodeKind::Null));
        let value = with_stack(|| overlaid(before, value));
        put(&mut entries, at, Some(Entry { key, key_span, value }));
    }
    entries.into_iter().flatten().collect()
}

fn put(entries: &mut Vec<Option<Entry>>, at: usize, entry: Option<Entry>) {
    match entries.get_mut(at) {
        Some(slot) => *slot = entry,
        None => entries.push(entry),
    }
}

#[cfg(test)]
mod tests {
    use super::overlaid;
    use crate::document::{Node, Step, yaml};
    use crate::source::{Source, SourceId, Sources};

    fn ids() -> [SourceId; 2] {
        let mut sources = Sources::new();
        [sources.add(Source::new("base", "")), sources.add(Source::new("over", ""))]
    }

    fn read(source: SourceId, text: &str) -> Node {
        yaml(source, text).expect("it is read")
    }

    #[test]
    fn documents_are_merged_as_helm_merges_values() {
        let [base, over] = ids();
        for (below, above, merged) in [
            (
                "{a: 1, b: {c: 1, d: 2}}",
                "{b: {d: 3, e: 4}, f: 5}",
                r#"{"a":1,"b":{"c":1,"d":3,"e":4},"f":5}"#,
            ),
            ("{a: [1, 2]}", "{a: [3]}", r#"{"a":[3]}"#),
            ("{a: {b: 1}}", "{a: null}", "{}"),
            ("{a: {b: 1}}", "{a: {b: null, c: null}}", r#"{"a":{}}"#),
            ("{a: 1}", "{a: {b: {c: null, d: 1}}}", r#"{"a":{"b":{"d":1}}}"#),
            ("{a: null}", "{b: [null]}", r#"{"a":null,"b":[null]}"#),
            ("{a: {b: 1}}", "{a: 2}", r#"{"a":2}"#),
            ("[1]", "{a: 1}", r#"{"a":1}"#),
            ("{a: 1}", "[1]", "[1]"),
            ("{a: 1}", "null", "null"),
        ] {
            let node = overlaid(read(base, below), read(over, above));
            assert_eq!(node.to_value().to_json(), merged, "{below} with {above}");
        }
    }

    #[test]
    fn a_value_stands_in_the_file_that_sets_it() {
        let [base, over] = ids();
        let node = overlaid(read(base, "{a: {b: 1, c: 2}}"), read(over, "{a: {b: 3}}"));
        let source = |keys: &[&str]| {
            let path: Vec<Step> = keys.iter().map(|key| Step::Key((*key).into())).collect();
            node.find(&path).span.source
        };
        assert_eq!([source(&["a", "b"]), source(&["a", "c"])], [over, base]);
    }

    #[test]
    fn depth_does_no_harm() {
        let [base, over] = ids();
        let deep = |leaf: &str| format!("{}{leaf}{}", "{\"a\":".repeat(9_000), "}".repeat(9_000));
        let read = |source, text: &str| crate::document::json(source, text).expect("it is read");
        let node = overlaid(read(base, &deep("1")), read(over, &deep("2")));
        assert_eq!(node.to_value().to_json(), deep("2"));
    }
}
