//! The real OPA masks, drops and uploads the same decisions, and the events are compared field by field.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use super::*;

/// The mask is what the input asks for.
const POLICY: &str = "package system.log

mask := {rule | some rule in input.input.rules} if input.input.set

mask := input.input.rules if not input.input.set

drop if input.input.drop

mask := 1 if input.input.conflict

mask := 2 if input.input.conflict
";

/// Rules, what is in the input beside them, and the result.
const CASES: &[(&str, &str, &str)] = &[
    (r#"["/input/a"]"#, r#"{"a":1,"b":2}"#, "true"),
    (r#"["/input/a/b","/input/a/c"]"#, r#"{"a":{"b":1}}"#, "true"),
    (r#"["/input"]"#, r#"{"a":1}"#, "true"),
    (r#"["/input","/input/a",{"op":"upsert","path":"/input","value":1}]"#, r#"{"a":1}"#, "true"),
    (r#"["/result"]"#, "{}", r#"{"x":1}"#),
    (r#"["/result/x","/result/y/0"]"#, "{}", r#"{"x":1,"y":[1,2,3]}"#),
    (r#"["/result/1","/result/0"]"#, "{}", r#"["a","b","c"]"#),
    (r#"["/result/-1","/result/9","/result/x"]"#, "{}", r#"["a"]"#),
    (r#"["/input/l/0/k","/input/l/1"]"#, r#"{"l":[{"k":1,"m":2},2]}"#, "true"),
    (r#"["/input/l/+1","/input/l/00"]"#, r#"{"l":[1,2,3]}"#, "true"),
    (r#"[{"op":"upsert","path":"/input/a","value":"***"}]"#, r#"{"a":1}"#, "true"),
    (r#"[{"op":"upsert","path":"/input/new/deep/er","value":[1]}]"#, r#"{"a":1}"#, "true"),
    (r#"[{"op":"upsert","path":"/input/a/b","value":2}]"#, r#"{"a":1}"#, "true"),
    (
        r#"[{"op":"upsert","path":"/input/l/1","value":"x"},{"op":"upsert","path":"/input/l/2","value":"y"}]"#,
        r#"{"l":[1,2]}"#,
        "true",
    ),
    (
        r#"[{"op":"upsert","path":"/input/l/0/k","value":"x"},{"op":"upsert","path":"/input/l/7/k","value":"x"}]"#,
        r#"{"l":[{}]}"#,
        "true",
    ),
    (r#"[{"op":"upsert","path":"/input","value":{"all":"new"}}]"#, r#"{"a":1}"#, "true"),
    (r#"[{"op":"upsert","path":"/input"}]"#, r#"{"a":1}"#, "true"),
    (r#"[{"op":"upsert","path":"/result","value":null}]"#, "{}", "true"),
    (r#"[{"op":"upsert","path":"/result/a","value":1}]"#, "{}", "true"),
    (r#"[{"op":"upsert","path":"/result/0","value":1}]"#, "{}", "[0]"),
    (r#"[{"op":"remove","path":"/input/a","value":9}]"#, r#"{"a":1}"#, "true"),
    (
        r#"["/input/a b","/input/a%20b","/input/c%2Fd","/input/e~f$&+,:;=@"]"#,
        r#"{"a b":1,"a%20b":2,"c/d":3,"c%2Fd":4,"c%252Fd":5,"e~f$&+,:;=@":6,"e~f$&+%2C:%3B=@":7,"a%2520b":8}"#,
        "true",
    ),
    (r#"["/input/ä","/input/%"]"#, r#"{"ä":1,"%C3%A4":2}"#, "true"),
    (r#"["/input/ä"]"#, r#"{"ä":1,"%C3%A4":2}"#, "true"),
    (r#"["/input/"]"#, r#"{"":1,"a":2}"#, "true"),
    (r#"["/input//a"]"#, r#"{"":{"a":1},"a":2}"#, "true"),
    (r#"["/nd_builtin_cache","/nd_builtin_cache/x"]"#, "{}", "true"),
    (r#"["/labels/id"]"#, "{}", "true"),
    (r#"["/inputs"]"#, "{}", "true"),
    (r#"["input/a"]"#, r#"{"a":1}"#, "true"),
    (r#"[""]"#, "{}", "true"),
    (r#"["/"]"#, "{}", "true"),
    ("[1]", "{}", "true"),
    (r#"[["/input/a"]]"#, r#"{"a":1}"#, "true"),
    (r#""/input/a""#, r#"{"a":1}"#, "true"),
    (r#"{"op":"remove","path":"/input/a"}"#, r#"{"a":1}"#, "true"),
    (r#"[{"path":"/input/a"}]"#, r#"{"a":1}"#, "true"),
    (r#"[{"op":"move","path":"/input/a"}]"#, r#"{"a":1}"#, "true"),
    (r#"[{"op":"remove"}]"#, r#"{"a":1}"#, "true"),
    (r#"[{"op":1,"path":"/input/a"}]"#, r#"{"a":1}"#, "true"),
    (r#"["/input/a","/bad"]"#, r#"{"a":1}"#, "true"),
    ("[]", r#"{"a":1}"#, "true"),
    (
        r#"[{"op":"upsert","path":"/input/b","value":1},"/input/c",{"op":"remove","path":"/input/a"},"/input/a"]"#,
        r#"{"set":true,"a":1,"b":2,"c":3}"#,
        "true",
    ),
    ("[]", r#"{"drop":true}"#, "true"),
    ("[]", r#"{"drop":"yes"}"#, "true"),
    ("[]", r#"{"conflict":true}"#, "true"),
    (r#"["/input/n"]"#, r#"{"n":1.50,"m":1e400,"big":12345678901234567890123}"#, r#"[1.0,"<a>"]"#),
];

#[test]
fn the_same_decisions_are_masked_and_dropped_as_by_opa() {
    if !opa() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.rego");
    fs_err::write(&policy, format!("{POLICY}\n")).unwrap();
    let decide = folder.path().join("decide.rego");
    fs_err::write(&decide, "package decide\nanswer := input.answer\n").unwrap();
    let theirs = Receiver::start(|_| 200);
    let server = Opa::start(&theirs.url(), &[&policy, &decide]);

    let ours = Receiver::start(|_| 200);
    let bench = Bench::start(upload(&ours.url()));
    let policies = Policies::new(POLICY);
    for (index, (rules, input, result)) in CASES.iter().enumerate() {
        let rest = input.trim_start_matches('{');
        let comma = if rest == "}" { "" } else { "," };
        let input = format!("{{\"case\":{index},\"rules\":{rules},\"answer\":{result}{comma}{rest}");
        server.ask(&format!("{{\"input\":{input}}}"));
        let mut decision = decision("d", &input);
        decision.result = Some(json(result));
        decision.path = Some("decide/answer".to_owned());
        decision.bundles.clear();
        bench.log.record(decision, &policies);
    }
    // Both send what comes last, so all before it has been sent.
    let last = r#"{"case":"last"}"#;
    server.ask(&format!("{{\"input\":{last}}}"));
    let mut decision = decision("last", last);
    (decision.result, decision.path) = (None, Some("decide/answer".to_owned()));
    decision.bundles.clear();
    bench.log.record(decision, &policies);
    let ended = |receiver: &Receiver| {
        receiver.events().iter().any(|event| event.lookup(&["input", "case"]) == Some(&Value::string("last")))
    };
    eventually("OPA sends", || ended(&theirs));
    eventually("we send", || ended(&ours));

    let comparable = |event: &Value| {
        let mut event = event.as_object().unwrap().clone();
        for key in ["labels", "decision_id", "requested_by", "timestamp", "metrics", "req_id"] {
            assert!(event.remove(&Value::string(key)).is_some(), "{key}");
        }
        Value::Object(event).to_json()
    };
    let theirs: Vec<String> = theirs.events().iter().map(comparable).collect();
    let ours: Vec<String> = ours.events().iter().map(comparable).collect();
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len());
    assert!(theirs.len() > 25 && theirs.len() < CASES.len(), "{}", theirs.len());
    bench.end();
}

struct Opa {
    process: Child,
    address: String,
}

impl Opa {
    fn start(receiver: &str, files: &[&Path]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new("opa");
        command.args(["run", "-s", "--addr", &address, "--disable-telemetry"]);
        for setting in [
            format!("services.acme.url={receiver}"),
            "decision_logs.service=acme".to_owned(),
            "decision_logs.reporting.min_delay_seconds=1".to_owned(),
            "decision_logs.reporting.max_delay_seconds=1".to_owned(),
        ] {
            command.args(["--set", &setting]);
        }
        let process = command.args(files).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { process, address };
        eventually("OPA listens", || TcpStream::connect(&server.address).is_ok());
        server
    }

    fn ask(&self, body: &str) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST /v1/data/decide/answer HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{body}: {answer}");
    }
}

impl Drop for Opa {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether the real OPA can be asked.
fn opa() -> bool {
    let version = Command::new("opa").arg("version").output();
    let there = version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("1.22.2"));
    if !there {
        let required = std::env::var_os("PORTCULLIS_REQUIRE_OPA").is_some_and(|value| value == "1");
        assert!(!required, "OPA 1.22.2 is required and not on PATH");
        let _ =
            writeln!(std::io::stderr(), "skipped: the comparison with OPA, since OPA 1.22.2 is not on PATH");
    }
    there
}
