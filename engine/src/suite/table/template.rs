//! Inputs with places for axis values: `"${caller}"`.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind};
use crate::source::Span;
use crate::suggest;
use crate::value::{Array, Object, Value};

/// A document that is made anew for each combination of axis values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Template {
    /// The same for all.
    Fixed(Value),
    /// The value of one axis, of whatever type.
    Axis(usize),
    /// A text with scalars in it.
    Text(Vec<Piece>),
    /// An array with a part that is not fixed.
    Array(Vec<Template>),
    /// An object with a part that is not fixed; keys are.
    Object(Vec<(Value, Template)>),
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it stands.
    Literal(String),
    /// The text of an axis value.
    Axis(usize),
}

/// What a template may name.
pub(super) struct Names<'a> {
    /// The axes in their order.
    pub(super) axes: &'a [&'a str],
    /// Of each axis the label of a value that has no text, if there is one.
    pub(super) no_text: &'a [Option<&'a str>],
}

impl Template {
    /// Reads a template, and says which axes it uses.
    pub(super) fn new(node: &Node, names: &Names<'_>) -> Result<(Self, Vec<bool>), Vec<Diagnostic>> {
        let mut compiler = Compiler { names, used: vec![false; names.axes.len()], errors: Vec::new() };
        let template = compiler.template(node, 0);
        if compiler.errors.is_empty() { Ok((template, compiler.used)) } else { Err(compiler.errors) }
    }

    /// The document for one value of each axis.
    pub(super) fn fill(&self, values: &[&Value]) -> Value {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Axis(axis) => values.get(*axis).map_or(Value::Null, |value| (*value).clone()),
            Self::Text(pieces) => {
                let mut filled = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Literal(text) => filled.push_str(text),
                        Piece::Axis(axis) => {
                            let text = values.get(*axis).and_then(|value| scalar_text(value));
                            filled.push_str(&text.unwrap_or_default());
                        }
                    }
                }
                Value::from(filled)
            }
            Self::Array(items) => Value::Array(items.iter().map(|item| item.fill(values)).collect::<Array>()),
            Self::Object(entries) => {
                let entries = entries.iter().map(|(key, item)| (key.clone(), item.fill(values)));
                Value::Object(entries.collect::<Object>())
            }
        }
    }

    fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }
}

/// The text that stands for a scalar in names and inside of texts; nothing else has one.
pub(super) fn scalar_text(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::Null => Some("null".into()),
        Value::Bool(value) => Some(value.to_string().into()),
        Value::Number(number) => Some(number.text().into()),
        Value::String(text) => Some(Arc::clone(text)),
        Value::Array(_) | Value::Object(_) | Value::Set(_) => None,
    }
}

struct Compiler<'a> {
    names: &'a Names<'a>,
    used: Vec<bool>,
    errors: Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn template(&mut self, node: &Node, depth: usize) -> Template {
        if depth > MAX_DEPTH {
            let error = Diagnostic::error(Code::Suite, "the input of a matrix nests too deep", node.span);
            self.errors.push(error.with_help(format!("it may nest {MAX_DEPTH} deep")));
            return Template::Fixed(Value::Null);
        }
        match &node.kind {
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => Template::Fixed(node.to_value()),
            NodeKind::String(text) => self.text(text, node),
            NodeKind::Array(nodes) => {
                let items: Vec<_> = nodes.iter().map(|node| self.template(node, depth + 1)).collect();
                let fixed = items.iter().all(Template::is_fixed);
                let array = Template::Array(items);
                if fixed { Template::Fixed(array.fill(&[])) } else { array }
            }
            NodeKind::Object(entries) => {
                let mut items = Vec::with_capacity(entries.len());
                for entry in entries {
                    let key = self.key(&entry.key, entry.key_span);
                    items.push((Value::String(key), self.template(&entry.value, depth + 1)));
                }
                let fixed = items.iter().all(|(_, item)| item.is_fixed());
                let object = Template::Object(items);
                if fixed { Template::Fixed(object.fill(&[])) } else { object }
            }
        }
    }

    fn text(&mut self, text: &str, node: &Node) -> Template {
        let mut pieces = self.pieces(text, node.span);
        match (pieces.pop(), pieces.is_empty()) {
            (None, _) => Template::Fixed(Value::from("")),
            (Some(Piece::Literal(text)), true) => Template::Fixed(Value::from(text)),
            (Some(Piece::Axis(axis)), true) => Template::Axis(axis),
            (Some(last), false) => {
                pieces.push(last);
                self.check_texts(&pieces, node);
                Template::Text(pieces)
            }
        }
    }

    /// Only scalars have a text that can stand inside of another.
    fn check_texts(&mut self, pieces: &[Piece], node: &Node) {
        for piece in pieces {
            let Piece::Axis(axis) = piece else { continue };
            let label = self.names.no_text.get(*axis).copied().flatten();
            if let (Some(label), Some(name)) = (label, self.names.axes.get(*axis)) {
                let message =
                    format!("axis `{name}` can't stand inside of a text: its value `{label}` is no scalar");
                let help = format!("let the whole string be `${{{name}}}`, or give the axis scalars only");
                self.errors.push(Diagnostic::error(Code::Suite, message, node.span).with_help(help));
            }
        }
    }

    fn key(&mut self, key: &str, span: Span) -> Arc<str> {
        match self.pieces(key, span).as_slice() {
            [] => "".into(),
            [Piece::Literal(text)] => text.as_str().into(),
            _ => {
                let error = Diagnostic::error(Code::Suite, format!("key `{key}` names an axis"), span);
                let help = "axis values can only stand in values; write `$${` for a literal `${`";
                self.errors.push(error.with_help(help));
                key.into()
            }
        }
    }

    /// Splits a text at its `${axis}`; no two literals are neighbours, and none is empty.
    fn pieces(&mut self, text: &str, span: Span) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, dollar) = rest.split_at_checked(at).unwrap_or((rest, ""));
            literal.push_str(before);
            if let Some(after) = dollar.strip_prefix("$${") {
                literal.push_str("${");
                rest = after;
            } else if let Some(after) = dollar.strip_prefix("${") {
                let Some((name, after)) = after.split_once('}') else {
                    let message = format!("`${{` without `}}` in `{text}`");
                    let help = "write `${axis}` for the value of an axis, and `$${` for a literal `${`";
                    self.errors.push(Diagnostic::error(Code::Suite, message, span).with_help(help));
                    return Vec::new();
                };
                if let Some(axis) = self.axis(name, span) {
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Axis(axis));
                }
                rest = after;
            } else {
                literal.push('$');
                rest = dollar.strip_prefix('$').unwrap_or_default();
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        pieces
    }

    fn axis(&mut self, name: &str, span: Span) -> Option<usize> {
        let Some(axis) = self.names.axes.iter().position(|axis| *axis == name) else {
            let message = format!("no axis is called `{name}`");
            let help = suggest::help(name, "the axes are", self.names.axes);
            self.errors.push(Diagnostic::error(Code::Suite, message, span).with_help(help));
            return None;
        };
        if let Some(used) = self.used.get_mut(axis) {
            *used = true;
        }
        Some(axis)
    }
}

/// How deep a template may nest; inputs of policies are far flatter.
const MAX_DEPTH: usize = 100;

#[cfg(test)]
mod tests {
    use super::{Names, Template};
    use crate::document;
    use crate::source::{Source, Sources};
    use crate::value::Value;

    fn value(json: &str) -> Value {
        document::json(Sources::new().add(Source::new("", "")), json).expect("JSON").to_value()
    }

    fn fill(template: &str) -> Result<String, Vec<String>> {
        let node = document::json(Sources::new().add(Source::new("", "")), template).expect("JSON");
        let names = Names { axes: &["a", "b c"], no_text: &[None, Some("big")] };
        let (template, _) = Template::new(&node, &names)
            .map_err(|errors| errors.into_iter().map(|error| error.message).collect::<Vec<_>>())?;
        Ok(template.fill(&[&value("1.50"), &value("[true]")]).to_rego())
    }

    #[test]
    fn axis_values_are_put_in_with_their_types_or_as_text() {
        for (template, filled) in [
            (r#""${a}""#, "1.50"),
            (r#""${b c}""#, "[true]"),
            (r#""x-${a}/${a}""#, r#""x-1.50/1.50""#),
            (
                r#"{"k": ["${a}", "$", "$5", "$${a}", "$$${a}"]}"#,
                r#"{"k": [1.50, "$", "$5", "${a}", "$${a}"]}"#,
            ),
            (r#"{"$${k}": null, "": ""}"#, r#"{"": "", "${k}": null}"#),
        ] {
            assert_eq!(fill(template), Ok(filled.to_owned()), "{template}");
        }
    }

    #[test]
    fn what_names_no_axis_is_refused() {
        for (template, message) in [
            (r#""${d}""#, "no axis is called `d`"),
            (r#""${}""#, "no axis is called ``"),
            (r#""${a""#, "`${` without `}` in `${a`"),
            (r#"{"${a}": 1}"#, "key `${a}` names an axis"),
            (r#"" ${b c}""#, "axis `b c` can't stand inside of a text: its value `big` is no scalar"),
        ] {
            assert_eq!(fill(template), Err(vec![message.to_owned()]), "{template}");
        }
    }

    #[test]
    fn a_deep_template_is_refused() {
        let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(fill(&deep), Err(vec!["the input of a matrix nests too deep".to_owned()]));
    }
}
