//! Publishers whose connection is cut after each request: the deterministic brother of being killed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, ensure};

use crate::bundles;
use crate::run::finish;

/// A destination that is reached through a [`Line`].
pub(crate) struct Place<'a> {
    /// Publishes a bundle to the server at an address.
    pub(crate) publish: &'a dyn Fn(&Path, SocketAddr) -> Command,
    /// Where the server really is.
    pub(crate) server: SocketAddr,
    /// What is served now; fails if what else is promised there is not kept.
    pub(crate) served: &'a dyn Fn() -> Result<Vec<u8>>,
}

/// Publishes one bundle after the other over a line that is cut after so many requests, for each number until one is enough;
/// once before the server gets the request, and once before the publisher gets the answer.
///
/// After each, what was served before is served, or all of what is new. Then publishing works.
pub(crate) fn after_each_request(place: &Place<'_>, folder: &Path) -> Result<()> {
    let publish = |bundle: &Path, address| finish((place.publish)(bundle, address).args(["--retries", "0"]));
    let first = bundles::write(folder, "first", 10)?;
    publish(&first, place.server)?.digest()?;
    let mut before = fs_err::read(first)?;
    for cut in [Cut::BeforeServer, Cut::BeforeAnswer] {
        for requests in 0.. {
            // Each time another one, for what a server has is not sent again.
            let bundle = bundles::write(folder, &format!("{cut:?}-{requests}"), 10)?;
            let content = fs_err::read(&bundle)?;
            let line = Line::start(place.server, requests, cut)?;
            let answer = publish(&bundle, line.address)?;
            let served = (place.served)().with_context(|| format!("{cut:?} after {requests}: {answer:?}"))?;
            let is_new = served == content;
            ensure!(
                is_new || served == before,
                "{cut:?} after {requests}: {} bytes are served",
                served.len()
            );
            ensure!(is_new || answer.code == Some(2), "{cut:?} after {requests}: {answer:?}");
            publish(&bundle, place.server)?.digest()?;
            ensure!(
                (place.served)()? == content,
                "{cut:?} after {requests}: publishing does not work any more"
            );
            before = content;
            if line.requests() <= requests {
                ensure!(requests >= 2, "{cut:?}: a publisher needs more than {requests} requests");
                break;
            }
            ensure!(requests < 100, "{cut:?}: it never ends");
        }
    }
    Ok(())
}

/// Where the line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    BeforeServer,
    BeforeAnswer,
}

/// A line to a server that carries one request a connection, and only so many.
struct Line {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
}

impl Line {
    /// The line ends with the process.
    fn start(server: SocketAddr, requests: usize, cut: Cut) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let before = counted.fetch_add(1, Ordering::SeqCst);
                // A publisher may use several connections at once. What goes wrong is seen by whoever is at its ends.
                thread::spawn(move || match cut {
                    _ if before < requests => carry(&client, server, true),
                    Cut::BeforeServer => Ok(()),
                    Cut::BeforeAnswer => carry(&client, server, false),
                });
            }
        });
        Ok(Self { address, count })
    }

    fn requests(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// Carries a request to the server, and the answer back if that is wanted.
fn carry(mut client: &TcpStream, server: SocketAddr, answered: bool) -> Result<()> {
    let mut reader = BufReader::new(client);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        ensure!(reader.read_line(&mut line)? > 0, "the publisher is gone");
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if line.trim_end().is_empty() {
            head += "Connection: close\r\n\r\n";
            break;
        }
        if !lower.starts_with("connection:") {
            head += &line;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(&body)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    if answered {
        client.write_all(&answer)?;
    }
    Ok(())
}
