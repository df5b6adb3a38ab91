//! The server's side of TLS: certificates, keys and whose certificates clients have to show.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::current::Current;
use super::decisions::Peer;
use super::digest::Digest;
use super::limits::Guarded;

/// The oldest version of TLS that clients may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum LeastVersion {
    /// TLS 1.2
    #[value(name = "1.2")]
    Tls12,
    /// TLS 1.3
    #[default]
    #[value(name = "1.3")]
    Tls13,
}

/// The files that TLS needs.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    /// The chain, the server's own certificate first.
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// Who signs the certificates that clients have to show, if they have to.
    pub(crate) client_authorities: Option<PathBuf>,
    pub(crate) least_version: LeastVersion,
}

/// TLS as it is now. The files can be read again; connections that are there keep what they began with.
#[derive(Debug)]
pub(crate) struct Tls {
    files: Files,
    current: Current<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    configuration: Arc<ServerConfig>,
    /// Of the files, to see whether they changed.
    digest: Digest,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub(crate) fn load(files: Files) -> Result<Self, String> {
        let loaded = load(&files)?;
        Ok(Self { current: Current::new(loaded), files })
    }

    /// Reads the files again, and says whether they say something new.
    ///
    /// # Errors
    /// What is wrong with which file; then everything stays as it was.
    pub(crate) fn reload(&self) -> Result<bool, String> {
        let loaded = load(&self.files)?;
        let is_new = loaded.digest != self.current.get().digest;
        if is_new {
            self.current.set(loaded);
        }
        Ok(is_new)
    }

    /// The files that are read.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        let Files { certificate, key, client_authorities, .. } = &self.files;
        [certificate, key].into_iter().chain(client_authorities).map(PathBuf::as_path).collect()
    }

    /// Shakes hands.
    ///
    /// # Errors
    /// When the client does not speak TLS, not our version, or shows no certificate though it has to.
    pub(crate) async fn accept(&self, stream: Guarded) -> std::io::Result<TlsStream<Guarded>> {
        let configuration = Arc::clone(&self.current.get().configuration);
        TlsAcceptor::from(configuration).accept(stream).await
    }
}

/// Who is on the other side, if it showed a certificate.
pub(crate) fn peer(stream: &TlsStream<Guarded>) -> Option<Peer> {
    let (_, connection) = stream.get_ref();
    let chain: Vec<&[u8]> =
        connection.peer_certificates()?.iter().map(|certificate| &**certificate).collect();
    super::decisions::peer_of(&chain)
}

fn load(files: &Files) -> Result<Loaded, String> {
    let read = |path: &Path| fs_err::read(path).map_err(|error| error.to_string());
    let certificate = read(&files.certificate)?;
    let key = read(&files.key)?;
    let authorities = files.client_authorities.as_deref().map(read).transpose()?;

    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions: &[&SupportedProtocolVersion] = match files.least_version {
        LeastVersion::Tls12 => &[&TLS13, &TLS12],
        LeastVersion::Tls13 => &[&TLS13],
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .map_err(|error| format!("tls: {error}"))?;
    let builder = match (&files.client_authorities, &authorities) {
        (Some(path), Some(pem)) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates(path, pem)? {
                roots.add(authority).map_err(|error| wrong(path, &error))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| wrong(path, &error))?)
        }
        _ => builder.with_no_client_auth(),
    };
    let chain = certificates(&files.certificate, &certificate)?;
    let private = PrivateKeyDer::from_pem_slice(&key).map_err(|error| wrong(&files.key, &error))?;
    let mut configuration =
        builder.with_single_cert(chain, private).map_err(|error| wrong(&files.certificate, &error))?;
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];

    let digests = [Some(certificate), Some(key), authorities].into_iter().flatten();
    let digests: Vec<String> = digests.map(|bytes| Digest::of(&bytes).hex()).collect();
    Ok(Loaded { configuration: Arc::new(configuration), digest: Digest::of(digests.concat().as_bytes()) })
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if found.is_empty() => Err(format!("`{}`: there is no certificate in it", path.display())),
        Ok(found) => Ok(found),
        Err(error) => Err(wrong(path, &error)),
    }
}

fn wrong(path: &Path, error: &dyn std::error::Error) -> String {
    format!("`{}`: {error}", path.display())
}
