//! The rarer forms of rules: without bodies, with chains of `else`, with keywords and values in their heads, in packages
//! that refer to each other.

use super::{Generator, Kind, Known, Shape};
use crate::case::KEYWORDS;

impl Generator {
    /// Names and texts of modules: packages that refer to each other, some in several modules.
    pub(super) fn packages(&mut self) -> Vec<(String, String)> {
        let order = match self.random.below(6) {
            0 => &["t"][..],
            1 => &["t", "u", "t"],
            2 => &["u", "t", "u", "t"],
            3 => &["u", "t.sub", "t"],
            4 => &["t[\"a b\"]", "t"],
            _ => &["t.if", "u", "t"],
        };
        let mut modules = Vec::new();
        for (at, package) in order.iter().enumerate() {
            let count = if *package == "t" { 2 + self.random.below(4) } else { 1 + self.random.below(2) };
            modules.push((format!("m{at}.rego"), self.module(package, count)));
        }
        modules
    }

    /// Writes one rule of a rarer form, with all its clauses.
    pub(super) fn rare_rule(&mut self) -> String {
        self.fresh += 1;
        let mut name = format!("{}{}", self.random.pick(&["p", "q", "r", "_s"]), self.fresh);
        let (text, shape) = match self.random.below(16) {
            0 | 1 => self.without_body(&name),
            2 | 3 => self.short(&name),
            4 => self.chain(&name),
            5 => self.function_chain(&name),
            6 | 7 => self.function_of_patterns(&name),
            8 => {
                let field = self.random.pick(&["f", "g", "if", "contains"]);
                name = format!("{name}.{field}");
                let place = name.clone();
                self.function_of_patterns(&place)
            }
            9 | 10 => (self.with_keywords(&name), Shape::Deep),
            11 => (self.with_values(&name), Shape::Deep),
            12 => (self.deep(&name), Shape::Deep),
            13 => self.with_default(&name),
            14 => self.shadowing(&name),
            _ => (self.mixed(&name), Shape::Deep),
        };
        self.rules.push(Known { package: self.package, name, shape });
        text
    }

    fn without_body(&mut self, name: &str) -> (String, Shape) {
        let kind = self.kind();
        self.scoped(|generator| {
            let (value, other) = (generator.term(kind, 2), generator.term(kind, 1));
            let (key, operator) = (generator.constant(Kind::String), generator.random.pick(&[":=", "="]));
            match generator.random.below(6) {
                0..=2 => (format!("{name} {operator} {value}\n"), Shape::Value(kind)),
                3 => (format!("{name} contains {value}\n\n{name} contains {other}\n"), Shape::Set),
                4 => (format!("{name}[{key}] {operator} {value}\n"), Shape::Object),
                _ => (format!("{name}.a.b {operator} {value}\n\n{name}.a.c := {other}\n"), Shape::Deep),
            }
        })
    }

    /// The body is one literal, after `if` on the same line or the next.
    fn short(&mut self, name: &str) -> (String, Shape) {
        let kind = self.kind();
        let shape = self.random.below(4);
        let mut text = String::new();
        for _ in 0..=self.random.below(3) {
            text += &self.scoped(|generator| {
                let literal = generator.short_body();
                let (value, key) = (generator.term(kind, 1), generator.key());
                match shape {
                    0 => format!("{name} if {literal}\n\n"),
                    1 => format!("{name} := {value} if {literal}\n\n"),
                    2 => format!("{name} contains {value} if {literal}\n\n"),
                    _ => format!("{name}[{key}] := {value} if {literal}\n\n"),
                }
            });
        }
        let shapes = [Shape::Value(Kind::Boolean), Shape::Value(kind), Shape::Set, Shape::Object];
        (text, shapes[shape].clone())
    }

    fn short_body(&mut self) -> String {
        let mut literals = vec![self.literal(1)];
        self.finish(&mut literals, "");
        if literals.len() > 1 || literals[0].contains([';', '\n']) {
            format!("{{ {} }}", literals.join("; "))
        } else {
            literals.join("")
        }
    }

    /// A rule that goes on for long.
    fn chain(&mut self, name: &str) -> (String, Shape) {
        let kind = self.kind();
        let text = self.scoped(|generator| {
            let value = generator.constant(kind);
            let body = generator.scoped(Self::short_body);
            format!("{name} := {value} if {{\n\t{body}\n}}{}\n", generator.alternatives(kind))
        });
        (text, Shape::Value(kind))
    }

    fn alternatives(&mut self, kind: Kind) -> String {
        let mut text = String::new();
        for _ in 0..=self.random.below(5) {
            text += &self.scoped(|generator| {
                let (body, value) = (generator.short_body(), generator.term(kind, 1));
                match generator.random.below(5) {
                    0 => format!(" else if {{\n\t{body}\n}}"),
                    1 => format!(" else = {value} if {{ {body} }}"),
                    2 => format!(" else := {value} if {{\n\t{body}\n\t{body}\n}}"),
                    _ => format!(" else := {value} if {{\n\t{body}\n}}"),
                }
            });
        }
        if self.random.percent(50) {
            text += &format!(" else := {}", self.constant(kind));
        }
        text
    }

    fn function_chain(&mut self, name: &str) -> (String, Shape) {
        let kind = self.kind();
        let mut text = String::new();
        if self.random.percent(40) {
            text += &format!("default {name}(_) := {}\n\n", self.constant(kind));
        }
        for _ in 0..=self.random.below(2) {
            text += &self.scoped(|generator| {
                let argument = generator.bind(Kind::Any);
                let (value, bound) = (generator.constant(kind), generator.constant(Kind::Number));
                let operator = generator.random.pick(&["<", ">", "==", "!="]);
                let head =
                    format!("{name}({argument}) := {value} if {{\n\t{argument} {operator} {bound}\n}}");
                head + &generator.alternatives(kind) + "\n\n"
            });
        }
        (text, Shape::Function(1, kind))
    }

    /// The arguments are patterns, some with one variable in two places.
    fn function_of_patterns(&mut self, name: &str) -> (String, Shape) {
        let kind = self.kind();
        let arity = self.random.below(4);
        let mut text = String::new();
        for _ in 0..=self.random.below(3) {
            text += &self.scoped(|generator| {
                let mut arguments: Vec<String> = (0..arity).map(|_| generator.pattern(2)).collect();
                if arity > 1 && generator.random.percent(25) {
                    let first = arguments[0].clone();
                    arguments[1].clone_from(&first);
                }
                let arguments = arguments.join(", ");
                let (body, value) = (generator.short_body(), generator.term(kind, 1));
                match generator.random.below(5) {
                    0 => format!("{name}({arguments}) if {body}\n\n"),
                    1 => format!("{name}({arguments}) := {value}\n\n"),
                    2 => format!("{name}({arguments}) = {value} if {body}\n\n"),
                    _ => format!("{name}({arguments}) := {value} if {{\n\t{body}\n}}\n\n"),
                }
            });
        }
        (text, Shape::Function(arity, kind))
    }

    fn with_keywords(&mut self, name: &str) -> String {
        let (word, other) = (self.random.pick(KEYWORDS), self.random.pick(KEYWORDS));
        let shape = self.random.below(5);
        self.rare_clauses(|generator, body| {
            let (key, value) = (generator.key(), generator.term(Kind::Any, 1));
            match shape {
                0 => format!("{name}.{word} := {value} if {body}"),
                1 => format!("{name}.{word}.{other} := {value} if {body}"),
                2 => format!("{name}.{word} contains {value} if {body}"),
                3 => format!("{name}[{key}].{word} := {value} if {body}"),
                _ => format!("{name}[\"{word}\"].{other}[{key}] := {value} if {body}"),
            }
        }) + &format!("\n{name}_{word} := {name}.{word}\n")
    }

    /// Values of all types stand in the head.
    fn with_values(&mut self, name: &str) -> String {
        self.rare_clauses(|generator, body| {
            let (key, value) = (generator.constant(Kind::Any), generator.term(Kind::Any, 1));
            match generator.random.below(4) {
                0 => format!("{name}[{key}] := {value} if {body}"),
                1 => format!("{name}[{key}].a := {value} if {body}"),
                2 => format!("{name}.a[{key}] := {value} if {body}"),
                _ => format!("{name}[{key}] contains {value} if {body}"),
            }
        })
    }

    fn deep(&mut self, name: &str) -> String {
        let shape = self.random.below(5);
        self.rare_clauses(|generator, body| {
            let keys: Vec<String> = (0..3).map(|_| generator.key()).collect();
            let value = generator.term(Kind::Any, 1);
            let [one, two, three] = &keys[..] else { panic!("{keys:?}") };
            match shape {
                0 => format!("{name}[{one}].a[{two}].b contains {value} if {body}"),
                1 => format!("{name}.a[{one}][{two}][{three}] := {value} if {body}"),
                2 => format!("{name}[{one}][{two}].c contains {value} if {body}"),
                3 => {
                    format!("{name}[{one}] := {value} if {body}\n{name}[{two}][{three}] := {value} if {body}")
                }
                _ => format!("{name}.a.b.c[{one}].d[{two}] if {body}"),
            }
        })
    }

    fn with_default(&mut self, name: &str) -> (String, Shape) {
        let kind = self.kind();
        let value = self.constant(kind);
        let (element, operator) = (self.constant(Kind::Any), self.random.pick(&[":=", "="]));
        let clause = self.scoped(|generator| {
            let body = generator.short_body();
            format!("{name} {operator} {} if {body}\n", generator.constant(kind))
        });
        let text = match self.random.below(10) {
            0 => format!("default {name} := [{element} | true]\n\n{clause}"),
            1 => format!("default {name}.a := {value}\n\n{name}.a := {element} if input.b\n"),
            2 => format!("default {name} {operator} {value}\n\ndefault {name} := {element}\n"),
            3 => format!("default {name} := input.n\n\n{clause}"),
            4 => format!("default {name} {operator} {value}\n"),
            _ => format!("{clause}\ndefault {name} {operator} {value}\n"),
        };
        (text, Shape::Value(kind))
    }

    /// Local names that are those of other things.
    fn shadowing(&mut self, name: &str) -> (String, Shape) {
        let other =
            self.rules.iter().rev().find(|rule| rule.package == self.package && !rule.name.contains('.'));
        let other = other.map_or("id".to_owned(), |rule| rule.name.clone());
        let text = self.scoped(|generator| {
            let (value, collection) = (generator.constant(Kind::Any), generator.collection(1));
            match generator.random.below(7) {
                0 => format!("{name}({other}) := {other}\n\n{name}_1 := {name}({value})\n"),
                1 => format!("{name} := {other} if some {other} in {collection}\n"),
                2 => format!("{name} contains {other} if {{\n\tsome {other}\n\t{collection}[{other}]\n}}\n"),
                3 => format!("{name} := [{other} | {other} := {value}]\n"),
                4 => format!("{name} if {{\n\t{other} := {value}\n\t{other} == {value}\n}}\n"),
                5 => format!("{name} if every {other} in {collection} {{ {other} != {value} }}\n"),
                _ => format!("{name} := count if count := {value}\n"),
            }
        });
        (text, Shape::Value(Kind::Any))
    }

    /// Rules of several kinds below one name.
    fn mixed(&mut self, name: &str) -> String {
        let mut parts = vec![
            format!("{name}.a := {}\n", self.constant(Kind::Any)),
            format!("{name}.b contains {}\n", self.constant(Kind::Any)),
            format!("{name}.f(x) := [x, {name}.a]\n"),
            format!("{name}.c[x] := y if some x, y in {}\n", self.unknown(Kind::Object)),
            format!("{name}[x] := y if some x, y in {}\n", self.unknown(Kind::Object)),
            format!("default {name}.e := {}\n", self.constant(Kind::Any)),
            format!("{name}.b.c := {}\n", self.constant(Kind::Any)),
            format!("{name}[\"a\"].z[x] if some x in {}\n", self.unknown(Kind::Array)),
        ];
        for _ in 0..4 + self.random.below(2) {
            parts.remove(self.random.below(parts.len()));
        }
        if self.random.percent(30) {
            parts.reverse();
        }
        parts.join("\n")
    }

    fn rare_clauses(&mut self, write: impl Fn(&mut Self, &str) -> String) -> String {
        let mut text = String::new();
        for _ in 0..=self.random.below(3) {
            text += &self.scoped(|generator| {
                let body = generator.short_body();
                let body = if body.starts_with('{') { body } else { format!("{{\n\t{body}\n}}") };
                write(generator, &body)
            });
            text.push_str("\n\n");
        }
        text
    }
}
