//! What is told of small bundles.

use super::{Overview, UnverifiedSignature, overview};
use crate::bundle::Member;

fn members(files: &[(&str, &str)]) -> Vec<Member> {
    let member =
        |(path, text): &(&str, &str)| Member { path: (*path).to_owned(), bytes: text.as_bytes().to_vec() };
    files.iter().map(member).collect()
}

fn seen(files: &[(&str, &str)]) -> Overview {
    overview(members(files), None).unwrap()
}

fn refused(files: &[(&str, &str)]) -> String {
    overview(members(files), None).unwrap_err().to_string()
}

#[test]
fn data_is_not_read() {
    let bundle = seen(&[("/a/b c/data.json", "{broken"), ("./data.yaml", "\t")]);
    let data: Vec<_> = bundle.data.iter().map(|file| (file.namespace.as_str(), file.name.as_str())).collect();
    assert_eq!(data, [("data.a.b c", "/a/b c/data.json"), ("data", "data.yaml")]);
}

#[test]
fn the_operations_of_a_delta_bundle_are_counted() {
    let patch = r#"{"data": [{"op": "upsert"}, {"op": "remove"}, {"op": "upsert"}, 7]}"#;
    let delta = seen(&[("/patch.json", patch)]).delta.unwrap();
    let counts: Vec<_> = delta.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(counts, [("", 1), ("remove", 1), ("upsert", 2)]);
    assert!(seen(&[("/patch.json", r#"{"data": []}"#)]).delta.is_none());
    let policies = [("/patch.json", patch), ("/a.rego", "package a")];
    assert_eq!(refused(&policies), "delta bundle expected to contain only patch file but policy files found");
    assert!(refused(&[("/patch.json", "{")]).starts_with("bundle load failed on patch decode: "));
}

#[test]
fn what_a_signature_says_is_read_and_not_believed() {
    // {"alg":"none","kid":"k"} and {"files":[{"name":"a"}],"scope":"s"}
    let token = "eyJhbGciOiJub25lIiwia2lkIjoiayJ9.eyJmaWxlcyI6W3sibmFtZSI6ImEifV0sInNjb3BlIjoicyJ9.x";
    let signature = UnverifiedSignature::read(token).unwrap();
    assert_eq!((signature.algorithm.as_str(), signature.key_id.as_deref()), ("none", Some("k")));
    assert_eq!(
        (signature.claims.text("scope"), signature.files.as_slice()),
        (Some("s"), &["a".to_owned()][..])
    );
    for wrong in ["", "a.b", "a.b.c", "e30.e30", "e30.W10.", "W10.e30.", "e30.eyJmaWxlcyI6MX0."] {
        UnverifiedSignature::read(wrong).unwrap_err();
    }
}

#[test]
fn files_of_signatures_of_another_form_are_refused() {
    for wrong in ["[]", "7", r#"{"signatures": "a"}"#, r#"{"signatures": [1]}"#, r#"{"plugin": 1}"#, "{"] {
        let message = refused(&[("/.signatures.json", wrong)]);
        assert!(message.starts_with("bundle load failed on signatures decode: "), "{wrong}: {message}");
    }
    let none = seen(&[("/.signatures.json", r#"{"signatures": null, "other": 1}"#)]);
    assert_eq!(none.signatures, Some(super::SignaturesFile::default()));
}

#[test]
fn what_the_manifest_does_not_permit_is_refused() {
    assert_eq!(
        refused(&[("/.manifest", r#"{"roots": ["a"]}"#), ("/b.rego", "package b")]),
        "manifest roots [a] do not permit 'package b' in module '/b.rego'"
    );
    assert!(refused(&[("/.manifest", "{}"), ("/a/.manifest", "{}")]).contains("multiple manifest files"));
}

#[test]
fn digests_are_those_of_the_bytes() {
    let bundle = seen(&[("/a/README", "abc")]);
    let file = &bundle.files[0];
    assert_eq!((file.path.as_str(), file.bytes, file.role), ("a/README", 3, None));
    assert_eq!(file.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
