//! Which rules are taken for decisions, and when somebody has to say.

use portcullis::probe::decision::{Decision, Reading, Recognised};
use portcullis::value::{Object, Value};

use crate::hunted::load;

fn recognised(text: &str) -> Recognised {
    load(&[("policy.rego", text)], &Value::Object(Object::new())).recognised
}

fn names(decisions: &[Decision]) -> Vec<String> {
    decisions.iter().map(Decision::name).collect()
}

#[test]
fn what_metadata_marks_is_a_decision_and_what_only_tells_it_is_none() {
    let text = "package app\n\n# METADATA\n# entrypoint: true\ndefault allow := false\n\nallow if input.a\n\n\
                # METADATA\n# entrypoint: true\ndecision := {\"allow\": allow, \"reasons\": []}\n";
    let Recognised::Decisions(decisions) = recognised(text) else { panic!("it is marked") };
    assert_eq!(names(&decisions), ["data.app.allow"]);
}

#[test]
fn the_one_rule_with_the_name_of_a_decision_is_one_without_a_mark() {
    let text =
        "package app\n\ndefault allow := false\n\nallow if count(deny) == 0\n\ndeny contains 1 if input.a\n";
    let Recognised::Decisions(decisions) = recognised(text) else { panic!("nothing else can be meant") };
    assert_eq!(names(&decisions), ["data.app.allow"]);
}

#[test]
fn a_list_of_objections_lets_in_when_it_is_empty() {
    let Recognised::Decisions(decisions) = recognised("package app\n\ndeny contains \"no\" if input.a\n")
    else {
        panic!("nothing else can be meant")
    };
    assert_eq!(names(&decisions), ["data.app.deny"]);
    assert_eq!(decisions.first().map(|decision| decision.reading), Some(Reading::Objections));
}

#[test]
fn where_several_could_be_meant_somebody_has_to_say() {
    let text = "package app\n\nallow if input.a\n\npermitted if input.b\n";
    let Recognised::Candidates(candidates) = recognised(text) else { panic!("two could be meant") };
    assert_eq!(names(&candidates), ["data.app.allow", "data.app.permitted"]);
    let Recognised::Candidates(none) = recognised("package app\n\nhelper := 1\n") else {
        panic!("nothing decides")
    };
    assert_eq!(names(&none), [""; 0]);
}
