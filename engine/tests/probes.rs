//! Probes: what each finds in the cases that are made for it, and how many of the planted bugs they find together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read files; the engine itself reads nothing"
)]

#[path = "probes/cases.rs"]
mod cases;
#[path = "probes/changed.rs"]
mod changed;
#[path = "seeded/corpus.rs"]
#[expect(dead_code, reason = "what is known of a bug beside its patch is for others to check")]
mod corpus;
#[path = "probes/hunted.rs"]
mod hunted;
#[path = "probes/lasting.rs"]
mod lasting;
#[path = "probes/near.rs"]
mod near;
#[path = "probes/objections.rs"]
mod objections;
#[path = "probes/planted.rs"]
mod planted;
#[path = "probes/recognised.rs"]
mod recognised;
#[path = "probes/revised.rs"]
mod revised;
