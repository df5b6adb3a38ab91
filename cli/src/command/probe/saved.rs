//! The cases that were found before: they are looked at first, until they are mended.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use portcullis::document;
use portcullis::probe::edit::Case;
use portcullis::probe::probes::{Probe, Severity};
use portcullis::probe::seed::{self, Seed, Written};
use portcullis::probe::subject::Subject;
use portcullis::property::check::Saved as SavedCase;
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::configuration;
use crate::load;
use crate::report::json_document::Json;
use crate::report::probe::Told;
use crate::whole_file::WholeFile;

/// The file of a project, to be committed with it.
#[derive(Debug)]
pub(in crate::command) struct Saved {
    path: PathBuf,
}

impl Saved {
    /// That of the project around the first path: beside its configuration file or in the folder of its git repository, otherwise in
    /// the working directory.
    pub(in crate::command) fn of(paths: &[String]) -> Self {
        let holds = |name: &str| configuration::folder_with(name, paths);
        let root = holds(configuration::FILE).or_else(|| holds(".git")).unwrap_or_default();
        Self { path: root.join(FILE) }
    }

    /// The cases of a decision, judged again.
    ///
    /// # Errors
    /// A file that can't be read, or is none of ours.
    pub(super) fn seeds(&self, subject: &Subject, jobs: NonZeroUsize) -> Result<Vec<Seed>, String> {
        let name = subject.decision.name();
        let own = self.read()?.into_iter().filter(|case| field(case, "decision") == Some(&name));
        let written = own.map(|case| {
            let data = case.lookup(&["data"]).cloned().unwrap_or_else(|| subject.policy.data().clone());
            let case = Case { input: case.lookup(&["input"]).cloned(), data };
            Written { name: Arc::from(SAVED), case }
        });
        Ok(seed::judged(subject, written.collect(), jobs))
    }

    /// All cases of the file; none if there is none.
    fn read(&self) -> Result<Vec<Value>, String> {
        let unusable = |reason: &str| format!("`{}` can't be used: {reason}", self.path.display());
        let bytes = match fs_err::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unusable(&load::io_reason(&error))),
        };
        let text = String::from_utf8(bytes).map_err(|_| unusable("it is not UTF-8"))?;
        let read = document::json_value(SourceId::default(), &text).map_err(|_| unusable("it is no JSON"))?;
        let cases = read.lookup(&["cases"]).and_then(Value::as_array);
        Ok(cases.ok_or_else(|| unusable("it has no `cases`"))?.iter().cloned().collect())
    }

    /// Writes down the cases of hard findings, or removes the file if there are none any more. What this run did not look at stays:
    /// cases of other decisions and probes, and all of them if it was stopped.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) fn update(
        &self,
        told: &Told<'_>,
        probes: &[&Probe],
        looked_at_all: bool,
    ) -> Result<(), String> {
        let was_looked_at = |case: &Value| {
            let decision =
                |name: &str| told.hunts.iter().any(|(_, _, hunted)| hunted.decision.name() == name);
            let probe = |id: &str| probes.iter().any(|probe| probe.id == id);
            field(case, "decision").is_some_and(decision) && field(case, "probe").is_some_and(probe)
        };
        let mut cases: BTreeMap<String, Json<'_>> = BTreeMap::new();
        for case in self.read()?.into_iter().filter(|case| !looked_at_all || !was_looked_at(case)) {
            cases.insert(case.to_json(), Json::Owned(case));
        }
        for (judged, _, hunted) in &told.hunts {
            for (finding, judged) in hunted.findings.iter().zip(judged) {
                if finding.probe.severity != Severity::Hard || judged.accepted.is_some() {
                    continue;
                }
                let name = Value::from(hunted.decision.name());
                let mut fields =
                    vec![("decision", Json::Owned(name)), ("probe", Json::Text(finding.probe.id))];
                fields.extend(finding.pair.before.input.as_ref().map(|input| ("input", Json::Value(input))));
                if finding.pair.before.data != *told.loaded {
                    fields.push(("data", Json::Value(&finding.pair.before.data)));
                }
                // Read back, so that all cases have their fields in the same order.
                let case = document::json_value(SourceId::default(), &Json::Object(fields).pretty());
                cases.extend(case.map(|case| (case.to_json(), Json::Owned(case))));
            }
        }
        self.write(cases)
    }

    /// The cases that broke properties, by the full name of each.
    ///
    /// # Errors
    /// A file that can't be read, or is none of ours.
    pub(in crate::command) fn properties(&self) -> Result<BTreeMap<String, Vec<SavedCase>>, String> {
        let mut saved: BTreeMap<String, Vec<SavedCase>> = BTreeMap::new();
        for case in self.read()? {
            let Some(name) = field(&case, "property") else { continue };
            let part = |name: &str| case.lookup(&[name]).cloned();
            let again = SavedCase { input: part("input"), data: part("data"), variables: part("variables") };
            saved.entry(name.to_owned()).or_default().push(again);
        }
        Ok(saved)
    }

    /// Writes down what became of properties that were tried: the case that breaks each, or that none does any more.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(in crate::command) fn update_properties(
        &self,
        tried: &BTreeMap<String, Option<SavedCase>>,
    ) -> Result<(), String> {
        let mut cases: BTreeMap<String, Json<'_>> = BTreeMap::new();
        let was_tried = |case: &Value| field(case, "property").is_some_and(|name| tried.contains_key(name));
        for case in self.read()?.into_iter().filter(|case| !was_tried(case)) {
            cases.insert(case.to_json(), Json::Owned(case));
        }
        for (name, case) in tried.iter().filter_map(|(name, case)| Some((name, case.as_ref()?))) {
            let mut fields = vec![("property", Json::Text(name))];
            let parts = [("input", &case.input), ("data", &case.data), ("variables", &case.variables)];
            fields.extend(
                parts.into_iter().filter_map(|(name, part)| Some((name, Json::Value(part.as_ref()?)))),
            );
            let case = document::json_value(SourceId::default(), &Json::Object(fields).pretty());
            cases.extend(case.map(|case| (case.to_json(), Json::Owned(case))));
        }
        self.write(cases)
    }

    /// Writes these cases, or removes the file if there are none.
    fn write(&self, cases: BTreeMap<String, Json<'_>>) -> Result<(), String> {
        let failed = |error: &io::Error| {
            format!("`{}` can't be written: {}", self.path.display(), load::io_reason(error))
        };
        if cases.is_empty() {
            return match fs_err::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&error)),
                Ok(()) | Err(_) => Ok(()),
            };
        }
        let note = "Cases near which `portcullis probe` found something, and cases that broke properties. They are looked at first; commit this file.";
        let document = Json::Object(vec![
            ("note", Json::Text(note)),
            ("cases", Json::Array(cases.into_values().collect())),
        ]);
        let text = document.pretty() + "\n";
        if fs_err::read_to_string(&self.path).is_ok_and(|before| before == text) {
            return Ok(());
        }
        let file = WholeFile::at(&self.path).map_err(|error| error.to_string())?;
        file.write(text.as_bytes()).map_err(|error| error.to_string())
    }
}

fn field<'c>(case: &'c Value, name: &str) -> Option<&'c str> {
    case.lookup(&[name]).and_then(Value::as_str)
}

/// It has no extension: a `.json` would be loaded as data with the folder that it is in.
pub(in crate::command) const FILE: &str = "portcullis-probe-regressions";

/// What the cases are called in reports.
const SAVED: &str = "a case that was found before";
