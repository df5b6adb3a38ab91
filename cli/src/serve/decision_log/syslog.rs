//! Events for a syslog server: messages of RFC 5424 over UDP (RFC 5426), TCP (RFC 6587, counted) or TLS (RFC 5425).

mod connection;

use std::io;

use jiff::Timestamp;

use self::connection::Connection;
use super::queue::Entry;

/// Whom to tell, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyslogSettings {
    pub(crate) transport: Transport,
    /// `HOST:PORT`.
    pub(crate) address: String,
    pub(crate) facility: Facility,
}

/// How messages are carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
    Tls(TlsFiles),
}

/// Files in PEM. What is missing is taken from the system, or left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TlsFiles {
    /// Who signs the server's certificate.
    pub(crate) authorities: Option<std::path::PathBuf>,
    pub(crate) certificate: Option<std::path::PathBuf>,
    pub(crate) key: Option<std::path::PathBuf>,
}

/// The facility of the messages, from 0 to 23.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facility(u8);

impl Facility {
    /// `log audit`.
    pub(crate) const AUDIT: Self = Self(13);

    /// That of a name as in `syslog.conf`, or of a number.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let number = NAMES.iter().position(|known| *known == name);
        let number = number.and_then(|number| u8::try_from(number).ok()).or_else(|| name.parse().ok());
        number.filter(|number| usize::from(*number) < NAMES.len()).map(Self)
    }
}

/// The header of a message, to which its text is appended.
pub(super) fn header(facility: Facility, time: Timestamp, host: &str) -> String {
    let priority = u16::from(facility.0) * 8 + INFORMATIONAL;
    format!("<{priority}>1 {time:.6} {host} portcullis {} decision - ", std::process::id())
}

/// The name of this machine as a header can have it.
pub(super) fn host_name() -> String {
    let name = fs_err::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| fs_err::read_to_string("/etc/hostname"));
    let name: String =
        name.unwrap_or_default().trim().chars().filter(char::is_ascii_graphic).take(255).collect();
    if name.is_empty() { "-".to_owned() } else { name }
}

/// The way to the server. A connection is made when something is to be sent.
#[derive(Debug)]
pub(super) struct Syslog {
    settings: SyslogSettings,
    connection: Option<Connection>,
}

impl Syslog {
    pub(super) fn new(settings: SyslogSettings) -> Self {
        Self { settings, connection: None }
    }

    /// Sends messages, and says how many were given to the system, and how many of those are lost as they are too large.
    pub(super) fn send(&mut self, entries: &[Entry]) -> (usize, u64, io::Result<()>) {
        let mut lost = 0;
        for (index, entry) in entries.iter().enumerate() {
            if self.settings.transport == Transport::Udp && entry.text.len() > MOST_IN_DATAGRAM {
                lost += 1;
                continue;
            }
            if let Err(error) = self.send_one(&entry.text) {
                self.connection = None;
                return (index, lost, Err(error));
            }
        }
        let flushed = match &mut self.connection {
            Some(connection) => connection.flush(),
            None => Ok(()),
        };
        (entries.len(), lost, flushed)
    }

    fn send_one(&mut self, text: &str) -> io::Result<()> {
        let mut connection = match self.connection.take() {
            // Nothing is acknowledged, so what is sent to a server that has closed is lost; mostly that can be seen.
            Some(mut connection) => {
                if connection.is_alive() {
                    connection
                } else {
                    Connection::open(&self.settings)?
                }
            }
            None => Connection::open(&self.settings)?,
        };
        connection.send(text)?;
        self.connection = Some(connection);
        Ok(())
    }
}

/// The severity of decisions.
const INFORMATIONAL: u16 = 6;

/// The payload of the largest datagram of IPv4.
const MOST_IN_DATAGRAM: usize = 65_507;

const NAMES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

#[cfg(test)]
mod tests;
