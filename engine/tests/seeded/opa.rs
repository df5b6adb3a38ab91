//! What the real OPA says of them: the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::corpus::{Benchmark, Seed, Tests, Version, benchmarks, each_seed};
use crate::opa_command::opa;

#[test]
fn opa_denies_and_allows_the_same() {
    let Some(opa) = opa() else { return };
    let compared = each_seed(&benchmarks(), |benchmark, seed| {
        let name = format!("{}-{}", benchmark.name, seed.name);
        let clean = decision(&opa, &format!("{name}-clean"), &benchmark.base, benchmark, seed);
        assert_eq!(clean, Json::Bool(false), "{name}");
        let with_bug = decision(&opa, &name, &seed.version, benchmark, seed);
        assert_eq!(with_bug, Json::Bool(true), "{name}");
    });
    assert!(compared >= 62, "only {compared} were compared");
}

#[test]
fn opa_passes_the_tests_of_clean_policies() {
    let Some(opa) = opa() else { return };
    for benchmark in benchmarks() {
        let folder = written(&format!("{}-tests", benchmark.name), &benchmark.base, Tests::Included, None);
        let output = Command::new(&opa).arg("test").arg(&folder).output().expect("OPA runs");
        assert!(output.status.success(), "{}: {}", benchmark.name, String::from_utf8_lossy(&output.stdout));
    }
}

/// What OPA answers to the witness of a seed; null if the decision is undefined.
fn decision(opa: &Path, name: &str, version: &Version, benchmark: &Benchmark, seed: &Seed) -> Json {
    let folder = written(name, version, Tests::LeftOut, Some(seed));
    let input = folder.with_extension("input");
    fs::write(&input, &seed.about.witness.input).expect("a file that can be written");
    let output = Command::new(opa)
        .args(["eval", "--format", "json", "--data"])
        .arg(&folder)
        .arg("--input")
        .arg(&input)
        .arg(&benchmark.entrypoint)
        .output()
        .expect("OPA runs");
    let answer: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(answer.get("errors").is_none(), "{name}: {answer}");
    answer.pointer("/result/0/expressions/0/value").cloned().unwrap_or_default()
}

/// The folder into which a version was written, with the data that a seed asks for.
fn written(name: &str, version: &Version, tests: Tests, seed: Option<&Seed>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("seeded").join(name);
    fs::create_dir_all(&folder).expect("a folder that can be made");
    for (file, text) in version.modules(tests) {
        fs::write(folder.join(file), text).expect("a file that can be written");
    }
    let absent = seed.map(|seed| seed.about.witness.absent.clone()).unwrap_or_default();
    fs::write(folder.join("data.json"), version.data(&absent).to_string())
        .expect("a file that can be written");
    folder
}
