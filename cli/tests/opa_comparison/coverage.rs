//! Compares the coverage that `portcullis test` measures with OPA's, range by range, on `testcases/coverage`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::command::CommandLine;

/// What OPA and we are both asked: tests count, and those that wait don't fail the run.
const OPA: [&str; 4] = ["test", ".", "--coverage", "-z"];
const OURS: [&str; 7] = ["test", ".", "--coverage", "-z", "--coverage-tests", "-f", "json"];

/// Compares on every case; gives the complaints. A case that begins with `differs:` has to differ.
pub(crate) fn complaints(folder: &Path, opa: &Path, portcullis: &Path) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    let mut cases = 0;
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let path = entry?.into_path();
        if path.extension().is_some_and(|extension| extension == "txtar") {
            cases += 1;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let complaint = compare(&fs_err::read_to_string(&path)?, opa, portcullis)
                .with_context(|| format!("on `{name}`"))?;
            complaints.extend(complaint.map(|complaint| format!("{name}: {complaint}")));
        }
    }
    ensure!(cases > 0, "there is no case in `{}`", folder.display());
    Ok(complaints)
}

fn compare(text: &str, opa: &Path, portcullis: &Path) -> Result<Option<String>> {
    let folder = tempfile::tempdir()?;
    let (about, files) = text.split_once("-- ").context("there is no file")?;
    for file in files.split("\n-- ") {
        let (name, content) = file.split_once(" --\n").context("a file needs a name and a content")?;
        fs_err::write(folder.path().join(name), format!("{}\n", content.trim_end()))?;
    }
    let measure = |program: &Path, arguments: &[&str]| -> Result<Value> {
        let answer = CommandLine::from_arguments(arguments).run(program, folder.path())?;
        serde_json::from_str(&answer.stdout)
            .with_context(|| format!("{}: {}{}", program.display(), answer.stdout, answer.stderr))
    };
    let (theirs, ours) = (measure(opa, &OPA)?, measure(portcullis, &OURS)?);
    Ok(match (theirs == ours, about.starts_with("differs:")) {
        (true, false) | (false, true) => None,
        (true, true) => Some("it should differ, and doesn't".to_owned()),
        (false, false) => {
            let (theirs, ours) = (lines(&theirs), lines(&ours));
            let only_theirs = theirs.difference(&ours).map(|line| format!("\n  OPA only: {line}"));
            let only_ours = ours.difference(&theirs).map(|line| format!("\n  we only:  {line}"));
            Some(only_theirs.chain(only_ours).collect())
        }
    })
}

/// A report as lines: `p.rego covered 3:1-3:6 []`, and the numbers.
fn lines(report: &Value) -> BTreeSet<String> {
    let mut lines =
        BTreeSet::from([format!("total {}", report.pointer("/coverage").unwrap_or(&Value::Null))]);
    for (name, file) in report.pointer("/files").and_then(Value::as_object).into_iter().flatten() {
        for (key, value) in file.as_object().into_iter().flatten() {
            let Some(ranges) = value.as_array() else {
                lines.insert(format!("{name} {key} {value}"));
                continue;
            };
            lines.extend(ranges.iter().map(|range| {
                let field = |path: &str| range.pointer(path).unwrap_or(&Value::Null);
                let place =
                    |at: &str| format!("{}:{}", field(&format!("{at}/row")), field(&format!("{at}/col")));
                format!("{name} {key} {}-{} {}", place("/start"), place("/end"), field("/kinds"))
            }));
        }
    }
    lines
}
