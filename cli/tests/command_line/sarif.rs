//! What `check -f sarif` writes, against the schema of the standard and the rules that a schema can't say.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::run::{repository, run};

#[test]
fn documents_follow_the_schema_and_name_rules_that_are_there() -> Result<()> {
    let schema = schema()?;
    let folder = tempfile::tempdir()?;
    for (name, content) in [
        ("empty/a.rego", "package a\n"),
        (
            "bad/a.rego",
            "package a\n\nimport data.x\n\ndefault allow := true\n\nallow if not input[\"]]>\\u001b\\n\"]\n",
        ),
        ("bad/b [1]%?#&\"<.rego", "package b\n\ndefault allow := true\n"),
        ("bad/c\n::error::\u{1b}[31m\u{202e}.rego", "package c\n\ndefault allow := true\n"),
        ("broken/a.rego", "package a\n\np := }\n\nq :=\n"),
        ("unsafe/a.rego", "package a\n\np if x > 1\n\np contains 1\n"),
        ("types/a.rego", "package a\n\np if count(1) == 2\n"),
        ("utf8/a.json", "{"),
    ] {
        write(folder.path(), OsStr::new(name), content.as_bytes())?;
    }
    write(folder.path(), OsStr::from_bytes(b"bad/\xff\xfe.rego"), b"package d\n\ndefault allow := true\n")?;
    write(folder.path(), OsStr::new("utf8/b.rego"), b"package b\n\n# \xff\n")?;
    let mut results = 0;
    for path in ["empty", "bad", "broken", "unsafe", "types", "utf8", "missing", "bad/a.rego"] {
        let answer = run(folder.path(), &["check", "-f", "sarif", path])?;
        ensure!(answer.stderr.is_empty(), "{path}: {}", answer.stderr);
        let document: Value = serde_json::from_str(&answer.stdout).with_context(|| path.to_owned())?;
        let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        ensure!(errors.is_empty(), "{path}: {errors:?}");
        ensure!((answer.exit_code == Some(0)) == (path == "empty"), "{path}: {:?}", answer.exit_code);
        results += consistent(&document).with_context(|| path.to_owned())?;
    }
    ensure!(results > 12, "only {results} results");
    Ok(())
}

/// The schema of the standard.
pub(crate) fn schema() -> Result<jsonschema::Validator> {
    let schema = repository().join("cli/tests/sarif/sarif-schema-2.1.0.json");
    Ok(jsonschema::draft7::new(&serde_json::from_slice(&fs_err::read(schema)?)?)?)
}

/// Whether each result names its rule by id and place, and lies in a region that does not end before it starts. Answers how many there are.
pub(crate) fn consistent(document: &Value) -> Result<usize> {
    let rules = list(document, "/runs/0/tool/driver/rules")?;
    let results = list(document, "/runs/0/results")?;
    for result in results {
        let index = result.pointer("/ruleIndex").and_then(Value::as_u64).context("an index")?;
        let rule = rules.get(usize::try_from(index)?).context("a rule")?;
        ensure!(text(rule, "/id")? == text(result, "/ruleId")?, "{result}");
        let message = text(result, "/message/text")?;
        ensure!(
            !message.is_empty() && !message.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')),
            "{message:?}"
        );
        for location in list(result, "/locations")? {
            let uri = text(location, "/physicalLocation/artifactLocation/uri")?;
            ensure!(
                uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"[]:#?".contains(&byte)),
                "{uri}"
            );
            let number = |name: &str| {
                location
                    .pointer(&format!("/physicalLocation/region/{name}"))
                    .and_then(Value::as_u64)
                    .context("a number")
            };
            let start = (number("startLine")?, number("startColumn")?);
            // A test has a start only.
            if location.pointer("/physicalLocation/region/endLine").is_some() {
                ensure!(start <= (number("endLine")?, number("endColumn")?), "{location}");
            }
        }
    }
    Ok(results.len())
}

fn list<'v>(value: &'v Value, pointer: &str) -> Result<&'v Vec<Value>> {
    value.pointer(pointer).and_then(Value::as_array).with_context(|| format!("{pointer} is a list"))
}

fn text<'v>(value: &'v Value, pointer: &str) -> Result<&'v str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("{pointer} is a text"))
}

fn write(folder: &Path, name: &OsStr, content: &[u8]) -> Result<()> {
    let path = folder.join(name);
    fs_err::create_dir_all(path.parent().context("a folder")?)?;
    fs_err::write(path, content)?;
    Ok(())
}
