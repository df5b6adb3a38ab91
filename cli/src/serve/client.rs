//! A client of OPA's protocols: fetches bundles, and sends logs.

pub(crate) mod bundles;
mod download;
mod persisted;
pub(crate) mod service;
mod status;
