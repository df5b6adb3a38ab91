//! Asks a real OPA whether it decides on a finding's cases as we do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use portcullis::document;
use portcullis::probe::decision::Verdict;
use portcullis::probe::edit::Case;
use portcullis::probe::finding::Twist;
use portcullis::probe::hunt::Hunted;
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::command::subject::Asked;

/// An OPA that can be asked.
#[derive(Debug)]
pub(super) struct Opa {
    program: String,
    /// Why it can't be asked after all.
    pub(super) problem: Option<String>,
}

impl Opa {
    /// The program of this name, if there is one; `none` is none.
    pub(super) fn find(program: &str) -> Option<Self> {
        let version =
            Command::new(program).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        let is_there = program != "none" && version.is_ok_and(|status| status.success());
        is_there.then(|| Self { program: program.to_owned(), problem: None })
    }

    /// Whether OPA decides on the cases of each finding as we do; `None` where it was not asked.
    pub(super) fn confirm(&mut self, asked: &Asked, hunted: &Hunted) -> Vec<Option<bool>> {
        let mut worlds: BTreeMap<&Value, Vec<(usize, &Case, Verdict)>> = BTreeMap::new();
        let plain =
            hunted.findings.iter().enumerate().filter(|(_, finding)| finding.pair.twist == Twist::None);
        for (index, finding) in plain {
            let pair = &finding.pair;
            for (case, verdict) in [(&pair.before, pair.verdict_before), (&pair.after, pair.verdict_after)] {
                worlds.entry(&case.data).or_default().push((index, case, verdict));
            }
        }
        let mut confirmed = vec![None; hunted.findings.len()];
        for (data, cases) in worlds.into_iter().take(MAX_WORLDS) {
            match self.decide(asked, hunted, data, &cases) {
                Ok(agrees) => {
                    for ((index, _, _), agrees) in cases.iter().zip(agrees) {
                        if let Some(known) = confirmed.get_mut(*index) {
                            *known = Some(known.unwrap_or(true) && agrees);
                        }
                    }
                }
                Err(problem) => self.problem = Some(problem),
            }
        }
        confirmed
    }

    /// Has OPA decide on cases over the same base documents.
    fn decide(
        &self,
        asked: &Asked,
        hunted: &Hunted,
        data: &Value,
        cases: &[(usize, &Case, Verdict)],
    ) -> Result<Vec<bool>, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let write = |name: &str, text: &str| {
            fs_err::write(folder.path().join(name), text).map_err(|error| error.to_string())
        };
        write("data.json", &data.to_json())?;
        for (index, (_, source)) in asked.sources().iter().enumerate() {
            write(&format!("{index}.rego"), source.text())?;
        }
        let name = hunted.decision.name();
        let mut query = String::from("[");
        for (_, case, _) in cases {
            let input = case
                .input
                .as_ref()
                .map_or_else(String::new, |input| format!(" with input as {}", input.to_rego()));
            _ = write!(query, "{{v | v := {name}{input}}}, ");
        }
        query.push(']');
        let mut command = Command::new(&self.program);
        command
            .args(["eval", "--format", "json", "--stdin", "--data"])
            .arg(folder.path())
            .arg("--strict-builtin-errors=false");
        let output = ask(command.current_dir(Path::new("/")), &query)?;
        let read = document::json_value(SourceId::default(), &output)
            .map_err(|_| "its answer is no JSON".to_owned())?;
        if let Some(error) = read.lookup(&["errors", "0", "message"]).and_then(Value::as_str) {
            return Err(error.to_owned());
        }
        let answers = read.lookup(&["result", "0", "expressions", "0", "value"]).and_then(Value::as_array);
        let answers = answers.ok_or_else(|| "it has no answer".to_owned())?;
        let agrees = cases.iter().zip(answers.iter()).map(|((_, _, verdict), answer)| {
            let value = answer.as_array().and_then(|values| values.iter().next());
            hunted.decision.of_value(value) == *verdict
        });
        Ok(agrees.collect())
    }
}

/// Runs a program that reads its query from standard input.
fn ask(command: &mut Command, query: &str) -> Result<String, String> {
    use std::io::Write as _;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let written = child.stdin.take().map(|mut stdin| stdin.write_all(query.as_bytes()));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if let Some(Err(error)) = written {
        return Err(error.to_string());
    }
    String::from_utf8(output.stdout).map_err(|_| "its answer is not UTF-8".to_owned())
}

/// How often OPA is started: once for each set of base documents.
const MAX_WORLDS: usize = 24;
