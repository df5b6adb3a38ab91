//! Type errors, and the lines that explain them.

use super::json::{arguments_json, json};
use super::lattice::{Parameter, Type};
use super::print::{Elided, difference, elided, sprint};
use super::unify::unifies;
use crate::diagnostic::{Code, Details, Diagnostic};
use crate::source::Span;
use crate::value::Value;

/// Something that can never fit.
#[derive(Debug, Clone)]
pub struct TypeError {
    /// What is wrong, in OPA's words and without details.
    pub message: String,
    /// Where: the literal or the reference.
    pub span: Span,
    /// Why.
    pub detail: Detail,
}

/// Why something can't fit.
#[derive(Debug, Clone)]
pub enum Detail {
    /// There is nothing more to say.
    None,
    /// What a function is given and what it takes.
    Arguments {
        /// The types of the arguments.
        have: Vec<Option<Type>>,
        /// The parameters, with the result after them.
        want: Vec<Parameter>,
        /// What may follow any number of times.
        variadic: Option<Parameter>,
    },
    /// Two sides that can't be equal.
    Mismatch {
        /// The left side.
        left: Option<Type>,
        /// The right side.
        right: Option<Type>,
    },
    /// A reference into something that has no parts.
    Unsupported {
        /// The reference, as OPA writes it.
        reference: String,
        /// Its terms, as OPA writes them in JSON.
        terms: Value,
        /// Which of them is that thing.
        at: usize,
        /// How many characters of it lead to that thing.
        width: usize,
        /// The type of the thing.
        have: Option<Type>,
    },
    /// A reference with a step that does not exist.
    Invalid {
        /// The reference, as OPA writes it.
        reference: String,
        /// Its terms, as OPA writes them in JSON.
        terms: Value,
        /// Which of them is the step.
        at: usize,
        /// How many characters of it come before the step.
        offset: usize,
        /// The step itself or its type.
        have: Step,
        /// The type that keys have.
        want: Option<Type>,
        /// The keys that exist, as OPA writes them, and as values.
        one_of: Vec<(String, Value)>,
    },
}

/// A step of a reference.
#[derive(Debug, Clone)]
pub enum Step {
    /// A constant, as OPA writes it.
    Constant(String),
    /// Something of this type.
    OfType(Type),
}

impl TypeError {
    pub(super) fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span, detail: Detail::None }
    }

    /// The lines that OPA prints below the message.
    pub fn lines(&self) -> Vec<String> {
        self.detail.lines()
    }

    /// The message and the lines below it, each after a line break and a tab, as OPA prints them.
    pub fn text(&self) -> String {
        let lines = self.lines();
        lines.iter().fold(self.message.clone(), |text, line| text + "\n\t" + line)
    }

    /// The error as a finding; the lines become part of the message.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(Code::Type, self.text(), self.span).with_details(self.detail.fields())
    }
}

impl Detail {
    /// Whether the error may only be a consequence of another one: a part of a type is unknown.
    pub(super) fn is_of_unknown_type(&self) -> bool {
        let unknown = |of: &Option<Type>| super::lattice::is_unknown(of.as_ref());
        match self {
            Self::Arguments { have, .. } => have.iter().any(unknown),
            Self::Mismatch { left, right } => unknown(left) || unknown(right),
            Self::None | Self::Unsupported { .. } | Self::Invalid { .. } => false,
        }
    }

    /// What OPA tells programs; without the descriptions of parameters, which are its own.
    pub fn fields(&self) -> Option<Details> {
        Some(match self {
            Self::None => return None,
            Self::Arguments { have, want, variadic } => {
                let have: Vec<Value> = have.iter().map(|of| json(of.as_ref())).collect();
                let want = arguments_json(want, variadic.as_ref());
                vec![("have", Value::Array(have.into())), ("want", want)]
            }
            Self::Mismatch { left, right } => {
                vec![("a", json(left.as_ref())), ("b", json(right.as_ref()))]
            }
            Self::Unsupported { terms, at, have, .. } => {
                vec![("ref", terms.clone()), ("pos", (*at as u64).into()), ("have", json(have.as_ref()))]
            }
            Self::Invalid { terms, at, have, want, one_of, .. } => {
                let mut fields = vec![("ref", terms.clone()), ("pos", (*at as u64).into())];
                if let Step::OfType(of) = have {
                    fields.push(("have", json(Some(of))));
                }
                fields.push(("want", json(want.as_ref())));
                let keys: Vec<Value> = one_of.iter().map(|(_, value)| value.clone()).collect();
                let keys = if keys.is_empty() { Value::Null } else { Value::Array(keys.into()) };
                fields.push(("oneOf", keys));
                fields
            }
        })
    }

    /// The lines that OPA prints below the message.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::Arguments { have, want, variadic } => argument_lines(have, want, variadic.as_ref()),
            Self::Mismatch { left, right } => mismatch_lines(left.as_ref(), right.as_ref()),
            Self::Unsupported { reference, width, have, .. } => {
                let have = have.as_ref().map_or_else(|| "<nil>".to_owned(), ToString::to_string);
                vec![reference.clone(), "^".repeat(*width), format!("have: {have}")]
            }
            Self::Invalid { reference, offset, have, want, one_of, .. } => {
                let pad = " ".repeat(*offset);
                let have = match have {
                    Step::Constant(text) => format!("{pad}have: {text}"),
                    Step::OfType(of) => format!("{pad}have (type): {of}"),
                };
                let want = match want {
                    Some(want) if one_of.is_empty() => format!("{pad}want (type): {want}"),
                    _ => {
                        let keys: Vec<&str> = one_of.iter().map(|(text, _)| text.as_str()).collect();
                        format!("{pad}want (one of): [{}]", keys.join(" "))
                    }
                };
                vec![reference.clone(), format!("{pad}^"), have, want]
            }
        }
    }
}

fn argument_lines(have: &[Option<Type>], want: &[Parameter], variadic: Option<&Parameter>) -> Vec<String> {
    let lines = |have: Vec<String>, want: Vec<String>| {
        vec![format!("have: ({})", have.join(", ")), format!("want: ({})", want.join(", "))]
    };
    let full = have.iter().map(|of| sprint(of.as_ref())).collect();
    let more = variadic.map(|variadic| format!("{variadic}..."));
    let in_full = lines(full, want.iter().map(ToString::to_string).chain(more).collect());
    if !is_too_wide(&in_full) {
        return in_full;
    }
    let pairs = have.iter().zip(want).map(|(have, want)| {
        let fits = have.is_some() && unifies(have.as_ref(), want.of.as_ref());
        if fits { (elided(have.as_ref()), Elided(want).text()) } else { Elided(want).against(have.as_ref()) }
    });
    let (mut ours, mut theirs): (Vec<_>, Vec<_>) = pairs.unzip();
    ours.extend(have.iter().skip(want.len()).map(|of| elided(of.as_ref())));
    theirs.extend(want.iter().skip(have.len()).map(|want| Elided(want).text()));
    theirs.extend(variadic.map(|variadic| format!("{}...", Elided(variadic).text())));
    lines(ours, theirs)
}

fn mismatch_lines(left: Option<&Type>, right: Option<&Type>) -> Vec<String> {
    let lines = |left: String, right: String| vec![format!("left  : {left}"), format!("right : {right}")];
    let mut text = lines(sprint(left), sprint(right));
    if is_too_wide(&text) {
        let (left, right) = difference(left, right);
        text = lines(left, right);
    }
    let kind = match (left, right) {
        (Some(Type::Object(_)), Some(Type::Object(_))) => "objects",
        (Some(Type::Array(_)), Some(Type::Array(_))) => "arrays",
        (Some(Type::Set(_)), Some(Type::Set(_))) => "sets",
        _ => return text,
    };
    text.push(format!(
        "hint  : both sides are {kind} but their types differ, so they can never be equal (see {MATCH_ERROR_PAGE})"
    ));
    text
}

fn is_too_wide(lines: &[String]) -> bool {
    lines.iter().any(|line| line.chars().count() > MAX_LINE_WIDTH)
}

/// Lines beyond this width show shortened types.
const MAX_LINE_WIDTH: usize = 80;

const MATCH_ERROR_PAGE: &str = "https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error";
