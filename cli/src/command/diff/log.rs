//! Decision logs in OPA's format: one JSON document a line, or an array of them, with `path`, `input` and `result`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use portcullis::diff::{Start, World};
use portcullis::document;
use portcullis::probe::decision::Decision;
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::load;
use crate::policy_set::Failure;
use crate::refusal::Refusal;

/// A decision that was made.
#[derive(Debug)]
pub(super) struct Entry {
    name: Arc<str>,
    path: Option<String>,
    input: Option<Value>,
}

/// Reads a log: the console's, in which other lines are left out, or what a server sends to collect. Of entries that are asked the
/// same, the first stays.
///
/// # Errors
/// A file that can't be read, and a line that is no JSON object.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, Failure> {
    let unusable = |reason: &str| {
        let message = format!("the decision log `{}` can't be used: {reason}", path.display());
        let help = "it has a JSON object a line, as OPA's console writes them, or is an array of them";
        Failure::of_refusal(Refusal::new(message).with_help(help))
    };
    let text = fs_err::read_to_string(path).map_err(|error| unusable(&load::io_reason(&error)))?;
    let json = |text: &str| document::json_value(SourceId::default(), text).ok();
    let mut documents = Vec::new();
    if let Some(Value::Array(array)) = text.trim_start().starts_with('[').then(|| json(&text)).flatten() {
        documents.extend(array.iter().cloned().enumerate().map(|(index, document)| (index + 1, document)));
    } else {
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let row = index + 1;
            documents.push((row, json(line).ok_or_else(|| unusable(&format!("line {row} is no JSON")))?));
        }
    }
    let mut entries = Vec::new();
    let mut seen = BTreeSet::new();
    for (row, document) in documents {
        if document.as_object().is_none() {
            return Err(unusable(&format!("entry {row} is no JSON object")));
        }
        let text = |name: &str| document.lookup(&[name]).and_then(Value::as_str).map(str::to_owned);
        let (path_asked, input) = (text("path"), document.lookup(&["input"]).cloned());
        // The console has lines about other things, and decisions on queries have no path.
        let is_decision = path_asked.is_some() || input.is_some() && text("query").is_none();
        if is_decision && seen.insert((path_asked.clone(), input.clone())) {
            let name = Arc::from(format!("{}:{row}", path.display()));
            entries.push(Entry { name, path: path_asked, input });
        }
    }
    Ok(entries)
}

impl Entry {
    /// The input, if the decision is the one that was made or is in the document that was asked for.
    pub(super) fn start(&self, decision: &Decision) -> Option<Start> {
        let steps = |path: &String| {
            let steps: Vec<Arc<str>> =
                path.split(['/', '.']).filter(|step| !step.is_empty()).map(Arc::from).collect();
            decision.path.starts_with(&steps)
        };
        let is_own = self.path.as_ref().is_none_or(steps);
        is_own.then(|| Start { name: Arc::clone(&self.name), input: self.input.clone(), world: World::Own })
    }
}
