//! The lines of the access log: one for each request, written when its answer was given out.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, Method, StatusCode, Uri};
use jiff::Timestamp;
use serde::Serialize;

use super::journal::LineFormat;
use crate::report::diagnostics::one_line;

/// What the answer to a request was about. Handlers leave it in the extensions of their response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Subject {
    /// The bundle, if there is one of the name that was asked for.
    pub(crate) bundle: Option<Arc<str>>,
    /// The revision that was sent, or that the client has already.
    pub(crate) revision: Option<Arc<str>>,
    /// Whose token came with the request.
    pub(crate) token: Option<Arc<str>>,
}

/// A request and how it was answered.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// When it was answered.
    pub(crate) time: Timestamp,
    pub(crate) client: SocketAddr,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) agent: Option<HeaderValue>,
    pub(crate) status: StatusCode,
    /// How many bytes of the body were given out.
    pub(crate) bytes: u64,
    /// How many there should have been.
    pub(crate) whole: u64,
    /// From the last byte of the headers to the last of the answer, waiting included.
    pub(crate) duration: Duration,
    pub(crate) subject: Subject,
}

#[derive(Serialize)]
struct Record<'a> {
    time: String,
    client: SocketAddr,
    method: &'a str,
    path: String,
    status: u16,
    bytes: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
    duration_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
}

impl Exchange {
    /// Appends the line, without its end. The query of the target is left out.
    pub(crate) fn write(&self, format: LineFormat, into: &mut Vec<u8>) {
        let record = self.record();
        // Writing to memory does not fail.
        let _ = match format {
            LineFormat::Json => serde_json::to_writer(into, &record).map_err(Into::into),
            LineFormat::Text => record.write_text(into),
        };
    }

    fn record(&self) -> Record<'_> {
        let agent = self.agent.as_ref().map(|agent| one_line(&String::from_utf8_lossy(agent.as_bytes())));
        Record {
            time: format!("{:.3}", self.time),
            client: self.client,
            method: self.method.as_str(),
            path: one_line(self.uri.path()),
            status: self.status.as_u16(),
            bytes: self.bytes,
            cut: self.bytes < self.whole,
            duration_ms: (self.duration.as_secs_f64() * 1e6).round() / 1e3,
            bundle: self.subject.bundle.as_deref(),
            revision: self.subject.revision.as_deref(),
            token: self.subject.token.as_deref(),
            user_agent: agent,
        }
    }
}

impl Record<'_> {
    fn write_text(&self, into: &mut Vec<u8>) -> std::io::Result<()> {
        let Self { time, client, method, path, status, bytes, duration_ms, .. } = self;
        write!(into, "{time} {client} {method} {path} {status} {bytes}B {duration_ms}ms")?;
        if self.cut {
            write!(into, " cut")?;
        }
        for (name, value) in [("bundle", self.bundle), ("revision", self.revision), ("token", self.token)] {
            if let Some(value) = value {
                write!(into, " {name}={}", one_line(value))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange() -> Exchange {
        Exchange {
            time: Timestamp::from_millisecond(1_700_000_000_123).unwrap(),
            client: "127.0.0.1:4000".parse().unwrap(),
            method: Method::GET,
            uri: Uri::from_static("/bundles/a%0Ab?secret=1"),
            agent: Some(HeaderValue::from_bytes(b"curl \x9b\"").unwrap()),
            status: StatusCode::OK,
            bytes: 10,
            whole: 20,
            duration: Duration::from_nanos(1_234_567),
            subject: Subject {
                bundle: Some("authz".into()),
                revision: Some("r\u{202e}1".into()),
                token: None,
            },
        }
    }

    fn line(format: LineFormat) -> String {
        let mut line = Vec::new();
        exchange().write(format, &mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_line_tells_who_got_what_and_how_long_it_took() {
        assert_eq!(
            line(LineFormat::Text),
            "2023-11-14T22:13:20.123Z 127.0.0.1:4000 GET /bundles/a%0Ab 200 10B 1.235ms cut bundle=authz revision=r\\u{202e}1"
        );
        assert_eq!(
            line(LineFormat::Json),
            "{\"time\":\"2023-11-14T22:13:20.123Z\",\"client\":\"127.0.0.1:4000\",\"method\":\"GET\",\"path\":\"/bundles/a%0Ab\",\
             \"status\":200,\"bytes\":10,\"cut\":true,\"duration_ms\":1.235,\"bundle\":\"authz\",\"revision\":\"r\u{202e}1\",\
             \"user_agent\":\"curl \u{fffd}\\\"\"}"
        );
    }
}
