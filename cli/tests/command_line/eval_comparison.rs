//! Compares `portcullis eval` with `opa eval`, live and byte by byte, on a list of queries and one of command lines.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::case::split_words;
use crate::run::{Answer, command, exists, finish, portcullis, repository, say};

/// Set to `1` where OPA has to be there: its absence is a failure then, not a skip.
pub(crate) const REQUIRE_OPA: &str = "PORTCULLIS_REQUIRE_OPA";

const FORMATS: [&str; 5] = ["json", "pretty", "raw", "values", "bindings"];

/// A line of the list.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) text: String,
    /// Why the engine in use answers otherwise than OPA.
    pub(crate) differs: Option<String>,
}

#[test]
fn eval_writes_what_opa_writes() -> Result<()> {
    if !opa_is_there()? {
        return Ok(());
    }
    let folder = folder();
    let mut queries = queries(&fs_err::read_to_string(folder.join("queries.txt"))?)?;
    ensure!(queries.len() > 50, "only {} queries were found", queries.len());
    queries.extend(documented(&fs_err::read_to_string(repository().join("docs/portability.md"))?));
    judge(&queries, |query| {
        let mut found = Vec::new();
        for format in FORMATS {
            let line =
                ["-d", "policy.rego", "-d", "data.json", "-i", "input.json", "-f", format, &query.text];
            found.extend(difference(&line.map(str::to_owned), &folder)?);
        }
        Ok(found)
    })
}

#[test]
fn eval_takes_the_flags_that_opa_takes() -> Result<()> {
    if !opa_is_there()? {
        return Ok(());
    }
    let folder = folder();
    let lines = queries(&fs_err::read_to_string(folder.join("commands.txt"))?)?;
    ensure!(lines.len() > 50, "only {} command lines were found", lines.len());
    judge(&lines, |line| Ok(difference(&split_words(&line.text)?, &folder)?.into_iter().collect()))
}

#[test]
fn profiles_count_what_opa_counts() -> Result<()> {
    if !opa_is_there()? {
        return Ok(());
    }
    let folder = folder();
    for query in ["data.steps.a", "data.steps.c", "data.steps.m", "data.steps.small", "data.steps.y"] {
        let line =
            ["eval", "-d", "steps.rego", "-i", "steps.json", "--profile", "--profile-limit", "0", query];
        let counts = |program: &Path| -> Result<Vec<serde_json::Value>> {
            let answer = finish(command(program, &folder).args(line), b"")?;
            let document: serde_json::Value = serde_json::from_str(&answer.stdout)?;
            let profile = document.get("profile").and_then(serde_json::Value::as_array);
            let mut rows = profile.cloned().context("there is a profile")?;
            for row in rows.iter_mut().filter_map(serde_json::Value::as_object_mut) {
                row.remove("total_time_ns");
            }
            rows.sort_by_key(|row| row.pointer("/location/row").and_then(serde_json::Value::as_u64));
            rows.sort_by_key(|row| row.pointer("/location/file").map(ToString::to_string));
            Ok(rows)
        };
        let (opa, ours) = (counts(Path::new("opa"))?, counts(&portcullis())?);
        ensure!(opa == ours, "{query}\nOPA:  {opa:#?}\nours: {ours:#?}");
    }
    Ok(())
}

#[test]
fn bench_writes_the_fields_that_opa_writes() -> Result<()> {
    if !opa_is_there()? {
        return Ok(());
    }
    let folder = folder();
    let line = ["bench", "-d", "steps.rego", "-i", "steps.json", "-f", "json", "data.steps.a"];
    let fields = |program: &Path, more: &[&str]| -> Result<Vec<String>> {
        let answer = finish(command(program, &folder).args(line).args(more), b"")?;
        let document: serde_json::Value = serde_json::from_str(&answer.stdout)?;
        let names = |value: Option<&serde_json::Value>| -> Vec<String> {
            value
                .and_then(|value| value.as_object())
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone())
                .collect()
        };
        Ok([names(Some(&document)), names(document.get("Extra"))].concat())
    };
    let mut opa = fields(Path::new("opa"), &[])?;
    opa.retain(|name| !name.contains("external_resolve"));
    let ours = fields(&portcullis(), &["--time", "20ms"])?;
    ensure!(opa == ours && ours.len() == 18, "OPA: {opa:?}\nours: {ours:?}");
    Ok(())
}

/// The queries in the table of differences between engines, where OPA's answers are those of the native one.
fn documented(page: &str) -> Vec<Query> {
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.split(" | ").nth(1)?.strip_prefix('`')?.strip_suffix('`'));
    cells.map(|text| Query { text: text.to_owned(), differs: None }).collect()
}

fn opa_is_there() -> Result<bool> {
    if !exists("opa") {
        let required = std::env::var_os(REQUIRE_OPA).is_some_and(|value| value == "1");
        ensure!(
            !required,
            "there is no `opa` on the path, and {REQUIRE_OPA} is set: install it with `go install`"
        );
        say("skipped: there is no `opa` on the path to compare with")?;
        return Ok(false);
    }
    Ok(true)
}

fn folder() -> PathBuf {
    repository().join("cli/tests/eval_comparison")
}

/// Compares all, and says all that is wrong.
fn judge(queries: &[Query], compare: impl Fn(&Query) -> Result<Vec<String>>) -> Result<()> {
    let mut wrong = Vec::new();
    for query in queries {
        let found = compare(query)?;
        match &query.differs {
            None => wrong.extend(found),
            Some(_) if !found.is_empty() => {}
            Some(reason) => {
                wrong.push(format!("`{}` no longer differs from OPA: take out its `! {reason}`", query.text));
            }
        }
    }
    for complaint in &wrong {
        say(complaint)?;
    }
    ensure!(wrong.is_empty(), "{} differences on {} queries, each shown above", wrong.len(), queries.len());
    Ok(())
}

/// How our answer to a command line differs from OPA's, if it does.
fn difference(line: &[String], folder: &Path) -> Result<Option<String>> {
    let ask = |program: &Path| finish(command(program, folder).arg("eval").args(line), b"");
    let (opa, ours) = (ask(Path::new("opa"))?, ask(&portcullis())?);
    let same =
        (without_numbers(&opa.stdout), opa.exit_code) == (without_numbers(&ours.stdout), ours.exit_code);
    Ok((!same).then(|| format!("== {}\n{}{}", line.join(" "), shown("OPA", &opa), shown("ours", &ours))))
}

/// The text without the numbers of generated variables.
fn without_numbers(text: &str) -> String {
    let generated = regex::Regex::new("__local[a-z]*[0-9]+__");
    generated
        .map_or_else(|_| text.to_owned(), |generated| generated.replace_all(text, "__local__").into_owned())
}

fn shown(who: &str, answer: &Answer) -> String {
    format!("{who}, {:?}:\n{}{}", answer.exit_code, answer.stdout, answer.stderr)
}

/// A query a line; `!` and a reason before it when the answers differ.
pub(crate) fn queries(list: &str) -> Result<Vec<Query>> {
    let mut queries = Vec::new();
    let mut differs = None;
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(reason) = line.strip_prefix("! ") {
            differs = Some(reason.to_owned());
        } else {
            let differs = differs.take();
            if let Some(reason) = &differs {
                writeln!(std::io::stderr(), "not as OPA answers: {line}: {reason}")
                    .context("standard error can be written")?;
            }
            queries.push(Query { text: line.to_owned(), differs });
        }
    }
    ensure!(differs.is_none(), "a reason without a query at the end of the list");
    Ok(queries)
}
