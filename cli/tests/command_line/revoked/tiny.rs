//! A server of a few lines that speaks as much of OPA's REST API as is asked, and fails as told.
#![expect(clippy::indexing_slicing, reason = "what a JSON value does not have is null")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;
use serde_json::{Value, json};

/// What happens when the list is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is done, but the connection breaks before the answer.
    Silence,
    /// It is done, and the server is gone.
    Gone,
    /// Somebody else takes the first entry away before it is done.
    Overtaken,
}

/// What the server knows.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) list: Option<Value>,
    pub(super) grants: Value,
    pub(super) fate: Option<Fate>,
    pub(super) is_gone: bool,
}

/// Starts a server that ends with the process.
pub(super) fn start(state: State) -> Result<(String, Arc<Mutex<State>>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let shared = Arc::new(Mutex::new(state));
    let state = Arc::clone(&shared);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // What goes wrong is seen by whoever sent the request.
            let _ = serve(stream, &state);
        }
    });
    Ok((url, shared))
}

/// Starts a server that answers every request with the same bytes.
pub(super) fn parrot(answer: &'static [u8]) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = request(&stream);
            if answer == HANGING {
                thread::spawn(move || {
                    thread::sleep(std::time::Duration::from_secs(30));
                    drop(stream);
                });
            } else {
                let _ = stream.write_all(answer);
            }
        }
    });
    Ok(url)
}

/// No answer at all, for a long time.
pub(super) const HANGING: &[u8] = b"hanging";

/// The method, the path and the body.
fn request(stream: &TcpStream) -> Result<(String, String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = first.split_whitespace().map(str::to_owned);
    Ok((words.next().unwrap_or_default(), words.next().unwrap_or_default(), body))
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) -> Result<()> {
    let (method, path, body) = request(&stream)?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    if state.is_gone {
        return Ok(());
    }
    let fate = if matches!(&*method, "PATCH" | "PUT") { state.fate.take() } else { None };
    if fate == Some(Fate::Overtaken)
        && let Some(Value::Array(list)) = &mut state.list
    {
        list.remove(0);
    }
    let answer = answer(&method, &path, &body, &mut state);
    state.is_gone = fate == Some(Fate::Gone);
    if matches!(fate, Some(Fate::Silence | Fate::Gone)) {
        return Ok(());
    }
    let (status, text) = match answer {
        Some(document) => ("200 OK", document.to_string()),
        None => ("204 No Content", String::new()),
    };
    let length = text.len();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}")?;
    Ok(())
}

/// The document that is answered; none for a change.
fn answer(method: &str, path: &str, body: &Value, state: &mut State) -> Option<Value> {
    let list = state.list.clone().unwrap_or_default();
    let entries = list.as_array().cloned().unwrap_or_default();
    match (method, path) {
        ("GET", "/v1/data/grants") => Some(json!({ "result": state.grants })),
        ("GET", _) => Some(state.list.as_ref().map_or(json!({}), |list| json!({ "result": list }))),
        ("POST", _) => {
            let banned = |name: &str| entries.contains(&body["input"][name]);
            let allow = !banned("caller_spiffe_id") && !banned("callee_spiffe_id");
            Some(json!({ "result": { "allow": allow, "reasons": [], "matched_grants": [] } }))
        }
        ("PUT", _) => {
            state.list = Some(body.clone());
            None
        }
        ("PATCH", _) => {
            let mut entries = entries;
            let operation = &body[0];
            let index =
                operation["path"].as_str().and_then(|path| path.strip_prefix('/')?.parse::<usize>().ok());
            if operation["op"] == "add" {
                entries.push(operation["value"].clone());
            } else if let Some(index) = index.filter(|index| *index < entries.len()) {
                entries.remove(index);
            }
            state.list = Some(Value::Array(entries));
            None
        }
        _ => Some(json!({})),
    }
}
