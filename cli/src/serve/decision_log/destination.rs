//! Where a decision log goes, as the command line says it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::event::Payloads;
use super::file::FileSettings;
use super::queue::Room;
use super::syslog::{Facility, SyslogSettings, TlsFiles, Transport};

/// A place for decisions: `console`, `file:PATH`, or `syslog+udp://`, `syslog+tcp://` or `syslog+tls://` with `HOST:PORT`. After a
/// question mark come settings, joined by `&`; without any, OPA's events are written without their input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) place: Place,
    pub(crate) form: Form,
    pub(crate) payloads: Payloads,
    /// How much may wait in memory.
    pub(crate) room: Room,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Console,
    File(FileSettings),
    Syslog(SyslogSettings),
}

/// What an event looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Form {
    /// As OPA's.
    #[default]
    Opa,
    /// Who called whom for what, and what was decided.
    Audit,
}

impl fmt::Display for Destination {
    /// Without settings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Console => f.write_str("console"),
            Place::File(file) => write!(f, "file:{}", file.path.display()),
            Place::Syslog(syslog) => {
                let transport = match syslog.transport {
                    Transport::Udp => "udp",
                    Transport::Tcp => "tcp",
                    Transport::Tls(_) => "tls",
                };
                write!(f, "syslog+{transport}://{}", syslog.address)
            }
        }
    }
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (place, settings) = text.split_once('?').unwrap_or((text, ""));
        let mut settings = Settings::parse(settings)?;
        let place = if place == "console" {
            Place::Console
        } else if let Some(path) = place.strip_prefix("file:") {
            if path.is_empty() {
                return Err(
                    "the path of the file is missing, as in `file:/var/log/decisions.jsonl`".to_owned()
                );
            }
            Place::File(FileSettings {
                path: PathBuf::from(path),
                max_bytes: settings.number("max_bytes", 100 << 20)?,
                keep: u32::try_from(settings.number("keep", 5)?.min(MOST_KEPT)).unwrap_or_default(),
            })
        } else if let Some((scheme, address)) = place.split_once("://") {
            let (transport, port) = match scheme {
                "syslog+udp" => (Transport::Udp, 514),
                "syslog+tcp" => (Transport::Tcp, 601),
                "syslog+tls" => (Transport::Tls(settings.tls()?), 6514),
                _ => return Err(unknown(place)),
            };
            let facility = settings.take("facility").map_or(Ok(Facility::AUDIT), |name| {
                Facility::from_name(&name).ok_or_else(|| {
                    format!("`{name}` is no facility of syslog: they are called `audit`, `authpriv`, `local0` and so on")
                })
            })?;
            Place::Syslog(SyslogSettings { transport, address: with_port(address, port)?, facility })
        } else {
            return Err(unknown(place));
        };
        let form = match settings.take("format").as_deref() {
            None | Some("opa") => Form::Opa,
            Some("audit") => Form::Audit,
            Some(other) => {
                return Err(format!("`{other}` is no format of a decision log: there are `opa` and `audit`"));
            }
        };
        let payloads = match settings.take("include_payloads").as_deref() {
            None | Some("false") => Payloads::LeftOut,
            Some("true") => Payloads::Included,
            Some(other) => return Err(format!("`include_payloads` is `true` or `false`, and not `{other}`")),
        };
        let room = Room {
            bytes: settings.number("buffer_bytes", USUAL_ROOM.bytes)?,
            events: settings.number("buffer_events", USUAL_ROOM.events)?,
        };
        settings.end(&place)?;
        Ok(Self { place, form, payloads, room })
    }
}

/// What is said after the question mark, and not looked at yet.
struct Settings(BTreeMap<String, String>);

impl Settings {
    fn parse(text: &str) -> Result<Self, String> {
        let mut settings = BTreeMap::new();
        for setting in text.split('&').filter(|setting| !setting.is_empty()) {
            let (name, value) =
                setting.split_once('=').ok_or_else(|| format!("`{setting}` is no setting: it has no `=`"))?;
            if settings.insert(name.to_owned(), value.to_owned()).is_some() {
                return Err(format!("`{name}` is set twice"));
            }
        }
        Ok(Self(settings))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    fn number(&mut self, name: &str, otherwise: u64) -> Result<u64, String> {
        self.take(name).map_or(Ok(otherwise), |text| {
            text.parse().map_err(|_| format!("`{name}` is a whole number, and not `{text}`"))
        })
    }

    fn tls(&mut self) -> Result<TlsFiles, String> {
        let mut file = |name| self.take(name).map(PathBuf::from);
        let files = TlsFiles { authorities: file("ca"), certificate: file("cert"), key: file("key") };
        if files.certificate.is_some() != files.key.is_some() {
            return Err("`cert` and `key` belong together".to_owned());
        }
        Ok(files)
    }

    fn end(self, place: &Place) -> Result<(), String> {
        let Some(name) = self.0.into_keys().next() else { return Ok(()) };
        let own = match place {
            Place::Console => "",
            Place::File(_) => ", `keep`, `max_bytes`",
            Place::Syslog(SyslogSettings { transport: Transport::Tls(_), .. }) => {
                ", `ca`, `cert`, `facility`, `key`"
            }
            Place::Syslog(_) => ", `facility`",
        };
        Err(format!(
            "`{name}` is no setting of this decision log: there are `buffer_bytes`, `buffer_events`, `format`, `include_payloads`{own}"
        ))
    }
}

fn with_port(address: &str, usual: u16) -> Result<String, String> {
    let after_brackets = address.rsplit_once(']').map_or(address, |(_, rest)| rest);
    let (host, port) = match after_brackets.rsplit_once(':') {
        Some((_, port)) => (address.len() - port.len() - 1, Some(port)),
        None => (address.len(), None),
    };
    let host = address.get(..host).unwrap_or_default();
    if host.is_empty() || host.contains(['/', '@']) || (host.contains(':') && !host.starts_with('[')) {
        return Err(format!("`{address}` is no address of a syslog server: it is HOST:PORT"));
    }
    match port {
        None => Ok(format!("{host}:{usual}")),
        Some(port) if port.parse::<u16>().is_ok_and(|port| port > 0) => Ok(address.to_owned()),
        Some(port) => Err(format!("`{port}` is no port")),
    }
}

fn unknown(place: &str) -> String {
    format!(
        "`{place}` is no place for a decision log: there are `console`, `file:PATH`, `syslog+udp://HOST:PORT`, \
         `syslog+tcp://HOST:PORT` and `syslog+tls://HOST:PORT`; an HTTP service is named in OPA's configuration file"
    )
}

/// How much waits in memory unless it is said.
pub(crate) const USUAL_ROOM: Room = Room { bytes: 64 << 20, events: 100_000 };
const MOST_KEPT: u64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, max_bytes: u64, keep: u32) -> Place {
        Place::File(FileSettings { path: path.into(), max_bytes, keep })
    }

    fn syslog(transport: Transport, address: &str, facility: &str) -> Place {
        let facility = Facility::from_name(facility).unwrap();
        Place::Syslog(SyslogSettings { transport, address: address.to_owned(), facility })
    }

    #[test]
    fn places_are_read_with_their_settings() {
        let tls = TlsFiles { authorities: Some("ca.pem".into()), ..TlsFiles::default() };
        for (text, place, written) in [
            ("console", Place::Console, "console"),
            ("file:/var/log/d.jsonl", file("/var/log/d.jsonl", 100 << 20, 5), "file:/var/log/d.jsonl"),
            ("file:d?max_bytes=10&keep=0", file("d", 10, 0), "file:d"),
            ("syslog+udp://h", syslog(Transport::Udp, "h:514", "13"), "syslog+udp://h:514"),
            ("syslog+tcp://[::1]", syslog(Transport::Tcp, "[::1]:601", "audit"), "syslog+tcp://[::1]:601"),
            (
                "syslog+tls://h:1?ca=ca.pem&facility=local0",
                syslog(Transport::Tls(tls), "h:1", "16"),
                "syslog+tls://h:1",
            ),
        ] {
            let destination: Destination = text.parse().unwrap();
            assert_eq!(destination.place, place, "{text}");
            assert_eq!(destination.to_string(), written);
            assert_eq!((destination.form, destination.payloads), (Form::Opa, Payloads::LeftOut));
        }
        let told: Destination = "console?format=audit&include_payloads=true&buffer_events=7".parse().unwrap();
        assert_eq!((told.form, told.payloads, told.room.events), (Form::Audit, Payloads::Included, 7));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_there_is() {
        for (text, part) in [
            ("", "`` is no place for a decision log"),
            ("https://h/logs", "is named in OPA's configuration file"),
            ("file:", "the path of the file is missing"),
            ("file:a?max_byte=1", "`max_byte` is no setting of this decision log: there are `buffer_bytes`"),
            ("file:a?keep", "it has no `=`"),
            ("file:a?keep=1&keep=2", "`keep` is set twice"),
            ("file:a?keep=-1", "`keep` is a whole number, and not `-1`"),
            ("console?facility=user", "`facility` is no setting of this"),
            ("syslog+udp://h?facility=24", "`24` is no facility"),
            ("syslog+udp://", "is no address of a syslog server"),
            ("syslog+udp://h:0", "`0` is no port"),
            ("syslog+udp://::1", "is no address"),
            ("syslog+tls://h?cert=a", "`cert` and `key` belong together"),
            ("console?format=text", "`text` is no format"),
            ("console?include_payloads=yes", "and not `yes`"),
        ] {
            let error = text.parse::<Destination>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
