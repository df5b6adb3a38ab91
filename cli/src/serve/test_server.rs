//! A server for tests of clients, which answers as it is told and also fails so.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Debug)]
pub(super) struct TestServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Received>>>,
}

/// A request, and the status that it got.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) target: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
    pub(super) status: u16,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// How many bytes at the end of the body are not sent.
    pub(super) cut: usize,
}

impl Reply {
    pub(super) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

type Answer = dyn Fn(usize, &Received) -> Reply + Send + Sync;

impl TestServer {
    /// Answers requests, which are counted from zero on.
    pub(super) fn start(answer: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (taken, answer): (_, Arc<Answer>) = (Arc::clone(&requests), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (taken, answer) = (Arc::clone(&taken), Arc::clone(&answer));
                std::thread::spawn(move || serve(&stream.unwrap(), &taken, &*answer));
            }
        });
        Self { address, requests }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn requests(&self) -> Vec<Received> {
        self.requests.lock().unwrap().clone()
    }
}

/// Waits until it is so, and fails if that takes too long.
pub(super) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !is_so() {
        assert!(start.elapsed() < std::time::Duration::from_secs(20), "{what}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

fn serve(stream: &TcpStream, taken: &Mutex<Vec<Received>>, answer: &Answer) {
    let mut reader = BufReader::new(stream);
    while let Some(mut request) = read(&mut reader) {
        let number = taken.lock().unwrap().len();
        let reply = answer(number, &request);
        request.status = reply.status;
        taken.lock().unwrap().push(request);
        let mut head = format!("HTTP/1.1 {} Status\r\n", reply.status);
        for (name, value) in &reply.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        if reply.status != 304 {
            write!(head, "Content-Length: {}\r\n", reply.body.len()).unwrap();
        }
        let mut stream = stream;
        let _ = stream.write_all((head + "\r\n").as_bytes());
        let _ = stream.write_all(&reply.body[..reply.body.len() - reply.cut]);
        if reply.cut > 0 {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Received> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|count| *count > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = Vec::new();
    if headers.get("transfer-encoding").is_some_and(|encoding| encoding == "chunked") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let size = u64::from_str_radix(size.trim(), 16).ok()?;
            reader.by_ref().take(size).read_to_end(&mut body).ok()?;
            reader.read_line(&mut String::new()).ok()?;
            if size == 0 {
                break;
            }
        }
    } else {
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        reader.by_ref().take(length).read_to_end(&mut body).ok()?;
    }
    let target = first.split(' ').nth(1)?.to_owned();
    Some(Received { target, headers, body, status: 0 })
}
