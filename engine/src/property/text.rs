//! What of properties is written in Rego: conditions and terms, which become rules of a module of their own.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{PACKAGE, PRELUDE, Path, VARIABLES};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};
use crate::syntax::{self, ParseOptions};
use crate::value::rego_string;

/// A text in Rego, as a rule that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The rule's path below `data`.
    pub path: Path,
    /// The text.
    pub says: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A body, which holds or doesn't.
    Body,
    /// A term, which has a value or is undefined.
    Term,
}

/// The texts of a set.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    package: Arc<str>,
    all: Vec<Text>,
}

#[derive(Debug, Clone)]
struct Text {
    form: Form,
    condition: Condition,
    variables: Vec<Arc<str>>,
}

/// A module made of texts, and where each of them stands in it.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) text: String,
    /// From which byte up to which, and where the text was written.
    places: Vec<(u32, u32, Span)>,
}

impl Texts {
    /// None yet; no other set of a policy has the same `package`.
    pub(super) fn new(package: &str) -> Self {
        Self { package: package.into(), all: Vec::new() }
    }

    /// Takes in a text that may use these variables.
    ///
    /// # Errors
    /// A text that is no body, or no term.
    pub(super) fn add(
        &mut self,
        form: Form,
        text: &str,
        span: Span,
        variables: &[Arc<str>],
    ) -> Result<Condition, Diagnostic> {
        let noun = match form {
            Form::Body => "condition",
            Form::Term => "term",
        };
        let refuse = |reason: &str, help: &str| {
            let message = format!("`{}` is no {noun}: {reason}", text.trim());
            Err(Diagnostic::error(Code::Property, message, span).with_help(help))
        };
        let help = match form {
            Form::Body => "write what would stand in the body of a rule, such as `input.user in data.admins`",
            Form::Term => "write what would stand on the right of `:=`, such as `data.admins`",
        };
        match syntax::parse_query(SourceId::default(), text, &ParseOptions::default()) {
            Err(errors) => {
                let reason = errors.first().map(|error| error.message.clone()).unwrap_or_default();
                return refuse(reason.lines().next().unwrap_or_default(), help);
            }
            Ok(body) if form == Form::Term && body.literals.len() != 1 => {
                return refuse("it is several expressions", help);
            }
            Ok(_) => {}
        }
        let rule = format!("r{}", self.all.len());
        let path: Path = [PACKAGE, &*self.package, &rule].map(Arc::from).into();
        let condition = Condition { path, says: text.trim().into(), span };
        self.all.push(Text { form, condition: condition.clone(), variables: variables.to_vec() });
        Ok(condition)
    }

    /// The rules.
    pub(super) fn paths(&self) -> impl Iterator<Item = Path> {
        self.all.iter().map(|text| text.condition.path.clone())
    }

    /// The module with a rule for each text.
    pub(super) fn module(&self) -> Module {
        let mut text = format!("package {PACKAGE}.{}\n\nimport data.{PRELUDE} as ag\n", self.package);
        let mut places = Vec::new();
        for (index, Text { form, condition, variables }) in self.all.iter().enumerate() {
            let head = match form {
                Form::Body => String::new(),
                Form::Term => " := portcullis_value".to_owned(),
            };
            _ = write!(text, "\nr{index}{head} if {{\n");
            for name in variables {
                _ = writeln!(text, "\t{name} := data.{VARIABLES}[{}]", rego_string(name));
            }
            text.push('\t');
            if *form == Form::Term {
                text.push_str("portcullis_value := ");
            }
            let start = offset(&text);
            text.push_str(&condition.says);
            places.push((start, offset(&text), condition.span));
            text.push_str("\n}\n");
        }
        Module { text, places }
    }
}

impl Module {
    /// Where what stands at a place of the module was written.
    pub(super) fn place(&self, span: Span) -> Option<Span> {
        let found = self.places.iter().find(|(start, end, _)| *start <= span.start && span.start <= *end);
        found.map(|(_, _, span)| *span)
    }
}

fn offset(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
