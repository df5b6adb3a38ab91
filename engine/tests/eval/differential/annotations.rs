//! METADATA comments of all scopes, and rules that read them.

use std::collections::BTreeSet;

use super::super::random::Random;
use super::super::scan;

/// The text with annotations. `written` are the packages and documents that have some already.
pub(super) fn annotated(random: &mut Random, text: &str, written: &mut BTreeSet<String>) -> String {
    let (mut header, mut blocks) = scan::blocks(text);
    for number in 0..random.below(4) {
        let reader = reader(random, number);
        blocks.insert(random.below(blocks.len() + 1), reader);
    }
    for block in &mut blocks {
        if random.percent(6) && block.contains("{\n\t") {
            let call = random.pick(&["rego.metadata.chain()", "rego.metadata.rule()"]);
            *block = block.replacen("{\n\t", &format!("{{\n\tprint({call})\n\t"), 1);
        }
        if random.percent(35) {
            let document = block.split([' ', '(', '[', '.']).next().unwrap_or_default().to_owned();
            let scope = match random.below(100) {
                0 => Some("package"),
                1 => Some("subpackages"),
                2..=30 => Some("rule"),
                31..=55 if written.insert(document) || random.percent(5) => Some("document"),
                _ => None,
            };
            let annotations = annotations(random, scope);
            *block = annotations + random.pick(&["", "", "", "", "\n"]) + block;
            if random.percent(4) {
                *block = self::annotations(random, None) + block;
            }
        }
    }
    if let Some(at) = header.find("package ").filter(|_| random.percent(60)) {
        let package = header[at..].lines().next().unwrap_or_default().to_owned();
        if written.insert(package) || random.percent(5) {
            let scope = random.pick(&[None, None, Some("package"), Some("subpackages"), Some("rule")]);
            let scope = if random.percent(90) && scope == Some("rule") { None } else { scope };
            header.insert_str(at, &annotations(random, scope));
        }
    }
    format!("{header}\n\n{}", blocks.concat())
}

/// A rule that reads annotations.
fn reader(random: &mut Random, number: usize) -> String {
    let name = format!("meta{number}");
    let text = random.pick(&[
        "NAME := rego.metadata.rule()\n",
        "NAME := rego.metadata.chain()\n",
        "NAME := rego.metadata.rule().title\n",
        "NAME contains link.path if some link in rego.metadata.chain()\n",
        "NAME[x] := link.annotations.custom if some x, link in rego.metadata.chain()\n",
        "NAME := [rego.metadata.rule(), rego.metadata.chain()[0]]\n",
        "NAME(x) := [x, rego.metadata.rule()]\n\nNAME_1 := NAME(1)\n",
        "NAME if rego.metadata.rule().custom.a == 1\n",
        "NAME := 1 if input.missing else := rego.metadata.rule().custom\n",
        "NAME.a.b := count(rego.metadata.chain())\n",
        "NAME[input.s].a contains rego.metadata.rule()\n",
        "NAME := {a | some link in rego.metadata.chain(); a := link.annotations.scope}\n",
        "NAME if not rego.metadata.rule().title\n",
        "NAME if every link in rego.metadata.chain() { count(link.path) > 1 }\n",
        "NAME := object.get(rego.metadata.rule(), \"description\", \"none\")\n",
        "NAME := x if x := rego.metadata.chain() with data.d as 1\n",
        "default NAME := 1\n\nNAME := count(rego.metadata.rule())\n",
        "NAME if \"a\" in rego.metadata.rule().organizations\n",
    ]);
    text.replace("NAME", &name) + "\n"
}

/// One METADATA comment.
fn annotations(random: &mut Random, scope: Option<&str>) -> String {
    let mut text = random.pick(&["# METADATA\n", "# METADATA\n", "# METADATA  \n", "#METADATA\n"]).to_owned();
    if let Some(scope) = scope {
        text += &format!("# scope: {scope}\n");
    }
    let mut some = false;
    for choices in FIELDS {
        if random.percent(22) {
            some = true;
            for line in random.pick(choices).lines() {
                text += &format!("# {line}\n");
            }
        }
    }
    if !some && scope.is_none() {
        text += "# title: one\n";
    }
    if random.percent(2) {
        text += random.pick(&[
            "# scope: other\n",
            "# unknown: 1\n",
            "# title: [\n",
            "# \tx: 1\n",
            "not a comment\n",
        ]);
    }
    text
}

const FIELDS: &[&[&str]] = &[
    &["title: a title", "title: \"é: # 'x'\"", "title: 'it''s'", "title: 1", "title: |-\n  two\n  lines"],
    &[
        "description: text",
        "description: |\n  two\n  lines\n",
        "description: >-\n  folded\n  text",
        "description: ~",
    ],
    &["organizations:\n- a\n- b", "organizations: [a, \"b c\"]", "organizations: []"],
    &[
        "authors:\n- John Doe <john@x.y>\n- Jane",
        "authors:\n- name: a\n  email: b@c.d",
        "authors:\n- <only@mail.x>",
        "authors: [a b c]",
    ],
    &[
        "related_resources:\n- https://a.b/c",
        "related_resources:\n- ref: http://a.b/c?d=e#f\n  description: x",
        "related_resources:\n- ref: a/b",
    ],
    &["entrypoint: true", "entrypoint: false"],
    &[
        "custom:\n  a: 1\n  b: [x, 2.50, ~, true]",
        "custom:\n  a: 1e3\n  nested:\n    k: {x: 0x10, y: 1_000}",
        "custom: {}",
        "custom:\n  1: one\n  a: 2024-01-01",
        "custom:\n  a: &x 1\n  b: *x",
        "custom:\n  big: 12345678901234567890\n  small: -0.0\n  yes: no",
    ],
    &["schemas:\n- input: {type: object}", "schemas:\n- data.d: {}", "schemas:\n- input.n: {type: number}"],
];
