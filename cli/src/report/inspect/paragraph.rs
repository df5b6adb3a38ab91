//! One annotation as a paragraph, as `opa inspect` writes it.

use std::fmt::Write as _;

use portcullis::frontend::Annotated;
use portcullis::syntax::display;
use portcullis::syntax::tree::{Author, Name, Ref, RelatedResource, SchemaAnnotation, SchemaSource, Term};
use portcullis::value::Value;

use super::{About, Entry};

/// Writes a paragraph.
pub(super) fn write(entry: &Entry, text: &mut String) {
    match &entry.about {
        About::Module(annotated) => of_module(annotated, entry, text),
        About::Wasm(path) => of_wasm(path, entry, text),
    }
}

/// Of a policy in WebAssembly only the most common fields are shown.
fn of_wasm(path: &[String], entry: &Entry, text: &mut String) {
    let field = |name: &str| entry.tree.lookup(&[name]).and_then(Value::as_str).unwrap_or_default();
    let joined = path.join(".");
    title(field("title"), &joined, text);
    if !field("description").is_empty() {
        _ = writeln!(text, "{}\n", field("description"));
    }
    _ = writeln!(text, "Location: {}:{}", entry.location.file, entry.location.row);
    if !field("scope").is_empty() {
        _ = writeln!(text, "Scope: {}", field("scope"));
    }
    if entry.tree.lookup(&["entrypoint"]) == Some(&Value::Bool(true)) {
        text.push_str("Entrypoint: true\n");
    }
    text.push('\n');
}

/// The title, or else the path, with a line below it.
fn title(title: &str, path: &str, text: &mut String) {
    let title = match title.trim() {
        "" => path,
        title => title,
    };
    _ = writeln!(text, "{title}\n{}\n", "=".repeat(title.len().min(PAGE_WIDTH)));
}

fn of_module(annotated: &Annotated, entry: &Entry, text: &mut String) {
    let Annotated { annotations, path, package, rule, .. } = annotated;
    title(&annotations.title, &below_data(path), text);
    if !annotations.description.is_empty() {
        _ = writeln!(text, "{}\n", annotations.description);
    }
    _ = writeln!(text, "Package:  {}", below_data(package));
    if let Some(rule) = rule {
        _ = writeln!(text, "Rule:     {}", display::reference(rule));
    }
    _ = writeln!(text, "Location: {}:{}", entry.location.file, entry.location.row);
    _ = writeln!(text, "Scope: {}", annotations.scope.as_str());
    if annotations.entrypoint {
        text.push_str("Entrypoint: true\n");
    }
    text.push('\n');
    let alone = |name: &Name| (one_line(name), String::new());
    list("Organizations", annotations.organizations.iter().map(alone).collect(), "", text);
    list("Authors", annotations.authors.iter().map(author).collect(), "", text);
    list("Schemas", annotations.schemas.iter().map(schema).collect(), ": ", text);
    list("Related Resources", annotations.related_resources.iter().map(resource).collect(), " ", text);
    let custom = annotations.custom.as_ref().and_then(Value::as_object);
    let custom = custom.into_iter().flatten();
    let custom = custom.map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), value.to_json()));
    list("Custom", custom.collect(), ": ", text);
}

/// Entries below each other, their second parts in a column.
fn list(heading: &str, entries: Vec<(String, String)>, separator: &str, text: &mut String) {
    let Some(width) = entries.iter().map(|(key, _)| key.len()).max() else { return };
    _ = writeln!(text, "{heading}:");
    for (key, value) in entries {
        let line = if value.is_empty() {
            format!(" {key}")
        } else {
            format!(" {key}{separator}{}{value}", " ".repeat(width - key.len()))
        };
        _ = writeln!(text, "{}", shortened(&line, PAGE_WIDTH));
    }
    text.push('\n');
}

fn author(author: &Author) -> (String, String) {
    let Author { name, email } = author;
    let text = match (name.is_empty(), email.is_empty()) {
        (_, true) => name.to_string(),
        (true, false) => format!("<{email}>"),
        (false, false) => format!("{name} <{email}>"),
    };
    (one_line(&text), String::new())
}

fn schema(annotation: &SchemaAnnotation) -> (String, String) {
    let schema = match &annotation.schema {
        SchemaSource::Reference(reference) => display::reference(reference),
        SchemaSource::Definition(schema) => schema.to_json(),
    };
    (display::reference(&annotation.path), schema)
}

fn resource(resource: &RelatedResource) -> (String, String) {
    (one_line(&resource.reference), resource.description.to_string())
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}

/// As much of a text as fits into so many bytes.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.len() < width {
        return text.to_owned();
    }
    let end = (0..=width - 3).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}...", text.get(..end).unwrap_or_default())
}

/// A path without the `data` that it starts with.
fn below_data(path: &Ref) -> String {
    let Some((first, rest)) = path.operands.split_first() else { return String::new() };
    let head = match first.as_string() {
        Some(name) => Term::var(name.clone(), first.span),
        None => first.clone(),
    };
    display::reference(&Ref { span: path.span, head, operands: rest.into() })
}

const PAGE_WIDTH: usize = 80;
