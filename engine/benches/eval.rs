//! One decision of the policies in `bench/eval`, by the native engine and by the reference engine.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "criterion makes functions without docs, and a benchmark may panic, read files and start programs"
)]

use std::fs;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use portcullis::document;
use portcullis::eval::NativeEngine;
use portcullis::frontend;
use portcullis::host::SealedHost;
use portcullis::policy::{CompileUnit, Engine, Modules, Outcome, Query, Request};
use portcullis::reference::ReferenceEngine;
use portcullis::source::{Source, SourceId, Sources};
use portcullis::value::Value;

struct Scenario {
    name: String,
    policy: String,
    data: Value,
    input: Value,
    path: Vec<Arc<str>>,
}

/// The scenarios that `bench/eval/scenarios.py` writes.
fn scenarios() -> Vec<Scenario> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = workspace.join("target/scenarios");
    let written =
        Command::new("python3").arg(workspace.join("bench/eval/scenarios.py")).arg(&folder).status();
    assert!(written.expect("python3 is installed").success());
    let mut names: Vec<_> =
        fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    names.sort();
    names.iter().map(|folder| scenario(folder)).collect()
}

fn scenario(folder: &Path) -> Scenario {
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    Scenario {
        name: folder.file_name().expect("a name").to_string_lossy().into_owned(),
        policy: text("policy.rego"),
        data: read(&text("data.json")),
        input: read(&text("input.json")),
        path: text("query").split('.').skip(1).map(Arc::from).collect(),
    }
}

fn read(text: &str) -> Value {
    document::json(SourceId::default(), text).expect("JSON").to_value()
}

fn evaluate(criterion: &mut Criterion) {
    let native = NativeEngine::new(Arc::new(SealedHost::default()));
    let engines: [(&str, &dyn Engine); 2] = [("native", &native), ("reference", &ReferenceEngine)];
    for scenario in scenarios() {
        let mut group = criterion.benchmark_group(&scenario.name);
        group.sample_size(20);
        let mut sources = Sources::new();
        sources.add(Source::new("policy.rego", scenario.policy.as_str()));
        let (data, input) = (&scenario.data, &scenario.input);
        let modules = Modules { sources: &sources, versions: &[] };
        let modules = &frontend::parse(&modules, NonZeroUsize::MIN, None).expect("modules");
        let unit = CompileUnit { modules, data, renames: &[], cases: &[] };
        for (name, engine) in engines {
            let Ok(policy) = engine.compile(&unit) else { continue };
            let query = Query::Path(scenario.path.clone());
            let mut prepared = policy.prepare(&query).expect("a path");
            let request = Request { input: Some(input), ..Request::default() };
            let first = prepared.evaluate(&request).outcome;
            if !matches!(first, Outcome::Defined(_)) {
                println!("{} {name}: {first:?}", scenario.name);
                continue;
            }
            group.bench_function(name, |bencher| {
                bencher.iter(|| black_box(prepared.evaluate(black_box(&request))));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, evaluate);
criterion_main!(benches);
