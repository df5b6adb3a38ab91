//! Certificates and tokens that change while the server runs.

use std::path::Path;
use std::sync::Arc;

use super::changes::{self, Watcher};
use super::journal::{Journal, Level};
use super::metrics::Metrics;
use super::tls::Tls;
use super::token::TokenFile;

/// What can be read again.
#[derive(Debug, Clone)]
pub(crate) struct Reloads {
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) tokens: Option<Arc<TokenFile>>,
    pub(crate) metrics: Metrics,
    pub(crate) journal: Journal,
}

impl Reloads {
    /// Reads everything again. What is wrong stays as it was.
    pub(crate) fn reload(&self) {
        self.tell("certificates", self.tls.as_ref().map(|tls| tls.reload()));
        self.tell("tokens", self.tokens.as_ref().map(|tokens| tokens.reload()));
    }

    /// Reads everything again whenever a file may have changed, as long as the watcher lives.
    pub(crate) fn watch(&self) -> Option<Watcher> {
        let mut files: Vec<&Path> = self.tls.iter().flat_map(|tls| tls.paths()).collect();
        files.extend(self.tokens.iter().map(|tokens| tokens.path()));
        if files.is_empty() {
            return None;
        }
        let own = self.clone();
        match changes::of_files(&files, move || own.reload()) {
            Ok(watcher) => Some(watcher),
            Err(reason) => {
                let fields = [("reason", &*reason)];
                self.journal.event(Level::Warning, "changed certificates and tokens need a SIGHUP", &fields);
                None
            }
        }
    }

    fn tell(&self, what: &'static str, outcome: Option<Result<bool, String>>) {
        match outcome {
            None | Some(Ok(false)) => {}
            Some(Ok(true)) => self.journal.event(Level::Info, "files are read again", &[("what", what)]),
            Some(Err(reason)) => {
                self.metrics.reload_failed(what);
                let fields = [("what", what), ("reason", &*reason)];
                self.journal.event(Level::Error, "changed files can't be used, the old ones stay", &fields);
            }
        }
    }
}
