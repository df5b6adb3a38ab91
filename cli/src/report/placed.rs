//! Findings with their rows and columns, as formats for machines have them.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis::diagnostic::{Code, Diagnostic, Severity};
use portcullis::source::{LineIndex, Position, SourceId, Sources};

/// One finding or error.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// The name of the rule, or of the kind of error.
    pub(crate) code: &'static str,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What is wrong; may have several lines.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// Where.
    pub(crate) place: Option<Place>,
}

/// A part of a file.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The name of the file, as messages show it.
    pub(crate) file: Arc<str>,
    /// Where it starts.
    pub(crate) start: Position,
    /// Where it ends; that character is no part of it.
    pub(crate) end: Position,
}

impl Finding {
    /// An error about a file as a whole, whose message names it.
    pub(crate) fn of_file(message: &str, help: Option<&str>) -> Self {
        let (code, message, help) = (Code::Load.as_str(), message.to_owned(), help.map(str::to_owned));
        Self { code, severity: Severity::Error, message, help, place: None }
    }

    /// Whether it makes the check fail.
    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The message, and the help line below it.
    pub(crate) fn whole_message(&self) -> String {
        match &self.help {
            Some(help) => format!("{}\nhelp: {help}", self.message),
            None => self.message.clone(),
        }
    }
}

/// The findings with the places that their spans name.
pub(crate) fn findings(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<Finding> {
    let mut lines: BTreeMap<SourceId, LineIndex> = BTreeMap::new();
    let placed = |diagnostic: &Diagnostic| {
        let place = diagnostic.span.and_then(|span| {
            let source = sources.get(span.source)?;
            let lines = lines.entry(span.source).or_insert_with(|| LineIndex::new(source.text()));
            let file = Arc::clone(source.name());
            Some(Place { file, start: lines.position(span.start), end: lines.position(span.end) })
        });
        Finding {
            code: diagnostic.code.as_str(),
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
            place,
        }
    };
    diagnostics.iter().map(placed).collect()
}
