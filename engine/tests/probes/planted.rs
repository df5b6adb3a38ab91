//! `testcases/seeded`: how many of the planted bugs the probes find, and that they find nothing hard in the clean policies.
//!
//! It takes minutes in a debug build, and says there that it was skipped: it is for release builds, and UPDATE=1 writes what it found
//! into docs/probing.md.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use portcullis::document;
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::corpus::{Benchmark, CLASSES, Part, Tests, Version, benchmarks, each_seed};
use crate::hunted::{hard, lines, load};

#[test]
#[expect(clippy::print_stderr, reason = "whoever runs tests has to see what was skipped, and the rate")]
fn most_planted_bugs_are_found_and_nothing_hard_in_clean_policies() {
    if cfg!(debug_assertions) {
        eprintln!("skipped: this takes minutes in a debug build; cargo test --release runs it");
        return;
    }
    let benchmarks = benchmarks();
    let mut clean: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for benchmark in &benchmarks {
        let hunted = hunted(&benchmark.base);
        assert_eq!(hard(&hunted), [""; 0], "{} is clean", benchmark.name);
        clean.insert(&benchmark.name, lines(&hunted));
    }
    let results = Mutex::new(Vec::new());
    each_seed(&benchmarks, |benchmark, seed| {
        let known = &clean[benchmark.name.as_str()];
        let data = benchmark.base.data(&BTreeSet::new()).to_string();
        // Which rows a finding goes through says something of the bug only if the clean policy doesn't have the row.
        let is_of_the_bug = |line: &&String| {
            let row = line.split_once(", through ").and_then(|(_, row)| row.split_once(' '));
            row.is_none_or(|(_, name)| !data.contains(name))
        };
        let found = lines(&hunted(&seed.version));
        let found: BTreeSet<String> = found.difference(known).filter(is_of_the_bug).cloned().collect();
        let ids: BTreeSet<String> =
            found.iter().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
        let result = Found {
            policy: benchmark.name.clone(),
            bug: seed.name.clone(),
            class: seed.about.class.clone(),
            part: seed.part,
            probes: ids.into_iter().collect(),
        };
        results.lock().expect("nothing panics with the lock").push(result);
    });
    let mut results = results.into_inner().expect("nothing panics with the lock");
    results.sort_by(|one, other| (&one.policy, &one.bug).cmp(&(&other.policy, &other.bug)));
    if env::var_os("UPDATE").is_some() {
        write_page(&results, &benchmarks);
    }
    let rate = |part| {
        let of_part: Vec<&Found> = results.iter().filter(|result| result.part == part).collect();
        let found = of_part.iter().filter(|result| !result.probes.is_empty()).count();
        (found, of_part.len())
    };
    let ((found, all), (found_held_out, all_held_out)) = (rate(Part::InSample), rate(Part::HeldOut));
    eprintln!("found {found} of {all} in sample, {found_held_out} of {all_held_out} held out");
    assert!(found * 100 >= all * LEAST_IN_SAMPLE, "only {found} of {all} are found");
    let least = all_held_out * LEAST_HELD_OUT;
    assert!(
        found_held_out * 100 >= least,
        "only {found_held_out} of {all_held_out} that are held out are found"
    );
}

/// What the probes find of a bug that they don't find in the clean policy.
struct Found {
    policy: String,
    bug: String,
    class: String,
    part: Part,
    probes: Vec<String>,
}

fn hunted(version: &Version) -> portcullis::probe::hunt::Hunted {
    let modules: Vec<(&str, &str)> = version.modules(Tests::Included).collect();
    let data = version.data(&BTreeSet::new()).to_string();
    let data: Value = document::json_value(SourceId::default(), &data).expect("JSON");
    load(&modules, &data).hunt(INPUTS)
}

/// Puts what is found into the page.
fn write_page(results: &[Found], benchmarks: &[Benchmark]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/probing.md");
    let text = fs::read_to_string(&path).expect("a readable page");
    let (before, rest) = text.split_once(START).expect("where the table starts");
    let (_, after) = rest.split_once(END).expect("where the table ends");
    let fresh = format!("{before}{START}\n{}\n{END}{after}", table(results, benchmarks));
    fs::write(&path, &fresh).expect("a page that can be written");
}

fn table(results: &[Found], benchmarks: &[Benchmark]) -> String {
    let count = |is: &dyn Fn(&Found) -> bool| results.iter().filter(|result| is(result)).count();
    let is_found = |result: &Found| !result.probes.is_empty();
    let is_hard = |result: &Found| result.probes.iter().any(|probe| probe.starts_with('H'));
    let mut page = String::new();
    for (part, name) in [(Part::InSample, "in sample"), (Part::HeldOut, "held out")] {
        let all = count(&|result| result.part == part);
        let found = count(&|result| result.part == part && is_found(result));
        let hard = count(&|result| result.part == part && is_hard(result));
        _ = writeln!(page, "\nOf {all} bugs {name}, {found} are found, {hard} of them by hard findings.");
    }
    _ = writeln!(page, "\nThe {} clean policies have no hard finding.\n", benchmarks.len());
    page.push_str("| class | what is wrong | found in sample | found held out |\n|---|---|---|---|\n");
    for (class, meaning) in CLASSES {
        let of = |part| {
            let all = count(&|result| result.part == part && result.class == class);
            let found = count(&|result| result.part == part && result.class == class && is_found(result));
            format!("{found} of {all}")
        };
        _ = writeln!(page, "| `{class}` | {meaning} | {} | {} |", of(Part::InSample), of(Part::HeldOut));
    }
    let missed = results.iter().filter(|result| result.part == Part::InSample && !is_found(result));
    let missed: Vec<String> = missed.map(|result| format!("`{}/{}`", result.policy, result.bug)).collect();
    let held_out = count(&|result| result.part == Part::HeldOut && !is_found(result));
    _ = writeln!(
        page,
        "\nNot found in sample: {}; and {held_out} that are held out.",
        if missed.is_empty() { "none".to_owned() } else { missed.join(", ") }
    );
    page
}

/// How many inputs each policy is given before the probes run.
const INPUTS: u64 = 20_000;

/// The least rate of bugs that anybody may look at, and of those that are held out, in percent.
const LEAST_IN_SAMPLE: usize = 90;
const LEAST_HELD_OUT: usize = 70;

const START: &str = "<!-- planted: `UPDATE=1 cargo test --release -p portcullis --test probes` -->";
const END: &str = "<!-- end of planted -->";
