//! Evaluations of a mutant near those of the policy: the same decision as in an evaluation of everything.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use portcullis::document;
use portcullis::eval::{NativeEngine, NativePolicy};
use portcullis::frontend::{self, ParsedModules};
use portcullis::host::SealedHost;
use portcullis::mutate::generate;
use portcullis::mutate::run::changed_text;
use portcullis::policy::{CompileUnit, Modules, RegoVersion};
use portcullis::probe::decision::{self, Decision, Reading, Recognised, Verdict};
use portcullis::probe::edit::Case;
use portcullis::probe::model::Model;
use portcullis::probe::objections::objections;
use portcullis::probe::pool::Pools;
use portcullis::probe::reach::{Polarity, Reach};
use portcullis::probe::seed::{self, Seed, Written};
use portcullis::probe::steps::Steps;
use portcullis::probe::subject::{Bench, Subject};
use portcullis::probe::sweep::sweep;
use portcullis::program::{Changes, RuleId, TextEdit};
use portcullis::source::{Source, SourceId, Sources, Span};
use portcullis::suite::discovery;
use portcullis::value::{Object, Value};

use crate::corpus::{Benchmark, Tests, benchmarks};

/// What a mutant changes is read by a clause of its own, through a function, an `else`, a `with` or a document whose name is only
/// known during evaluation.
const POLICY: &str = r#"package pack

compliant if count(deny) == 0

deny contains "level" if input.level > 3

deny contains msg if {
	some user in users
	msg := concat(" ", [user, "is unknown"])
	not input.known[user]
}

deny contains "kind" if kind(input.kind) == "bad"

deny contains "kinds" if kinds["bad"] == input.level

deny contains "mocked" if count(users) > 1 with input.users as input.others

deny contains "swapped" if kind(input.kind) == "bad" with kind as other_kind

deny contains "named" if data.pack.named[input.name] == 1

deny contains "many" if {
	some user in users
	loud(user)
	loud(input.name)
	loud(user)
}

# OPA's rule index leaves it out, although it would hold.
deny contains "left out" if {
	some user in input.users
	user in input.others
	user == "BOB"
}

users contains user if some user in input.users

kinds[name] := level if {
	some level in [1, 2, 3]
	name := kind({1: "a", 2: "b", 3: input.kind}[level])
}

loud(text) if text == upper(text)

kind(x) := "good" if {
	x == "a"
} else := "bad" if {
	x == "b"
	input.level > 1
}

other_kind(x) := "bad" if x == "c"

default named.three := 1

named.one := 1 if input.level == 2

named.two := 1 if input.level == 3
"#;

#[test]
fn mutants_decide_on_recorded_inputs_as_if_everything_were_evaluated() {
    let compared = ["compliant", "deny"].map(|name| {
        let policy = Mutated::read(&[("pack.rego", POLICY)], &empty());
        let decision = Decision::at(["pack", name].map(Arc::from).to_vec());
        policy.compare(&decision, &cases(), usize::MAX)
    });
    for compared in compared {
        assert!(compared.mutants > 60 && compared.near > 50 && compared.different > 200, "{compared:?}");
        assert!(compared.objected > 500, "{compared:?}");
    }
}

#[test]
fn mutants_of_the_benchmarks_decide_on_recorded_inputs_as_if_everything_were_evaluated() {
    for (name, policy) in of_benchmarks() {
        let decision = policy.decision();
        let cases = policy.cases(&decision);
        let compared = policy.compare(&decision, &cases, MUTANTS);
        assert!(compared.near * 2 > compared.mutants && compared.different > 0, "{name}: {compared:?}");
    }
}

#[test]
fn mutants_of_the_shipped_packs_decide_on_recorded_inputs_as_if_everything_were_evaluated() {
    for (pack, policy) in of_packs() {
        let package = pack.strip_prefix("agentweave-").expect("a name");
        let decision = Decision::at(["agentweave", package, "compliant"].map(Arc::from).to_vec());
        let cases = policy.cases(&decision);
        let compared = policy.compare(&decision, &cases, PACK_MUTANTS);
        assert!(compared.near * 2 > compared.mutants && compared.different > 0, "{pack}: {compared:?}");
        assert!(compared.objected > 0, "{pack}: {compared:?}");
    }
}

/// The policies of the benchmark, with their tests.
pub(crate) fn of_benchmarks() -> Vec<(String, Mutated)> {
    let read = |benchmark: &Benchmark| {
        let modules: Vec<(&str, &str)> = benchmark.base.modules(Tests::Included).collect();
        let data = json(&benchmark.base.data(&BTreeSet::new()).to_string());
        (benchmark.name.clone(), Mutated::read(&modules, &data))
    };
    benchmarks().iter().map(read).collect()
}

/// Some of the packs that are shipped, with their tests.
pub(crate) fn of_packs() -> Vec<(String, Mutated)> {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let read = |pack: &str| {
        let mut modules = Vec::new();
        for entry in std::fs::read_dir(policies.join(pack)).expect("a pack") {
            let path = entry.expect("a file").path();
            if path.extension().is_some_and(|extension| extension == "rego") {
                modules.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a module")));
            }
        }
        modules.sort();
        let modules: Vec<(&str, &str)> = modules.iter().map(|(name, text)| (&**name, &**text)).collect();
        (pack.to_owned(), Mutated::read(&modules, &empty()))
    };
    ["agentweave-config", "agentweave-kubernetes", "agentweave-opa", "agentweave-spire"].map(read).into()
}

#[test]
fn what_depended_on_the_data_alone_and_does_no_more_is_evaluated() {
    let text = "package p\n\nallow if same(input.x)\n\nallow if input.y == next\n\nallow if not listed\n\n\
                allow if { some name in names; name == input.name }\n\nallow if chained(input.x)\n\n\
                same(x) if x == limit\n\nchained(x) if other(x)\n\nother(x) if same([x][0])\n\nnext := limit + 1\n\n\
                listed if next in {2, 3}\n\nnames contains \"a\" if limit > 0\n\nnames contains \"b\" if limit > 1\n\nlimit := 1\n";
    let policy = Mutated::read(&[("p.rego", text)], &empty());
    let decision = Decision::at(["p", "allow"].map(Arc::from).to_vec());
    let source = policy.modules.sources().iter().next().expect("a module").0;
    let (head, tail) = text.rsplit_once('1').expect("a number");
    let start = head.len();
    let at = |at: usize| u32::try_from(at).expect("a short text");
    let mut different = 0;
    for replacement in ["2", "input.limit", "object.get(input, \"limit\", 1)"] {
        let text_now = format!("{head}{replacement}{tail}");
        let modules = policy.modules.with_text(source, &text_now).expect("a module");
        let policy_now = compiled(&modules, &empty()).expect("a policy");
        let span = Span { source, start: at(start), end: at(start + 1) };
        let edit = TextEdit { span, written: at(replacement.len()) };
        let changes =
            Changes::between(policy.policy.program(), policy_now.program(), edit).expect("one clause");
        let before = Subject { policy: policy.policy.clone(), decision: decision.clone() };
        let after = Subject { policy: policy_now, decision: decision.clone() };
        let (mut known, mut near) = (before.judge(&empty()), after.judge(&empty()));
        let mut steps = Steps::new(before.policy.program());
        for limit in 0..4 {
            for x in 0..4 {
                for name in ["a", "b", "c"] {
                    let input =
                        json(&format!(r#"{{"limit": {limit}, "x": {x}, "y": {}, "name": "{name}"}}"#, x + 1));
                    let (verdict, record) = known.record_for_changes(Some(&input), &mut steps);
                    let (decided, _) = near.ask_changed(Some(&input), &record, &changes);
                    let expected = after.judge(&empty()).ask(Some(&input));
                    assert_eq!(decided, expected, "{replacement}: {input}");
                    different += usize::from(expected != verdict);
                }
            }
        }
    }
    assert!(different > 20, "{different}");
}

/// A policy, to be changed.
pub(crate) struct Mutated {
    pub(crate) modules: ParsedModules,
    pub(crate) policy: NativePolicy,
}

/// What was compared.
#[derive(Debug, Default)]
struct Compared {
    /// Mutants that compile.
    mutants: usize,
    /// Those of them of which it can be told what they change.
    near: usize,
    /// Decisions that are others than those of the policy.
    different: usize,
    /// Decisions of which it was enough to know that a set of objections still has an element.
    objected: usize,
}

impl Mutated {
    pub(crate) fn read(modules: &[(&str, &str)], data: &Value) -> Self {
        let mut sources = Sources::new();
        for (name, text) in modules {
            sources.add(Source::new(*name, *text));
        }
        let versions = vec![RegoVersion::V1; modules.len()];
        let read = Modules { sources: &sources, versions: &versions };
        let modules = frontend::parse(&read, NonZeroUsize::MIN, None).expect("modules that are Rego");
        let policy = compiled(&modules, data).expect("modules that compile");
        Self { modules, policy }
    }

    pub(crate) fn decision(&self) -> Decision {
        let inventory = frontend::inventory(&self.modules).expect("annotations that go together");
        match decision::recognise(self.policy.program(), &inventory) {
            Recognised::Decisions(decisions) => decisions.first().expect("a decision").clone(),
            Recognised::Candidates(candidates) => panic!("which one? {candidates:?}"),
        }
    }

    /// Some cases of the tests, and some near to them.
    fn cases(&self, decision: &Decision) -> Vec<Case> {
        let program = self.policy.program();
        let rule = decision.rule(program).expect("a rule");
        let reach: BTreeSet<_> = Reach::of(program, rule, Polarity::Positive).rules.into_keys().collect();
        let tests = discovery::discover(&self.modules.rules()).tests;
        let written: Vec<Written> = tests
            .iter()
            .flat_map(|test| seed::of_test(&self.policy, &Arc::from(test.id.to_string()), &test.path, &reach))
            .collect();
        let subject = Subject { policy: self.policy.clone(), decision: decision.clone() };
        let seeds: Vec<Seed> = seed::judged(&subject, written, NonZeroUsize::MIN);
        let pools = Pools::new(Model::of(program, rule), &seeds);
        let mut cases = Vec::new();
        for seed in seeds.iter().step_by((seeds.len() / SEEDS).max(1)) {
            let variants = sweep(&seed.case, &pools);
            let some = variants.iter().step_by((variants.len() / VARIANTS).max(1));
            let near = some
                .filter_map(|edits| edits.iter().try_fold(seed.case.clone(), |case, edit| edit.apply(&case)));
            cases.extend(std::iter::once(seed.case.clone()).chain(near));
        }
        cases
    }

    /// Compares what about so many mutants decide, near and by themselves.
    fn compare(&self, decision: &Decision, cases: &[Case], most: usize) -> Compared {
        let data = self.policy.data();
        let subject = Subject { policy: self.policy.clone(), decision: decision.clone() };
        let mut steps = Steps::new(self.policy.program());
        let mut bench = Bench::new(&subject);
        let recorded: Vec<_> = cases
            .iter()
            .map(|case| bench.judge(&case.data).record_for_changes(case.input.as_ref(), &mut steps))
            .collect();
        let mut compared = Compared::default();
        let mutants = generate::mutants(&self.modules, self.policy.program(), std::slice::from_ref(decision));
        for mutant in mutants.iter().step_by((mutants.len() / most).max(1)) {
            let source = self.modules.sources().get(mutant.span.source).expect("a module");
            let text = changed_text(source.text(), mutant).expect("a text");
            let Ok(modules) = self.modules.with_text(mutant.span.source, &text) else { continue };
            let Some(policy) = compiled(&modules, data) else { continue };
            compared.mutants += 1;
            let edit = mutant.edit_of(mutant.span.source).expect("a short text");
            let Some(changes) = Changes::between(self.policy.program(), policy.program(), edit) else {
                continue;
            };
            compared.near += 1;
            let mutated = Subject { policy, decision: decision.clone() };
            let sets = objections(mutated.policy.program(), decision);
            let (mut near, mut alone) = (Bench::new(&mutated), Bench::small(&mutated));
            for (case, (verdict, record)) in cases.iter().zip(&recorded) {
                let expected = alone.ask(case);
                let (judge, input) = (near.judge(&case.data), case.input.as_ref());
                let (decided, _) = judge.ask_changed(input, record, &changes);
                assert_eq!(decided, expected, "{mutant:?} {case:?}");
                compared.different += usize::from(expected != *verdict);
                if let Some(set) = judge.still_objects(input, record, Some(&changes), &sets) {
                    assert_ne!(expected, Verdict::Allow, "{mutant:?} {case:?}");
                    let objecting = of_set(&mutated, set);
                    let value = objecting.judge(&case.data).ask(input);
                    assert_ne!(value, Verdict::Allow, "{mutant:?} {case:?}");
                    compared.objected += 1;
                }
            }
        }
        compared
    }
}

/// What a set of objections says.
fn of_set(subject: &Subject, set: RuleId) -> Subject {
    let path = &subject.policy.program().rule(set).expect("a rule").path;
    let path = path.iter().map(|step| step.as_str().expect("a name").into()).collect();
    Subject { policy: subject.policy.clone(), decision: Decision { path, reading: Reading::Objections } }
}

fn compiled(modules: &ParsedModules, data: &Value) -> Option<NativePolicy> {
    let unit = CompileUnit { modules, data, renames: &[], cases: &[] };
    let host = SealedHost { now: 2_000_000_000_000_000_000, seed: 1 };
    NativeEngine::new(Arc::new(host)).compile_native(&unit).ok()
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for level in ["1", "2", "3", "4"] {
        for (kind, name) in [("a", "one"), ("b", "TWO"), ("c", "zz")] {
            for users in [r#"["ann"]"#, r#"["ann", "BOB"]"#, "[]"] {
                let input = json(&format!(
                    r#"{{"level": {level}, "kind": "{kind}", "name": "{name}", "users": {users}, "others": {users}, "known": {{"ann": true}}}}"#
                ));
                cases.push(Case { input: Some(input), data: empty() });
            }
        }
    }
    cases
}

pub(crate) fn empty() -> Value {
    Value::Object(Object::new())
}

pub(crate) fn json(text: &str) -> Value {
    document::json_value(SourceId::default(), text).expect("JSON")
}

/// How many tests give inputs, and how many are made of each.
const SEEDS: usize = 4;
const VARIANTS: usize = 4;

/// How many mutants of a benchmark are compared, and how many of a pack.
const MUTANTS: usize = 60;
const PACK_MUTANTS: usize = 40;
