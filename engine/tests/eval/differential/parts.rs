//! Rules that are sets and objects, asked for by keys that are known, unknown or patterns, in rules that ask one after the other:
//! what of a document is evaluated, and what of it is known from before, shows by errors and prints.

use super::family::with_inputs;
use super::random::Random;
use crate::case::Case;

/// The cases of one policy.
pub(crate) fn cases(seed: u64) -> Vec<Case> {
    let mut writer = Writer { random: Random::new(seed), rules: Vec::new(), fresh: 0 };
    let text = writer.module();
    let data = "{\"d\": {\"a\": {\"x\": 1, \"y\": 2}, \"b\": [\"x\", \"z\"]}}";
    with_inputs(&text, data, (0..2).map(|_| writer.input()))
}

struct Writer {
    random: Random,
    rules: Vec<Rule>,
    fresh: usize,
}

/// A rule that others may ask for.
struct Rule {
    name: String,
    /// How many keys lead to its values.
    keys: usize,
    set: bool,
}

const PRELUDE: &str = "package t

id(x) := x

broken := x if some x in [1, 2]
";

const KEYS: &[&str] = &["\"x\"", "\"y\"", "\"z\"", "1", "\"x\""];

impl Writer {
    fn module(&mut self) -> String {
        let mut text = PRELUDE.to_owned();
        for number in 0..2 + self.random.below(2) {
            let rule = Rule {
                name: format!("r{number}"),
                keys: self.random.weighted(&[2, 4, 4, 1]),
                set: self.random.percent(50),
            };
            let rule = if rule.keys == 0 { Rule { set: true, ..rule } } else { rule };
            for _ in 0..=self.random.below(3) {
                text += &self.clause(&rule);
            }
            self.rules.push(rule);
        }
        for number in 0..3 + self.random.below(3) {
            let literals: Vec<String> = (0..=self.random.below(3)).map(|_| self.question()).collect();
            text += &format!("\nq{number} if {{\n\t{}\n}}\n", literals.join("\n\t"));
        }
        text
    }

    fn clause(&mut self, rule: &Rule) -> String {
        let mut body = Vec::new();
        let mut head = rule.name.clone();
        for at in 0..rule.keys {
            // A name as the first key makes it another document below.
            let key = if at > 0 && self.random.percent(25) {
                self.random.pick(KEYS).to_owned()
            } else {
                self.variable(&mut body)
            };
            head += &format!("[{key}]");
        }
        let value = self.value(&mut body);
        if rule.set {
            head += &format!(" contains {value}");
        } else {
            head += &format!(" := {value}");
        }
        for _ in 0..self.random.weighted(&[4, 5, 1]) {
            let effect = match self.random.below(12) {
                0 => "broken".to_owned(),
                1 => "to_number(id(\"x\"))".to_owned(),
                2..=6 => format!("print(\"{}\")", rule.name),
                7 => "input.on".to_owned(),
                _ => self.question(),
            };
            let at = self.random.below(body.len() + 1);
            body.insert(at, effect);
        }
        if body.is_empty() {
            body.push("true".to_owned());
        }
        format!("\n{head} if {{\n\t{}\n}}\n", body.join("\n\t"))
    }

    fn fresh(&mut self) -> String {
        self.fresh += 1;
        format!("v{}", self.fresh)
    }

    /// A variable that the body gives values.
    fn variable(&mut self, body: &mut Vec<String>) -> String {
        let name = self.fresh();
        body.push(match self.random.below(6) {
            0 => format!("{name} := {}", self.random.pick(KEYS)),
            1 => format!("{name} := input.k"),
            2 => format!("some {name} in [\"x\", \"y\"]"),
            3 => format!("some {name}, _ in data.d.a"),
            4 => format!("{name} = data.d.b[_]"),
            _ => format!("{name} = {}", self.random.pick(KEYS)),
        });
        name
    }

    fn value(&mut self, body: &mut Vec<String>) -> String {
        match self.random.below(9) {
            0 => self.random.pick(KEYS).to_owned(),
            1 | 2 => self.variable(body),
            3 => format!("[{}, 1]", self.variable(body)),
            4 => format!("{{\"x\": {}}}", self.variable(body)),
            5 => format!("{{{}: 1}}", self.variable(body)),
            6 => format!("{{{}}}", self.variable(body)),
            7 => "{1, 2}".to_owned(),
            _ => "1".to_owned(),
        }
    }

    fn question(&mut self) -> String {
        if self.rules.is_empty() {
            return "input.on".to_owned();
        }
        let at = self.random.below(self.rules.len());
        let (keys, mut reference) = (self.rules[at].keys, self.rules[at].name.clone());
        let steps = self.random.below(keys + 3);
        for _ in 0..steps {
            reference += &format!("[{}]", self.key());
        }
        match self.random.below(12) {
            0 => format!("not {}", reference.replace("[_]", "[\"x\"]")),
            1 => format!("count({reference}) > 0"),
            2 => format!("print({})", reference.replace("[_]", "[\"y\"]")),
            3 => format!("{reference} == {}", self.random.pick(KEYS)),
            4 => format!("some {} in {reference}", self.fresh()),
            5 => format!("{} := {reference}", self.fresh()),
            6 => {
                let (key, value) = (self.fresh(), self.fresh());
                format!("some {key}, {value} in {reference}")
            }
            7 => format!("count([1 | {reference}]) > 0"),
            8 => format!("{reference} with input.k as {}", self.random.pick(KEYS)),
            9 => format!("every {} in {reference} {{ input.on }}", self.fresh()),
            _ => reference,
        }
    }

    fn key(&mut self) -> String {
        match self.random.below(12) {
            0..=3 => self.random.pick(KEYS).to_owned(),
            4 => format!("id({})", self.random.pick(KEYS)),
            5 => "input.k".to_owned(),
            6 | 7 => "_".to_owned(),
            8 => format!("id([{}, 1])", self.random.pick(KEYS)),
            9 => format!("id({{\"x\": {}}})", self.random.pick(KEYS)),
            10 => format!("id({{{}}})", self.random.pick(KEYS)),
            _ => format!("[{}, 1]", self.random.pick(KEYS)),
        }
    }

    fn input(&mut self) -> String {
        let on = if self.random.percent(70) { ", \"on\": true" } else { "" };
        format!("{{\"k\": {}{on}}}", self.random.pick(KEYS))
    }
}
