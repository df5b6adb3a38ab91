//! The native evaluator: programs and inputs to values, with OPA's answers.

mod body;
mod call;
mod collect;
mod document;
mod engine;
mod error;
mod guard;
mod join;
mod limits;
mod machine;
mod memo;
mod observer;
mod print;
mod query;
mod reference;
mod rule;
mod scope;
mod unify;
mod walk;

pub use engine::{EngineOptions, NativeEngine};
pub use error::Failure;
pub use join::JoinIndex;
pub use machine::{Machine, Workspace, World};
pub use observer::{NoObserver, Observer};
