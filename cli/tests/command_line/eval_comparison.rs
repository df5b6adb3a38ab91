//! Compares `portcullis eval` with `opa eval`, live and byte by byte, on a list of queries.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::run::{Answer, command, exists, finish, portcullis, repository, say};

/// Set to `1` where OPA has to be there: its absence is a failure then, not a skip.
pub(crate) const REQUIRE_OPA: &str = "PORTCULLIS_REQUIRE_OPA";

const FORMATS: [&str; 4] = ["json", "pretty", "raw", "values"];

/// A line of the list.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) text: String,
    /// Why the engine in use answers otherwise than OPA.
    pub(crate) differs: Option<String>,
}

#[test]
fn eval_writes_what_opa_writes() -> Result<()> {
    if !exists("opa") {
        let required = std::env::var_os(REQUIRE_OPA).is_some_and(|value| value == "1");
        ensure!(
            !required,
            "there is no `opa` on the path, and {REQUIRE_OPA} is set: install it with `go install`"
        );
        return say("skipped: there is no `opa` on the path to compare with");
    }
    let folder = repository().join("cli/tests/eval_comparison");
    let queries = queries(&fs_err::read_to_string(folder.join("queries.txt"))?)?;
    ensure!(queries.len() > 50, "only {} queries were found", queries.len());
    let mut wrong = Vec::new();
    for query in &queries {
        wrong.extend(compare(query, &folder)?);
    }
    for complaint in &wrong {
        say(complaint)?;
    }
    ensure!(wrong.is_empty(), "{} differences on {} queries, each shown above", wrong.len(), queries.len());
    Ok(())
}

/// What is wrong with a query.
fn compare(query: &Query, folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for format in FORMATS {
        let line =
            ["eval", "-d", "policy.rego", "-d", "data.json", "-i", "input.json", "-f", format, &query.text];
        let ask = |program: &Path| finish(command(program, folder).args(line), b"");
        let (opa, ours) = (ask(Path::new("opa"))?, ask(&portcullis())?);
        if (&opa.stdout, opa.exit_code) != (&ours.stdout, ours.exit_code) {
            found.push(format!(
                "== {format}: {}\n{}{}",
                query.text,
                shown("OPA", &opa),
                shown("ours", &ours)
            ));
        }
    }
    Ok(match &query.differs {
        None => found,
        Some(_) if !found.is_empty() => Vec::new(),
        Some(reason) => {
            vec![format!("`{}` no longer differs from OPA: take out its `! {reason}`", query.text)]
        }
    })
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
