//! JSON Schemas as types: what OPA reads out of them, which is less than they say.
//!
//! A schema is read whole before its type is made, so each mistake in it counts. What references lead to has to be in the
//! same document: nothing is fetched.

mod convert;
mod keywords;
mod pool;
mod read;
mod reference;

use std::collections::BTreeMap;

use super::lattice::Type;
use super::recursive::Knot;
use crate::source::{SourceId, Span};
use crate::syntax::display;
use crate::syntax::tree::{Name, Ref, Term, TermKind};
use crate::value::Value;

/// JSON Schemas by the names that annotations call them by: `schema`, which is the schema of the input, and paths below it.
#[derive(Debug, Clone, Default)]
pub struct Schemas {
    by_name: BTreeMap<String, Value>,
}

impl Schemas {
    /// Adds a schema, or replaces it; an empty path is that of the input.
    pub fn insert(&mut self, path: &[&str], schema: Value) {
        let span = Span::new(SourceId::default(), 0, 0);
        let operands = path.iter().map(|part| Term { span, kind: TermKind::String(Name::from(*part)) });
        let head = Term::var(Name::from("schema"), span);
        self.by_name.insert(name(&Ref { span, head, operands: operands.collect() }), schema);
    }

    /// The schema of the input. `null` is as good as none.
    pub fn input(&self) -> Option<&Value> {
        self.by_name.get("schema").filter(|schema| **schema != Value::Null)
    }

    /// The schema that a reference names. `null` is as good as none.
    pub fn get(&self, reference: &Ref) -> Option<&Value> {
        self.by_name.get(&name(reference)).filter(|schema| **schema != Value::Null)
    }
}

/// The text that schemas are found by.
pub(super) fn name(reference: &Ref) -> String {
    display::reference(reference)
}

/// The type of the values that a schema allows.
///
/// Types that begin again live as long as their knots, which `knots` takes.
///
/// # Errors
/// What is wrong with the schema, in OPA's words.
pub(super) fn load(schema: &Value, knots: &mut Vec<Knot>) -> Result<Type, String> {
    let compiled = read::compile(schema).map_err(|error| format!("unable to compile the schema: {error}"))?;
    convert::type_of(compiled, knots).map_err(|error| format!("type checking: {error}"))
}

/// Schemas may nest so deep; OPA sets no limit.
const MAX_DEPTH: u16 = 250;

const TOO_DEEP: &str = "schemas are nested more than 250 levels deep, or refer to nothing but themselves";
