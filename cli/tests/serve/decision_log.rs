//! The decision log of a server that runs: OPA's lines for the same requests, and what a process that is killed leaves behind.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::opa::Opa;
use crate::ports::free_port;
use crate::server::{PATIENCE, Server};

const POLICY: &str = "package a

allow if input.x == 1

both := 1 if input.conflict

both := 2 if input.conflict
";

const MASK: &str = "package system.log

mask contains \"/input/secret\"

mask contains {\"op\": \"upsert\", \"path\": \"/result/y\", \"value\": \"*\"} if input.path == \"a\"

drop if input.input.drop
";

/// Method, path and body of requests.
const REQUESTS: &[(&str, &str, &str)] = &[
    ("POST", "/v1/data/a/allow", r#"{"input":{"x":1,"secret":"s"}}"#),
    ("POST", "/v1/data/a/allow", r#"{"input":{"x":2}}"#),
    ("POST", "/v1/data/a/allow", "{}"),
    ("POST", "/v1/data/a/allow", r#"{"input":{"drop":true}}"#),
    ("GET", "/v1/data/a?input=%7B%22x%22%3A1%7D", ""),
    ("GET", "/v1/data", ""),
    ("POST", "/v1/data/a/both", r#"{"input":{"conflict":true}}"#),
    ("POST", "/v1/data/a/no/such", r#"{"input":null}"#),
    ("POST", "/v1/data/a/allow?metrics", r#"{"input":[1]}"#),
    ("POST", "/v0/data/a/allow", r#"{"x":1}"#),
    ("GET", "/v1/query?q=x%20%3D%201", ""),
    ("POST", "/v1/query", r#"{"query":"data.a.allow","input":{"x":1,"secret":2}}"#),
    ("PUT", "/v1/data/z", "1"),
    ("POST", "/v1/data/z", r#"{"input":"last"}"#),
];

fn send(url: &str, (method, path, body): (&str, &str, &str)) -> Result<Vec<u8>> {
    let client = reqwest::blocking::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let request = client.request(method.parse()?, format!("{url}{path}")).header("X-Trace", "t1");
    Ok(request.body(body.to_owned()).send()?.bytes()?.to_vec())
}

fn is_last(line: &Value) -> bool {
    line["msg"] == "Decision Log" && line["input"] == "last"
}

/// The line without what differs between runs.
fn comparable(mut line: Value) -> Result<Value> {
    let fields = line.as_object_mut().context("an object")?;
    for name in ["decision_id", "requested_by", "time", "timestamp"] {
        ensure!(fields.remove(name).is_some(), "no {name}");
    }
    let labels = fields.get_mut("labels").and_then(Value::as_object_mut).context("labels")?;
    ensure!(labels.remove("id").is_some(), "no id");
    let metrics = fields.remove("metrics").context("metrics")?;
    ensure!(
        metrics["timer_server_handler_ns"].is_u64() || metrics["timer_rego_query_eval_ns"].is_u64(),
        "{metrics}"
    );
    Ok(line)
}

#[test]
fn the_console_has_the_same_lines_as_opas() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::write(folder.path().join("a.rego"), POLICY)?;
    fs_err::write(folder.path().join("mask.rego"), MASK)?;
    let configuration = "labels: {region: west}
decision_logs: {console: true, request_context: {http: {headers: [X-Trace]}}}
";
    fs_err::write(folder.path().join("opa.yaml"), configuration)?;
    let ours = Server::deciding(
        folder.path(),
        &["--access-log", "off", "-c", "opa.yaml", "--policy", "a.rego", "mask.rego"],
    )?;
    for request in REQUESTS {
        let body = send(&ours.url, *request)?;
        let body = serde_json::from_slice::<Value>(&body).unwrap_or_default();
        let has_id = body.get("decision_id").is_some();
        let is_answer =
            request.1.starts_with("/v1/data") && request.0 != "PUT" && body.get("errors").is_none();
        assert_eq!(has_id, is_answer, "{request:?}: {body}");
    }
    ours.line(&is_last)?;
    let mine = ours.lines(&|line| line["msg"] == "Decision Log");

    let Some(opa) = Opa::start_with(folder.path(), configuration, &["a.rego", "mask.rego"])? else {
        return Ok(());
    };
    for request in REQUESTS {
        send(&format!("http://{}", opa.authority()), *request)?;
    }
    let start = Instant::now();
    let theirs = loop {
        let log = fs_err::read_to_string(folder.path().join("opa.log"))?;
        let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if lines.iter().any(is_last) {
            break lines;
        }
        ensure!(start.elapsed() < PATIENCE, "{log}");
        thread::sleep(std::time::Duration::from_millis(20));
    };
    let theirs = theirs.into_iter().filter(|line| line["msg"] == "Decision Log");
    let theirs = theirs.map(comparable).collect::<Result<Vec<_>>>()?;
    let mine = mine.into_iter().map(comparable).collect::<Result<Vec<_>>>()?;
    for (mine, theirs) in mine.iter().zip(&theirs) {
        assert_eq!(mine, theirs);
    }
    assert_eq!(mine.len(), theirs.len());
    assert_eq!(mine.len(), REQUESTS.len() - 2, "one is dropped, and one is no decision");
    Ok(())
}

/// Starts a server that sends decisions to a port.
fn start(folder: &Path, port: u16) -> Result<Server> {
    let to = format!("syslog+tcp://127.0.0.1:{port}?format=audit");
    Server::deciding(
        folder,
        &[
            "--access-log",
            "off",
            "--policy",
            "a.rego",
            "--decision-log",
            &to,
            "--decision-log-buffer",
            "buffer",
        ],
    )
}

#[test]
fn decisions_of_a_process_that_is_killed_are_sent_by_the_next_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::write(folder.path().join("a.rego"), POLICY)?;
    // Nobody listens there yet.
    let port = free_port()?;
    let server = start(folder.path(), port)?;
    for number in 0..50 {
        send(
            &server.url,
            ("POST", "/v1/data/a/allow", &format!("{{\"input\":{{\"x\":1,\"action\":{number}}}}}")),
        )?;
    }
    server.event("decisions can't be written")?;
    // They are on the disk a moment after they were made.
    thread::sleep(std::time::Duration::from_millis(500));
    server.signal("KILL")?;
    drop(server);

    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let server = start(folder.path(), port)?;
    let mut reader = BufReader::new(listener.accept()?.0);
    for number in 0..50 {
        let mut length = Vec::new();
        reader.read_until(b' ', &mut length)?;
        let mut message = vec![0; String::from_utf8(length)?.trim().parse()?];
        reader.read_exact(&mut message)?;
        let message = String::from_utf8(message)?;
        let json = message.split_once(" - ").context("a header")?.1;
        let event: Value = serde_json::from_str(json)?;
        assert_eq!((&event["action"], &event["decision"]), (&number.into(), &"allow".into()), "{message}");
    }
    drop(server);
    Ok(())
}
