//! What is kept from one evaluation to the next: the same decision, the same errors and the same steps as if nothing were.

use std::collections::BTreeSet;
use std::sync::Arc;

use portcullis::document;
use portcullis::eval::{Observer, View};
use portcullis::probe::decision::Decision;
use portcullis::probe::seed::Seed;
use portcullis::probe::steps::Steps;
use portcullis::probe::subject::{Bench, Subject};
use portcullis::program::{ClauseId, LiteralId, Program};
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::corpus::{Tests, benchmarks};
use crate::hunted::load;

#[test]
fn what_was_evaluated_for_other_inputs_changes_no_decision_no_error_and_no_step() {
    for (name, policy, inputs) in POLICIES {
        let inputs: Vec<Value> = inputs.iter().map(|input| json(input)).collect();
        let warm = subject(policy);
        let mut judge = warm.judge(&json(DATA));
        // Each after each other one.
        let pairs = inputs.iter().flat_map(|first| inputs.iter().flat_map(move |second| [first, second]));
        for input in pairs {
            let mut steps = Steps::new(warm.policy.program());
            let decided = judge.follow(Some(input), &mut steps);
            let alone = subject(policy);
            let (verdict, errors, all) = alone.judge(&json(DATA)).watch(Some(input), Everything::default());
            assert_eq!(decided.0, verdict, "{name}: {input}");
            // A call that is not made again has its errors once more.
            let messages =
                |errors: &[_]| errors.iter().map(|error| format!("{error:?}")).collect::<BTreeSet<_>>();
            assert_eq!(messages(&decided.1), messages(&errors), "{name}: {input}");
            assert_eq!(seen(&steps, warm.policy.program()), all, "{name}: {input}");
            assert_eq!(judge.ask_again(Some(input)), verdict, "{name}: {input}");
        }
    }
}

#[test]
fn tests_of_the_benchmarks_are_followed_as_if_each_were_alone() {
    for benchmark in benchmarks() {
        let modules: Vec<(&str, &str)> = benchmark.base.modules(Tests::Included).collect();
        let loaded = load(&modules, &json(&benchmark.base.data(&BTreeSet::new()).to_string()));
        let subject = loaded.subject();
        let program = subject.policy.program();
        let mut bench = Bench::new(&subject);
        let mut steps = Steps::new(program);
        let seeds = loaded.seeds(&subject);
        assert!(!seeds.is_empty(), "{}", benchmark.name);
        for Seed { case, .. } in seeds {
            let input = case.input.as_ref();
            let (verdict, _) = bench.judge(&case.data).follow(input, &mut steps);
            let (expected, _, all) = subject.judge(&case.data).watch(input, Everything::default());
            assert_eq!(verdict, expected, "{}: {case:?}", benchmark.name);
            assert_eq!(seen(&steps, program), all, "{}: {case:?}", benchmark.name);
        }
    }
}

/// Writes down everything that is evaluated, and is told nothing again.
#[derive(Debug, Default, PartialEq)]
struct Everything {
    clauses: BTreeSet<u32>,
    held: BTreeSet<u32>,
    failed: BTreeSet<u32>,
}

impl Observer for Everything {
    fn exit(&mut self, clause: ClauseId, _: &View<'_>) {
        self.clauses.insert(clause.0);
    }

    fn held(&mut self, literal: LiteralId) {
        self.held.insert(literal.0);
    }

    fn failed(&mut self, literal: LiteralId, _: &View<'_>) {
        self.failed.insert(literal.0);
    }
}

fn seen(steps: &Steps, program: &Program) -> Everything {
    let outcomes = (0..program.literals).map(|literal| (literal, steps.outcome(LiteralId(literal))));
    let outcomes: Vec<_> = outcomes.collect();
    Everything {
        clauses: steps.held_clauses().into_iter().map(|clause| clause.0).collect(),
        held: outcomes.iter().filter(|(_, (held, _))| *held).map(|(literal, _)| *literal).collect(),
        failed: outcomes.iter().filter(|(_, (_, failed))| *failed).map(|(literal, _)| *literal).collect(),
    }
}

fn subject(policy: &str) -> Subject {
    let policy = load(&[("policy.rego", policy)], &json(DATA)).policy;
    Subject { policy, decision: Decision::at(vec![Arc::from("p"), Arc::from("allow")]) }
}

fn json(text: &str) -> Value {
    document::json_value(SourceId::default(), text).expect("JSON")
}

const DATA: &str = r#"{"words": ["one", "two", "3"], "limits": {"a": 1, "b": 2}, "none": []}"#;

/// Policies, and inputs.
const POLICIES: [(&str, &str, &[&str]); 7] = [
    (
        "functions that call functions",
        r#"package p
allow if { some x in input.xs; outer(x) }
outer(x) if { inner(x); not other(x) }
outer(x) if { x == "c"; other(x) }
inner(x) if x in {"a", "b"}
other(x) if { inner(x); x == "b" }
other(x) if x == "c"
"#,
        &[r#"{"xs": ["a"]}"#, r#"{"xs": ["b"]}"#, r#"{"xs": ["c", "d"]}"#, r#"{"xs": ["b", "a"]}"#, "{}"],
    ),
    (
        "documents of the data, and parts of them, directly and in functions",
        r"package p
allow if { short(input.x); names[input.x] }
allow if { listed(input.x); count(names) == input.n; limit(input.x) == 2 }
short(x) if { some word in names; x == word }
listed(x) if names[x]
names contains word if { some word in data.words; count(word) == 3 }
names contains word if { some word in data.words; longest == word }
longest := max(data.words)
limits[name] := n if some name, n in data.limits
limit(name) := limits[name]
",
        &[
            r#"{"x": "one"}"#,
            r#"{"x": "two", "n": 2}"#,
            r#"{"x": "3", "n": 2}"#,
            r#"{"x": "b", "n": 2}"#,
            r#"{"n": 2}"#,
        ],
    ),
    (
        "errors of built-in functions",
        r#"package p
allow if number(input.x) > 1
allow if { not number(input.y); input.z in numbers }
allow if count(numbers) == input.n
number(x) := to_number(x) + offset(x)
offset(x) := 0 if not is_number(to_number(concat("", [x])))
offset(x) := 1 if x == "2"
numbers contains to_number(word) if some word in data.words
"#,
        &[
            r#"{"x": "2"}"#,
            r#"{"x": "two", "y": "two", "z": 3}"#,
            r#"{"x": "two", "y": 1, "z": 3}"#,
            r#"{"x": 2, "n": 1}"#,
            r#"{"y": "2", "z": 4}"#,
        ],
    ),
    (
        "arguments that are large, and calls on parts of them",
        r#"package p
allow if { check(input.document); total(input.document.list) > 3 }
allow if { total(input.document.list) == 0; not check(input.document) }
check(document) if { some part in document.list; good(part); total(document.list) > 1 }
good(part) if part.kind == "good"
total(list) := sum([weight(part) | some part in list])
weight(part) := 2 if good(part)
weight(part) := 1 if not good(part)
"#,
        &[
            r#"{"document": {"list": [{"kind": "good"}, {"kind": "bad"}, {"kind": "bad"}]}}"#,
            r#"{"document": {"list": [{"kind": "bad"}]}}"#,
            r#"{"document": {"list": []}}"#,
            r#"{"document": {"list": [{"kind": "good"}, {"kind": "good"}, {"n": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
                17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46,
                47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75]}]}}"#,
        ],
    ),
    (
        "data that are replaced for a while",
        r#"package p
allow if { limit(input.x) == 7 with data.limits as {"a": 7}; limit(input.x) == 1 }
allow if { count(words) == 0 with data.words as data.none; limit(input.y) == 2 }
allow if { double(input.x) == 5 with double as five; double(2) == 4 }
limit(x) := limits[x]
limits := data.limits
words contains word if some word in data.words
double(x) := x * 2
five(_) := 5
"#,
        &[r#"{"x": "a"}"#, r#"{"x": "b", "y": "b"}"#, r#"{"x": 1, "y": "a"}"#, r#"{"x": 1}"#, "{}"],
    ),
    (
        "numbers that are equal and are written otherwise",
        r#"package p
allow if text(input.n) == "1"
allow if { some n in input.list; text(n) == "1.0"; n == 1 }
text(n) := sprintf("%v", [n])
"#,
        &[r#"{"n": 1}"#, r#"{"n": 1.0}"#, r#"{"list": [1, 1.0]}"#, r#"{"list": [1.0]}"#, r#"{"list": [1]}"#],
    ),
    (
        "a function with several values, and one that is asked for in vain",
        r#"package p
allow if { input.mode == "conflict"; value(input.x) == 1 }
allow if { input.mode != "conflict"; input.x in [value(x) | some x in input.list; x != 2] }
value(x) := 1 if x > 1
value(x) := 2 if x < 3
"#,
        &[
            r#"{"mode": "conflict", "x": 3}"#,
            r#"{"mode": "conflict", "x": 2}"#,
            r#"{"mode": "none", "x": 1, "list": [3, 1]}"#,
            r#"{"mode": "none", "x": 2, "list": [3, 2, 1]}"#,
        ],
    ),
];
