//! Mutants: which there are of small policies, whether they compile, and whether they pull the way they say.

#![allow(clippy::disallowed_methods, clippy::string_slice, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use portcullis::document;
use portcullis::eval::{NativeEngine, NativePolicy, NoObserver};
use portcullis::frontend::{self, ParsedModules};
use portcullis::host::SealedHost;
use portcullis::mutate::exam::Exam;
use portcullis::mutate::generate;
use portcullis::mutate::hunk::{self, Hunk};
use portcullis::mutate::missing::Searched;
use portcullis::mutate::mutant::{Direction, Mutant};
use portcullis::mutate::operators;
use portcullis::mutate::run::{Bed, Fate, Options, Set, Survived, Unready, changed_text};
use portcullis::mutate::search::Search;
use portcullis::policy::{CompileUnit, Modules, Outcome, RegoVersion, Request};
use portcullis::probe::corpus::{self, Budget};
use portcullis::probe::decision::{Decision, Verdict};
use portcullis::probe::edit::Case as Decided;
use portcullis::probe::model::Model;
use portcullis::probe::pool::Pools;
use portcullis::probe::seed::{self, Seed, Written};
use portcullis::probe::subject::{Bench, Subject};
use portcullis::source::{Source, SourceId, Sources};
use portcullis::suite::discovery::{self, Form};
use portcullis::suite::{TestBody, TestId};
use portcullis::value::{Object, Value};

#[test]
fn each_operator_changes_what_its_case_says() {
    for case in cases() {
        let found = listed(&case);
        if std::env::var_os("UPDATE").is_some() {
            let text = case.text.split("-- mutants --\n").next().unwrap();
            std::fs::write(&case.path, format!("{text}-- mutants --\n{found}")).unwrap();
        } else {
            let name = case.path.display();
            assert_eq!(
                found, case.expected,
                "{name}: `UPDATE=1 cargo test -p portcullis --test mutate` writes it"
            );
        }
    }
}

#[test]
fn each_operator_has_a_mutant_that_compiles() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        let mutants = case.mutants();
        let fates = case.fates(&mutants);
        for (mutant, fate) in mutants.iter().zip(fates) {
            if !matches!(fate, Fate::Unviable) {
                seen.insert(mutant.operator.id);
            }
        }
    }
    let all: BTreeSet<&str> = operators::ALL.iter().map(|operator| operator.id).collect();
    assert_eq!(all.difference(&seen).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(all.len(), operators::ALL.len(), "ids are unique");
}

/// `every-some` is the exception that is known: of an empty collection `every` holds and `some` doesn't.
#[test]
fn what_widens_lets_all_in_that_was_let_in_and_what_narrows_nobody_else() {
    let mut compared = 0;
    for case in cases() {
        let mutants = case.mutants();
        let subject = case.subject();
        let seeds = case.seeds(&subject);
        let rule = subject.decision.rule(subject.policy.program()).unwrap();
        let pools = Pools::new(Model::of(subject.policy.program(), rule), &seeds);
        let budget =
            Budget { inputs: 2_000, of_each: usize::MAX, is_over: &|| false, jobs: NonZeroUsize::MIN };
        let corpus = corpus::explore(&subject, &pools, &seeds, budget, &|_| ());
        for (mutant, fate) in mutants.iter().zip(case.fates(&mutants)) {
            let Fate::Survived(Survived { policy, .. }) = fate else { continue };
            let mutated = Subject { policy, decision: subject.decision.clone() };
            let mut bench = Bench::new(&mutated);
            for entry in &corpus.entries {
                let (before, after) = (entry.verdict, bench.ask(&entry.case));
                let contradicts = match mutant.direction {
                    Direction::Widening => before == Verdict::Allow && after != before,
                    Direction::Narrowing => after == Verdict::Allow && after != before,
                    Direction::Unknown => false,
                };
                compared += 1;
                let is_known = mutant.operator.id == "every-some";
                assert!(
                    !contradicts || is_known,
                    "{}: {} {:?} at {} of {:?}: {before:?} -> {after:?}",
                    case.path.display(),
                    mutant.operator.id,
                    mutant.direction,
                    mutant.span.start,
                    entry.case.input
                );
            }
        }
    }
    assert!(compared > 5_000, "{compared}");
}

#[test]
fn a_missing_test_kills_the_mutant_it_was_made_for() {
    let policy = "package authz\n\ndefault allow := false\n\nallow if {\n\tinput.user == \"ann\"\n\tinput.level >= 3\n}\n";
    let test = "package authz_test\n\ntest_ann if data.authz.allow with input as {\"user\": \"ann\", \"level\": 4}\n";
    let case = Case::of_modules(&[("authz.rego", policy), ("authz_test.rego", test)]);
    let mutants = case.mutants();
    let fates = case.fates(&mutants);
    let subject = case.subject();
    let written = Written {
        name: "ann".into(),
        case: Decided { input: Some(json(r#"{"user": "ann", "level": 4}"#)), data: case.data },
    };
    let seeds = seed::judged(&subject, vec![written], NonZeroUsize::MIN);
    let options = Options { jobs: NonZeroUsize::MIN, is_over: &|| false };
    let search = Search::new(vec![subject], &|_| seeds.clone(), 2_000, options);
    let mut found = 0;
    for (mutant, searched) in searched(&search, &mutants, &fates, options) {
        if let Searched::Found(missing) = searched {
            found += 1;
            let more = format!("{test}\n{}", missing.rego("test_missing"));
            let fixed = Case::of_modules(&[("authz.rego", policy), ("authz_test.rego", &more)]);
            let fate = fixed.fates(std::slice::from_ref(mutant)).remove(0);
            let by = TestId::Rego { package: "data.authz_test".into(), name: "test_missing".into() };
            assert!(
                matches!(&fate, Fate::Killed(id) if *id == by),
                "{}: {fate:?}\n{more}",
                mutant.operator.id
            );
        }
    }
    assert!(found >= 5, "{found}");
}

/// The tests are in a package before that of the policy, and two have one name: where they are asked they are two rules, and rules have
/// other ids there.
#[test]
fn what_is_found_is_decided_otherwise_whatever_ids_rules_have_where_tests_are() {
    let policy = "package authz\n\ndefault allow := false\n\nallow if {\n\tknown\n\tinput.level >= limit\n}\n\n\
                  known if input.user == \"ann\"\n\nlimit := 3\n";
    let test =
        "package a_test\n\ntest_ann if data.authz.allow with input as {\"user\": \"ann\", \"level\": 4}\n";
    let again =
        format!("{test}\ntest_ann if data.authz.allow with input as {{\"user\": \"ann\", \"level\": 5}}\n");
    let found = |tests: &str| -> usize {
        let case = Case::of_modules(&[("authz.rego", policy), ("a_test.rego", tests)]);
        let (mutants, subject) = (case.mutants(), case.subject());
        let fates = case.fates(&mutants);
        let written = Written {
            name: "ann".into(),
            case: Decided { input: Some(json(r#"{"user": "ann", "level": 4}"#)), data: case.data.clone() },
        };
        let seeds = seed::judged(&subject, vec![written], NonZeroUsize::MIN);
        let options = Options { jobs: NonZeroUsize::MIN, is_over: &|| false };
        let search = Search::new(vec![subject.clone()], &|_| seeds.clone(), 2_000, options);
        let mut found = 0;
        for (mutant, searched) in searched(&search, &mutants, &fates, options) {
            let Searched::Found(missing) = searched else { continue };
            found += 1;
            let changed = changed_text(case.sources.get(mutant.span.source).unwrap().text(), mutant).unwrap();
            let modules = case.parsed.with_text(mutant.span.source, &changed).unwrap();
            let unit = CompileUnit { modules: &modules, data: &case.data, renames: &[], cases: &[] };
            let mutated = Subject { policy: engine().compile_native(&unit).unwrap(), ..subject.clone() };
            let (before, after) =
                (Bench::new(&subject).ask(&missing.case), Bench::new(&mutated).ask(&missing.case));
            assert_eq!(before, missing.verdict, "{mutant:?}");
            assert_ne!(before, after, "{mutant:?}");
        }
        found
    };
    let (once, twice) = (found(test), found(&again));
    assert!(once >= 5 && twice == once, "{once} {twice}");
}

/// The mutants that no test notices, and what came of looking for one that does.
fn searched<'m>(
    search: &Search,
    mutants: &'m [Mutant],
    fates: &[Fate],
    options: Options<'_>,
) -> Vec<(&'m Mutant, Searched)> {
    let survivors = mutants.iter().zip(fates).filter_map(|(mutant, fate)| {
        if let Fate::Survived(survived) = fate { Some((mutant, survived)) } else { None }
    });
    let survivors: Vec<(&Mutant, &Survived)> = survivors.collect();
    let searched = search.find_all(&survivors, 2_000, options);
    survivors.into_iter().map(|(mutant, _)| mutant).zip(searched).collect()
}

#[test]
fn tests_pass_as_they_do_for_opa_whatever_is_watched() {
    // OPA's rule index leaves the clause out, although it would hold.
    let policy = "package authz\n\ndefault allow := false\n\nallow if {\n\tsome role in input.roles\n\trole in input.granted\n\trole == \"admin\"\n}\n";
    let test = "package authz_test\n\ntest_admin if not data.authz.allow with input as {\"roles\": [\"admin\"], \"granted\": [\"admin\"]}\n";
    let case = Case::of_modules(&[("authz.rego", policy), ("authz_test.rego", test)]);
    assert_eq!(case.bed(&|| false).map(|bed| bed.tests()), Ok(1));
}

#[test]
fn what_one_decision_finds_is_asked_of_those_that_it_reads() {
    let policy = "package authz\n\ndefault allow := false\n\nallow if count(deny) == 0\n\n\
                  deny contains \"level\" if input.level > 3\n\ndeny contains \"user\" if not input.user == \"ann\"\n";
    let test = "package authz_test\n\ntest_ann if data.authz.allow with input as {\"user\": \"ann\", \"level\": 1}\n";
    let case = Case::of_modules(&[("authz.rego", policy), ("authz_test.rego", test)]);
    let written = || Written {
        name: "ann".into(),
        case: Decided { input: Some(json(r#"{"user": "ann", "level": 1}"#)), data: case.data.clone() },
    };
    let subject = |name: &&str| Subject {
        policy: case.policy(),
        decision: Decision::at(["authz", name].map(Arc::from).to_vec()),
    };
    let seeds = |subject: &Subject| seed::judged(subject, vec![written()], NonZeroUsize::MIN);
    let mutants = case.mutants();
    let fates = case.fates(&mutants);
    let options = Options { jobs: NonZeroUsize::MIN, is_over: &|| false };
    let found = |decisions: &[&str]| -> Vec<String> {
        let search = Search::new(decisions.iter().map(subject).collect(), &seeds, 2_000, options);
        let mut found = Vec::new();
        for (mutant, searched) in searched(&search, &mutants, &fates, options) {
            if let Searched::Found(missing) = searched {
                found.push(format!(
                    "{} {}: {}",
                    mutant.operator.id,
                    mutant.span.start,
                    missing.decision.name()
                ));
            }
        }
        found
    };
    // What `deny` says is asked for the inputs that `allow` was explored for, in either order.
    let (alone, outer, inner) = (found(&["deny"]), found(&["allow", "deny"]), found(&["deny", "allow"]));
    assert!(alone.len() >= 4, "{alone:?}");
    assert!(outer.len() >= alone.len() && inner.len() >= alone.len(), "{alone:?} {outer:?} {inner:?}");
    assert!(inner.iter().any(|found| found.contains("deny")), "{inner:?}");
}

/// The bed evaluates of a mutant what is different from the policy alone, also where a test puts its own input in.
#[test]
fn tests_notice_what_they_would_if_everything_were_evaluated() {
    for pack in ["spire", "opa"] {
        let folder =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../policies").join(format!("agentweave-{pack}"));
        let mut modules = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rego") {
                modules.push((path.display().to_string(), std::fs::read_to_string(path).unwrap()));
            }
        }
        modules.sort();
        let modules: Vec<(&str, &str)> = modules.iter().map(|(name, text)| (&**name, &**text)).collect();
        let case = Case::of_modules(&modules);
        let decision = Decision::at(["agentweave", pack, "compliant"].map(Arc::from).to_vec());
        let all = generate::mutants(&case.parsed, case.policy().program(), &[decision]);
        let some: Vec<Mutant> = all.iter().step_by(all.len() / 30).cloned().collect();
        let tests = discovery::discover(&case.parsed.rules()).tests;
        let tests: Vec<_> = tests.into_iter().filter(|test| test.form == Form::Plain).collect();
        let (mut killed, mut survived) = (0, 0);
        for (mutant, fate) in some.iter().zip(case.fates(&some)) {
            let text = changed_text(case.sources.get(mutant.span.source).unwrap().text(), mutant).unwrap();
            let changed = case.parsed.with_text(mutant.span.source, &text).unwrap();
            let unit = CompileUnit { modules: &changed, data: &case.data, renames: &[], cases: &[] };
            let Ok(policy) = engine().compile_native(&unit) else { continue };
            let passes = |path: &[Arc<str>]| {
                let (evaluation, _, NoObserver) =
                    policy.question(path).watch(&Request::default(), NoObserver);
                let Outcome::Defined(results) = evaluation.outcome else { return false };
                results
                    .iter()
                    .flat_map(|result| &result.expressions)
                    .all(|one| one.value == Value::Bool(true))
            };
            let noticed = tests.iter().any(|test| !passes(&test.path));
            assert_eq!(matches!(fate, Fate::Killed(_)), noticed, "{mutant:?}");
            *(if noticed { &mut killed } else { &mut survived }) += 1;
        }
        assert!(killed > 5 && survived > 5, "{pack}: {killed} {survived}");
    }
}

#[test]
fn nothing_is_tried_where_a_test_fails_as_it_is() {
    let case = Case::of_modules(&[
        ("authz.rego", "package authz\n\nallow if input.user == \"ann\"\n"),
        (
            "authz_test.rego",
            "package authz_test\n\ntest_bob if data.authz.allow with input.user as \"bob\"\n",
        ),
    ]);
    let refused = case.bed(&|| false).unwrap_err();
    let by = TestId::Rego { package: "data.authz_test".into(), name: "test_bob".into() };
    assert_eq!(refused, Unready::Failing(vec![by]));
}

#[test]
fn rules_that_no_decision_reads_and_tests_are_left_alone() {
    let case = Case::of_modules(&[
        ("authz.rego", "package authz\n\nallow if input.user == \"ann\"\n\nother if input.x > 1\n"),
        (
            "authz_test.rego",
            "package authz_test\n\ntest_ann if data.authz.allow with input.user as \"ann\"\n",
        ),
    ]);
    let rules: BTreeSet<Arc<str>> = case.mutants().into_iter().map(|mutant| mutant.rule).collect();
    assert_eq!(rules, BTreeSet::from(["data.authz.allow".into()]));
}

#[test]
fn whoever_stops_gets_what_was_found() {
    let case = Case::of_modules(&[("authz.rego", "package authz\n\nallow if input.user == \"ann\"\n")]);
    let bed = case.bed(&|| false).unwrap();
    let mutants = case.mutants();
    let fates = bed.try_all(&mutants, Options { jobs: NonZeroUsize::MIN, is_over: &|| true }, &|| {});
    assert_eq!(fates.len(), mutants.len());
    assert!(fates.iter().all(|fate| matches!(fate, Fate::NotRun)));
    assert_eq!(case.bed(&|| true).unwrap_err(), Unready::Stopped);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for case in cases() {
        let mutants = case.mutants();
        let bed = case.bed(&|| false).unwrap();
        let ends = |jobs: usize| -> Vec<String> {
            let options = Options { jobs: NonZeroUsize::new(jobs).unwrap(), is_over: &|| false };
            bed.try_all(&mutants, options, &|| {}).iter().map(|fate| format!("{fate:?}")).collect()
        };
        assert_eq!(ends(1), ends(3), "{}", case.path.display());
    }
}

#[test]
fn hunks_show_the_lines_that_differ_and_one_around_them() {
    let case = Case::of_modules(&[("p.rego", "package authz\n\nallow if {\n\tinput.a\n\tinput.b\n}\n")]);
    let text = case.sources.get(SourceId::default()).unwrap().text();
    let mutants = case.mutants();
    let dropped = mutants
        .iter()
        .find(|mutant| mutant.operator.id == "literal-drop" && hunk::position(text, mutant) == (5, 2))
        .unwrap();
    let hunk = Hunk::of(text, dropped);
    assert_eq!(hunk.header(), "@@ -4,3 +4,3 @@");
    assert_eq!(hunk.lines, [" \tinput.a", "-\tinput.b", "+\ttrue", " }"]);
    assert_eq!(changed_text(text, dropped).unwrap(), text.replace("input.b", "true"));
}

/// A policy, and the mutants that are expected of it.
struct Case {
    path: PathBuf,
    text: String,
    sources: Sources,
    parsed: ParsedModules,
    data: Value,
    inputs: Vec<Value>,
    expected: String,
}

impl Case {
    fn read(path: PathBuf) -> Self {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut sections = text.split("-- ").skip(1).filter_map(|section| section.split_once(" --\n"));
        let mut case = Self::of_modules(&[]);
        let mut modules = Vec::new();
        let mut expected = String::new();
        for (name, content) in &mut sections {
            match name {
                "mutants" => content.clone_into(&mut expected),
                "data.json" => case.data = json(content),
                "inputs.json" => case.inputs = json(content).as_array().unwrap().iter().cloned().collect(),
                _ => modules.push((name, content)),
            }
        }
        let Self { sources, parsed, .. } = Self::of_modules(&modules);
        Self { sources, parsed, path, expected, text: text.clone(), ..case }
    }

    fn of_modules(modules: &[(&str, &str)]) -> Self {
        let mut sources = Sources::new();
        for (name, text) in modules {
            sources.add(Source::new(*name, *text));
        }
        let versions = vec![RegoVersion::V1; modules.len()];
        let parsed = Modules { sources: &sources, versions: &versions };
        let parsed = frontend::parse(&parsed, NonZeroUsize::MIN, None).unwrap();
        Self {
            path: PathBuf::new(),
            text: String::new(),
            sources,
            parsed,
            data: Value::Object(Object::new()),
            inputs: Vec::new(),
            expected: String::new(),
        }
    }

    fn decision() -> Decision {
        Decision::at(["authz", "allow"].map(Arc::from).to_vec())
    }

    fn policy(&self) -> NativePolicy {
        let unit = CompileUnit { modules: &self.parsed, data: &self.data, renames: &[], cases: &[] };
        engine().compile_native(&unit).unwrap()
    }

    fn subject(&self) -> Subject {
        Subject { policy: self.policy(), decision: Self::decision() }
    }

    fn seeds(&self, subject: &Subject) -> Vec<Seed> {
        let written = self.inputs.iter().map(|input| Written {
            name: "input".into(),
            case: Decided { input: Some(input.clone()), data: self.data.clone() },
        });
        seed::judged(subject, written.collect(), NonZeroUsize::MIN)
    }

    fn mutants(&self) -> Vec<Mutant> {
        generate::mutants(&self.parsed, self.policy().program(), &[Self::decision()])
    }

    fn bed(&self, is_over: &(dyn Fn() -> bool + Sync)) -> Result<Bed, Unready> {
        let discovered = discovery::discover(&self.parsed.rules());
        let policy: Arc<dyn portcullis::policy::Policy> = Arc::new(self.policy());
        let plain = discovered.tests.into_iter().filter(|test| test.form == Form::Plain);
        let exams = plain.map(|test| Exam {
            id: test.id,
            set: 0,
            body: TestBody::Rego { policy: Arc::clone(&policy), path: test.path },
        });
        let set = Set {
            modules: self.parsed.clone(),
            data: self.data.clone(),
            renames: discovered.renames,
            cases: discovered.cases,
        };
        let options = Options { jobs: NonZeroUsize::MIN, is_over };
        Bed::new(&engine(), vec![set], exams.collect(), options)
    }

    fn fates(&self, mutants: &[Mutant]) -> Vec<Fate> {
        let options = Options { jobs: NonZeroUsize::MIN, is_over: &|| false };
        self.bed(&|| false).unwrap().try_all(mutants, options, &|| {})
    }
}

fn listed(case: &Case) -> String {
    let mutants = case.mutants();
    let fates = case.fates(&mutants);
    let mut text = String::new();
    for (mutant, fate) in mutants.iter().zip(fates) {
        let source = case.sources.get(mutant.span.source).unwrap().text();
        let (row, col) = hunk::position(source, mutant);
        let old = &source[mutant.span.start as usize..mutant.span.end as usize];
        let viable = if matches!(fate, Fate::Unviable) { "  does not compile" } else { "" };
        let (id, direction) = (mutant.operator.id, mutant.direction.name());
        writeln!(text, "{row}:{col} {id} {direction}: {old:?} -> {:?}{viable}", mutant.replacement).unwrap();
    }
    text
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testcases/mutate");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.into_iter().map(Case::read).collect()
}

fn engine() -> NativeEngine {
    NativeEngine::new(Arc::new(SealedHost { now: 0, seed: 1 }))
}

fn json(text: &str) -> Value {
    document::json_value(SourceId::default(), text).unwrap()
}
