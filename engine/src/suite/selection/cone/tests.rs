//! Which edits change the digest of a test.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::{Cones, Digest};
use crate::document;
use crate::frontend::{self, Strictness};
use crate::policy::{CompileUnit, Modules};
use crate::source::{Source, SourceId, Sources};

const POLICY: &str = "package p

import data.limits

default allow := false

allow if helper(input.x)

helper(x) if x < limits.most

other if data.unread

shown := rego.metadata.chain()
";

const TEST: &str = "package p_test

test_allow if data.p.allow with input.x as data.testdata.one

test_other if data.p.other

test_mock if data.p.allow with data.p.helper as always

always(_) := true

test_shown if data.p.shown

test_any if {
	some name
	data.p[name]
}
";

const DATA: &str = r#"{"limits": {"most": 3}, "unread": 1, "testdata": {"one": 1, "two": 2}}"#;

/// The digests of the tests, by the last part of their names.
fn digests(modules: &[&str], data: &str) -> Vec<(&'static str, Digest)> {
    let mut sources = Sources::new();
    for (number, text) in modules.iter().enumerate() {
        sources.add(Source::new(format!("{number}.rego"), *text));
    }
    let read = Modules { sources: &sources, versions: &[] };
    let modules = frontend::parse(&read, NonZeroUsize::MIN, None).expect("Rego");
    let data = document::json(SourceId::default(), data).expect("a document").to_value();
    let unit = CompileUnit { modules: &modules, data: &data, renames: &[], cases: &[] };
    let compiled = frontend::compile(&unit, Strictness::default()).expect("a policy");
    let cones = Cones::new(compiled, &sources, &data);
    let digest = |name: &'static str| {
        let path = [Arc::from("p_test"), Arc::from(format!("test_{name}"))];
        (name, cones.digest(&path))
    };
    ["allow", "other", "mock", "shown", "any"].map(digest).to_vec()
}

#[test]
fn an_edit_changes_the_tests_that_reach_it() {
    let before = digests(&[POLICY, TEST], DATA);
    let edit = |from: &str, to: &str| {
        assert!([POLICY, TEST, DATA].iter().any(|text| text.contains(from)), "{from}");
        let edited = [POLICY, TEST].map(|text| text.replacen(from, to, 1));
        let after = digests(&[&*edited[0], &*edited[1]], &DATA.replacen(from, to, 1));
        let changed = before.iter().zip(&after).filter(|(before, after)| before.1 != after.1);
        changed.map(|(before, _)| before.0).collect::<Vec<_>>().join(" ")
    };
    for (from, to, changed) in [
        ("x < limits.most", "x <= limits.most", "allow mock any"),
        ("default allow := false", "default allow := null", "allow mock any"),
        ("helper(input.x)", "helper(input.y)", "allow mock any"),
        ("other if data.unread", "other if not data.unread", "other any"),
        ("\"unread\": 1", "\"unread\": 2", "other any"),
        ("\"most\": 3", "\"most\": 4", "allow mock any"),
        ("\"one\": 1", "\"one\": 0", "allow"),
        ("\"two\": 2", "\"two\": 0", ""),
        ("always(_) := true", "always(_) := false", "mock"),
        ("import data.limits", "import data.other as limits", "allow other mock shown any"),
        ("test_other if data.p.other", "test_other if not data.p.other", "other"),
        ("shown := ", "# METADATA\n# title: t\nshown := ", "shown any"),
        ("test_other if", "# about it\n\ntest_other if", ""),
    ] {
        assert_eq!(edit(from, to), changed, "{from} -> {to}");
    }
}

#[test]
fn what_a_test_can_not_reach_makes_no_difference() {
    let before = digests(&[POLICY, TEST], DATA);
    assert_eq!(digests(&[TEST, POLICY, "package q\n\nr := data.p"], DATA), before);
    assert_eq!(
        digests(&["package a\n\nb := 1", POLICY, TEST], &DATA.replacen('{', "{\"new\": [1],", 1)),
        before
    );
    assert_ne!(digests(&[POLICY, TEST, "package p\n\nallow if input.y"], DATA), before);
    assert_ne!(digests(&[POLICY, TEST, "package p.new\n\nr := 1"], DATA), before);
}
