//! Files that nobody should pass on as policies: each command that reads them says what is wrong, in each of its formats.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::run::{Answer, command, exists, finish, finish_within, portcullis, run};

/// The commands that read the file, with the formats that errors come in.
const COMMANDS: [&[&str]; 4] =
    [&["check", "FILE"], &["parse", "FILE"], &["deps", "data.a.p", "-d", "FILE"], &["inspect", "-a", "FILE"]];

/// A busy machine needs its time for large files.
const PATIENCE: Duration = Duration::from_mins(2);

#[test]
fn broken_files_are_told_in_each_format() -> Result<()> {
    let every_byte: Vec<u8> = (0..=u8::MAX).cycle().take(10_000).collect();
    let mark = "\u{feff}".as_bytes();
    for (what, content) in [
        ("binary", every_byte),
        ("invalid UTF-8 in a comment", b"package a\n\n# \xff\xfe\np := 1\n".to_vec()),
        ("invalid UTF-8 in a string", b"package a\n\np := \"\xc3\x28\"\n".to_vec()),
        ("half a character at the end", b"package a\n\np := \"\xe2\x82".to_vec()),
        ("a null character", b"package a\n\np := \0\n".to_vec()),
        ("two byte order marks", [mark, mark, b"package a\n"].concat()),
        ("UTF-16", "package a\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("only a byte order mark", mark.to_vec()),
        ("only spaces", b" \t\n\r\n".to_vec()),
        ("nothing", Vec::new()),
        ("carriage returns alone", b"package a\rp := ]\r".to_vec()),
        ("control characters", b"package a\n\np := \x1b[31m\x07\n".to_vec()),
        ("an archive", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03".to_vec()),
    ] {
        let folder = tempfile::tempdir()?;
        fs_err::write(folder.path().join("a.rego"), content)?;
        refused_by_all(folder.path(), "a.rego", what)?;
    }
    Ok(())
}

#[test]
fn files_that_can_not_be_read_are_told_in_each_format() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::create_dir(folder.path().join("folder.rego"))?;
    std::os::unix::fs::symlink("loop.rego", folder.path().join("loop.rego"))?;
    std::os::unix::fs::symlink("gone.rego", folder.path().join("dangling.rego"))?;
    for name in ["missing.rego", "loop.rego", "dangling.rego"] {
        refused_by_all(folder.path(), name, name)?;
    }
    // A folder holds no module, whatever its name: what lists a folder finds nothing in it.
    for line in [&["parse", "folder.rego"][..], &["parse", "-f", "json", "folder.rego"]] {
        let answer = run(folder.path(), line)?;
        ensure!(answer.exit_code == Some(1), "{line:?}: {answer:?}");
    }
    Ok(())
}

#[test]
fn names_of_files_stay_on_their_line_and_steer_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let name = "\u{1b}]0;owned\u{7}\n\u{9b}1m\u{202e}.rego";
    fs_err::write(folder.path().join(name), "package a\n\np := ]\n")?;
    refused_by_all(folder.path(), name, "a name with control characters")?;
    refused_by_all(folder.path(), &format!("missing{name}"), "a missing name with control characters")?;
    // What succeeds shows names too.
    fs_err::write(folder.path().join(name), "# METADATA\n# title: \"\\e[31m\\x07\"\npackage a\n")?;
    for line in [&["inspect", "-a", name][..], &["parse", name], &["inspect", "-a", "."]] {
        let answer = run(folder.path(), line)?;
        ensure!(answer.exit_code == Some(0), "{line:?}: {answer:?}");
    }
    Ok(())
}

#[test]
fn marks_and_line_ends_of_other_systems_are_read() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let text = "package a\n\n# METADATA\n# title: A\np if input.x\n";
    for (name, content) in [
        ("mark.rego", format!("\u{feff}{text}")),
        ("crlf.rego", text.replace('\n', "\r\n")),
        ("both.rego", format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        ("no_end.rego", text.trim_end().to_owned()),
    ] {
        fs_err::write(folder.path().join(name), content)?;
        let mut outputs = Vec::new();
        for line in COMMANDS {
            let answer = run(folder.path(), &with_file(line, name))?;
            ensure!(answer.exit_code == Some(0) && answer.stderr.is_empty(), "{name}: {line:?}: {answer:?}");
            outputs.push(answer.stdout);
        }
        ensure!(outputs.iter().any(|output| output.contains("input.x")), "{name}: {outputs:?}");
        if exists("opa") {
            let opa = finish(command(Path::new("opa"), folder.path()).args(["parse", name]), b"")?;
            ensure!(opa.stdout == outputs.get(1).cloned().unwrap_or_default(), "{name}: {}", opa.stdout);
        }
    }
    Ok(())
}

#[test]
fn folders_that_lead_into_themselves_are_read_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::create_dir_all(folder.path().join("a/b"))?;
    fs_err::write(folder.path().join("a/p.rego"), "package a\n\np if input.x\n")?;
    std::os::unix::fs::symlink("..", folder.path().join("a/b/up"))?;
    std::os::unix::fs::symlink(".", folder.path().join("a/same"))?;
    for line in [
        &["check", "a"][..],
        &["check", "-b", "a"],
        &["deps", "data.a.p", "-d", "a"],
        &["inspect", "a"],
        &["check", "--schema", "a/b", "a/p.rego"],
    ] {
        let answer = finish_within(PATIENCE, command(&portcullis(), folder.path()).args(line), b"")?;
        ensure!(matches!(answer.exit_code, Some(0 | 1)), "{line:?}: {answer:?}");
        ensure!(answer.exit_code == Some(0) || answer.stderr.contains("error"), "{line:?}: {answer:?}");
    }
    Ok(())
}

#[test]
fn a_file_of_50_megabytes_is_read_or_refused_in_few_words() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let long = "x".repeat(50_000_000);
    fs_err::write(folder.path().join("good.rego"), format!("package a\n\n#{long}\np := 1\n"))?;
    fs_err::write(folder.path().join("bad.rego"), format!("package a\n\n#{long}\np := ]\n"))?;
    let files = [("bad.rego", 1), ("good.rego", 0)].into_iter().cycle();
    for (line, (name, code)) in COMMANDS.iter().zip(files) {
        let line = with_file(line, name);
        let answer = finish_within(PATIENCE, command(&portcullis(), folder.path()).args(&line), b"")?;
        ensure!(answer.exit_code == Some(code), "{line:?}: {:?}", answer.exit_code);
        ensure!(answer.stdout.len() + answer.stderr.len() < 4_000, "{line:?} has too much to say");
    }
    Ok(())
}

#[test]
fn a_schema_that_is_no_file_of_text_is_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::write(folder.path().join("a.rego"), "package a\n")?;
    fs_err::write(folder.path().join("binary.json"), b"\xff\xfe\x00\x01")?;
    fs_err::write(folder.path().join("deep.json"), "[".repeat(100_000))?;
    let nested = format!("{}{{}}{}", r#"{"items":"#.repeat(5_000), "}".repeat(5_000));
    fs_err::write(folder.path().join("nested.json"), nested)?;
    for name in ["binary.json", "deep.json", "nested.json", "missing.json"] {
        refused(&run(folder.path(), &["check", "--schema", name, "a.rego"])?, name)?;
        refused_in_json(&run(folder.path(), &["check", "-f", "json", "--schema", name, "a.rego"])?, name)?;
        let answer = run(folder.path(), &["check", "--capabilities", name, "a.rego"])?;
        ensure!(answer.exit_code == Some(1) && !answer.stderr.is_empty(), "{name}: {answer:?}");
    }
    Ok(())
}

fn refused_by_all(folder: &Path, name: &str, what: &str) -> Result<()> {
    for line in COMMANDS {
        let line = with_file(line, name);
        let what = format!("{what}: {line:?}");
        refused(&run(folder, &line)?, &what)?;
        refused_in_json(&run(folder, &[line.as_slice(), &["-f", "json"]].concat())?, &what)?;
    }
    Ok(())
}

/// Whether a command gave up and said why, without what steers a terminal.
fn refused(answer: &Answer, what: &str) -> Result<()> {
    ensure!(answer.exit_code == Some(1), "{what}: {answer:?}");
    ensure!(answer.stdout.is_empty() && answer.stderr.contains("error"), "{what}: {answer:?}");
    let steers = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    ensure!(!answer.stderr.contains(steers), "{what}: {answer:?}");
    ensure!(!answer.stderr.contains("panicked"), "{what}: {answer:?}");
    Ok(())
}

/// Whether a command gave up with a document that says why.
fn refused_in_json(answer: &Answer, what: &str) -> Result<()> {
    ensure!(answer.exit_code == Some(1) && answer.stderr.is_empty(), "{what}: {answer:?}");
    let document: Value =
        serde_json::from_str(&answer.stdout).with_context(|| format!("{what}: {answer:?}"))?;
    let errors = document.get("errors").and_then(Value::as_array).context("there are no errors")?;
    ensure!(!errors.is_empty(), "{what}: {answer:?}");
    for error in errors {
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        ensure!(!message.is_empty(), "{what}: {answer:?}");
    }
    Ok(())
}

fn with_file<'a>(line: &[&'a str], name: &'a str) -> Vec<&'a str> {
    line.iter().map(|word| if *word == "FILE" { name } else { word }).collect()
}
