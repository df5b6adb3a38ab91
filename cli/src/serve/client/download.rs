//! One request for a bundle, by OPA's protocol.

use std::fmt;
use std::io::Read as _;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};

use super::service::{self, ServiceClient};

/// What is asked for again and again.
#[derive(Debug)]
pub(super) struct Download {
    pub(super) client: ServiceClient,
    pub(super) resource: String,
    /// How many bytes an archive may have.
    pub(super) most_bytes: u64,
    /// How long the service may wait for a change, as long as it says that it does.
    pub(super) wait: Option<Duration>,
    /// Whether changes alone are taken too.
    pub(super) takes_deltas: bool,
    /// The entity tag of what there is, exactly as it was sent.
    pub(super) etag: String,
    pub(super) polls_long: bool,
}

/// What the service had to say.
#[derive(Debug)]
pub(super) enum Answer {
    New(Vec<u8>),
    NotModified,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DownloadError {
    /// The service refused.
    Status(u16),
    Other(String),
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => {
                let status = StatusCode::from_u16(*code).ok().and_then(|status| status.canonical_reason());
                write!(f, "server replied with {}", status.unwrap_or_default())
            }
            Self::Other(message) => f.write_str(message),
        }
    }
}

impl Download {
    /// Asks once. The entity tag is then that of the answer, and the next request waits if the service does that.
    ///
    /// # Errors
    /// Why there is nothing; the entity tag is then forgotten.
    pub(super) fn ask(&mut self) -> Result<Answer, DownloadError> {
        let answer = self.exchange();
        if answer.is_err() {
            self.etag.clear();
        }
        answer
    }

    fn exchange(&mut self) -> Result<Answer, DownloadError> {
        let modes = if self.takes_deltas { "modes=snapshot,delta" } else { "modes=snapshot" };
        let wait = self.wait.filter(|_| self.polls_long);
        let prefer = match wait {
            Some(wait) => format!("{modes};wait={}", wait.as_secs()),
            None => modes.to_owned(),
        };
        let patience = self.client.patience();
        let request = self.client.request(Method::GET, &self.resource).map_err(DownloadError::Other)?;
        let mut request = request.header("prefer", prefer);
        if let (Some(wait), Some(patience)) = (wait, patience) {
            // OPA would wait for ever.
            request = request.timeout(wait.saturating_add(patience));
        }
        if !self.etag.is_empty() {
            request = request.header(IF_NONE_MATCH, &self.etag);
        }
        let answer = service::send(request).map_err(DownloadError::Other)?;
        match answer.status() {
            StatusCode::OK => {
                let etag = text(answer.headers(), ETAG.as_str());
                let polls_long = text(answer.headers(), CONTENT_TYPE.as_str()) == WAITING;
                let bytes = self.body(answer)?;
                self.etag = etag;
                self.polls_long = polls_long;
                Ok(Answer::New(bytes))
            }
            StatusCode::NOT_MODIFIED => {
                let etag = text(answer.headers(), ETAG.as_str());
                if !etag.is_empty() {
                    self.etag = etag;
                }
                Ok(Answer::NotModified)
            }
            status => Err(DownloadError::Status(status.as_u16())),
        }
    }

    /// Reads an archive in a time in which also a slow connection brings it.
    fn body(&self, answer: reqwest::blocking::Response) -> Result<Vec<u8>, DownloadError> {
        let most = self.most_bytes;
        let too_large = || DownloadError::Other(format!("the bundle is larger than {most} bytes"));
        if answer.content_length().is_some_and(|length| length > most) {
            return Err(too_large());
        }
        let begun = Instant::now();
        let mut answer = answer.take(most.saturating_add(1));
        let mut bytes = Vec::new();
        let mut part = vec![0; PART];
        loop {
            let count = answer.read(&mut part).map_err(|error| {
                let cause = error.get_ref().and_then(|error| error.downcast_ref::<reqwest::Error>());
                let cause = cause.map_or_else(|| error.to_string(), service::root);
                DownloadError::Other(format!("the bundle did not come to its end: {cause}"))
            })?;
            if count == 0 {
                break;
            }
            bytes.extend_from_slice(part.get(..count).unwrap_or_default());
            let due = u64::try_from(bytes.len()).unwrap_or(u64::MAX) / LEAST_PER_SECOND;
            if begun.elapsed() > GRACE.saturating_add(Duration::from_secs(due)) {
                return Err(DownloadError::Other("the bundle comes too slowly".to_owned()));
            }
        }
        if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
            return Err(too_large());
        }
        Ok(bytes)
    }
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// The media type with which services say that they wait for changes.
const WAITING: &str = "application/vnd.openpolicyagent.bundles";

/// How much is read at once.
const PART: usize = 64 << 10;

/// A service that gives less is as good as none, after the grace.
const LEAST_PER_SECOND: u64 = 1_024;
const GRACE: Duration = Duration::from_mins(1);
