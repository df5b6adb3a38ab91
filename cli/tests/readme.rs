//! The example in README.md gives what README.md says.

#![allow(clippy::expect_used, reason = "tests")]

use std::process::Command;

use regex::Regex;

/// Fenced blocks as (language, text).
fn blocks(markdown: &str) -> Vec<(String, String)> {
    let fence = Regex::new(r"(?ms)^```(\w+)\n(.*?)^```$").expect("a pattern");
    fence.captures_iter(markdown).map(|block| (block[1].to_owned(), block[2].to_owned())).collect()
}

#[test]
fn the_table_of_the_readme_fails_as_shown() {
    let readme = include_str!("../../README.md");
    let folder = tempfile::tempdir().expect("a folder");
    for (_, text) in blocks(readme) {
        if let Some(name) = text.lines().next().and_then(|line| line.strip_prefix("# ")) {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs_err::write(path, &text).expect("a file");
        }
    }
    let console = blocks(readme).into_iter().find(|(language, _)| language == "console").expect("a console");
    let (command, expected) = console.1.split_once('\n').expect("a command and its output");
    let arguments = command.strip_prefix("$ portcullis ").expect("a command of ours").split(' ');
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .expect("the command runs");
    let duration = Regex::new(r"\([\d.]+(ns|µs|ms|s)\)").expect("a pattern");
    let masked = |text: &str| duration.replace_all(text, "(_)").into_owned();
    assert_eq!(masked(&String::from_utf8_lossy(&output.stdout)), masked(expected));
    assert_eq!(output.status.code(), Some(2));
}
