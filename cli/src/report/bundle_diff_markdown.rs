//! How two bundles differ, in Markdown for a comment on a pull request.

use std::fmt::Write as _;

use portcullis::bundle::{Change, FileSummary};

use super::bundle_diff::{Bundles, data_path, manifest_path, places, rule_path, word};
use super::diagnostics::one_line;
use crate::plural::plural;

/// Tables, each with its first rows only, since comments may not have any size. What comes out of bundles stands in code spans,
/// where it is neither a link nor HTML nor a mention.
pub(crate) fn write(bundles: &Bundles<'_>) -> String {
    let found = bundles.difference;
    let mut text = format!("### {} → {}\n", code(bundles.before), code(bundles.after));
    if found.is_nothing() {
        text.push_str("\nThe files are the same.\n");
        return text;
    }
    let rules = found.rules.iter().map(|rule| {
        let [before, after] = [&rule.before, &rule.after].map(|list| joined(&places(list)));
        vec![code(&rule_path(&rule.package, &rule.name)), word(rule.change).to_owned(), before, after]
    });
    table("rule", rules.collect(), &mut text);
    let data = found.data.iter().map(|one| {
        let [before, after] = bundles.values.of_data(one).map(optional);
        vec![code(&data_path(&one.path)), word(Change::of_value(one)).to_owned(), before, after]
    });
    table("data", data.collect(), &mut text);
    if found.more_data {
        text.push_str("\nMore data differs than is told here.\n");
    }
    let manifest = found.manifest.iter().map(|field| {
        let [before, after] = bundles.values.of_manifest(field).map(optional);
        vec![code(&manifest_path(&field.path)), word(Change::of_value(field)).to_owned(), before, after]
    });
    table("manifest", manifest.collect(), &mut text);
    let packages = found.packages.iter();
    let packages = packages
        .map(|one| vec![code(&one.package), word(one.change).to_owned(), String::new(), String::new()]);
    table("package", packages.collect(), &mut text);
    let size = |file: &Option<FileSummary>| {
        file.as_ref().map(|file| plural(file.bytes as u64, "byte")).unwrap_or_default()
    };
    let files = found.files.iter().map(|file| {
        vec![code(&file.path), word(file.change()).to_owned(), size(&file.before), size(&file.after)]
    });
    table("file", files.collect(), &mut text);
    text
}

fn table(heading: &str, rows: Vec<Vec<String>>, text: &mut String) {
    if rows.is_empty() {
        return;
    }
    // Writing to a string can't fail.
    _ = writeln!(text, "\n| {heading} | | before | after |\n|---|---|---|---|");
    let more = rows.len().saturating_sub(ROWS);
    for row in rows.into_iter().take(ROWS) {
        _ = writeln!(text, "| {} |", row.join(" | "));
    }
    if more > 0 {
        _ = writeln!(text, "\nAnd {more} more.");
    }
}

fn joined(places: &[String]) -> String {
    let shown: Vec<String> = places.iter().take(PLACES).map(|place| code(place)).collect();
    let dots = if places.len() > PLACES { ", …" } else { "" };
    shown.join(", ") + dots
}

fn optional(text: Option<String>) -> String {
    text.map(|text| code(&text)).unwrap_or_default()
}

/// A code span in a table, whatever is in it. No run of backticks in it is as long as those around it.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let line = one_line(text);
    let mut chars = line.chars();
    let mut short: String = chars.by_ref().take(WIDTH).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    let runs = short.split(|char| char != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or_default() + 1);
    let space = if short.starts_with('`') || short.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", short.replace('|', "\\|"))
}

/// How many rows a table has.
const ROWS: usize = 30;
/// How many places of a rule are shown on each side.
const PLACES: usize = 3;
/// How many characters of a name or value are shown.
const WIDTH: usize = 120;

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn code_spans_hold_whatever_is_in_them() {
        for (text, expected) in [
            ("a", "`a`"),
            ("a|b", "`a\\|b`"),
            ("a`b", "``a`b``"),
            ("`", "`` ` ``"),
            ("a\n<b>", "`a\\n<b>`"),
            ("", ""),
        ] {
            assert_eq!(code(text), expected);
        }
        assert_eq!(code(&"x".repeat(300)).chars().count(), 123);
    }
}
