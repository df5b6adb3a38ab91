//! How two small bundles differ.

use std::num::NonZeroUsize;

use super::{BundleDifference, Change, Place, Side, difference};
use crate::bundle::{FileSummary, Member, assemble};
use crate::frontend;
use crate::policy::{Modules, RegoVersion};
use crate::source::Sources;
use crate::value::{Difference, Value};

type Files<'a> = &'a [(&'a str, &'a str)];

fn found(before: Files<'_>, after: Files<'_>, limit: usize) -> BundleDifference {
    let read = |files: Files<'_>| {
        let member = |(path, text): &(&str, &str)| Member {
            path: (*path).to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        let members: Vec<Member> = files.iter().map(member).collect();
        let summaries: Vec<FileSummary> = members.iter().map(FileSummary::of).collect();
        let contents = assemble(members, None).unwrap();
        let mut sources = Sources::new();
        let mut versions = Vec::new();
        for module in &contents.modules {
            sources.add(module.source.clone());
            versions.push(module.version.unwrap_or(RegoVersion::V1));
        }
        let modules = Modules { sources: &sources, versions: &versions };
        let parsed = frontend::parse(&modules, NonZeroUsize::MIN, None).unwrap();
        (summaries, contents, parsed)
    };
    let (old_files, old_contents, old_modules) = read(before);
    let (new_files, new_contents, new_modules) = read(after);
    let before = Side { files: &old_files, contents: &old_contents, modules: &old_modules };
    let after = Side { files: &new_files, contents: &new_contents, modules: &new_modules };
    difference(before, after, limit)
}

/// The rules that differ between two modules, each as `name: rows before / rows after`.
fn rules(before: &str, after: &str) -> Vec<String> {
    let found = found(&[("/a.rego", before)], &[("/a.rego", after)], 9);
    let rows =
        |places: &[Place]| places.iter().map(|place| place.row.to_string()).collect::<Vec<_>>().join(" ");
    found
        .rules
        .iter()
        .map(|rule| format!("{}: {} / {}", rule.name, rows(&rule.before), rows(&rule.after)))
        .collect()
}

#[test]
fn comments_formatting_and_order_do_not_count() {
    let before =
        "package a\n\nimport data.x\n\np if { x.y; input.z == `b` }\n\nq contains 1\n\nq contains 2\n";
    let after = "# METADATA\n# title: x\npackage a\n\n# c\nq contains 2 # d\n\nq contains 1\n\np if {\n\tx.y\n\tinput.z == \"b\"\n}\nimport data.x as x";
    assert_eq!(rules(before, after), Vec::<String>::new());
}

#[test]
fn only_the_definitions_that_changed_are_named() {
    let before = "package a\n\np contains 1\n\np contains 2\n\nq := 1\n\nr := 1\n\nf(x) := x\n";
    let after = "package a\n\np contains 2\n\np contains 3\n\nq := 1\n\ns.t[x] := 1 if x := input.x\n\nf(x) := x + 1\n";
    assert_eq!(rules(before, after), ["f: 11 / 11", "p: 3 / 5", "r: 9 / ", "s.t:  / 9"]);
}

#[test]
fn a_definition_that_stands_twice_is_not_the_same_as_once() {
    assert_eq!(
        rules("package a\n\np if input.x\n", "package a\n\np if input.x\n\np if input.x\n"),
        ["p:  / 5"]
    );
}

#[test]
fn an_import_is_part_of_the_rules_that_use_it() {
    let before = "package a\n\nimport data.x as y\n\np if y.z\n\nq if input.z\n";
    let after = "package a\n\nimport data.w as y\n\np if y.z\n\nq if input.z\n";
    assert_eq!(rules(before, after), ["p: 5 / 5"]);
    // In a branch, in a comprehension and in a template too.
    for rule in
        ["p if input.x else := y.z if true", "p := [1 | y.z]", "p := $\"{y.z}\"", "p[y.z] := 1", "f(1) if y"]
    {
        let module = |of: &str| format!("package a\nimport data.{of} as y\n{rule}\n");
        assert_eq!(rules(&module("x"), &module("w")).len(), 1, "{rule}");
        assert_eq!(rules(&module("x"), &module("x")).len(), 0, "{rule}");
    }
}

#[test]
fn the_same_rule_in_another_version_and_file_is_the_same() {
    let old = [
        ("/.manifest", r#"{"rego_version": 0}"#),
        ("/a.rego", "package a\np[x] { x := input.x }\nq { true } { false }"),
    ];
    let new = [
        ("/.manifest", r#"{"rego_version": 1}"#),
        ("/a.rego", "package a\nq if false\nq if true"),
        ("/b/c.rego", "package a\np contains x if { x := input.x }"),
    ];
    let found = found(&old, &new, 9);
    assert_eq!(found.rules, []);
    let fields: Vec<_> =
        found.manifest.iter().map(|it| (it.path[0].as_str(), Change::of_value(it))).collect();
    assert_eq!(fields, [(Some("rego_version"), Change::Changed)]);
    assert_eq!(found.files.len(), 3);
}

#[test]
fn bundles_differ_in_files_packages_manifests_and_data() {
    let old = [
        ("/.manifest", r#"{"revision": "1", "roots": ["a", "b", "d"], "metadata": {"x": 1}}"#),
        ("./a.rego", "package a.x"),
        ("/d/data.json", r#"{"k": 1, "l": [1, 2]}"#),
    ];
    let new = [
        ("/.manifest", r#"{"revision": "2", "roots": ["d", "b", "c"], "metadata": {"x": 1}}"#),
        ("/b.rego", "package b[\"y z\"]"),
        ("/d/data.json", r#"{"k": 1.0, "l": [1, 3], "m": null}"#),
    ];
    let found_all = found(&old, &new, 9);
    let files: Vec<_> = found_all.files.iter().map(|file| (file.path.as_str(), file.change())).collect();
    assert_eq!(
        files,
        [
            (".manifest", Change::Changed),
            ("a.rego", Change::Removed),
            ("b.rego", Change::Added),
            ("d/data.json", Change::Changed),
        ]
    );
    let packages: Vec<_> = found_all.packages.iter().map(|one| (one.package.as_str(), one.change)).collect();
    assert_eq!(packages, [("data.a.x", Change::Removed), ("data.b[\"y z\"]", Change::Added)]);
    let shown = |list: &[Difference]| -> Vec<String> {
        let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_json);
        let path = |path: &[Value]| path.iter().map(Value::to_json).collect::<Vec<_>>().join("/");
        list.iter().map(|it| format!("{} {} {}", path(&it.path), text(&it.left), text(&it.right))).collect()
    };
    assert_eq!(
        shown(&found_all.manifest),
        ["\"revision\" \"1\" \"2\"", "\"roots\" \"a\" -", "\"roots\" - \"c\""]
    );
    assert_eq!(shown(&found_all.data), ["\"d\"/\"l\"/1 2 3", "\"d\"/\"m\" - null"]);
    assert!(!found_all.more_data);
    let few = found(&old, &new, 1);
    assert_eq!((few.data.len(), few.more_data), (1, true));
}

#[test]
fn a_bundle_does_not_differ_from_itself() {
    let files = [("/a.rego", "package a\np := 1"), ("/data.json", r#"{"b": {}}"#)];
    assert!(found(&files, &files, 9).is_nothing());
    assert_eq!(found(&files, &files, 9), BundleDifference::default());
    let moved = [("a.rego", "package a\np := 1"), ("./data.json", r#"{"b": {}}"#)];
    assert!(found(&files, &moved, 9).is_nothing());
}
