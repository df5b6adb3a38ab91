//! The reader of TOML: the tables of the crate become nodes.

use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue, Error};

use super::node::{Entry, Node, NodeKind};
use super::offset;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};
use crate::stack::with_stack;
use crate::value::{MAX_DEPTH, Number};

/// Reads a document, or says everything that is wrong with it. Keys that stand twice are told beside it: the first one counts.
pub(super) fn read(source: SourceId, text: &str) -> Result<(Node, Vec<Span>), Vec<Diagnostic>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let errors: Vec<Diagnostic> = errors.iter().take(MOST).map(|error| malformed(source, error)).collect();
    if errors.iter().any(|error| error.message != REPEATED) {
        return Err(errors);
    }
    let repeated = errors.iter().filter_map(|error| error.span).collect();
    let mut reader = Reader { source, errors: Vec::new() };
    let whole = span(source, &table);
    let root = Node::new(whole, reader.table(table.get_ref(), 0));
    if reader.errors.is_empty() { Ok((root, repeated)) } else { Err(reader.errors) }
}

struct Reader {
    source: SourceId,
    errors: Vec<Diagnostic>,
}

impl Reader {
    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> NodeKind {
        let mut entries: Vec<Entry> = Vec::with_capacity(table.len());
        for (key, value) in table {
            let key_span = span(self.source, key);
            entries.push(Entry {
                key: key.get_ref().as_ref().into(),
                key_span,
                value: self.value(value, depth),
            });
        }
        // The crate sorts them by their names.
        entries.sort_by_key(|entry| entry.key_span.start);
        NodeKind::Object(entries)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Node {
        let place = span(self.source, value);
        if depth >= MAX_DEPTH {
            self.refuse("nested too deep", place);
            return Node::new(place, NodeKind::Null);
        }
        let kind = match value.get_ref() {
            DeValue::String(text) => NodeKind::String(text.as_ref().into()),
            DeValue::Boolean(value) => NodeKind::Bool(*value),
            DeValue::Datetime(time) => NodeKind::String(time.to_string().into()),
            DeValue::Integer(number) => self.number(integer(number), place),
            DeValue::Float(number) => self.number(float(number), place),
            DeValue::Array(items) => {
                NodeKind::Array(items.iter().map(|item| with_stack(|| self.value(item, depth + 1))).collect())
            }
            DeValue::Table(table) => with_stack(|| self.table(table, depth + 1)),
        };
        Node::new(place, kind)
    }

    fn number(&mut self, number: Option<Number>, place: Span) -> NodeKind {
        if let Some(number) = number {
            return NodeKind::Number(number);
        }
        self.refuse("JSON has no such number; write it as a string", place);
        NodeKind::Null
    }

    fn refuse(&mut self, message: &str, place: Span) {
        self.errors.push(Diagnostic::error(Code::Load, message, place));
    }
}

/// Decimal, or with a radix; the crate has taken the underscores out.
fn integer(number: &DeInteger<'_>) -> Option<Number> {
    let value = i128::from_str_radix(number.as_str(), number.radix()).ok()?;
    i64::try_from(value).ok().and_then(|value| Number::parse(&value.to_string()))
}

fn float(number: &DeFloat<'_>) -> Option<Number> {
    let text = number.as_str();
    // TOML allows a sign that JSON doesn't.
    Number::parse(text.strip_prefix('+').unwrap_or(text))
}

fn malformed(source: SourceId, error: &Error) -> Diagnostic {
    let place = error.span().map(|range| Span::new(source, offset(range.start), offset(range.end)));
    let message = error.message().lines().map(str::trim).collect::<Vec<_>>().join("; ");
    Diagnostic::error(Code::Load, message, place)
}

fn span<T>(source: SourceId, spanned: &Spanned<T>) -> Span {
    let range = spanned.span();
    Span::new(source, offset(range.start), offset(range.end))
}

/// More errors of one document are of no use.
const MOST: usize = 100;

/// What the crate says of a key that stands twice.
const REPEATED: &str = "duplicate key";

#[cfg(test)]
mod tests {
    use crate::document::toml;
    use crate::source::SourceId;

    #[test]
    fn values_are_those_of_json_and_know_their_places() {
        let text =
            "z = 0x1F\na = [1_000, +1.50, 1e3]\nday = 1979-05-27\n[t.u]\n\"k.l\" = 'v'\n[[list]]\nn = true\n";
        let (node, repeated) = toml(SourceId::default(), text).expect("it is read");
        assert!(repeated.is_empty());
        assert_eq!(
            node.to_value().to_json(),
            r#"{"a":[1000,1.50,1e3],"day":"1979-05-27","list":[{"n":true}],"t":{"u":{"k.l":"v"}},"z":31}"#
        );
        let value =
            node.get("t").and_then(|node| node.get("u")).and_then(|node| node.get("k.l")).expect("a value");
        assert_eq!(text.get(value.span.start as usize..value.span.end as usize), Some("'v'"));
    }

    #[test]
    fn keys_that_stand_twice_are_told_beside_the_document() {
        for (text, shown, at) in
            [("a = 1\na = 2\n", r#"{"a":1}"#, 6), ("[a]\nx = 1\n[a]\n", r#"{"a":{"x":1}}"#, 11)]
        {
            let (node, repeated) = toml(SourceId::default(), text).expect("it is read");
            assert_eq!(node.to_value().to_json(), shown);
            assert_eq!(repeated.iter().map(|span| span.start).collect::<Vec<_>>(), [at], "{text}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        for (text, messages) in [
            ("a = inf\nb = nan\n", &["JSON has no such number; write it as a string"; 2][..]),
            (
                "a = 1\na = 2\nb =\n",
                &["duplicate key", "string values must be quoted, expected literal string"],
            ),
        ] {
            let errors = toml(SourceId::default(), text).expect_err(text);
            assert_eq!(errors.iter().map(|error| &*error.message).collect::<Vec<_>>(), messages, "{text}");
            assert!(errors.iter().all(|error| error.span.is_some()), "{text}");
        }
    }

    #[test]
    fn nesting_does_no_harm() {
        let brackets = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(toml(SourceId::default(), &brackets).is_err());
        let dotted = format!("[{}a]\nb = 1\n", "a.".repeat(50_000));
        assert!(toml(SourceId::default(), &dotted).is_err());
    }
}
