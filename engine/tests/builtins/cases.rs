//! Reads and writes the files of cases.

use std::fs;
use std::path::PathBuf;

/// What the outcome starts with when OPA's would differ, since it has a real clock and real randomness.
pub(crate) const SEALED: &str = "sealed ";

/// The cases of one file.
#[derive(Debug)]
pub(crate) struct Family {
    /// The file's name without its extension.
    pub(crate) name: String,
    pub(crate) cases: Vec<Case>,
    lines: Vec<String>,
}

/// A call and what comes of it.
#[derive(Debug)]
pub(crate) struct Case {
    /// The line of the call, from 1.
    pub(crate) line: usize,
    pub(crate) call: String,
    /// A value as Rego text, `undefined`, or `error CODE: MESSAGE`.
    pub(crate) outcome: String,
}

impl Family {
    fn read(name: &str, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut cases: Vec<Case> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let place = format!("{name}.txt:{}", at + 1);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(outcome) = line.strip_prefix("    ") {
                let case = cases.last_mut().filter(|case| case.outcome.is_empty());
                outcome.clone_into(&mut case.unwrap_or_else(|| panic!("{place}: no call before it")).outcome);
            } else {
                cases.push(Case { line: at + 1, call: line.clone(), outcome: String::new() });
            }
        }
        let bare = cases.iter().find(|case| case.outcome.is_empty() && !updating());
        assert!(bare.is_none(), "{name}.txt: no outcome: {bare:?}");
        Self { name: name.to_owned(), cases, lines }
    }

    /// Writes the file anew with the outcomes that the cases have now.
    pub(crate) fn write(&self) {
        let mut cases = self.cases.iter().peekable();
        let mut text = String::new();
        for (at, line) in self.lines.iter().enumerate() {
            if line.starts_with("    ") {
                continue;
            }
            text.push_str(line);
            text.push('\n');
            if let Some(case) = cases.next_if(|case| case.line == at + 1) {
                text.push_str("    ");
                text.push_str(&case.outcome);
                text.push('\n');
            }
        }
        fs::write(folder().join(format!("{}.txt", self.name)), text).expect("a writable file");
    }
}

/// All files, or the one that `FAMILY` names, sorted by name.
pub(crate) fn families() -> Vec<Family> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder()).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    let read = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let wanted = selected().is_none_or(|selected| selected == name);
        wanted.then(|| Family::read(&name, &fs::read_to_string(&path).expect("a readable file")))
    };
    paths.into_iter().filter_map(read).collect()
}

/// The only file to look at, while one works on it.
pub(crate) fn selected() -> Option<String> {
    std::env::var("FAMILY").ok()
}

/// Whether the outcomes are to be taken from OPA.
pub(crate) fn updating() -> bool {
    std::env::var("UPDATE").is_ok_and(|value| value == "1")
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/testcases/builtins"))
}
