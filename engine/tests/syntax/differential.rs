//! This parser and OPA's, on the same modules: what they accept, what they report and what they understand.

use crate::generate::{Dialect, Random};
use crate::opa::{Folder, OpaError};
use crate::{corpus, generate, opa, shape};
use portcullis::source::{LineIndex, SourceId};
use portcullis::syntax::{ParseOptions, RegoVersion, parse};

#[test]
fn version_one_parses_as_by_opa() {
    if opa::available() {
        compare("syntax-v1", RegoVersion::V1, &[Dialect::V1, Dialect::Logical]);
    }
}

#[test]
fn version_zero_parses_as_by_opa() {
    if opa::available() {
        compare("syntax-v0", RegoVersion::V0, &[Dialect::V0, Dialect::V0Imports]);
    }
}

#[test]
fn each_accepted_difference_has_a_reason() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/testcases/syntax/differences.txt"));
    let text = text.expect("the file is there");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let names: Vec<_> = lines.map(|line| line.split_once(": ").expect("a name and a reason").0).collect();
    assert_eq!(names, DIFFERENCES);
}

/// Compares the errors of all modules, and the trees of some.
fn compare(folder: &str, version: RegoVersion, dialects: &[Dialect]) {
    let modules = modules(dialects);
    let oracle = Folder::new(folder, &modules, version == RegoVersion::V0);
    let errors = oracle.errors();
    let options = ParseOptions::new(version);
    let mut accepted = Vec::new();
    let mut wrong = Vec::new();
    let mut reused = 0;
    for (number, module) in modules.iter().enumerate() {
        let parsed = parse(SourceId::default(), module, &options);
        let index = LineIndex::new(module);
        let ours: Vec<OpaError> = parsed
            .diagnostics
            .iter()
            .take(parsed.reported_by_opa)
            .map(|diagnostic| {
                let at = index.position(diagnostic.span.expect("an error has a place").start);
                (diagnostic.message.clone(), at.row, at.col)
            })
            .collect();
        let theirs = errors.get(&number).cloned().unwrap_or_default();
        if theirs.is_empty() && ours.is_empty() {
            accepted.push((number, parsed, index));
        } else if may_reuse_terms(module) && !theirs.is_empty() && !agree(module, &ours, &theirs) {
            reused += 1;
        } else if !agree(module, &ours, &theirs) {
            wrong.push(format!("{module}\nours: {ours:?}\nOPA's: {theirs:?}"));
        }
    }
    println!("{} modules, {} accepted, {reused} where OPA reuses a term", modules.len(), accepted.len());
    assert!(reused * 1000 <= modules.len(), "{reused} modules differ where OPA reuses a term");
    assert!(wrong.is_empty(), "{} modules differ, among them:\n{}", wrong.len(), wrong[0]);
    let step = (accepted.len() / TREES).max(1);
    for (number, parsed, index) in accepted.iter().step_by(step) {
        let Some(tree) = oracle.tree(*number) else { continue };
        let (ours, theirs) = (shape::of_module(&parsed.module, index), shape::of_opa(&tree));
        let difference = shape::difference(&ours, &theirs, "module");
        assert_eq!(difference, None, "the trees of\n{}", modules[*number]);
    }
}

/// The modules of the conformance cases, generated ones, and both with some tokens changed.
fn modules(dialects: &[Dialect]) -> Vec<String> {
    let mut random = Random::new(20_261_123);
    let mut modules: Vec<String> = (0..GENERATED)
        .map(|number| generate::module(&mut random, dialects[number % dialects.len()]))
        .collect();
    modules.extend(corpus::cases().into_iter().flatten().flat_map(|case| case.modules).step_by(4));
    let changed: Vec<_> =
        (0..MUTATED).map(|number| generate::mutate(&mut random, &modules[number % modules.len()])).collect();
    modules.extend(changed);
    modules
}

/// Whether braces may be read several times: then the reused terms of OPA may show.
fn may_reuse_terms(module: &str) -> bool {
    (module.contains("rego.v2") || module.contains("future.keywords")) && module.contains('{')
}

/// Whether the errors are the same, but for the accepted differences.
fn agree(module: &str, ours: &[OpaError], theirs: &[OpaError]) -> bool {
    let yaml = |errors: &[OpaError]| errors.iter().any(|(message, ..)| message.starts_with("yaml: "));
    let has_bracket = module.lines().any(|line| line.starts_with('#') && line.contains(['}', ']', '"']));
    if yaml(ours) && (yaml(theirs) || has_bracket) {
        return true;
    }
    let call_in_head =
        |error: &OpaError| error.0.starts_with("invalid rule head: ") && !theirs.contains(error);
    let ours: Vec<_> = ours.iter().filter(|error| !call_in_head(error)).collect();
    if ours.len() != theirs.len() {
        return false;
    }
    ours.iter().zip(theirs).all(|(ours, theirs)| {
        // A module without statements has no row in OPA's words.
        let row = ours.1 == theirs.1 || theirs.1 == 0;
        let column = ours.2 == theirs.2 || (theirs.2 == 0 && ours.2 == 1);
        ours.0 == theirs.0 && row && column
    })
}

/// Those that the comparison knows, in the order of the file.
const DIFFERENCES: [&str; 5] = ["yaml-words", "lenient-yaml", "column-zero", "reused-term", "call-in-head"];

const GENERATED: usize = 1500;

const MUTATED: usize = 3000;

/// How many trees are compared: each takes a process.
const TREES: usize = 120;
