//! The native evaluator: programs and inputs to values, with OPA's answers.

mod attempt;
mod body;
mod book;
mod call;
mod collect;
mod cover;
mod document;
mod engine;
mod error;
mod facts;
mod frames;
mod group;
mod guard;
mod join;
mod limits;
mod machine;
mod memo;
mod observer;
mod operator;
mod print;
mod query;
mod reference;
mod rule;
mod scope;
mod sight;
mod told;
mod trace;
mod unifications;
mod unify;
mod walk;
mod why;

pub use engine::{EngineOptions, NativeEngine, NativePolicy, Question};
pub use error::Failure;
pub use join::JoinIndex;
pub use machine::{Machine, Workspace, World};
pub use observer::{NoObserver, Observer, View};
