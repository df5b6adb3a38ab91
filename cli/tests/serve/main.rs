//! `portcullis serve` as a process: what clients get, what the folder does to it, and OPA itself as a client.
#![cfg(unix)]
#![expect(clippy::indexing_slicing, reason = "what a JSON value does not have is null")]

mod answers;
mod archive;
mod changing;
mod comparison;
mod configured;
mod decision_log;
mod decisions;
mod deltas;
mod files;
mod following;
mod limits;
mod metrics;
mod named;
mod opa;
mod polling;
mod ports;
mod pushing;
mod raw;
mod server;
mod signed;
mod starting;
mod status;
mod stopping;
#[expect(clippy::unwrap_used, reason = "a server for tests may break")]
#[path = "../../src/serve/test_server.rs"]
mod test_server;
mod tls;
mod tokens;
mod vouched;
