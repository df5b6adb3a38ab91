//! Differences between versions in Markdown, for a comment on a pull request.

use std::fmt::Write as _;

use portcullis::diff::{Difference, State};

use super::{Told, example, verdict};
use crate::report::bundle_diff_markdown::code;

/// A table for each decision, with its first rows only, since comments may not have any size. What comes out of policies stands in
/// code spans.
pub(crate) fn markdown(told: &Told<'_>) -> String {
    let mut text = String::from("### What the change decides otherwise\n");
    for compared in &told.compared {
        let name = code(&compared.decision.name());
        if compared.state == State::Identical {
            _ = writeln!(text, "\n{name}: identical rules and data.");
            continue;
        }
        if compared.differences.is_empty() {
            _ = writeln!(text, "\n{name}: no difference among {} inputs.", compared.tried);
            continue;
        }
        _ = writeln!(text, "\n{name}, {} inputs asked:\n", compared.tried);
        text.push_str(
            "| what | ID | rule | example | old | new | inputs (sampled) |\n|---|---|---|---|---|---|---|\n",
        );
        for difference in compared.differences.iter().take(MAX_ROWS) {
            write_row(told, difference, compared.fails(difference), &mut text);
        }
        if compared.differences.len() > MAX_ROWS {
            _ = writeln!(text, "\n{} more are not shown.", compared.differences.len() - MAX_ROWS);
        }
        if compared.has_more {
            text.push_str(
                "\nMore of the same kind was found than is told: look again when these are settled.\n",
            );
        }
    }
    if told.fails() {
        text.push_str("\nWhat is bold fails until it is approved: `portcullis diff` with `--approve ID --reason TEXT`.\n");
    }
    text
}

fn write_row(told: &Told<'_>, one: &Difference, fails: bool, text: &mut String) {
    let rule = told
        .deciding(one)
        .first()
        .map_or_else(String::new, |(place, _)| code(&format!("{}:{}", place.file, place.start.row)));
    let class = match (fails, told.approved.get(&one.id)) {
        (_, Some(reason)) => format!("{}, approved: {}", one.class.as_str(), code(reason)),
        (true, None) => format!("**{}**", one.class.as_str()),
        (false, None) => one.class.as_str().to_owned(),
    };
    _ = writeln!(
        text,
        "| {class} | {} | {rule} | {} | {} | {} | {} |",
        code(&one.id),
        code(&example(one)),
        verdict(&one.old),
        verdict(&one.new),
        code(&one.cube.to_string()),
    );
}

const MAX_ROWS: usize = 20;
