//! Which sets keep everybody out as long as they have an element.

use portcullis::probe::decision::Decision;
use portcullis::probe::objections::objections;
use portcullis::value::{Object, Value};

use crate::hunted::load;

#[test]
fn sets_that_every_way_to_grant_asks_to_be_empty_are_objections() {
    let deny = "deny contains input.x if input.x\n\nother contains input.y if input.y\n\n";
    let cases = [
        ("default allow := false\n\nallow if count(deny) == 0", "deny"),
        ("allow if 0 == count(deny)", "deny"),
        ("allow if deny == set()", "deny"),
        ("allow if {\n\tcount(other) == 0\n\tcount(deny) == 0\n}", "other deny"),
        ("allow if count(data.p.deny) == 0\n\nallow := false if input.z", "deny"),
        // It says so itself.
        (
            "allow := {\"allow\": true} if count(deny) == 0\n\nallow := {\"allow\": false} if count(deny) > 0",
            "deny",
        ),
        // Some of them let in whatever the set has.
        ("allow if count(deny) == 0\n\nallow if input.z", ""),
        ("default allow := true\n\nallow := false if count(deny) > 0", ""),
        ("allow if count(deny) == 0 else := input.z", ""),
        ("allow := count(deny) == 0", ""),
        // It is not looked for under another name.
        ("allow if {\n\tn := count(deny)\n\tn == 0\n}", ""),
        // They ask for something else.
        ("allow if count(deny) == 1", ""),
        ("allow if count(deny) < 1", ""),
        ("allow if count(deny) != 0", ""),
        ("allow if not count(deny) == 0", ""),
        ("allow if sum(deny) == 0", ""),
        ("allow if deny == {1}", ""),
        ("allow if count(deny) == 0 with input.x as 1", ""),
        ("allow if count([x | some x in deny]) == 0", ""),
        ("allow if {\n\tcount(deny) >= 0\n\tcount(other) == 0\n}", "other"),
    ];
    for (allow, expected) in cases {
        assert_eq!(found(&format!("{deny}{allow}\n"), "allow"), expected, "{allow}");
    }
    assert_eq!(found(deny, "deny"), "deny");
    // It is no set.
    assert_eq!(found("allow if count(deny) == 0\n\ndeny[x] := 1 if some x in input.xs\n", "allow"), "");
    assert_eq!(
        found("allow if count(denied.for) == 0\n\ndenied.for contains input.x\n", "allow"),
        "denied.for"
    );
}

/// The names of the sets.
fn found(rules: &str, decision: &str) -> String {
    let text = format!("package p\n\n{rules}");
    let loaded = load(&[("p.rego", &text)], &Value::Object(Object::new()));
    let program = loaded.policy.program();
    let decision = Decision::at(["p", decision].map(std::sync::Arc::from).to_vec());
    let sets = objections(program, &decision);
    let name = |set| {
        let path = &program.rule(set).expect("a rule").path;
        let steps: Vec<&str> = path.iter().skip(1).map(|step| step.as_str().expect("a name")).collect();
        steps.join(".")
    };
    sets.into_iter().map(name).collect::<Vec<String>>().join(" ")
}
