//! The linter over every module that the tests of the compiler have: whatever is in them, it ends, with findings that have
//! places in their sources.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use portcullis::check::{Lint, Rule, Settings, lint};
use portcullis::frontend;
use portcullis::policy::{CompileUnit, Modules, RegoVersion};
use portcullis::source::{Source, SourceId, Sources};
use portcullis::value::{Object, Value};

#[test]
fn findings_have_places_in_whatever_compiles() {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["testcases/compile", "testcases/syntax", "../policies"] {
        collect(&root.join(folder), &mut files);
    }
    assert!(files.len() > 100, "only {} modules", files.len());
    let data = Value::Object(Object::new());
    let settings = Settings::default();
    let none = |_: SourceId, _: &Rule| false;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut sources = Sources::new();
        sources.add(Source::new("a.rego", text.as_str()));
        for version in [RegoVersion::V1, RegoVersion::V0] {
            let versions = [version];
            let modules = Modules { sources: &sources, versions: &versions };
            let Ok(modules) = &frontend::parse(&modules, NonZeroUsize::MIN, None) else { continue };
            let unit = CompileUnit { modules, data: &data, renames: &[], cases: &[] };
            for finding in lint(&unit, Lint { settings: &settings, is_excluded: &none }) {
                let span = finding.span.unwrap();
                let part = text.get(span.start as usize..span.end as usize);
                assert!(part.is_some_and(|part| !part.is_empty()), "{}: {finding:?}", file.display());
            }
        }
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rego") {
            found.push(entry);
        }
    }
}
