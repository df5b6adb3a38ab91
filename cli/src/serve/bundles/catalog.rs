//! The bundles that are served, and the revision of each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::http::HeaderValue;
use tokio::sync::watch;

use super::super::current::Current;
use super::super::digest::Digest;

/// The bundles by name.
#[derive(Debug)]
pub(crate) struct Catalog(Current<BTreeMap<Arc<str>, Arc<Bundle>>>);

impl Catalog {
    pub(crate) fn new() -> Self {
        Self(Current::new(BTreeMap::new()))
    }

    /// The bundle of a name.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<Bundle>> {
        self.0.get().get(name).map(Arc::clone)
    }

    /// The bundle of a name, which is made if there is none.
    pub(super) fn ensure(&self, name: &Arc<str>) -> Arc<Bundle> {
        if let Some(bundle) = self.find(name) {
            return bundle;
        }
        let bundle = Arc::new(Bundle { name: Arc::clone(name), state: watch::Sender::new(None) });
        let mut bundles = BTreeMap::clone(&self.0.get());
        bundles.insert(Arc::clone(name), Arc::clone(&bundle));
        self.0.set(bundles);
        bundle
    }

    /// Takes a bundle away. Who waits for it learns that there is none.
    pub(super) fn remove(&self, name: &str) {
        let mut bundles = BTreeMap::clone(&self.0.get());
        if let Some(bundle) = bundles.remove(name) {
            self.0.set(bundles);
            bundle.state.send_replace(None);
        }
    }

    /// Whether each bundle has a revision.
    pub(crate) fn is_complete(&self) -> bool {
        self.0.get().values().all(|bundle| bundle.state.borrow().is_some())
    }

    /// For how many seconds each revision has been served.
    pub(crate) fn ages(&self) -> Vec<(Arc<str>, f64)> {
        let bundles = self.0.get();
        let age = |bundle: &Arc<Bundle>| {
            let revision = bundle.current()?;
            Some((Arc::clone(&bundle.name), revision.since.elapsed().as_secs_f64()))
        };
        bundles.values().filter_map(age).collect()
    }
}

/// A bundle: its name, and what is served of it.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) name: Arc<str>,
    state: watch::Sender<Option<Arc<Revision>>>,
}

impl Bundle {
    /// What is served. None if the bundle has never been good since the start.
    pub(crate) fn current(&self) -> Option<Arc<Revision>> {
        self.state.borrow().clone()
    }

    /// Learns of changes.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<Arc<Revision>>> {
        self.state.subscribe()
    }

    /// Serves a revision from now on.
    pub(super) fn put(&self, revision: Revision) {
        self.state.send_replace(Some(Arc::new(revision)));
    }
}

/// One state of a bundle. It was checked.
#[derive(Debug, Clone)]
pub(crate) struct Revision {
    /// What its manifest calls it.
    pub(crate) name: Option<Arc<str>>,
    pub(crate) snapshot: Bytes,
    pub(crate) etag: ETag,
    /// What makes this revision of earlier ones.
    pub(crate) deltas: Vec<Delta>,
    /// Since when it has been served.
    pub(crate) since: Instant,
}

impl Revision {
    /// What makes this revision of the one that a client has.
    pub(crate) fn delta_from(&self, etag: &str) -> Option<&Delta> {
        self.deltas.iter().find(|delta| *delta.from == *etag)
    }
}

/// The changes that lead to a revision.
#[derive(Debug, Clone)]
pub(crate) struct Delta {
    /// The entity tag of the revision that they start from, without quotes.
    pub(crate) from: Arc<str>,
    pub(crate) bytes: Bytes,
}

/// A strong entity tag: the SHA-256 of the snapshot, so that all servers with the same files, and this one after a restart, give
/// the same.
#[derive(Debug, Clone)]
pub(crate) struct ETag {
    pub(crate) digest: Digest,
    text: Arc<str>,
    pub(crate) header: HeaderValue,
}

impl ETag {
    pub(crate) fn of(digest: Digest) -> Self {
        let text: Arc<str> = digest.hex().into();
        // Hexadecimal digits are good for a header.
        let header = HeaderValue::from_str(&format!("\"{text}\""));
        Self { digest, text, header: header.unwrap_or_else(|_| HeaderValue::from_static("\"\"")) }
    }

    /// What stands between the quotes.
    pub(crate) fn opaque(&self) -> &Arc<str> {
        &self.text
    }
}
