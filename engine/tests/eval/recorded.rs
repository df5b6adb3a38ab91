//! The cases of `engine/testcases/eval`: what OPA answered, here with shortcuts and without, and in the real OPA.
//!
//! `UPDATE=1 cargo test -p portcullis --test eval recorded` writes OPA's answers into the files: review the difference.

use std::path::{Path, PathBuf};

use portcullis::policy::RegoVersion;

use crate::case::{Answers, Case, answers, questions};
use crate::server::Server;

#[test]
fn recorded_cases_have_the_answers_of_opa() {
    if std::env::var_os("UPDATE").is_some() {
        return;
    }
    let mut wrong = Vec::new();
    for (path, case, recorded) in cases() {
        for optimise in [true, false] {
            let ours =
                portcullis::stack::run(|| section(&answers(&case, &questions(&case), optimise))).unwrap();
            if ours != recorded {
                let name = path.file_name().unwrap().to_string_lossy();
                wrong.push(format!(
                    "{name}, optimise: {optimise}\n-- recorded --\n{recorded}-- ours --\n{ours}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn opa_still_has_the_recorded_answers() {
    let (Some(mut newer), Some(mut older)) = (Server::start(RegoVersion::V1), Server::start(RegoVersion::V0))
    else {
        return;
    };
    for (path, case, recorded) in cases() {
        let server = if case.version == RegoVersion::V0 { &mut older } else { &mut newer };
        let theirs = section(&server.answers(&case, &questions(&case)));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, format!("{}{}-- answers --\n{theirs}", comment(&path), case.to_text()))
                .unwrap();
        } else {
            assert!(theirs == recorded, "{}\n-- OPA's --\n{theirs}", path.display());
        }
    }
}

/// Each file, its case, and the answers that it holds.
fn cases() -> Vec<(PathBuf, Case, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testcases/eval");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txtar"));
    assert!(!paths.is_empty(), "there are no cases");
    paths.into_iter().map(|path| read(&path)).collect()
}

fn read(path: &Path) -> (PathBuf, Case, String) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut sections: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            sections.push((name, String::new()));
        } else if let Some((_, section)) = sections.last_mut() {
            section.push_str(line);
            section.push('\n');
        }
    }
    let (mut case, mut answers) = (Case::default(), String::new());
    for (name, section) in sections {
        match name {
            "data.json" => section.trim().clone_into(&mut case.data),
            "input.json" => case.input = Some(section.trim().to_owned()),
            "version" => {
                assert!(section.trim() == "v0", "{}: no version: {section}", path.display());
                case.version = RegoVersion::V0;
            }
            "answers" => answers = section,
            name => case.modules.push((name.to_owned(), section)),
        }
    }
    (path.to_owned(), case, answers)
}

/// What stands before the first section of a file.
fn comment(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().take_while(|line| !line.starts_with("-- ")).map(|line| format!("{line}\n")).collect()
}

/// Answers as they stand in a file; the lines after the first of one are indented.
fn section(answers: &Result<Answers, Vec<String>>) -> String {
    match answers {
        Ok(answers) => answers
            .iter()
            .map(|(question, answer)| format!("{question}: {}\n", answer.replace('\n', "\n    ")))
            .collect(),
        // The lines after the first explain an error.
        Err(errors) => errors.iter().map(|error| format!("{}\n", error.lines().next().unwrap())).collect(),
    }
}
