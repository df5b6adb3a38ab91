//! Suites and the files that they name, together in one file.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis::diagnostic::Diagnostic;
use portcullis::source::{Source, SourceId, Sources};
use portcullis::suite::table::{self, Case, Suite};

/// The directory that the repository's paths start from.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files in a directory of cases that end so, sorted.
pub(crate) fn files(kind: &str, ending: &str) -> Vec<PathBuf> {
    let directory = root().join("testcases/tables").join(kind);
    let entries = fs::read_dir(directory).expect("the cases").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    paths.sort();
    paths
}

/// The files of a case; each starts with a line `-- NAME --`.
pub(crate) fn split(text: &str) -> Sources {
    let mut sources = Sources::new();
    let mut current: Option<(&str, String)> = None;
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("-- ").and_then(|line| line.strip_suffix(" --"));
        if let Some(name) = name {
            if let Some((name, text)) = current.replace((name, String::new())) {
                sources.add(Source::new(name, text));
            }
        } else if let Some((_, text)) = &mut current {
            text.push_str(line);
        }
    }
    let (name, text) = current.expect("a file");
    sources.add(Source::new(name, text));
    sources
}

/// Reads the first source as a suite, and looks for its files among the others.
pub(crate) fn expand(sources: &Sources) -> Result<(Suite, Vec<Case>), Vec<Diagnostic>> {
    let (id, source) = sources.iter().next().expect("a suite");
    let suite = table::read(id, source.name(), source.text())?;
    let find = |name: &str| -> Option<(SourceId, &str)> {
        let (id, source) = sources.iter().find(|(_, source)| &**source.name() == name)?;
        Some((id, source.text()))
    };
    let cases = suite.expand(&find)?;
    Ok((suite, cases))
}
