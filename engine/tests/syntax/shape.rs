//! The tree in the shape of OPA's JSON, reduced to what both sides have, to compare them.

use portcullis::source::{LineIndex, Span};
use portcullis::syntax::tree::{
    Annotations, Body, Call, ComprehensionHead, ElseBranch, Head, HeadValue, Literal, LiteralKind, Module,
    Name, Notation, Ref, Rule, Template, TemplatePart, Term, TermKind, Var,
};
use serde_json::{Map, Value, json};

/// Our tree.
pub(crate) fn of_module(module: &Module, index: &LineIndex) -> Value {
    let comments = module.comments.iter().map(|comment| comment.span.start).collect();
    let mut shape = Shape { index, fixed: None, comments, annotations: Vec::new() };
    shape.annotations = module.annotations.iter().map(|block| shape.block(block)).collect();
    shape.module(module)
}

/// OPA's tree, without what ours doesn't have.
pub(crate) fn of_opa(ast: &Value) -> Value {
    let mut reduced = json!({
        "package": reduce(&ast["package"]),
        "imports": ast["imports"].as_array().map(|list| list.iter().map(reduce).collect::<Vec<_>>()).unwrap_or_default(),
        "rules": ast["rules"].as_array().map(|list| list.iter().map(reduce_rule).collect::<Vec<_>>()).unwrap_or_default(),
    });
    if !ast["annotations"].is_null() {
        reduced["annotations"] = reduce_annotations(&ast["annotations"]);
    }
    canonical(&mut reduced);
    reduced
}

/// Where two trees differ first, and how.
pub(crate) fn difference(ours: &Value, theirs: &Value, path: &str) -> Option<String> {
    if ours == theirs {
        return None;
    }
    if let (Value::Object(left), Value::Object(right)) = (ours, theirs) {
        let keys = left.keys().chain(right.keys());
        return keys.into_iter().find_map(|key| {
            let (left, right) = (left.get(key), right.get(key));
            let absent = Value::from("(absent)");
            difference(left.unwrap_or(&absent), right.unwrap_or(&absent), &format!("{path}.{key}"))
        });
    }
    if let (Value::Array(left), Value::Array(right)) = (ours, theirs)
        && left.len() == right.len()
    {
        let pairs = left.iter().zip(right).enumerate();
        return pairs
            .into_iter()
            .find_map(|(at, (left, right))| difference(left, right, &format!("{path}[{at}]")));
    }
    Some(format!("{path}: ours is {ours}, OPA's {theirs}"))
}

fn reduce_annotations(list: &Value) -> Value {
    list.as_array().into_iter().flatten().map(reduce_block).collect()
}

fn reduce_block(block: &Value) -> Value {
    let mut reduced = Map::new();
    for key in
        ["scope", "title", "description", "entrypoint", "organizations", "authors", "related_resources"]
    {
        if !block[key].is_null() {
            reduced.insert(key.into(), block[key].clone());
        }
    }
    for key in ["custom", "labels"] {
        if !block[key].is_null() {
            reduced.insert(key.into(), reduce_numbers(&block[key]));
        }
    }
    let schemas = block["schemas"].as_array().map_or(0, Vec::len);
    reduced.insert("schemas".into(), schemas.into());
    reduced.insert("location".into(), reduce(&block["location"]));
    reduced.into()
}

fn reduce_numbers(value: &Value) -> Value {
    match value {
        Value::Number(text) => number(&text.to_string()),
        Value::Array(list) => list.iter().map(reduce_numbers).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), reduce_numbers(value))).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

fn reduce_rule(rule: &Value) -> Value {
    let mut reduced = Map::new();
    reduced.insert("location".into(), reduce(&rule["location"]));
    if rule["default"] == true {
        reduced.insert("default".into(), true.into());
    }
    let body = rule["body"].as_array().filter(|list| list.iter().all(|literal| literal["generated"] != true));
    if let Some(body) = body {
        reduced.insert("body".into(), body.iter().map(reduce).collect());
    }
    if !rule["annotations"].is_null() {
        reduced.insert("annotations".into(), reduce_annotations(&rule["annotations"]));
    }
    if rule["else"].is_object() {
        reduced.insert("else".into(), reduce_rule(&rule["else"]));
    }
    let head = &rule["head"];
    let mut parts = Map::new();
    parts.insert("location".into(), reduce(&head["location"]));
    parts.insert("ref".into(), reduce(&head["ref"]));
    for key in ["args", "assign"] {
        if !head[key].is_null() {
            parts.insert(key.into(), reduce(&head[key]));
        }
    }
    if head["value"].is_null() {
        parts.insert("key".into(), reduce(&head["key"]));
    } else {
        let mut value = reduce(&head["value"]);
        let implied = value["location"].is_null() || value["location"] == reduce(&head["location"]);
        if value["value"] == true && implied {
            value = json!({"type": "boolean", "value": true});
        }
        parts.insert("value".into(), value);
    }
    reduced.insert("head".into(), parts.into());
    reduced.into()
}

fn reduce(value: &Value) -> Value {
    match value {
        Value::Object(map) if map.contains_key("row") => json!([map["row"], map["col"]]),
        Value::Object(map) if map.get("type") == Some(&json!("number")) => {
            let mut reduced = map.clone();
            reduced.insert("value".into(), number(&map["value"].to_string()));
            reduced.insert("location".into(), reduce(&map["location"]));
            reduced.into()
        }
        Value::Object(map) if map.get("type") == Some(&json!("var")) => {
            let name = map["value"].as_str().unwrap_or_default();
            let name = if name.starts_with('$') { "_" } else { name };
            let mut reduced = json!({"type": "var", "value": name});
            if let Some(location) = map.get("location") {
                reduced["location"] = reduce(location);
            }
            reduced
        }
        Value::Object(map) if map.get("explicit_body") == Some(&json!(false)) => {
            let mut body = reduce(&map["body"]);
            forget_operand_places(&mut body);
            json!({"type": "not", "body": body, "explicit_body": false})
        }
        Value::Object(map) => map
            .iter()
            .filter(|(key, value)| {
                *key != "index" && *key != "alias_location" && !(*key == "key" && value.is_null())
            })
            .filter(|(_, value)| **value != false || map.contains_key("type"))
            .map(|(key, value)| (key.clone(), reduce(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(list) => list.iter().map(reduce).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// OPA forgets the place of the operand of a `not` that is itself an operand.
fn forget_operand_places(body: &mut Value) {
    for literal in body.as_array_mut().into_iter().flatten() {
        literal.as_object_mut().expect("a literal is an object").remove("location");
    }
}

/// Sorts what has no order: the pairs of objects and the elements of sets, each of which counts once.
fn canonical(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(canonical),
        Value::Object(map) => {
            map.values_mut().for_each(canonical);
            let kind = map.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
            if (kind == "object" || kind == "set")
                && let Some(Value::Array(list)) = map.get_mut("value")
            {
                let without_places = |value: &Value| {
                    let mut value = value.clone();
                    remove_locations(&mut value);
                    value.to_string()
                };
                let mut seen = std::collections::BTreeSet::new();
                list.retain(|element| {
                    seen.insert(without_places(if kind == "object" { &element[0] } else { element }))
                });
                list.sort_by_key(without_places);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn remove_locations(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(remove_locations),
        Value::Object(map) => {
            map.remove("location");
            map.values_mut().for_each(remove_locations);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn number(text: &str) -> Value {
    text.parse::<f64>().map_or_else(|_| text.into(), |number| format!("{number}").into())
}

#[derive(Clone)]
struct Shape<'a> {
    index: &'a LineIndex,
    /// OPA gives some nodes the place of a node around them.
    fixed: Option<u32>,
    comments: Vec<u32>,
    annotations: Vec<Value>,
}

impl Shape<'_> {
    fn place(&self, offset: u32) -> Value {
        let at = self.index.position(self.fixed.unwrap_or(offset));
        json!([at.row, at.col])
    }

    fn at(&self, offset: u32) -> Self {
        Self { fixed: Some(offset), ..self.clone() }
    }

    fn module(&self, module: &Module) -> Value {
        let package = module.package.as_ref().expect("an accepted module has a package");
        let first = package.path.first().expect("a path is never empty");
        let mut path =
            vec![json!({"location": self.place(first.span.start), "type": "var", "value": "data"})];
        path.extend(package.path.iter().map(|segment| {
            let start = segment.span.start;
            json!({"location": self.place(start), "type": "string", "value": segment.name.as_str()})
        }));
        let imports: Vec<_> = module
            .imports
            .iter()
            .map(|import| {
                let mut reduced = json!({
                    "location": self.place(import.span.start),
                    "path": self.reference(&import.path),
                });
                if let Some(alias) = &import.alias {
                    reduced["alias"] = alias.var.name.as_str().into();
                }
                reduced
            })
            .collect();
        let mut reduced = json!({
            "package": {"location": self.place(package.span.start), "path": path},
            "imports": imports,
            "rules": module.rules.iter().map(|rule| self.rule(rule)).collect::<Vec<_>>(),
        });
        if !module.annotations.is_empty() {
            reduced["annotations"] = self.annotations.clone().into();
        }
        canonical(&mut reduced);
        reduced
    }

    fn block(&self, block: &Annotations) -> Value {
        let mut reduced = json!({
            "scope": block.scope.as_str(),
            "schemas": block.schemas.len(),
            "location": self.place(block.span.start),
        });
        for (key, text) in [("title", &block.title), ("description", &block.description)] {
            if !text.is_empty() {
                reduced[key] = text.as_str().into();
            }
        }
        if block.entrypoint {
            reduced["entrypoint"] = true.into();
        }
        if !block.organizations.is_empty() {
            reduced["organizations"] = block.organizations.iter().map(Name::as_str).collect();
        }
        if !block.authors.is_empty() {
            let authors = block.authors.iter().map(|author| {
                let mut reduced = json!({"name": author.name.as_str()});
                if !author.email.is_empty() {
                    reduced["email"] = author.email.as_str().into();
                }
                reduced
            });
            reduced["authors"] = authors.collect();
        }
        if !block.related_resources.is_empty() {
            let resources = block.related_resources.iter().map(|resource| {
                let mut reduced = json!({"ref": resource.reference.as_str()});
                if !resource.description.is_empty() {
                    reduced["description"] = resource.description.as_str().into();
                }
                reduced
            });
            reduced["related_resources"] = resources.collect();
        }
        for (key, value) in [("custom", &block.custom), ("labels", &block.labels)] {
            if let Some(value) = value.as_ref().map(ToString::to_string).filter(|text| text != "{}") {
                let value: Value = serde_json::from_str(&value).expect("annotations hold JSON values");
                reduced[key] = reduce_numbers(&value);
            }
        }
        reduced
    }

    fn rule(&self, rule: &Rule) -> Value {
        let start = rule.span.start;
        let mut reduced = json!({"location": self.place(start)});
        if rule.default {
            reduced["default"] = true.into();
        }
        if let Some(body) = &rule.body {
            reduced["body"] = self.body(body);
        }
        if !rule.annotations.is_empty() {
            reduced["annotations"] =
                rule.annotations.iter().map(|at| self.annotations[*at].clone()).collect();
        }
        if let Some((first, rest)) = rule.branches.split_first() {
            reduced["else"] = self.branch(first, rest, &rule.head);
        }
        let head = &rule.head;
        let places = if rule.chained { self.at(start) } else { self.clone() };
        // OPA puts the heads of rules without a body at the value in one case and at the path in others.
        let head_start = if rule.chained { start } else { head.span.start };
        let value = match &head.value {
            HeadValue::True => Some(json!({"type": "boolean", "value": true})),
            HeadValue::Term(term) => Some(places.term(term)),
            HeadValue::Element(_) => None,
        };
        let mut parts = self.head(head, &places, head_start, value, head.assign);
        if let HeadValue::Element(term) = &head.value {
            parts["key"] = places.term(term);
        }
        reduced["head"] = parts;
        reduced
    }

    fn head(&self, head: &Head, places: &Self, start: u32, value: Option<Value>, assign: bool) -> Value {
        let mut parts = json!({
            "location": self.place(start),
            // The path stays where it is even in the copies of a head that have been moved.
            "ref": self.reference_terms(&head.reference),
        });
        if let Some(mut value) = value {
            if value["value"] == true && value["location"] == parts["location"] {
                value = json!({"type": "boolean", "value": true});
            }
            parts["value"] = value;
        }
        if !head.args.is_empty() {
            parts["args"] = head.args.iter().map(|arg| places.term(arg)).collect();
        }
        if assign {
            parts["assign"] = true.into();
        }
        parts
    }

    fn branch(&self, branch: &ElseBranch, rest: &[ElseBranch], head: &Head) -> Value {
        let start = branch.span.start;
        let mut reduced = json!({"location": self.place(start)});
        if let Some(body) = &branch.body {
            let braced = body.span.end < branch.span.end;
            reduced["body"] = if braced { self.body(body) } else { self.at(start).body(body) };
        }
        if let Some((first, rest)) = rest.split_first() {
            reduced["else"] = self.branch(first, rest, head);
        }
        let value = branch
            .value
            .as_ref()
            .map_or_else(|| json!({"type": "boolean", "value": true}), |value| self.term(value));
        let assign = if branch.value.is_some() { branch.assign } else { head.assign };
        reduced["head"] = self.head(head, self, start, Some(value), assign);
        reduced
    }

    fn body(&self, body: &Body) -> Value {
        body.literals.iter().map(|literal| self.literal(literal)).collect()
    }

    fn literal(&self, literal: &Literal) -> Value {
        let start = literal.span.start;
        let place = self.place(start);
        let terms = match &literal.kind {
            LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => self.call(call),
            LiteralKind::Term(term) => self.term(term),
            LiteralKind::Declare(vars) => {
                json!({"location": place, "symbols": vars.iter().map(|var| self.var(&var.var, var.span)).collect::<Vec<_>>()})
            }
            LiteralKind::SomeIn(some) => {
                let operator = self.place(some.operator.start);
                let member = if some.key.is_some() { "member_3" } else { "member_2" };
                let mut call = vec![json!({"location": operator, "type": "ref", "value": [
                    {"location": operator, "type": "var", "value": "internal"},
                    {"location": operator, "type": "string", "value": member},
                ]})];
                let args: Vec<_> = some.key.iter().chain([&some.value, &some.domain]).collect();
                call.extend(args.iter().map(|arg| self.term(arg)));
                let start = self.place(args[0].anchor());
                json!({"location": place, "symbols": [{"location": start, "type": "call", "value": call}]})
            }
            LiteralKind::Every(every) => {
                let mut reduced = json!({
                    "location": place,
                    "value": self.var(&every.value.var, every.value.span),
                    "domain": self.term(&every.domain),
                    "body": self.body(&every.body),
                });
                if let Some(key) = &every.key {
                    reduced["key"] = self.var(&key.var, key.span);
                }
                reduced
            }
            LiteralKind::Not(not) => {
                let mut body = self.body(&not.body);
                if !not.explicit {
                    forget_operand_places(&mut body);
                }
                json!({"type": "not", "body": body, "explicit_body": not.explicit})
            }
            LiteralKind::And(sides) | LiteralKind::Or(sides) => {
                let kind = if matches!(literal.kind, LiteralKind::And(_)) { "and" } else { "or" };
                let (left, right) = (self.body(&sides.left.body), self.body(&sides.right.body));
                let mut reduced = json!({"type": kind, "lhs": left, "rhs": right});
                if sides.left.explicit {
                    reduced["explicit_lhs"] = true.into();
                }
                if sides.right.explicit {
                    reduced["explicit_rhs"] = true.into();
                }
                reduced
            }
        };
        let mut reduced = json!({"location": place, "terms": terms});
        if literal.negated {
            reduced["negated"] = true.into();
        }
        if !literal.with.is_empty() {
            let with = literal.with.iter().map(|with| {
                json!({
                    "location": self.place(with.span.start),
                    "target": self.term(&with.target),
                    "value": self.term(&with.value),
                })
            });
            reduced["with"] = with.collect();
        }
        reduced
    }

    fn term(&self, term: &Term) -> Value {
        let (kind, value) = match &term.kind {
            TermKind::Null => ("null", json!({})),
            TermKind::Boolean(value) => ("boolean", json!(value)),
            TermKind::Number(text) => ("number", number(text)),
            TermKind::String(text) => ("string", text.as_str().into()),
            TermKind::Var(var) => return self.var(var, term.span),
            TermKind::Ref(reference) => return self.reference(reference),
            TermKind::Array(terms) => ("array", terms.iter().map(|term| self.term(term)).collect()),
            TermKind::Set(terms) => ("set", terms.iter().map(|term| self.term(term)).collect()),
            TermKind::Object(pairs) => (
                "object",
                pairs.iter().map(|(key, value)| json!([self.term(key), self.term(value)])).collect(),
            ),
            TermKind::Call(call) => ("call", self.call(call)),
            TermKind::Template(template) => ("templatestring", self.template(template, term.span.start)),
            TermKind::Comprehension(comprehension) => {
                let body = self.body(&comprehension.body);
                let value = match &comprehension.head {
                    ComprehensionHead::Array(head) | ComprehensionHead::Set(head) => {
                        json!({"term": self.term(head), "body": body})
                    }
                    ComprehensionHead::Object(key, value) => {
                        json!({"key": self.term(key), "value": self.term(value), "body": body})
                    }
                };
                (term.kind_name(), value)
            }
        };
        json!({"location": self.place(term.anchor()), "type": kind, "value": value})
    }

    fn var(&self, var: &Var, span: Span) -> Value {
        json!({"location": self.place(span.start), "type": "var", "value": var.name.as_str()})
    }

    fn reference(&self, reference: &Ref) -> Value {
        let start = self.place(reference.head.anchor());
        json!({"location": start, "type": "ref", "value": self.reference_terms(reference)})
    }

    fn reference_terms(&self, reference: &Ref) -> Value {
        std::iter::once(&reference.head).chain(&reference.operands).map(|term| self.term(term)).collect()
    }

    fn call(&self, call: &Call) -> Value {
        let operator = if call.notation == Notation::Minus && self.fixed.is_none() {
            json!({"type": "ref", "value": [{"type": "var", "value": "minus"}]})
        } else {
            self.reference(&call.operator)
        };
        std::iter::once(operator).chain(call.args.iter().map(|arg| self.term(arg))).collect()
    }

    fn template(&self, template: &Template, start: u32) -> Value {
        let mut first = true;
        let mut end = start;
        let parts = template.parts.iter().map(|part| {
            let opening = std::mem::take(&mut first);
            let before = std::mem::replace(
                &mut end,
                match part {
                    TemplatePart::Text(span, _) => span.end,
                    TemplatePart::Expression(literal) => literal.span.end,
                },
            );
            match part {
                TemplatePart::Text(span, text) => {
                    let start = if opening { start } else { span.start };
                    let mut place = self.place(start);
                    // OPA counts a line break for the row that follows.
                    if !opening && text.starts_with('\n') && self.fixed.is_none() {
                        place = json!([self.index.position(start + 1).row, 0]);
                    }
                    json!({"location": place, "type": "string", "value": text.as_str()})
                }
                TemplatePart::Expression(literal) => self.template_expression(literal, before),
            }
        });
        let parts: Vec<_> = parts.collect();
        let mut reduced = json!({"parts": if parts.is_empty() { Value::Null } else { parts.into() }});
        if template.raw {
            reduced["multi_line"] = true.into();
        }
        reduced
    }

    fn template_expression(&self, literal: &Literal, after: u32) -> Value {
        if let LiteralKind::Term(term) = &literal.kind {
            let scalar = matches!(
                term.kind,
                TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_)
            );
            // A comment before it keeps a scalar an expression.
            let commented = self.comments.iter().any(|at| (after..literal.span.start).contains(at));
            if scalar && !commented {
                return self.term(term);
            }
        }
        self.literal(literal)
    }
}
