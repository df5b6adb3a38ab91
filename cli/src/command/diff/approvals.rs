//! The differences that somebody approved, in a file to be committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use crate::load;
use crate::policy_set::Failure;
use crate::refusal::Refusal;
use crate::whole_file::WholeFile;

/// IDs with the reasons why they are approved: a line for each, `ID REASON`.
#[derive(Debug)]
pub(super) struct Approvals {
    path: PathBuf,
    reasons: BTreeMap<String, String>,
}

impl Approvals {
    /// Those of a file; none if there is no file.
    ///
    /// # Errors
    /// A file that can't be read, and a line without a reason.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = match fs_err::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unusable(path, &load::io_reason(&error))),
        };
        let mut reasons = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let Some((id, reason)) = line.split_once(' ') else {
                return Err(unusable(path, &format!("`{line}` has no reason")));
            };
            reasons.insert(id.to_owned(), reason.trim().to_owned());
        }
        Ok(Self { path: path.to_owned(), reasons })
    }

    /// Approves one of the differences that were `found` and writes the file.
    ///
    /// # Errors
    /// An ID that none of them has, a reason that says nothing, a file that can't be written.
    pub(super) fn add(&mut self, id: &str, reason: &str, found: &BTreeSet<&str>) -> Result<(), Failure> {
        let refuse =
            |message: String, help: String| Err(Failure::of_refusal(Refusal::new(message).with_help(help)));
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        if reason.is_empty() {
            let help = "say why the difference is meant, as in --reason \"clerks may update orders\"";
            return refuse("--reason says nothing".to_owned(), help.to_owned());
        }
        if !found.contains(id) {
            let ids: Vec<&str> = found.iter().copied().collect();
            let help = if ids.is_empty() {
                "these versions have none to approve".to_owned()
            } else {
                format!("the differences of these versions are {}", ids.join(", "))
            };
            return refuse(format!("no difference `{id}` was found to approve"), help);
        }
        self.reasons.insert(id.to_owned(), reason);
        let mut text = format!("{NOTE}\n");
        for (id, reason) in &self.reasons {
            _ = writeln!(text, "{id} {reason}");
        }
        let file = WholeFile::at(&self.path).map_err(|error| Failure::of_message(&error.to_string()))?;
        file.write(text.as_bytes()).map_err(|error| Failure::of_message(&error.to_string()))
    }

    /// The reasons by ID.
    pub(super) fn reasons(self) -> BTreeMap<String, String> {
        self.reasons
    }
}

fn unusable(path: &Path, reason: &str) -> Failure {
    let message = format!("the approvals `{}` can't be used: {reason}", path.display());
    let help =
        "each line has the ID of a difference and why it is approved: 1f3a90c2 clerks may update orders";
    Failure::of_refusal(Refusal::new(message).with_help(help))
}

const NOTE: &str =
    "# Differences of `portcullis diff` that are meant: an ID and a reason a line. Commit this file.";
