//! Events for an HTTP service, as OPA sends them.

use reqwest::Method;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::chunk::{Packed, Packer};
use super::queue::Entry;
use super::sink::{Deliver, Delivered};
use crate::serve::client::bundles::Failure;
use crate::serve::client::service::{self, ServiceClient};
use crate::serve::status::Reporter;

/// Sends events in chunks.
#[derive(Debug)]
pub(super) struct Upload {
    client: ServiceClient,
    resource: String,
    packer: Packer,
    /// Who is told what came of it.
    status: Option<Reporter>,
}

impl Upload {
    pub(super) fn new(client: ServiceClient, resource: String, limit: u64, status: Option<Reporter>) -> Self {
        Self { client, resource, packer: Packer::new(limit), status }
    }

    fn send(&mut self, chunk: Vec<u8>) -> Result<(), String> {
        let sent = self.attempt(chunk);
        if let Some(status) = &self.status {
            status.decisions_sent(sent.as_ref().err().cloned());
        }
        sent.map_err(|failure| failure.message)
    }

    fn attempt(&mut self, chunk: Vec<u8>) -> Result<(), Failure> {
        let failure = |message: String, http_code| Failure { message, errors: Vec::new(), http_code };
        let failed = |error: String| failure(format!("log upload failed: {error}"), None);
        let request = self.client.request(Method::POST, &self.resource).map_err(failed)?;
        let request =
            request.header(CONTENT_TYPE, "application/json").header(CONTENT_ENCODING, "gzip").body(chunk);
        let status = service::send(request).map_err(failed)?.status();
        if status.is_success() {
            return Ok(());
        }
        let message = format!("log upload failed, server replied with HTTP {status}");
        Err(failure(message, Some(status.as_u16())))
    }
}

impl Deliver for Upload {
    fn appetite(&self) -> u64 {
        self.packer.appetite()
    }

    fn deliver(&mut self, entries: &[Entry]) -> Delivered {
        match self.packer.pack(entries) {
            Ok(None) => Delivered::default(),
            Ok(Some(Packed::TooLarge { .. })) => Delivered { done: 1, lost: 1, failure: None },
            Ok(Some(Packed::Chunk { bytes, events })) => match self.send(bytes) {
                Ok(()) => Delivered { done: events, lost: 0, failure: None },
                Err(failure) => Delivered { done: 0, lost: 0, failure: Some(failure) },
            },
            Err(error) => Delivered { done: 0, lost: 0, failure: Some(error.to_string()) },
        }
    }
}
