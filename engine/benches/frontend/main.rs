//! The front end on a part of the corpus: reading modules, compiling them, and both together on two threads.

mod corpus;

use std::num::NonZeroUsize;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use portcullis::compile::types::{Assumptions, Capabilities};
use portcullis::frontend::{self, ParsedModules, Strictness};
use portcullis::policy::Modules;
use portcullis::source::{Source, Sources};
use portcullis::value::{Object, Value};

fn parse(sources: &Sources, threads: NonZeroUsize) -> ParsedModules {
    let modules = Modules { sources, versions: &[] };
    match frontend::parse(&modules, threads, None) {
        Ok(modules) => modules,
        Err(errors) => give_up(&errors),
    }
}

fn check(modules: ParsedModules, data: &Value) {
    let assumptions = Assumptions { capabilities: &Capabilities::current(), schemas: None };
    if let Err(errors) = modules.compile(data, Strictness::default(), assumptions) {
        give_up(&errors)
    }
}

#[expect(clippy::panic, reason = "the generator makes modules without errors; nothing else may be measured")]
fn give_up(errors: &[portcullis::diagnostic::Diagnostic]) -> ! {
    panic!("the corpus has errors: {errors:?}")
}

fn front_end(criterion: &mut Criterion) {
    let mut sources = Sources::new();
    let mut bytes = 0;
    for module in corpus::modules(MODULES) {
        bytes += module.text.len() as u64;
        sources.add(Source::new(module.path, module.text));
    }
    let data = Value::Object(Object::new());
    let one = NonZeroUsize::MIN;
    let two = one.saturating_add(1);
    let mut group = criterion.benchmark_group("frontend");
    group.throughput(Throughput::Bytes(bytes)).sample_size(20);
    group.bench_function("parse", |bencher| bencher.iter(|| parse(&sources, one)));
    group.bench_function("compile", |bencher| {
        bencher.iter_batched(|| parse(&sources, one), |modules| check(modules, &data), BatchSize::LargeInput);
    });
    group.bench_function("parse and compile on two threads", |bencher| {
        bencher.iter(|| check(parse(&sources, two), &data));
    });
    group.finish();
}

/// A tenth of what `bench/frontend.py` measures.
const MODULES: usize = 100;

criterion_group!(benches, front_end);
criterion_main!(benches);
