//! Literals: what binds variables, what compares, what negates, and what replaces.

use super::{Generator, Kind, Shape};

impl Generator {
    /// A body on one line.
    pub(super) fn inline_body(&mut self, depth: usize) -> String {
        let mut literals = vec![self.generator_literal(depth)];
        for _ in 0..self.random.below(3) {
            literals.push(self.literal(depth));
        }
        self.finish(&mut literals, "");
        literals.join("; ")
    }

    /// Uses what `some` declared and nothing used, which would be an error.
    pub(super) fn finish(&mut self, literals: &mut Vec<String>, names: &str) {
        let text = format!("{names} {}", literals.join(" "));
        let names: Vec<String> = self.variables.iter().map(|(name, _)| name.clone()).collect();
        self.declared.retain(|name| names.contains(name));
        for name in self.declared.clone() {
            let words = text.split(|char: char| !char.is_ascii_alphanumeric());
            let count = words.filter(|word| **word == *name).count();
            if count == 1 {
                let use_it = match self.random.below(6) {
                    0 => format!("{name} != {}", self.constant(Kind::Any)),
                    1 => format!("{name} != {}", self.unknown(Kind::Any)),
                    2 => format!("is_string({name})"),
                    3 => format!("{name} >= {}", self.constant(Kind::Number)),
                    _ => format!("_ = {name}"),
                };
                literals.push(use_it);
            }
        }
        if self.random.percent(1) {
            let (from, to) = (self.random.below(literals.len()), self.random.below(literals.len()));
            literals.swap(from, to);
        }
    }

    /// One literal; the variables that it binds are known afterwards.
    pub(super) fn literal(&mut self, depth: usize) -> String {
        if !self.spend() {
            return self.leaf_literal();
        }
        if self.rare(25) {
            return self.rare_literal(depth);
        }
        let below = depth.saturating_sub(1);
        let known = self.variables.len();
        let text = match self.random.weighted(&[16, 20, 10, 16, 5, 8, 5, 5, 4, 4, 4, 5, 4]) {
            0 => {
                let kind = self.kind();
                let term = self.term(kind, depth);
                format!("{} := {term}", self.bind(kind))
            }
            1 => self.generator_literal(depth),
            2 => self.destructuring(depth),
            3 => self.comparison(depth),
            4 => {
                let kind = self.random.pick(&[Kind::Boolean, Kind::Any]);
                self.reference(kind)
            }
            5 => self.negation(below),
            6 => self.every(below),
            7 => self.connective(below),
            8 => {
                let root = self.collection(below);
                let (path, value) = (self.bind(Kind::Array), self.bind(Kind::Any));
                match self.random.below(3) {
                    0 => format!("walk({root}, [{path}, {value}])"),
                    1 => format!("[{path}, {value}] := walk({root})"),
                    _ => format!("walk({root}, [{path}, {value}]); {value} == {}", self.constant(Kind::Any)),
                }
            }
            9 => {
                let count = 1 + self.random.below(2);
                let args: Vec<String> = (0..count)
                    .map(|_| {
                        let kind = self.kind();
                        self.term(kind, 1)
                    })
                    .collect();
                format!("print({})", args.join(", "))
            }
            10 => {
                let kind = self.kind();
                match self.call_of(kind, below) {
                    Some(call) => call,
                    None => self.leaf_literal(),
                }
            }
            11 => {
                let kind = self.kind();
                let term = self.term(kind, depth);
                let name = self.bind(kind);
                if self.random.percent(50) { format!("{name} = {term}") } else { format!("{term} = {name}") }
            }
            _ => {
                let kind = self.kind();
                let known = self.variable(kind).unwrap_or_else(|| self.constant(kind));
                format!("{known} = {}", self.unknown(kind))
            }
        };
        if self.random.percent(12) && !text.contains("; ") {
            text + &self.before(known, |generator| generator.with(below))
        } else {
            text
        }
    }

    fn leaf_literal(&mut self) -> String {
        let kind = self.kind();
        let (left, right) = (self.unknown(kind), self.constant(kind));
        let operator = self.random.pick(&["==", "!=", ">", "<="]);
        format!("{left} {operator} {right}")
    }

    /// A literal that may hold in several ways.
    fn generator_literal(&mut self, depth: usize) -> String {
        match self.random.below(12) {
            0..=2 => {
                let collection = self.collection(depth);
                format!("some {} in {collection}", self.declare())
            }
            3 | 4 => {
                let collection = self.collection(depth);
                let (key, value) = (self.declare(), self.declare());
                format!("some {key}, {value} in {collection}")
            }
            5 => {
                let collection = self.collection(depth);
                let known = self.variables.len();
                let pattern = self.pattern(2);
                let names: Vec<String> =
                    self.variables[known..].iter().map(|(name, _)| name.clone()).collect();
                if names.is_empty() {
                    return self.leaf_literal();
                }
                self.declared.extend(names);
                format!("some {pattern} in {collection}")
            }
            6 => {
                let reference = self.reference(Kind::Array);
                let (index, value) = (self.bind(Kind::Number), self.bind(Kind::Any));
                if self.random.percent(50) {
                    format!("some {index}; {value} := {reference}[{index}]")
                } else {
                    format!("{value} := {reference}[{index}]")
                }
            }
            7 => {
                let (left, right) = (self.reference(Kind::Object), self.unknown(Kind::Object));
                let key = self.bind(Kind::Any);
                let operator = self.random.pick(&["==", "=", "!=", "<"]);
                format!("{left}[{key}] {operator} {right}[{key}]")
            }
            8 => {
                let root = self.root();
                let (index, value) = (self.bind(Kind::Number), self.bind(Kind::Any));
                let field = self.random.pick(&["id", "n", "s"]);
                format!("{root}.os[{index}].{field} = {value}")
            }
            9 => {
                let root = self.root();
                let (first, second) = (self.bind(Kind::Any), self.bind(Kind::Any));
                match self.random.below(3) {
                    0 => format!("{root}[{first}][{second}]"),
                    1 => format!("{second} := {root}.deep[{first}]"),
                    _ => format!("{root}.deep[{first}].a = {second}"),
                }
            }
            10 => {
                let package = match self.package {
                    "t" => self.random.pick(&["data.u", "data.t.sub", "data.d"]),
                    _ => "data.d",
                };
                let (first, second) = (self.bind(Kind::Any), self.bind(Kind::Any));
                match self.random.below(3) {
                    0 => format!("{second} := {package}[{first}]"),
                    1 => format!("{package}[{first}][{second}]"),
                    _ => format!("{package}[{first}] = {second}"),
                }
            }
            _ => {
                let known: Vec<_> =
                    self.rules.iter().filter(|rule| is_collection(&rule.shape)).cloned().collect();
                if known.is_empty() {
                    return self.leaf_literal();
                }
                let rule = &known[self.random.below(known.len())];
                let place = format!("data.{}.{}", rule.package, rule.name);
                let (key, value) = (self.bind(Kind::Any), self.bind(Kind::Any));
                match (&rule.shape, self.random.below(3)) {
                    (Shape::Set, _) => {
                        self.variables.pop();
                        format!("{place}[{key}]")
                    }
                    (Shape::Deep, 0) => format!("{place}[{key}][{value}]"),
                    (Shape::Deep, 1) => format!("{place}[{key}].a = {value}"),
                    _ => format!("{value} := {place}[{key}]"),
                }
            }
        }
    }

    /// A pattern: variables get values where it is used.
    pub(super) fn pattern(&mut self, depth: usize) -> String {
        match self.random.below(if depth == 0 { 7 } else { 10 }) {
            0..=3 => self.bind(Kind::Any),
            4 => "_".to_owned(),
            5 | 6 => self.constant(Kind::Any),
            7 | 8 => {
                let parts: Vec<String> =
                    (0..=self.random.below(2)).map(|_| self.pattern(depth - 1)).collect();
                format!("[{}]", parts.join(", "))
            }
            _ => {
                let key = self.random.pick(&["\"a\"", "\"b\"", "\"id\"", "1"]);
                format!("{{{key}: {}}}", self.pattern(depth - 1))
            }
        }
    }

    fn destructuring(&mut self, depth: usize) -> String {
        let below = depth.saturating_sub(1);
        match self.random.below(6) {
            0 => {
                let (first, second) = (self.kind(), self.kind());
                let (left, right) = (self.term(first, below), self.term(second, below));
                let (one, two) = (self.bind(first), self.bind(second));
                let operator = self.random.pick(&[":=", "="]);
                format!("[{one}, {two}] {operator} [{left}, {right}]")
            }
            1 => {
                let root = self.root();
                let pattern = format!("[{}, {}]", self.pattern(0), self.pattern(0));
                format!("{pattern} = {root}.pair")
            }
            2 => {
                let kind = self.kind();
                let term = self.term(kind, below);
                let key = self.random.pick(&["\"a\"", "\"k\"", "1"]);
                format!("{{{key}: {}}} := {{{key}: {term}}}", self.bind(kind))
            }
            3 => {
                let root = self.root();
                let (id, n) = (self.bind(Kind::Any), self.bind(Kind::Any));
                format!("{{\"id\": {id}, \"n\": {n}, \"s\": _}} = {root}.os[_]")
            }
            4 => {
                // Both sides bind.
                let (left, right) = (self.kind(), self.kind());
                let (left_term, right_term) = (self.term(left, below), self.term(right, below));
                let (one, two) = (self.bind(left), self.bind(right));
                format!("[{one}, [{right_term}]] = [{left_term}, [{two}]]")
            }
            _ => {
                let reference = self.unknown(Kind::Any);
                let pattern = self.pattern(2);
                format!("{pattern} = {reference}")
            }
        }
    }

    fn negation(&mut self, depth: usize) -> String {
        if self.keywords && self.random.percent(60) {
            return format!("not {{ {} }}", self.scoped(|generator| generator.inline_body(depth)));
        }
        self.scoped(|generator| {
            let inner = match generator.random.below(4) {
                0 => generator.comparison(depth),
                1 => {
                    let kind = generator.random.pick(&[Kind::Boolean, Kind::Any]);
                    generator.reference(kind)
                }
                2 => {
                    let collection = generator.collection(depth);
                    format!("{} in {collection}", generator.constant(Kind::Any))
                }
                _ => generator.leaf_literal(),
            };
            let with = if generator.random.percent(15) { generator.with(0) } else { String::new() };
            format!("not {inner}{with}")
        })
    }

    fn connective(&mut self, depth: usize) -> String {
        if !self.keywords {
            return self.comparison(depth);
        }
        let side = |generator: &mut Self| {
            generator.scoped(|generator| {
                if generator.random.percent(40) {
                    format!("{{ {} }}", generator.inline_body(depth))
                } else {
                    generator.comparison(depth)
                }
            })
        };
        let (left, right) = (side(self), side(self));
        let operator = self.random.pick(&["or", "and"]);
        format!("{left} {operator} {right}")
    }

    fn every(&mut self, depth: usize) -> String {
        let collection = self.collection(depth);
        self.scoped(|generator| {
            let value = generator.declare();
            let names = if generator.random.percent(50) {
                format!("{}, {value}", generator.declare())
            } else {
                value
            };
            let mut literals = vec![generator.literal(depth)];
            if generator.random.percent(40) {
                literals.push(generator.literal(depth));
            }
            generator.finish(&mut literals, &names);
            format!("every {names} in {collection} {{ {} }}", literals.join("; "))
        })
    }

    /// Modifiers of a literal.
    fn with(&mut self, depth: usize) -> String {
        let mut text = String::new();
        for _ in 0..=self.random.weighted(&[75, 25]) {
            let kind = self.kind();
            let value = self.term(kind, depth);
            let part = match self.random.below(9) {
                0 => format!("input as {}", self.term(Kind::Object, depth)),
                1 | 2 => {
                    let field = self.random.pick(&[".n", ".s", ".o.a", ".xs", ".missing.a.b", "[\"o\"]"]);
                    format!("input{field} as {value}")
                }
                3 | 4 => {
                    let fields = [
                        ".d", ".d.n", ".d.o", ".d.o.a", ".d.xs", ".t.base", ".new.a", ".u", ".u.base",
                        ".t.sub",
                    ];
                    let count = if self.package == "t" { fields.len() } else { 7 };
                    let field = self.random.pick(&fields[..count]);
                    format!("data{field} as {value}")
                }
                5 | 6 => self.with_rule(&value),
                _ => {
                    let function = self.random.pick(&["count", "startswith", "to_number", "plus", "lower"]);
                    format!("{function} as {value}")
                }
            };
            text += &format!(" with {part}");
        }
        text
    }

    fn with_rule(&mut self, value: &str) -> String {
        if self.rules.is_empty() {
            return format!("data.d.n as {value}");
        }
        let rule = self.rules[self.random.below(self.rules.len())].clone();
        let place = format!("data.{}.{}", rule.package, rule.name);
        match rule.shape {
            Shape::Function(arity, _) => {
                let same = self.rules.iter().filter(|other| {
                    matches!(other.shape, Shape::Function(count, _) if count == arity)
                        && other.name != rule.name
                });
                let same: Vec<String> =
                    same.map(|other| format!("data.{}.{}", other.package, other.name)).collect();
                if !same.is_empty() && self.random.percent(50) {
                    format!("{place} as {}", same[self.random.below(same.len())])
                } else if arity == 1 && self.random.percent(50) {
                    format!("{place} as {}", self.random.pick(&["count", "is_string", "id", "to_number"]))
                } else {
                    format!("{place} as {value}")
                }
            }
            Shape::Object | Shape::Deep if self.random.percent(30) => format!("{place}.a as {value}"),
            Shape::Value(_) | Shape::Set | Shape::Object | Shape::Deep => format!("{place} as {value}"),
        }
    }
}

fn is_collection(shape: &Shape) -> bool {
    match shape {
        Shape::Value(kind) => matches!(kind, Kind::Array | Kind::Object | Kind::Any),
        Shape::Set | Shape::Object | Shape::Deep => true,
        Shape::Function(..) => false,
    }
}
