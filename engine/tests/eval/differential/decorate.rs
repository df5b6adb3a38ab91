//! What is put into modules after they are written: imports, other white space, comments, annotations, and a second
//! module for some of the rules.

use std::collections::BTreeSet;

use super::random::Random;
use super::scan;

#[path = "annotations.rs"]
mod annotations;
#[path = "layout.rs"]
mod layout;

/// The modules with what was put into them.
pub(super) fn modules(seed: u64, modules: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut random = Random::new(seed ^ 0x00de_c0de);
    let mut written: BTreeSet<String> = BTreeSet::new();
    let mut decorated = Vec::new();
    for (name, text) in modules {
        let parts = if random.percent(30) { split(&mut random, &text) } else { vec![text] };
        for (number, mut text) in parts.into_iter().enumerate() {
            if random.percent(70) {
                text = imports(&mut random, &text);
            }
            if random.percent(60) {
                text = layout::relaid(&mut random, &text);
            }
            if random.percent(60) {
                text = annotations::annotated(&mut random, &text, &mut written);
            }
            let ends = random.below(100);
            if ends < 4 && !text.contains('`') {
                text = text.replace('\n', "\r\n");
            } else if ends < 5 {
                text.insert(0, '\u{feff}');
            } else if ends < 10 {
                text.truncate(text.trim_end().len());
            }
            decorated.push((if number == 0 { name.clone() } else { format!("{number}{name}") }, text));
        }
    }
    decorated
}

/// Two modules in place of one: what a rule refers to stands in its own module or in the first one.
fn split(random: &mut Random, text: &str) -> Vec<String> {
    let (header, blocks) = scan::blocks(text);
    let highest = blocks.iter().map(|block| number(block)).max().unwrap_or_default();
    let last = random.below(highest + 1);
    let (mut first, mut second, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for block in blocks {
        let again = !seen.insert(number(&block));
        if number(&block) <= last && !(again && random.percent(40)) {
            first.push(block);
        } else {
            second.push(block);
        }
    }
    if first.is_empty() || second.is_empty() {
        first.append(&mut second);
        return vec![format!("{header}\n\n{}", first.concat())];
    }
    [first, second].map(|blocks| format!("{header}\n\n{}", blocks.concat())).to_vec()
}

/// The number in the name of a rule: it refers to rules with lower ones.
fn number(block: &str) -> usize {
    let name = block.strip_prefix("default ").unwrap_or(block).trim_start_matches('_');
    let digits = name.trim_start_matches(|char: char| char.is_ascii_alphabetic());
    digits.split(|char: char| !char.is_ascii_digit()).next().unwrap_or_default().parse().unwrap_or_default()
}

/// Imports of documents, with what refers to these, and of parts of the language.
fn imports(random: &mut Random, text: &str) -> String {
    let (header, blocks) = scan::blocks(text);
    let (mut lines, mut body) = (Vec::new(), blocks.concat());
    for line in [
        "import rego.v1",
        "import rego.v2",
        "import future.keywords",
        "import future.keywords.in",
        "import future.keywords.every",
        "import future.keywords.if",
        "import future.keywords.contains",
    ] {
        if random.percent(7) && !header.contains(line) {
            lines.push(line.to_owned());
        }
    }
    for _ in 0..random.below(4) {
        let place = random.pick(PLACES);
        let last = place.rsplit(['.', '"']).find(|part| !part.is_empty() && *part != "]").unwrap_or(place);
        let alias = match random.below(20) {
            0 => random.pick(&["x1", "p1", "id", "count", "input", "_"]),
            1..=8 if place != "input" => last,
            _ => random.pick(&["lib", "req", "al", "z9", "cfg"]),
        };
        lines.push(if alias == last && random.percent(80) && place != "input" {
            format!("import {place}")
        } else {
            format!("import {place} as {alias}")
        });
        let share = random.pick(&[100, 50]);
        body = renamed(random, &body, place, alias, share);
    }
    if random.percent(2) {
        lines.push(
            random.pick(&["import data", "import future.keywords.or as x", "import other.x"]).to_owned(),
        );
    }
    if lines.len() > 1 && random.percent(3) {
        lines.push(lines[0].clone());
    }
    if random.percent(30) {
        lines.reverse();
    }
    let comment = if random.percent(20) { "# imports\n" } else { "" };
    format!("{header}\n{comment}{}\n\n{body}", lines.join("\n"))
}

const PLACES: &[&str] = &[
    "input",
    "input.o",
    "input.os",
    "input.deep",
    "input.s",
    "input.n",
    "data.d",
    "data.d",
    "data[\"d\"]",
    "data.d.o",
    "data.t.base",
    "data.u",
    "data.u.base",
    "data.t.sub",
    "data.t",
    "input[\"x y\"]",
    "data.missing.a",
];

/// The text with the alias in so many of a hundred references.
fn renamed(random: &mut Random, text: &str, place: &str, alias: &str, share: usize) -> String {
    let (mut out, mut rest) = (String::new(), text);
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
    while let Some(at) = rest.find(place) {
        let (before, after) = (&rest[..at], &rest[at + place.len()..]);
        let whole = !before.ends_with(|char| is_part(char) || char == '.') && !after.starts_with(is_part);
        out += before;
        out += if whole && random.percent(share) { alias } else { place };
        rest = after;
    }
    out + rest
}
