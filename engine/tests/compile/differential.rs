//! The compiler against `opa check`, on modules made by changing those of `engine/testcases/compile` at random.
//!
//! The modules are the same in each run.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::corpus::{Case, corpus, line};
use serde_json::Value;

/// How many module sets are compared.
const COUNT: usize = 3_000;

#[test]
fn changed_modules_get_the_same_errors_as_from_opa() {
    let Some(opa) = crate::opa::opa() else { return };
    let corpus = corpus();
    let count = std::env::var("PORTCULLIS_DIFFERENTIAL_COUNT").ok().and_then(|text| text.parse().ok());
    let count = count.unwrap_or(COUNT);
    let seed = std::env::var("PORTCULLIS_DIFFERENTIAL_SEED").ok().and_then(|text| text.parse().ok());
    let mut random = Random(seed.unwrap_or(0x5eed));
    let mut work = Vec::new();
    while work.len() < count {
        let mut case = corpus[random.below(corpus.len())].clone();
        for _ in 0..=random.below(3) {
            change(&mut case, &corpus, &mut random);
        }
        case.strict |= random.below(3) == 0;
        if let Some(ours) = check(&case) {
            work.push((case, ours));
        }
    }
    let accepted = accepted_differences();
    let folder = std::env::temp_dir().join(format!("portcullis-compile-{}", std::process::id()));
    let half = work.len().div_ceil(2);
    let results: Vec<Outcome> = std::thread::scope(|scope| {
        let parts: Vec<_> = work
            .chunks(half)
            .enumerate()
            .map(|(part, work)| {
                let (opa, folder, accepted) = (&opa, folder.join(part.to_string()), &accepted);
                scope.spawn(move || compare(work, opa, &folder, accepted))
            })
            .collect();
        parts.into_iter().map(|part| part.join().unwrap()).collect()
    });
    std::fs::remove_dir_all(&folder).unwrap();
    let refused: usize = results.iter().map(|outcome| outcome.refused).sum();
    let known: usize = results.iter().map(|outcome| outcome.known).sum();
    let different: Vec<String> = results.into_iter().flat_map(|outcome| outcome.different).collect();
    println!(
        "{count} compared, {refused} refused by both, {known} known differences, {} different",
        different.len()
    );
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
    assert!(refused * 4 > count, "only {refused} were refused");
}

#[derive(Default)]
struct Outcome {
    refused: usize,
    known: usize,
    different: Vec<String>,
}

fn compare(work: &[(Case, Vec<String>)], opa: &Path, folder: &Path, accepted: &[String]) -> Outcome {
    let mut outcome = Outcome::default();
    std::fs::create_dir_all(folder).unwrap();
    for (case, ours) in work {
        for (name, text) in &case.files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let mut command = Command::new(opa);
        // It ends before there is anything to collect.
        command.env("GOGC", "off").env("GOMAXPROCS", "1");
        command.current_dir(folder).args(["check", "-f", "json", "--max-errors", "0"]);
        if case.strict {
            command.arg("--strict");
        }
        if case.old {
            command.arg("--v0-compatible");
        }
        let output = command.args(case.files.iter().map(|(name, _)| name)).output().unwrap();
        let text = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let theirs = messages(&serde_json::from_slice(text).unwrap_or(Value::Null));
        for (name, _) in &case.files {
            std::fs::remove_file(folder.join(name)).unwrap();
        }
        if same(ours, &theirs) {
            outcome.refused += usize::from(!ours.is_empty());
        } else if ours
            .iter()
            .chain(&theirs)
            .any(|line| accepted.iter().any(|known| line.contains(known.as_str())))
        {
            outcome.known += 1;
        } else {
            outcome.different.push(report(case, ours, &theirs));
        }
    }
    outcome
}

/// Whether two lists of errors are the same, but for what OPA leaves open.
fn same(ours: &[String], theirs: &[String]) -> bool {
    if ours == theirs {
        return true;
    }
    let types_checked = ours.iter().all(|line| RECOVERABLE.iter().any(|part| line.contains(part)));
    let theirs = theirs.iter().filter(|line| {
        let by_types =
            types_checked && !ours.contains(line) && BY_TYPES.iter().any(|part| line.contains(part));
        !by_types
    });
    let mut rest: Vec<&String> = ours.iter().collect();
    for line in theirs {
        let fits = |other: &&String| {
            other.as_str() == line
                || line.strip_prefix(":null:null ").is_some_and(|text| other.ends_with(text))
                || {
                    // Of several ways around a cycle OPA takes any.
                    let rule = |line: &str| line.split_once(" recursive: ").map(|(rule, _)| rule.to_owned());
                    rule(line).is_some() && rule(line) == rule(other)
                }
        };
        let Some(at) = rest.iter().position(fits) else { return false };
        rest.remove(at);
    }
    // OPA looks for deprecated functions only if the type checker has met one that it found no fault with.
    rest.iter().all(|line| types_checked && line.contains("deprecated"))
}

/// What the messages have in them after which OPA goes on to the type checker.
const RECOVERABLE: &[&str] = &[" unused", "must not shadow", "deprecated"];

/// What messages of the type checker have in them that other stages can also say.
const BY_TYPES: &[&str] = &["undefined function", "arity mismatch", "has arity"];

fn report(case: &Case, ours: &[String], theirs: &[String]) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "==== {} {}", case.name, if case.strict { "--strict" } else { "" });
    for (name, source) in &case.files {
        let _ = writeln!(text, "-- {name} --\n{source}");
    }
    let _ = writeln!(text, "ours:   {}\ntheirs: {}", ours.join("\n        "), theirs.join("\n        "));
    text
}

/// The errors of `opa check`, without those of the type checker.
fn messages(output: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for error in output["errors"].as_array().into_iter().flatten() {
        let message = error["message"].as_str().unwrap_or_default();
        let by_types =
            error["code"] == "rego_type_error" && TYPE_CHECKER.iter().any(|part| message.contains(part));
        if !by_types {
            let at = &error["location"];
            let file = at["file"].as_str().unwrap_or_default();
            found.push(format!(
                "{file}:{}:{} {}: {message}",
                at["row"],
                at["col"],
                error["code"].as_str().unwrap()
            ));
        }
    }
    found.sort();
    found
}

/// What the messages of the type checker have in them.
const TYPE_CHECKER: &[&str] = &[
    "invalid argument(s)",
    "match error",
    "undefined ref",
    "must not assign",
    "used as reference, not called",
];

/// Our errors; none if the text is no Rego.
fn check(case: &Case) -> Option<Vec<String>> {
    let (compiled, sources) = case.compile(None)?;
    let mut found: Vec<String> = compiled.diagnostics.iter().map(|error| line(error, &sources)).collect();
    found.sort();
    Some(found)
}

/// Parts of messages that may differ, one a line, each after a line that says why.
fn accepted_differences() -> Vec<String> {
    let path = crate::corpus::folder().join("differences.txt");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(ToOwned::to_owned).collect()
}

/// Makes one change to a module set.
fn change(case: &mut Case, corpus: &[Case], random: &mut Random) {
    let at = random.below(case.files.len());
    let kind = random.below(13);
    let text = &mut case.files[at].1;
    let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    let bodies: Vec<usize> = (0..lines.len()).filter(|index| lines[*index].starts_with('\t')).collect();
    let row = if bodies.is_empty() { random.below(lines.len()) } else { bodies[random.below(bodies.len())] };
    match kind {
        0 => {
            lines.remove(row);
        }
        1 => {
            let copy = lines[row].clone();
            let to = random.below(lines.len());
            lines.insert(to, copy);
        }
        2 => {
            let other = if bodies.is_empty() { row } else { bodies[random.below(bodies.len())] };
            lines.swap(row, other);
        }
        3..=6 => *text = rename(text, random),
        7 => {
            let (from, to) = [(":=", "="), (":=", "=="), (" = ", " := "), (" == ", " := "), ("some ", "")]
                [random.below(5)];
            lines[row] = lines[row].replacen(from, to, 1);
        }
        8 => lines[row] = lines[row].replacen('\t', "\tnot ", 1),
        9 => {
            let with = [
                " with input as {}",
                " with data.x as y",
                " with input.a.b as input.c",
                " with count as f",
                " with data.rules.allow as true",
                " with x as 1",
            ][random.below(6)];
            if !lines[row].trim().is_empty() && !lines[row].ends_with(['{', '}']) {
                lines[row].push_str(with);
            }
        }
        10 => {
            let other = &corpus[random.below(corpus.len())].files[0].1;
            let rest =
                other.lines().skip(1).filter(|line| !line.starts_with("import")).map(ToOwned::to_owned);
            let package = lines.iter().take_while(|line| !line.starts_with("package")).count() + 1;
            let imports =
                lines.iter().rposition(|line| line.starts_with("import")).map_or(package, |last| last + 1);
            let (rest, imports): (Vec<_>, _) = (rest.collect(), imports.min(lines.len()));
            lines.splice(imports..imports, rest);
        }
        11 => {
            let extra = EXTRA[random.below(EXTRA.len())];
            lines.push(extra.to_owned());
        }
        _ => {
            let extra = STATEMENTS[random.below(STATEMENTS.len())];
            if !bodies.is_empty() {
                lines.insert(row, format!("\t{extra}"));
            }
        }
    }
    if !(3..=6).contains(&kind) {
        *text = lines.join("\n") + "\n";
    }
}

/// Replaces one name by another of the same text.
fn rename(text: &str, random: &mut Random) -> String {
    let mut names: Vec<(usize, usize)> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
            at += 1;
        }
        if at > start && !bytes[start].is_ascii_digit() && !KEYWORDS.contains(&&text[start..at]) {
            names.push((start, at));
        }
        at = at.max(start + 1);
    }
    if names.is_empty() {
        return text.to_owned();
    }
    let (start, end) = names[random.below(names.len())];
    let (from, to) = names[random.below(names.len())];
    format!("{}{}{}", &text[..start], &text[from..to], &text[end..])
}

const KEYWORDS: &[&str] = &[
    "package", "import", "if", "some", "in", "every", "not", "with", "as", "else", "default", "contains",
    "true",
];

const EXTRA: &[&str] = &[
    "extra := data.app.allow",
    "p if not q",
    "q contains 1 if p",
    "extra[x] := y if { y := data[x].p }",
    "default p := 1",
    "f(1) := 2",
    "f(x) := x if x > f(x)",
    "input := 1",
    "p.a.b := 1",
    "p[x].y contains 2 if x := input.q",
    "re := re_match(\"a\", input.a)",
    "g(data.x) := 1",
    "h(input) := 1",
    "extra := [x | y := 1]",
    "extra if { some x; input.a[x]; not input.b[x] } else := y if { y := input.z }",
    "extra := count(1, 2)",
    "extra := data.missing.f(1)",
    "extra := print(1)",
    "extra if data[input.x][_].q",
    "extra := {x: 1 | some x in input.xs} | {walk(input)}",
    "extra := $\"{walk(input)} {unknown} {data.missing}\"",
    "w if { [x, y] := [1, 2]; x == y; y := 3 }",
    "w if { every x in input.xs { not y == x } }",
    "w if every k, v in input.xs { v }",
    "w if { x := {\"a\": y}; y := x.a }",
];

const STATEMENTS: &[&str] = &[
    "some x, y",
    "some x in input.q",
    "some k, x in x",
    "x := 1",
    "x = y",
    "y == x",
    "not x == y",
    "every x in input.xs { x == y }",
    "input.a[x] == data.b[y]",
    "walk(input, [path, value])",
    "data.app.allow",
    "[x, {\"a\": y}] := input.t",
    "z := [x | x := y]",
    "count := 2",
    "data := 3",
    "input.x == input",
    "print(x, y)",
    "nosuch(x)",
    "plus(1, 2, x)",
    "startswith(x)",
    "_ = x",
    "x := y; y := x",
];

/// A small generator of numbers, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit.max(1) as u64).unwrap()
    }
}
