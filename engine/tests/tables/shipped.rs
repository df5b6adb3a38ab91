//! The suites in this repository can be read, and editors know what they are.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis::source::{Source, SourceId, Sources};
use portcullis::suite::table;

use crate::archive::root;

#[test]
fn shipped_suites_can_be_read() {
    for path in suites(&root().join("testcases")) {
        let text = fs::read_to_string(&path).expect("a readable file");
        let mut sources = Sources::new();
        let id = sources.add(Source::new(path.to_string_lossy(), text.as_str()));
        let suite = table::read(id, &path.to_string_lossy(), &text)
            .unwrap_or_else(|errors| panic!("{}: {errors:#?}", path.display()));
        let directory = path.parent().expect("a directory");
        let near = |file: &str| directory.join(file);
        for file in suite.policies().into_iter().flatten().chain(suite.data()) {
            assert!(near(&file.value).exists(), "{} names {}", path.display(), file.value);
        }
        let mut rows: Vec<(String, SourceId, String)> = Vec::new();
        for file in suite.case_files() {
            let text = fs::read_to_string(near(&file.value)).expect("a readable file");
            let id = sources.add(Source::new(file.value.as_str(), text.as_str()));
            rows.push((file.value.clone(), id, text));
        }
        let find = |name: &str| {
            let (_, id, text) = rows.iter().find(|(file, _, _)| file == name)?;
            Some((*id, text.as_str()))
        };
        let cases = suite.expand(&find).unwrap_or_else(|errors| panic!("{}: {errors:#?}", path.display()));
        assert!(!cases.is_empty(), "{} has no cases", path.display());
    }
}

#[test]
fn shipped_suites_name_their_schema() {
    for path in suites(&root().join("testcases")) {
        if path.extension().is_some_and(|extension| extension == "json") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a readable file");
        let line = text.lines().next().unwrap_or_default();
        let schema = line.strip_prefix("# yaml-language-server: $schema=");
        let schema = schema.unwrap_or_else(|| panic!("{} does not name its schema", path.display()));
        let schema = path.parent().expect("a directory").join(schema).canonicalize().expect("the schema");
        assert_eq!(schema, root().join("docs/suite.schema.json").canonicalize().expect("the schema"));
    }
}

fn suites(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(suites(&path));
        } else if [".suite.yaml", ".suite.yml", ".suite.json"].iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort();
    found
}
