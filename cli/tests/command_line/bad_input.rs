//! Input that nobody should send: an error, and never a crash, a hang or silence.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::run::{Answer, command, finish, finish_within, portcullis, run, say};

const DEEP: usize = 100_000;

/// What refuses input that is too deep has no work to do.
const AT_ONCE: Duration = Duration::from_secs(20);

#[test]
fn a_reader_that_went_away_is_no_failure() -> Result<()> {
    let folder = package()?;
    for line in [
        &["eval", "-f", "raw", "numbers.range(1, 20000)"][..],
        &["eval", "1"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["--version"],
        &["help", "test"],
        &["test", ".", "-v"],
        &["test", ".", "-f", "json"],
    ] {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let answer = finish(command(&portcullis(), folder.path()).args(line).stdout(writer), b"")?;
        ensure!(answer.exit_code == Some(0) && answer.stderr.is_empty(), "{line:?}: {answer:?}");
    }
    Ok(())
}

#[test]
fn nobody_hears_errors_when_standard_error_is_closed_but_the_exit_code_stands() -> Result<()> {
    let folder = package()?;
    for (line, code) in [(&["check", "missing"][..], 1), (&["eval", "1 +"], 2), (&["frobnicate"], 1)] {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let answer = finish(command(&portcullis(), folder.path()).args(line).stderr(writer), b"")?;
        ensure!(answer.exit_code == Some(code), "{line:?}: {answer:?}");
    }
    Ok(())
}

#[test]
fn a_full_disk_is_an_error() -> Result<()> {
    if !Path::new("/dev/full").exists() {
        return say("skipped: there is no /dev/full to write to");
    }
    let folder = package()?;
    for line in [
        &["eval", "-f", "raw", "numbers.range(1, 20000)"][..],
        &["eval", "1"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["--version"],
        &["test", ".", "-v"],
        &["test", ".", "-f", "json"],
    ] {
        let full: Stdio = fs_err::OpenOptions::new().write(true).open("/dev/full")?.into_file().into();
        let answer = finish(command(&portcullis(), folder.path()).args(line).stdout(full), b"")?;
        ensure!(matches!(answer.exit_code, Some(1 | 2)), "{line:?}: {answer:?}");
        let told = answer.stderr.matches("standard output can't be written").count();
        ensure!(told == 1, "{line:?} tells {told} times of the full disk: {answer:?}");
    }
    Ok(())
}

#[test]
fn arguments_that_are_no_utf8_are_refused() -> Result<()> {
    let folder = package()?;
    for line in
        [&[&b"eval"[..], b"\xff"][..], &[b"check", b"a\xff"], &[b"\xff\xfe"], &[b"test", b"-r", b"\xff"]]
    {
        let line: Vec<OsString> = line.iter().map(|word| OsString::from_vec(word.to_vec())).collect();
        let answer = run(folder.path(), &line)?;
        refused(&answer, 1, "", &format!("{line:?}"))?;
    }
    Ok(())
}

#[test]
fn a_file_name_that_is_no_utf8_is_shown_and_does_not_stop_the_others() -> Result<()> {
    let folder = package()?;
    let name = OsString::from_vec(b"b\xff\x1b[31m.rego".to_vec());
    if fs_err::write(folder.path().join(name), "package b\n\np := }\n").is_err() {
        return say("skipped: the file system takes only names in UTF-8");
    }
    let answer = run(folder.path(), &["check", "."])?;
    refused(&answer, 1, "p := }", "check")?;
    ensure!(!answer.stderr.contains('\u{1b}'), "{answer:?}");
    Ok(())
}

#[test]
fn raw_answers_are_not_changed_on_their_way_into_a_pipe() -> Result<()> {
    let folder = package()?;
    let query = r#"["\u001b[31m\u0007\u009b1m\tx\r\n"][_]"#;
    let answer = run(folder.path(), &["eval", "-f", "raw", query])?;
    ensure!(answer.stdout == "\u{1b}[31m\u{7}\u{9b}1m\tx\r\n\n", "{answer:?}");
    Ok(())
}

#[test]
fn what_files_hold_never_steers_the_terminal() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}1m\u{8}\u{202e}\u{7f}";
    let name = format!("{hostile}.rego").replace('/', "");
    for (line, content) in [
        (&["check", "."][..], format!("package a\n\np := \"{hostile}\" }}\n")),
        (&["check", "."], format!("package a\n\n{hostile}\n")),
        (
            &["test", "."],
            format!("package a\n\ntest_a if {{\n\tprint(\"{}\")\n\tfalse\n}}\n", escaped(hostile)),
        ),
        (&["test", ".", "-v"], format!("package a\n\ntest_{hostile} if true\n")),
    ] {
        fs_err::write(folder.path().join(&name), &content)?;
        let answer = run(folder.path(), line)?;
        let text = format!("{}{}", answer.stdout, answer.stderr);
        let steers = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        ensure!(answer.exit_code.is_some() && !text.contains(steers), "{line:?} on {content:?}: {answer:?}");
    }
    for line in [&["check", hostile][..], &["eval", "-f", hostile], &[hostile], &["eval", "-i", hostile, "1"]]
    {
        // What isn't coloured anyway tells nothing: the terminal would get it with its colours.
        let line = [&["--color", "always"], line].concat();
        let answer = run(folder.path(), &line)?;
        for sequence in ["\u{1b}]0", "\u{7}", "\u{1b}[2J", "\u{9b}", "\u{8}", "\u{202e}", "\u{7f}"] {
            ensure!(!answer.stderr.contains(sequence), "{line:?} passes {sequence:?} on: {answer:?}");
        }
    }
    Ok(())
}

#[test]
fn a_module_of_20_megabytes_on_one_line_is_read_or_refused_in_few_words() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let long = "a".repeat(20_000_000);
    fs_err::write(folder.path().join("good.rego"), format!("package a\nx := \"{long}\"\n"))?;
    fs_err::write(folder.path().join("bad.rego"), format!("package a; x := \"{long}\" }}"))?;
    fs_err::write(folder.path().join("bad.json"), format!("{{\"a\": \"{long}\" }} }}"))?;
    for file in ["good.rego", "bad.rego", "bad.json"] {
        let answer = run(folder.path(), &["check", file])?;
        ensure!(matches!(answer.exit_code, Some(0 | 1)), "{file}: {:?}", answer.exit_code);
        ensure!(answer.exit_code == Some(0) || !answer.stderr.is_empty(), "{file} is refused in silence");
        ensure!(answer.stderr.len() < 4_000, "{file}: {} bytes of errors", answer.stderr.len());
    }
    Ok(())
}

#[test]
fn files_that_are_no_text_are_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(10_000).collect();
    for name in ["a.rego", "a.json", "a.yaml", "a.suite.yaml", "a.tar.gz"] {
        fs_err::write(folder.path().join(name), &bytes)?;
        let flag = if name == "a.tar.gz" { "-b" } else { "--color=auto" };
        refused(&run(folder.path(), &["test", flag, name])?, 1, "a.", name)?;
    }
    for name in ["a.json", "a.yaml", "a.rego"] {
        refused(&run(folder.path(), &["eval", "-i", name, "input"])?, 2, "UTF-8", name)?;
    }
    Ok(())
}

#[test]
fn empty_files_are_told_apart_from_missing_ones() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for name in ["a.rego", "a.suite.yaml", "a.tar.gz"] {
        fs_err::write(folder.path().join(name), "")?;
        let flag = if name == "a.tar.gz" { "-b" } else { "--color=auto" };
        refused(&run(folder.path(), &["test", flag, name])?, 1, name, name)?;
    }
    Ok(())
}

#[test]
fn deep_nesting_in_documents_is_an_error() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let brackets = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let objects = format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP));
    let indented: String = (0..3_000).flat_map(|depth| [" ".repeat(depth), "a:\n".to_owned()]).collect();
    for (name, content) in [
        ("brackets.json", brackets.clone()),
        ("brackets.yaml", format!("a: {brackets}\n")),
        ("objects.json", objects),
        ("dashes.yaml", format!("a:\n  {}x\n", "- ".repeat(DEEP))),
    ] {
        fs_err::write(folder.path().join(name), content)?;
        for line in [&["eval", "-i", name, "input"][..], &["eval", "-f", "pretty", "-d", name, "data"]] {
            refused(&run(folder.path(), line)?, 2, name, &format!("{line:?}"))?;
        }
    }
    refused(
        &finish(command(&portcullis(), folder.path()).args(["eval", "-I", "input"]), brackets.as_bytes())?,
        2,
        "<stdin>",
        "standard input",
    )?;
    fs_err::write(folder.path().join("indented.yaml"), indented)?;
    let answer = run(folder.path(), &["eval", "-i", "indented.yaml", "count(input)"])?;
    ensure!(matches!(answer.exit_code, Some(0 | 2)), "indented.yaml: {answer:?}");
    Ok(())
}

#[test]
fn deep_nesting_in_policies_is_an_error() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let nested = |open: &str, inner: &str, close: &str| {
        format!("package a\n\nx := {}{inner}{}\n", open.repeat(DEEP), close.repeat(DEEP))
    };
    let mut wrong = Vec::new();
    for (name, content) in [
        ("arrays", nested("[", "", "]")),
        ("objects", nested("{\"a\":", "1", "}")),
        ("sets", nested("{", "1", "}")),
        ("parentheses", nested("(", "1", ")")),
        ("calls", nested("abs(", "1", ")")),
        ("comprehensions", nested("[y | y := ", "1", "]")),
        ("references", nested("a[", "0", "]")),
        ("unfinished", format!("package a\n\nx := {}\n", "[".repeat(DEEP))),
        ("negations", format!("package a\n\nx if {}true\n", "not ".repeat(DEEP))),
        ("everys", format!("package a\n\nx if {}\n", "every y in [1] { ".repeat(DEEP))),
        ("elses", format!("package a\n\nx := 1 if false {}\n", "else := 2 if false ".repeat(DEEP))),
        ("sums", format!("package a\n\nx := 1{}\n", " + 1".repeat(DEEP))),
    ] {
        fs_err::write(folder.path().join("a.rego"), content)?;
        let mut line = command(&portcullis(), folder.path());
        let answer = finish_within(AT_ONCE, line.args(["check", "a.rego"]), b"")?;
        // A list of many is not deep, however it is parsed: it may be good.
        let may_be_good = matches!(name, "sums" | "elses");
        let good = may_be_good && answer.exit_code == Some(0);
        if let (false, Err(error)) = (good, refused(&answer, 1, "a.rego", name)) {
            let text = error.to_string();
            wrong.push(text.chars().take(300).collect::<String>());
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn huge_queries_are_answered_or_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let limit = 100_000;
    for query in ["[".repeat(limit), "(".repeat(limit), "1+".repeat(limit / 2), "x".repeat(limit)] {
        let mut line = command(&portcullis(), folder.path());
        let answer = finish_within(AT_ONCE, line.args(["eval", "-f", "pretty", &query]), b"")?;
        let start: String = query.chars().take(10).collect();
        ensure!(answer.exit_code == Some(2), "{start}...: {:?}", answer.exit_code);
        ensure!(!answer.stderr.is_empty(), "{start}... is refused in silence");
        ensure!(answer.stderr.len() < 2 * limit, "{start}...: {} bytes of errors", answer.stderr.len());
    }
    let strings = format!("count([{}\"x\"]) > 0", "\"x\",".repeat(limit / 5));
    let answer = run(folder.path(), &["eval", "-f", "raw", &strings])?;
    ensure!(answer.stdout == "true\n" || !answer.stderr.is_empty(), "{:?}", answer.exit_code);
    Ok(())
}

#[test]
fn a_directory_is_no_input() -> Result<()> {
    let folder = package()?;
    refused(&run(folder.path(), &["eval", "-i", ".", "input"])?, 2, "directory", "eval -i .")
}

#[test]
fn a_file_that_may_not_be_read_is_named() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("secret.rego");
    fs_err::write(&path, "package secret\n")?;
    fs_err::set_permissions(&path, PermissionsExt::from_mode(0o000))?;
    if fs_err::read(&path).is_ok() {
        return say("skipped: this user may read everything, so no file is unreadable");
    }
    refused(&run(folder.path(), &["check", "secret.rego"])?, 1, "secret.rego", "check")?;
    refused(&run(folder.path(), &["eval", "-i", "secret.rego", "1"])?, 2, "secret.rego", "eval -i")
}

#[test]
fn a_device_or_a_pipe_is_read_as_input() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut line = command(&portcullis(), folder.path());
    let answer = finish(line.args(["eval", "-f", "raw", "-i", "/dev/stdin", "input.a"]), br#"{"a": "b"}"#)?;
    ensure!(answer.stdout == "b\n", "{answer:?}");
    Ok(())
}

/// Whether a command gave up with this code, and said why on stderr in text that holds `part`.
fn refused(answer: &Answer, code: i32, part: &str, what: &str) -> Result<()> {
    let told: String = answer.stderr.chars().take(500).collect();
    let how = answer.exit_code.map_or("crashed or hung".to_owned(), |code| format!("ended with {code}"));
    ensure!(answer.exit_code == Some(code), "{what}: {how}, not with {code}: {told}");
    ensure!(
        answer.stderr.contains("error") && answer.stderr.contains(part),
        "{what}: no word of `{part}`: {told}"
    );
    ensure!(!answer.stderr.contains("panicked"), "{what}: {told}");
    Ok(())
}

/// As it stands in a string of Rego.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| ["\\u".to_owned(), format!("{:04x}", u32::from(c))]).collect()
}

fn package() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let text = (0..200).map(|n| format!("test_{n} if true")).collect::<Vec<_>>().join("\n\n");
    fs_err::write(folder.path().join("a_test.rego"), format!("package a_test\n\n{text}\n"))
        .context("the folder can be written")?;
    Ok(folder)
}
