//! The server as a decision point: the requests of `cli/tests/serve/requests`, answered as OPA answers them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::comparison::{Reply, Request, exchange};
use crate::opa::Opa;
use crate::server::Server;

/// A file of requests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    /// What OPA is given: flags and files.
    arguments: Vec<String>,
    requests: Vec<Request>,
}

/// Sends all requests, one after the other.
fn replies(authority: &str, cases: &Cases) -> Result<Vec<Option<Reply>>> {
    cases.requests.iter().map(|request| exchange(authority, request)).collect()
}

fn of_ours(folder: &Path, cases: &Cases) -> Result<Vec<Option<Reply>>> {
    let (flags, files): (Vec<&str>, Vec<&str>) =
        cases.arguments.iter().map(String::as_str).partition(|argument| argument.starts_with("--"));
    let arguments = [&["--access-log", "off"], &*flags, &["--policy"], &*files].concat();
    replies(Server::deciding(folder, &arguments)?.authority(), cases)
}

/// What OPA answers: now if it is there, or when it was asked last. With `UPDATE=1` that is now.
fn of_opa(folder: &Path, cases: &Cases) -> Result<Vec<Option<Reply>>> {
    let path = folder.join("answers.json");
    let arguments: Vec<&str> = cases.arguments.iter().map(String::as_str).collect();
    let Some(opa) = Opa::deciding(folder, &arguments)? else {
        return Ok(serde_json::from_slice(&fs_err::read(path)?)?);
    };
    let answers = replies(opa.authority(), cases)?;
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        let lines: Result<Vec<String>, _> = answers.iter().map(serde_json::to_string).collect();
        fs_err::write(&path, format!("[\n{}\n]\n", lines?.join(",\n")))?;
    }
    let recorded: Vec<Option<Reply>> = serde_json::from_slice(&fs_err::read(path)?)?;
    ensure!(
        recorded.len() == answers.len(),
        "{}: answers are missing; UPDATE=1 takes them",
        folder.display()
    );
    for ((request, recorded), answer) in cases.requests.iter().zip(&recorded).zip(&answers) {
        ensure!(recorded == answer, "{request:?}: OPA answered {recorded:?} and now {answer:?}");
    }
    Ok(answers)
}

fn folders() -> Result<Vec<PathBuf>> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/serve/requests");
    let entries = fs_err::read_dir(all)?.map(|entry| Ok(entry?.path()));
    let mut folders = entries.collect::<Result<Vec<_>>>()?;
    folders.retain(|path| path.is_dir());
    folders.sort();
    Ok(folders)
}

#[test]
fn requests_are_answered_as_by_opa() -> Result<()> {
    let (mut count, mut wrong) = (0, Vec::new());
    for folder in folders()? {
        let cases = fs_err::read(folder.join("requests.json"))?;
        let cases: Cases = serde_json::from_slice(&cases).with_context(|| folder.display().to_string())?;
        let (expected, actual) = (of_opa(&folder, &cases)?, of_ours(&folder, &cases)?);
        let name = folder.file_name().unwrap_or_default().display();
        for ((request, expected), actual) in cases.requests.iter().zip(expected).zip(actual) {
            count += 1;
            let what = format!("{name}: {} {} {:?}", request.method, request.target, request.body);
            match &request.differs {
                None if expected != actual => {
                    wrong.push(format!("{what}\n  expected {expected:?}\n  actual   {actual:?}"));
                }
                Some(reason) if expected == actual => {
                    wrong.push(format!("{what}\n  is the same now: {reason}"));
                }
                None | Some(_) => {}
            }
        }
    }
    ensure!(count > 700, "only {count} requests were found");
    ensure!(wrong.is_empty(), "{} of {count} requests:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
