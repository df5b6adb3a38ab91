//! Comments that suppress findings, and the settings that turn rules off.

use std::num::NonZeroUsize;

use portcullis::check::{Lint, RULES, Rule, Settings, lint};
use portcullis::config::Config;
use portcullis::diagnostic::Severity;
use portcullis::frontend;
use portcullis::policy::{CompileUnit, Modules, RegoVersion};
use portcullis::source::{Source, SourceId, Sources};
use portcullis::value::{Object, Value};

use crate::linted::{findings, messages};

const BAD: &str = "package a\n\ndefault allow := true\n";

fn ids(text: &str) -> Vec<&'static str> {
    messages(text).into_iter().map(|(id, _)| id).collect()
}

fn ids_with(text: &str, configuration: &str) -> Vec<&'static str> {
    let settings =
        Config::read(SourceId::default(), configuration).expect("the configuration is right").check;
    let (found, _) = findings(&[("a.rego", text)], &Value::Object(Object::new()), &settings);
    found.into_iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn a_comment_with_a_reason_suppresses_the_finding_in_its_line_or_below_it() {
    assert_eq!(ids(BAD), ["default-true"]);
    for text in [
        "package a\n\n# portcullis: allow default-true public\ndefault allow := true\n",
        "package a\n\ndefault allow := true # portcullis: allow default-true public\n",
        "package a\n\n#portcullis: allow default-true public\n# and more\ndefault allow := true\n",
        "package a\n\n# portcullis: allow default-true public\n# METADATA\n# title: x\ndefault allow := true\n",
        "package a\r\n\r\n# portcullis: allow default-true public\r\ndefault allow := true\r\n",
    ] {
        assert_eq!(ids(text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn a_comment_elsewhere_or_for_another_rule_suppresses_nothing_and_says_so() {
    for text in [
        "package a\n\n# portcullis: allow default-true public\n\ndefault allow := true\n",
        "package a\n\n# portcullis: allow missing-default public\ndefault allow := true\n",
        "package a\n\ndefault allow := true\n# portcullis: allow default-true public\n",
        "package a\n\n# portcullis: allow default-tru public\ndefault allow := true\n",
        "package a\n\n# portcullis: allow\ndefault allow := true\n",
        "package a\n\n# portcullis: ignore default-true public\ndefault allow := true\n",
        "package a\n\n# portcullis:\ndefault allow := true\n",
    ] {
        let mut found = ids(text);
        found.sort_unstable();
        assert_eq!(found, ["default-true", "unused-suppression"], "{text}");
    }
}

#[test]
fn several_comments_above_a_line_each_suppress_their_rule() {
    let text = "package a\n\nimport data.x\n\n# portcullis: allow default-true public\n\
                # portcullis: allow unused-rule kept for later\ndefault allow := true\n";
    assert_eq!(ids(text), ["unused-import", "unused-suppression"]);
}

#[test]
fn a_comment_without_a_reason_suppresses_and_is_a_finding_itself() {
    assert_eq!(
        ids("package a\n\n# portcullis: allow default-true\ndefault allow := true\n"),
        ["suppression-without-reason"]
    );
}

#[test]
fn findings_about_suppressions_cannot_be_suppressed() {
    let text = "package a\n\n# portcullis: allow suppression-without-reason because\n\
                # portcullis: allow default-true\ndefault allow := true\n";
    assert_eq!(ids(text), ["unused-suppression", "suppression-without-reason"]);
}

#[test]
fn a_rule_that_is_off_has_no_findings_and_its_suppressions_are_left_alone() {
    let suppressed = "package a\n\n# portcullis: allow default-true\ndefault allow := true\n";
    let off = "[check.rules]\ndefault-true = 'off'\n";
    assert_eq!(ids_with(BAD, off), Vec::<&str>::new());
    assert_eq!(ids_with(suppressed, off), ["suppression-without-reason"]);
    let fine = "package a\n\n# portcullis: allow default-true public\ndefault allow := true\n";
    assert_eq!(ids_with(fine, off), Vec::<&str>::new());
}

#[test]
fn a_level_sets_the_severity_of_the_findings() {
    for (level, severity) in [("warn", Severity::Warning), ("error", Severity::Error)] {
        let settings =
            Config::read(SourceId::default(), &format!("[check.rules]\ndefault-true = '{level}'\n"))
                .unwrap()
                .check;
        let (found, _) = findings(&[("a.rego", BAD)], &Value::Object(Object::new()), &settings);
        assert_eq!(found[0].severity, severity);
    }
}

#[test]
fn decisions_are_what_the_configuration_says() {
    let text = "package a\n\ndefault may_call := true\n";
    assert_eq!(ids(text), Vec::<&str>::new());
    assert_eq!(ids_with(text, "[check]\ndecisions = ['may_call']\n"), ["default-true"]);
    assert_eq!(ids_with(BAD, "[check]\ndecisions = ['may_call']\n"), Vec::<&str>::new());
}

#[test]
fn an_excluded_file_has_no_findings() {
    let mut sources = Sources::new();
    sources.add(Source::new("b.rego", BAD));
    sources.add(Source::new("a.rego", BAD.replace("package a", "package b")));
    let versions = [RegoVersion::V1, RegoVersion::V1];
    let data = Value::Object(Object::new());
    let modules = Modules { sources: &sources, versions: &versions };
    let modules = &frontend::parse(&modules, NonZeroUsize::MIN, None).expect("modules");
    let unit = CompileUnit { modules, data: &data, renames: &[], cases: &[] };
    let settings = Settings::default();
    let first = |source: SourceId, _: &Rule| source.index() == 0;
    let found = lint(&unit, Lint { settings: &settings, is_excluded: &first });
    let names: Vec<_> = found
        .iter()
        .map(|finding| sources.get(finding.span.unwrap().source).unwrap().name().to_string())
        .collect();
    assert_eq!(names, ["a.rego"]);
    let none = |_: SourceId, _: &Rule| false;
    let found = lint(&unit, Lint { settings: &settings, is_excluded: &none });
    let order: Vec<_> = found.iter().map(|finding| finding.span.unwrap().source.index()).collect();
    assert_eq!(order, [1, 0], "findings are sorted by the names of their files");
}

#[test]
fn every_level_can_be_set_for_every_rule() {
    for rule in RULES {
        for level in portcullis::check::Level::ALL {
            let text = format!("[check.rules]\n{} = '{}'\n", rule.id, level.as_str());
            assert_eq!(Config::read(SourceId::default(), &text).unwrap().check.level(rule), level);
        }
    }
}
