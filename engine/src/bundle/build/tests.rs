//! What is packed, and what the manifest then says.

use std::sync::Arc;

use super::super::{Contents, Provenance, assemble};
use super::{Draft, DraftModule, build};
use crate::document::{BaseData as _, Outline, json_value};
use crate::policy::RegoVersion;
use crate::source::SourceId;
use crate::value::Object;

fn draft(modules: &[(&str, &str)], data: &str) -> Draft {
    let module = |(path, text): &(&str, &str)| DraftModule {
        path: (*path).to_owned(),
        text: Arc::from(*text),
        version: RegoVersion::V1,
    };
    let data = json_value(SourceId::default(), data).unwrap();
    Draft {
        modules: modules.iter().map(module).collect(),
        data: Outline::of_value(data, &[]).unwrap(),
        revision: Arc::from("r"),
        roots: None,
        metadata: Object::new(),
        provenance: None,
        version: RegoVersion::V1,
    }
}

/// Each file as a line.
fn packed(draft: Draft) -> String {
    let built = match build(draft) {
        Ok(built) => built,
        Err(error) => return error.to_string(),
    };
    let contents: Contents = assemble(built.members.clone(), None).unwrap();
    assert_eq!(contents.manifest.to_json(), built.manifest.to_json(), "what is written is read");
    let line = |member: &super::Member| format!("{} {}", member.path, String::from_utf8_lossy(&member.bytes));
    built.members.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn modules_are_in_the_order_of_their_paths_between_data_and_manifest() {
    let modules =
        [("b.rego", "package b"), ("a/x.rego", "package a.x # as it is"), ("a/w.rego", "package a.w")];
    insta::assert_snapshot!(packed(draft(&modules, r#"{"z": [1.50, "<"], "b": {"k": 1}}"#)), @r#"
    /data.json {"b":{"k":1},"z":[1.50,"\u003c"]}
    /a/w.rego package a.w
    /a/x.rego package a.x # as it is
    /b.rego package b
    /.manifest {"revision":"r","roots":["a/w","a/x","b","z"],"rego_version":1}
    "#);
}

#[test]
fn roots_are_the_fewest_that_hold_packages_and_data() {
    let roots = |modules: &[(&str, &str)], data: &str| build(draft(modules, data)).unwrap().manifest.roots;
    assert_eq!(roots(&[("a", "package a.b"), ("b", "package a.b.c")], "{}"), ["a/b"]);
    assert_eq!(roots(&[("a", "package a.b"), ("b", "package a.bc")], r#"{"d": 1}"#), ["a/b", "a/bc", "d"]);
    assert_eq!(roots(&[("a", "package a.b")], r#"{"a": {"c": 1}}"#), ["a"]);
    assert_eq!(roots(&[("a", r#"package a["x/y"].z"#)], "{}"), ["a"], "a slash can't be written in a root");
    assert_eq!(roots(&[], r#"{"x/y": 1}"#), [""]);
    assert_eq!(roots(&[], "{}"), [""]);
}

#[test]
fn what_the_roots_do_not_hold_is_refused() {
    let with = |roots: &[&str], modules: &[(&str, &str)], data: &str| {
        let roots = Some(roots.iter().map(|root| (*root).to_owned()).collect());
        packed(Draft { roots, ..draft(modules, data) })
    };
    insta::assert_snapshot!(with(&["a"], &[("b.rego", "package b")], "{}"), @"manifest roots [a] do not permit 'package b' in module 'b.rego'");
    insta::assert_snapshot!(with(&["a"], &[("a.rego", "package a")], r#"{"b": 1}"#), @"manifest roots [a] do not permit data at path '/b' (hint: check bundle directory structure)");
    insta::assert_snapshot!(with(&["a", "a/b"], &[], "{}"), @"manifest has overlapped roots: 'a' and 'a/b'");
    insta::assert_snapshot!(packed(draft(&[("a", "package a"), ("a", "package b")], "{}")), @"two modules would have the path `a` in the bundle");
}

#[test]
fn modules_in_another_version_are_listed() {
    let mut draft = draft(&[("a.rego", "package a"), ("b[1].rego", "package b")], "{}");
    draft.modules[1].version = RegoVersion::V0;
    let built = build(draft).unwrap();
    insta::assert_snapshot!(built.manifest.to_json(), @r#"{"revision":"r","roots":["a","b"],"rego_version":1,"file_rego_versions":{"/b\\[1\\].rego":0}}"#);
    let contents: Contents = assemble(built.members, None).unwrap();
    let versions: Vec<_> = contents.modules.iter().map(|module| module.version).collect();
    assert_eq!(versions, [Some(RegoVersion::V1), Some(RegoVersion::V0)]);
}

#[test]
fn provenance_is_the_tool_and_a_digest_of_the_files() {
    let provenance = Provenance { tool: "t".into(), version: "1".into(), commit: Some("c".into()) };
    let of = |text| {
        let draft = Draft {
            provenance: Some(provenance.clone()),
            ..draft(&[("a.rego", text)], r#"{"a": {"b": 1}}"#)
        };
        build(draft).unwrap().manifest.to_json()
    };
    // printf '%s  data.json\n%s  a.rego\n' $(printf '{"a":{"b":1}}' | sha256sum | cut -c-64) $(printf 'package a' | ...) | sha256sum
    insta::assert_snapshot!(of("package a"), @r#"{"revision":"r","roots":["a"],"rego_version":1,"metadata":{"provenance":{"commit":"c","source_digest":"sha256:e4824c9c72fdad499c340adc0e0bf1408ccbc164de1208f3670f28c4faec5c65","tool":"t","version":"1"}}}"#);
    assert_ne!(of("package a"), of("package a\n"));
}
