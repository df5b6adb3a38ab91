//! Table suites: decisions and what they should be, written as rows.
//!
//! ```text
//! *.suite.yaml --read--> Suite --expand--> [Case]
//!                          ^
//!           CSV and JSON files of rows
//! ```

mod axes;
mod csv;
mod expectation;
mod file;
mod judge;
mod matrix;
pub(crate) mod path;
mod read;
mod records;
mod rows;
mod schema;
mod template;

use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) use self::expectation::in_suite as expectation;
use self::matrix::Matrix;
use self::rows::Rows;
pub(crate) use self::schema::draft07;
pub use self::schema::suite_schema;
use super::event::Verdict;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Spanned;
use crate::policy::{ErrorCode, Outcome, Override};
use crate::source::{SourceId, Span};
use crate::value::Value;

/// A table suite, read from its file.
#[derive(Debug, Clone)]
pub struct Suite {
    name: Spanned<String>,
    query: Arc<[Arc<str>]>,
    select: Arc<[Arc<str>]>,
    policies: Option<Vec<Spanned<String>>>,
    data: Vec<Spanned<String>>,
    /// What all inputs have in common.
    input: Option<Value>,
    cases: Vec<Case>,
    matrix: Option<Matrix>,
    rows: Vec<Rows>,
}

/// One row: an input and the decision it should get.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name, unique in its suite.
    pub name: Arc<str>,
    /// Where it is written: its name, the row of a matrix that allows it (or the matrix), the row of a file.
    pub span: Span,
    /// The decision's path below `data`.
    pub query: Arc<[Arc<str>]>,
    /// The part of the decision that is compared, as a path into it; empty for all of it.
    pub select: Arc<[Arc<str>]>,
    /// The input; `None` leaves it undefined.
    pub input: Option<Value>,
    /// Documents replaced for this case.
    pub with: Vec<Override>,
    /// What the decision should be.
    pub expect: Expectation,
}

/// What a decision should be.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// Exactly `true`.
    Allow,
    /// Exactly `false`.
    Deny,
    /// No value at all.
    Undefined,
    /// An evaluation error of this kind.
    Error(ErrorCode),
    /// Exactly this value, or one that OPA would print as this value.
    Want(Value),
}

/// Reads the suite in `text`. `name` is that of its file; its extension tells YAML (`yaml`, `yml`) from JSON (`json`).
///
/// # Errors
/// Everything that is wrong with the file, as far as it can be told without the files that it names.
pub fn read(source: SourceId, name: &str, text: &str) -> Result<Suite, Vec<Diagnostic>> {
    read::read(source, name, text)
}

impl Suite {
    /// The suite's name and where it stands; whoever reads several suites has to see that no name comes twice.
    pub fn name(&self) -> &Spanned<String> {
        &self.name
    }

    /// The policy files and directories that are tested, relative to the suite; `None` for those of the run.
    pub fn policies(&self) -> Option<&[Spanned<String>]> {
        self.policies.as_deref()
    }

    /// The data files, relative to the suite, in the order in which they are merged.
    pub fn data(&self) -> &[Spanned<String>] {
        &self.data
    }

    /// The files of rows that [`Suite::expand`] will ask for, relative to the suite.
    pub fn case_files(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.rows.iter().map(|rows| &rows.file)
    }

    /// The decision's path below `data`.
    pub fn query(&self) -> &[Arc<str>] {
        &self.query
    }

    /// All cases: those that are listed, then the matrix with its last axis fastest, then the rows of files.
    ///
    /// `files` gives the text of a file of rows by its path as the suite writes it.
    ///
    /// # Errors
    /// Everything that is wrong with the files of rows, and names that come twice.
    pub fn expand<'a>(
        &self,
        files: &dyn Fn(&str) -> Option<(SourceId, &'a str)>,
    ) -> Result<Vec<Case>, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        let mut cases = self.cases.clone();
        if let Some(matrix) = &self.matrix {
            cases.extend(matrix.combinations().map(|combination| {
                let expect = if combination.allowed { Expectation::Allow } else { Expectation::Deny };
                self.case(combination.name, combination.span, Some(combination.input), Vec::new(), expect)
            }));
        }
        for rows in &self.rows {
            let Some((source, text)) = files(&rows.file.value) else {
                let message = format!("there is no file `{}`", rows.file.value);
                let help = "paths are relative to the suite's file";
                errors.push(Diagnostic::error(Code::Suite, message, rows.file.span).with_help(help));
                continue;
            };
            match rows.read(source, text) {
                Ok(rows) => cases.extend(
                    rows.into_iter()
                        .map(|row| self.case(row.name, row.span, Some(row.input), Vec::new(), row.expect)),
                ),
                Err(more) => errors.extend(more),
            }
        }
        errors.extend(repeated_names(&cases));
        if errors.is_empty() { Ok(cases) } else { Err(errors) }
    }

    /// A case of this suite, its input merged over what all have in common.
    fn case(
        &self,
        name: Arc<str>,
        span: Span,
        input: Option<Value>,
        with: Vec<Override>,
        expect: Expectation,
    ) -> Case {
        let input = match (self.input.clone(), input) {
            (Some(base), Some(input)) => Some(base.overlay(input)),
            (base, input) => input.or(base),
        };
        Case {
            name,
            span,
            query: Arc::clone(&self.query),
            select: Arc::clone(&self.select),
            input,
            with,
            expect,
        }
    }
}

impl Case {
    /// Compares an answer with what the case expects.
    ///
    /// An evaluation error that is not expected is a [`Verdict::Error`]: it says nothing about the decision. Where an
    /// error is expected, a value, undefined or an error of another code is a failure.
    pub fn judge(&self, outcome: Outcome) -> Verdict {
        judge::judge(self, outcome)
    }
}

fn repeated_names(cases: &[Case]) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    let repeated = cases.iter().filter(|case| !seen.insert(&case.name));
    repeated
        .map(|case| {
            let error =
                Diagnostic::error(Code::Suite, format!("two cases are called `{}`", case.name), case.span);
            error.with_help("give each case of a suite a name of its own, whichever way it is written")
        })
        .collect()
}

/// An error of decoding, told as one of the suite.
fn as_suite_error(error: Diagnostic) -> Diagnostic {
    Diagnostic { code: Code::Suite, ..error }
}

/// The error with a help line, if it has none.
fn with_help(error: Diagnostic, help: &str) -> Diagnostic {
    if error.help.is_some() { error } else { error.with_help(help) }
}

fn too_long(span: Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` is longer than {} MiB", MAX_FILE_BYTES >> 20);
    Diagnostic::error(Code::Suite, message, span).with_help("split it into several suites")
}

/// How long a suite may be, and each file of rows.
const MAX_FILE_BYTES: usize = 64 << 20;
