//! One decision of the policies in `bench/eval`, by the native engine and by the reference engine.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion makes functions without docs, and a benchmark may panic"
)]

use std::hint::black_box;
use std::num::NonZeroUsize;
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
    data: String,
    input: String,
    path: &'static [&'static str],
}

fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    for grants in [10, 1_000, 100_000] {
        let list: Vec<String> = (0..grants).map(grant).collect();
        let data = format!(
            r#"{{"trust_domains": ["home.example"], "federation": [], "banned_agents": [], "grants": [{}]}}"#,
            list.join(",")
        );
        let last = grants - 1;
        all.push(Scenario {
            name: format!("agentweave {grants} grants"),
            policy: include_str!("../../policies/agentweave/authz.rego").to_owned(),
            data,
            input: format!(
                r#"{{"caller_spiffe_id": "spiffe://home.example/agent/a{last}/production",
                    "callee_spiffe_id": "spiffe://home.example/agent/b{last}/production", "action": "read"}}"#
            ),
            path: &["agentweave", "authz", "allow"],
        });
    }
    let roles: Vec<String> = (0..100)
        .map(|role| {
            let permissions: Vec<String> = (0..8)
                .map(|kind| format!(r#"{{"action": "act{}", "kind": "kind{kind}"}}"#, (role + kind) % 10))
                .collect();
            format!(r#""role{role}": [{}]"#, permissions.join(","))
        })
        .collect();
    let users: Vec<String> = (0..1000)
        .map(|user| format!(r#""user{user}": ["role{}", "role{}"]"#, user % 100, (user + 7) % 100))
        .collect();
    all.push(Scenario {
        name: "rbac".to_owned(),
        policy: include_str!("../../bench/eval/rbac.rego").to_owned(),
        data: format!(
            r#"{{"roles_of": {{{}}}, "permissions_of": {{{}}}}}"#,
            users.join(","),
            roles.join(",")
        ),
        input: r#"{"user": "user42", "action": "act6", "kind": "kind7"}"#.to_owned(),
        path: &["rbac", "allow"],
    });
    let containers: Vec<String> = (0..20)
        .map(|at| {
            format!(
                r#"{{"name": "c{at}", "image": "registry.example/app:{at}", "env": [{{"name": "A", "value": "{at}"}}],
                    "resources": {{"limits": {{"memory": "1Gi"}}}}, "securityContext": {{"privileged": false}}}}"#
            )
        })
        .collect();
    all.push(Scenario {
        name: "admission".to_owned(),
        policy: include_str!("../../bench/eval/admission.rego").to_owned(),
        data: "{}".to_owned(),
        input: format!(
            r#"{{"request": {{"kind": {{"kind": "Pod"}}, "object": {{"metadata": {{"labels":
                {{"owner": "a", "team": "b", "cost-centre": "c"}}}}, "spec": {{"containers": [{}]}}}}}}}}"#,
            containers.join(",")
        ),
        path: &["admission", "allow"],
    });
    let routes: Vec<String> = (0..1000)
        .map(|at| {
            let method = ["GET", "POST", "PUT", "DELETE"][at % 4];
            format!(
                "allow if {{\n\tinput.method == \"{method}\"\n\tinput.path == [\"api\", \"r{at}\"]\n\tinput.role == \"role{}\"\n}}\n",
                at % 10
            )
        })
        .collect();
    all.push(Scenario {
        name: "1,000 rules".to_owned(),
        policy: format!("package routes\n\ndefault allow := false\n\n{}", routes.join("\n")),
        data: "{}".to_owned(),
        input: r#"{"method": "PUT", "path": ["api", "r998"], "role": "role8"}"#.to_owned(),
        path: &["routes", "allow"],
    });
    let items: Vec<String> = (0..300)
        .map(|at| format!(r#"{{"name": "item{at}", "owner": "owner{}", "size": {at}}}"#, at % 30))
        .collect();
    all.push(Scenario {
        name: "comprehension".to_owned(),
        policy: include_str!("../../bench/eval/comprehension.rego").to_owned(),
        data: format!(r#"{{"items": [{}]}}"#, items.join(",")),
        input: "{}".to_owned(),
        path: &["comprehension", "answer"],
    });
    all.push(Scenario {
        name: "recursion".to_owned(),
        policy: include_str!("../../bench/eval/recursion.rego").to_owned(),
        data: "{}".to_owned(),
        input: r#"{"n": 5}"#.to_owned(),
        path: &["recursion", "answer"],
    });
    all
}

fn grant(at: usize) -> String {
    format!(
        r#"{{"id": "grant{at}", "caller": "spiffe://home.example/agent/a{at}/production",
            "callee": "spiffe://home.example/agent/b{at}/production", "actions": ["read", "write"]}}"#
    )
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
        let (data, input) = (read(&scenario.data), read(&scenario.input));
        let modules = Modules { sources: &sources, versions: &[] };
        let modules = &frontend::parse(&modules, NonZeroUsize::MIN, None).expect("modules");
        let unit = CompileUnit { modules, data: &data, renames: &[] };
        for (name, engine) in engines {
            let Ok(policy) = engine.compile(&unit) else { continue };
            let query = Query::Path(scenario.path.iter().map(|part| Arc::from(*part)).collect());
            let mut prepared = policy.prepare(&query).expect("a path");
            let request = Request { input: Some(&input), ..Request::default() };
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
