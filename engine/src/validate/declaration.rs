//! What the METADATA of a pack's package says: `custom.portcullis.validate`.

use std::sync::Arc;

use serde::Deserialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, Spanned, decode};
use crate::frontend::{Annotated, Inventory};
use crate::property::node_of;
use crate::source::Span;
use crate::value::Value;

/// How a pack wants to be asked, and about which documents.
#[derive(Debug, Clone, Default)]
pub struct Declaration {
    /// What its input is.
    pub input: InputShape,
    /// The kinds of documents that it is for.
    pub kinds: Vec<DocumentKind>,
}

/// What the input of a pack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputShape {
    /// One document after the other. Of a document that is an array, one element after the other, as conftest asks.
    #[default]
    Document,
    /// All documents at once, as an array of `{path, contents}`: what conftest gives with `--combine`.
    Combined,
}

/// A kind of document.
#[derive(Debug, Clone)]
pub struct DocumentKind {
    /// What people call it, with an article.
    pub title: String,
    /// A JSON Schema that such documents fit, and no others. A pack without one is asked only when it is named.
    pub detect: Option<Value>,
    /// The file with the JSON Schema of such documents, beside the module.
    pub schema: Option<SchemaFile>,
}

/// The name of a file, and who says it.
#[derive(Debug, Clone)]
pub struct SchemaFile {
    /// The name, relative to the folder of the module.
    pub name: String,
    /// The annotation in that module.
    pub span: Span,
}

impl Declaration {
    /// What the METADATA of a package says; nothing if it says nothing. The path of the package is without `data`.
    ///
    /// # Errors
    /// What is no declaration, at the annotation.
    pub fn of_package(inventory: &Inventory, package: &[Arc<str>]) -> Result<Option<Self>, Diagnostic> {
        let of_package = |annotated: &&Annotated| {
            let steps = annotated.path.operands.iter().map(|step| step.as_string());
            annotated.rule.is_none()
                && annotated.path.operands.len() == package.len()
                && steps.zip(package).all(|(step, name)| step.is_some_and(|step| *step.as_str() == **name))
        };
        for annotated in inventory.annotations.iter().filter(of_package) {
            let custom = annotated.annotations.custom.as_ref().and_then(Value::as_object);
            let own = custom.and_then(|custom| custom.get_str("portcullis")).and_then(Value::as_object);
            if let Some(said) = own.and_then(|own| own.get_str("validate")) {
                return Self::read(said, annotated.annotations.span).map(Some);
            }
        }
        Ok(None)
    }

    fn read(said: &Value, span: Span) -> Result<Self, Diagnostic> {
        let node = node_of(said, span, MAX_DEPTH);
        let form: DeclarationForm = decode(&node, "").map_err(|mut error| {
            error.message = format!("`custom.portcullis.validate`: {}", error.message);
            error.span = Some(span);
            error
        })?;
        let input = match form.input.as_deref() {
            None | Some("document") => InputShape::Document,
            Some("combined") => InputShape::Combined,
            Some(other) => {
                let message = format!("`custom.portcullis.validate`: `{other}` is no shape of an input");
                return Err(Diagnostic::error(Code::Load, message, span)
                    .with_help("write `input: document` or `input: combined`"));
            }
        };
        let kinds = form.documents.into_iter().map(|kind| DocumentKind {
            title: kind.title,
            detect: kind.detect.map(|node| node.to_value()),
            schema: kind.schema.map(|name| SchemaFile { name: name.value, span }),
        });
        Ok(Self { input, kinds: kinds.collect() })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclarationForm {
    #[serde(default)]
    input: Option<String>,
    #[serde(default)]
    documents: Vec<KindForm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindForm {
    title: String,
    #[serde(default)]
    detect: Option<Node>,
    #[serde(default)]
    schema: Option<Spanned<String>>,
}

/// Deeper values are no part of a declaration.
const MAX_DEPTH: usize = 64;
