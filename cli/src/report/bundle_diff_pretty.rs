//! How two bundles differ, for people: a line for each thing.

use std::fmt::Write as _;

use portcullis::bundle::Change;
use portcullis::value::Difference;

use super::bundle_diff::{Bundles, data_path, manifest_path, places, rule_path};
use super::diagnostics::one_line;
use crate::plural::plural;

/// The lines, below the name of what they are about. `+` was added, `-` removed, `~` changed. Control characters are shown, not
/// obeyed.
pub(crate) fn write(bundles: &Bundles<'_>) -> String {
    let found = bundles.difference;
    let names = format!("{} -> {}", one_line(bundles.before), one_line(bundles.after));
    if found.is_nothing() {
        return format!("{names}: the files are the same\n");
    }
    let mut text = format!("{names}: {} with a difference\n", plural(found.files.len() as u64, "file"));
    let files = found.files.iter().map(|file| (file.change(), file.path.clone(), String::new()));
    section("FILES", files, &mut text);
    let manifest = found.manifest.iter();
    let manifest =
        manifest.map(|field| of_value(field, manifest_path(&field.path), bundles.values.of_manifest(field)));
    section("MANIFEST", manifest, &mut text);
    let packages = found.packages.iter().map(|one| (one.change, one.package.clone(), String::new()));
    section("PACKAGES", packages, &mut text);
    let rules = found.rules.iter().map(|rule| {
        let [before, after] = [&rule.before, &rule.after].map(|list| shortened(places(list)));
        let places = match (before.is_empty(), after.is_empty()) {
            (true, _) => after,
            (false, true) => before,
            (false, false) => format!("{before} -> {after}"),
        };
        (rule.change, rule_path(&rule.package, &rule.name), places)
    });
    section("RULES", rules, &mut text);
    let data = found.data.iter();
    let data = data.map(|one| of_value(one, data_path(&one.path), bundles.values.of_data(one)));
    section("DATA", data, &mut text);
    if found.more_data {
        text.push_str("    and more\n");
    }
    if found.manifest.is_empty()
        && found.packages.is_empty()
        && found.rules.is_empty()
        && found.data.is_empty()
    {
        text.push_str("No field of the manifest, rule or value of the data differs.\n");
    }
    text
}

type Line = (Change, String, String);

fn of_value(difference: &Difference, path: String, values: [Option<String>; 2]) -> Line {
    let values = match values {
        [Some(before), Some(after)] => format!("{before} -> {after}"),
        [Some(only), None] | [None, Some(only)] => only,
        [None, None] => String::new(),
    };
    (Change::of_value(difference), path, values)
}

fn section(name: &str, lines: impl Iterator<Item = Line>, text: &mut String) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return;
    }
    // Writing to a string can't fail.
    _ = writeln!(text, "{name}:");
    for (change, what, more) in lines {
        let sign = match change {
            Change::Added => '+',
            Change::Removed => '-',
            Change::Changed => '~',
        };
        let colon = if more.is_empty() { "" } else { ": " };
        _ = writeln!(text, "  {sign} {}{colon}{}", one_line(&what), one_line(&more));
    }
}

fn shortened(mut places: Vec<String>) -> String {
    let more = places.len().saturating_sub(PLACES);
    places.truncate(PLACES);
    let shown = places.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// How many places of a rule are shown on each side.
const PLACES: usize = 5;
