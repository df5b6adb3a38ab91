//! What goes wrong while loading, told as OPA tells it.

use std::fmt;
use std::io;
use std::path::Path;

use portcullis::bundle::ContentError;
use portcullis::diagnostic::Diagnostic;
use portcullis::document::TextError;
use portcullis::source::{LineIndex, Sources};

use super::file;
use crate::refusal::Refusal;

/// Why nothing was loaded: at least one error, in the order in which the files were reached.
///
/// Its text is what OPA prints, with rows and columns added where OPA has none.
#[derive(Debug, Clone)]
pub(crate) struct LoadFailure {
    /// The errors.
    pub(crate) errors: Vec<LoadError>,
    /// The modules that could be read; what is wrong with them belongs into the same report.
    pub(crate) modules: Sources,
    pub(super) heading: Heading,
}

/// How OPA starts the report of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    /// With the number of errors.
    Count,
    /// With the error: a failing bundle ends the load.
    None,
}

impl fmt::Display for LoadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.heading, self.errors.len()) {
            (Heading::None, _) => {}
            (Heading::Count, 1) => f.write_str("1 error occurred during loading: ")?,
            (Heading::Count, count) => writeln!(f, "{count} errors occurred during loading:")?,
        }
        for (index, error) in self.errors.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadFailure {}

/// One thing that keeps a load from succeeding.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(crate) struct LoadError {
    /// The whole message, which starts with the file it is about.
    pub(crate) message: String,
    /// The text that is wrong and the place in it, when the error lies in a text.
    pub(crate) fault: Option<Box<Fault>>,
    /// What to do next.
    pub(crate) help: Option<String>,
    /// How many of the [modules](LoadFailure::modules) were reached before; OPA reports what is wrong with these first.
    pub(crate) modules_before: usize,
    /// The position among everything that the arguments name.
    pub(super) order: usize,
}

/// A place in the text of a file that could not be used.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// The one file.
    pub(crate) sources: Sources,
    /// What is wrong with it.
    pub(crate) diagnostic: Diagnostic,
}

impl LoadError {
    /// An error that is about no place in a text.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), fault: None, help: None, modules_before: 0, order: 0 }
    }

    /// An operation of the file system that failed, as Go words it: `stat PATH: no such file or directory`.
    pub(super) fn io(operation: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("{operation} {}: {}", path.display(), io_reason(error)))
    }

    /// An error in a text; `introduction` goes before its message.
    pub(super) fn in_text(error: TextError, introduction: &str) -> Self {
        let TextError { text: source, diagnostic } = error;
        let mut place = String::new();
        if let Some(span) = diagnostic.span {
            let position = LineIndex::new(source.text()).position(span.start);
            place = format!(":{}:{}", position.row, position.col);
        }
        let message = format!("{}{place}: {introduction}{}", source.name(), diagnostic.message);
        let mut sources = Sources::new();
        sources.add(source);
        let help = diagnostic.help.clone();
        let fault = Fault { sources, diagnostic: *diagnostic };
        Self { fault: Some(Box::new(fault)), help, ..Self::new(message) }
    }

    /// An error in the files of a bundle.
    pub(super) fn of_content(error: ContentError) -> Self {
        match error {
            ContentError::Module(error) => file::in_module(error).within("1 error occurred: "),
            ContentError::Document(context, error) => Self::in_text(error, "").within(context),
            ContentError::Files { message, help } => Self { help, ..Self::new(message) },
        }
    }

    /// What keeps a bundle from being read.
    pub(super) fn of_refusal(refusal: Refusal) -> Self {
        Self { help: refusal.help, ..Self::new(refusal.message) }
    }

    /// The row that the error is in.
    pub(super) fn row(&self) -> Option<usize> {
        let fault = self.fault.as_ref()?;
        let span = fault.diagnostic.span?;
        let source = fault.sources.get(span.source)?;
        Some(LineIndex::new(source.text()).position(span.start).row)
    }

    /// The same error with other words around its message.
    pub(super) fn within(mut self, context: &str) -> Self {
        self.message.insert_str(0, context);
        self
    }

    /// The same error with a help line.
    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The reason of an error, without the path and the number that come with it: `permission denied`.
pub(crate) fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    // An error of fs-err names the path first; then comes the text of the system.
    let reason =
        if error.raw_os_error().is_some() { &text } else { text.rsplit(": ").next().unwrap_or(&text) };
    let reason = reason.split(" (os error").next().unwrap_or(reason);
    let mut chars = reason.chars();
    let first = chars.next().into_iter().flat_map(char::to_lowercase);
    first.chain(chars).collect()
}
