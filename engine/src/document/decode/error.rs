//! What keeps a document from having the form that a type wants.

use std::fmt;

use serde::de;

use crate::document::node::Entry;
use crate::source::Span;
use crate::suggest::nearest;

/// An error on its way out, which gets a place where it first meets one.
#[derive(Debug)]
pub(super) struct DecodeError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    message: String,
    span: Option<Span>,
    help: Option<Help>,
}

#[derive(Debug)]
enum Help {
    Text(String),
    /// Where the key stands that comes again.
    First(Span),
}

impl DecodeError {
    pub(super) fn repeated_key(first: &Entry, again: &Entry) -> Self {
        let mut error = Self::new(format!("the key `{}` stands here twice", again.key));
        error.0.help = Some(Help::First(first.key_span));
        error.at(again.key_span)
    }

    /// The same error, at `span` unless it has a place already.
    pub(super) fn at(mut self, span: Span) -> Self {
        self.0.span.get_or_insert(span);
        self
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(Help::Text(help.into()));
        self
    }

    /// The same error with the names to choose from as its help.
    pub(super) fn with_choices(self, lead: &str, choices: &[&str]) -> Self {
        self.with_help(format!("{lead} {}", any_of(choices)))
    }

    /// The same error, made clearer if a variant named by a string lacks its content.
    pub(super) fn for_variant(self, name: &str, variants: &[&str]) -> Self {
        if self.0.help.is_some() || !variants.contains(&name) {
            return self;
        }
        let mut error = Self::new(format!("`{name}` needs a value"));
        error.0.span = self.0.span;
        error.with_help(format!("write it as an object with the key `{name}`"))
    }

    pub(super) fn span(&self) -> Option<Span> {
        self.0.span
    }

    /// The message and the help line; `row` finds the row of a place.
    pub(super) fn into_parts(self, row: impl FnOnce(Span) -> usize) -> (String, Option<String>) {
        let help = self.0.help.map(|help| match help {
            Help::Text(text) => text,
            Help::First(span) => format!("the first one is in row {}; remove one of them", row(span)),
        });
        (self.0.message, help)
    }

    fn new(message: String) -> Self {
        Self(Box::new(Parts { message, span: None, help: None }))
    }

    /// An error about a name outside of a closed set.
    fn unknown(what: &str, name: &str, known: &[&str]) -> Self {
        let error = Self::new(format!("unknown {what} `{name}`"));
        match nearest(name, known) {
            Some(similar) => error.with_help(format!("did you mean `{similar}`?")),
            None if known.is_empty() => error.with_help("remove it"),
            None => error.with_choices("known here:", known),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found {unexpected}"))
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found {unexpected}"))
    }

    fn invalid_length(found: usize, _expected: &dyn de::Expected) -> Self {
        Self::new(format!("{found} elements are too few"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("name", variant, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("key", field, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("missing key `{field}`")).with_help(format!("add `{field}` to this object"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` stands here twice"))
    }
}

fn any_of(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
