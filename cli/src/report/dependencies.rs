//! The documents that a query depends on, in the formats of `opa deps`.

use portcullis::compile::Dependencies;
use portcullis::syntax::display;
use portcullis::syntax::tree::{Ref, Term, TermKind};
use portcullis::value::{Number, Object, Value};

use super::json_document::Json;
use super::table;

/// A document with the two lists, each reference as the tree that `opa parse` shows; a list without any is left out.
pub(crate) fn json(found: &Dependencies) -> String {
    let base: Vec<Vec<Value>> = found.base.iter().map(terms).collect();
    let virtual_documents: Vec<Vec<Value>> = found.virtual_documents.iter().map(terms).collect();
    let list = |references: &'_ [Vec<Value>]| -> Json<'static> {
        Json::Array(
            references
                .iter()
                .map(|terms| Json::Array(terms.iter().cloned().map(Json::Owned).collect()))
                .collect(),
        )
    };
    let mut fields = Vec::new();
    if !base.is_empty() {
        fields.push(("base", list(&base)));
    }
    if !virtual_documents.is_empty() {
        fields.push(("virtual", list(&virtual_documents)));
    }
    Json::Object(fields).pretty() + "\n"
}

/// A table with a column for each list that isn't empty; nothing without dependencies.
pub(crate) fn pretty(found: &Dependencies) -> String {
    let texts = |references: &[Ref]| references.iter().map(display::reference).collect::<Vec<_>>();
    let lists =
        [("BASE DOCUMENTS", texts(&found.base)), ("VIRTUAL DOCUMENTS", texts(&found.virtual_documents))];
    let lists: Vec<_> = lists.into_iter().filter(|(_, list)| !list.is_empty()).collect();
    let Some(height) = lists.iter().map(|(_, list)| list.len()).max() else { return String::new() };
    let headings: Vec<String> = lists.iter().map(|(heading, _)| (*heading).to_owned()).collect();
    let row = |at: usize| lists.iter().map(|(_, list)| list.get(at).cloned().unwrap_or_default()).collect();
    table::render(&headings, (0..height).map(row)) + "\n"
}

/// The terms of a reference.
pub(super) fn terms(reference: &Ref) -> Vec<Value> {
    std::iter::once(&reference.head).chain(&reference.operands).map(term).collect()
}

/// A term as OPA writes it; the references here are made of constants.
fn term(term: &Term) -> Value {
    let list = |terms: &[Term]| Value::Array(terms.iter().map(self::term).collect());
    let value = match &term.kind {
        TermKind::Null => Some(Value::Object(Object::new())),
        TermKind::Boolean(value) => Some(Value::Bool(*value)),
        TermKind::Number(text) => text.parse::<Number>().ok().map(Value::Number),
        TermKind::String(text) => Some(Value::string(text.as_str())),
        TermKind::Var(var) => Some(Value::string(var.name.as_str())),
        TermKind::Array(terms) | TermKind::Set(terms) => Some(list(terms)),
        TermKind::Object(pairs) => {
            let pair = |(key, value): &(Term, Term)| {
                Value::Array([self::term(key), self::term(value)].into_iter().collect())
            };
            Some(Value::Array(pairs.iter().map(pair).collect()))
        }
        TermKind::Template(_) | TermKind::Ref(_) | TermKind::Comprehension(_) | TermKind::Call(_) => None,
    };
    let value = value.unwrap_or_else(|| Value::string(display::term(term)));
    let fields = [("type", Value::string(term.kind_name())), ("value", value)];
    Value::Object(fields.into_iter().map(|(name, value)| (Value::string(name), value)).collect())
}
