//! The reports of coverage, read by those that they are for: `genhtml`, and a validator of Cobertura's XML.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use regex::Regex;
use serde_json::Value;

use crate::case::Case;
use crate::reports::available;
use crate::run::{Answer, command, finish, repository, run};

/// Every format of one run.
struct Run {
    name: String,
    folder: tempfile::TempDir,
}

impl Run {
    /// A run for each case file whose tests can run.
    fn all() -> Result<Vec<Self>> {
        let mut runs = Vec::new();
        for case in Case::read_all(&repository().join("testcases/cli/test"))? {
            runs.extend(Self::of(&case)?);
        }
        ensure!(runs.len() > 15, "only {} runs", runs.len());
        Ok(runs)
    }

    fn of(case: &Case) -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        case.lay_out(folder.path())?;
        let mut arguments: Vec<String> = ["test", ".", "--timeout", "500ms"].map(str::to_owned).to_vec();
        for format in FORMATS {
            arguments.extend(["--report".to_owned(), format!("{format}={format}.out")]);
        }
        let answer = run(folder.path(), &arguments)?;
        ensure!(matches!(answer.exit_code, Some(0..=2)), "{}: {answer:?}", case.name);
        let run = Self { name: case.name.clone(), folder };
        let written = FORMATS.iter().filter(|format| run.path(format).exists()).count();
        let ran = answer.exit_code != Some(1);
        ensure!(written == if ran { FORMATS.len() } else { 0 }, "{}: {written}, {answer:?}", run.name);
        Ok(ran.then_some(run))
    }

    fn path(&self, format: &str) -> PathBuf {
        self.folder.path().join(format!("{format}.out"))
    }

    fn text(&self, format: &str) -> Result<String> {
        Ok(fs_err::read_to_string(self.path(format))?)
    }

    /// The sum of a number over all records of the LCOV report.
    fn sum(&self, field: &str) -> Result<usize> {
        let text = self.text("lcov")?;
        let numbers = text.lines().filter_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        numbers.map(|number| Ok(number.parse::<usize>()?)).sum()
    }
}

const FORMATS: [&str; 5] = ["lcov", "cobertura", "html", "coverage", "opa-coverage"];

#[test]
fn genhtml_counts_what_lcov_says() -> Result<()> {
    if !available("genhtml")? {
        return Ok(());
    }
    for run in Run::all()? {
        if run.sum("LF")? == 0 {
            continue;
        }
        let mut genhtml = command(Path::new("genhtml"), run.folder.path());
        genhtml.args(["--branch-coverage", "--output-directory", "genhtml", "lcov.out"]);
        // Names of files are shown without control characters, and then the file is not found.
        if run.text("lcov")?.contains("\\u{") {
            genhtml.args(["--ignore-errors", "source"]);
        }
        let answer = finish(&mut genhtml, b"")?;
        ensure!(answer.exit_code == Some(0), "{}: {answer:?}", run.name);
        for (what, found, hit) in
            [("lines", "LF", "LH"), ("functions", "FNF", "FNH"), ("branches", "BRF", "BRH")]
        {
            let (found, hit) = (run.sum(found)?, run.sum(hit)?);
            let wanted = format!(r"{what}\.*: .*\({hit} of {found} ");
            let none = format!(r"{what}\.*: no data found");
            let pattern = if found == 0 { none } else { wanted };
            ensure!(Regex::new(&pattern)?.is_match(&answer.stdout), "{}: {pattern}: {answer:?}", run.name);
        }
    }
    Ok(())
}

#[test]
fn cobertura_is_valid_and_counts_as_lcov_does() -> Result<()> {
    if !available("xmllint")? {
        return Ok(());
    }
    let description = repository().join("cli/tests/cobertura/coverage-04.dtd");
    for run in Run::all()? {
        let xmllint = |arguments: &[&OsStr]| -> Result<Answer> {
            let mut xmllint = command(Path::new("xmllint"), run.folder.path());
            finish(xmllint.arg("--nonet").args(arguments).arg(run.path("cobertura")), b"")
        };
        let valid = xmllint(&["--noout".as_ref(), "--dtdvalid".as_ref(), description.as_os_str()])?;
        ensure!(valid.exit_code == Some(0), "{}: {valid:?}", run.name);
        let number = |path: &str| -> Result<usize> {
            let answer = xmllint(&["--xpath".as_ref(), OsStr::new(path)])?;
            answer.stdout.trim().parse().with_context(|| format!("{}: {path}: {answer:?}", run.name))
        };
        for (path, field) in [
            ("number(/coverage/@lines-valid)", "LF"),
            ("number(/coverage/@lines-covered)", "LH"),
            ("number(/coverage/@branches-valid)", "BRF"),
            ("number(/coverage/@branches-covered)", "BRH"),
            ("count(//class/lines/line)", "LF"),
            ("count(//class/lines/line[@hits > 0])", "LH"),
            ("count(//class/lines/line/conditions/condition) * 2", "BRF"),
            ("count(//method)", "FNF"),
        ] {
            let (found, wanted) = (number(path)?, run.sum(field)?);
            ensure!(found == wanted, "{}: {path}: {found}, not {wanted}", run.name);
        }
        let records = run.text("lcov")?.matches("\nend_of_record").count();
        ensure!(number("count(//class)")? == records, "{}", run.name);
    }
    Ok(())
}

#[test]
fn a_merge_with_nothing_changes_no_report() -> Result<()> {
    for run in Run::all()? {
        // How tests went is not in the coverage, nor what OPA's other passes saw unless somebody asked.
        for format in ["lcov", "cobertura", "coverage", "opa-coverage"] {
            let answer = crate::run::run(
                run.folder.path(),
                &["coverage", "merge", "coverage.out", "--report", format],
            )?;
            // A configuration may demand more than the tests cover.
            ensure!(matches!(answer.exit_code, Some(0 | 2)), "{}: {answer:?}", run.name);
            ensure!(answer.stdout == run.text(format)?, "{}: {format} differs", run.name);
        }
    }
    Ok(())
}

#[test]
fn runs_of_each_test_alone_come_to_what_one_run_of_all_covers() -> Result<()> {
    let case = Case::read_all(&repository().join("testcases/cli/test"))?
        .into_iter()
        .find(|case| case.name == "coverage-exchange")
        .context("the case")?;
    let folder = tempfile::tempdir()?;
    case.lay_out(folder.path())?;
    let mut files = Vec::new();
    for name in ["test_grant", "test_level", "test_small", "test_shout"] {
        let file = format!("{name}.out");
        let report = format!("coverage={file}");
        let answer = run(folder.path(), &["test", ".", "--run", name, "--report", &report])?;
        ensure!(answer.exit_code == Some(0), "{answer:?}");
        files.push(file);
    }
    let all: Value = serde_json::from_str(&run(folder.path(), &["test", ".", "-f", "coverage"])?.stdout)?;
    let mut arguments =
        vec!["coverage".to_owned(), "merge".to_owned(), "--report".to_owned(), "coverage".to_owned()];
    arguments.extend(files);
    let merged: Value = serde_json::from_str(&run(folder.path(), &arguments)?.stdout)?;
    ensure!(merged == all, "{merged}\n{all}");
    Ok(())
}

#[test]
fn the_policy_of_the_page_names_the_digest_of_its_script() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::write(folder.path().join("a.rego"), "package a\n\nb := 1\n")?;
    let page = run(folder.path(), &["test", ".", "-f", "html"])?.stdout;
    let between = |start: &str, end: &str| {
        let (_, after) = page.split_once(start)?;
        after.split_once(end).map(|(found, _)| found.to_owned())
    };
    let script = between("<script>", "</script>").context("a script")?;
    let named = between("script-src 'sha256-", "'").context("a digest")?;
    // Of our own functions, each compared with OPA's elsewhere.
    fs_err::write(folder.path().join("input.json"), Value::from(script).to_string())?;
    let digest = run(folder.path(), &["eval", "-f", "raw", "crypto.sha256(input)", "-i", "input.json"])?;
    let digits = digest.stdout.trim();
    let bytes = data_encoding::HEXLOWER.decode(digits.as_bytes()).with_context(|| format!("{digest:?}"))?;
    let digest = data_encoding::BASE64.encode(&bytes);
    ensure!(
        named == digest,
        "browsers will not run the script of the page: write `{digest}` into \
         cli/src/report/coverage_html.rs, where `{named}` stands"
    );
    Ok(())
}

#[test]
fn a_page_is_one_document_that_names_nothing_outside() -> Result<()> {
    let outside =
        Regex::new(r#"(?i)(src|href)\s*=\s*"[^#"]|url\(|@import|<(iframe|object|embed|img|link)\b"#)?;
    for run in Run::all()? {
        let page = run.text("html")?;
        ensure!(!outside.is_match(&page), "{}: {:?}", run.name, outside.find(&page));
        ensure!(
            page.matches("<script").count() == 1 && page.matches("</script").count() == 1,
            "{}",
            run.name
        );
        ensure!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"), "{}", run.name);
        let control = page.chars().find(|c| c.is_control() && !['\n', '\t'].contains(c));
        ensure!(control.is_none(), "{}: {control:?}", run.name);
    }
    Ok(())
}
