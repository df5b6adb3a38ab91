//! What a person or a script gets from the built command: output, exit codes, and what bad input does.

mod audited;
mod bad_files;
mod bad_input;
mod case;
mod cases;
mod changed;
mod colour;
mod compared;
mod coverage_reports;
mod eval_comparison;
mod examples;
mod exit_codes;
mod exit_codes_scenarios;
mod init;
mod inspected;
mod manual;
mod opa_commands;
mod packs;
mod pages;
#[path = "../serve/ports.rs"]
mod ports;
mod properties;
mod real_examples;
mod reports;
mod revoked;
mod run;
mod sarif;
mod signing;
mod tutorial;
mod validating;
mod watch;
mod why;
