//! A connection on which anything can be sent.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context, Result};

use crate::server::{PATIENCE, Server};

/// A connection.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) fn connect(server: &Server) -> Result<Self> {
        let stream = TcpStream::connect(server.authority())?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(stream))
    }

    pub(crate) fn send(&mut self, text: &str) -> Result<()> {
        Ok(self.0.write_all(text.as_bytes())?)
    }

    /// Everything that comes until the server closes the connection.
    pub(crate) fn rest(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.0.read_to_end(&mut bytes) {
            // What the client sent in vain makes the system reset the connection.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(bytes),
            other => other.map(|_| bytes).context("it is not closed"),
        }
    }

    /// What comes until the end of the headers, and no more.
    pub(crate) fn head(&mut self) -> Result<String> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            self.0.read_exact(&mut byte).with_context(|| String::from_utf8_lossy(&head).into_owned())?;
            head.extend(byte);
        }
        Ok(String::from_utf8(head)?)
    }
}

/// The status of a request whose target is sent as it is.
pub(crate) fn status_of(server: &Server, target: &str) -> Result<String> {
    let mut raw = Raw::connect(server)?;
    raw.send(&format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))?;
    let answer = String::from_utf8_lossy(&raw.rest()?).into_owned();
    Ok(answer.lines().next().unwrap_or_default().trim_start_matches("HTTP/1.1 ").to_owned())
}
