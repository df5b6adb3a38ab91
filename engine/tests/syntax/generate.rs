//! Modules made up from the grammar, and tokens shuffled in modules.

/// A generator of numbers that gives the same ones for the same seed (the algorithm is called `SplitMix64`).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("less than the limit")
    }

    pub(crate) fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// The keywords that a module uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    V0,
    V1,
    /// Version 0 with imports of keywords, or of version 1.
    V0Imports,
    /// Version 1 with `import rego.v2`.
    Logical,
}

/// A module that is nearly always fine.
pub(crate) fn module(random: &mut Random, dialect: Dialect) -> String {
    let mut text = format!("package {}\n", random.pick(&["a", "a.b", "a[\"b c\"].d", "if_x.y"]));
    match dialect {
        Dialect::V0 | Dialect::V1 => {}
        Dialect::V0Imports => text.push_str(random.pick(&[
            "import future.keywords\n",
            "import rego.v1\n",
            "import future.keywords.if\nimport future.keywords.contains\nimport future.keywords.every\n",
        ])),
        Dialect::Logical => text.push_str("import rego.v2\n"),
    }
    for _ in 0..random.below(3) {
        text.push_str(random.pick(&[
            "import data.x\n",
            "import input.y.z as w\n",
            "import data[\"q r\"] as q\n",
        ]));
    }
    for _ in 0..=random.below(4) {
        text.push_str(random.pick(&[
            "",
            "",
            "# a comment\n",
            "# METADATA\n# title: T\n",
            "# METADATA\n# scope: document\n",
        ]));
        let rule = rule(random, dialect);
        text.push_str(&rule);
        text.push_str("\n\n");
    }
    text
}

fn rule(random: &mut Random, dialect: Dialect) -> String {
    let value = term(random, dialect, 3);
    let scalar = random.pick(&["1", "\"s\"", "[1, {\"a\": null}]", "{x | x := 1}", "set()"]).to_owned();
    let head = match random.below(14) {
        0 => return format!("default {} := {scalar}", name(random)),
        1 => return format!("default f(_, {}) = {scalar}", name(random)),
        2 => format!("{} := {value}", name(random)),
        3 => format!("{} = {value}", name(random)),
        4 if dialect != Dialect::V0 => format!("{} contains {value}", name(random)),
        4 | 5 => format!("{}[{value}]", name(random)),
        6 => format!("f({}, {}) := {value}", name(random), term(random, dialect, 1)),
        7 => format!("p.q[{}].r := {value}", name(random)),
        8 => format!("p[{}][{value}] := {scalar}", name(random)),
        9 => format!("p[\"a b\"].{} := {value}", keyword(random)),
        10 => format!("{}.{}({}) := {value}", name(random), name(random), term(random, dialect, 1)),
        11 if dialect != Dialect::V0 => format!("p.{}[{}] contains {value}", keyword(random), name(random)),
        12 => format!("p[{scalar}].q"),
        _ => name(random).to_owned(),
    };
    let word = if dialect == Dialect::V0 { "" } else { "if " };
    let mut text = match random.below(4) {
        0 => return head,
        1 if dialect != Dialect::V0 => format!("{head} if {}", literal(random, dialect, 2)),
        _ => format!("{head} {word}{}", braced(random, dialect, 3)),
    };
    for _ in 0..random.below(3) {
        match random.below(4) {
            0 => {
                let value = term(random, dialect, 2);
                text.push_str(&format!(" else := {value} {word}{}", braced(random, dialect, 2)));
            }
            1 => text.push_str(&format!(" {}", braced(random, dialect, 2))),
            _ => {}
        }
    }
    text
}

fn braced(random: &mut Random, dialect: Dialect, depth: usize) -> String {
    let separator = random.pick(&["\n\t", "; ", "\n\t# note\n\t"]);
    let literals: Vec<_> = (0..=random.below(3)).map(|_| literal(random, dialect, depth)).collect();
    format!("{{{}{}}}", random.pick(&[" ", "\n\t", ""]), literals.join(separator) + random.pick(&[" ", "\n"]))
}

fn literal(random: &mut Random, dialect: Dialect, depth: usize) -> String {
    let mut term = || term(random, dialect, depth);
    let (first, second, third) = (term(), term(), term());
    let name = name(random).to_owned();
    let new = dialect != Dialect::V0;
    match random.below(16) {
        0 => format!("{name} := {first}"),
        1 => format!("{first} = {second}"),
        2 => format!("not {first}"),
        3 => format!("some {name}, y"),
        4 if new => format!("some {name} in {first}"),
        5 if new => format!("some {first}, {name} in {second}"),
        6 if new && depth > 0 => format!("every {name} in {first} {}", braced(random, dialect, depth - 1)),
        7 => format!("{first} with input.x as {second} with data.y as {third}"),
        8 if dialect == Dialect::Logical => format!("{first} and {second} or not {third}"),
        9 if dialect == Dialect::Logical && depth > 0 => {
            format!("not {} and ({first} or {second})", braced(random, dialect, depth - 1))
        }
        10 => format!("{first} {} {second}", random.pick(&["==", "!=", "<", ">", "<=", ">="])),
        11 if new => format!("{first}, {second} in {third}"),
        12 if new && depth > 0 => {
            format!(
                "every {name}, v in {first} {} with input as {second}",
                braced(random, dialect, depth - 1)
            )
        }
        13 => format!("{first} with {name} as {second}"),
        _ => first,
    }
}

fn term(random: &mut Random, dialect: Dialect, depth: usize) -> String {
    if depth == 0 {
        let scalars = [
            "1",
            "-2.5e3",
            "0",
            ".5",
            "\"s\"",
            "\"\\u00e9\\n\"",
            "`raw \\ text`",
            "true",
            "null",
            "_",
            "x",
            "input.a.b",
            "data.x[_].y",
            "-input.n",
            "\"\u{e9}\u{1f600}\"",
            "input[\"a b\"]",
            "set()",
            "{}",
            "[]",
        ];
        return random.pick(&scalars).to_owned();
    }
    let mut inner = || term(random, dialect, depth - 1);
    let (first, second, third) = (inner(), inner(), inner());
    let operator = random.pick(&["+", "-", "*", "/", "%", "&", "|"]);
    match random.below(19) {
        0 => format!("[{first}, {second}]"),
        1 => format!("{{{first}, {second}, {third}}}"),
        2 => format!("{{{first}: {second}, \"k\": {third}}}"),
        3 => format!("[{first} | {}]", literal(random, dialect, depth - 1)),
        4 => format!(
            "{{{first} | {}; {}}}",
            literal(random, dialect, depth - 1),
            literal(random, dialect, depth - 1)
        ),
        5 => format!("{{{first}: {second} | {}}}", literal(random, dialect, depth - 1)),
        6 => format!("({first} {operator} {second})"),
        7 => format!("{first} {operator} {second}"),
        8 => format!("f({first}, {second})"),
        9 => format!("count({first})"),
        10 => format!("x[{first}][{second}].y"),
        11 if matches!(dialect, Dialect::V1 | Dialect::Logical) => format!("$\"a{{{first}}}b\\{{\""),
        12 => format!("[{first}][{second}]"),
        13 => format!("input.{}.{}[{first}]", keyword(random), keyword(random)),
        14 => format!("data[\"{}\"].{}", keyword(random), keyword(random)),
        15 if matches!(dialect, Dialect::V1 | Dialect::Logical) => {
            format!("$`a\n{{{first}}}{{ {second} }}\\n`")
        }
        16 if matches!(dialect, Dialect::V1 | Dialect::Logical) => format!("$\"{{{first}}}{{{second}}}\""),
        _ => first,
    }
}

/// A keyword, as the name of a step of a reference.
fn keyword(random: &mut Random) -> &'static str {
    random.pick(&[
        "if", "in", "not", "some", "every", "contains", "with", "else", "and", "or", "null", "package",
    ])
}

fn name(random: &mut Random) -> &'static str {
    random.pick(&["p", "q", "allow", "x", "long_name_1"])
}

/// The module with some of its tokens left out, doubled, swapped or replaced.
pub(crate) fn mutate(random: &mut Random, text: &str) -> String {
    let mut tokens = cut(text);
    for _ in 0..=random.below(3) {
        if tokens.is_empty() {
            break;
        }
        let at = random.below(tokens.len());
        match random.below(6) {
            0 => _ = tokens.remove(at),
            1 => tokens.insert(at, tokens[at].clone()),
            2 => tokens.insert(at, random.pick(&REPLACEMENTS).to_owned()),
            3 => random.pick(&REPLACEMENTS).clone_into(&mut tokens[at]),
            4 => {
                let other = random.below(tokens.len());
                tokens.swap(at, other);
            }
            _ => tokens.truncate(at),
        }
    }
    tokens.concat()
}

/// Pieces that are about one token each.
fn cut(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut last = ' ';
    for character in text.chars() {
        let word = |character: char| character.is_alphanumeric() || character == '_';
        match tokens.last_mut() {
            Some(token) if word(character) && word(last) => token.push(character),
            _ => tokens.push(character.to_string()),
        }
        last = character;
    }
    tokens
}

const REPLACEMENTS: [&str; 64] = [
    "package ",
    "import ",
    " as ",
    "default ",
    " else ",
    " not ",
    " some ",
    " with ",
    " null ",
    " true ",
    " in ",
    " every ",
    " contains ",
    " if ",
    " and ",
    " or ",
    "data",
    "input",
    "_",
    "x",
    "f",
    "set()",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    ":",
    ";",
    ":=",
    "=",
    "==",
    "!=",
    "<",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "1",
    "01",
    "1e",
    "1.",
    "\"a\"",
    "\"\\q\"",
    "`r`",
    "$\"a{x}b\"",
    "$\"",
    "\n",
    "#",
    "print(x)",
    "count(x)",
    ".foo",
    "[0]",
    "import rego.v1\n",
    "import future.keywords\n",
    "\u{a0}",
    "!",
];
