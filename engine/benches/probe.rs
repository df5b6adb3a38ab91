//! Inputs for each second that the sweep of the probes decides on, in the policy that is shipped and in those with planted bugs.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "criterion makes functions without docs, and a benchmark may panic, read files and tell how it goes"
)]

#[path = "../tests/probes/hunted.rs"]
#[expect(dead_code, reason = "what is found is for tests to look at")]
mod hunted;

use std::fs;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hunted::{Loaded, load};
use portcullis::document;
use portcullis::probe::corpus::{Budget, Corpus, explore};
use portcullis::probe::model::Model;
use portcullis::probe::pool::Pools;
use portcullis::probe::seed::Seed;
use portcullis::probe::subject::Subject;
use portcullis::source::SourceId;

/// The clean policies: the name, and the folder below the workspace.
const POLICIES: [(&str, &str); 5] = [
    ("agentweave", "policies/agentweave"),
    ("admission", "testcases/seeded/admission/base"),
    ("delegation", "testcases/seeded/delegation/base"),
    ("gateway", "testcases/seeded/gateway/base"),
    ("rbac", "testcases/seeded/rbac/base"),
];

/// As many as `portcullis probe` looks at unless it is told otherwise.
const INPUTS: u64 = 50_000;

fn sweep(criterion: &mut Criterion) {
    for (name, folder) in POLICIES {
        let loaded = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder));
        let subject = loaded.subject();
        let seeds = loaded.seeds(&subject);
        let rule = subject.decision.rule(subject.policy.program()).expect("a rule");
        let pools = Pools::new(Model::of(subject.policy.program(), rule), &seeds);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        for jobs in [1, 2] {
            let found = explored(&subject, &pools, &seeds, jobs);
            println!(
                "{name}: {} inputs, of which {} are answered by what was read of another, and {} go ways of their own",
                found.tried,
                found.known,
                found.entries.len()
            );
            group.throughput(Throughput::Elements(found.tried));
            group.bench_function(format!("{jobs} threads"), |bencher| {
                bencher.iter(|| black_box(explored(&subject, &pools, &seeds, jobs)));
            });
        }
        group.finish();
    }
}

fn explored(subject: &Subject, pools: &Pools, seeds: &[Seed], jobs: usize) -> Corpus {
    let jobs = NonZeroUsize::new(jobs).expect("a number of threads");
    explore(
        subject,
        pools,
        seeds,
        Budget { inputs: INPUTS, of_each: usize::MAX, is_over: &|| false, jobs },
        &|_| (),
    )
}

/// The modules and data of a folder.
fn read(folder: &Path) -> Loaded {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let text = |path: &PathBuf| (path.display().to_string(), fs::read_to_string(path).expect("a file"));
    let of = |extension: &str| -> Vec<(String, String)> {
        files.iter().filter(|path| path.extension().is_some_and(|is| is == extension)).map(text).collect()
    };
    let modules = of("rego");
    let modules: Vec<(&str, &str)> = modules.iter().map(|(name, text)| (&**name, &**text)).collect();
    let data = of("json");
    let [(_, data)] = data.as_slice() else { panic!("{} has one JSON file", folder.display()) };
    load(&modules, &document::json_value(SourceId::default(), data).expect("JSON"))
}

criterion_group!(benches, sweep);
criterion_main!(benches);
