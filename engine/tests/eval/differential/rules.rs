//! Rules of every kind, each with what later ones may ask of it.

use super::{Generator, Kind, Known, Shape};

impl Generator {
    /// Writes one rule, with all its clauses.
    pub(super) fn rule(&mut self) -> String {
        if self.rare(60) {
            return self.rare_rule();
        }
        self.fresh += 1;
        let name = format!("{}{}", self.random.pick(&["p", "q", "r"]), self.fresh);
        let (text, shape) = match self.random.weighted(&[30, 14, 14, 18, 18, 6]) {
            0 => self.complete(&name),
            1 => (self.partial_set(&name), Shape::Set),
            2 => (self.partial_object(&name), Shape::Object),
            3 => self.with_path(&name),
            4 => self.function(&name),
            _ => self.constant_clauses(&name),
        };
        self.rules.push(Known { package: self.package, name, shape });
        text
    }

    fn complete(&mut self, name: &str) -> (String, Shape) {
        let kind = self.kind();
        let mut text = String::new();
        if self.random.percent(30) {
            let value = self.constant(kind);
            text += &format!("default {name} := {value}\n\n");
        }
        let same = self.random.percent(70).then(|| self.constant(kind));
        for _ in 0..=self.random.weighted(&[60, 30, 10]) {
            text += &self.scoped(|generator| {
                let outer = generator.variables.len();
                let body = generator.body_lines(3);
                let value = match &same {
                    Some(value) if generator.random.percent(50) => value.clone(),
                    _ => generator.term(kind, 2),
                };
                let mut text = if value == "true" && generator.random.percent(50) {
                    format!("{name} if {body}")
                } else {
                    format!("{name} := {value} if {body}")
                };
                if generator.random.percent(25) {
                    text += &generator.before(outer, |generator| generator.otherwise(kind));
                }
                text
            });
            text.push('\n');
        }
        (text, Shape::Value(kind))
    }

    /// Clauses that an index tells apart.
    fn constant_clauses(&mut self, name: &str) -> (String, Shape) {
        let subject = self.unknown(Kind::Any);
        let mut text = String::new();
        for _ in 0..2 + self.random.below(3) {
            let value = self.constant(Kind::Number);
            let key = self.constant(Kind::Any);
            let operator = self.random.pick(&["==", "==", "==", "=", ":="]);
            let condition = match operator {
                ":=" => format!("x := {subject}\n\tx == {key}"),
                _ if self.random.percent(30) => format!("{key} {operator} {subject}"),
                _ => format!("{subject} {operator} {key}"),
            };
            let rest = if self.random.percent(50) {
                self.scoped(|generator| format!("\n\t{}", generator.comparison(2)))
            } else {
                String::new()
            };
            text += &format!("{name} := {value} if {{\n\t{condition}{rest}\n}}");
            if self.random.percent(20) {
                text += &self.scoped(|generator| generator.otherwise(Kind::Number));
            }
            text += "\n\n";
        }
        (text, Shape::Value(Kind::Number))
    }

    fn otherwise(&mut self, kind: Kind) -> String {
        let mut text = String::new();
        for _ in 0..=self.random.below(2) {
            text += &self.scoped(|generator| {
                let body = generator.body_lines(2);
                let value = generator.term(kind, 1);
                format!(" else := {value} if {body}")
            });
        }
        if self.random.percent(30) {
            text += &format!(" else := {}", self.constant(kind));
        }
        // An `else` stands on the line where the body before it ends.
        text.replace("}\n else", "} else").replace("\n else", " else")
    }

    fn partial_set(&mut self, name: &str) -> String {
        let kind = self.kind();
        self.clauses(3, |generator, body| {
            let element = generator.element(kind);
            format!("{name} contains {element} if {body}")
        })
    }

    fn partial_object(&mut self, name: &str) -> String {
        let kind = self.kind();
        self.clauses(3, |generator, body| {
            let (key, value) = (generator.key(), generator.term(kind, 1));
            format!("{name}[{key}] := {value} if {body}")
        })
    }

    /// Rules whose heads are refs.
    fn with_path(&mut self, name: &str) -> (String, Shape) {
        let kind = self.kind();
        let shape = self.random.below(8);
        let text = self.clauses(3, |generator, body| {
            let (key, other) = (generator.key(), generator.key());
            let value = generator.term(kind, 1);
            let field = generator.random.pick(&[".a", ".b", "[\"x y\"]", "[\"1\"]"]);
            match shape {
                0 => format!("{name}{field} := {value} if {body}"),
                1 => format!("{name}{field}[{key}] := {value} if {body}"),
                2 => format!("{name}[{key}]{field} := {value} if {body}"),
                3 => format!("{name}[{key}][{other}] := {value} if {body}"),
                4 => format!("{name}[{key}] contains {value} if {body}"),
                5 => format!("{name}{field} contains {value} if {body}"),
                6 => format!("{name}[{key}].a[{other}] := {value} if {body}"),
                _ => match generator.random.below(4) {
                    0 => format!("{name}.a.b := {value} if {body}"),
                    1 => format!("{name}[{key}] := {value} if {body}"),
                    2 => format!("{name}.c[{key}] := {value} if {body}"),
                    _ => format!("{name}.d contains {value} if {body}"),
                },
            }
        });
        (text, Shape::Deep)
    }

    fn function(&mut self, name: &str) -> (String, Shape) {
        let kind = self.kind();
        let arity = 1 + self.random.below(2);
        let mut text = String::new();
        if self.random.percent(25) {
            let value = self.constant(kind);
            let args = vec!["_"; arity].join(", ");
            text += &format!("default {name}({args}) := {value}\n\n");
        }
        let same = self.random.percent(60).then(|| self.constant(kind));
        for _ in 0..=self.random.below(3) {
            text += &self.scoped(|generator| {
                let args: Vec<String> = (0..arity).map(|_| generator.pattern(1)).collect();
                let outer = generator.variables.len();
                let body = generator.body_lines(2);
                let value = match &same {
                    Some(value) if generator.random.percent(60) => value.clone(),
                    _ => generator.term(kind, 2),
                };
                let mut text = format!("{name}({}) := {value} if {body}", args.join(", "));
                if generator.random.percent(20) {
                    text += &generator.before(outer, |generator| generator.otherwise(kind));
                }
                text
            });
            text.push('\n');
        }
        (text, Shape::Function(arity, kind))
    }

    fn clauses(&mut self, most: usize, write: impl Fn(&mut Self, &str) -> String) -> String {
        let mut text = String::new();
        for _ in 0..=self.random.below(most) {
            text += &self.scoped(|generator| {
                let body = generator.body_lines(3);
                write(generator, &body)
            });
            text.push('\n');
        }
        text
    }

    fn element(&mut self, kind: Kind) -> String {
        match self.variable(Kind::Any) {
            Some(name) if self.random.percent(60) => name,
            _ => self.term(kind, 2),
        }
    }

    /// The key of an object: mostly a variable or a string.
    pub(super) fn key(&mut self) -> String {
        match self.variable(Kind::Any) {
            Some(name) if self.random.percent(60) => name,
            _ if self.random.percent(70) => self.constant(Kind::String),
            _ => self.constant(Kind::Any),
        }
    }

    fn body_lines(&mut self, most: usize) -> String {
        let count = 1 + self.random.below(most);
        let mut literals: Vec<String> = (0..count).map(|_| self.literal(2)).collect();
        self.finish(&mut literals, "");
        format!("{{\n\t{}\n}}\n", literals.join("\n\t"))
    }
}
