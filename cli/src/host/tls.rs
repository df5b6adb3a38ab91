//! Whom to trust, and who to say we are, in the terms of rustls.

use std::net::IpAddr;
use std::sync::Arc;

use portcullis::host::{HostError, Tls};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// The configuration of a connection.
///
/// # Errors
/// When a certificate or key can't be used.
pub(crate) fn configuration(tls: &Tls) -> Result<ClientConfig, HostError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = if tls.insecure_skip_verify {
        Arc::new(Server { trust: Trust::Anyone, provider: Arc::clone(&provider) })
    } else {
        verifier(tls, &provider)?
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let Some(identity) = tls.identities.first() else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates(&identity.certificates)?;
    let key = PrivateKeyDer::from_pem_slice(&identity.key).map_err(|error| failed(&error))?;
    builder.with_client_auth_cert(chain, key).map_err(|error| failed(&error))
}

fn verifier(tls: &Tls, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, HostError> {
    let mut roots = RootCertStore::empty();
    if tls.use_system_certificates {
        // Of the system's certificates, those that can't be read are as if they weren't there.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let mut own = Vec::new();
    for pem in &tls.ca_certificates {
        own.extend(certificates(pem)?);
    }
    roots.add_parsable_certificates(own.iter().cloned());
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let inner = builder.build();
    let inner = inner.map_err(|error| failed(&error))?;
    // An address can't be asked for by name while connecting, so it is put in place here.
    let name = tls.server_name.as_deref().and_then(|name| name.parse::<IpAddr>().ok());
    Ok(match name {
        Some(address) => {
            let trust = Trust::Name(inner, ServerName::IpAddress(address.into()));
            Arc::new(Server { trust, provider: Arc::clone(provider) })
        }
        None => inner,
    })
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, HostError> {
    CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| failed(&error))
}

fn failed(error: &dyn std::error::Error) -> HostError {
    HostError::Failed { message: format!("tls: {error}") }
}

/// Whose certificate is taken.
#[derive(Debug)]
enum Trust {
    /// Anybody's, as `tls_insecure_skip_verify` asks for.
    Anyone,
    /// That of another name than the one of the URL.
    Name(Arc<WebPkiServerVerifier>, ServerName<'static>),
}

/// Looks at certificates otherwise than rustls does, and at signatures in the same way.
#[derive(Debug)]
struct Server {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Server {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.trust {
            Trust::Anyone => Ok(ServerCertVerified::assertion()),
            Trust::Name(inner, name) => inner.verify_server_cert(certificate, intermediates, name, ocsp, now),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
