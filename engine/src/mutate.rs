//! Mutation: changes a policy a little, and looks whether a test notices.
//!
//! ```text
//! ParsedModules + Program --generate--> [Mutant] --Bed::try_all--> [Trial] --Search::missing--> the test that is missing
//! ```

mod affected;
pub mod baseline;
mod clauses;
mod comparisons;
mod coverage;
mod defaults;
mod documents;
mod facts;
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
mod site;
mod texts;
