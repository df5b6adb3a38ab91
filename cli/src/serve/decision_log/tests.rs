//! Tests of the decision log as a whole: what gets where, and what becomes of it when it can't.

mod opa;
mod receiver;

use std::io::Write;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use portcullis::document::json_value;
use portcullis::eval::NativeEngine;
use portcullis::frontend;
use portcullis::policy::{CompileUnit, Engine as _, Limits, Modules, Query, Request};
use portcullis::policy::{Outcome as Answer, Policy};
use portcullis::source::{Source, SourceId, Sources};
use portcullis::value::Object;

use self::receiver::Receiver;
use super::*;
use crate::host::{Machine, Network};
use crate::serve::journal::{self, LineFormat, Scribe};
use crate::serve::opa_config::{Credentials, Reporting};
use crate::serve::test_server::eventually;

/// A log with its journal, and what that wrote.
struct Bench {
    log: DecisionLog,
    metrics: Metrics,
    journal: Journal,
    scribe: Scribe,
    written: Shared,
}

impl Bench {
    fn start(settings: Settings) -> Self {
        let written = Shared::default();
        let (journal, scribe) =
            journal::begin(Box::new(written.clone()), journal::Destination::Nowhere, LineFormat::Json)
                .map_err(|(_, error)| error)
                .unwrap();
        let metrics = Metrics::default();
        let log = DecisionLog::start(settings, &journal, &metrics).unwrap();
        Self { log, metrics, journal, scribe, written }
    }

    /// Ends the log and gives the lines of the journal.
    fn end(self) -> String {
        self.log.end(Duration::from_secs(5));
        drop((self.log, self.journal));
        self.scribe.end();
        self.written.text()
    }
}

#[derive(Debug, Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Answers from a module.
#[derive(Debug)]
struct Policies(Arc<dyn Policy>);

impl Policies {
    fn new(module: &str) -> Self {
        let mut sources = Sources::new();
        sources.add(Source::new("policy.rego", module));
        let modules = Modules { sources: &sources, versions: &[] };
        let modules = &frontend::parse(&modules, NonZeroUsize::MIN, None).unwrap();
        let data = &Value::Object(Object::new());
        let unit = CompileUnit { modules, data, renames: &[], cases: &[] };
        Self(NativeEngine::new(Arc::new(Machine::new(Network::Denied))).compile(&unit).unwrap())
    }

    fn none() -> Self {
        Self::new("package nothing")
    }
}

impl Ask for Policies {
    fn ask(&self, path: &[&str], input: &Value) -> Outcome {
        let query = Query::Path(path.iter().map(|key| Arc::from(*key)).collect());
        let mut prepared = self.0.prepare(&query).unwrap();
        let request = Request { input: Some(input), with: &[], limits: Limits::default() };
        match prepared.evaluate(&request).outcome {
            Answer::Defined(results) => Outcome::Value(results[0].expressions[0].value.clone()),
            Answer::Undefined => Outcome::Undefined,
            Answer::Error(error) => Outcome::Error(error.to_string()),
        }
    }
}

fn json(text: &str) -> Value {
    json_value(SourceId::default(), text).unwrap()
}

fn decision(id: &str, input: &str) -> Decision {
    Decision {
        decision_id: id.to_owned(),
        path: Some("a/b".to_owned()),
        query: None,
        input: Some(json(input)),
        result: Some(Value::Bool(true)),
        error: None,
        requested_by: "127.0.0.1:4000".to_owned(),
        timestamp: Timestamp::from_nanosecond(1_700_000_000_123_456_700).unwrap(),
        metrics: vec![("timer_b_ns".to_owned(), 2), ("counter_a".to_owned(), 1)],
        req_id: 7,
        bundles: [("authz".to_owned(), "r1".to_owned()), ("plain".to_owned(), String::new())].into(),
        headers: BTreeMap::new(),
        trace_id: None,
    }
}

fn labels() -> BTreeMap<String, String> {
    [("id".to_owned(), "x".to_owned()), ("version".to_owned(), "1.22.2".to_owned())].into()
}

fn to(destination: &str) -> Settings {
    let destinations = vec![destination.parse().unwrap()];
    Settings { destinations, labels: labels(), buffer_bytes: 1 << 30, ..Settings::default() }
}

/// A log that is uploaded at once.
fn upload(url: &str) -> Settings {
    let service = Service {
        name: "acme".to_owned(),
        url: url.to_owned(),
        headers: BTreeMap::new(),
        allow_insecure_tls: false,
        response_header_timeout: Some(Duration::from_secs(2)),
        ca_cert: None,
        system_ca_required: false,
        credentials: Credentials::None,
    };
    let reporting = Reporting {
        buffer: Buffer::Size(None),
        upload_size_limit_bytes: 32_768,
        min_delay: Duration::from_millis(20),
        max_delay: Duration::from_millis(30),
        max_decisions_per_second: None,
        trigger: Trigger::Periodic,
    };
    let path = |last: &str| vec!["system".to_owned(), "log".to_owned(), last.to_owned()];
    let opa = DecisionLogs {
        service: Some("acme".to_owned()),
        resource: "logs".to_owned(),
        console: false,
        mask_decision: path("mask"),
        drop_decision: path("drop"),
        headers: Vec::new(),
        reporting,
    };
    let (opa, services) = (Some(opa), vec![service]);
    Settings { opa, services, labels: labels(), buffer_bytes: 1 << 30, ..Settings::default() }
}

#[test]
fn an_event_has_opas_fields_in_opas_order() {
    let mut decision = decision("d1", r#"{"b":"<&>","a":null}"#);
    decision.headers.insert("X-Trace".to_owned(), vec!["1".to_owned()]);
    decision.error = Some(json(r#"{"code":"eval_conflict_error"}"#));
    let event = Event::new(Arc::new(labels()), decision);
    insta::assert_snapshot!(event.to_json(Payloads::Included), @r#"{"labels":{"id":"x","version":"1.22.2"},"decision_id":"d1","bundles":{"authz":{"revision":"r1"},"plain":{}},"path":"a/b","input":{"a":null,"b":"\u003c\u0026\u003e"},"result":true,"error":{"code":"eval_conflict_error"},"requested_by":"127.0.0.1:4000","timestamp":"2023-11-14T22:13:20.1234567Z","metrics":{"counter_a":1,"timer_b_ns":2},"req_id":7,"request_context":{"http":{"headers":{"X-Trace":["1"]}}}}"#);
    // What policies see says the same.
    let seen = event.to_value();
    assert_eq!(seen, json(&event.to_json(Payloads::Included)));
}

#[test]
fn a_log_that_nobody_reads_wants_nothing() {
    let log =
        DecisionLog::start(Settings::default(), &Bench::start(to("console")).journal, &Metrics::default());
    let log = log.unwrap();
    assert!(!log.wants() && !DecisionLog::off().wants());
    log.record(decision("d", "{}"), &Policies::none());
}

#[test]
fn a_file_has_events_without_their_input_unless_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, input) in [("", None), ("?include_payloads=true", Some(r#"{"secret":1}"#))] {
        let path = folder.path().join(settings.len().to_string());
        let bench = Bench::start(to(&format!("file:{}{settings}", path.display())));
        assert!(bench.log.wants());
        for id in ["d1", "d2"] {
            bench.log.record(decision(id, r#"{"secret":1}"#), &Policies::none());
        }
        assert!(!bench.metrics.text().contains("portcullis_decision_logs_dropped_total{"));
        eventually("they are written", || {
            fs_err::read_to_string(&path).is_ok_and(|text| text.lines().count() == 2)
        });
        fs_err::rename(&path, folder.path().join("moved")).unwrap();
        bench.log.reopen();
        bench.log.record(decision("d3", "{}"), &Policies::none());
        bench.end();
        assert!(fs_err::read_to_string(&path).unwrap().contains("\"d3\""), "a new file");
        let text = fs_err::read_to_string(folder.path().join("moved")).unwrap();
        let lines: Vec<Value> = text.lines().map(json).collect();
        let ids: Vec<_> = lines.iter().map(|line| line.lookup(&["decision_id"]).unwrap().as_str()).collect();
        assert_eq!(ids, [Some("d1"), Some("d2")]);
        assert_eq!(lines[0].lookup(&["input"]), input.map(json).as_ref());
        assert_eq!(lines[0].lookup(&["result"]), Some(&Value::Bool(true)));
    }
}

#[test]
fn the_console_has_lines_as_opas() {
    let mut settings = upload("http://127.0.0.1:1");
    let opa = settings.opa.as_mut().unwrap();
    (opa.console, opa.service) = (true, None);
    let bench = Bench::start(settings);
    let mut failed = decision("d1", r#"{"a":1}"#);
    failed.result = None;
    failed.error = Some(json(
        r#"{"code":"eval_conflict_error","message":"no","location":{"file":"p.rego","row":3,"col":1}}"#,
    ));
    bench.log.record(failed, &Policies::none());
    let text = bench.end();
    let time = regex_free_time(&text);
    insta::assert_snapshot!(text.replace(&time, "TIME"), @r#"{"bundles":{"authz":{"revision":"r1"},"plain":{}},"decision_id":"d1","error":"p.rego:3: eval_conflict_error: no","input":{"a":1},"labels":{"id":"x","version":"1.22.2"},"level":"info","metrics":{"counter_a":1,"timer_b_ns":2},"msg":"Decision Log","path":"a/b","req_id":7,"requested_by":"127.0.0.1:4000","time":"TIME","timestamp":"2023-11-14T22:13:20.1234567Z","type":"openpolicyagent.org/decision_logs"}"#);
}

/// The time of the only line.
fn regex_free_time(text: &str) -> String {
    json(text).lookup(&["time"]).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn an_audit_says_who_called_whom_for_what() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    let bench = Bench::start(to(&format!("file:{}?format=audit", path.display())));
    let input =
        r#"{"caller_spiffe_id":"spiffe://a/x","callee_spiffe_id":"spiffe://a/y","action":"read","secret":1}"#;
    for (id, result) in [
        ("1", Some("true")),
        ("2", Some("false")),
        ("3", None),
        ("4", Some(r#"{"allow":true}"#)),
        ("5", Some(r#"{"allow":"yes"}"#)),
    ] {
        let mut decision = decision(id, input);
        decision.result = result.map(json);
        decision.trace_id = (id == "1").then(|| "0af7".to_owned());
        bench.log.record(decision, &Policies::none());
    }
    bench.log.record(decision("6", input), &Policies::new("package system.log\nmask := [\"/result\"]"));
    bench.end();
    let text = fs_err::read_to_string(path).unwrap();
    let lines: Vec<Value> = text.lines().map(json).collect();
    let verdicts: Vec<_> =
        lines.iter().map(|line| line.lookup(&["decision"]).unwrap().as_str().unwrap()).collect();
    assert_eq!(verdicts, ["allow", "deny", "undefined", "allow", "other", "masked"]);
    insta::assert_snapshot!(text.lines().next().unwrap(), @r#"{"timestamp":"2023-11-14T22:13:20.1234567Z","caller_spiffe_id":"spiffe://a/x","callee_spiffe_id":"spiffe://a/y","capability":null,"action":"read","decision":"allow","trace_id":"0af7","decision_id":"1","path":"a/b"}"#);
}

#[test]
fn events_are_uploaded_as_compressed_arrays() {
    let receiver = Receiver::start(|_| 200);
    let mut settings = upload(&receiver.url());
    settings.opa.as_mut().unwrap().headers = vec!["X-Trace".to_owned()];
    let bench = Bench::start(settings);
    assert_eq!(bench.log.headers(), ["X-Trace"]);
    for number in 0..100 {
        bench.log.record(decision(&format!("d{number}"), r#"{"a":1}"#), &Policies::none());
    }
    eventually("all events come", || receiver.events().len() == 100);
    let ids: Vec<String> = receiver
        .events()
        .iter()
        .map(|event| event.lookup(&["decision_id"]).unwrap().as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, (0..100).map(|number| format!("d{number}")).collect::<Vec<_>>());
    let request = receiver.requests().remove(0);
    assert_eq!(request.target, "/logs");
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(request.headers["content-encoding"], "gzip");
    let written = "decision_logs_written_total{sink=\"service:acme\"} 100";
    eventually("they are counted", || bench.metrics.text().contains(written));
    bench.end();
}

#[test]
fn a_service_that_fails_gets_the_events_again_and_the_journal_tells_once() {
    let receiver = Receiver::start(|number| if number < 3 { 500 } else { 204 });
    let bench = Bench::start(upload(&receiver.url()));
    bench.log.record(decision("d1", "{}"), &Policies::none());
    eventually("the event comes", || receiver.requests().len() == 4);
    eventually("it is counted", || bench.metrics.text().contains("written_total{sink=\"service:acme\"} 1"));
    assert!(bench.metrics.text().contains("decision_logs_failures_total{sink=\"service:acme\"} 3"));
    let text = bench.end();
    assert_eq!(text.matches("decisions can't be written").count(), 1, "{text}");
    assert!(text.contains("log upload failed, server replied with HTTP 500 Internal Server Error"), "{text}");
    assert_eq!(text.matches("decisions are written").count(), 1, "{text}");
}

#[test]
fn a_service_that_is_down_keeps_nobody_waiting_and_what_is_dropped_is_counted() {
    let mut settings = upload("http://127.0.0.1:1");
    settings.opa.as_mut().unwrap().reporting.buffer = Buffer::Events(10);
    let bench = Bench::start(settings);
    let start = Instant::now();
    for number in 0..100 {
        bench.log.record(decision(&number.to_string(), "{}"), &Policies::none());
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    let expected = "dropped_total{sink=\"service:acme\",reason=\"buffer_size_limit_exceeded\"} 90";
    assert!(bench.metrics.text().contains(expected), "{}", bench.metrics.text());
    bench.log.end(Duration::from_millis(100));
    drop((bench.log, bench.journal));
    bench.scribe.end();
    let text = bench.written.text();
    assert!(
        text.contains("decisions could not be written in time\",\"lost\":\"10\",\"kept\":\"0\""),
        "{text}"
    );
}

#[test]
fn only_so_many_decisions_a_second_are_sent() {
    let receiver = Receiver::start(|_| 200);
    let mut settings = upload(&receiver.url());
    settings.opa.as_mut().unwrap().reporting.max_decisions_per_second = Some(5.0);
    let bench = Bench::start(settings);
    for number in 0..50 {
        bench.log.record(decision(&number.to_string(), "{}"), &Policies::none());
    }
    eventually("some come", || receiver.events().len() >= 5);
    assert!(bench.metrics.text().contains("reason=\"rate_limit_exceeded\""));
    bench.end();
    assert!(receiver.events().len() < 10);
}

#[test]
fn what_a_policy_drops_or_fails_on_is_not_written() {
    let receiver = Receiver::start(|_| 200);
    let bench = Bench::start(upload(&receiver.url()));
    let policies = Policies::new(
        "package system.log
drop if input.input.drop
drop := 1 if input.input.fail
drop := 2 if input.input.fail
mask contains \"/input/secret\"
mask contains \"nowhere\" if input.input.bad",
    );
    for (id, input) in [
        ("dropped", r#"{"drop":true}"#),
        ("failed", r#"{"fail":true}"#),
        ("bad", r#"{"bad":true,"secret":1}"#),
        ("kept", r#"{"secret":1,"a":2}"#),
    ] {
        bench.log.record(decision(id, input), &policies);
    }
    eventually("the last comes", || !receiver.events().is_empty());
    let events = receiver.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].lookup(&["decision_id"]).unwrap().as_str(), Some("kept"));
    assert_eq!(events[0].lookup(&["input"]), Some(&json(r#"{"a":2}"#)));
    assert_eq!(events[0].lookup(&["erased"]), Some(&json(r#"["/input/secret"]"#)));
    assert!(bench.metrics.text().contains("dropped_total{sink=\"policy\",reason=\"policy_failed\"} 2"));
    let text = bench.end();
    assert!(text.contains("\"policy\":\"system/log/drop\",\"decision_id\":\"failed\""), "{text}");
    assert!(text.contains("\"policy\":\"system/log/mask\",\"decision_id\":\"bad\""), "{text}");
}

#[test]
fn events_in_a_buffer_on_the_disk_are_sent_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = upload("http://127.0.0.1:1");
    settings.buffer = Some(folder.path().to_owned());
    let bench = Bench::start(settings);
    for number in 0..20 {
        bench.log.record(decision(&number.to_string(), "{}"), &Policies::none());
    }
    bench.log.end(Duration::from_millis(500));
    drop((bench.log, bench.journal));
    bench.scribe.end();
    let text = bench.written.text();
    assert!(
        text.contains("decisions could not be written in time\",\"lost\":\"0\",\"kept\":\"20\""),
        "{text}"
    );

    let receiver = Receiver::start(|_| 200);
    let mut settings = upload(&receiver.url());
    settings.buffer = Some(folder.path().to_owned());
    let next = loop {
        // The threads of the one before may hold the folder for a moment.
        let written = Shared::default();
        let begun = journal::begin(Box::new(written), journal::Destination::Nowhere, LineFormat::Json);
        let (journal, _scribe) = begun.map_err(|(_, error)| error).unwrap();
        let settings = Settings {
            opa: settings.opa.clone(),
            services: settings.services.clone(),
            buffer: settings.buffer.clone(),
            labels: labels(),
            buffer_bytes: 1 << 30,
            destinations: Vec::new(),
            status: None,
        };
        if let Ok(log) = DecisionLog::start(settings, &journal, &Metrics::default()) {
            break log;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    eventually("all come", || receiver.events().len() == 20);
    next.end(Duration::from_secs(1));
}
