//! Publishing: puts a bundle where servers and OPA get it from, such that a whole one is there at each moment.
//!
//! Each destination works in the same order: the new bundle is written where nobody looks yet, then one atomic step makes
//! it the current one. Who is interrupted leaves the previous bundle in place, and starts from the beginning next time.

mod artefact;
mod destination;
mod directory;
mod http;
mod index;
mod oci;
mod plain_http;
mod retry;
mod runtime;
mod store;
mod verify;

use std::num::NonZeroUsize;

use crate::io::Io;

pub(crate) use self::artefact::{Artefact, Digest};
pub(crate) use self::destination::Destination;
pub(crate) use self::plain_http::PlainHttp;
pub(crate) use self::verify::{StrictReading, Verify};

/// How to publish.
#[derive(Debug)]
pub(crate) struct Options {
    /// How many revisions a directory or store keeps.
    pub(crate) keep: NonZeroUsize,
    /// Whether to do it.
    pub(crate) mode: Mode,
    /// What to do with a revision that is there with other content.
    pub(crate) conflict: Conflict,
    /// How often a request is repeated that failed for a reason that may pass.
    pub(crate) retries: u32,
    /// Whether other machines may be spoken to without TLS.
    pub(crate) plain_http: PlainHttp,
    /// Who we say we are.
    pub(crate) access: Access,
    /// Settings of a store, by their names in the crate that talks to it.
    pub(crate) settings: Vec<(String, String)>,
    /// When the bundle was made, in RFC 3339: an annotation of OCI artefacts, left out unless given.
    pub(crate) created: Option<String>,
    /// The time of publication in RFC 3339, for indexes.
    pub(crate) now: String,
}

/// Whether something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Publish.
    Publish,
    /// Look at the destination, and say what would happen.
    DryRun,
}

/// What happens to a revision that the destination has with other content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// It is refused: a revision names one content.
    Refuse,
    /// The other content takes its name.
    Replace,
}

/// What a server is told of us. Not for printing.
#[derive(Default)]
pub(crate) struct Access {
    /// Sent as `Authorization: Bearer`.
    pub(crate) token: Option<String>,
    /// Of a registry.
    pub(crate) username: Option<String>,
    /// Of a registry.
    pub(crate) password: Option<String>,
    /// Further headers of an HTTP request.
    pub(crate) headers: Vec<(String, String)>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("username", &self.username).finish_non_exhaustive()
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// What was done.
    pub(crate) outcome: Outcome,
    /// Where the bundle is now.
    pub(crate) place: String,
    /// What names exactly this there: the digest of the archive, or of the manifest in a registry.
    pub(crate) digest: String,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is the current one.
    Published,
    /// It was the current one before.
    AlreadyThere,
    /// It is kept as a revision, but somebody published another one after it.
    Superseded,
    /// Nothing was done; it would be published.
    WouldPublish,
}

/// Why a bundle could not be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct PublishError {
    message: String,
    help: Option<String>,
}

impl PublishError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// A file with a secret that can't be read.
    pub(crate) fn of_secret(error: &std::io::Error) -> Self {
        Self::new(error.to_string())
    }

    /// What to do next.
    pub(crate) fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The refusal to give a revision's name to other content.
    fn of_conflict(revision: &str, digest: &str) -> Self {
        Self::new(format!("revision `{revision}` is published already with other content, {digest}"))
            .with_help("give the new content a revision of its own, or replace what is there with --force")
    }
}

/// Publishes a bundle, which has to be verified.
///
/// # Errors
/// Why it could not be done. What was published before is still there then.
pub(crate) fn publish(
    destination: &Destination,
    artefact: &Artefact,
    options: &Options,
    io: &mut Io,
) -> Result<Receipt, PublishError> {
    match destination {
        Destination::Directory(folder) => directory::publish(folder, artefact, options, io),
        Destination::Http(url) => http::publish(url, artefact, options, io),
        Destination::Store(place) => store::publish(place, artefact, options, io),
        Destination::Registry(reference) => oci::publish(reference, artefact, options, io),
    }
}
