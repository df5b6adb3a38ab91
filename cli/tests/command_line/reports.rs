//! The reports of `test`, read by those that they are for: validators of XML and SARIF, parsers of TAP, and GitHub's runner.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::case::Case;
use crate::run::{Answer, command, exists, finish, portcullis, repository, run, say};
use crate::sarif;

/// The counts of a run, as the JSON report has them.
#[derive(Debug, PartialEq, Eq, Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failed: usize,
    errored: usize,
    skipped: usize,
}

/// All the reports of one run.
struct Run {
    name: String,
    reports: tempfile::TempDir,
}

impl Run {
    /// A run for each case file whose policies compile, and one for a folder whose name is no UTF-8.
    fn all() -> Result<Vec<Self>> {
        let mut runs = Vec::new();
        for case in Case::read_all(&repository().join("testcases/cli/test"))? {
            let folder = tempfile::tempdir()?;
            case.lay_out(folder.path())?;
            runs.extend(Self::of(&case.name, folder.path())?);
        }
        let folder = tempfile::tempdir()?;
        let inner = folder.path().join(OsStr::from_bytes(b"\xff\xfe"));
        fs_err::create_dir(&inner)?;
        fs_err::write(inner.join("a_test.rego"), "package a_test\n\ntest_a if false\n")?;
        runs.extend(Self::of("a folder that is no UTF-8", folder.path())?);
        ensure!(runs.len() > 12, "only {} runs", runs.len());
        Ok(runs)
    }

    /// Runs the tests in a folder; `None` when they can't run.
    fn of(name: &str, folder: &Path) -> Result<Option<Self>> {
        let reports = tempfile::tempdir()?;
        // One test is there to be stopped; no other should be, however busy the machine is.
        let timeout = if name == "timeout" { "500ms" } else { "5m" };
        let mut arguments: Vec<OsString> = ["test", ".", "--timeout", timeout].map(OsString::from).to_vec();
        for format in FORMATS {
            let mut file = OsString::from(format!("{format}="));
            file.push(reports.path().join(format));
            arguments.extend(["--report".into(), file]);
        }
        let answer = run(folder, &arguments)?;
        let written = fs_err::read_dir(reports.path())?.count();
        let ran = answer.exit_code != Some(1);
        ensure!(written == if ran { FORMATS.len() } else { 0 }, "{name}: {written} files, {answer:?}");
        Ok(ran.then(|| Self { name: name.to_owned(), reports }))
    }

    fn path(&self, format: &str) -> PathBuf {
        self.reports.path().join(format)
    }

    fn text(&self, format: &str) -> Result<String> {
        Ok(fs_err::read_to_string(self.path(format))?)
    }

    /// What OPA would count.
    fn counts(&self) -> Result<Counts> {
        let results: Value = serde_json::from_str(&self.text("json")?)?;
        let mut counts = Counts::default();
        for result in results.as_array().context("a list")? {
            let is = |name: &str| result.get(name).is_some_and(|value| *value != Value::Bool(false));
            let leaves = result.get("sub_results").map_or((0, 0), leaves);
            if leaves == (0, 0) {
                counts.tests += 1;
                counts.failed += usize::from(is("fail"));
                counts.errored += usize::from(is("error"));
                counts.skipped += usize::from(is("skip"));
            } else {
                counts.tests += leaves.0 + leaves.1;
                counts.failed += leaves.1;
            }
        }
        Ok(counts)
    }
}

const FORMATS: [&str; 6] = ["pretty", "json", "junit", "tap", "sarif", "github"];

#[test]
fn benchstat_reads_how_long_tests_take() -> Result<()> {
    if !available("benchstat")? {
        return Ok(());
    }
    let case = Case::read_all(&repository().join("testcases/cli/test"))?
        .into_iter()
        .find(|case| case.name == "bench")
        .context("the case")?;
    let folder = tempfile::tempdir()?;
    case.lay_out(folder.path())?;
    let times =
        ["test", ".", "--bench", "--bench-time", "5ms", "--count", "6", "--report", "gobench=times.txt"];
    let answer = run(folder.path(), &times)?;
    ensure!(answer.exit_code == Some(2), "{answer:?}");
    let mut benchstat = command(Path::new("benchstat"), folder.path());
    let answer = finish(benchstat.args(["-format", "csv", "times.txt"]), b"")?;
    ensure!(answer.exit_code == Some(0), "{answer:?}");
    let rows: Vec<Vec<&str>> = answer.stdout.lines().map(|line| line.split(',').collect()).collect();
    let names: Vec<&str> = rows.iter().map(|row| row[0]).filter(|name| !name.is_empty()).collect();
    ensure!(
        names == ["DataABCTestOne", "DataABCTestCases", "TheTable/NoAnswer", "geomean"],
        "{names:?}: {answer:?}"
    );
    ensure!(rows.iter().any(|row| row.contains(&"sec/op")), "{answer:?}");
    // Times of several runs each, or else no range is told.
    let measured = rows.iter().filter(|row| row[0].contains("Data") || row[0].contains("Table"));
    for row in measured {
        let seconds: f64 = row[1].parse()?;
        ensure!(seconds > 1e-8 && seconds < 5e-3, "{row:?}");
        ensure!(row[2].ends_with('%'), "{row:?}");
    }
    Ok(())
}

/// How many cases without cases inside passed and failed.
fn leaves(cases: &Value) -> (usize, usize) {
    let cases = cases.as_object().into_iter().flat_map(|cases| cases.values());
    cases.fold((0, 0), |(passed, failed), case| match case.get("sub_results") {
        Some(inner) => {
            let (more_passed, more_failed) = leaves(inner);
            (passed + more_passed, failed + more_failed)
        }
        None if case.get("fail").is_some() => (passed, failed + 1),
        None => (passed + 1, failed),
    })
}

/// Whether a program is there. `.ci/run` requires all of them.
pub(crate) fn available(program: &str) -> Result<bool> {
    if exists(program) {
        return Ok(true);
    }
    ensure!(
        std::env::var_os(REQUIRE).is_none_or(|value| value != "1"),
        "there is no `{program}` on the path, and {REQUIRE} is set"
    );
    say(&format!("skipped: there is no {program} to read reports with"))?;
    Ok(false)
}

const REQUIRE: &str = "PORTCULLIS_REQUIRE_READERS";

#[test]
fn junit_is_valid_and_counts_as_the_run_does() -> Result<()> {
    if !available("xmllint")? {
        return Ok(());
    }
    let schema = repository().join("cli/tests/junit/junit.xsd");
    for run in Run::all()? {
        let file = run.path("junit");
        let xmllint = |arguments: &[&OsStr]| {
            finish(command(Path::new("xmllint"), run.reports.path()).args(arguments).arg(&file), b"")
        };
        let valid = xmllint(&["--noout".as_ref(), "--schema".as_ref(), schema.as_os_str()])?;
        ensure!(valid.exit_code == Some(0), "{}: {valid:?}", run.name);
        let count = |path: &str| -> Result<usize> {
            let answer = xmllint(&["--xpath".as_ref(), OsStr::new(&format!("count({path})"))])?;
            answer.stdout.trim().parse().with_context(|| format!("{}: {answer:?}", run.name))
        };
        let counts = Counts {
            tests: count("//testcase")?,
            failed: count("//testcase/failure")?,
            errored: count("//testcase/error")?,
            skipped: count("//testcase/skipped")?,
        };
        ensure!(counts == run.counts()?, "{}: {counts:?}, not {:?}", run.name, run.counts()?);
        // The sums of the attributes are those of the elements.
        let wrong = count(
            "//testsuite[@tests != count(testcase) or @failures != count(testcase/failure) \
             or @errors != count(testcase/error) or @skipped != count(testcase/skipped)] \
             | /testsuites[@tests != count(//testcase) or @failures != count(//failure) or @errors != count(//error)]",
        )?;
        ensure!(wrong == 0, "{}: {wrong} wrong counts", run.name);
    }
    Ok(())
}

#[test]
fn hostile_texts_come_out_of_xml_as_they_went_in() -> Result<()> {
    if !available("xmllint")? {
        return Ok(());
    }
    let run = Run::all()?.into_iter().find(|run| run.name == "report-junit-hostile").context("the case")?;
    let text = |path: &str| -> Result<String> {
        let mut xmllint = command(Path::new("xmllint"), run.reports.path());
        let xmllint = xmllint.arg("--xpath").arg(format!("string({path})")).arg(run.path("junit"));
        Ok(finish(xmllint, b"")?.stdout.trim_end_matches('\n').to_owned())
    };
    for (path, wanted) in [
        ("//testsuite[1]/@name", r#"data.p["]]>#\\"]"#),
        ("//testcase[1]/@file", "\\u{1b}[31mred\\u{7},a:b%0A]]>#\"&<'\\u{202e}/p_test.rego"),
        ("//testcase[4]/@name", r"test_cases/\u{1b}[31m\u{0}"),
        ("//testcase[6]/@name", r#"test_cases/"quotes' & <tags>"#),
        (
            "//testcase[2]/system-out",
            "\\u{1b}[31mred\\u{7},a:b%0A]]>#\"&<'\\u{202e}/p_test.rego:6: ]]> & < \\u{1b}[2J \\u{0} \\u{fffe}\\u{ffff} \\u{2028} %0A\n\\u{1b}[31mred\\u{7},a:b%0A]]>#\"&<'\\u{202e}/p_test.rego:7: ::error::from a test\\r\nnot ok 99 - x\n  ...\nBail out!",
        ),
    ] {
        let found = text(path)?;
        ensure!(found == wanted, "{path}: {found:?}, not {wanted:?}");
    }
    Ok(())
}

#[test]
fn tap_is_read_by_a_parser_of_version_14() -> Result<()> {
    if !available("tap-parser")? {
        return Ok(());
    }
    for run in Run::all()? {
        let mut parser = command(Path::new("tap-parser"), run.reports.path());
        let answer = finish(parser.args(["-f", "-j", "0"]), run.text("tap")?.as_bytes())?;
        let events: Value =
            serde_json::from_str(&answer.stdout).with_context(|| format!("{}: {answer:?}", run.name))?;
        let mut counts = Counts::default();
        for event in events.as_array().context("a list")? {
            tap_event(event, "", &mut counts).with_context(|| run.name.clone())?;
        }
        let wanted = run.counts()?;
        ensure!(
            (counts.tests, counts.failed, counts.skipped)
                == (wanted.tests, wanted.failed + wanted.errored, wanted.skipped),
            "{}: {counts:?}, not {wanted:?}",
            run.name
        );
    }
    Ok(())
}

/// Counts the points of a document, of its subtests instead of the points after these.
fn tap_event(event: &Value, parent: &str, counts: &mut Counts) -> Result<()> {
    let (Some(kind), Some(value)) = (event.get(0).and_then(Value::as_str), event.get(1)) else {
        return Ok(());
    };
    match kind {
        "extra" | "bailout" => bail!("this is no TAP: {event}"),
        "child" => {
            for event in value.as_array().context("a list")? {
                tap_event(event, "child", counts)?;
            }
        }
        "assert" => {
            let is = |name: &str| value.get(name).is_some_and(|value| *value != Value::Bool(false));
            ensure!(!is("todo"), "nothing is still to do: {event}");
            let failed = value.get("ok") == Some(&Value::Bool(false));
            ensure!(!failed || value.pointer("/diag/file").is_some(), "no place: {event}");
            // The point after a subtest repeats it.
            if parent.is_empty() && is("closingTestPoint") {
                return Ok(());
            }
            counts.tests += 1;
            counts.failed += usize::from(failed);
            counts.skipped += usize::from(is("skip"));
        }
        "complete" => {
            let failures = value.get("failures").and_then(Value::as_array).context("failures")?;
            let errors: Vec<&Value> = failures
                .iter()
                .filter(|failure| failure.get("tapError").is_some_and(|error| !error.is_null()))
                .collect();
            ensure!(errors.is_empty(), "{errors:?}");
        }
        _ => {}
    }
    Ok(())
}

#[test]
fn tap_is_read_by_perl_which_knows_version_13() -> Result<()> {
    if !available("prove")? {
        return Ok(());
    }
    for run in Run::all()? {
        let tap = run.reports.path().join("report.tap");
        fs_err::write(&tap, run.text("tap")?.replacen("TAP version 14", "TAP version 13", 1))?;
        let mut perl = command(Path::new("perl"), run.reports.path());
        let answer = finish(perl.arg("-MTAP::Parser").arg("-e").arg(PERL).arg(&tap), b"")?;
        let text = run.text("tap")?;
        let points = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        let (passed, failed) = (points("ok "), points("not ok "));
        let wanted = format!("planned {0} run {0} failed {failed} errors []", passed + failed);
        ensure!(answer.stdout == wanted, "{}: {answer:?}, not {wanted}", run.name);
    }
    Ok(())
}

const PERL: &str = r#"
    my $parser = TAP::Parser->new({source => $ARGV[0]});
    while (my $result = $parser->next) {
        die "read as a directive: " . $result->raw if $result->is_test && $result->has_todo;
    }
    printf "planned %d run %d failed %d errors [%s]",
        $parser->tests_planned, $parser->tests_run, scalar($parser->failed), join(", ", $parser->parse_errors);
"#;

#[test]
fn sarif_follows_its_schema_and_has_a_result_for_each_failure() -> Result<()> {
    let schema = sarif::schema()?;
    for run in Run::all()? {
        let document: Value = serde_json::from_str(&run.text("sarif")?)?;
        let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        ensure!(errors.is_empty(), "{}: {errors:?}", run.name);
        let counts = run.counts()?;
        let results = sarif::consistent(&document).with_context(|| run.name.clone())?;
        ensure!(results == counts.failed + counts.errored, "{}: {results}, not {counts:?}", run.name);
    }
    Ok(())
}

#[test]
fn annotations_are_read_by_the_rules_of_github() -> Result<()> {
    for run in Run::all()? {
        let text = run.text("github")?;
        let results: Value = serde_json::from_str(&run.text("json")?)?;
        let results = results.as_array().context("a list")?.clone();
        let is =
            |result: &Value, name: &str| result.get(name).is_some_and(|value| *value != Value::Bool(false));
        let mut wanted =
            results.iter().filter(|result| ["fail", "error", "skip"].iter().any(|name| is(result, name)));
        for line in text.lines() {
            let (name, properties, message) = workflow_command(line).with_context(|| line.to_owned())?;
            let result = wanted.next().context("an annotation too many")?;
            ensure!(name == if is(result, "skip") { "notice" } else { "error" }, "{line}");
            ensure!(!message.is_empty(), "{line}");
            ensure!(properties.keys().eq(["file", "line", "title"]), "{properties:?}");
            let row = result.pointer("/location/row").context("a row")?.to_string();
            ensure!(properties.get("line") == Some(&row), "{line}");
            let file = result.pointer("/location/file").and_then(Value::as_str).context("a file")?;
            let shown = |text: &str| text.replace('\u{1b}', "\\u{1b}").replace('\u{7}', "\\u{7}");
            ensure!(properties.get("file") == Some(&shown(file)), "{line}");
        }
        ensure!(wanted.next().is_none(), "{}: an annotation is missing", run.name);
    }
    Ok(())
}

/// A command as the runner reads it: two colons, the name, a space, properties between commas, two colons, the message.
fn workflow_command(line: &str) -> Option<(String, BTreeMap<String, String>, String)> {
    let (head, message) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ')?;
    let mut found = BTreeMap::new();
    for property in properties.trim().split(',') {
        let (name, value) = property.split_once('=')?;
        let value = value.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        found.insert(name.to_owned(), value.replace("%25", "%"));
    }
    let message = message.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    Some((name.to_owned(), found, message))
}

#[test]
fn a_report_in_a_file_is_the_report_of_standard_output() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::write(
        folder.path().join("a_test.rego"),
        "package a_test\n\ntest_a if false\n\ntest_b if true\n",
    )?;
    let times = regex::Regex::new(r#"\([\d.]+[mnµ]?s\)|"duration": \d+|time="[\d.]+"|duration_ms: [\d.]+"#)?;
    for format in FORMATS {
        let colours = ["--color", "always", "test", "a_test.rego"];
        let to_file = run(folder.path(), &[&colours[..], &["--report", &format!("{format}=out")]].concat())?;
        ensure!(to_file.exit_code == Some(2), "{to_file:?}");
        let to_stdout = run(folder.path(), &["test", "a_test.rego", "--report", format])?;
        let short = run(folder.path(), &["test", "a_test.rego", "-f", format])?;
        let file = fs_err::read_to_string(folder.path().join("out"))?;
        let masked = |text: &str| times.replace_all(text, "TIME").into_owned();
        ensure!(!file.is_empty() && masked(&file) == masked(&to_stdout.stdout), "{format}: {file}");
        ensure!(masked(&short.stdout) == masked(&to_stdout.stdout), "{format}");
    }
    Ok(())
}

#[test]
fn a_file_that_can_no_longer_be_written_is_named_and_ends_with_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    fs_err::create_dir(&out)?;
    let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    let policy = format!(
        "package a_test\n\ntest_a if http.send({{\"method\": \"get\", \"url\": \"http://{}\"}}).status_code == 1\n",
        server.local_addr()?
    );
    fs_err::write(folder.path().join("a_test.rego"), policy)?;
    let answer = std::thread::scope(|scope| {
        // The run has begun once its test asks; it never gets an answer.
        scope.spawn(move || server.accept().map(|_| fs_err::remove_dir(out)));
        let reports = ["--report", "junit=out/a.xml", "--report", "tap=b.tap"];
        run(folder.path(), &[&["test", "a_test.rego", "--allow-net"], &reports[..]].concat())
    })?;
    ensure!(answer.exit_code == Some(1), "{answer:?}");
    ensure!(
        answer
            .stderr
            .to_lowercase()
            .ends_with("error: `out/a.xml` can't be written: there is no directory `out`\n"),
        "{answer:?}"
    );
    let tap = fs_err::read_to_string(folder.path().join("b.tap"))?;
    ensure!(tap.contains("not ok 1 - data.a_test.test_a"), "the other report is there: {tap}");
    Ok(())
}

#[test]
fn files_are_written_when_nobody_reads_standard_output() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let tests: Vec<String> = (0..2000).map(|number| format!("test_{number} if false\n")).collect();
    fs_err::write(folder.path().join("a_test.rego"), format!("package a_test\n\n{}", tests.join("\n")))?;
    let mut child = command(&portcullis(), folder.path())
        .args(["test", "a_test.rego", "-v", "--report", "tap=out.tap"])
        .spawn()?;
    drop(child.stdout.take());
    let status = child.wait()?;
    let tap = fs_err::read_to_string(folder.path().join("out.tap"))?;
    let points = tap.lines().filter(|line| line.starts_with("not ok ")).count();
    ensure!(status.code() == Some(2) && points == 2000, "{status}: {points} points");
    Ok(())
}

#[test]
fn nothing_stays_of_a_run_that_could_not_start() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::write(folder.path().join("a.rego"), "package")?;
    fs_err::write(folder.path().join("before.xml"), "before")?;
    let Answer { exit_code, .. } =
        run(folder.path(), &["test", "a.rego", "--report", "junit=before.xml", "--report", "tap=new.tap"])?;
    ensure!(exit_code == Some(1), "{exit_code:?}");
    ensure!(fs_err::read_to_string(folder.path().join("before.xml"))? == "before");
    ensure!(fs_err::read_dir(folder.path())?.count() == 2);
    Ok(())
}
