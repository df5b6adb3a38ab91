//! Tests of messages over each transport, with receivers that read what the RFCs say.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::serve::test_server::eventually;

fn settings(transport: Transport, address: String) -> SyslogSettings {
    SyslogSettings { transport, address, facility: Facility::AUDIT }
}

fn entries(texts: &[&str]) -> Vec<Entry> {
    (0..).zip(texts).map(|(number, text)| Entry { number, text: (*text).into() }).collect()
}

/// Reads counted messages.
fn read(stream: impl Read, count: usize) -> Vec<String> {
    let mut reader = BufReader::new(stream);
    (0..count)
        .map(|_| {
            let mut length = Vec::new();
            reader.read_until(b' ', &mut length).unwrap();
            let length: u64 = String::from_utf8(length).unwrap().trim().parse().unwrap();
            let mut text = String::new();
            reader.by_ref().take(length).read_to_string(&mut text).unwrap();
            text
        })
        .collect()
}

#[test]
fn a_header_says_what_rfc_5424_asks_for() {
    let time = Timestamp::from_nanosecond(1_700_000_000_123_456_789).unwrap();
    let id = std::process::id();
    assert_eq!(
        header(Facility::AUDIT, time, "host"),
        format!("<110>1 2023-11-14T22:13:20.123456Z host portcullis {id} decision - ")
    );
    for (name, priority) in [("kern", 6), ("local7", 190), ("0", 6), ("23", 190)] {
        let facility = Facility::from_name(name).unwrap();
        assert!(header(facility, time, "-").starts_with(&format!("<{priority}>1 ")), "{name}");
    }
    for name in ["24", "-1", "audits", ""] {
        assert_eq!(Facility::from_name(name), None);
    }
    assert!(host_name().bytes().all(|byte| byte.is_ascii_graphic()));
}

#[test]
fn a_datagram_is_a_message_and_one_that_is_too_large_is_given_up() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut syslog = Syslog::new(settings(Transport::Udp, server.local_addr().unwrap().to_string()));
    let large = "x".repeat(MOST_IN_DATAGRAM + 1);
    let (done, lost, result) = syslog.send(&entries(&["first ä", &large, "second"]));
    result.unwrap();
    assert_eq!((done, lost), (3, 1));
    let mut buffer = [0; 100];
    for expected in ["first ä", "second"] {
        let length = server.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], expected.as_bytes());
    }
}

#[test]
fn messages_over_tcp_are_counted_and_a_server_that_comes_back_is_found_again() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let mut syslog = Syslog::new(settings(Transport::Tcp, address.to_string()));
    syslog.send(&entries(&["a\nb", "ää"])).2.unwrap();
    let (stream, _) = server.accept().unwrap();
    assert_eq!(read(&stream, 2), ["a\nb", "ää"]);
    // The server ends the connection; nothing that is sent then may go into it.
    drop(stream);
    std::thread::sleep(Duration::from_millis(50));
    syslog.send(&entries(&["c"])).2.unwrap();
    let (stream, _) = server.accept().unwrap();
    assert_eq!(read(&stream, 1), ["c"]);
    drop((stream, server));
    std::thread::sleep(Duration::from_millis(50));
    let (done, _, result) = syslog.send(&entries(&["d"]));
    assert_eq!((done, result.is_err()), (0, true));
}

#[test]
fn tls_is_spoken_with_a_server_whose_authority_is_trusted_only() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authorities = folder.path().join("ca.pem");
    fs_err::write(&authorities, made.cert.pem()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let configuration = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![made.cert.der().clone()],
            PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap(),
        );
    let configuration = Arc::new(configuration.unwrap());
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let accept = |stream: TcpStream| {
        StreamOwned::new(ServerConnection::new(Arc::clone(&configuration)).unwrap(), stream)
    };
    let files = TlsFiles { authorities: Some(authorities), ..TlsFiles::default() };
    let trusting = settings(Transport::Tls(files), format!("localhost:{port}"));
    let sent = std::thread::spawn(move || {
        let mut syslog = Syslog::new(trusting);
        for batch in [&["one", "two"][..], &["three"], &["four"]] {
            let (done, _, result) = syslog.send(&entries(batch));
            result.unwrap();
            assert_eq!(done, batch.len());
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let mut stream = accept(server.accept().unwrap().0);
    assert_eq!(read(&mut stream, 3), ["one", "two", "three"]);
    // Ended in order, as TLS wants it.
    stream.conn.send_close_notify();
    stream.conn.complete_io(&mut stream.sock).unwrap();
    drop(stream);
    assert_eq!(read(accept(server.accept().unwrap().0), 1), ["four"]);
    sent.join().unwrap();

    let strict = settings(Transport::Tls(TlsFiles::default()), format!("localhost:{port}"));
    let refused = std::thread::spawn(move || Syslog::new(strict).send(&entries(&["secret"])).2);
    let mut stream = accept(server.accept().unwrap().0);
    let _ = stream.conn.complete_io(&mut stream.sock);
    assert!(refused.join().unwrap().unwrap_err().to_string().contains("certificate"));
}

#[test]
fn a_real_syslog_server_understands_what_it_is_sent() {
    let Some(server) = Rsyslogd::start() else { return };
    let time = Timestamp::from_nanosecond(1_700_000_000_123_456_789).unwrap();
    let large = format!("{{\"large\":\"{}\"}}", "x".repeat(20_000));
    let texts = [r#"{"a":"ä\n\u0000","b":[1]}"#, &large];
    let header = header(Facility::AUDIT, time, "machine");
    let messages: Vec<String> = texts.iter().map(|text| header.clone() + text).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let expected: Vec<String> = texts
        .iter()
        .map(|text| {
            let id = std::process::id();
            format!("110|1|2023-11-14T22:13:20.123456Z|machine|portcullis|{id}|decision|-|{text}")
        })
        .collect();
    for (transport, port) in [(Transport::Udp, server.udp), (Transport::Tcp, server.tcp)] {
        let before = server.lines().len();
        let mut syslog = Syslog::new(settings(transport, format!("127.0.0.1:{port}")));
        syslog.send(&entries(&messages)).2.unwrap();
        eventually("the server writes it down", || server.lines().len() >= before + 2);
        assert_eq!(server.lines()[before..], expected);
    }
}

struct Rsyslogd {
    process: Child,
    folder: tempfile::TempDir,
    udp: u16,
    tcp: u16,
}

impl Rsyslogd {
    /// Starts it, if it is installed.
    fn start() -> Option<Self> {
        let program = ["/usr/sbin/rsyslogd", "/usr/bin/rsyslogd"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists());
        let Some(program) = program else {
            let required = std::env::var_os("PORTCULLIS_REQUIRE_PEERS").is_some_and(|value| value == "1");
            assert!(!required, "rsyslogd is required and not there");
            let _ =
                writeln!(io::stderr(), "skipped: what rsyslogd makes of messages, since it is not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let configuration = format!(
            r#"global(workDirectory="{}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
module(load="imudp")
module(load="imtcp")
input(type="imudp" address="127.0.0.1" port="{udp}")
input(type="imtcp" address="127.0.0.1" port="{tcp}")
template(name="all" type="string" string="%pri%|%protocol-version%|%timestamp:::date-rfc3339%|%hostname%|%app-name%|%procid%|%msgid%|%structured-data%|%msg%\n")
action(type="omfile" file="{}" template="all")
"#,
            folder.path().display(),
            path("log")
        );
        fs_err::write(path("rsyslog.conf"), configuration).unwrap();
        let process = Command::new(program)
            .args(["-n", "-f", &path("rsyslog.conf"), "-i", &path("pid")])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, folder, udp, tcp };
        eventually("rsyslogd listens", || TcpStream::connect(("127.0.0.1", tcp)).is_ok());
        Some(server)
    }

    fn lines(&self) -> Vec<String> {
        let text = fs_err::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        text.lines().filter(|line| line.contains("portcullis")).map(str::to_owned).collect()
    }
}

impl Drop for Rsyslogd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
