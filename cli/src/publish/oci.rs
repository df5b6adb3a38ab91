//! Publishing to an OCI registry, as an artefact that OPA downloads.
//!
//! A tag is moved by the last request of a push, so whoever is interrupted before that leaves the tag where it was.

mod credentials;
mod manifest;

use futures_util::stream;
use oci_client::client::{Client, ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::manifest::{OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE};
use oci_client::secrets::RegistryAuth;
use oci_client::{Reference, RegistryOperation};

use self::manifest::{CONFIG, Manifest, Published};
use super::artefact::{Artefact, Digest};
use super::plain_http::{PlainHttp, is_loopback};
use super::retry::{Failure, Patience, may_pass};
use super::runtime::Runtime;
use super::{Conflict, Mode, Options, Outcome, PublishError, Receipt};
use crate::io::Io;
use crate::progress::Progress;

/// Pushes a bundle to `host/repository:tag`.
///
/// # Errors
/// Why it could not be done.
pub(super) fn publish(
    text: &str,
    artefact: &Artefact,
    options: &Options,
    io: &mut Io,
) -> Result<Receipt, PublishError> {
    let reference = reference(text)?;
    let credentials = credentials::find(reference.registry(), &options.access)?;
    let runtime = Runtime::new()?;
    let manifest = Manifest::of(artefact, options.created.as_deref())?;
    let registry = Registry { client: client(&reference, options)?, reference, credentials, manifest };
    let patience = Patience::new(options.retries);
    let outcome = patience.run(io, |io| runtime.wait(registry.attempt(artefact, options, io)))?;
    Ok(Receipt { outcome, place: registry.reference.whole(), digest: registry.manifest.digest.to_string() })
}

struct Registry {
    client: Client,
    reference: Reference,
    credentials: RegistryAuth,
    manifest: Manifest,
}

impl Registry {
    async fn attempt(&self, artefact: &Artefact, options: &Options, io: &mut Io) -> Result<Outcome, Failure> {
        let operation = match options.mode {
            Mode::Publish => RegistryOperation::Push,
            Mode::DryRun => RegistryOperation::Pull,
        };
        let authorised = self.client.auth(&self.reference, &self.credentials, operation).await;
        authorised.map_err(|error| self.failure(&error))?;
        if let Some(published) = self.published().await? {
            if published.digest == self.manifest.digest.to_string() {
                return Ok(Outcome::AlreadyThere);
            }
            if options.conflict == Conflict::Refuse
                && let Some(layer) = published.other_content(artefact)
            {
                let revision = artefact.revision.as_deref().unwrap_or_default();
                return Err(PublishError::of_conflict(revision, layer).into());
            }
        }
        if options.mode == Mode::DryRun {
            return Ok(Outcome::WouldPublish);
        }
        self.push_layer(artefact, io).await?;
        self.push_config().await?;
        let body = self.manifest.bytes.clone();
        let media_type = OCI_IMAGE_MEDIA_TYPE.parse();
        let media_type =
            media_type.map_err(|_| PublishError::new("the media type of manifests is no header"))?;
        let pushed = self.client.push_manifest_raw(&self.reference, body, media_type).await;
        pushed.map_err(|error| self.failure(&error))?;
        Ok(Outcome::Published)
    }

    /// What the tag names now.
    async fn published(&self) -> Result<Option<Published>, Failure> {
        let accepted = [OCI_IMAGE_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE];
        let pulled = self.client.pull_manifest_raw(&self.reference, &self.credentials, &accepted).await;
        match pulled {
            Ok((bytes, digest)) => Ok(Some(Published::parse(&bytes, digest))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.failure(&error)),
        }
    }

    async fn push_layer(&self, artefact: &Artefact, io: &Io) -> Result<(), Failure> {
        let digest = artefact.digest.to_string();
        if self.has(&digest).await? {
            return Ok(());
        }
        let progress = Progress::of_bytes(artefact.size(), io.err_is_terminal);
        let mut counted = progress.clone();
        let mut rest = artefact.bytes.clone();
        let parts = std::iter::from_fn(move || {
            let part = rest.split_to(PART.min(rest.len()));
            // Asked for the next part, the client has sent the one before.
            counted.advance(u64::try_from(part.len()).unwrap_or_default());
            (!part.is_empty()).then_some(Ok(part))
        });
        let pushed = self.client.push_blob_stream(&self.reference, stream::iter(parts), &digest, None).await;
        let pushed = match pushed {
            // Some registries take a blob only whole.
            Err(OciDistributionError::SpecViolationError(_)) => {
                self.client.push_blob(&self.reference, artefact.bytes.clone(), &digest).await
            }
            other => other,
        };
        progress.finish();
        pushed.map(|_| ()).map_err(|error| self.failure(&error))
    }

    async fn push_config(&self) -> Result<(), Failure> {
        let digest = Digest::of(CONFIG).to_string();
        if self.has(&digest).await? {
            return Ok(());
        }
        let pushed = self.client.push_blob(&self.reference, CONFIG, &digest).await;
        pushed.map(|_| ()).map_err(|error| self.failure(&error))
    }

    async fn has(&self, digest: &str) -> Result<bool, Failure> {
        self.client.blob_exists(&self.reference, digest).await.map_err(|error| self.failure(&error))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the many errors of another crate: what is not told apart is told as it is"
    )]
    fn failure(&self, error: &OciDistributionError) -> Failure {
        let told = |reason: String| PublishError::new(format!("`{}` {reason}", self.reference));
        let log_in =
            "give --username and --password-file, or log in with a client that writes ~/.docker/config.json";
        match error {
            OciDistributionError::UnauthorizedError { .. }
            | OciDistributionError::AuthenticationFailure(_) => Failure::Lasting(
                told("can't be pushed to: the registry does not know us".to_owned()).with_help(log_in),
            ),
            OciDistributionError::RegistryError { envelope, .. } => {
                let denied =
                    |code: &OciErrorCode| matches!(code, OciErrorCode::Denied | OciErrorCode::Unauthorized);
                let busy = |code: &OciErrorCode| matches!(code, OciErrorCode::Toomanyrequests);
                let reasons: Vec<&str> = envelope.errors.iter().map(|error| error.message.as_str()).collect();
                let error = told(format!("can't be pushed to: {}", reasons.join("; ")));
                if envelope.errors.iter().any(|error| busy(&error.code)) {
                    Failure::Passing { error, not_before: None }
                } else if envelope.errors.iter().any(|error| denied(&error.code)) {
                    Failure::Lasting(error.with_help(log_in))
                } else {
                    Failure::Lasting(error)
                }
            }
            OciDistributionError::ServerError { code, message, .. } => {
                let message: String = message.trim().chars().take(SHOWN).collect();
                let error = told(format!("can't be pushed to: the registry answered {code} {message}"));
                match code {
                    401 | 403 => Failure::Lasting(error.with_help(log_in)),
                    code if may_pass(*code) => Failure::Passing { error, not_before: None },
                    _ => Failure::Lasting(error),
                }
            }
            OciDistributionError::RequestError(request) => {
                let error = told(format!("can't be reached: {}", root(request)));
                match request.status().map(|status| status.as_u16()) {
                    Some(401 | 403) => Failure::Lasting(error.with_help(log_in)),
                    Some(status) if !may_pass(status) => Failure::Lasting(error),
                    _ => Failure::Passing { error, not_before: None },
                }
            }
            other => Failure::Lasting(told(format!("can't be pushed to: {}", root(other)))),
        }
    }
}

fn client(reference: &Reference, options: &Options) -> Result<Client, PublishError> {
    let host = reference.resolve_registry();
    let name = host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(host, |(name, _)| name);
    let is_plain = options.plain_http == PlainHttp::Anywhere || is_loopback(name);
    let config = ClientConfig {
        protocol: if is_plain { ClientProtocol::Http } else { ClientProtocol::Https },
        user_agent: concat!("portcullis/", env!("CARGO_PKG_VERSION")),
        connect_timeout: Some(std::time::Duration::from_secs(30)),
        read_timeout: Some(std::time::Duration::from_mins(2)),
        ..ClientConfig::default()
    };
    Client::try_from(config)
        .map_err(|error| PublishError::new(format!("no connection can be made: {}", root(&error))))
}

/// Nothing is guessed: neither a registry nor a tag.
fn reference(text: &str) -> Result<Reference, PublishError> {
    let wrong = |reason: &str| {
        PublishError::new(format!("`oci://{text}` {reason}"))
            .with_help("it has the form oci://HOST/REPOSITORY:TAG")
    };
    let reference: Reference = text.parse().map_err(|_| wrong("is no reference of a registry"))?;
    if reference.digest().is_some() {
        return Err(wrong("names a digest, which only what is there already has"));
    }
    let (host, rest) = text.split_once('/').ok_or_else(|| wrong("does not name a registry"))?;
    if reference.registry() != host {
        return Err(wrong("does not name a registry"));
    }
    if !rest.contains(':') {
        return Err(wrong("has no tag"));
    }
    Ok(reference)
}

fn is_missing(error: &OciDistributionError) -> bool {
    if let OciDistributionError::RegistryError { envelope, .. } = error {
        let is_missing = |code: &OciErrorCode| {
            matches!(code, OciErrorCode::ManifestUnknown | OciErrorCode::NameUnknown | OciErrorCode::NotFound)
        };
        return envelope.errors.iter().any(|error| is_missing(&error.code));
    }
    matches!(
        error,
        OciDistributionError::ImageManifestNotFoundError(_)
            | OciDistributionError::ServerError { code: 404, .. }
    )
}

/// What lies at the bottom of an error.
fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

/// How much goes into one request.
const PART: usize = 4 * 1024 * 1024;
/// Some registries answer with whole documents.
const SHOWN: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_says_everything() {
        for good in ["ghcr.io/org/authz:1", "localhost:5000/authz:r1", "127.0.0.1:5000/a/b/c:latest"] {
            assert_eq!(reference(good).unwrap().whole(), good);
        }
        let digest = "0".repeat(64);
        for (bad, reason) in [
            ("authz:1", "does not name a registry"),
            ("org/authz:1", "does not name a registry"),
            ("ghcr.io/org/authz", "has no tag"),
            ("ghcr.io/Org/authz:1", "is no reference of a registry"),
            (&format!("ghcr.io/org/authz@sha256:{digest}"), "names a digest"),
        ] {
            let error = reference(bad).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
