//! Requests that are sent byte for byte, and their answers in a form in which two servers can be compared.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::server::PATIENCE;

/// A request, as the files in `cli/tests/serve/requests` have it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    pub(crate) body: Option<String>,
    /// The body is packed.
    #[serde(default)]
    gzip: bool,
    /// The body is sent in chunks.
    #[serde(default)]
    chunked: bool,
    /// Why we answer otherwise than OPA, where we do.
    #[serde(default)]
    pub(crate) differs: Option<String>,
}

/// An answer without what is never the same twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Those that clients look at, by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) headers: Map<String, Value>,
    pub(crate) body: String,
}

/// Sends a request and waits for the whole answer; nothing if there is none.
pub(crate) fn exchange(authority: &str, request: &Request) -> Result<Option<Reply>> {
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&request.bytes()?)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8(answer[..end].to_vec())?;
    let mut body = answer[end + 4..].to_vec();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("a status")?.parse()?;
    let mut headers = Map::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let name = name.to_ascii_lowercase();
        match &*name {
            "transfer-encoding" => body = joined(&body)?,
            "allow"
            | "content-encoding"
            | "content-type"
            | "location"
            | "vary"
            | "x-content-type-options" => {
                headers.insert(name, value.into());
            }
            _ => {}
        }
    }
    if headers.get("content-encoding").is_some_and(|coding| coding == "gzip") {
        let mut unpacked = Vec::new();
        GzDecoder::new(&*body).read_to_end(&mut unpacked)?;
        body = unpacked;
    }
    Ok(Some(Reply { status, headers, body: steady(&String::from_utf8(body)?) }))
}

impl Request {
    fn bytes(&self) -> Result<Vec<u8>> {
        let mut body = self.body.clone().unwrap_or_default().into_bytes();
        if self.gzip {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&body)?;
            body = encoder.finish()?;
        }
        let mut head =
            format!("{} {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head.extend([name, ": ", value.as_str().context("a text")?, "\r\n"]);
        }
        if self.chunked {
            let chunk = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n", body.len());
            return Ok([chunk.as_bytes(), &body, b"\r\n0\r\n\r\n"].concat());
        }
        if self.body.is_some() || matches!(&*self.method, "PUT" | "POST" | "PATCH") {
            head.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
        }
        Ok([head.as_bytes(), b"\r\n", &body].concat())
    }
}

/// The body of chunks.
fn joined(mut chunks: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|window| window == b"\r\n").context("the size of a chunk")?;
        let size = usize::from_str_radix(std::str::from_utf8(&chunks[..end])?, 16)?;
        if size == 0 {
            return Ok(body);
        }
        let from = end + 2;
        body.extend(&chunks[from..from + size]);
        chunks = &chunks[from + size + 2..];
    }
}

/// A body without what is never the same twice, and without what we don't have; the README of the cases lists both. One that has
/// nothing of it stays byte for byte.
fn steady(body: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let mut steady = value.clone();
    without_changing(&mut steady);
    if let Some(message) = steady.get_mut("message")
        && let Some((first, rest)) = message.as_str().and_then(|text| text.split_once(" errors occurred:\n"))
    {
        let mut lines: Vec<&str> = rest.split('\n').collect();
        lines.sort_unstable();
        *message = format!("{first} errors occurred:\n{}", lines.join("\n")).into();
    }
    for list in ["errors", "result"] {
        if let Some(Value::Array(items)) = steady.get_mut(list)
            && items.iter().all(|item| item.get("id").is_some() || item.get("location").is_some())
        {
            items.sort_by_key(|item| {
                (item["id"].to_string(), item["location"].to_string(), item["message"].to_string())
            });
        }
    }
    let layout = if body.contains("\n  ") { "indented: " } else { "" };
    // Errors have a trace of OPA's stack or none, whatever kind they are of.
    let stays = steady == value && value.get("errors").is_none();
    if stays { body.to_owned() } else { format!("{layout}{steady}") }
}

fn without_changing(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_changing),
        Value::Object(fields) => {
            for name in ["ast", "stack_trace", "labels"] {
                fields.remove(name);
            }
            if let Some(Value::Object(metrics)) = fields.get_mut("metrics") {
                metrics.remove("timer_rego_external_resolve_ns");
                metrics.remove("timer_rego_query_compile_ns");
                metrics.values_mut().for_each(|number| *number = 0.into());
            }
            if let Some(Value::Array(events)) = fields.get_mut("explanation") {
                for event in events.iter_mut().filter_map(Value::as_object_mut) {
                    event.remove("node");
                    event.remove("locals");
                }
            }
            fields.values_mut().for_each(without_changing);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
