//! The type checker: which operands, references and calls can never fit, in OPA's words.
//!
//! Rego has no declarations; the types are inferred from literals, built-ins and rules, and an error is reported
//! only where two types can't have a value in common. The lattice, the inference and the messages are those of
//! OPA 1.22.2 (`v1/types`, `v1/ast/check.go`), which is the only definition of them. What is known of
//! documents from elsewhere is read out of JSON Schemas.

mod annotated;
mod bind;
mod calls;
mod capabilities;
mod check;
mod closures;
mod declare;
mod defined;
mod environment;
mod error;
mod infer;
mod json;
mod key;
mod lattice;
mod layers;
mod names;
mod order;
mod places;
mod print;
mod recursive;
mod reference;
mod rules;
mod schema;
mod select;
mod stage;
mod tree;
mod unify;

pub use calls::Functions;
pub use capabilities::{Capabilities, CapabilitiesError, DeclaredBuiltin};
pub use check::Program;
pub use environment::Documents;
pub use error::{Detail, Step, TypeError};
pub use key::Key;
pub use lattice::{Array, Function, Object, Parameter, Set, Type, Union};
pub use print::{difference, elided, sprint};
pub use recursive::Recursive;
pub(in crate::compile) use rules::Told;
pub use rules::{CheckedRule, CheckedValue, sort};
pub use schema::Schemas;
pub(in crate::compile) use stage::told;
pub use stage::{Assumptions, check, check_calls, check_documents, check_query, query_errors};
