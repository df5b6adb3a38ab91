//! The fields of a METADATA block, with the conversions that OPA's YAML library makes.

use std::collections::BTreeMap;
use std::sync::Arc;

use thin_vec::ThinVec;

use super::empty;
use crate::document::{self, Entry, Node, NodeKind};
use crate::source::{LineIndex, SourceId, Span};
use crate::syntax::tree::{
    Annotations, Author, CompileAnnotation, Name, Ref, RelatedResource, SchemaAnnotation, SchemaSource,
    TermKind,
};
use crate::syntax::{ParseOptions, display, parse_ref, parse_term};
use crate::value::{Number, Value};

/// How floats are written.
#[derive(Debug, Clone, Copy)]
enum Floats {
    AsJson,
    AsReturned,
}

/// Reads one block's document.
pub(super) struct Reader<'a> {
    source: SourceId,
    text: &'a str,
    index: &'a LineIndex,
    /// Values of a kind that their field can't take: the row, and what is wrong.
    errors: Vec<(usize, String)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: SourceId, text: &'a str, index: &'a LineIndex) -> Self {
        Self { source, text, index, errors: Vec::new() }
    }

    /// What did not fit its field, as one message with the row of the first.
    pub(super) fn into_errors(self) -> Option<(usize, String)> {
        let (row, _) = self.errors.first()?;
        let lines: Vec<_> =
            self.errors.iter().map(|(row, problem)| format!("\n  line {row}: {problem}")).collect();
        Some((*row, format!("yaml: unmarshal errors:{}", lines.concat())))
    }

    /// The scope and the rest, or what is wrong with a field whose kind is right.
    pub(super) fn read(&mut self, node: &Node) -> Result<(String, Annotations), String> {
        let mut annotations = empty(self.source);
        let entries = match &node.kind {
            NodeKind::Object(entries) => entries,
            NodeKind::Null => return Ok((String::new(), annotations)),
            NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) | NodeKind::Array(_) => {
                self.mismatch(node, "ast.rawAnnotation");
                return Ok((String::new(), annotations));
            }
        };
        self.report_repeated_keys(node);
        let mut scope = String::new();
        let (mut schemas, mut resources, mut authors, mut compile) = (vec![], vec![], vec![], None);
        for entry in entries {
            let value = &entry.value;
            match &*entry.key {
                "scope" => scope = self.string(value),
                "title" => annotations.title = self.string(value).into(),
                "description" => annotations.description = self.string(value).into(),
                "entrypoint" => annotations.entrypoint = self.boolean(value),
                "organizations" => {
                    let list = self.list(value, "[]string");
                    annotations.organizations = list.iter().map(|node| self.string(node).into()).collect();
                }
                "related_resources" => resources = self.list(value, "[]interface {}").iter().collect(),
                "authors" => authors = self.list(value, "[]interface {}").iter().collect(),
                "schemas" => {
                    schemas = self.list(value, "[]map[string]interface {}").iter().collect();
                    for schema in &schemas {
                        self.object(schema);
                    }
                }
                "compile" => compile = self.object(value),
                "custom" => {
                    let node = self.object(value);
                    annotations.custom = node.map(|node| self.value(node, Floats::AsJson));
                    annotations.returned_custom = node.and_then(|node| self.returned(node));
                }
                "labels" => {
                    let node = self.object(value);
                    annotations.labels = node.map(|node| self.value(node, Floats::AsJson));
                    annotations.returned_labels = node.and_then(|node| self.returned(node));
                }
                _ => {}
            }
        }
        if !self.errors.is_empty() {
            return Ok((scope, annotations));
        }
        annotations.related_resources =
            resources.into_iter().map(related_resource).collect::<Result<_, _>>()?;
        annotations.compile = compile.map(|node| self.compile(node)).transpose()?;
        annotations.schemas = schemas.into_iter().map(|node| self.schema(node)).collect::<Result<_, _>>()?;
        annotations.authors = authors.into_iter().map(author).collect::<Result<_, _>>()?;
        Ok((scope, annotations))
    }

    /// Reports the keys that their object has already. What is inside of such an object isn't looked at.
    fn report_repeated_keys(&mut self, node: &Node) {
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            match &node.kind {
                NodeKind::Array(nodes) => pending.extend(nodes.iter().rev()),
                NodeKind::Object(entries) => {
                    let repeated = repeated_keys(entries);
                    if repeated.is_empty() {
                        pending.extend(entries.iter().rev().map(|entry| &entry.value));
                    }
                    for (first, again) in repeated {
                        let row = |span: Span| self.index.position(span.start).row;
                        let (key, line) = (display::quoted(&again.key), row(first.key_span));
                        let problem = format!("mapping key {key} already defined at line {line}");
                        self.errors.push((row(again.key_span), problem));
                    }
                }
                NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
            }
        }
    }

    /// Any scalar will do for a string: it is its text.
    fn string(&mut self, node: &Node) -> String {
        match &node.kind {
            NodeKind::Null => String::new(),
            NodeKind::String(text) => text.to_string(),
            NodeKind::Bool(_) | NodeKind::Number(_) => self.written(node).to_owned(),
            NodeKind::Array(_) | NodeKind::Object(_) => {
                self.mismatch(node, "string");
                String::new()
            }
        }
    }

    fn boolean(&mut self, node: &Node) -> bool {
        match &node.kind {
            NodeKind::Bool(value) => *value,
            NodeKind::Null => false,
            NodeKind::String(text) if YES.contains(&&**text) => true,
            NodeKind::String(text) if NO.contains(&&**text) => false,
            NodeKind::Number(_) | NodeKind::String(_) | NodeKind::Array(_) | NodeKind::Object(_) => {
                self.mismatch(node, "bool");
                false
            }
        }
    }

    fn list<'node>(&mut self, node: &'node Node, kind: &str) -> &'node [Node] {
        match &node.kind {
            NodeKind::Array(nodes) => nodes,
            NodeKind::Null => &[],
            NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) | NodeKind::Object(_) => {
                self.mismatch(node, kind);
                &[]
            }
        }
    }

    fn object<'node>(&mut self, node: &'node Node) -> Option<&'node Node> {
        match &node.kind {
            NodeKind::Object(_) => Some(node),
            NodeKind::Null => None,
            NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) | NodeKind::Array(_) => {
                self.mismatch(node, "map[string]interface {}");
                None
            }
        }
    }

    /// The value of a field that takes any. OPA's YAML library makes points in time of plain scalars that look so.
    fn value(&self, node: &Node, floats: Floats) -> Value {
        let timestamp = |node: &Node, text: &Arc<str>| {
            let plain = self.written(node) == &**text;
            document::timestamp(text).filter(|_| plain).map_or_else(|| Arc::clone(text), Arc::from)
        };
        let number = |node: &Node, number: &Number| match floats {
            Floats::AsJson => number.clone(),
            Floats::AsReturned => self.returned_number(node, number),
        };
        node.to_value_with(timestamp, number)
    }

    /// What `rego.metadata` returns of a value, if that is not written as it is in JSON.
    fn returned(&self, node: &Node) -> Option<Value> {
        let (json, returned) = (self.value(node, Floats::AsJson), self.value(node, Floats::AsReturned));
        (json.to_json() != returned.to_json()).then_some(returned)
    }

    fn returned_number(&self, node: &Node, number: &Number) -> Number {
        let written = self.written(node).trim_start_matches(['-', '+']);
        let is_decimal = !written.starts_with(['0', '*']) || written.starts_with("0.");
        let is_float = |text: &str| text.contains(['.', 'e', 'E']);
        let text = number.text();
        // An integer of more than 64 bits has become a float.
        let is_long = text.parse::<i64>().is_err() && text.parse::<u64>().is_err();
        if is_float(&text) || is_long || is_decimal && is_float(written) {
            Number::parse(&document::shortest(number.to_f64())).unwrap_or_else(|| number.clone())
        } else {
            number.clone()
        }
    }

    fn written(&self, node: &Node) -> &'a str {
        self.text.get(node.span.start as usize..node.span.end as usize).unwrap_or_default()
    }

    fn mismatch(&mut self, node: &Node, wanted: &str) {
        let scalar = |tag: &str| {
            let text = if let NodeKind::String(text) = &node.kind { text } else { self.written(node) };
            match text.get(..7).filter(|_| text.len() > 10) {
                Some(start) => format!("!!{tag} `{start}...`"),
                None => format!("!!{tag} `{text}`"),
            }
        };
        let given = match &node.kind {
            NodeKind::Array(_) => "!!seq".to_owned(),
            NodeKind::Object(_) => "!!map".to_owned(),
            NodeKind::String(_) => scalar("str"),
            NodeKind::Bool(_) => scalar("bool"),
            NodeKind::Number(_) if self.written(node).contains(['.', 'e', 'E']) => scalar("float"),
            NodeKind::Number(_) => scalar("int"),
            NodeKind::Null => scalar("null"),
        };
        let row = self.index.position(node.span.start).row;
        self.errors.push((row, format!("cannot unmarshal {given} into {wanted}")));
    }

    fn schema(&self, node: &Node) -> Result<SchemaAnnotation, String> {
        let NodeKind::Object(entries) = &node.kind else {
            return Err("invalid document reference".to_owned());
        };
        let entry = entries.first().ok_or("invalid document reference")?;
        let path = self.reference(&entry.key).map_err(|_| "invalid document reference".to_owned())?;
        let schema = match &entry.value.kind {
            NodeKind::String(text) => SchemaSource::Reference(self.schema_reference(text)?),
            NodeKind::Object(_) => SchemaSource::Definition(self.value(&entry.value, Floats::AsJson)),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Array(_) => {
                return Err(format!("invalid schema declaration for path {}", display::quoted(&entry.key)));
            }
        };
        Ok(SchemaAnnotation { path, schema })
    }

    fn schema_reference(&self, text: &str) -> Result<Ref, String> {
        let invalid = || "invalid schema reference".to_owned();
        let term = parse_term(self.source, text, &ParseOptions::default()).map_err(|_| invalid())?;
        let span = term.span;
        let reference = if let TermKind::Ref(reference) = term.kind {
            *reference
        } else if term.as_var().is_some() {
            Ref { span, head: term, operands: ThinVec::new() }
        } else {
            return Err(invalid());
        };
        let root = reference.head.as_var().is_some_and(|var| var.name == "schema");
        if root { Ok(reference) } else { Err(invalid()) }
    }

    fn compile(&self, node: &Node) -> Result<CompileAnnotation, String> {
        let mut unknowns = Vec::new();
        if let Some(NodeKind::Array(nodes)) = node.get("unknowns").map(|node| &node.kind) {
            for node in nodes {
                if let NodeKind::String(text) = &node.kind {
                    let reference = self.reference(text);
                    let quoted = display::quoted(text);
                    let reference =
                        reference.map_err(|error| format!("invalid unknowns element {quoted}: {error}"))?;
                    unknowns.push(reference);
                }
            }
        }
        let mut mask_rule = None;
        if let Some(NodeKind::String(text)) = node.get("mask_rule").map(|node| &node.kind) {
            let term = parse_term(self.source, text, &ParseOptions::default());
            let quoted = display::quoted(text);
            match term.map(|term| term.kind) {
                Ok(TermKind::Var(_) | TermKind::String(_) | TermKind::Ref(_)) => {
                    mask_rule = Some(text.clone());
                }
                Ok(_) => return Err(format!("invalid mask_rule annotation type {quoted}: string")),
                Err(errors) => {
                    let error = errors.first().map(|error| error.message.as_str()).unwrap_or_default();
                    return Err(format!("invalid mask_rule annotation {quoted}: {error}"));
                }
            }
        }
        Ok(CompileAnnotation { unknowns, mask_rule })
    }

    fn reference(&self, text: &str) -> Result<Ref, String> {
        parse_ref(self.source, text, &ParseOptions::default())
            .map_err(|errors| errors.into_iter().next().map(|error| error.message).unwrap_or_default())
    }
}

/// The entries whose key an earlier one has, each after that one, in the order of the earlier ones.
fn repeated_keys(entries: &[Entry]) -> Vec<(&Entry, &Entry)> {
    let mut first_of: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let first = *first_of.entry(&entry.key).or_insert(at);
        if let Some(earlier) = entries.get(first).filter(|_| first != at) {
            found.push((first, earlier, entry));
        }
    }
    found.sort_by_key(|(first, ..)| *first);
    found.into_iter().map(|(_, earlier, entry)| (earlier, entry)).collect()
}

fn related_resource(node: &Node) -> Result<RelatedResource, String> {
    let (reference, description) = match &node.kind {
        NodeKind::String(text) if text.is_empty() => Err("ref URL may not be empty string".to_owned()),
        NodeKind::String(text) => Ok((text.trim_end_matches('\0'), "")),
        NodeKind::Object(_) => match text_of(node, "ref") {
            "" => Err("'ref' value required in object".to_owned()),
            reference => Ok((reference, text_of(node, "description"))),
        },
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Array(_) => {
            Err("invalid value type, must be string or map".to_owned())
        }
    }
    .and_then(|found| check_url(found.0).map(|()| found))
    .map_err(|problem| format!("invalid related-resource definition {}: {problem}", shown(node)))?;
    Ok(RelatedResource { reference: reference.into(), description: description.into() })
}

/// Refuses what Go's URL parser refuses, as far as such URLs are ever written.
fn check_url(url: &str) -> Result<(), String> {
    let problem = if url.contains(|character: char| character.is_ascii_control()) {
        Some("net/url: invalid control character in URL".to_owned())
    } else if url.starts_with(':') {
        Some("missing protocol scheme".to_owned())
    } else {
        bad_escape(url.split('#').next().unwrap_or_default().split('?').next().unwrap_or_default())
            .map(|escape| format!("invalid URL escape {}", display::quoted(escape)))
    };
    problem.map_or(Ok(()), |problem| Err(format!("parse {}: {problem}", display::quoted(url))))
}

/// The first percent sign that two hexadecimal digits don't follow.
fn bad_escape(path: &str) -> Option<&str> {
    path.match_indices('%').find_map(|(at, _)| {
        let rest = path.get(at..)?;
        let escape = rest.get(..3).unwrap_or(rest);
        let valid = escape.len() == 3 && escape.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit());
        (!valid).then_some(escape)
    })
}

fn author(node: &Node) -> Result<Author, String> {
    let author = match &node.kind {
        NodeKind::String(text) => author_of(text),
        NodeKind::Object(_) => {
            let (name, email) = (text_of(node, "name"), text_of(node, "email"));
            if name.is_empty() && email.is_empty() {
                Err("'name' and/or 'email' values required in object")
            } else {
                Ok(Author { name: name.into(), email: email.into() })
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Array(_) => {
            Err("invalid value type, must be string or map")
        }
    };
    author.map_err(|problem| format!("invalid author definition {}: {problem}", shown(node)))
}

/// A name, and an address if the last word is one between angle brackets.
fn author_of(text: &str) -> Result<Author, &'static str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let last = *words.last().ok_or("author is an empty string")?;
    let email = last.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    if email.is_some() {
        words.pop();
    }
    Ok(Author { name: Name::from(words.join(" ")), email: email.unwrap_or_default().into() })
}

fn text_of<'node>(node: &'node Node, key: &str) -> &'node str {
    match node.get(key).map(|value| &value.kind) {
        Some(NodeKind::String(text)) => text.trim(),
        _ => "",
    }
}

/// A value as Go's `%s` shows it.
fn shown(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "%!s(<nil>)".to_owned(),
        NodeKind::Bool(value) => format!("%!s(bool={value})"),
        NodeKind::Number(number) => format!("%!s(int={number})"),
        NodeKind::String(text) => text.to_string(),
        NodeKind::Array(nodes) => format!("[{}]", nodes.iter().map(shown).collect::<Vec<_>>().join(" ")),
        NodeKind::Object(entries) => {
            let mut entries: Vec<_> =
                entries.iter().map(|entry| format!("{}:{}", entry.key, shown(&entry.value))).collect();
            entries.sort();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// The words of YAML 1.1 that count as booleans where one is wanted.
const YES: [&str; 8] = ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"];
const NO: [&str; 8] = ["n", "N", "no", "No", "NO", "off", "Off", "OFF"];
