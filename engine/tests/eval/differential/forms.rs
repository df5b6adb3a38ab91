//! The rarer forms of literals and terms: what the grammar allows and few policies have.

use portcullis::policy::RegoVersion;

use super::{Generator, Kind, Shape};
use crate::case::KEYWORDS;

impl Generator {
    /// One literal of a rarer form; the variables that it binds are known afterwards.
    pub(super) fn rare_literal(&mut self, depth: usize) -> String {
        let below = depth.saturating_sub(1);
        match self.random.below(22) {
            0 | 1 => self.call_with_output(below),
            2 => {
                let collection = self.collection(below);
                format!("{} in {collection}", self.term(Kind::Any, below))
            }
            3 => {
                let collection = self.collection(below);
                format!("{}, {} in {collection}", self.key(), self.term(Kind::Any, below))
            }
            4 => {
                let collection = self.collection(below);
                let (key, value) = (self.pattern(1), self.pattern(2));
                let names = format!("{key} {value}");
                let bound: Vec<String> = self.variables.iter().map(|(name, _)| name.clone()).collect();
                let new = bound.into_iter().filter(|name| names.contains(name.as_str()));
                self.declared.extend(new.collect::<Vec<_>>());
                format!("some {key}, {value} in {collection}")
            }
            5 => {
                let (index, second) = (self.bind(Kind::Any), self.bind(Kind::Any));
                format!("some {index}, {second}\n\t{}.os[{index}][{second}]", self.root())
            }
            6 => self.nested_every(below),
            7 | 8 => self.mock(below),
            9 => {
                let value = self.term(Kind::Any, below);
                let (one, two) = (self.bind(Kind::Any), self.bind(Kind::Any));
                match self.random.below(4) {
                    0 => format!("{one} = {two}\n\t{two} = {value}"),
                    1 => format!("[{one}, {two}] = [{two}, {value}]"),
                    2 => {
                        format!("{{\"a\": {one}, \"b\": [{two}, _]}} = {{\"a\": {value}, \"b\": [1, {one}]}}")
                    }
                    _ => format!("[{one}, {value}] = [{value}, {two}]"),
                }
            }
            10 => {
                let root = self.root();
                self.random.pick(&["_ == _", "_ != _", "_ < _"]).replace('_', &format!("{root}.xs[_]"))
            }
            11 => format!("not {}", self.rare_term(Kind::Boolean, below)),
            12 => {
                let inner = self.scoped(|generator| generator.literal(below));
                let other = ["not ", "some ", "every ", "print("].iter().any(|word| inner.starts_with(word));
                if other || inner.contains(['\n', ';']) { inner } else { format!("not {inner}") }
            }
            13 if self.keywords => self.connectives(below),
            14 => format!("trace({})", self.term(Kind::String, below)),
            15 => {
                let kind = self.kind();
                let text = self.term(kind, below);
                format!("{text}; {} == {text}", self.term(kind, below))
            }
            16 => {
                let value = self.infix(depth);
                format!("{} := {value}", self.bind(Kind::Any))
            }
            17 => {
                let place = self.base(below);
                let (key, value) = (self.bind(Kind::Any), self.bind(Kind::Any));
                format!("{place}[{key}] = {value}")
            }
            18 => self.scoped(|generator| {
                let (root, text) = (generator.unknown(Kind::Any), generator.pattern(1));
                format!("walk({root}, [[_, {text}], _])")
            }),
            19 => {
                let place = self.random.pick(&["input", "data.d", "input.o"]);
                format!("{place}.{}", self.random.pick(KEYWORDS))
            }
            _ => {
                let (kind, operator) = (self.kind(), self.random.pick(&["==", "!=", "<", ">="]));
                let (left, right) = (self.rare_term(kind, below), self.rare_term(kind, below));
                format!("{left} {operator} {right}")
            }
        }
    }

    /// The result of a call is its last operand.
    fn call_with_output(&mut self, depth: usize) -> String {
        let (text, subject) = (self.term(Kind::String, depth), self.term(Kind::Any, depth));
        let (number, collection) = (self.term(Kind::Number, depth), self.collection(depth));
        let result = if self.random.percent(60) { self.bind(Kind::Any) } else { self.pattern(1) };
        match self.random.below(6) {
            0 => format!("plus({number}, {}, {result})", self.json_number()),
            1 => format!("count({collection}, {result})"),
            2 => format!("split({text}, \",\", [{result}, _])"),
            3 => format!("id({subject}, {result})"),
            4 => format!("upper({text}, {result})"),
            _ => format!("object.get({}, \"a\", {text}, {result})", self.unknown(Kind::Object)),
        }
    }

    fn nested_every(&mut self, depth: usize) -> String {
        let (outer, inner) = (self.collection(depth), self.collection(depth));
        let test = self.random.pick(&["!=", "==", "<=", ">"]);
        match self.random.below(4) {
            0 => format!("every a in {outer} {{ every b in {inner} {{ a {test} b }} }}"),
            1 => format!(
                "every k, v in {outer} {{\n\t\tk {test} v\n\t\tsome w in {inner}\n\t\tw {test} v\n\t}}"
            ),
            2 => format!("every k, v in {{\"a\": {outer}, \"b\": {inner}}} {{ count(v) {test} count(k) }}"),
            _ => format!("every _, a in [b | some b in {outer}] {{ a in {inner} }}"),
        }
    }

    /// Replaces functions, also those that ask the world, and documents.
    fn mock(&mut self, depth: usize) -> String {
        let (value, text) = (self.term(Kind::Any, depth), self.term(Kind::String, depth));
        let (root, number) = (self.root(), self.json_number());
        let name = self.bind(Kind::Any);
        match self.random.below(14) {
            0 => {
                format!("{name} := http.send({{\"url\": {text}}}) with http.send as {{\"status\": {number}}}")
            }
            1 => format!("{name} := time.now_ns() with time.now_ns as {number}"),
            2 => format!("{name} := rand.intn({text}, 3) with rand.intn as id"),
            3 => format!("{name} := opa.runtime().a with opa.runtime as {{\"a\": {value}}}"),
            4 => format!("{name} := count({root}.xs) with count as sum"),
            5 => format!("{name} := concat(\",\", {root}.ss) with concat as {value}"),
            6 => format!("{name} := input with input as {value} with input.a.b as {number}"),
            7 => format!("{name} := [input.n, data.d.n] with input.n as {number} with data.d.n as input.m"),
            8 => format!("{name} := data.d with data.d as {root}"),
            9 => format!("{name} := id({value}) with id as upper"),
            10 => format!("{name} := data.{}.id({value}) with data.{0}.id as {number}", self.package),
            11 => format!("{name} := {{x | some x in input.xs}} with input.xs as {value}"),
            12 => format!("{name} := {root}.o with {root}.o.a as {value} with {root}.o.b.c as {number}"),
            _ => format!("{name} := lower({text}) with upper as lower with lower as upper"),
        }
    }

    fn connectives(&mut self, depth: usize) -> String {
        let sides: Vec<String> =
            (0..3).map(|_| self.scoped(|generator| generator.comparison(depth))).collect();
        let [one, two, three] = &sides[..] else { panic!("{sides:?}") };
        match self.random.below(7) {
            0 => format!("{one} or {two} and {three}"),
            1 => format!("not ({one} and {two})"),
            2 => format!("not {one} or {two}"),
            3 => format!("({one} or {two}) with input.n as 1"),
            4 => format!("({one} and not {{ {two} }}) or {three}"),
            5 => format!("{{ {one}; {two} }} or not {three}"),
            _ => format!("{one} and {two} and {three}"),
        }
    }

    /// Operators without brackets, so that it matters which binds closer.
    fn infix(&mut self, depth: usize) -> String {
        let leaf = |generator: &mut Self, kind| {
            if generator.random.percent(50) { generator.unknown(kind) } else { generator.constant(kind) }
        };
        let numbers: Vec<String> = (0..4).map(|_| leaf(self, Kind::Number)).collect();
        let sets: Vec<String> = (0..3).map(|_| self.term(Kind::Set, depth.min(1))).collect();
        let ([one, two, three, four], [left, middle, right]) = (&numbers[..], &sets[..]) else {
            panic!("{numbers:?} {sets:?}")
        };
        match self.random.below(9) {
            0 => format!("{one} + {two} * {three} - {four}"),
            1 => format!("{one} - {two} - {three} / {four}"),
            2 => format!("{one} % {two} * {three}"),
            3 => format!("{one} + {two} == {three} - {four}"),
            4 => format!("-{one} + {two}"),
            5 => format!("{left} | {middle} & {right}"),
            6 => format!("{left} - {middle} | {right}"),
            7 => format!("{one} + 1 in {left} | {right}"),
            _ => format!("{one} < {two} + {three}"),
        }
    }

    /// What a reference may start at, beyond a variable.
    fn base(&mut self, depth: usize) -> String {
        let kind = self.kind();
        match self.random.below(8) {
            0 => "[1, 2, [3]]".to_owned(),
            1 => "{\"a\": {\"b\": 1}, \"b\": [2]}".to_owned(),
            2 => "{1, \"a\", [2]}".to_owned(),
            3 => format!("id({})", self.term(kind, depth)),
            4 => "split(\"a,b\", \",\")".to_owned(),
            5 => self.scoped(|generator| {
                let body = generator.inline_body(depth.min(1));
                format!("[[x, 1] | x := 1; {body}]")
            }),
            6 => format!("{{k: v | some k, v in {}}}", self.unknown(Kind::Object)),
            _ => format!("{}[{}]", self.root(), self.reference(Kind::String)),
        }
    }

    /// A term of a rarer form, mostly of a type.
    pub(super) fn rare_term(&mut self, kind: Kind, depth: usize) -> String {
        match self.random.below(12) {
            0 | 1 => {
                let base = self.base(depth);
                let step =
                    self.random.pick(&["[0]", ".a", "[\"b\"]", "[1]", ".a.b", "[input.n]", "[_]", "[-1]"]);
                format!("{base}{step}")
            }
            2 | 3 => format!("({})", self.infix(depth)),
            4 => {
                let (inner, outer) = (self.collection(0), self.collection(0));
                match self.random.below(4) {
                    0 => format!("[[y | some y in {inner}; y != x] | some x in {outer}]"),
                    1 => format!("{{x: {{y | some y in {inner}; y > x}} | some x in {outer}}}"),
                    2 => format!("{{[x, count([y | some y in {inner}; x in y])] | some x in {outer}}}"),
                    _ => format!("{{k: v | some v, k in {outer}; v in {inner}}}"),
                }
            }
            5 => format!(
                "{{{}: {}, {}: [{}]}}",
                self.key(),
                self.rare_constant(kind),
                self.unknown(Kind::String),
                self.term(kind, depth.min(1))
            ),
            6 => format!("{{{}, {{{}}}}}", self.key(), self.reference(kind)),
            7 | 8 if self.version == RegoVersion::V1 => self.rare_template(depth),
            9 => {
                let rules: Vec<String> = self
                    .rules
                    .iter()
                    .filter(|rule| !matches!(rule.shape, Shape::Function(..)))
                    .map(|rule| format!("data.{}.{}", rule.package, rule.name))
                    .collect();
                if rules.is_empty() {
                    "data.d".to_owned()
                } else {
                    rules[self.random.below(rules.len())].clone()
                }
            }
            10 => {
                let place = self.random.pick(&["input", "data.d", "data.t.base.o", "input.deep"]);
                format!(
                    "object.get({place}, [\"a\", {}], {}.{})",
                    self.key(),
                    place,
                    self.random.pick(KEYWORDS)
                )
            }
            _ => self.rare_constant(kind),
        }
    }

    fn rare_template(&mut self, depth: usize) -> String {
        let (one, two) = (self.term(Kind::Any, depth.min(1)), self.reference(Kind::Any));
        match self.random.below(8) {
            0 => format!("$`a\\b {{{one}}}\n{{{two}}}`"),
            1 => format!("$\"\\{{{{{one}}}\\\"\\t\\u00e9\""),
            2 => format!("$\"{{$\"<{{{two}}}>\"}}{{$`{{{two}}}`}}\""),
            3 => format!("$\"{{ {two} }}{{[x | some x in {two}]}}\""),
            4 => format!("$\"{{{{\"a\": {two}}}}}\""),
            5 => format!("$\"{{input.missing}}{{1 + {}}}\"", self.json_number()),
            6 => "$\"\"".to_owned(),
            _ => format!("$\"{{count({})}}{{{{1, {two}}}}}\"", self.collection(0)),
        }
    }

    /// A value as it is seldom written, or what only looks like one.
    pub(super) fn rare_constant(&mut self, kind: Kind) -> String {
        if self.random.percent(1) {
            let wrong = [
                "00",
                "1.",
                ".5",
                "0x10",
                "1_000",
                "\"\\x41\"",
                "'a'",
                "!true",
                "[,]",
                "[1 2]",
                "{,}",
                "nul",
            ];
            return self.random.pick(&wrong).to_owned();
        }
        let few: &[&str] = match kind {
            Kind::Number => NUMBERS,
            Kind::String => STRINGS,
            Kind::Boolean => &["true", "false", "(true)"],
            Kind::Array => {
                &["[1, 2,]", "[\n\t\t1,\n\t\t2,\n\t]", "[[[]], [{}], [set()]]", "[1e0, 1.0, 1]", "[-1, -0]"]
            }
            Kind::Object => &[
                "{\"a\": 1,}",
                "{\n\t\t\"a\": 1,\n\t\t\"b\": 2,\n\t}",
                "{{1: {{}: 1}}}",
                "{`raw`: `\\`}",
                "{1.0: 1, 1: 2}",
                "{\"a\": 1, \"a\": 2}",
                "{\"a\": 1, \"a\": 1}",
                "{[1, {2}]: null, -1: 1}",
            ],
            Kind::Set => &[
                "{1, 2,}",
                "{{}, set(), []}",
                "{1, 1, 1e0}",
                "{\n\t\t1,\n\t}",
                "{{{1}}}",
                "{null, true, -1}",
            ],
            Kind::Any => &["null", "(1)", "((\"a\"))", "[null]"],
        };
        self.random.pick(few).to_owned()
    }
}

const NUMBERS: &[&str] = &[
    "1e2",
    "1E+2",
    "1e-2",
    "12E0",
    "0.10",
    "-0.0",
    "-0",
    "1e20",
    "1e21",
    "123456789012345678901234567890",
    "-99999999999999999999",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "9007199254740993",
    "9007199254740993.0",
    "0.1",
    "0.30000000000000004",
    "3.141592653589793238462643383279",
    "1e-7",
    "0.000001",
    "1e100",
    "1.7976931348623157e308",
    "5e-324",
    "100e-2",
    "1.0e0",
    "1e400",
];

const STRINGS: &[&str] = &[
    "`raw \"quoted\" \\n`",
    "`two\nlines`",
    "``",
    "\"\\u00e9\\n\\t\\\\\\/\\b\\f\\r\\\"\"",
    "\"\\ud83d\\ude00\"",
    "\"😀\"",
    "\"\\ud83d\"",
    "\"e\\u0301\"",
    "\"# no comment\"",
    "\"{no template}\"",
    "`$\"{1}\"`",
    "\"\\u2028\"",
    "\"<&>\"",
    "\"\\u0007\"",
];
