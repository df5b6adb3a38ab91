//! Policies of which one module is written otherwise: compiled again alone, they are what they are compiled together.

use std::sync::Arc;

use portcullis::eval::{NativeEngine, NativePolicy, Revisable};
use portcullis::frontend::ParsedModules;
use portcullis::host::SealedHost;
use portcullis::mutate::generate;
use portcullis::mutate::run::changed_text;
use portcullis::policy::{CompileUnit, Evaluation, Limits, Policy as _, Query, Request};

use crate::changed::{Mutated, json, of_benchmarks, of_packs};

const POLICY: &str = r#"package pack

import data.other.limit
import data.lists as known

default allow := false

allow if {
	some role in roles
	role.level > limit
	not banned[input.user]
}

banned contains user if some user in known.banned

roles contains {"name": name, "level": level} if {
	some name, level in known.levels
	level > 0
}

level(x) := y if {
	y := x * 2
	y > 3
} else := 1

total := sum([level(x) | some x in known.numbers])
"#;

const OTHER: &str = r#"package other

import data.pack

limit := 3

names := {role.name | some role in pack.roles}

text := $"{pack.total} of {pack.allow}"

more := pack.level(2) + 1
"#;

/// Each is put in the place of the other in the first module.
const EDITS: [(&str, &str); 27] = [
    ("y > 3", "y > 4"),
    ("y * 2", "y * 3"),
    ("x * 2", "x * 2 + count(known.banned)"),
    ("role.level > limit", "role.level >= limit"),
    ("not banned[input.user]", "true"),
    ("role.level > limit", "true"),
    ("some user in known.banned", "some user in data.other.names"),
    ("sum([level(x) | some x in known.numbers])", "5"),
    ("level > 0", "data.other.more > 0"),
    ("# nothing", "# nothing"),
    // The types are others.
    ("y := x * 2", "y := [x]"),
    ("\"level\": level}", "\"level\": \"high\"}"),
    ("{\"name\": name, ", "{\"title\": name, "),
    (":= sum([", ":= (["),
    ("} else := 1", "} else := \"one\""),
    // There are others.
    ("} else := 1", "}"),
    ("default allow := false\n\n", ""),
    ("default allow := false", "default allow := true"),
    ("default allow := false\n", "default allow := false\n\nallow if input.root\n"),
    ("banned contains", "barred contains"),
    ("level(x) :=", "level(x, z) :="),
    ("import data.other.limit", "import data.other.more as limit"),
    ("package pack", "package packed"),
    // They don't compile.
    ("level > 0", "levels > 0"),
    ("count(", "counts("),
    ("role.level > limit", "role.level > limit; allow"),
    ("some role in roles", "some role in"),
];

#[test]
fn a_module_that_is_compiled_again_is_as_if_all_were_compiled() {
    let data = json(r#"{"lists": {"banned": ["bob"], "levels": {"a": 4, "b": 0}, "numbers": [1, 2, 3]}}"#);
    let with_metadata = format!("# METADATA\n# title: a pack\n{POLICY}\ntitle := rego.metadata.chain()\n");
    let with_schemas =
        POLICY.replacen("default", "# METADATA\n# schemas:\n#   - input: {type: object}\ndefault", 1);
    let with_names = format!("{POLICY}\nnamed := __local0__ if __local0__ := 1\n");
    // It is not known to be a boolean while what it depends on is replaced.
    let with_replaced = format!("{OTHER}\nreplaced if pack.allow == \"x\" with data.other.limit as 9\n");
    let without_templates = OTHER.replacen("text :=", "# text :=", 1);
    let mut compared = Compared::default();
    for (first, second) in [
        (POLICY, OTHER),
        (POLICY, &with_replaced),
        (POLICY, &without_templates),
        (&with_metadata, OTHER),
        (&with_schemas, OTHER),
        (&with_names, OTHER),
    ] {
        let policy = Mutated::read(&[("pack.rego", first), ("other.rego", second)], &data);
        let revisable = revisable(&policy);
        for (old, new) in EDITS {
            compared.compare(&policy, &revisable, (0, &first.replacen(old, new, 1)));
        }
        compared.compare(&policy, &revisable, (0, "package pack\n"));
        compared.compare(&policy, &revisable, (0, ""));
        compared.compare(&policy, &revisable, (1, &second.replacen("limit := 3", "limit := pack.total", 1)));
        compared.compare(&policy, &revisable, (1, &second.replacen("limit := 3", "limit := pack.allow", 1)));
        compared.compare(&policy, &revisable, (1, &second.replacen("limit := 3", "limit := 5 if true", 1)));
    }
    assert!(compared.same > 60 && compared.broken > 40, "{compared:?}");
}

#[test]
fn rules_of_other_types_are_checked_with_each_other() {
    let before = "package p\n\nf(x) := x if x > 1\n\ng := f(2) + 1\n";
    let policy = Mutated::read(&[("p.rego", before)], &json("{}"));
    let revisable = revisable(&policy);
    let mut compared = Compared::default();
    for (value, use_of) in [("[x]", "count(f(2))"), ("[x]", "f(2)"), ("x", "count(f(2))"), ("x * 2", "f(3)")]
    {
        let text =
            before.replace(":= x if", &format!(":= {value} if")).replace(":= f(2)", &format!(":= {use_of}"));
        compared.compare(&policy, &revisable, (0, &text));
    }
    assert_eq!((compared.same, compared.broken), (3, 1));
}

#[test]
fn mutants_of_the_benchmarks_and_of_the_packs_are_as_if_all_modules_were_compiled() {
    let mut compared = Compared::default();
    for (name, policy) in of_benchmarks().into_iter().chain(of_packs()) {
        let (program, decision) = (policy.policy.program(), policy.decision());
        let mutants = generate::mutants(&policy.modules, program, std::slice::from_ref(&decision));
        let revisable = revisable(&policy);
        let before = (compared.same, mutants.len());
        for mutant in mutants.iter().step_by((mutants.len() / MUTANTS).max(1)) {
            let source = policy.modules.sources().get(mutant.span.source).expect("a module");
            let text = changed_text(source.text(), mutant).expect("a text");
            compared.compare(&policy, &revisable, (mutant.span.source.index(), &text));
        }
        assert!(compared.same > before.0, "{name}: {before:?}");
    }
    assert!(compared.same > 80 && compared.broken > 3, "{compared:?}");
}

#[test]
fn literals_of_other_modules_count_on_wherever_they_are() {
    let before = "package p\n\nf if input.x == 1\n";
    let other = "package q\n\nr contains x if some x in {[y | some y in input.a], [1 | input.b], {\"k\": {z | z := input.c}}}\n\n\
                 s contains x if {[y | some y in input.a], [1]}[x]\n\n\
                 t contains x if { set := {[y | some y in input.a], [input.d]}; set[x] }\n\n\
                 u(x) := [every_one | every v in x { not v in [w | some w in input.a] }; every_one := true]\n\n\
                 v if { input.a; count([x | some x in input.a]) == 2 }\n";
    let policy = Mutated::read(&[("p.rego", before), ("q.rego", other)], &json("{}"));
    let revisable = revisable(&policy);
    let mut compared = Compared::default();
    for body in [
        "true",
        "not input.x == 1",
        "count([x | some x in input.xs; x > 1]) == 1",
        "{ input.x == 1; input.y == 2 }",
    ] {
        compared.compare(&policy, &revisable, (0, &before.replace("input.x == 1", body)));
    }
    assert_eq!((compared.same, compared.broken), (4, 0));
}

/// What was compared.
#[derive(Debug, Default)]
struct Compared {
    /// Texts that compile.
    same: usize,
    /// Texts that don't.
    broken: usize,
}

impl Compared {
    /// Compares a policy with another text of one module, as it is compiled either way.
    fn compare(&mut self, policy: &Mutated, revisable: &Revisable, (module, text): (usize, &str)) {
        let data = policy.policy.data();
        let (id, _) = policy.modules.sources().iter().nth(module).expect("a module");
        let all = policy.modules.with_text(id, text);
        let together = |modules: ParsedModules| {
            engine().compile_native(&CompileUnit { modules: &modules, data, renames: &[], cases: &[] }).ok()
        };
        let all = all.ok().and_then(together);
        match (revisable.with_text(id, text), all) {
            (None, None) => self.broken += 1,
            (Some(revised), Some(all)) => {
                let (left, right) = (shown(&revised), shown(&all));
                assert!(left == right, "{}\n{text}", difference(&left, &right));
                let (left, right) = (answered(&revised), answered(&all));
                assert_eq!(format!("{left:?}"), format!("{right:?}"), "{text}");
                self.same += 1;
            }
            (revised, all) => panic!("{revised:?} and not {all:?}:\n{text}"),
        }
    }
}

fn engine() -> NativeEngine {
    NativeEngine::new(Arc::new(SealedHost { now: 2_000_000_000_000_000_000, seed: 1 }))
}

fn revisable(policy: &Mutated) -> Revisable {
    let (modules, data) = (&policy.modules, policy.policy.data());
    let unit = CompileUnit { modules, data, renames: &[], cases: &[] };
    engine().revisable(&unit).expect("modules that compile")
}

/// The lines around the first that differ.
fn difference(left: &str, right: &str) -> String {
    let at = left.lines().zip(right.lines()).take_while(|(left, right)| left == right).count();
    let around =
        |text: &str| text.lines().skip(at.saturating_sub(12)).take(16).collect::<Vec<_>>().join("\n");
    format!("{}\n-- and not\n{}", around(left), around(right))
}

/// All of a program.
fn shown(policy: &NativePolicy) -> String {
    format!("{:#?}", policy.program())
}

/// What a query comes to that is written as text, for which the compiled modules are needed, and a path.
fn answered(policy: &NativePolicy) -> Vec<Evaluation> {
    let input = json(r#"{"user": "ann", "root": true}"#);
    let queries = [Query::Text("x := data".into()), Query::Path(vec!["pack".into()])];
    let answer = |query: &Query| {
        let request = Request { input: Some(&input), with: &[], limits: Limits::default() };
        policy.prepare(query).expect("a query").evaluate(&request)
    };
    queries.iter().map(answer).collect()
}

/// How many mutants of each are compared.
const MUTANTS: usize = 16;
