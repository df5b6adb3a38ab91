//! Publishing by an HTTP `PUT`, conditional on what was there if the server has entity tags (RFC 9110).

use std::io::{self, Cursor, Read};
use std::time::Duration;

use bytes::Bytes;
use reqwest::blocking::{Body, Client, Response};
use reqwest::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
    IF_NONE_MATCH, LOCATION, RETRY_AFTER,
};
use reqwest::{StatusCode, Url, redirect};

use super::artefact::{Artefact, Digest};
use super::retry::{Failure, Patience, may_pass};
use super::{Mode, Options, Outcome, PublishError, Receipt};
use crate::io::Io;
use crate::progress::Progress;

/// Puts a bundle to a URL.
///
/// # Errors
/// Why it could not be done.
pub(super) fn publish(
    url: &str,
    artefact: &Artefact,
    options: &Options,
    io: &mut Io,
) -> Result<Receipt, PublishError> {
    let endpoint = Endpoint::new(url, artefact, options)?;
    let outcome =
        Patience::new(options.retries).run(io, |io| endpoint.attempt(artefact, options.mode, io))?;
    Ok(Receipt { outcome, place: url.to_owned(), digest: artefact.digest.to_string() })
}

struct Endpoint {
    client: Client,
    url: Url,
}

/// What is at the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// This very bundle.
    Same,
    /// Something else. With a strong entity tag, replacing it can be made conditional.
    Other { tag: Option<HeaderValue> },
    /// Nothing.
    Nothing,
    /// The server does not say: some endpoints can only be written.
    Unknown,
}

impl Endpoint {
    fn new(url: &str, artefact: &Artefact, options: &Options) -> Result<Self, PublishError> {
        let parsed =
            Url::parse(url).map_err(|error| PublishError::new(format!("`{url}` is no URL: {error}")))?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            // Not repeated: it would end up in logs.
            return Err(PublishError::new("the URL has credentials in it, which logs would show")
                .with_help("give them with --token-file, or with --header"));
        }
        if parsed.scheme() == "http" {
            options.plain_http.allow(parsed.host_str().unwrap_or_default())?;
        }
        let client = Client::builder()
            .default_headers(headers(options)?)
            .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")))
            // Credentials are for the server that the user named.
            .redirect(redirect::Policy::none())
            // What is there is compared byte for byte.
            .gzip(false)
            .connect_timeout(CONNECT)
            .timeout(time_for(artefact.size()))
            .build();
        let client =
            client.map_err(|error| PublishError::new(format!("no connection can be made: {error}")))?;
        Ok(Self { client, url: parsed })
    }

    fn attempt(&self, artefact: &Artefact, mode: Mode, io: &mut Io) -> Result<Outcome, Failure> {
        let found = self.look(artefact)?;
        if found == Found::Same {
            return Ok(Outcome::AlreadyThere);
        }
        if mode == Mode::DryRun {
            return Ok(Outcome::WouldPublish);
        }
        let progress = Progress::of_bytes(artefact.size(), io.err_is_terminal);
        let body = Counted { content: Cursor::new(artefact.bytes.clone()), progress: progress.clone() };
        let request = self.client.put(self.url.clone()).body(Body::sized(body, artefact.size()));
        let request = match found {
            Found::Other { tag: Some(tag) } => request.header(IF_MATCH, tag),
            Found::Nothing => request.header(IF_NONE_MATCH, "*"),
            Found::Other { tag: None } | Found::Unknown | Found::Same => request,
        };
        let answer = request.send();
        progress.finish();
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        match answer.status() {
            status if status.is_success() => Ok(Outcome::Published),
            // It may also be that an attempt before this one came through, though its answer did not.
            StatusCode::PRECONDITION_FAILED => Err(Failure::Overtaken(
                self.refused(&answer).with_help("somebody else publishes to the same place"),
            )),
            _ => Err(self.failure(&answer)),
        }
    }

    fn look(&self, artefact: &Artefact) -> Result<Found, Failure> {
        let answer = self.client.head(self.url.clone()).send().map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Ok(Found::Nothing);
        }
        if may_pass(status.as_u16()) {
            return Err(self.failure(&answer));
        }
        if !status.is_success() {
            return Ok(Found::Unknown);
        }
        let length = answer.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        if length == Some(artefact.size().to_string().as_str())
            && self.content(artefact)? == Some(artefact.digest.clone())
        {
            return Ok(Found::Same);
        }
        // A weak tag says that two contents mean the same, not that they are.
        let tag = answer.headers().get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""));
        Ok(Found::Other { tag: tag.cloned() })
    }

    /// The digest of what is there, as far as it can be read.
    fn content(&self, artefact: &Artefact) -> Result<Option<Digest>, Failure> {
        let answer = self.client.get(self.url.clone()).send().map_err(|error| self.unreachable(&error))?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        let mut content = Vec::new();
        let read = answer.take(artefact.size().saturating_add(1)).read_to_end(&mut content);
        Ok(read.is_ok().then(|| Digest::of(&content)))
    }

    fn failure(&self, answer: &Response) -> Failure {
        let error = self.refused(answer);
        if !may_pass(answer.status().as_u16()) {
            return Failure::Lasting(error);
        }
        let seconds =
            answer.headers().get(RETRY_AFTER).and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        Failure::Passing { error, not_before: seconds.map(Duration::from_secs) }
    }

    fn refused(&self, answer: &Response) -> PublishError {
        let status = answer.status();
        let error = PublishError::new(format!("`{}` answered {status}", self.url));
        let location = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        match (status, location) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => error.with_help(
                "give a token with --token-file or PORTCULLIS_TOKEN, or other headers with --header",
            ),
            // So say servers of WebDAV.
            (StatusCode::CONFLICT, _) => error.with_help("the folder may be missing on the server"),
            (StatusCode::PAYLOAD_TOO_LARGE, _) => {
                error.with_help("the server has a limit on the size of requests")
            }
            (_, Some(location)) if status.is_redirection() => {
                error.with_help(format!("if that is where to publish, name it: {location}"))
            }
            _ => error,
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut root: &dyn std::error::Error = error;
        while let Some(source) = root.source() {
            root = source;
        }
        let error = PublishError::new(format!("`{}` can't be reached: {root}", self.url));
        Failure::Passing { error, not_before: None }
    }
}

fn headers(options: &Options) -> Result<HeaderMap, PublishError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/gzip"));
    let secret = |value: &str| {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some(value)
    };
    if let Some(token) = &options.access.token {
        let value = secret(&format!("Bearer {token}"))
            .ok_or_else(|| PublishError::new("the token has characters that a header can't have"))?;
        headers.insert(AUTHORIZATION, value);
    }
    for (name, value) in &options.access.headers {
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok().zip(secret(value));
        let (name, value) =
            parsed.ok_or_else(|| PublishError::new(format!("`{name}` is no header that can be sent")))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// A server that takes less than 64 KiB in a second is as good as none.
fn time_for(size: u64) -> Duration {
    CONNECT.saturating_add(Duration::from_mins(1).saturating_add(Duration::from_secs(size / (64 * 1024))))
}

const CONNECT: Duration = Duration::from_secs(30);

/// Content that says how far it was read.
struct Counted {
    content: Cursor<Bytes>,
    progress: Progress,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.progress.advance(u64::try_from(count).unwrap_or_default());
        Ok(count)
    }
}
