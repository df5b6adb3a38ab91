//! Accepts connections, as many as there may be, and serves each until it or the process ends.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::decisions::Peer;
use super::front::{Front, Shared};
use super::journal::Level;
use super::limits::{Guarded, Limits, lengthen_queue};
use super::shutdown::Shutdown;
use super::tls::{self, Tls};

/// What a listener needs to serve its connections.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) shared: Arc<Shared>,
    pub(crate) limits: Limits,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) shutdown: Shutdown,
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Every request that was begun was answered.
    Complete,
    /// Some took too long.
    Cut,
}

impl Listener {
    /// Serves until the process ends, and then for as long as what was begun may take.
    pub(crate) async fn serve(self, socket: TcpListener) -> Ended {
        lengthen_queue(&socket);
        let listener = Arc::new(self);
        let limits = listener.limits;
        let places = Arc::new(Semaphore::new(usize::try_from(limits.connections).unwrap_or(usize::MAX >> 3)));
        let mut shutdown = listener.shutdown.clone();
        let mut was_exhausted = false;
        loop {
            let accepted = tokio::select! {
                accepted = socket.accept() => accepted,
                () = shutdown.begun() => break,
            };
            match accepted {
                Ok((stream, client)) => {
                    was_exhausted = false;
                    match Arc::clone(&places).try_acquire_owned() {
                        Ok(place) => {
                            tokio::spawn(Arc::clone(&listener).connection(stream, client, place));
                        }
                        Err(_) => listener.refuse(&stream),
                    }
                }
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    // Most likely there are no file descriptors left; others may give some back.
                    if !was_exhausted {
                        let fields = [("error", &*error.to_string())];
                        listener.shared.journal.event(Level::Error, "no connection can be accepted", &fields);
                    }
                    was_exhausted = true;
                    sleep(AFTER_EXHAUSTION).await;
                }
            }
        }
        drop(socket);
        match timeout(limits.grace, places.acquire_many(limits.connections)).await {
            Ok(_) => Ended::Complete,
            Err(_) => Ended::Cut,
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, client: SocketAddr, place: OwnedSemaphorePermit) {
        let counted = self.shared.metrics.connection();
        let stream = Guarded::new(stream, self.limits.stall_time);
        match &self.tls {
            None => self.talk(stream, client, None).await,
            Some(tls) => {
                let mut shutdown = self.shutdown.clone();
                let shaken = tokio::select! {
                    shaken = timeout(self.limits.header_time, tls.accept(stream)) => shaken,
                    () = shutdown.begun() => return,
                };
                // Who can't speak with us is not worth a line: anybody can try.
                if let Ok(Ok(stream)) = shaken {
                    let peer = tls::peer(&stream).map(Arc::new);
                    self.talk(stream, client, peer).await;
                }
            }
        }
        drop((counted, place));
    }

    async fn talk(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        client: SocketAddr,
        peer: Option<Arc<Peer>>,
    ) {
        let front = Front::new(Arc::clone(&self.shared), client, peer);
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_time)
            .max_header_size(self.limits.header_bytes)
            .max_buf_size(self.limits.header_bytes.max(LEAST_BUFFER));
        let mut shutdown = self.shutdown.clone();
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), front));
        tokio::select! {
            // First, so that who is answered as the process ends learns that the connection ends too.
            biased;
            () = shutdown.begun() => connection.as_mut().graceful_shutdown(),
            // A connection that breaks off concerns its client, who has noticed.
            _ = connection.as_mut() => return,
        }
        let _ = connection.await;
    }

    /// Tells a client that there are too many, as far as that costs nothing.
    fn refuse(&self, stream: &TcpStream) {
        self.shared.metrics.refused();
        if self.tls.is_none() {
            let _ = stream.try_write(TOO_MANY);
        }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};

    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// How long nothing is accepted after the system could not give a connection.
const AFTER_EXHAUSTION: Duration = Duration::from_millis(100);

/// The smallest buffer that hyper takes.
const LEAST_BUFFER: usize = 8_192;
