//! The tree of a module as OPA shows it in JSON: `opa parse --format json` and `rego.parse_module`.

mod annotation;
mod order;
mod rule;
mod term;

use data_encoding::BASE64;

use super::tree::{Import, Module, Name, Package, Ref};
use crate::source::{LineIndex, Span};
use crate::value::{Array, Object, Value};

/// What to show of a module besides its tree.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The name of the file, for places.
    pub file: &'a str,
    /// The text that the module was read from.
    pub text: &'a str,
    /// Where each node stands, and the text there.
    pub locations: bool,
    /// The comments, each with its place.
    pub comments: bool,
    /// The METADATA blocks, for the module and on the rules they apply to.
    pub annotations: bool,
}

/// The tree of a module that has no errors.
///
/// # Errors
///
/// That a number is written as JSON writes none (`.5`), the first one; OPA fails then too.
pub fn module(module: &Module, options: &Options<'_>) -> Result<Value, String> {
    let mut writer = Writer {
        options,
        index: LineIndex::new(options.text),
        wildcards: 0,
        head_wildcards: 0,
        override_place: None,
        no_json: None,
    };
    let mut fields = Vec::new();
    if let Some(package) = &module.package {
        fields.push(("package", writer.package(package)));
    }
    if !module.imports.is_empty() {
        fields.push(("imports", list(module.imports.iter().map(|import| writer.import(import)))));
    }
    if options.annotations && !module.annotations.is_empty() {
        fields.push(("annotations", list(module.annotations.iter().map(|block| writer.annotations(block)))));
    }
    if !module.rules.is_empty() {
        let mut rules = Vec::new();
        for rule in &module.rules {
            rules.push(writer.rule(module, rule));
        }
        fields.push(("rules", Array::from(rules).into()));
    }
    if options.comments && !module.comments.is_empty() {
        let comments = module.comments.iter().map(|comment| {
            let text = BASE64.encode(comment.text.as_bytes());
            object([("Text", text.into()), ("Location", writer.comment_place(module, comment.span))])
        });
        fields.push(("comments", list(comments)));
    }
    match writer.no_json {
        Some(number) => Err(format!("json: invalid number literal \"{number}\"")),
        None => Ok(object(fields)),
    }
}

/// The terms of a reference, without places.
pub fn reference(reference: &Ref) -> Value {
    let options = Options { file: "", text: "", locations: false, comments: false, annotations: false };
    let mut writer = Writer {
        options: &options,
        index: LineIndex::new(""),
        wildcards: 0,
        head_wildcards: 0,
        override_place: None,
        no_json: None,
    };
    writer.reference(reference)
}

struct Writer<'a> {
    options: &'a Options<'a>,
    index: LineIndex,
    /// How many `_` were numbered.
    wildcards: u64,
    /// How many there were before the head of the last rule that has one of its own.
    head_wildcards: u64,
    /// A place that all nodes get instead of their own, as OPA has it for copies.
    override_place: Option<Place>,
    /// The first number that JSON does not have.
    no_json: Option<Name>,
}

/// Where a node stands: its position, and the text that OPA keeps of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    at: u32,
    text: Span,
}

impl Place {
    fn of(span: Span) -> Self {
        Self { at: span.start, text: span }
    }

    /// The first `length` bytes: OPA keeps only the keyword of some nodes.
    fn word(span: Span, length: u32) -> Self {
        Self { at: span.start, text: Span { end: span.start.saturating_add(length), ..span } }
    }
}

impl Writer<'_> {
    fn package(&mut self, package: &Package) -> Value {
        let first = package.path.first().map_or(package.span, |segment| segment.span);
        let root = self.node("var", "data".into(), Place::of(first));
        let mut path = vec![root];
        for segment in &package.path {
            path.push(self.node("string", segment.name.as_str().into(), Place::of(segment.span)));
        }
        self.located(vec![("path", Array::from(path).into())], Place::word(package.span, 7))
    }

    fn import(&mut self, import: &Import) -> Value {
        let mut fields = vec![("path", self.reference_term(&import.path))];
        if let Some(alias) = &import.alias {
            fields.push(("alias", alias.var.name.as_str().into()));
            if self.options.locations {
                fields.push(("alias_location", self.place(Place::of(alias.span))));
            }
        }
        self.located(fields, Place::word(import.span, 6))
    }

    /// A comment's place. A METADATA mark has the text of the whole block.
    fn comment_place(&self, module: &Module, span: Span) -> Value {
        let block = module.annotations.iter().find(|block| block.span.start == span.start);
        let text = block.filter(|_| self.options.annotations).map_or(span, |block| block.span);
        self.place(Place { at: span.start, text })
    }

    fn place(&self, place: Place) -> Value {
        let position = self.index.position(place.at);
        let number = |number: usize| Value::from(u64::try_from(number).unwrap_or(u64::MAX));
        let mut fields = vec![
            ("file", self.options.file.into()),
            ("row", number(position.row)),
            ("col", number(position.col)),
        ];
        if self.options.locations {
            let range = place.text.start as usize..place.text.end as usize;
            let text = self.options.text.get(range).unwrap_or_default();
            if !text.is_empty() {
                fields.push(("text", BASE64.encode(text.as_bytes()).into()));
            }
        }
        object(fields)
    }

    /// An object of fields, with the place where that is asked for.
    fn located(&self, mut fields: Vec<(&'static str, Value)>, place: Place) -> Value {
        if self.options.locations {
            fields.push(("location", self.place(self.override_place.unwrap_or(place))));
        }
        object(fields)
    }

    /// A term.
    fn node(&self, kind: &'static str, value: Value, place: Place) -> Value {
        self.located(vec![("type", kind.into()), ("value", value)], place)
    }
}

fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    fields.into_iter().map(|(name, value)| (name.into(), value)).collect::<Object>().into()
}

fn list(values: impl IntoIterator<Item = Value>) -> Value {
    values.into_iter().collect::<Array>().into()
}
