//! Publishing with the built command: to disks, to real servers, and with the process killed at any moment.

mod azure;
mod bundles;
mod cut;
mod directory;
mod http;
mod kill;
mod oci;
mod page;
mod peer;
#[path = "../serve/ports.rs"]
mod ports;
mod run;
mod s3;
mod tiny_server;
