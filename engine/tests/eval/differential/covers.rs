//! That the policies have every construct of the language and call every function.

use portcullis::builtins::{self, Signature};
use serde_json::Value;

use super::family::Family;
use super::{COUNT, SEED};

#[test]
fn the_policies_call_every_function() {
    let (plain, mixed, older) = (texts(Family::Plain), texts(Family::Calls), texts(Family::Older));
    let decorated = texts(Family::Decorated);
    let excused =
        |signature: &&Signature| NOT_CALLED.iter().all(|(_, names)| !names.contains(&signature.name));
    let functions = builtins::all().filter(|signature| !signature.nondeterministic).filter(excused);
    let missing: Vec<&str> = functions
        .filter(|signature| {
            let families: &[&Vec<String>] =
                if signature.deprecated { &[&older] } else { &[&plain, &mixed, &decorated] };
            let texts = families.iter().flat_map(|texts| texts.iter());
            !texts.into_iter().any(|text| calls(text, signature.name))
        })
        .map(|signature| signature.name)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_functions_are_those_of_opa() {
    let Some(opa) = crate::opa::opa() else { return };
    let output = std::process::Command::new(opa).args(["capabilities", "--current"]).output().unwrap();
    let capabilities: Value = serde_json::from_slice(&output.stdout).unwrap();
    let theirs = capabilities["builtins"].as_array().unwrap();
    assert!(theirs.len() > 200, "{}", theirs.len());
    let wrong: Vec<&Value> = theirs
        .iter()
        .filter(|theirs| {
            let ours = theirs["name"].as_str().and_then(builtins::lookup);
            let nondeterministic = theirs["nondeterministic"].as_bool().unwrap_or_default();
            ours.is_none_or(|ours| ours.function.is_none() || ours.nondeterministic != nondeterministic)
        })
        .map(|theirs| &theirs["name"])
        .filter(|name| !NOT_FUNCTIONS.iter().any(|known| *name == known))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_policies_have_every_construct() {
    let mut missing: Vec<String> = Vec::new();
    for (family, constructs) in CONSTRUCTS {
        let texts = texts(*family);
        let of_family =
            constructs.iter().filter(|construct| !texts.iter().any(|text| text.contains(**construct)));
        missing.extend(of_family.map(|construct| format!("{family:?}: {construct:?}")));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The modules of the policies that are compared in each run.
fn texts(family: Family) -> Vec<String> {
    let count = (COUNT * family.share()).div_ceil(100);
    let policies = (0..count).filter_map(|seed| family.written(SEED + seed).into_iter().next());
    policies.flat_map(|case| case.modules).map(|(_, text)| text).collect()
}

fn calls(text: &str, name: &str) -> bool {
    let part_of_name = |char: char| char.is_ascii_alphanumeric() || char == '.' || char == '_';
    text.match_indices(name)
        .any(|(at, _)| text[at + name.len()..].starts_with('(') && !text[..at].ends_with(part_of_name))
}

/// Functions that no policy calls by these names, and why.
const NOT_CALLED: &[(&str, &[&str])] = &[
    ("they are operators: `=`, `:=` and `in`", &["assign", "eq", "internal.member_2", "internal.member_3"]),
    ("the compiler puts it in place of `print`", &["internal.print"]),
    ("the compiler puts it in place of a template string", &["internal.template_string"]),
    ("the compiler of a test run puts it into tests", &["internal.test_case"]),
];

/// Of OPA's functions those that are none in the registry: the compiler or the evaluator has them itself.
const NOT_FUNCTIONS: &[&str] = &[
    "assign",
    "eq",
    "internal.print",
    "internal.test_case",
    "print",
    "rego.metadata.chain",
    "rego.metadata.rule",
    "walk",
];

/// What stands in a policy where the language has something of its own.
const CONSTRUCTS: &[(Family, &[&str])] = &[
    (
        Family::Plain,
        &[
            "default ",
            "else := ",
            " contains ",
            "some ",
            " in ",
            "every ",
            "not ",
            "not {",
            " with input",
            " with data.",
            " as count",
            "walk(",
            "print(",
            "$\"",
            "`",
            "[x",
            "set()",
            " or ",
            " and ",
            "] := ",
            "_",
            " | ",
            " & ",
            "if {",
            ":= {",
            "}, ",
            "data[",
            "!= ",
            "<= ",
            ">= ",
            " + ",
            " * ",
            " / ",
            " % ",
        ],
    ),
    (
        Family::Decorated,
        &[
            "import data.d\n",
            "import data.d as ",
            "import data[\"d\"]",
            "import data.t.sub",
            "import data.u",
            "import input as ",
            "import input.o\n",
            "import input.o as ",
            "import rego.v1\n",
            "import rego.v2\n",
            "import future.keywords\n",
            "import future.keywords.in\n",
            "import future.keywords.every\n",
            "import future.keywords.if\n",
            "import future.keywords.contains\n",
            "import future.keywords.not\n",
            "# METADATA\n",
            "# scope: rule",
            "# scope: document",
            "# scope: package",
            "# scope: subpackages",
            "# entrypoint: true",
            "# custom:",
            "# schemas:",
            "# authors:",
            "# related_resources:",
            "rego.metadata.rule()",
            "rego.metadata.chain()",
            "print(rego.metadata.",
            "\r\n",
            "# } ] )\n",
            ",)",
            ",]",
            ", # x\n",
            "[ # x\n",
            "; # x\n",
        ],
    ),
    (
        Family::Forms,
        &[
            "package t[\"a b\"]",
            "package t.if",
            "data.t[\"a b\"].",
            " else if {",
            " else = ",
            ".if ",
            ".contains ",
            " contains {",
            "default p",
            ".f(",
            "(_) := ",
            "every k, v in {",
            "every _, a in",
            "some k, v in ",
            "{ every b in",
            "with http.send as",
            "with time.now_ns as ",
            "with rand.intn as id",
            "with data.d as ",
            "with data.t.id as ",
            "plus(",
            "walk(",
            "_] == ",
            "not {",
            "not (",
            ") or ",
            "1e-7",
            "1E+2",
            "1.7976931348623157e308",
            "123456789012345678901234567890",
            "`two\nlines`",
            "\\ud83d\\ude00",
            "$`a",
            "$\"{$\"<",
            "$\"\\{",
            "[[y | some y in",
            "{x: {y | some y in",
            "[1, 2, [3]][",
            "split(\"a,b\", \",\")[",
            "1, 2,]",
            "{\"a\": 1,}",
            "input.else",
            "data.d.in",
            "trace(",
            " if every ",
        ],
    ),
    (
        Family::Older,
        &[
            "import rego.v1\n",
            "import future.keywords\n",
            "import future.keywords.in\n",
            "import future.keywords.every\n",
            "] {\n",
            "} {\n",
            " = true {",
            "else = ",
            "default p",
            ") = y { y := ",
            "[x] = y {",
            ".a[x] {",
            "if = ",
            "contains = ",
            "{ input := ",
            "some x, y; ",
            "re_match(",
            "cast_array(",
        ],
    ),
];
