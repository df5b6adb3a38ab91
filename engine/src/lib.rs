//! Compiles, evaluates and tests Rego policies, with the same answers as OPA.
//!
//! The engine does no IO: files, time and the number of threads come in as arguments.

pub mod audit;
pub mod baseline;
pub mod builtins;
pub mod bundle;
pub mod check;
mod compact;
pub mod compare;
pub mod compile;
pub mod config;
pub mod coverage;
pub mod diagnostic;
pub mod diff;
pub mod document;
pub mod eval;
pub mod explain;
pub mod frontend;
pub mod host;
mod jose;
pub mod mutate;
mod parallel;
pub mod policy;
pub mod probe;
pub mod program;
pub mod property;
pub mod reference;
pub mod rest;
pub mod source;
pub mod stack;
pub mod suggest;
pub mod suite;
pub mod syntax;
pub mod validate;
pub mod value;
