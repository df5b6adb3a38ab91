//! Reports of test runs in a form in which neither durations nor OPA's unspecified order matter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use crate::fixture::Part;

/// The line between the parts of a pretty report.
const RULE: &str = "--------------------------------------------------------------------------------";

static DURATION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m) \((?:[0-9]+(?:\.[0-9]+)?(?:h|m|s|ms|µs|ns))+\)$").ok());
static TRACE_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^ +\S+:[0-9]+ +(?:\| )*(?:Enter|Exit|Redo|Eval|Fail|Note|Index|Save|Unify|Duplicate) ").ok()
});
/// What we say of a failed test instead of a trace.
static EXPLANATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^  the rule(?: is undefined: an expression of its body did not hold|'s value is .*, and only true passes)$|^  a case failed when it has no value, or another one than true$").ok()
});
static ERROR_CODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:eval|rego)_\w+_error\b").ok());

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Pass,
    Fail,
    Error,
    Skip,
}

/// The text to compare: one line per fact, with the given parts left out.
///
/// JSON that does not parse, and everything that is no report, stays as it is.
pub(crate) fn canonical(stdout: &str, without: &BTreeSet<Part>) -> String {
    match json_runs(stdout) {
        Some(runs) => canonical_json(runs, without),
        None => canonical_pretty(stdout, without),
    }
}

/// Full name and outcome of every test that a report shows. A pretty report may leave out those that passed.
pub(crate) fn outcomes(stdout: &str) -> BTreeMap<String, Outcome> {
    let Some(runs) = json_runs(stdout) else {
        return pretty_outcomes(stdout);
    };
    let tests = runs.iter().flatten().filter_map(Value::as_object);
    tests
        .map(|test| (format!("{}.{}", text(test, "package"), text(test, "name")), json_outcome(test)))
        .collect()
}

/// Whether the durations of each JSON report never grow.
pub(crate) fn slowest_first(stdout: &str) -> bool {
    json_runs(stdout).is_none_or(|runs| {
        runs.iter().all(|run| {
            run.is_sorted_by_key(|test| std::cmp::Reverse(test.get("duration").and_then(Value::as_u64)))
        })
    })
}

/// The arrays of one report after the other; none if this is something else.
fn json_runs(stdout: &str) -> Option<Vec<Vec<Value>>> {
    if !stdout.starts_with('[') {
        return None;
    }
    serde_json::Deserializer::from_str(stdout).into_iter().collect::<Result<_, _>>().ok()
}

fn canonical_json(runs: Vec<Vec<Value>>, without: &BTreeSet<Part>) -> String {
    let mut lines = String::new();
    for run in runs {
        let mut tests: Vec<(String, u64, String)> = Vec::new();
        for test in run {
            let place = test.get("location").and_then(Value::as_object).cloned().unwrap_or_default();
            let test = without_parts(test, without);
            let location_counts = !without.contains(&Part::Location);
            let file = if location_counts { text(&place, "file") } else { String::new() };
            let row =
                place.get("row").and_then(Value::as_u64).filter(|_| location_counts).unwrap_or_default();
            tests.push((file, row, test.to_string()));
        }
        tests.sort();
        lines.push_str("[\n");
        lines.extend(tests.into_iter().flat_map(|(_, _, test)| [test, "\n".to_owned()]));
        lines.push_str("]\n");
    }
    lines
}

fn without_parts(test: Value, without: &BTreeSet<Part>) -> Value {
    let Value::Object(mut fields) = test else {
        return test;
    };
    if let Some(duration) = fields.get_mut("duration") {
        // A skipped test takes no time at all; other durations only have to be whole numbers.
        let zero_or_not = duration.as_u64().map(|nanoseconds| nanoseconds.min(1));
        *duration = zero_or_not.map_or_else(|| duration.take(), Value::from);
    }
    for (part, field) in [(Part::Location, "location"), (Part::Trace, "trace"), (Part::Output, "output")] {
        if without.contains(&part) {
            fields.remove(field);
        }
    }
    if without.contains(&Part::ErrorText)
        && let Some(error) = fields.get_mut("error")
    {
        *error = error_codes(error);
    }
    Value::Object(fields)
}

/// The code of an error, or the list of them.
fn error_codes(error: &Value) -> Value {
    error.as_array().map_or_else(
        || error.get("code").cloned().unwrap_or_default(),
        |errors| errors.iter().map(error_codes).collect(),
    )
}

fn json_outcome(test: &Map<String, Value>) -> Outcome {
    let is = |field| test.get(field).is_some_and(|value| *value != Value::Bool(false));
    if is("error") {
        Outcome::Error
    } else if is("skip") {
        Outcome::Skip
    } else if is("fail") {
        Outcome::Fail
    } else {
        Outcome::Pass
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// One shown result: its header line and what stands below it.
#[derive(Debug, Default)]
struct Block<'a> {
    file: &'a str,
    row: u64,
    lines: Vec<&'a str>,
}

fn canonical_pretty(stdout: &str, without: &BTreeSet<Part>) -> String {
    let masked = mask_durations(stdout);
    let mut lines: Vec<String> = Vec::new();
    let mut rest = masked.lines().peekable();
    while rest.peek().is_some() {
        // Results up to the first rule, then the failures in detail if there are any, then counts.
        let mut blocks: Vec<Block<'_>> = Vec::new();
        while let Some(line) = rest.next_if(|line| *line != RULE && !is_count(line)) {
            if let Some((file, row)) = header(line) {
                blocks.push(Block { file, row, lines: vec![line] });
            } else if let Some(block) = blocks.last_mut() {
                block.lines.push(line);
            } else {
                lines.push(line.to_owned());
            }
        }
        lines.extend(sorted_blocks(blocks, without));
        let mut details: Vec<Vec<&str>> = Vec::new();
        while let Some(line) = rest.next_if(|line| !is_count(line)) {
            if line.is_empty() || line.starts_with([' ', '\t']) {
                let of_trace = matches(TRACE_LINE.as_ref(), line) || matches(EXPLANATION.as_ref(), line);
                let skipped = without.contains(&Part::Trace) && of_trace;
                details.last_mut().filter(|_| !skipped).into_iter().for_each(|detail| detail.push(line));
            } else if line == RULE || line == "FAILURES" {
                lines.extend(sorted_details(&mut details));
                lines.push(line.to_owned());
            } else {
                details.push(vec![line]);
            }
        }
        lines.extend(sorted_details(&mut details));
        while let Some(line) = rest.next_if(|line| is_count(line)) {
            lines.push(line.to_owned());
        }
    }
    lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect()
}

/// The blocks in the order of their places, without the empty line that parts two files.
fn sorted_blocks(mut blocks: Vec<Block<'_>>, without: &BTreeSet<Part>) -> Vec<String> {
    let files: Vec<_> = blocks.iter().map(|block| block.file).collect();
    for (block, next) in blocks.iter_mut().zip(files.iter().skip(1)) {
        if block.file != *next && block.lines.pop_if(|line| line.is_empty()).is_none() {
            block.lines.push("<no empty line before the next file>");
        }
    }
    let location_counts = !without.contains(&Part::Location);
    let place = |block: &Block<'_>| location_counts.then(|| (block.file.to_owned(), block.row));
    let mut texts: Vec<_> = blocks.iter().map(|block| (place(block), block_text(block, without))).collect();
    texts.sort();
    texts.into_iter().flat_map(|(_, lines)| lines).collect()
}

fn block_text(block: &Block<'_>, without: &BTreeSet<Part>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut body = block.lines.iter().copied();
    lines.extend(body.next().filter(|_| !without.contains(&Part::Location)).map(str::to_owned));
    let result = body.next().unwrap_or_default();
    lines.push(result.to_owned());
    let mut in_output = false;
    for line in body {
        let edge = line.is_empty();
        let of_output = edge || in_output;
        in_output ^= edge;
        if of_output && without.contains(&Part::Output) {
            continue;
        }
        if !of_output && result.contains(": ERROR ") && without.contains(&Part::ErrorText) {
            lines.extend(find(ERROR_CODE.as_ref(), line).map(str::to_owned));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines
}

fn sorted_details(details: &mut Vec<Vec<&str>>) -> Vec<String> {
    details.sort();
    details.drain(..).flatten().map(str::to_owned).collect()
}

fn pretty_outcomes(stdout: &str) -> BTreeMap<String, Outcome> {
    let masked = mask_durations(stdout);
    let lines: Vec<_> = masked.lines().collect();
    let mut found = BTreeMap::new();
    for (line, result) in lines.iter().zip(lines.iter().skip(1)) {
        if header(line).is_none() {
            continue;
        }
        for (suffix, outcome) in [
            (": PASS (_)", Outcome::Pass),
            (": FAIL (_)", Outcome::Fail),
            (": ERROR (_)", Outcome::Error),
            (": SKIPPED", Outcome::Skip),
        ] {
            found.extend(result.strip_suffix(suffix).map(|name| (name.to_owned(), outcome)));
        }
    }
    found
}

/// File and row of `FILE:ROW:`.
fn header(line: &str) -> Option<(&str, u64)> {
    let (file, row) = line.strip_suffix(':')?.rsplit_once(':')?;
    let row = row.parse().ok()?;
    (!file.starts_with([' ', '\t'])).then_some((file, row))
}

/// Whether this is `PASS: 1/2` or the like.
fn is_count(line: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    ["PASS: ", "FAIL: ", "SKIPPED: ", "ERROR: "]
        .iter()
        .filter_map(|outcome| line.strip_prefix(outcome)?.split_once('/'))
        .any(|(count, total)| number(count) && number(total))
}

fn mask_durations(text: &str) -> String {
    DURATION
        .as_ref()
        .map_or_else(|| text.to_owned(), |pattern| pattern.replace_all(text, " (_)").into_owned())
}

fn matches(pattern: Option<&Regex>, line: &str) -> bool {
    pattern.is_some_and(|pattern| pattern.is_match(line))
}

fn find<'a>(pattern: Option<&Regex>, line: &'a str) -> Option<&'a str> {
    pattern?.find(line).map(|found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRETTY: &str = "\
b_test.rego:3:
data.b.test_y: FAIL (12.5ms)
  a: FAIL
    x: FAIL

  printed

a_test.rego:7:
data.a.test_e: ERROR (1m0.5s)

  said

  a_test.rego:7: eval_conflict_error: two values
  Traceback:
    1:1: data.a.test_e
a_test.rego:3:
data.a.todo_test_s: SKIPPED
--------------------------------------------------------------------------------
FAILURES
--------------------------------------------------------------------------------
data.b.test_y: FAIL (12.5ms)

  query:1             Enter data.b.test_y = _  
  b_test.rego:3       | | Fail k = \"b\"  

  a: FAIL
    x: FAIL

--------------------------------------------------------------------------------
PASS: 1/4
FAIL: 1/4
";

    fn parts(parts: &[Part]) -> BTreeSet<Part> {
        parts.iter().copied().collect()
    }

    #[test]
    fn durations_of_every_unit_are_masked_at_line_ends_only() {
        for duration in ["346.937µs", "1.5ms", "100.049365ms", "0s", "12ns", "1m0.5s", "1h2m3s"] {
            assert_eq!(
                mask_durations(&format!("data.a.test_x: PASS ({duration})\n")),
                "data.a.test_x: PASS (_)\n"
            );
        }
        for text in ["  said (1ms) and more", "data.a.test_x: PASS (346)", "data.a.test_x: PASS ()", "x (ms)"]
        {
            assert_eq!(mask_durations(text), text);
        }
    }

    #[test]
    fn a_pretty_report_is_ordered_by_place() {
        let lines = canonical(PRETTY, &BTreeSet::new());
        let expected = "\
a_test.rego:3:
data.a.todo_test_s: SKIPPED
a_test.rego:7:
data.a.test_e: ERROR (_)

  said

  a_test.rego:7: eval_conflict_error: two values
  Traceback:
    1:1: data.a.test_e
b_test.rego:3:
data.b.test_y: FAIL (_)
  a: FAIL
    x: FAIL

  printed

";
        // The empty line before the second file is gone: it is there for the file, not for the result.
        assert!(lines.starts_with(expected.trim_end()), "{lines}");
        assert!(lines.ends_with("PASS: 1/4\nFAIL: 1/4\n"), "{lines}");
    }

    #[test]
    fn parts_can_be_left_out_of_a_pretty_report() {
        let trace = canonical(PRETTY, &parts(&[Part::Trace]));
        assert!(!trace.contains("Enter") && !trace.contains("Fail k"), "{trace}");
        assert!(trace.contains("data.b.test_y: FAIL (_)\n\n\n  a: FAIL\n"), "{trace}");
        let traceless =
            PRETTY.replace("Enter data.b.test_y = _  ", "x").replace("  query:1             x\n", "");
        let explained = traceless.replace(
            "  b_test.rego:3       | | Fail k = \"b\"  \n",
            "  the rule's value is [1, \"a\"], and only true passes\n",
        );
        assert_eq!(canonical(&explained, &parts(&[Part::Trace])), trace);
        assert_ne!(canonical(&explained, &BTreeSet::new()), canonical(PRETTY, &BTreeSet::new()));
        let error = canonical(PRETTY, &parts(&[Part::ErrorText]));
        assert!(error.contains("  said\n\neval_conflict_error\nb_test"), "{error}");
        let output = canonical(PRETTY, &parts(&[Part::Output]));
        assert!(!output.contains("said") && !output.contains("printed"), "{output}");
        assert!(
            output.contains("data.a.test_e: ERROR (_)\n  a_test.rego:7: eval_conflict_error"),
            "{output}"
        );
        let location = canonical(PRETTY, &parts(&[Part::Location]));
        assert!(
            !location.contains("b_test.rego:3:\n") && location.contains("data.b.test_y: FAIL (_)"),
            "{location}"
        );
        let renamed = PRETTY.replacen("b_test.rego:3:", "0_test.rego:8:", 1);
        assert_eq!(location, canonical(&renamed, &parts(&[Part::Location])));
    }

    #[test]
    fn a_missing_line_between_files_shows() {
        let report = "b.rego:1:\ndata.b.test_b: FAIL (1ms)\na.rego:1:\ndata.a.test_a: FAIL (1ms)\n";
        assert!(canonical(report, &BTreeSet::new()).contains("<no empty line before the next file>"));
    }

    #[test]
    fn repeated_reports_stay_apart() {
        let report = |file: &str| format!("{file}:1:\ndata.a.test_a: PASS (1ms)\n{RULE}\nPASS: 1/1\n");
        let text = canonical(&format!("{}{}", report("b.rego"), report("a.rego")), &BTreeSet::new());
        assert!(text.find("b.rego") < text.find("a.rego"), "{text}");
        assert_eq!(canonical("PASS: 1/1\nPASS: 1/1\n", &BTreeSet::new()), "PASS: 1/1\nPASS: 1/1\n");
    }

    #[test]
    fn a_json_report_is_ordered_and_has_no_durations() {
        let test = |file: &str, row: u64, duration: u64| serde_json::json!({"location": {"file": file, "row": row, "col": 1}, "name": "test_x", "duration": duration});
        let one = serde_json::json!([test("b", 1, 12), test("a", 10, 13), test("a", 9, 14)]).to_string();
        let other = serde_json::json!([test("a", 9, 1), test("a", 10, 2), test("b", 1, 3)]).to_string();
        let none = BTreeSet::new();
        assert_eq!(canonical(&one, &none), canonical(&other, &none));
        assert_ne!(
            canonical(&one, &none),
            canonical(&other.replace("\"duration\":3", "\"duration\":0"), &none)
        );
        assert_ne!(canonical(&one, &none), canonical(&format!("{one}{one}"), &none));
        assert_eq!(canonical("[1, 2", &none), "[1, 2\n");
        assert!(slowest_first(&one.replace("12", "15").replace("13", "14")) && !slowest_first(&one));
    }

    #[test]
    fn outcomes_are_read_from_both_formats() {
        let pretty = outcomes(PRETTY);
        assert_eq!(pretty.len(), 3);
        assert_eq!(pretty["data.a.test_e"], Outcome::Error);
        assert_eq!(pretty["data.a.todo_test_s"], Outcome::Skip);
        assert_eq!(pretty["data.b.test_y"], Outcome::Fail);
        let json = r#"[{"package": "data.a", "name": "p"}, {"package": "data.a", "name": "f", "fail": true},
            {"package": "data.a", "name": "e", "error": {}}, {"package": "data.a", "name": "s", "skip": true}]"#;
        let json: Vec<_> = outcomes(json).into_values().collect();
        assert_eq!(json, [Outcome::Error, Outcome::Fail, Outcome::Pass, Outcome::Skip]);
    }
}
