//! `http.send` against servers that really run: over plain connections and over TLS.

mod server;

use std::time::Duration;

use portcullis::builtins::{self, BuiltinError, Cache, Context, Operands};
use portcullis::value::{Object, Value};

use self::server::{Authority, Server, ok, response};
use super::{Machine, Network};

type Headers = &'static [(&'static str, &'static str)];
type Fields<'a> = Vec<(&'a str, Value)>;

/// The caches and the host of a few queries.
struct Session {
    machine: Machine,
    query: Cache,
    shared: Cache,
}

impl Session {
    fn new() -> Self {
        Self::with(Network::Allowed)
    }

    fn with(network: Network) -> Self {
        Self { machine: Machine::new(network), query: Cache::default(), shared: Cache::default() }
    }

    /// A call in the same query as the one before.
    fn send(&mut self, fields: &[(&str, Value)]) -> Result<Value, BuiltinError> {
        let fields: Object = fields.iter().map(|(name, value)| (Value::from(*name), value.clone())).collect();
        let request = Value::Object(fields);
        let mut context = Context {
            host: &self.machine,
            query: &mut self.query,
            compiled: &mut self.shared,
            stop: &mut || false,
        };
        let function =
            builtins::lookup("http.send").and_then(|signature| signature.function).expect("the function");
        function(&mut context, Operands(&[&request])).map(|value| value.expect("a value"))
    }

    /// A call in a query of its own.
    fn ask(&mut self, fields: &[(&str, Value)]) -> Result<Value, BuiltinError> {
        self.query.clear();
        self.send(fields)
    }
}

#[test]
fn without_permission_nothing_is_sent() {
    let server = Server::start(|_| ok("hello"));
    let error = Session::with(Network::Denied).ask(&get(&server, "/")).expect_err("a refusal");
    let address = server.authority();
    let expected = format!("Get \"http://{address}/\": a connection to {address} is not allowed");
    assert_eq!(error, BuiltinError::Failed(expected));
    assert_eq!(server.count(), 0);
}

#[test]
fn a_response_has_status_headers_and_body() {
    let server = Server::start(|request| {
        assert!(request.starts_with("POST /x?y=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("A-B: c\r\n") && request.ends_with("\r\n\r\n{\"k\":[1]}"), "{request}");
        response(
            "201 Created",
            &[("Content-Type", "application/vnd.x+json; charset=utf-8"), ("X", "1"), ("X", "2")],
            "{\"n\": 1.50}",
        )
    });
    let fields = [("method", Value::from("post")), ("url", Value::from(server.url("/x?y=1")))];
    let body = json(r#"{"k": [1]}"#);
    let headers = json(r#"{"a-b": "c"}"#);
    let got =
        Session::new().ask(&with(&fields, &[("body", body), ("headers", headers)])).expect("a response");
    assert_eq!(field(&got, "status"), Value::from("201 Created"));
    assert_eq!(field(&got, "status_code"), Value::from(201_u64));
    assert_eq!(field(&got, "body"), json(r#"{"n": 1.50}"#));
    assert_eq!(field(&got, "raw_body"), Value::from("{\"n\": 1.50}"));
    assert_eq!(field(&field(&got, "headers"), "x"), json(r#"["1", "2"]"#));
}

#[test]
fn bodies_are_decoded_by_content_type_or_by_force() {
    let cases = [
        ("application/json", "{\"a\": 1}", "", r#"{"a": 1}"#),
        ("application/json", "{\"a\": 1", "", "null"),
        ("application/yaml", "a: [1, x]", "", r#"{"a": [1, "x"]}"#),
        ("application/x-yaml; v=1", "a: 1", "", r#"{"a": 1}"#),
        ("text/plain", "{\"a\": 1}", "", "null"),
        ("text/plain", "{\"a\": 1}", "force_json_decode", r#"{"a": 1}"#),
        ("text/plain", "a: 1", "force_yaml_decode", r#"{"a": 1}"#),
    ];
    for (content_type, body, force, expected) in cases {
        let server = Server::start(move |_| response("200 OK", &[("Content-Type", content_type)], body));
        let mut fields = get(&server, "/");
        if !force.is_empty() {
            fields.push((force, Value::from(true)));
        }
        let got = Session::new().ask(&fields).expect("a response");
        assert_eq!(field(&got, "body"), json(expected), "{content_type} {body} {force}");
    }
}

#[test]
fn redirects_are_followed_when_asked_for() {
    let server = Server::start(|request| {
        if request.starts_with("POST /a ") || request.starts_with("PUT /a ") {
            response("302 Found", &[("Location", "/b")], "")
        } else if request.starts_with("PUT /c ") {
            response("307 Temporary Redirect", &[("Location", "b")], "")
        } else {
            ok(&request)
        }
    });
    let mut session = Session::new();
    let url = |path: &str| Value::from(server.url(path));
    let body = ("raw_body", Value::from("text"));
    let post = [("method", Value::from("post")), ("url", url("/a")), body.clone()];
    let got = session.ask(&post).expect("a response");
    assert_eq!(field(&got, "status_code"), Value::from(302_u64));

    let follow = ("enable_redirect", Value::from(true));
    let got = session.ask(&with(&post, std::slice::from_ref(&follow))).expect("a response");
    let echo = text(&field(&got, "raw_body"));
    assert!(echo.starts_with("GET /b HTTP/1.1\r\n") && echo.ends_with("\r\n\r\n"), "{echo}");
    assert!(echo.contains(&format!("Referer: {}\r\n", server.url("/a"))), "{echo}");

    let put = [("method", Value::from("put")), ("url", url("/c")), body, follow];
    let got = session.ask(&put).expect("a response");
    let echo = text(&field(&got, "raw_body"));
    assert!(echo.starts_with("PUT /b HTTP/1.1\r\n") && echo.ends_with("\r\n\r\ntext"), "{echo}");
}

#[test]
fn credentials_do_not_follow_to_another_host() {
    let other = Server::start(|request| ok(&request));
    // The same machine under another name.
    let elsewhere = other.url("/").replace("127.0.0.1", "localhost");
    let server = Server::start(move |_| response("302 Found", &[("Location", &elsewhere)], ""));
    let headers = json(r#"{"Authorization": "secret", "X-Other": "kept"}"#);
    let fields = with(&get(&server, "/"), &[("headers", headers), ("enable_redirect", Value::from(true))]);
    let got = Session::new().ask(&fields).expect("a response");
    let echo = text(&field(&got, "raw_body"));
    assert!(!echo.contains("secret") && echo.contains("X-Other: kept\r\n"), "{echo}");
}

#[test]
fn a_server_that_does_not_answer_is_a_timeout() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_secs(3));
        ok("late")
    });
    let fields = with(&get(&server, "/"), &[("timeout", Value::from("200ms"))]);
    let url = server.url("/");
    let error = Session::new().ask(&fields).expect_err("a timeout");
    assert_eq!(error, BuiltinError::Failed(format!("Get {url}: request timed out")));

    let quiet = with(&fields, &[("raise_error", Value::from(false))]);
    let got = Session::new().ask(&quiet).expect("an error as a value");
    assert_eq!(field(&got, "status_code"), Value::from(0_u64));
    let error = field(&got, "error");
    assert_eq!(field(&error, "code"), Value::from("eval_http_send_network_error"));
    let reason = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    assert_eq!(field(&error, "message"), Value::from(format!("Get \"{url}\": {reason}")));
}

#[test]
fn attempts_are_repeated_as_often_as_asked_for() {
    let server = Server::start_refusing(2, |_| ok("at last"));
    let error = Session::new().ask(&with(&get(&server, "/"), &[("max_retry_attempts", Value::from(1_u64))]));
    assert!(error.is_err(), "{error:?}");
    let got = Session::new().ask(&with(&get(&server, "/"), &[("max_retry_attempts", Value::from(1_u64))]));
    assert_eq!(field(&got.expect("a response"), "raw_body"), Value::from("at last"));
}

#[test]
fn nobody_listening_is_told_in_opas_words() {
    let error =
        Session::new().ask(&[("method", Value::from("get")), ("url", Value::from("http://127.0.0.1:1/x"))]);
    let expected = "Get \"http://127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: connection refused";
    assert_eq!(error, Err(BuiltinError::failed(expected)));
}

#[test]
fn equal_calls_of_a_query_send_once() {
    let server = Server::start(|_| ok("x"));
    let mut session = Session::new();
    let fields = get(&server, "/");
    assert_eq!(session.send(&fields), session.send(&fields));
    assert_eq!(server.count(), 1);
    session.ask(&fields).expect("a response");
    assert_eq!(server.count(), 2);
    let ignored = |value: &str| {
        let headers = json(&format!("{{\"Trace\": \"{value}\"}}"));
        with(&fields, &[("headers", headers), ("cache_ignored_headers", json(r#"["Trace"]"#))])
    };
    session.ask(&ignored("1")).expect("a response");
    session.send(&ignored("2")).expect("a response");
    assert_eq!(server.count(), 3);
}

#[test]
fn responses_are_kept_for_other_queries_as_their_headers_say() {
    const DATE: &str = "Thu, 01 Jan 2099 00:00:00 GMT";
    let cases: [(Headers, &str, usize); 7] = [
        (&[("Cache-Control", "max-age=60"), ("Date", DATE)], "cache", 1),
        (&[("Cache-Control", "max-age=60")], "cache", 2),
        (&[("Cache-Control", "max-age=60, no-store"), ("Date", DATE)], "cache", 2),
        (&[("Expires", DATE)], "cache", 1),
        (&[("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")], "cache", 2),
        (&[("Cache-Control", "no-store")], "force_cache", 1),
        (&[("Cache-Control", "max-age=60"), ("Date", DATE)], "raise_error", 2),
    ];
    for (headers, flag, sent) in cases {
        let server = Server::start(move |_| response("200 OK", headers, "x"));
        let seconds = ("force_cache_duration_seconds", Value::from(60_u64));
        let fields = with(&get(&server, "/"), &[(flag, Value::from(true)), seconds]);
        let mut session = Session::new();
        let first = session.ask(&fields).expect("a response");
        assert_eq!(session.ask(&fields), Ok(first));
        assert_eq!(server.count(), sent, "{headers:?} {flag}");
    }
}

#[test]
fn a_stale_response_is_asked_about() {
    let server = Server::start(|request| {
        if request.to_lowercase().contains("if-none-match: \"v1\"\r\n") {
            response("304 Not Modified", &[("Expires", "Thu, 01 Jan 2099 00:00:00 GMT"), ("X", "new")], "")
        } else {
            response(
                "200 OK",
                &[("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"), ("ETag", "\"v1\""), ("X", "old")],
                "body",
            )
        }
    });
    let fields = with(&get(&server, "/"), &[("cache", Value::from(true))]);
    let mut session = Session::new();
    let first = session.ask(&fields).expect("a response");
    assert_eq!(field(&field(&first, "headers"), "x"), json(r#"["old"]"#));
    let second = session.ask(&fields).expect("a response");
    assert_eq!(field(&second, "raw_body"), Value::from("body"));
    assert_eq!(field(&second, "status_code"), Value::from(200_u64));
    assert_eq!(field(&field(&second, "headers"), "x"), json(r#"["new"]"#));
    session.ask(&fields).expect("a response");
    assert_eq!(server.count(), 2, "fresh again");
}

#[test]
fn the_certificate_of_a_server_is_checked() {
    let authority = Authority::new();
    let server = Server::start_tls(&authority, "localhost", None, |_| ok("safe"));
    let fields = [("method", Value::from("get")), ("url", Value::from(server.url("/")))];
    let trusted = ("tls_ca_cert", Value::from(authority.pem()));
    let cases: [(&str, Fields<'_>, bool); 6] = [
        ("the authority", vec![trusted.clone()], true),
        ("nobody", vec![], false),
        ("another authority", vec![("tls_ca_cert", Value::from(Authority::new().pem()))], false),
        ("everybody", vec![("tls_insecure_skip_verify", Value::from(true))], true),
        (
            "the authority, for another name",
            vec![trusted.clone(), ("tls_server_name", Value::from("other.test"))],
            false,
        ),
        (
            "the authority, as text with \\n",
            vec![("tls_ca_cert", Value::from(authority.pem().replace('\n', "\\n")))],
            true,
        ),
    ];
    for (what, more, works) in cases {
        let got = Session::new().ask(&with(&fields, &more));
        assert_eq!(got.is_ok(), works, "trusting {what}: {got:?}");
    }
    // By address, the certificate's name has to be given.
    let by_address = server.url("/").replace("localhost", "127.0.0.1");
    let fields = [("method", Value::from("get")), ("url", Value::from(by_address)), trusted];
    assert!(Session::new().ask(&fields).is_err());
    let named = with(&fields, &[("tls_server_name", Value::from("localhost"))]);
    let got = Session::new().ask(&named).expect("a response");
    assert_eq!(field(&got, "raw_body"), Value::from("safe"));
}

#[test]
fn a_server_may_ask_for_a_certificate() {
    let authority = Authority::new();
    let server = Server::start_tls(&authority, "localhost", Some(&authority), |_| ok("welcome"));
    let fields = [
        ("method", Value::from("get")),
        ("url", Value::from(server.url("/"))),
        ("tls_ca_cert", Value::from(authority.pem())),
    ];
    assert!(Session::new().ask(&fields).is_err(), "without one");
    let identity = |authority: &Authority| {
        let (certificate, key) = authority.issue("client");
        [("tls_client_cert", Value::from(certificate)), ("tls_client_key", Value::from(key))]
    };
    assert!(Session::new().ask(&with(&fields, &identity(&Authority::new()))).is_err(), "with a stranger's");
    let got = Session::new().ask(&with(&fields, &identity(&authority))).expect("a response");
    assert_eq!(field(&got, "raw_body"), Value::from("welcome"));

    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, key) = authority.issue("client");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs_err::write(&path, text).expect("a file");
        Value::from(path.to_string_lossy().into_owned())
    };
    let files = [
        ("tls_client_cert_file", write("cert.pem", &certificate)),
        ("tls_client_key_file", write("key.pem", &key)),
    ];
    let got = Session::new().ask(&with(&fields, &files)).expect("a response");
    assert_eq!(field(&got, "raw_body"), Value::from("welcome"));
}

fn get(server: &Server, path: &str) -> Vec<(&'static str, Value)> {
    vec![("method", Value::from("get")), ("url", Value::from(server.url(path)))]
}

fn with<'a>(fields: &[(&'a str, Value)], more: &[(&'a str, Value)]) -> Vec<(&'a str, Value)> {
    fields.iter().chain(more).cloned().collect()
}

fn field(value: &Value, name: &str) -> Value {
    let found = value.as_object().and_then(|object| object.get_str(name));
    found.unwrap_or_else(|| panic!("no `{name}` in {value}")).clone()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn json(text: &str) -> Value {
    let mut sources = portcullis::source::Sources::new();
    let source = sources.add(portcullis::source::Source::new("json", text));
    portcullis::document::json(source, text).expect("JSON").to_value()
}
