//! The tree of a module, in the formats of `opa parse`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use portcullis::value::{Object, Value};

use super::json_document::Json;

/// The tree as JSON, with the fields in the order in which OPA writes them.
pub(crate) fn json(tree: &Value) -> String {
    ordered(tree).pretty() + "\n"
}

/// The kinds and names of all nodes, one a line, indented below what they are part of.
pub(crate) fn pretty(tree: &Value) -> String {
    let mut outline = Outline { text: String::new() };
    outline.module(tree);
    outline.text
}

/// A part of a tree with the fields in the order in which OPA writes them.
pub(crate) fn ordered(value: &Value) -> Json<'_> {
    match value {
        Value::Array(array) => Json::Array(array.iter().map(ordered).collect()),
        Value::Object(object) => Json::Object(fields(object)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => {
            Json::Value(value)
        }
    }
}

/// The fields of a node: sorted by name, unless they are those of one of OPA's structures.
fn fields(object: &Object) -> Vec<(&str, Json<'_>)> {
    let mut names: Vec<&str> = object.keys().filter_map(Value::as_str).collect();
    let structure = STRUCTURES.iter().find(|(needed, order)| {
        needed.iter().all(|name| names.contains(name)) && names.iter().all(|name| order.contains(name))
    });
    if let Some((_, order)) = structure {
        names.sort_by_key(|name| order.iter().position(|other| other == name));
    }
    let field = |name| {
        let value = object.get_str(name)?;
        // What users write here has fields of its own.
        let is_foreign = matches!(name, "custom" | "labels" | "definition");
        Some((name, if is_foreign { Json::Value(value) } else { ordered(value) }))
    };
    names.into_iter().filter_map(field).collect()
}

/// OPA's structures whose fields are not sorted: what tells them apart, and the order.
const STRUCTURES: [(&[&str], &[&str]); 12] = [
    (&["package"], &["package", "imports", "annotations", "rules", "comments"]),
    (&["Text"], &["Text", "Location"]),
    (&["file", "row"], &["file", "row", "col", "text"]),
    (&["ref", "name"], &HEAD),
    (&["ref", "value"], &HEAD),
    (&["ref", "location"], &HEAD),
    (&["key", "value", "body"], &["key", "value", "body"]),
    (&["term", "body"], &["term", "body"]),
    (&["name", "email"], &["name", "email"]),
    (&["path"], &["path", "schema", "definition"]),
    (&["parts"], &["parts", "multi_line"]),
    (&["unknowns"], &["unknowns", "mask_rule"]),
];

const HEAD: [&str; 7] = ["name", "key", "args", "value", "assign", "ref", "location"];

struct Outline {
    text: String,
}

impl Outline {
    fn line(&mut self, depth: usize, text: &str) {
        _ = writeln!(self.text, "{:depth$}{text}", "");
    }

    fn module(&mut self, module: &Value) {
        self.line(0, "module");
        if let Some(package) = field(module, "package") {
            self.line(1, "package");
            self.line(2, "ref");
            self.terms(3, field(package, "path"));
        }
        for import in items(field(module, "imports")) {
            self.line(1, "import");
            self.some_term(2, field(import, "path"));
            self.line(2, field(import, "alias").and_then(Value::as_str).unwrap_or_default());
        }
        for rule in items(field(module, "rules")) {
            self.rule(1, rule);
        }
        for _ in items(field(module, "annotations")) {
            self.line(1, "annotations");
        }
        for _ in items(field(module, "comments")) {
            self.line(1, "comment");
        }
    }

    fn rule(&mut self, depth: usize, rule: &Value) {
        self.line(depth, "rule");
        self.line(depth + 1, "head");
        if let Some(head) = field(rule, "head") {
            self.line(depth + 2, "ref");
            self.terms(depth + 3, field(head, "ref"));
            if let Some(args) = field(head, "args") {
                self.line(depth + 2, "args");
                self.terms(depth + 3, Some(args));
            }
            self.some_term(depth + 2, field(head, "value"));
        }
        self.body(depth + 1, field(rule, "body"));
        if let Some(branch) = field(rule, "else") {
            self.rule(depth + 1, branch);
        }
    }

    fn body(&mut self, depth: usize, body: Option<&Value>) {
        self.line(depth, "body");
        for (index, expression) in items(body).iter().enumerate() {
            let negated = field(expression, "negated").is_some_and(|value| *value == Value::Bool(true));
            let negated = if negated { "negated " } else { "" };
            self.line(depth + 1, &format!("expr {negated}index={index}"));
            if let Some(terms) = field(expression, "terms") {
                self.expression(depth + 2, terms);
            }
            for with in items(field(expression, "with")) {
                self.line(depth + 2, "with");
                self.some_term(depth + 3, field(with, "target"));
                self.some_term(depth + 3, field(with, "value"));
            }
        }
    }

    /// A term, a call, or one of the statements that are none.
    fn expression(&mut self, depth: usize, terms: &Value) {
        if terms.as_array().is_some() {
            self.terms(depth, Some(terms));
        } else if let Some(symbols) = field(terms, "symbols") {
            self.line(depth, "somedecl");
            self.terms(depth + 1, Some(symbols));
        } else if let Some(domain) = field(terms, "domain") {
            self.line(depth, "every");
            self.some_term(depth + 1, field(terms, "key"));
            self.some_term(depth + 1, field(terms, "value"));
            self.term(depth + 1, domain);
            self.body(depth + 1, field(terms, "body"));
        } else if let Some(left) = field(terms, "lhs") {
            self.line(depth, &format!("logical{}", kind(terms)));
            self.body(depth + 1, Some(left));
            self.body(depth + 1, field(terms, "rhs"));
        } else if let Some(body) = field(terms, "body") {
            self.line(depth, "not");
            self.body(depth + 1, Some(body));
        } else {
            self.term(depth, terms);
        }
    }

    fn terms(&mut self, depth: usize, terms: Option<&Value>) {
        self.terms_of(depth, items(terms));
    }

    fn terms_of(&mut self, depth: usize, terms: &[Value]) {
        for term in terms {
            self.term(depth, term);
        }
    }

    fn some_term(&mut self, depth: usize, term: Option<&Value>) {
        if let Some(term) = term.filter(|term| **term != Value::Null) {
            self.term(depth, term);
        }
    }

    fn term(&mut self, depth: usize, term: &Value) {
        let value = field(term, "value");
        let text = || value.map(Value::to_json).unwrap_or_default();
        match kind(term) {
            "null" => self.line(depth, "null"),
            "var" => {
                let name = value.and_then(Value::as_str).unwrap_or_default();
                self.line(depth, if name.starts_with('$') { "_" } else { name });
            }
            "string" => self.line(depth, &value.map(Value::to_rego).unwrap_or_default()),
            "boolean" | "number" => self.line(depth, &text()),
            kind @ ("ref" | "array" | "set" | "call") => {
                self.line(depth, kind);
                self.terms(depth + 1, value);
            }
            "object" => {
                self.line(depth, "object");
                let pairs = || items(value).iter().filter_map(|pair| items(Some(pair)).split_first());
                // As in OPA, all of several equal keys show the value of the last.
                let values: BTreeMap<_, _> = pairs().collect();
                for (key, _) in pairs() {
                    self.term(depth + 1, key);
                    self.terms_of(depth + 1, values.get(key).copied().unwrap_or_default());
                }
            }
            kind @ ("arraycomprehension" | "setcomprehension" | "objectcomprehension") => {
                self.line(depth, kind);
                if let Some(parts) = value {
                    for part in ["term", "key", "value"] {
                        self.some_term(depth + 1, field(parts, part));
                    }
                    self.body(depth + 1, field(parts, "body"));
                }
            }
            kind => self.line(depth, kind),
        }
    }
}

fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object()?.get_str(name)
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(portcullis::value::Array::as_slice).unwrap_or_default()
}

fn kind(term: &Value) -> &str {
    field(term, "type").and_then(Value::as_str).unwrap_or_default()
}
