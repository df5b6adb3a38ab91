//! What is in policies, in the formats of `opa inspect`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use portcullis::frontend::Annotated;
use portcullis::policy::Location;
use portcullis::syntax::display;
use portcullis::syntax::tree::{
    Author, Name, Ref, RelatedResource, SchemaAnnotation, SchemaSource, Term, Var,
};
use portcullis::value::Value;

use super::ast::ordered;
use super::dependencies::terms;
use super::json_document::Json;
use super::table;

/// What is in policies.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The files that say something about a package or about data, by its path.
    pub(crate) namespaces: BTreeMap<String, Vec<String>>,
    /// The annotations, if they are wanted.
    pub(crate) annotations: Option<Vec<Entry>>,
}

/// One annotation.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) annotated: Annotated,
    /// The annotations as the tree of the module shows them.
    pub(crate) tree: Value,
    /// Where the package or the rule stands.
    pub(crate) location: Location,
}

/// One document.
pub(crate) fn json(contents: &Contents) -> String {
    let paths: Vec<Vec<Value>> =
        contents.annotations.iter().flatten().map(|entry| terms(&entry.annotated.path)).collect();
    let mut fields = Vec::new();
    if !contents.namespaces.is_empty() {
        let files = |files: &'_ Vec<String>| -> Json<'static> {
            Json::Array(files.iter().map(|file| Json::Owned(Value::string(file.as_str()))).collect())
        };
        let namespaces = contents.namespaces.iter().map(|(path, list)| (path.as_str(), files(list)));
        fields.push(("namespaces", Json::Object(namespaces.collect())));
    }
    let annotations: Vec<Json<'_>> = contents
        .annotations
        .iter()
        .flatten()
        .zip(&paths)
        .map(|(entry, path)| {
            let place = vec![
                ("file", Json::Text(&entry.location.file)),
                ("row", Json::Number(entry.location.row)),
                ("col", Json::Number(entry.location.col)),
            ];
            Json::Object(vec![
                ("annotations", ordered(&entry.tree)),
                ("location", Json::Object(place)),
                ("path", Json::Array(path.iter().map(ordered).collect())),
            ])
        })
        .collect();
    if !annotations.is_empty() {
        fields.push(("annotations", Json::Array(annotations)));
    }
    Json::Object(fields).pretty() + "\n"
}

/// A table of the namespaces, and a paragraph for each annotation.
pub(crate) fn pretty(contents: &Contents) -> String {
    let mut text = String::new();
    if !contents.namespaces.is_empty() {
        let rows = contents.namespaces.iter().flat_map(|(path, files)| {
            // The name stands at the first of its files only.
            let names = std::iter::once(path.clone()).chain(std::iter::repeat(String::new()));
            names.zip(files).map(|(name, file)| vec![name, file.clone()])
        });
        let headings = ["NAMESPACE".to_owned(), "FILE".to_owned()];
        _ = writeln!(text, "NAMESPACES:\n{}", table::render(&headings, rows));
    }
    let annotations = contents.annotations.as_deref().unwrap_or_default();
    if !annotations.is_empty() {
        text.push_str("ANNOTATIONS:\n");
        for entry in annotations {
            paragraph(entry, &mut text);
        }
    }
    text
}

fn paragraph(entry: &Entry, text: &mut String) {
    let Annotated { annotations, path, package, rule, .. } = &entry.annotated;
    let title = match annotations.title.trim() {
        "" => below_data(path),
        title => title.to_owned(),
    };
    _ = writeln!(text, "{title}\n{}\n", "=".repeat(title.len().min(PAGE_WIDTH)));
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
        _ = writeln!(text, "{}", shortened(&line));
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

/// As much of a line as fits on a page.
fn shortened(line: &str) -> String {
    if line.len() < PAGE_WIDTH {
        return line.to_owned();
    }
    let end = (0..=PAGE_WIDTH - 3).rev().find(|end| line.is_char_boundary(*end)).unwrap_or_default();
    format!("{}...", line.get(..end).unwrap_or_default())
}

/// A path without the `data` that it starts with.
fn below_data(path: &Ref) -> String {
    let Some((first, rest)) = path.operands.split_first() else { return String::new() };
    let head = match first.as_string() {
        Some(name) => Term::from(Var { span: first.span, name: name.clone() }),
        None => first.clone(),
    };
    display::reference(&Ref { span: path.span, head, operands: rest.to_vec() })
}

const PAGE_WIDTH: usize = 80;
