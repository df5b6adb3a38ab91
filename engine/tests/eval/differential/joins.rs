//! Bodies that go through base documents and compare what they find with what is known, in comprehensions too: what an index over
//! the documents finds has to be what going through them finds.

use super::family::with_inputs;
use super::random::Random;
use crate::case::Case;

/// The cases of one policy.
pub(crate) fn cases(seed: u64) -> Vec<Case> {
    let mut writer = Writer { random: Random::new(seed), elements: Vec::new(), values: Vec::new(), fresh: 0 };
    let text = writer.module();
    let data = writer.data();
    with_inputs(&text, &data, (0..3).map(|_| writer.input()))
}

struct Writer {
    random: Random,
    /// The variables that have an element of a collection.
    elements: Vec<String>,
    /// Other variables that have values.
    values: Vec<String>,
    fresh: usize,
}

const PRELUDE: &str = "package t

id(x) := x

broken := x if some x in [1, 2]

same(x, y) if x == y

listed contains g.a if some g in data.list

of(x) := {g.b | some g in data.list; g.a == x}
";

const COLLECTIONS: &[&str] =
    &["data.list", "data.list", "data.by", "input.list", "data.nested.list", "data.mixed", "listed"];

const SCALARS: &[&str] = &["\"x\"", "\"y\"", "1", "1.0", "true", "null", "\"1\"", "\"x\""];

const FIELDS: &[&str] = &["a", "b", "c", "a"];

impl Writer {
    fn module(&mut self) -> String {
        let mut text = PRELUDE.to_owned();
        for rule in 0..3 + self.random.below(3) {
            for _ in 0..=self.random.below(2) {
                self.elements.clear();
                self.values.clear();
                let body = self.body();
                text += &match rule % 4 {
                    0 => format!("\nr{rule} if {{\n\t{body}\n}}\n"),
                    1 => format!("\nr{rule} contains {} if {{\n\t{body}\n}}\n", self.value()),
                    2 => {
                        let (key, value) = (self.value(), self.value());
                        format!("\nr{rule}[{key}] contains {value} if {{\n\t{body}\n}}\n")
                    }
                    _ => format!("\nr{rule} := {} if {{\n\t{body}\n}}\n", self.value()),
                };
            }
        }
        text
    }

    fn body(&mut self) -> String {
        let mut literals = vec![self.walk()];
        for _ in 0..=self.random.below(4) {
            literals.push(self.literal());
        }
        literals.join("\n\t")
    }

    fn fresh(&mut self) -> String {
        self.fresh += 1;
        format!("v{}", self.fresh)
    }

    /// Goes through a collection.
    fn walk(&mut self) -> String {
        let (collection, name) = (self.random.pick(COLLECTIONS), self.fresh());
        let literal = match self.random.below(7) {
            0..=2 => format!("some {name} in {collection}"),
            3 => {
                let key = self.fresh();
                let literal = format!("some {key}, {name} in {collection}");
                self.values.push(key);
                literal
            }
            4 => format!("{name} := {collection}[_]"),
            5 => {
                let key = self.fresh();
                let literal = format!("some {key}; {name} := {collection}[{key}]");
                self.values.push(key);
                literal
            }
            _ => {
                let other = self.fresh();
                let literal = format!("some {{\"a\": {name}, \"b\": {other}}} in {collection}");
                self.values.push(other);
                self.values.push(name);
                return literal;
            }
        };
        self.elements.push(name);
        literal
    }

    fn literal(&mut self) -> String {
        match self.random.weighted(&[10, 3, 3, 2, 2, 3, 3, 2, 1, 1, 2, 1]) {
            0 => format!("{} == {}", self.field(), self.known()),
            1 => format!("{} == {}", self.known(), self.field()),
            2 => self.walk(),
            3 => format!("{} in {}", self.known(), self.field()),
            4 => format!("same({}, {})", self.field(), self.known()),
            5 => {
                let name = self.fresh();
                let literal = format!("{name} := {}", self.collected());
                self.values.push(name);
                literal
            }
            6 => format!("count({}) {} 1", self.collected(), self.random.pick(&["==", ">", "<"])),
            7 => format!("not {} == {}", self.field(), self.known()),
            8 => self.random.pick(&["broken", "to_number(id(\"x\"))", "print(\"seen\")"]).to_owned(),
            9 => format!("{} != {}", self.field(), self.known()),
            10 => {
                let replaced = self.random.pick(&[
                    "data.list as [{\"a\": \"x\", \"b\": 1}]",
                    "data.list as data.nested.list",
                    "input.k as \"x\"",
                    "data.by as {}",
                ]);
                format!("{} == {} with {replaced}", self.collected(), self.collected())
            }
            _ => format!("every e in {} {{ e == {} }}", self.collected(), self.known()),
        }
    }

    /// A comprehension that compares with what is around it.
    fn collected(&mut self) -> String {
        let (elements, values) = (self.elements.clone(), self.values.clone());
        let around = self.known();
        let (collection, name) = (self.random.pick(COLLECTIONS), self.fresh());
        let field = self.random.pick(FIELDS);
        let mut body = vec![format!("some {name} in {collection}"), format!("{name}.{field} == {around}")];
        self.elements.push(name.clone());
        if self.random.percent(30) {
            body.push(format!("{} == {}", self.field(), self.known()));
        }
        if self.random.percent(15) {
            body.reverse();
        }
        let head = self.field();
        (self.elements, self.values) = (elements, values);
        let body = body.join("; ");
        match self.random.below(5) {
            0 => format!("[{head} | {body}]"),
            1 => format!("{{{name}.b: {head} | {body}}}"),
            2 => format!("of({around})"),
            _ => format!("{{{head} | {body}}}"),
        }
    }

    /// What a field of an element is, or the element.
    fn field(&mut self) -> String {
        if self.elements.is_empty() {
            return self.value();
        }
        let element = self.elements[self.random.below(self.elements.len())].clone();
        match self.random.below(10) {
            0 => element,
            1 => format!("{element}.o.a"),
            2 => format!("{element}[input.f]"),
            _ => format!("{element}.{}", self.random.pick(FIELDS)),
        }
    }

    fn known(&mut self) -> String {
        match self.random.below(8) {
            0 | 1 => self.random.pick(SCALARS).to_owned(),
            2 | 3 => "input.k".to_owned(),
            4 => "id(input.k)".to_owned(),
            5 => "input.missing".to_owned(),
            6 => self.field(),
            _ => self.value(),
        }
    }

    fn value(&mut self) -> String {
        if self.values.is_empty() || self.random.percent(30) {
            return self.random.pick(&["input.k", "\"x\"", "1"]).to_owned();
        }
        self.values[self.random.below(self.values.len())].clone()
    }

    fn data(&mut self) -> String {
        format!(
            "{{\"list\": {}, \"by\": {{\"x\": {}, \"y\": {}}}, \"nested\": {{\"list\": {}}}, \"mixed\": {}}}",
            self.list(),
            self.element(),
            self.element(),
            self.list(),
            self.random.pick(&["[1, \"x\", {\"a\": \"x\"}]", "\"x\"", "{\"a\": {\"a\": 1}, \"b\": 1}", "[]"]),
        )
    }

    fn list(&mut self) -> String {
        let elements: Vec<String> = (0..self.random.below(6)).map(|_| self.element()).collect();
        format!("[{}]", elements.join(", "))
    }

    fn element(&mut self) -> String {
        let mut fields = Vec::new();
        for name in ["a", "b", "c"] {
            if self.random.percent(85) {
                let value = match self.random.below(8) {
                    0 => "[\"x\", 1]".to_owned(),
                    1 => "{\"a\": \"x\"}".to_owned(),
                    _ => self.random.pick(SCALARS).to_owned(),
                };
                fields.push(format!("\"{name}\": {value}"));
            }
        }
        if self.random.percent(30) {
            fields.push(format!("\"o\": {{\"a\": {}}}", self.random.pick(SCALARS)));
        }
        format!("{{{}}}", fields.join(", "))
    }

    fn input(&mut self) -> String {
        let key = if self.random.percent(85) {
            format!("\"k\": {}, ", self.random.pick(SCALARS))
        } else {
            String::new()
        };
        format!("{{{key}\"f\": \"{}\", \"list\": {}}}", self.random.pick(FIELDS), self.list())
    }
}
