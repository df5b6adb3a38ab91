//! Evaluations near a recorded one: the same decision, the same errors and the same steps as in an evaluation of everything.

use std::collections::BTreeSet;
use std::sync::Arc;

use portcullis::document;
use portcullis::probe::decision::{Decision, Verdict};
use portcullis::probe::edit::Edit;
use portcullis::probe::model::Model;
use portcullis::probe::objections::objections;
use portcullis::probe::pool::Pools;
use portcullis::probe::steps::Steps;
use portcullis::probe::subject::{Judge, Subject};
use portcullis::probe::sweep::sweep;
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::corpus::{Tests, benchmarks};
use crate::hunted::load;

#[test]
fn what_is_known_of_another_input_changes_no_decision_and_no_step() {
    let data = json(DATA);
    let (mut known, mut objected) = (0, 0);
    for (name, policy, inputs) in POLICIES {
        let policy = load(&[("policy.rego", policy)], &data).policy;
        let decision = Decision::at(vec![Arc::from("p"), Arc::from("allow")]);
        let subject = Subject { policy, decision };
        let inputs: Vec<Value> = inputs.iter().map(|input| json(input)).collect();
        let mut judge = subject.judge(&data);
        for base in &inputs {
            let (more, still) = compared(&subject, &mut judge, name, base, &inputs);
            (known, objected) = (known + more, objected + still);
        }
    }
    // That nothing is known would be the same, too.
    assert!(known > 20 && objected > 20, "{known} are known, and {objected} still objected to");
}

#[test]
fn inputs_of_a_sweep_are_decided_as_if_each_were_evaluated() {
    for benchmark in benchmarks() {
        let modules: Vec<(&str, &str)> = benchmark.base.modules(Tests::Included).collect();
        let data = json(&benchmark.base.data(&BTreeSet::new()).to_string());
        let loaded = load(&modules, &data);
        let subject = loaded.subject();
        let seeds = loaded.seeds(&subject);
        let rule = subject.decision.rule(subject.policy.program()).expect("a rule");
        let pools = Pools::new(Model::of(subject.policy.program(), rule), &seeds);
        for seed in seeds.iter().step_by(SEEDS_PASSED_OVER) {
            let Some(base) = &seed.case.input else { continue };
            let variants: Vec<Vec<Edit>> = sweep(&seed.case, &pools);
            let inputs = variants.iter().step_by(VARIANTS_PASSED_OVER).filter_map(|edits| {
                edits.iter().try_fold(seed.case.clone(), |case, edit| edit.apply(&case))?.input
            });
            let inputs: Vec<Value> = inputs.collect();
            let mut judge = subject.judge(&seed.case.data);
            compared(&subject, &mut judge, &benchmark.name, base, &inputs);
        }
    }
}

/// Decides on inputs near a base and by themselves; how many were known without evaluation, and how many to be kept out by a set of objections
/// that keeps out the base, too.
fn compared(
    subject: &Subject,
    judge: &mut Judge,
    name: &str,
    base: &Value,
    inputs: &[Value],
) -> (usize, usize) {
    let sets = objections(subject.policy.program(), &subject.decision);
    let (mut near, mut alone) = (Steps::new(subject.policy.program()), Steps::new(subject.policy.program()));
    let record = judge.record(Some(base), &mut near);
    let (_, _) = judge.follow(Some(base), &mut alone);
    assert_eq!(near, alone, "{name}: {base} is recorded");
    let (mut known, mut objected) = (0, 0);
    for input in inputs {
        let decided = judge.follow_near(Some(input), &record, &mut near);
        let expected = judge.follow(Some(input), &mut alone);
        assert_eq!(decided, expected, "{name}: {input} near {base}");
        known += usize::from(!near.is_evaluated);
        near.is_evaluated = alone.is_evaluated;
        assert_eq!(near, alone, "{name}: {input} near {base}");
        if judge.still_objects(Some(input), &record, None, &sets).is_some() {
            assert_ne!(expected.0, Verdict::Allow, "{name}: {input} near {base}");
            objected += 1;
        }
    }
    (known, objected)
}

fn json(text: &str) -> Value {
    document::json_value(SourceId::default(), text).expect("JSON")
}

const DATA: &str = r#"{"grants": [
    {"who": "a", "what": "read"}, {"who": "b", "what": "read"}, {"who": "c", "what": "write"}, {"who": "d", "what": "read"},
    {"who": "e", "what": "read"}, {"who": "f", "what": "read"}, {"who": "g", "what": "read"}, {"who": "h", "what": "read"},
    {"who": "i", "what": "read"}], "banned": ["x", "y"]}"#;

/// Policies, and inputs of which each is the base of all.
const POLICIES: [(&str, &str, &[&str]); 12] = [
    (
        "rules that ask rules",
        r#"package p
allow if { not banned; known; input.what == "read" }
banned if input.who in data.banned
known if { some grant in data.grants; grant.who == who; grant.what == input.what }
who := lower(input.who)
"#,
        &[
            r#"{"who": "a", "what": "read"}"#,
            r#"{"who": "A", "what": "read"}"#,
            r#"{"who": "A", "what": "read", "more": 1}"#,
            r#"{"who": "x", "what": "read"}"#,
            r#"{"who": "c", "what": "write"}"#,
            r#"{"who": 1, "what": "read"}"#,
            r#"{"what": "read"}"#,
            "{}",
            "[]",
        ],
    ),
    (
        "parts of documents and whole ones",
        r#"package p
allow if { names[input.who]; count(names) > input.least }
allow if { input.least == 7; count(names) == 2 }
names contains name if { some name in input.names; name != "z" }
names contains name if { some name, _ in by_name; by_name[name] == input.what }
by_name[grant.who] := grant.what if some grant in data.grants
"#,
        &[
            r#"{"who": "a", "names": ["a", "b"], "least": 1, "what": "none"}"#,
            r#"{"who": "q", "names": ["a", "b"], "least": 7, "what": "none"}"#,
            r#"{"who": "a", "names": ["a", "z"], "least": 1, "what": "none"}"#,
            r#"{"who": "a", "names": ["a", "b"], "least": 2, "what": "write"}"#,
            r#"{"who": "a", "names": ["a", "b"], "least": 1, "what": "none", "unread": true}"#,
            r#"{"names": ["a", "b"], "least": 1}"#,
        ],
    ),
    (
        "members of what a rule comes to",
        r#"package p
allow if { spec.open; not spec.closed; least }
allow if { count(spec) == 4; spec.names[_] == "z" }
least if { some name in spec.names; name == spec.inner[input.at] }
spec := input.a.spec if input.kind == "a"
spec := input.b if input.kind == "b"
"#,
        &[
            r#"{"kind": "a", "a": {"spec": {"open": true, "names": ["x"], "inner": {"k": "x"}}}, "at": "k"}"#,
            r#"{"kind": "a", "a": {"spec": {"open": true, "names": ["x"], "inner": {"k": "x"}, "more": 1}}, "at": "k"}"#,
            r#"{"kind": "a", "a": {"spec": {"open": true, "names": ["z"], "inner": {"k": "x"}, "more": 1}}, "at": "k"}"#,
            r#"{"kind": "a", "a": {"spec": {"open": true, "closed": 1, "names": ["x"], "inner": {"k": "x"}}}, "at": "k"}"#,
            r#"{"kind": "a", "a": {"spec": {"open": true, "names": ["x"], "inner": {"k": "x", "l": "y"}}}, "at": "l"}"#,
            r#"{"kind": "b", "a": {"spec": {"open": true}}, "b": {"names": ["z"], "c": 1, "d": 2, "e": 3}}"#,
            r#"{"kind": "c", "at": "k"}"#,
        ],
    ),
    (
        "clauses of a set",
        r#"package p
allow if { count(deny) == 0; input.open }
allow if { deny == {"b", "c"}; not input.open }
allow if deny["d"]
deny contains "a" if not known(input.who)
deny contains "b" if { some name in names; not known(name) }
deny contains "c" if time.parse_rfc3339_ns(input.at) < 5
deny contains input.what if { input.what != "read"; not "a" in early }
deny contains "d" if { early["a"] with input.who as "q"; input.what == "read" }
early contains "a" if { some name in names; name == input.who }
early contains "b" if { input.what == "read"; known("a"); known("a"); known("a"); known(input.who) }
names := {name | some name in input.names}
known(name) if { some grant in data.grants; grant.who == name }
"#,
        &[
            r#"{"who": "a", "names": ["a", "b"], "what": "read", "at": "2020-01-01T00:00:00Z", "open": true}"#,
            r#"{"who": "q", "names": ["a", "b"], "what": "read", "at": "2020-01-01T00:00:00Z", "open": true}"#,
            r#"{"who": "a", "names": ["a", "q"], "what": "read", "at": "2020-01-01T00:00:00Z", "open": false}"#,
            r#"{"who": "a", "names": ["a", "q"], "what": "write", "at": "1960-01-01T00:00:00Z", "open": false}"#,
            r#"{"who": "a", "names": ["a", "q"], "what": "d", "at": "soon", "open": false}"#,
            r#"{"who": "b", "names": ["a"], "what": "d", "at": "soon"}"#,
            r#"{"who": "a", "names": ["a"], "what": "read", "at": "soon", "open": true, "more": 1}"#,
            "{}",
        ],
    ),
    (
        "functions that are called often",
        r"package p
allow if { first; second }
first if { double(1) == 2; double(1) == 2; double(1) == 2; double(input.n) == 2 }
second if { double(1) == 2; input.m > 0 }
double(x) := y if y := x * input.factor
",
        &[
            r#"{"n": 1, "m": 1, "factor": 2}"#,
            r#"{"n": 1, "m": 0, "factor": 2}"#,
            r#"{"n": 2, "m": 1, "factor": 2}"#,
            r#"{"n": 1, "m": 1, "factor": 3}"#,
            r#"{"n": 1, "m": 1}"#,
        ],
    ),
    (
        "errors of built-in functions",
        r#"package p
allow if { not old; fine }
old if time.parse_rfc3339_ns(input.at) < 5
fine if { some grant in data.grants; grant.who == key; count(input.names) > 0 }
key := split(who, "/")[0]
who := base64.decode(input.who)
"#,
        &[
            r#"{"at": "2020-01-01T00:00:00Z", "who": "YQ==", "names": [1]}"#,
            r#"{"at": "2020-01-01T00:00:00Z", "who": "!", "names": [1]}"#,
            r#"{"at": "yesterday", "who": "YQ==", "names": [1]}"#,
            r#"{"at": "yesterday", "who": "!", "names": []}"#,
            r#"{"at": "2020-01-01T00:00:00Z", "who": "YQ==", "names": []}"#,
        ],
    ),
    (
        "conflicts",
        r"package p
allow if { level > 2; input.open }
level := 1 if input.a
level := 3 if input.b
",
        &[
            r#"{"b": true, "open": true}"#,
            r#"{"a": true, "b": true, "open": true}"#,
            r#"{"a": true, "open": true}"#,
            r#"{"b": true, "open": false}"#,
        ],
    ),
    (
        "what is replaced",
        r#"package p
allow if { inner with input.who as "a"; inner with data.banned as [input.other] }
inner if { not input.who in data.banned; input.what == "read" }
"#,
        &[
            r#"{"who": "x", "what": "read", "other": "b"}"#,
            r#"{"who": "x", "what": "read", "other": "x"}"#,
            r#"{"who": "b", "what": "read", "other": "c"}"#,
            r#"{"who": "b", "what": "write", "other": "c"}"#,
        ],
    ),
    (
        "chance and order",
        r#"package p
allow if { lucky; input.n == 1 } else if { input.n == 2; not lucky }
lucky if rand.intn("coin", 1000) < input.odds
"#,
        &[
            r#"{"n": 1, "odds": 1000}"#,
            r#"{"n": 2, "odds": 1000}"#,
            r#"{"n": 2, "odds": 0}"#,
            r#"{"n": 1, "odds": 500}"#,
        ],
    ),
    (
        "numbers that are equal and are written otherwise",
        r#"package p
allow if { text == "1"; input.n == 1 }
text := sprintf("%v", [number])
number := input.n
"#,
        &[r#"{"n": 1}"#, r#"{"n": 1.0}"#, r#"{"n": 1e0}"#, r#"{"n": 2}"#, r#"{"n": 1, "unread": []}"#],
    ),
    (
        "loops, comprehensions and all of several",
        r"package p
allow if { every name in names { allowed(name) } ; {name | some name in input.names} == names }
allowed(name) if { some grant in data.grants; grant.who == name; grant.what == input.what }
names := {name | some name in input.names; name != input.except}
",
        &[
            r#"{"names": ["a", "b", "d"], "what": "read", "except": "x"}"#,
            r#"{"names": ["a", "b", "d"], "what": "read", "except": "a"}"#,
            r#"{"names": ["a", "c"], "what": "read", "except": "x"}"#,
            r#"{"names": [], "what": "read", "except": "x"}"#,
            r#"{"names": "a", "what": "read", "except": "x"}"#,
            r#"{"names": ["a", "b", "d"], "what": "write", "except": "x"}"#,
        ],
    ),
    (
        "a set of objections",
        r#"package p
default allow := false
allow if { input.open; count(deny) == 0 }
deny contains "level" if input.level > 3
deny contains "who" if not known
deny contains "time" if time.parse_rfc3339_ns(input.at) < 5
deny contains concat("-", ["no", input.what]) if { input.what != "read"; not early["c"] }
known if { some grant in data.grants; grant.who == lower(input.who) }
early contains name if { some name in input.names; name < input.who }
"#,
        &[
            r#"{"open": true, "who": "A", "what": "read", "level": 1, "names": []}"#,
            r#"{"open": false, "who": "A", "what": "read", "level": 1, "names": []}"#,
            r#"{"open": true, "who": "A", "what": "read", "level": 4, "names": []}"#,
            r#"{"open": true, "who": "A", "what": "read", "level": 5, "names": ["c"]}"#,
            r#"{"open": true, "who": "z", "what": "read", "level": 5, "names": []}"#,
            r#"{"open": true, "who": "z", "what": "read", "level": 1, "names": []}"#,
            r#"{"open": true, "who": "z", "what": "write", "level": 1, "names": ["a"]}"#,
            r#"{"open": true, "who": "z", "what": "write", "level": 1, "names": ["c"]}"#,
            r#"{"open": true, "who": "a", "what": "write", "level": 1, "names": ["c"]}"#,
            r#"{"open": true, "who": "a", "what": "read", "level": 1, "at": "1970-01-01T00:00:00Z", "names": []}"#,
            r#"{"open": true, "who": "a", "what": "read", "level": 1, "at": "never", "names": []}"#,
            "{}",
            "[]",
        ],
    ),
];

/// In a debug build there is time for some only.
const SEEDS_PASSED_OVER: usize = 7;
const VARIANTS_PASSED_OVER: usize = 23;
