//! Asks the real OPA for the outcomes of calls, all in one process.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::call::{arguments, function_of};
use crate::opa;

/// The outcome of each call; none when there is no OPA.
pub(crate) fn outcomes(name: &str, calls: &[&str]) -> Option<Vec<String>> {
    let mut outcomes = vec!["undefined".to_owned(); calls.len()];
    // An error that ends the evaluation hides the other outcomes: then it goes on without that call.
    let mut ended: Vec<usize> = Vec::new();
    loop {
        let reply = evaluate(name, calls, &ended)?;
        let errors = errors(&reply);
        if let Some(results) = reply.pointer("/result/0/expressions/0/value") {
            for (at, outcome) in outcomes.iter_mut().enumerate() {
                if let Some(text) = results.get(format!("c{at}")) {
                    let text = text.as_str().expect("a text");
                    // The value stands in an array, so that strings are quoted too.
                    text.get(1..text.len() - 1).expect("brackets").clone_into(outcome);
                } else if let Some(error) = errors.get(&at) {
                    outcome.clone_from(error);
                }
            }
            return Some(outcomes);
        }
        let (at, error) = errors.iter().next().unwrap_or_else(|| panic!("{name}: {reply:#}"));
        assert!(error.starts_with("error eval_") && !ended.contains(at), "{name}: {reply:#}");
        outcomes.get_mut(*at).expect("a call").clone_from(error);
        ended.push(*at);
    }
}

fn evaluate(name: &str, calls: &[&str], without: &[usize]) -> Option<Value> {
    // The function keeps the type checker from knowing the operands.
    let mut module = "package cases\n\nid(x) := x\n".to_owned();
    for (at, call) in calls.iter().enumerate() {
        let operands: Vec<String> =
            arguments(call).iter().map(|argument| format!("id({argument})")).collect();
        let call = format!("{}({})", function_of(call), operands.join(", "));
        if !without.contains(&at) {
            module.push_str(&format!("c{at} := sprintf(\"%v\", [[{call}]])"));
        }
        module.push('\n');
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("builtins");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(format!("{name}.rego"));
    std::fs::write(&path, module).expect("a writable file");
    let path = path.to_string_lossy();
    let output =
        opa::run(&["eval", "--format=json", "--show-builtin-errors", "--data", &path, "data.cases"])?;
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{name}: {error}: {output:?}")))
}

/// The errors by the number of their call.
fn errors(reply: &Value) -> BTreeMap<usize, String> {
    let errors = reply.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let described = errors.iter().filter_map(|error| {
        let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
        let row = error.pointer("/location/row")?.as_u64()?;
        let at = usize::try_from(row).ok()?.checked_sub(FIRST_ROW)?;
        Some((at, format!("error {}: {}", text("code"), text("message").replace('\n', "\\n"))))
    });
    described.collect()
}

/// The row of the first call, from 1.
const FIRST_ROW: usize = 4;
