//! Loads trees, and compares with the real OPA where there is one.

mod cases;
mod hostile;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::policy::RegoVersion;
use portcullis::source::Source;
use portcullis::value::Value;

use super::{IgnorePattern, Limits, LoadFailure, LoadMode, LoadOptions, Loaded, TestData, Trust, Walk};

/// Options to load `paths`, which are below `root`.
fn options(root: &Path, mode: LoadMode, paths: &[&str]) -> LoadOptions {
    let paths = paths.iter().map(|path| root.join(path).to_str().unwrap().to_owned()).collect();
    LoadOptions {
        paths,
        ignore: Vec::new(),
        mode,
        beside_bundles: Vec::new(),
        limits: Limits::default(),
        testdata: TestData::Skip,
        trust: Trust::Anyone,
    }
}

fn load(options: LoadOptions) -> Result<Loaded<Value>, LoadFailure> {
    Walk::new(options).load(&[], &reads_as_module).map(valued)
}

/// With the data as a value.
fn valued(loaded: Loaded) -> Loaded<Value> {
    let Loaded { modules, versions, data, warnings } = loaded;
    Loaded { modules, versions, data: Value::Object(data), warnings }
}

fn reads_as_module(source: &Source) -> bool {
    source.text().starts_with("package ")
}

/// The failure's text without the tree's own path.
fn failure(root: &Path, options: LoadOptions) -> String {
    load(options).unwrap_err().to_string().replace(&format!("{}/", root.display()), "")
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
}

fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, text) in members {
        builder.append(&member(path, text.len(), tar::EntryType::Regular), text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// A header whose path is as given; the builder's own methods refuse some paths that others write.
fn member(path: &str, size: usize, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_size(size as u64);
    header.set_mode(0o600);
    header.set_entry_type(kind);
    header.set_cksum();
    header
}

#[test]
fn suites_and_properties_are_found_and_are_no_data() {
    let tree = tempfile::tempdir().unwrap();
    let files = [
        ("p/b.suite.yaml", "not: data"),
        ("p/a/x.suite.json", "["),
        ("p/c.suite.yml", "- no"),
        ("p/suite.yaml", "is: data"),
        ("p/d.suite.rego", "package d"),
        ("p/e.properties.yaml", "no: data"),
        ("p/properties.yaml", "too: data"),
    ];
    write(tree.path(), &files);
    let walk = Walk::new(options(tree.path(), LoadMode::Files, &["p"]));
    let suites = walk.suites();
    let names: Vec<_> = suites.iter().map(|suite| suite.name.rsplit("/p/").next().unwrap()).collect();
    assert_eq!(names, ["a/x.suite.json", "b.suite.yaml", "c.suite.yml"]);
    assert_eq!(&**suites[1].read(Limits::default()).unwrap().text(), "not: data");
    let properties = walk.properties();
    let names: Vec<_> = properties.iter().map(|file| file.name.rsplit("/p/").next().unwrap()).collect();
    assert_eq!(names, ["e.properties.yaml"]);
    let loaded = valued(walk.load(&[], &reads_as_module).unwrap());
    assert_eq!(loaded.data.to_json(), r#"{"is":"data","too":"data"}"#);
    assert_eq!(loaded.modules.len(), 1);
}

#[test]
fn files_that_suites_claim_are_no_data() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), &[("p/a.json", r#"{"a": 1}"#), ("p/cases/b.yaml", "["), ("p/c.rego", "package c")]);
    for mode in [LoadMode::Files, LoadMode::Bundles] {
        let claimed: Vec<PathBuf> =
            ["p/./cases/b.yaml", "p/c.rego", "p/none"].map(|path| tree.path().join(path)).to_vec();
        let loaded = Walk::new(options(tree.path(), mode, &["p"])).load(&claimed, &reads_as_module);
        let loaded = valued(loaded.unwrap());
        assert_eq!(loaded.data.lookup(&["cases"]), None);
        assert_eq!(loaded.modules.len(), 1, "a module is never taken away");
    }
    assert!(load(options(tree.path(), LoadMode::Files, &["p"])).is_err());
}

/// As `print(data.system)` shows it in `opa test`.
#[test]
fn policies_see_the_manifests_of_bundles() {
    let tree = tempfile::tempdir().unwrap();
    let manifest = r#"{"roots": ["/t/", "z"], "revision": "rr", "rego_version": 0, "metadata": {"m": 1.50},
        "wasm": [], "file_rego_versions": {"/t*": 1}}"#;
    let bytes = archive(&[("/.manifest", manifest), ("/t.rego", "package t"), ("/u.rego", "package t.u")]);
    fs_err::write(tree.path().join("n.tar.gz"), bytes).unwrap();
    write(tree.path(), &[("b/.manifest", r#"{"roots": ["q"]}"#)]);
    let written = r#"{"file_rego_versions":{"/t*":1},"metadata":{"m":1.50},"rego_version":0,"revision":"rr","roots":["t","z"]}"#;

    let loaded = load(options(tree.path(), LoadMode::Files, &["n.tar.gz"])).unwrap();
    assert_eq!(loaded.data.to_json(), format!(r#"{{"system":{{"bundle":{{"manifest":{written}}}}}}}"#));
    assert_eq!(loaded.versions, [Some(RegoVersion::V1), Some(RegoVersion::V0)]);

    let loaded = load(options(tree.path(), LoadMode::Bundles, &["n.tar.gz", "b"])).unwrap();
    let name = tree.path().join("n.tar.gz");
    let state = loaded.data.lookup(&["system", "bundles", name.to_str().unwrap()]).unwrap();
    assert_eq!(state.to_json(), format!(r#"{{"etag":"","manifest":{written}}}"#));
    let other = tree.path().join("b");
    let state = loaded.data.lookup(&["system", "bundles", other.to_str().unwrap(), "manifest"]).unwrap();
    assert_eq!(state.to_json(), r#"{"revision":"","roots":["q"]}"#);
}

#[test]
fn a_manifest_in_data_gives_way_to_the_real_one() {
    let tree = tempfile::tempdir().unwrap();
    let name = tree.path().join("b").to_str().unwrap().to_owned();
    let data = serde_json::json!({"system": {"bundles": {name.clone(): {"manifest": {"q": 1}, "z": 2}}}});
    write(tree.path(), &[("b/data.json", &data.to_string())]);
    let loaded = load(options(tree.path(), LoadMode::Bundles, &["b"])).unwrap();
    let state = loaded.data.lookup(&["system", "bundles", &name]).unwrap();
    assert_eq!(state.to_json(), r#"{"etag":"","manifest":{"revision":"","roots":[""]},"z":2}"#);
}

#[test]
fn errors_in_texts_have_a_place() {
    let tree = tempfile::tempdir().unwrap();
    write(
        tree.path(),
        &[("d/a.json", "{\"a\":\n  b}"), ("d/b.rego", "package b"), ("d/c.yaml", "a: [1\nb: {")],
    );
    let error = load(options(tree.path(), LoadMode::Files, &["d"])).unwrap_err();
    let name = tree.path().join("d/a.json");
    let expected = format!("{}:2:3: invalid character 'b' looking for beginning of value", name.display());
    assert_eq!(error.errors[0].message, expected);
    let fault = error.errors[0].fault.as_ref().unwrap();
    assert_eq!(
        fault.sources.get(fault.diagnostic.span.unwrap().source).unwrap().name().as_ref(),
        name.to_str().unwrap()
    );
    assert!(error.errors[1].message.contains("c.yaml:2:"), "{}", error.errors[1].message);
    let before: Vec<usize> = error.errors.iter().map(|error| error.modules_before).collect();
    assert_eq!((before, error.modules.len()), (vec![0, 1], 1));
}

#[test]
fn a_module_that_is_no_utf8_is_refused_as_opa_does() {
    let tree = tempfile::tempdir().unwrap();
    fs_err::write(tree.path().join("a.rego"), b"package a\n# \xff\n").unwrap();
    fs_err::write(tree.path().join("b.rego"), b"\xef\xbb\xbfpackage b\n").unwrap();
    let text = failure(tree.path(), options(tree.path(), LoadMode::Files, &["a.rego"]));
    assert_eq!(text, "1 error occurred during loading: a.rego:2: rego_parse_error: illegal utf-8 character");
    let loaded = load(options(tree.path(), LoadMode::Files, &["b.rego"])).unwrap();
    let (_, source) = loaded.modules.iter().next().unwrap();
    assert_eq!(&**source.text(), "\u{feff}package b\n");
}

#[test]
fn a_module_that_another_replaces_is_reported() {
    let tree = tempfile::tempdir().unwrap();
    fs_err::write(tree.path().join("a.tar.gz"), archive(&[("/p.rego", "package a")])).unwrap();
    fs_err::write(tree.path().join("b.tar.gz"), archive(&[("/p.rego", "package b")])).unwrap();
    let paths = ["x", "y"].iter().zip(["a.tar.gz", "b.tar.gz"]);
    let paths = paths.map(|(mount, path)| format!("{mount}:{}", tree.path().join(path).display())).collect();
    let options = LoadOptions { paths, ..options(tree.path(), LoadMode::Files, &[]) };
    let loaded = load(options).unwrap();
    let texts: Vec<&str> = loaded.modules.iter().map(|(_, source)| &**source.text()).collect();
    assert_eq!(texts, ["package b"]);
    let expected = "/p.rego: there are two modules of this name, and only the last one is used";
    assert_eq!(loaded.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
}

#[test]
fn a_path_is_not_ignored_even_if_a_pattern_matches_it() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), &[("b/data.json", r#"{"a": 1}"#)]);
    let ignore = vec![IgnorePattern::parse("b").unwrap()];
    for mode in [LoadMode::Files, LoadMode::Bundles] {
        let options = LoadOptions { ignore: ignore.clone(), ..options(tree.path(), mode, &["b"]) };
        assert_eq!(load(options).unwrap().data.lookup(&["a"]), Some(&Value::from(1_i64)));
    }
}

#[test]
fn equal_names_make_equal_modules() {
    let source = Source::new(Arc::<str>::from("a"), "package a");
    let mut modules = super::Modules::default();
    modules.add("a".to_owned(), source.clone(), None);
    modules.add("a".to_owned(), source, None);
    let (sources, versions, warnings) = modules.into_parts();
    assert_eq!((sources.len(), versions.len(), warnings.len()), (1, 1, 0));
}

#[test]
fn many_modules_keep_their_order_and_their_errors() {
    let tree = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..300).map(|number| format!("all/m{number:03}.rego")).collect();
    let texts: Vec<String> = (0..300).map(|number| format!("package m{number}\n")).collect();
    for (name, text) in names.iter().zip(&texts) {
        write(tree.path(), &[(name, text)]);
    }
    let loaded = load(options(tree.path(), LoadMode::Files, &["all"])).unwrap();
    let found: Vec<(String, String)> = loaded
        .modules
        .iter()
        .map(|(_, source)| (source.name().to_string(), source.text().to_string()))
        .collect();
    let path = |name: &str| tree.path().join(name).to_str().unwrap().to_owned();
    let expected: Vec<(String, String)> = names.iter().map(|name| path(name)).zip(texts).collect();
    assert_eq!(found, expected);

    for bad in ["all/m250.rego", "all/m007.rego"] {
        fs_err::write(tree.path().join(bad), b"package \xff").unwrap();
    }
    let failed = load(options(tree.path(), LoadMode::Files, &["all"])).unwrap_err();
    let starts: Vec<bool> = ["all/m007.rego", "all/m250.rego"]
        .iter()
        .zip(&failed.errors)
        .map(|(name, error)| error.message.starts_with(&path(name)))
        .collect();
    assert_eq!((starts, failed.modules.len()), (vec![true, true], 298));
}
