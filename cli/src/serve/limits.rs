//! What one client, and all of them together, may take of the server.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

/// The limits of a listener.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many connections there may be at once.
    pub(crate) connections: u32,
    /// How many bytes the request line and the headers of a request may have; more is answered 431.
    pub(crate) header_bytes: usize,
    /// How many bytes the target of a request may have; more is answered 414.
    pub(crate) uri_bytes: usize,
    /// How long a handshake, or a request until its headers are complete, may take; also how long a connection may be idle.
    pub(crate) header_time: Duration,
    /// How long a client may take nothing of what is sent to it.
    pub(crate) stall_time: Duration,
    /// How long the process waits for downloads when it ends.
    pub(crate) grace: Duration,
}

/// Lets many connections wait for being accepted, as when all clients come back after the server was started again.
pub(crate) fn lengthen_queue(socket: &TcpListener) {
    // The shorter queue that it has already does as well.
    let _ = SockRef::from(socket).listen(WAITING_CONNECTIONS);
}

/// A connection whose writes fail once the peer takes nothing for too long.
#[derive(Debug)]
pub(crate) struct Guarded {
    stream: TcpStream,
    stall_time: Duration,
    /// Runs while the peer takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Guarded {
    /// Also asks the system to find out when the peer is gone without a word, so that nothing waits for it in vain.
    pub(crate) fn new(stream: TcpStream, stall_time: Duration) -> Self {
        // A socket that doesn't know these options works without them.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(PROBED_AFTER));
        Self { stream, stall_time, stalled: None }
    }

    /// Passes on what came of a write, or starts and looks at the clock when nothing did.
    fn watch<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stall_time = self.stall_time;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + stall_time)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// How many connections may wait for being accepted; the system may allow fewer.
const WAITING_CONNECTIONS: i32 = 4_096;

/// After how long without a word the system asks whether the peer is still there.
const PROBED_AFTER: Duration = Duration::from_mins(1);
