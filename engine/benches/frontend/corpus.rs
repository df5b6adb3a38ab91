//! Makes a corpus of modules to measure with: the same bytes for the same number of modules, on every machine.
//!
//! The modules are pieced together from `blocks.txt`, with names and numbers filled in by a small generator of random
//! numbers. They import each other, always one with a lower number, so that nothing recurs; `opa check` accepts them.

use std::fmt::Write as _;

/// One module.
pub(crate) struct Generated {
    /// The path of its file, relative to the corpus.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// The first `count` modules.
pub(crate) fn modules(count: usize) -> Vec<Generated> {
    let blocks = blocks();
    let base = Generated { path: "base.rego".to_owned(), text: BASE.to_owned() };
    std::iter::once(base).chain((0..count.saturating_sub(1)).map(|number| module(number, &blocks))).collect()
}

/// The blocks of the file by their names; the first begins each module.
fn blocks() -> Vec<&'static str> {
    let sections = include_str!("blocks.txt").split("=== ").filter(|section| !section.is_empty());
    sections.filter_map(|section| section.split_once('\n')).map(|(_, text)| text).collect()
}

fn module(number: usize, blocks: &[&str]) -> Generated {
    let mut random = Random::new(number);
    let (head, rest) = blocks.split_first().unwrap_or((&"", &[]));
    let mut text = String::with_capacity(SIZE * 3 / 2);
    let package = |at: Option<usize>| at.map_or("base".to_owned(), package_of);
    let left = package(number.checked_sub(1 + random.below(40)));
    let right = package(number.checked_sub(1 + random.below(400)));
    let own = package_of(number);
    let named = [("$package", own.as_str()), ("$left", left.as_str()), ("$right", right.as_str())];
    fill(head, &named, 0, &mut random, &mut text);
    let first = random.below(rest.len());
    for (n, block) in (1..).zip(rest.iter().cycle().skip(first)) {
        if text.len() >= SIZE {
            break;
        }
        text.push('\n');
        fill(block, &named, n, &mut random, &mut text);
    }
    Generated { path: format!("{}.rego", own.replace('.', "/")), text }
}

fn package_of(number: usize) -> String {
    let area = pick(AREAS, number);
    format!("{area}.{}.m{number:04}", pick(NOUNS, number / AREAS.len()))
}

/// Writes a block with its placeholders filled in; `$noun1` is the same word all over a block.
fn fill(block: &str, named: &[(&str, &str)], n: usize, random: &mut Random, text: &mut String) {
    let first = random.below(NOUNS.len());
    let verb = random.below(VERBS.len());
    let numbers = [(); 3].map(|()| 1 + random.below(97));
    let mut rest = block;
    while let Some(at) = rest.find('$') {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        let placeholder = PLACEHOLDERS.iter().find(|name| after.starts_with(**name));
        let placeholder = placeholder.copied().unwrap_or("$");
        rest = after.strip_prefix(placeholder).unwrap_or_default();
        let digit = placeholder.bytes().last().map_or(0, |byte| usize::from(byte.saturating_sub(b'1')));
        match placeholder {
            "$noun1" | "$noun2" | "$noun3" => text.push_str(pick(NOUNS, first + 7 * digit)),
            "$verb1" | "$verb2" => text.push_str(pick(VERBS, verb + 3 * digit)),
            "$num1" | "$num2" | "$num3" => {
                let _ = write!(text, "{}", numbers.get(digit).copied().unwrap_or(1));
            }
            "$team" => text.push_str(pick(AREAS, first)),
            "$n" => {
                let _ = write!(text, "{n}");
            }
            name => text.push_str(named.iter().find(|(known, _)| *known == name).map_or("$", |(_, to)| to)),
        }
    }
    text.push_str(rest);
}

fn pick(words: &[&'static str], at: usize) -> &'static str {
    words.get(at % words.len()).copied().unwrap_or_default()
}

/// A generator of random numbers (`splitmix64`); it needs no more than to look random.
struct Random(u64);

impl Random {
    fn new(seed: usize) -> Self {
        Self((seed as u64).wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from(mixed >> 33).unwrap_or_default() % end.max(1)
    }
}

/// What the modules import that have too few before them.
const BASE: &str = r#"package base

settings := {"team": "everyone", "limits": {"none": 1}, "strict": true}

default_roles := {"reader"}

is_permitted(subject, verb) if {
	subject.id != ""
	verb == "get"
}
"#;

/// After how many bytes no block is added to a module.
const SIZE: usize = 7_500;

/// Longer names before those that they start with.
const PLACEHOLDERS: [&str; 13] = [
    "$noun1", "$noun2", "$noun3", "$verb1", "$verb2", "$num1", "$num2", "$num3", "$package", "$left",
    "$right", "$team", "$n",
];

const AREAS: &[&str] = &[
    "payments",
    "identity",
    "storage",
    "network",
    "billing",
    "catalog",
    "shipping",
    "search",
    "support",
    "analytics",
    "platform",
    "security",
    "mobile",
    "partners",
    "finance",
    "people",
];

const NOUNS: &[&str] = &[
    "bucket",
    "cluster",
    "invoice",
    "account",
    "device",
    "volume",
    "image",
    "secret",
    "queue",
    "topic",
    "table",
    "order",
    "ticket",
    "project",
    "service",
    "gateway",
    "tenant",
    "report",
    "session",
    "contract",
    "schedule",
    "pipeline",
    "artifact",
    "certificate",
];

const VERBS: &[&str] = &[
    "create", "approve", "publish", "archive", "rotate", "restart", "export", "assign", "review", "transfer",
];
