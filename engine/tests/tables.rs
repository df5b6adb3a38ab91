//! Table suites from their files to their verdicts.
#![expect(clippy::disallowed_methods, reason = "tests read the disk and `UPDATE`")]
#![expect(clippy::expect_used, reason = "tests")]

#[path = "tables/archive.rs"]
mod archive;
#[path = "tables/cases.rs"]
mod cases;
#[path = "tables/documentation.rs"]
mod documentation;
#[path = "tables/run.rs"]
mod run;
#[path = "tables/schema.rs"]
mod schema;
#[path = "tables/shipped.rs"]
mod shipped;
