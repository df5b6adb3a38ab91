//! Terms of a type: constants, references, collections, comprehensions, calls, template strings.

use portcullis::builtins;
use portcullis::policy::RegoVersion;

use super::{Generator, KINDS, Kind, Shape};

impl Generator {
    /// A term of a type, mostly; `depth` is how deep it may nest.
    pub(super) fn term(&mut self, kind: Kind, depth: usize) -> String {
        if depth == 0 || !self.spend() {
            return self.leaf(kind);
        }
        let below = depth - 1;
        if self.rare(20) {
            return self.rare_term(kind, below);
        }
        if self.random.percent(35) {
            return self.leaf(kind);
        }
        if self.random.percent(2) {
            let other = self.kind();
            return self.term(other, below);
        }
        if self.random.percent(25)
            && let Some(call) = self.call_of(kind, below)
        {
            return call;
        }
        match kind {
            Kind::Number => match self.random.below(4) {
                0 => {
                    let of = self.random.pick(&[Kind::Array, Kind::Object, Kind::Set, Kind::String]);
                    format!("count({})", self.operand_of(of, below))
                }
                _ => {
                    let operator = self.random.pick(&["+", "-", "*", "/", "%"]);
                    format!(
                        "({} {operator} {})",
                        self.operand_of(Kind::Number, below),
                        self.operand_of(Kind::Number, below)
                    )
                }
            },
            Kind::String => match self.random.below(3) {
                0 => self.leaf(kind),
                _ => self.template(below),
            },
            Kind::Boolean => self.comparison(below),
            Kind::Array => match self.random.below(3) {
                0 => self.scoped(|generator| {
                    let body = generator.inline_body(below);
                    let head = generator.head();
                    format!("[{head} | {body}]")
                }),
                _ => format!("[{}]", self.list(below)),
            },
            Kind::Set => match self.random.below(5) {
                0 | 1 => self.scoped(|generator| {
                    let body = generator.inline_body(below);
                    let head = generator.head();
                    format!("{{{head} | {body}}}")
                }),
                2 => {
                    let operator = self.random.pick(&["|", "&", "-"]);
                    format!(
                        "({} {operator} {})",
                        self.operand_of(Kind::Set, below),
                        self.operand_of(Kind::Set, below)
                    )
                }
                _ => {
                    let list = self.list(below);
                    if list.is_empty() { "set()".to_owned() } else { format!("{{{list}}}") }
                }
            },
            Kind::Object => match self.random.below(3) {
                0 => self.scoped(|generator| {
                    let body = generator.inline_body(below);
                    let (key, value) = (generator.key(), generator.head());
                    format!("{{{key}: {value} | {body}}}")
                }),
                _ => {
                    let entries: Vec<String> = (0..self.random.below(3))
                        .map(|_| {
                            let kind = self.kind();
                            format!("{}: {}", self.key(), self.term(kind, below))
                        })
                        .collect();
                    format!("{{{}}}", entries.join(", "))
                }
            },
            Kind::Any => {
                let kind = self.random.pick(&KINDS[..6]);
                self.term(kind, depth)
            }
        }
    }

    fn head(&mut self) -> String {
        match self.variables.last().cloned() {
            Some((name, _)) if self.random.percent(60) => name,
            _ => {
                let kind = self.kind();
                self.term(kind, 1)
            }
        }
    }

    fn list(&mut self, depth: usize) -> String {
        let elements: Vec<String> = (0..self.random.below(4))
            .map(|_| {
                let kind = self.kind();
                self.term(kind, depth)
            })
            .collect();
        elements.join(", ")
    }

    fn template(&mut self, depth: usize) -> String {
        if self.version == RegoVersion::V0 {
            return self.leaf(Kind::String);
        }
        if builtins::lookup("internal.template_string").is_none_or(|signature| signature.function.is_none()) {
            return self.leaf(Kind::String);
        }
        let mut text = "$\"".to_owned();
        for _ in 0..=self.random.below(2) {
            let kind = self.kind();
            let inner = self.term(kind, depth.min(1));
            text += self.random.pick(&["", "a", "-", " "]);
            text += &format!("{{{inner}}}");
        }
        text + "\""
    }

    /// Two terms and an operator between them.
    pub(super) fn comparison(&mut self, depth: usize) -> String {
        match self.random.below(10) {
            0 => {
                let collection = self.collection(depth);
                let kind = self.kind();
                format!("({} in {collection})", self.term(kind, depth))
            }
            1 => {
                let collection = self.collection(depth);
                let (kind, key) = (self.kind(), self.key());
                format!("(({key}, {} in {collection}))", self.term(kind, depth))
            }
            _ => {
                let kind = self.kind();
                let operator = self.random.pick(&["==", "==", "!=", "<", "<=", ">", ">="]);
                let (left, right) = (self.term(kind, depth), self.unknown(kind));
                if self.random.percent(50) {
                    format!("({left} {operator} {right})")
                } else {
                    format!("({right} {operator} {left})")
                }
            }
        }
    }

    /// A term of which the type checker knows nothing.
    pub(super) fn unknown(&mut self, kind: Kind) -> String {
        if self.random.percent(30) {
            format!("id({})", self.constant(kind))
        } else {
            self.document_reference(kind)
        }
    }

    /// A term that the type checker takes for one of this type.
    pub(super) fn operand_of(&mut self, kind: Kind, depth: usize) -> String {
        match self.random.below(10) {
            0..=3 => self.unknown(kind),
            4..=6 => self.constant(kind),
            _ if depth > 0 => self.term(kind, depth),
            _ => self.document_reference(kind),
        }
    }

    /// A key into the document of a rule.
    fn known_key(&mut self) -> String {
        match self.random.below(16) {
            0 => self.constant(Kind::String),
            1 => self.constant(Kind::Any),
            2..=4 => self.unknown(Kind::String),
            5 => self.unknown(Kind::Any),
            _ => self.variable(Kind::Any).unwrap_or_else(|| self.unknown(Kind::String)),
        }
    }

    /// Something to iterate over.
    pub(super) fn collection(&mut self, depth: usize) -> String {
        let kind = self.random.pick(&[Kind::Array, Kind::Array, Kind::Object, Kind::Set, Kind::Any]);
        match self.random.below(10) {
            0..=4 => self.unknown(kind),
            5 | 6 => self.reference(kind),
            _ if kind == Kind::Any => self.unknown(kind),
            _ => self.term(kind, depth),
        }
    }

    fn leaf(&mut self, kind: Kind) -> String {
        match self.random.below(10) {
            0..=3 => self.variable(kind).unwrap_or_else(|| self.reference(kind)),
            4..=6 => self.constant(kind),
            _ => self.reference(kind),
        }
    }

    /// A variable that has a value of this type.
    pub(super) fn variable(&mut self, kind: Kind) -> Option<String> {
        let fits = |known: Kind| known == kind || known == Kind::Any || kind == Kind::Any;
        let names: Vec<&String> =
            self.variables.iter().filter(|(_, known)| fits(*known)).map(|(name, _)| name).collect();
        if names.is_empty() { None } else { Some(names[self.random.below(names.len())].clone()) }
    }

    /// A reference to a value of this type, mostly.
    pub(super) fn reference(&mut self, kind: Kind) -> String {
        if self.random.percent(35)
            && let Some(text) = self.rule_reference(kind)
        {
            return text;
        }
        self.document_reference(kind)
    }

    /// A reference into input or data.
    fn document_reference(&mut self, kind: Kind) -> String {
        let root = self.root();
        let last = match kind {
            Kind::Number => self.random.pick(&[
                ".n",
                ".m",
                ".xs[0]",
                ".xs[1]",
                ".o.a",
                ".o[\"b\"]",
                ".os[0].n",
                ".deep.b.a",
                ".o[\"1\"]",
            ]),
            Kind::String => self.random.pick(&[".s", ".ss[0]", ".ss[1]", ".os[0].id", ".os[1][\"id\"]"]),
            Kind::Boolean => self.random.pick(&[".b", ".b", ".missing", ".n", ".deep.c"]),
            Kind::Array => self.random.pick(&[".xs", ".ss", ".os", ".pair"]),
            Kind::Object => self.random.pick(&[".o", ".os[0]", ".deep", ".deep.a", ""]),
            Kind::Set => {
                let array = self.document_reference(Kind::Array);
                let name = self.name();
                return format!("{{{name} | {name} := {array}[_]}}");
            }
            Kind::Any => self.random.pick(&[
                ".n",
                ".s",
                ".xs",
                ".o",
                ".os",
                ".missing",
                ".pair[0]",
                ".pair[1]",
                ".deep.a.a",
                ".b",
                ".o.c",
                ".xs[7]",
                ".s.a",
                ".missing.a",
                ".os[_].id",
                ".deep[_].a",
                ".pair[-1]",
                ".xs[1.0]",
                ".o[1]",
            ]),
        };
        format!("{root}{last}")
    }

    pub(super) fn root(&mut self) -> &'static str {
        self.random.pick(&[
            "input",
            "input",
            "input",
            "data.d",
            "data.d",
            "data.t.base",
            "data[\"d\"]",
            "data.u.base",
        ])
    }

    /// A reference to a rule that was written before.
    fn rule_reference(&mut self, kind: Kind) -> Option<String> {
        if self.rules.is_empty() {
            return None;
        }
        let rule = self.rules[self.random.below(self.rules.len())].clone();
        let place = if rule.package == self.package && self.random.percent(70) {
            rule.name.clone()
        } else {
            format!("data.{}.{}", rule.package, rule.name)
        };
        Some(match &rule.shape {
            Shape::Value(known) if *known == kind || *known == Kind::Any || kind == Kind::Any => place,
            Shape::Set if kind == Kind::Set => place,
            Shape::Object if kind == Kind::Object => place,
            Shape::Value(Kind::Array | Kind::Object | Kind::Any) | Shape::Set | Shape::Object => {
                format!("{place}[{}]", self.known_key())
            }
            Shape::Deep => match self.random.below(4) {
                0 => place,
                1 if self.random.percent(30) => format!("{place}.a"),
                2 => format!("{place}[{}]", self.known_key()),
                _ => format!("{place}[{}][{}]", self.known_key(), self.known_key()),
            },
            Shape::Function(arity, known) if *known == kind || kind == Kind::Any => {
                let args: Vec<String> = (0..*arity)
                    .map(|_| {
                        let kind = self.kind();
                        self.leaf(kind)
                    })
                    .collect();
                format!("{place}({})", args.join(", "))
            }
            Shape::Value(_) | Shape::Function(..) => return None,
        })
    }

    /// A value as it is written.
    pub(super) fn constant(&mut self, kind: Kind) -> String {
        if self.rare(12) {
            return self.rare_constant(kind);
        }
        match kind {
            Kind::Number => self.json_number(),
            Kind::String => {
                let few = [
                    "\"a\"", "\"b\"", "\"c\"", "\"a\"", "\"b\"", "\"\"", "\"1\"", "\"é\"", "`a\\b`",
                    "\"x y\"",
                ];
                self.random.pick(&few).to_owned()
            }
            Kind::Boolean => self.random.pick(&["true", "false", "true"]).to_owned(),
            Kind::Array => self
                .random
                .pick(&[
                    "[]",
                    "[1, 2, 3]",
                    "[1, 1]",
                    "[\"a\", \"b\"]",
                    "[[1, 2], [\"a\"]]",
                    "[1.0, 1, null]",
                    "[true]",
                ])
                .to_owned(),
            Kind::Object => self
                .random
                .pick(&[
                    "{}",
                    "{\"a\": 1, \"b\": 2}",
                    "{1: \"a\", \"1\": 2}",
                    "{\"a\": {\"b\": [1, 2]}}",
                    "{null: 1, true: false}",
                    "{[1]: {2}}",
                    "{\"n\": 3, \"xs\": [1, 2]}",
                ])
                .to_owned(),
            Kind::Set => self
                .random
                .pick(&[
                    "set()",
                    "{1, 2}",
                    "{\"a\", \"b\"}",
                    "{1, 1.0, \"1\"}",
                    "{{1}, [1], null}",
                    "{false}",
                ])
                .to_owned(),
            Kind::Any => {
                if self.random.percent(10) {
                    return "null".to_owned();
                }
                let kind = self.random.pick(&[
                    Kind::Number,
                    Kind::String,
                    Kind::Boolean,
                    Kind::Number,
                    Kind::String,
                    Kind::Array,
                    Kind::Object,
                    Kind::Set,
                ]);
                self.constant(kind)
            }
        }
    }
}
