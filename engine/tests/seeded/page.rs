//! The pages of `testcases/seeded` say what is there.

use std::env;
use std::fmt::Write as _;
use std::fs;

use crate::corpus::{Benchmark, CLASSES, Part, Seed, benchmarks, folder};

#[test]
fn the_tables_are_up_to_date() {
    let benchmarks = benchmarks();
    for (page, part) in [("README.md", Part::InSample), ("HELD-OUT.md", Part::HeldOut)] {
        let path = folder().join(page);
        let text = fs::read_to_string(&path).expect("a readable file");
        let (before, rest) = text.split_once(START).expect("where the tables start");
        let (_, after) = rest.split_once(END).expect("where the tables end");
        let classes = match part {
            Part::InSample => classes(&benchmarks),
            Part::HeldOut => String::new(),
        };
        let fresh = format!("{before}{START}\n{classes}{}\n{END}{after}", bugs(&benchmarks, part));
        if env::var_os("UPDATE").is_some() {
            fs::write(&path, &fresh).expect("a file that can be written");
        }
        let committed = fs::read_to_string(&path).expect("a readable file");
        assert!(
            committed == fresh,
            "the tables of testcases/seeded/{page} are not what is there: \
             rewrite them with `UPDATE=1 cargo test -p portcullis --test seeded`"
        );
    }
}

/// How many bugs there are of each class.
fn classes(benchmarks: &[Benchmark]) -> String {
    let all: Vec<&Seed> = benchmarks.iter().flat_map(|benchmark| &benchmark.seeds).collect();
    let counted = |is: &dyn Fn(&Seed) -> bool| all.iter().filter(|seed| is(seed)).count();
    let mut page = format!(
        "\n{} bugs; {} of them pass the tests of their clean policy, and {} are held out.\n\n## Classes\n\n",
        all.len(),
        counted(&|seed| seed.about.passes_tests),
        counted(&|seed| seed.part == Part::HeldOut),
    );
    page.push_str("| class | what is wrong | bugs | held out |\n|---|---|---|---|\n");
    for (class, meaning) in CLASSES {
        let number = counted(&|seed| seed.about.class == class);
        let held_out = counted(&|seed| seed.about.class == class && seed.part == Part::HeldOut);
        let _ = writeln!(page, "| `{class}` | {meaning} | {number} | {held_out} |");
    }
    page
}

/// The bugs of one part, by their policies.
fn bugs(benchmarks: &[Benchmark], part: Part) -> String {
    let mut page = String::new();
    for benchmark in benchmarks {
        let _ = writeln!(page, "\n## {}\n", benchmark.name);
        page.push_str("| bug | class | probe | passes tests | what is wrong |\n|---|---|---|---|---|\n");
        for seed in benchmark.seeds.iter().filter(|seed| seed.part == part) {
            let _ = writeln!(page, "{}", row(seed));
        }
    }
    page
}

fn row(seed: &Seed) -> String {
    let Seed { name, about, .. } = seed;
    let incident = about.incident.as_ref().map(|incident| format!(" ({incident})")).unwrap_or_default();
    format!(
        "| {name} | `{}` | {} | {} | {}{incident} |",
        about.class,
        about.probe,
        if about.passes_tests { "yes" } else { "no" },
        about.wrong.replace('|', "\\|"),
    )
}

const START: &str = "<!-- bugs: `UPDATE=1 cargo test -p portcullis --test seeded` -->";
const END: &str = "<!-- end of bugs -->";
