//! What a server asks of a policy beside its answers: documents by the path of a request, and whether data fits.

use std::sync::Arc;

use super::engine::{NativePolicy, NativeQuery};
use super::query::prepare_text;
use crate::compile::tree::{Key, NodeId};
use crate::compile::walk::{self, Flow, Node};
use crate::diagnostic::Diagnostic;
use crate::document::BaseData as _;
use crate::policy::ref_text::ref_text;
use crate::policy::{ModuleQuery, Prepared, RegoVersion};
use crate::source::{Source, Sources, Span};
use crate::syntax::display;
use crate::syntax::tree::{Body, Name};
use crate::value::Value;

/// A document of a policy that can be asked for.
#[derive(Debug)]
pub struct Document {
    /// The reference to it, as it would be written.
    pub text: Arc<str>,
    /// Ready to be evaluated.
    pub prepared: Box<dyn Prepared>,
}

/// Why there can be no such document, whatever the input.
#[derive(Debug, Clone)]
pub struct UnfitPath {
    /// What is wrong, in OPA's words.
    pub diagnostics: Vec<Diagnostic>,
    /// The sources that the places are in; the reference is the last and has no name.
    pub sources: Sources,
}

impl NativePolicy {
    /// The same policy where an error of a built-in function ends the evaluation.
    #[must_use]
    pub fn with_strict_builtin_errors(&self) -> Self {
        Self::over(Arc::clone(&self.0.lowered), self.0.data.clone(), true)
    }

    /// What is wrong between the rules and base documents that are to replace those of the policy: rules that define what the
    /// documents have.
    pub fn conflicts_with(&self, data: &Value) -> Vec<Diagnostic> {
        let exists = |path: &[&str]| data.as_object().is_some_and(|data| data.is_taken(path));
        self.0.compiled().data_conflicts(&exists)
    }

    /// Makes the document at steps from `data` on ready, where a step is a string or a number.
    ///
    /// # Errors
    /// What the types say against the reference: that there is a function, or that what is on the way has no parts.
    pub fn document(&self, steps: Vec<Value>) -> Result<Document, UnfitPath> {
        let text: Arc<str> = shown(&steps).into();
        let query = ModuleQuery {
            text: Arc::clone(&text),
            package: None,
            imports: Vec::new(),
            version: RegoVersion::V1,
        };
        if let Err(diagnostics) = prepare_text(&self.0, &query) {
            let mut sources = self.0.sources.clone();
            sources.add(Source::new("", &*text));
            return Err(UnfitPath { diagnostics, sources });
        }
        Ok(Document { text, prepared: Box::new(NativeQuery::document(self, steps)) })
    }

    /// Whether rules define the document at steps from `data` on, or one that it is a part of.
    pub fn has_rules_at(&self, steps: &[Value]) -> bool {
        let tree = &self.0.compiled().tree;
        let mut at = NodeId::ROOT;
        for step in steps {
            let key = match step {
                Value::String(text) => Key::String(Name::from(&**text)),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_)
                | Value::Set(_) => return false,
            };
            let Some(child) = tree.child(at, &key) else { return false };
            if tree.node(child).is_some_and(|node| !node.rules.is_empty()) {
                return true;
            }
            at = child;
        }
        false
    }
}

/// Where a query names functions of these names, which are those of built-in functions.
pub fn named_functions(query: &Body, names: &[&str]) -> Vec<(Arc<str>, Span)> {
    let mut found = Vec::new();
    walk::body(query, &mut |node| {
        if let Node::Ref(reference) = node {
            let name = display::reference(reference);
            if names.contains(&&*name) {
                found.push((name.into(), reference.span));
            }
        }
        Flow::Descend
    });
    found
}

/// The reference to a document.
fn shown(steps: &[Value]) -> String {
    let mut text = "data".to_owned();
    for step in steps {
        match step {
            Value::String(name) => {
                let name = ref_text(["data", &**name].into_iter());
                text.push_str(name.strip_prefix("data").unwrap_or_default());
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)
            | Value::Set(_) => {
                text.push('[');
                text.push_str(&step.to_rego());
                text.push(']');
            }
        }
    }
    text
}
