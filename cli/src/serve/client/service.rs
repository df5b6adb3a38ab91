//! Requests to a service of the configuration. They block, and so are not for threads of an asynchronous runtime.

use std::path::Path;
use std::time::Duration;

use portcullis::host::{Identity, Tls};
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::host;
use crate::serve::opa_config::{Credentials, Service, Token};

/// A service, with the connections to it.
#[derive(Debug)]
pub(crate) struct ServiceClient {
    service: Service,
    headers: HeaderMap,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    client: Client,
    /// What the files said that it was made with.
    tls: Tls,
}

impl ServiceClient {
    /// # Errors
    /// When a header can't be sent.
    pub(crate) fn new(service: Service) -> Result<Self, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &service.headers {
            let header = HeaderName::from_bytes(name.as_bytes()).ok().zip(secret(&value.0));
            let (header, value) = header.ok_or_else(|| {
                format!("the service `{}` has `{name}`, which is no header that can be sent", service.name)
            })?;
            headers.insert(header, value);
        }
        Ok(Self { service, headers, current: None })
    }

    /// How long the headers of an answer may take.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.service.response_header_timeout
    }

    /// A request for a path below the service's URL. Certificates and tokens are read again if their files changed.
    ///
    /// # Errors
    /// When a file can't be read or used.
    pub(crate) fn request(&mut self, method: Method, path: &str) -> Result<RequestBuilder, String> {
        let url = format!("{}/{}", self.service.url, path.trim_matches('/'));
        let authorization = self.authorization()?;
        let patience = self.patience().unwrap_or(ENDLESS);
        let request = self.client()?.request(method, url).timeout(patience);
        Ok(match authorization {
            Some(authorization) => request.header(AUTHORIZATION, authorization),
            None => request,
        })
    }

    fn authorization(&self) -> Result<Option<HeaderValue>, String> {
        let Credentials::Bearer { scheme, token } = &self.service.credentials else { return Ok(None) };
        let read;
        let token = match token {
            Token::Literal(token) => &token.0,
            Token::File(path) => {
                read = fs_err::read_to_string(path).map_err(|error| format!("no token: {error}"))?;
                read.trim()
            }
        };
        let value = secret(&format!("{scheme} {token}"));
        value.map(Some).ok_or_else(|| "the token has characters that a header can't have".to_owned())
    }

    fn client(&mut self) -> Result<&Client, String> {
        let tls = self.tls()?;
        let is_fresh = self.current.as_ref().is_some_and(|current| current.tls == tls);
        if !is_fresh {
            self.current = None;
        }
        match &mut self.current {
            Some(current) => Ok(&current.client),
            current @ None => {
                let configuration = host::tls::configuration(&tls).map_err(|error| error.to_string())?;
                let client = Client::builder()
                    .tls_backend_preconfigured(configuration)
                    .user_agent(concat!("Portcullis/", env!("CARGO_PKG_VERSION")))
                    .default_headers(self.headers.clone())
                    .connect_timeout(CONNECT)
                    .build();
                let client =
                    client.map_err(|error| format!("no connection can be made: {}", root(&error)))?;
                Ok(&current.insert(Current { client, tls }).client)
            }
        }
    }

    fn tls(&self) -> Result<Tls, String> {
        let read = |path: &Path| fs_err::read(path).map_err(|error| error.to_string());
        let service = &self.service;
        let authorities = service.ca_cert.as_deref().map(read).transpose()?;
        let identity = match &service.credentials {
            Credentials::ClientTls { cert, key } => {
                Some(Identity { certificates: read(cert)?, key: read(key)? })
            }
            Credentials::None | Credentials::Bearer { .. } => None,
        };
        Ok(Tls {
            insecure_skip_verify: service.allow_insecure_tls,
            use_system_certificates: authorities.is_none() || service.system_ca_required,
            ca_certificates: authorities.into_iter().collect(),
            identities: identity.into_iter().collect(),
            server_name: None,
        })
    }
}

/// Sends a request.
///
/// # Errors
/// Why there is no answer, without the URL, in which there may be secrets.
pub(crate) fn send(request: RequestBuilder) -> Result<Response, String> {
    request.send().map_err(|error| format!("request failed: {}", root(&error)))
}

/// The innermost cause, which says most.
pub(crate) fn root(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "the answer took too long".to_owned();
    }
    if error.is_redirect() {
        return "there were too many redirects".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn secret(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(30);

/// A day is as good as no limit.
const ENDLESS: Duration = Duration::from_hours(24);
