//! One HTTP exchange with a blocking client. It must not run on a thread of an asynchronous runtime.

use std::io::{ErrorKind, Read as _};
use std::net::{IpAddr, ToSocketAddrs as _};

use portcullis::host::{HostError, HttpRequest, HttpResponse};
use reqwest::blocking::{Client, Response};
use reqwest::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url, redirect};

use super::tls;

/// Sends a request and reads the whole response. Each exchange has its own connection.
pub(super) fn exchange(request: &HttpRequest) -> Result<HttpResponse, HostError> {
    let mut url = Url::parse(&request.url).map_err(|error| failed(&error))?;
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|error| failed(&error))?;
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let invalid = |part: &str, text: &str| HostError::Failed {
            message: format!("net/http: invalid header field {part} {text:?}"),
        };
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("name", name))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid("value for", name))?;
        headers.append(header, value);
    }

    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(request.timeout)
        .pool_max_idle_per_host(0)
        .http1_title_case_headers();
    if url.scheme() == "https" {
        builder = builder.tls_backend_preconfigured(tls::configuration(&request.tls)?);
        if let Some(addresses) = redirect_to_server_name(request, &mut url, &mut headers)? {
            builder = builder.resolve_to_addrs(url.host_str().unwrap_or_default(), &addresses);
        }
    }
    #[cfg(unix)]
    if let Some(socket) = &request.socket {
        builder = builder.unix_socket(socket.as_str());
    }
    let client = builder.build().map_err(|error| failed(&error))?;
    let sent = client.request(method, url).headers(headers).body(request.body.clone()).send();
    read(sent.map_err(|error| described(&error, request))?, request)
}

/// The name that the server has to have is also the one that it is asked for while the connection is made, so the
/// URL gets that name, with the addresses of the one before, which goes into the `Host` header.
fn redirect_to_server_name(
    request: &HttpRequest,
    url: &mut Url,
    headers: &mut HeaderMap,
) -> Result<Option<Vec<std::net::SocketAddr>>, HostError> {
    let Some(name) = request.tls.server_name.as_deref() else { return Ok(None) };
    let name = name.split(':').next().unwrap_or_default();
    if name.parse::<IpAddr>().is_ok() || url.host_str() == Some(name) {
        return Ok(None);
    }
    let addresses = url.socket_addrs(|| None).or_else(|_| {
        let port = url.port_or_known_default().unwrap_or(443);
        (url.host_str().unwrap_or_default(), port).to_socket_addrs().map(Iterator::collect)
    });
    let addresses: Vec<_> = addresses.map_err(|error| failed(&error))?;
    if !headers.contains_key(HOST) {
        let host = HeaderValue::from_str(request.authority()).map_err(|error| failed(&error))?;
        headers.insert(HOST, host);
    }
    url.set_host(Some(name)).map_err(|error| failed(&error))?;
    Ok(Some(addresses))
}

fn read(response: Response, request: &HttpRequest) -> Result<HttpResponse, HostError> {
    let status = response.status();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers =
        response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let mut body = Vec::new();
    let read = response.take(MAX_BODY + 1).read_to_end(&mut body);
    read.map_err(|error| match error.get_ref().and_then(|source| source.downcast_ref::<reqwest::Error>()) {
        Some(error) => described(error, request),
        None if error.kind() == ErrorKind::TimedOut => timeout(),
        None => failed(&error),
    })?;
    if u64::try_from(body.len()).unwrap_or(u64::MAX) > MAX_BODY {
        return Err(HostError::Failed { message: format!("response body of more than {MAX_BODY} bytes") });
    }
    let reason = status.canonical_reason().unwrap_or_default();
    let status_text = format!("{} {reason}", status.as_u16());
    Ok(HttpResponse {
        status_code: status.as_u16(),
        status: status_text.trim_end().to_owned(),
        headers,
        body,
    })
}

/// Go's words for what happens most, otherwise what lies at the root of the error.
fn described(error: &reqwest::Error, request: &HttpRequest) -> HostError {
    if error.is_timeout() {
        return timeout();
    }
    let mut root: &dyn std::error::Error = error;
    let mut kind = None;
    while let Some(source) = root.source() {
        root = source;
        kind = root.downcast_ref::<std::io::Error>().map(std::io::Error::kind).or(kind);
    }
    let authority = request.authority();
    match kind {
        Some(ErrorKind::TimedOut) => timeout(),
        Some(ErrorKind::ConnectionRefused) => {
            HostError::Failed { message: format!("dial tcp {authority}: connect: connection refused") }
        }
        _ if error.is_connect() => {
            HostError::Failed { message: format!("tls or connection to {authority}: {root}") }
        }
        _ => HostError::Failed { message: root.to_string() },
    }
}

fn timeout() -> HostError {
    HostError::Timeout { message: "timed out".to_owned() }
}

fn failed(error: &dyn std::error::Error) -> HostError {
    HostError::Failed { message: error.to_string() }
}

/// A body that takes more than this is no document for a policy.
const MAX_BODY: u64 = 256 * 1024 * 1024;
