//! A server of a few lines for what real ones do rarely: fail for a while, answer and lose the answer, have entity tags.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context, Result};

/// What a server has, and what it was asked for.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// What is served; its length is its entity tag.
    pub(crate) content: Option<Vec<u8>>,
    /// Requests: the method, and the condition that came with it.
    pub(crate) seen: Vec<String>,
    /// The headers of the last request.
    pub(crate) headers: Vec<String>,
    /// How the next requests that write end.
    pub(crate) fate: Vec<Fate>,
}

/// How a request ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    /// With a status, and nothing is done.
    Status(u16),
    /// It is done, but the connection breaks before the answer.
    Silence,
    /// Another publisher comes first.
    Overtaken,
}

/// Starts a server that ends with the process.
pub(crate) fn start(state: State) -> Result<(SocketAddr, Arc<Mutex<State>>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let shared = Arc::new(Mutex::new(state));
    let state = Arc::clone(&shared);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // One request a connection; what goes wrong is seen by whoever sent it.
            let _ = serve(stream, &state);
        }
    });
    Ok((address, shared))
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        let found = lines.iter().filter_map(|line| line.split_once(": "));
        found.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    let method = lines.first().and_then(|line| line.split(' ').next()).context("a method")?.to_owned();
    let mut body =
        vec![0; header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default()];
    reader.read_exact(&mut body)?;
    let (must, must_not) = (header("if-match"), header("if-none-match"));
    let mut state = state.lock().ok().context("a test panicked")?;
    let condition = must
        .iter()
        .map(|tag| format!(" if {tag}"))
        .chain(must_not.iter().map(|tag| format!(" unless {tag}")));
    state.seen.push(format!("{method}{}", condition.collect::<String>()));
    state.headers = lines;

    let tag = |content: &[u8]| format!("\"{}\"", content.len());
    let (status, content) = match method.as_str() {
        "PUT" => {
            let fate = if state.fate.is_empty() { None } else { Some(state.fate.remove(0)) };
            if matches!(fate, Some(Fate::Overtaken)) {
                state.content = Some(b"of another publisher".to_vec());
            }
            let now = state.content.as_deref().map(tag);
            let holds =
                must.is_none_or(|tag| now.as_ref() == Some(&tag)) && (must_not.is_none() || now.is_none());
            match fate {
                Some(Fate::Status(status)) => (status, Vec::new()),
                _ if !holds => (412, Vec::new()),
                Some(Fate::Silence) => {
                    state.content = Some(body);
                    return Ok(());
                }
                Some(Fate::Overtaken) | None => {
                    state.content = Some(body);
                    (201, Vec::new())
                }
            }
        }
        _ => state.content.clone().map_or((404, Vec::new()), |content| (200, content)),
    };
    let tag = if status == 200 { format!("ETag: {}\r\n", tag(&content)) } else { String::new() };
    let length = content.len();
    let location = if status == 307 { "Location: https://elsewhere.example/\r\n" } else { "" };
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nConnection: close\r\n{tag}{location}Content-Length: {length}\r\n\r\n"
    )?;
    if method != "HEAD" {
        stream.write_all(&content)?;
    }
    Ok(())
}
