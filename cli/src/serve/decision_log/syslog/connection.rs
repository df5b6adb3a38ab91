//! A connection to a syslog server.

use std::io::{self, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use portcullis::host::{Identity, Tls};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::{SyslogSettings, TlsFiles, Transport};
use crate::host;

#[derive(Debug)]
pub(super) enum Connection {
    Udp(UdpSocket),
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Connection {
    pub(super) fn open(settings: &SyslogSettings) -> io::Result<Self> {
        let address = &settings.address;
        match &settings.transport {
            Transport::Udp => {
                let mut last = io::Error::other(format!("no address `{address}`"));
                for to in address.to_socket_addrs()? {
                    let from = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                    match UdpSocket::bind(from).and_then(|socket| socket.connect(to).map(|()| socket)) {
                        Ok(socket) => return Ok(Self::Udp(socket)),
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
            Transport::Tcp => connect(address).map(Self::Tcp),
            Transport::Tls(files) => {
                let name = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
                let name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
                let name = ServerName::try_from(name).map_err(io::Error::other)?;
                let configuration = host::tls::configuration(&tls(files)?);
                let configuration = configuration.map_err(|error| io::Error::other(error.to_string()))?;
                let client =
                    ClientConnection::new(Arc::new(configuration), name).map_err(io::Error::other)?;
                let mut stream = StreamOwned::new(client, connect(address)?);
                while stream.conn.is_handshaking() {
                    stream.conn.complete_io(&mut stream.sock)?;
                }
                Ok(Self::Tls(Box::new(stream)))
            }
        }
    }

    /// Whether the server has not closed the connection, as far as is known. Servers say nothing, but for what TLS needs.
    pub(super) fn is_alive(&mut self) -> bool {
        match self {
            Self::Udp(_) => true,
            Self::Tcp(stream) => {
                let mut byte = [0];
                let is_open = stream.set_nonblocking(true).is_ok() && would_block(&stream.peek(&mut byte));
                stream.set_nonblocking(false).is_ok() && is_open
            }
            Self::Tls(stream) => {
                let mut is_open = stream.sock.set_nonblocking(true).is_ok();
                while is_open {
                    let read = stream.conn.read_tls(&mut stream.sock);
                    if would_block(&read) {
                        break;
                    }
                    let state = stream.conn.process_new_packets();
                    is_open = matches!(read, Ok(1..)) && state.is_ok_and(|state| !state.peer_has_closed());
                }
                stream.sock.set_nonblocking(false).is_ok() && is_open
            }
        }
    }

    pub(super) fn send(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(text.as_bytes()).map(drop),
            Self::Tcp(stream) => stream.write_all(counted(text).as_bytes()),
            Self::Tls(stream) => stream.write_all(counted(text).as_bytes()),
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Udp(_) | Self::Tcp(_) => Ok(()),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

fn would_block(read: &io::Result<usize>) -> bool {
    matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// The message after the count of its bytes.
fn counted(text: &str) -> String {
    format!("{} {text}", text.len())
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::other(format!("no address `{address}`"));
    for to in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&to, PATIENCE) {
            Ok(stream) => {
                stream.set_write_timeout(Some(PATIENCE))?;
                stream.set_read_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn tls(files: &TlsFiles) -> io::Result<Tls> {
    let authorities = files.authorities.as_deref().map(fs_err::read).transpose()?;
    let identity = match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => {
            Some(Identity { certificates: fs_err::read(certificate)?, key: fs_err::read(key)? })
        }
        _ => None,
    };
    Ok(Tls {
        use_system_certificates: authorities.is_none(),
        ca_certificates: authorities.into_iter().collect(),
        identities: identity.into_iter().collect(),
        ..Tls::default()
    })
}

/// How long a server may take for a connection, and to take what is sent.
const PATIENCE: Duration = Duration::from_secs(10);
