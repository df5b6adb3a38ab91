//! Finds inputs that a policy allows and shouldn't.

pub mod accepted;
pub mod contract;
pub mod corpus;
pub mod decision;
pub mod edit;
pub mod finding;
pub mod hunt;
pub mod model;
pub mod objections;
pub mod paste;
pub mod place;
pub mod pool;
pub mod probes;
pub mod reach;
pub mod role;
pub mod rows;
pub mod seed;
pub mod steps;
pub mod subject;
pub mod sweep;
pub mod text;
pub(crate) mod token;
