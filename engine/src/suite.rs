//! Tests: found in policies and tables, planned, run on all cores, told as one stream of events.
//!
//! ```text
//! [RuleInfo] --discovery--> [RegoTest] --+
//! *.suite.yaml --table--> [Case] --------+--> [Test] --run--> Event, Event, ...
//! [Property] --arena--> inputs ----------+
//! ```

pub mod cases;
pub mod discovery;
pub mod event;
pub mod measure;
pub(crate) mod root;
pub mod run;
pub mod selection;
pub mod table;

pub use cases::{CaseOutcome, CaseResult, Cases};
pub use event::{Event, Failure, Nondeterminism, Summary, TestError, TestId, TestResult, Verdict, Why};
pub use measure::Measured;
pub use run::{Test, TestBody};
