//! Events for an HTTP service, as OPA sends them.

use reqwest::Method;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::chunk::{Packed, Packer};
use super::queue::Entry;
use super::sink::{Deliver, Delivered};
use crate::serve::client::service::{self, ServiceClient};

/// Sends events in chunks.
#[derive(Debug)]
pub(super) struct Upload {
    client: ServiceClient,
    resource: String,
    packer: Packer,
}

impl Upload {
    pub(super) fn new(client: ServiceClient, resource: String, limit: u64) -> Self {
        Self { client, resource, packer: Packer::new(limit) }
    }

    fn send(&mut self, chunk: Vec<u8>) -> Result<(), String> {
        let request = self.client.request(Method::POST, &self.resource);
        let request = request.map_err(|error| format!("log upload failed: {error}"))?;
        let request =
            request.header(CONTENT_TYPE, "application/json").header(CONTENT_ENCODING, "gzip").body(chunk);
        let answer = service::send(request).map_err(|error| format!("log upload failed: {error}"))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        Err(format!("log upload failed, server replied with HTTP {status}"))
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
