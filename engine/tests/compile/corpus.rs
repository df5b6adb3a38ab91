//! The module sets of `engine/testcases/compile`.

use std::path::{Path, PathBuf};

use portcullis::compile::{CompileOptions, Compiled, compile};
use portcullis::diagnostic::Diagnostic;
use portcullis::source::{LineIndex, Source, Sources};
use portcullis::syntax::{ParseOptions, RegoVersion, parse};

/// A module set by the name of its file.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The path of the file below the folder of the cases, without extension.
    pub(crate) name: String,
    /// The modules: names and texts.
    pub(crate) files: Vec<(String, String)>,
    /// Whether it is compiled in strict mode.
    pub(crate) strict: bool,
    /// Whether it is in version 0.
    pub(crate) old: bool,
}

impl Case {
    /// Parses and compiles the modules; none if one of them is no Rego.
    pub(crate) fn compile(&self, max_errors: Option<usize>) -> Option<(Compiled, Sources)> {
        let mut sources = Sources::new();
        let mut modules = Vec::new();
        let version = if self.old { RegoVersion::V0 } else { RegoVersion::V1 };
        for (name, text) in &self.files {
            let id = sources.add(Source::new(name.as_str(), text.as_str()));
            let parsed = parse(id, text, &ParseOptions::new(version));
            if !parsed.diagnostics.is_empty() {
                return None;
            }
            modules.push(parsed.module);
        }
        let options = CompileOptions { strict: self.strict, max_errors, ..CompileOptions::default() };
        Some((compile(modules, &sources, &options), sources))
    }
}

/// The folder of the cases.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testcases/compile")
}

/// All cases, sorted by name.
pub(crate) fn corpus() -> Vec<Case> {
    let root = folder();
    let mut cases = Vec::new();
    for path in files(&root) {
        let within = path.strip_prefix(&root).unwrap().with_extension("").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let files = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rego") => vec![(path.file_name().unwrap().to_string_lossy().into_owned(), text)],
            Some("txtar") => split(&text),
            _ => continue,
        };
        let (strict, old) = (within.starts_with("strict/"), within.starts_with("v0/"));
        cases.push(Case { name: within, files, strict, old });
    }
    assert!(cases.len() > 20, "only {} cases", cases.len());
    cases
}

/// An error as one line.
pub(crate) fn line(error: &Diagnostic, sources: &Sources) -> String {
    let place = error.span.map(|span| {
        let source = sources.get(span.source).unwrap();
        let at = LineIndex::new(source.text()).position(span.start);
        (source.name().clone(), at)
    });
    let place =
        place.map_or_else(|| ":null:null".to_owned(), |(file, at)| format!("{file}:{}:{}", at.row, at.col));
    format!("{place} {}: {}", error.code.as_str(), error.message)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|entry| if entry.is_dir() { files(&entry) } else { vec![entry] }).collect()
}

fn split(text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let name = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        if let Some(name) = name {
            files.push((name.to_owned(), String::new()));
        } else if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    files
}
