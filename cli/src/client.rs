//! A client of OPA's REST API: asks for decisions, reads documents, and changes a list in them.

use std::io::Read as _;
use std::time::Duration;

use portcullis::document;
use portcullis::source::SourceId;
use portcullis::value::Value;
use reqwest::blocking::{Client as Http, RequestBuilder, Response};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Certificate, StatusCode, Url, redirect};

use crate::publish::PlainHttp;
use crate::refusal::Refusal;

/// How to reach a server.
#[derive(Debug)]
pub(crate) struct Access {
    /// A bearer token.
    pub(crate) token: Option<String>,
    /// Certificates in PEM of those who vouch for the server, instead of the system's.
    pub(crate) authorities: Option<Vec<u8>>,
    /// How long one request may take.
    pub(crate) timeout: Duration,
    /// Whether other machines may be spoken to without TLS.
    pub(crate) plain_http: PlainHttp,
}

/// A server that speaks OPA's REST API.
#[derive(Debug)]
pub(crate) struct Client {
    http: Http,
    base: Url,
}

/// What came of the change of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    /// It was made.
    Done,
    /// There is no such document or element, or for one that must not be there yet: there is.
    Otherwise,
}

impl Client {
    /// A client of the server at a URL, which may have a path that the API lies below.
    ///
    /// # Errors
    /// When it is no URL, may not be reached so, or the token or the certificates can't be used.
    pub(crate) fn new(url: &str, access: &Access) -> Result<Self, Refusal> {
        let base = Url::parse(url).map_err(|error| Refusal::new(format!("`{url}` is no URL: {error}")))?;
        if !base.username().is_empty() || base.password().is_some() {
            // Not repeated: it would end up in logs.
            return Err(Refusal::new("the URL of the server has credentials in it, which logs would show")
                .with_help("give a token with --token-file"));
        }
        if !matches!(base.scheme(), "http" | "https") || base.query().is_some() || base.fragment().is_some() {
            return Err(Refusal::new(format!("`{url}` is no URL of a server"))
                .with_help("it looks like https://opa.example:8181"));
        }
        if base.scheme() == "http" {
            access.plain_http.allow(base.host_str().unwrap_or_default()).map_err(|error| {
                let refusal = Refusal::new(error.to_string());
                refusal.with_help(error.help().unwrap_or("use https").to_owned())
            })?;
        }
        let mut headers = HeaderMap::new();
        if let Some(token) = &access.token {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| Refusal::new("the token has characters that a header can't have"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let mut builder = Http::builder()
            .default_headers(headers)
            .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")))
            // The token is for the server that the user named.
            .redirect(redirect::Policy::none())
            .connect_timeout(access.timeout)
            .timeout(access.timeout);
        if let Some(pem) = &access.authorities {
            let certificates = Certificate::from_pem_bundle(pem).ok().filter(|found| !found.is_empty());
            let certificates = certificates.ok_or_else(|| {
                Refusal::new("the file of --ca-file has no certificate in PEM that can be read")
            })?;
            builder = builder.tls_certs_only(certificates);
        }
        let http = builder
            .build()
            .map_err(|error| Refusal::new(format!("no connection can be made: {}", root(&error))))?;
        Ok(Self { http, base })
    }

    /// The server, as messages call it.
    pub(crate) fn name(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The document at a path below `data`; none if it is undefined.
    ///
    /// # Errors
    /// When the server can't be asked, or its answer is none.
    pub(crate) fn document(&self, path: &[&str]) -> Result<Option<Value>, Refusal> {
        self.read(self.http.get(self.url(path)))
    }

    /// What the policies of the server make of an input at a path below `data`; none if it is undefined.
    ///
    /// # Errors
    /// When the server can't be asked, or its answer is none.
    pub(crate) fn decide(&self, path: &[&str], input: &Value) -> Result<Option<Value>, Refusal> {
        let body = format!("{{\"input\":{}}}", input.to_json());
        self.read(self.http.post(self.url(path)).header(CONTENT_TYPE, JSON).body(body))
    }

    /// Appends to a list, whatever others append at the same time. Where there is no such document: [`Changed::Otherwise`].
    ///
    /// # Errors
    /// When the server does not do it.
    pub(crate) fn append(&self, path: &[&str], value: &Value) -> Result<Changed, Refusal> {
        self.patch(path, format!("[{{\"op\":\"add\",\"path\":\"/-\",\"value\":{}}}]", value.to_json()))
    }

    /// Removes the element at a position from a list. Where there is none: [`Changed::Otherwise`].
    ///
    /// # Errors
    /// When the server does not do it.
    pub(crate) fn remove(&self, path: &[&str], index: usize) -> Result<Changed, Refusal> {
        self.patch(path, format!("[{{\"op\":\"remove\",\"path\":\"/{index}\"}}]"))
    }

    /// Makes a document where there is none. Where there is one: [`Changed::Otherwise`].
    ///
    /// # Errors
    /// When the server does not do it.
    pub(crate) fn create(&self, path: &[&str], value: &Value) -> Result<Changed, Refusal> {
        let request = self.http.put(self.url(path)).header(CONTENT_TYPE, JSON).header(IF_NONE_MATCH, "*");
        self.change(request.body(value.to_json()))
    }

    fn patch(&self, path: &[&str], body: String) -> Result<Changed, Refusal> {
        self.change(
            self.http.patch(self.url(path)).header(CONTENT_TYPE, "application/json-patch+json").body(body),
        )
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // URLs of these schemes have segments.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["v1", "data"]).extend(path);
        }
        url
    }

    fn read(&self, request: RequestBuilder) -> Result<Option<Value>, Refusal> {
        let answer = self.send(request)?;
        if answer.status() != StatusCode::OK {
            return Err(self.refused(answer));
        }
        let body = self.body(answer)?;
        let text = std::str::from_utf8(&body).ok();
        let document = text.and_then(|text| document::json_value(SourceId::default(), text).ok());
        match document {
            Some(Value::Object(object)) => Ok(object.get_str("result").cloned()),
            Some(_) | None => {
                Err(Refusal::new(format!("`{}` answered something that OPA does not", self.name()))
                    .with_help("the URL has to be that of OPA's REST API, without /v1"))
            }
        }
    }

    fn change(&self, request: RequestBuilder) -> Result<Changed, Refusal> {
        let answer = self.send(request)?;
        match answer.status() {
            StatusCode::NO_CONTENT | StatusCode::OK => Ok(Changed::Done),
            StatusCode::NOT_FOUND | StatusCode::NOT_MODIFIED => Ok(Changed::Otherwise),
            _ => Err(self.refused(answer)),
        }
    }

    fn send(&self, request: RequestBuilder) -> Result<Response, Refusal> {
        request.send().map_err(|error| {
            let why = if error.is_timeout() { "it did not answer in time".to_owned() } else { root(&error) };
            Refusal::new(format!("`{}` can't be asked: {why}", self.name()))
        })
    }

    fn body(&self, answer: Response) -> Result<Vec<u8>, Refusal> {
        let mut body = Vec::new();
        let failed =
            |why: String| Refusal::new(format!("the answer of `{}` can't be read: {why}", self.name()));
        answer.take(MOST_BYTES + 1).read_to_end(&mut body).map_err(|error| failed(root(&error)))?;
        if u64::try_from(body.len()).is_ok_and(|length| length > MOST_BYTES) {
            return Err(failed(format!("it has more than {MOST_BYTES} bytes")));
        }
        Ok(body)
    }

    fn refused(&self, answer: Response) -> Refusal {
        let status = answer.status();
        let body = self.body(answer).unwrap_or_default();
        let document = document::json_value(SourceId::default(), &String::from_utf8_lossy(&body)).ok();
        let message = document.as_ref().and_then(|error| error.lookup(&["message"])?.as_str());
        let message: String = message.unwrap_or_default().chars().take(MOST_SHOWN).collect();
        let separator = if message.is_empty() { "" } else { ": " };
        let refusal = Refusal::new(format!("`{}` answered {status}{separator}{message}", self.name()));
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                refusal.with_help("give a token that may do this with --token-file or PORTCULLIS_TOKEN")
            }
            StatusCode::BAD_REQUEST if message.contains("owned by bundle") => refusal.with_help(
                "a bundle owns this document: ban with --data FILE in the folder that the bundle is built of, then build and \
                 publish the bundle",
            ),
            _ if status.is_redirection() => refusal.with_help("name the server that it leads to"),
            _ => refusal,
        }
    }
}

/// What lies at the root of an error.
fn root(error: &dyn std::error::Error) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

const JSON: &str = "application/json";
/// A larger answer is none.
const MOST_BYTES: u64 = 256 << 20;
/// How much of a server's message is shown.
const MOST_SHOWN: usize = 300;
