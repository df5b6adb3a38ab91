//! Diagnostics: what is wrong with a source, as plain data for a reporter to show.

use std::sync::Arc;

use crate::source::Span;
use crate::value::Value;

/// One finding about a source.
///
/// Several findings of one run are a list; the list decides nothing, its [`Severity`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding this is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: OPA's own words where OPA has any.
    pub message: String,
    /// Where, unless the finding is about no place in particular.
    pub span: Option<Span>,
    /// What to write instead, or where to look next.
    pub help: Option<String>,
    /// What OPA tells programs beside the message, by fields in its order.
    pub details: Option<Arc<Details>>,
}

/// Fields with their values, in the order in which they are shown.
pub type Details = Vec<(&'static str, Value)>;

impl Diagnostic {
    /// An error at `span`, without a help line.
    pub fn error(code: Code, message: impl Into<String>, span: impl Into<Option<Span>>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span: span.into(),
            help: None,
            details: None,
        }
    }

    /// The same finding with something for programs.
    #[must_use]
    pub fn with_details(mut self, details: Option<Details>) -> Self {
        self.details = details.map(Arc::new);
        self
    }

    /// The same finding with a help line.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The kinds of finding, named as OPA names them in its error output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The text is no Rego.
    Parse,
    /// The module can't be compiled.
    Compile,
    /// An operand or a reference has a type that can't fit.
    Type,
    /// A variable has no value when it is read.
    UnsafeVar,
    /// A rule depends on itself.
    Recursion,
    /// A document could not be read or merged.
    Load,
    /// A table suite does not have the form of one.
    Suite,
    /// A file of properties does not have the form of one.
    Property,
    /// A configuration file does not have the form of one.
    Config,
    /// A [rule](crate::check::Rule) of the linter has found something, by the name of the rule.
    Rule(&'static str),
}

impl Code {
    /// The stable name, as it stands in JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parse => "rego_parse_error",
            Self::Compile => "rego_compile_error",
            Self::Type => "rego_type_error",
            Self::UnsafeVar => "rego_unsafe_var_error",
            Self::Recursion => "rego_recursion_error",
            Self::Load => "load_error",
            Self::Suite => "suite_error",
            Self::Property => "property_error",
            Self::Config => "config_error",
            Self::Rule(id) => id,
        }
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing can be done with the source until it is mended.
    Error,
    /// The source works, and probably not as meant.
    Warning,
}
