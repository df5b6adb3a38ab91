//! A small HTTP server on a port of its own, with or without TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// It serves until the process ends.
pub(super) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    name: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Answers each request with what `answer` makes of its text.
    pub(super) fn start(answer: impl Fn(String) -> String + Send + Sync + 'static) -> Self {
        Self::start_refusing(0, answer)
    }

    /// Closes the first connections without an answer.
    pub(super) fn start_refusing(
        refused: usize,
        answer: impl Fn(String) -> String + Send + Sync + 'static,
    ) -> Self {
        let connections = AtomicUsize::new(0);
        Self::serve("http", "127.0.0.1", move |mut stream, requests| {
            if connections.fetch_add(1, Ordering::SeqCst) >= refused {
                talk(&mut stream, requests, &answer);
            }
        })
    }

    /// Shows a certificate of `authority` for `name`, and asks for one of `clients` if there are such.
    pub(super) fn start_tls(
        authority: &Authority,
        name: &str,
        clients: Option<&Authority>,
        answer: impl Fn(String) -> String + Send + Sync + 'static,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().expect("versions");
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots
                    .add(CertificateDer::from_pem_slice(clients.pem().as_bytes()).expect("a certificate"))
                    .expect("a root");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.expect("a verifier"))
            }
        };
        let (certificate, key) = authority.issue(name);
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
        let configuration =
            Arc::new(builder.with_single_cert(vec![certificate], key).expect("a configuration"));
        Self::serve("https", name, move |stream, requests| {
            let connection = ServerConnection::new(Arc::clone(&configuration)).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream);
            talk(&mut stream, requests, &answer);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }

    /// `http://127.0.0.1:1234/path`.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.authority())
    }

    /// `127.0.0.1:1234`.
    pub(super) fn authority(&self) -> String {
        format!("{}:{}", self.name, self.address.port())
    }

    /// How many requests came.
    pub(super) fn count(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn serve(
        scheme: &'static str,
        name: &str,
        handle: impl Fn(std::net::TcpStream, &AtomicUsize) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                handle(stream, &counted);
            }
        });
        Self { address, scheme, name: name.to_owned(), requests }
    }
}

/// An authority that signs certificates.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for `name` and its key.
    pub(super) fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }
}

/// A response with a body of text.
pub(super) fn ok(body: &str) -> String {
    response("200 OK", &[("Content-Type", "text/plain")], body)
}

/// A response with its length.
pub(super) fn response(status: &str, headers: &[(&str, &str)], body: &str) -> String {
    let headers: String = headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// Reads one request and answers it. Whoever hangs up gets no answer.
fn talk(stream: &mut (impl Read + Write), requests: &AtomicUsize, answer: &dyn Fn(String) -> String) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => request.extend(buffer.iter().take(count)),
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or_default() {
            requests.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(answer(text).as_bytes());
            let _ = stream.flush();
            return;
        }
    }
}
