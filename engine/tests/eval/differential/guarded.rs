//! Rules whose bodies compare references in the ways that OPA's rule index knows, with errors among the comparisons: what the
//! index leaves out shows.

use super::family::with_inputs;
use super::random::Random;
use crate::case::Case;

/// The cases of one policy.
pub(crate) fn cases(seed: u64) -> Vec<Case> {
    let mut writer = Writer { random: Random::new(seed), locals: Vec::new(), fresh: 0 };
    let text = writer.module();
    let data = writer.data();
    with_inputs(&text, &data, (0..4).map(|_| writer.input()))
}

struct Writer {
    random: Random,
    /// The variables of the body that have values.
    locals: Vec<String>,
    fresh: usize,
}

const PRELUDE: &str = "package t

import future.keywords.and
import future.keywords.or

broken := x if some x in [1, 2]

id(x) := x
";

const SCALARS: &[&str] = &["\"pq\"", "\"p\"", "\"p:q\"", "1", "true", "null", "2"];

const TEXTS: &[&str] = &["\"p\"", "\"pq\"", "\"q\"", "\"p:q\"", "\"\"", "\"x\""];

impl Writer {
    fn module(&mut self) -> String {
        let mut text = PRELUDE.to_owned();
        for rule in 0..3 + self.random.below(3) {
            let kind = self.random.below(7);
            for clause in 0..self.random.weighted(&[0, 4, 3, 2]) {
                self.locals.clear();
                if kind == 3 {
                    self.locals.push("a1".to_owned());
                }
                let body = self.body();
                text += &match kind {
                    0 => format!("\nr{rule} := {clause} if {body}\n"),
                    1 => format!("\nr{rule} if {body}\n"),
                    2 => format!("\nr{rule} contains {clause} if {body}\n"),
                    3 => format!("\nr{rule}(a1) if {body}\n"),
                    4 => format!("\nr{rule}[\"k{clause}\"] := {clause} if {body}\n"),
                    5 => {
                        let key = self.random.pick(&["input.a", "input.b", "\"k\""]);
                        format!("\nr{rule}.s[{key}] contains {clause} if {body}\n")
                    }
                    _ if clause == 0 => format!("\nr{rule} := 0 if {body}"),
                    _ => format!(" else := {clause} if {body}"),
                };
            }
            if kind == 3 {
                let argument = self.reference();
                text += &format!("\nc{rule} if r{rule}({argument})\n");
            }
            text.push('\n');
        }
        text
    }

    fn body(&mut self) -> String {
        let count = 1 + self.random.below(5);
        let mut literals: Vec<String> = (0..count).map(|_| self.literal()).collect();
        for _ in 0..self.random.weighted(&[3, 5, 2]) {
            let effect = self.random.pick(&[
                "broken",
                "to_number(id(\"x\"))",
                "to_number(id(\"2\"))",
                "not broken",
                "id(1) == 1",
                "print(\"seen\")",
            ]);
            let at = self.random.below(literals.len() + 1);
            literals.insert(at, effect.to_owned());
        }
        format!("{{\n\t{}\n}}", literals.join("\n\t"))
    }

    /// The same on one line, without variables that go on.
    fn side(&mut self) -> String {
        let before = self.locals.clone();
        let count = self.random.weighted(&[0, 5, 2]);
        let literals: Vec<String> = (0..count).map(|_| self.literal()).collect();
        self.locals = before;
        let needs_braces = |literal: &String| {
            literal.starts_with("some ") || literal.contains(" and ") || literal.contains(" or ")
        };
        match literals.as_slice() {
            [only] if !needs_braces(only) => only.clone(),
            _ => format!("{{ {} }}", literals.join("; ")),
        }
    }

    fn literal(&mut self) -> String {
        let reference = self.operand();
        match self.random.weighted(&[10, 6, 8, 8, 6, 6, 4, 6, 6, 3, 3, 4, 4, 2]) {
            0 if self.random.percent(6) => format!("{reference} = [{}, _]", self.text()),
            0 => format!("{reference} == {}", self.value()),
            1 => reference,
            2 => format!("startswith({reference}, {})", self.random.pick(TEXTS)),
            3 => format!("endswith({reference}, {})", self.random.pick(TEXTS)),
            4 => format!("{reference} in [{}, {}]", self.value(), self.value()),
            5 => format!("{} in {reference}", self.random.pick(SCALARS)),
            6 => format!("strings.any_prefix_match({reference}, [{}, {}])", self.text(), self.text()),
            7 => {
                let glob = self.random.pick(&["p:*", "*:q", "p", "*", "p.*", "pq"]);
                let delimiters = self.random.pick(&["[\":\"]", "[\".\"]", "[]", "[\":\", \".\"]"]);
                format!("glob.match(\"{glob}\", {delimiters}, {reference})")
            }
            8 => {
                let (name, reference) = (self.fresh(), self.reference());
                let literal = format!("{name} := {reference}");
                self.locals.push(name);
                literal
            }
            9 => {
                let (name, reference) = (self.fresh(), self.reference());
                let literal = format!("some {name} in {reference}");
                self.locals.push(name);
                literal
            }
            10 => format!("{reference} in {}", self.reference()),
            11 => format!("data.g[{reference}]"),
            12 => {
                let operator = self.random.pick(&["and", "or", "or"]);
                format!("{} {operator} {}", self.side(), self.side())
            }
            _ => format!("{reference}[_] == {}", self.random.pick(SCALARS)),
        }
    }

    fn fresh(&mut self) -> String {
        self.fresh += 1;
        format!("v{}", self.fresh)
    }

    fn text(&mut self) -> &'static str {
        self.random.pick(TEXTS)
    }

    fn operand(&mut self) -> String {
        if self.locals.is_empty() || self.random.percent(65) {
            return self.reference();
        }
        let local = self.locals[self.random.below(self.locals.len())].clone();
        if self.random.percent(12) { format!("{local}.a") } else { local }
    }

    fn reference(&mut self) -> String {
        let references = [
            "input.a",
            "input.b",
            "input.c",
            "input.a",
            "input.b",
            "input.o.a",
            "data.d.a",
            "data.d",
            "input",
        ];
        self.random.pick(&references).to_owned()
    }

    fn value(&mut self) -> String {
        match self.random.below(12) {
            0 => "[\"p\", \"q\"]".to_owned(),
            1 => "[\"p\"]".to_owned(),
            2 => "[[\"p\"], 1]".to_owned(),
            3 => "{\"a\": 1}".to_owned(),
            4 => "{1}".to_owned(),
            5 if !self.locals.is_empty() => self.locals[self.random.below(self.locals.len())].clone(),
            _ => self.random.pick(SCALARS).to_owned(),
        }
    }

    fn data(&mut self) -> String {
        format!("{{\"d\": {{\"a\": {}}}, \"g\": {{\"p\": 1, \"pq\": false}}}}", self.json())
    }

    fn input(&mut self) -> String {
        let mut fields = Vec::new();
        for name in ["a", "b", "c"] {
            if self.random.percent(85) {
                fields.push(format!("\"{name}\": {}", self.json()));
            }
        }
        if self.random.percent(70) {
            fields.push(format!("\"o\": {{\"a\": {}}}", self.json()));
        }
        format!("{{{}}}", fields.join(", "))
    }

    fn json(&mut self) -> String {
        match self.random.below(8) {
            0 => "[\"p\", \"q\"]".to_owned(),
            1 => format!("[{}]", self.random.pick(SCALARS)),
            2 => format!("{{\"a\": {}}}", self.random.pick(SCALARS)),
            3 => format!("[[{}], 1]", self.random.pick(SCALARS)),
            _ => self.random.pick(SCALARS).to_owned(),
        }
    }
}
