//! Mutation: changes a policy a little, and looks whether a test notices.
//!
//! ```text
//! ParsedModules + Program --generate--> [Mutant] --Bed::try_all--> [Trial] --Search::find_all--> the test that is missing
//! ```

pub mod baseline;
mod clauses;
mod comparisons;
mod coverage;
mod defaults;
mod documents;
pub mod exam;
mod facts;
mod field;
pub mod generate;
pub mod hunk;
mod literals;
mod memberships;
pub mod missing;
pub mod mutant;
pub mod operators;
mod quantifiers;
mod references;
pub mod run;
pub mod score;
pub mod search;
mod site;
mod suspect;
mod texts;
