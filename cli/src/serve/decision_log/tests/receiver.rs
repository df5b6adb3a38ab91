//! A server that takes decision logs, and fails when it is told to.

use std::io::Read as _;

use flate2::read::GzDecoder;
use portcullis::value::Value;

use super::json;
use crate::serve::test_server::{Received, Reply, TestServer};

pub(super) struct Receiver(TestServer);

impl Receiver {
    /// Answers the request of each number with a status.
    pub(super) fn start(status: impl Fn(usize) -> u16 + Send + Sync + 'static) -> Self {
        Self(TestServer::start(move |number, _| Reply::status(status(number))))
    }

    pub(super) fn url(&self) -> String {
        self.0.url()
    }

    pub(super) fn requests(&self) -> Vec<Received> {
        self.0.requests()
    }

    /// Those of the requests that succeeded.
    pub(super) fn events(&self) -> Vec<Value> {
        let requests = self.requests();
        let taken = requests.iter().filter(|request| request.status < 300);
        taken.flat_map(|request| json(&text(request)).as_array().unwrap().as_slice().to_vec()).collect()
    }
}

fn text(request: &Received) -> String {
    let mut text = String::new();
    GzDecoder::new(&request.body[..]).read_to_string(&mut text).unwrap();
    text
}
