//! The status that a server tells beside that of OPA, which follows the same bundles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::archive::archive;
use crate::opa::Opa;
use crate::server::{PATIENCE, Server};
use crate::test_server::{Received, Reply, TestServer, eventually};

/// A service that has bundles, good and bad ones one after the other, and takes logs and status.
fn service() -> TestServer {
    let steps = std::sync::atomic::AtomicUsize::new(0);
    TestServer::start(move |_, request| {
        let target = request.target.as_str();
        if target.ends_with("/bundles/never") {
            return Reply::status(403);
        }
        if !target.ends_with("/bundles/b") {
            return Reply::status(if target.ends_with("/logs") { 503 } else { 200 });
        }
        let step = steps.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let bundle = |revision: &str, rules: &str| {
            let manifest = format!("{{\"revision\":\"{revision}\",\"roots\":[\"d\"]}}");
            let body = archive(&[("/.manifest", &manifest), ("/p.rego", &format!("package d\n\n{rules}\n"))]);
            let headers = vec![("ETag", format!("\"{revision}\""))];
            Reply { status: 200, headers, body: body.unwrap_or_default(), cut: 0 }
        };
        if matches!(step, 3 | 4) {
            // What is asked for again soon after a failure comes when the failure was told.
            std::thread::sleep(std::time::Duration::from_millis(400));
        }
        match step {
            0 => bundle("r1", "x := 1"),
            2 => bundle("broken", "x := y"),
            3 => Reply::status(500),
            4 => bundle("r2", "x := 2"),
            _ => Reply::status(304),
        }
    })
}

fn configuration(url: &str) -> String {
    format!(
        "services: {{cloud: {{url: '{url}/base'}}}}
labels: {{app: a}}
bundles:
  b: {{polling: {{min_delay_seconds: 1, max_delay_seconds: 1}}}}
  never: {{polling: {{min_delay_seconds: 1, max_delay_seconds: 1}}}}
decision_logs: {{service: cloud, reporting: {{min_delay_seconds: 1, max_delay_seconds: 1}}}}
status:
  service: cloud
  partition_name: part
  console: true
  prometheus: true
  prometheus_config: {{collectors: {{bundle_loading_duration_ns: {{buckets: [10, 1000]}}}}}}
"
    )
}

/// A report without what differs between runs.
fn steady(report: &Value) -> Result<Value> {
    let mut report = report.clone();
    let fields = report.as_object_mut().context("an object")?;
    // OPA's own measurements, and what makes a report a line of the log.
    for name in ["metrics", "level", "msg", "time"] {
        fields.remove(name);
    }
    ensure!(fields["labels"]["id"].as_str().is_some_and(|id| id.len() == 36), "{report}");
    report["labels"]["id"] = json!("id");
    for status in report["bundles"].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
        for (name, value) in status.as_object_mut().context("a status")? {
            if name.starts_with("last_") && value != "0001-01-01T00:00:00Z" {
                let time: jiff::Timestamp = value.as_str().context("a time")?.parse()?;
                ensure!(time.as_second() > 1_700_000_000, "{value}");
                *value = json!("then");
            }
            if name == "metrics" {
                // The other timers are of things that OPA measures by the way.
                let timers = value.as_object().context("timers")?;
                let kept = ["timer_bundle_request_ns", "timer_rego_load_bundles_ns"];
                *value = timers.keys().filter(|name| kept.contains(&name.as_str())).cloned().collect();
            }
            if name == "size" {
                ensure!(value.as_u64().is_some_and(|size| size > 50), "{value}");
                *value = json!("bytes");
            }
        }
    }
    Ok(report)
}

/// What the reports say of the bundle, one after the other, without repetitions.
fn course(reports: &[Value]) -> Vec<Value> {
    let mut course: Vec<Value> = reports
        .iter()
        .map(|report| report["bundles"]["b"].clone())
        .filter(|status| !status.is_null())
        .collect();
    course.retain(|status| status["last_request"] == "then");
    course.dedup();
    course
}

fn posted(service: &TestServer) -> Result<Vec<Value>> {
    let requests = service.requests();
    let told = requests.iter().filter(|request| request.target == "/base/status/part");
    let report = |request: &Received| {
        ensure!(request.headers.get("content-type").is_some_and(|kind| kind == "application/json"));
        steady(&serde_json::from_slice(&request.body)?)
    };
    told.map(report).collect()
}

/// Waits until everything happened, and returns the reports.
fn until_over(service: &TestServer) -> Result<Vec<Value>> {
    let start = Instant::now();
    loop {
        std::thread::sleep(std::time::Duration::from_millis(50));
        let reports = posted(service)?;
        let last = reports.last().unwrap_or(&Value::Null);
        if last["bundles"]["b"]["active_revision"] == "r2"
            && last["bundles"]["b"]["metrics"] == json!(["timer_bundle_request_ns"])
            && last["bundles"]["never"]["code"] == "bundle_error"
            && last["decision_logs"]["http_code"] == 503
        {
            return Ok(reports);
        }
        ensure!(start.elapsed() < PATIENCE, "{reports:#?}");
    }
}

/// The metrics of the status by name and labels.
fn series(text: &str) -> BTreeMap<(String, BTreeSet<String>), f64> {
    let names = ["bundle_", "last_", "plugin_status", "opa_info", "decision_logs_status"];
    let lines = text.lines().filter(|line| names.iter().any(|name| line.starts_with(name)));
    let parts = lines.filter_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        let (name, labels) = series.split_once('{')?;
        // No value here has a comma in it.
        let labels = labels.trim_end_matches('}').split(',').map(|label| label.replace(".0\"", "\""));
        Some(((name.to_owned(), labels.collect()), value.parse().ok()?))
    });
    parts.collect()
}

fn metrics(url: &str) -> Result<String> {
    let client = reqwest::blocking::Client::builder().no_proxy().build()?;
    Ok(client.get(format!("{url}/metrics")).send()?.text()?)
}

fn decide(url: &str) -> Result<Value> {
    let client = reqwest::blocking::Client::builder().no_proxy().build()?;
    client.post(format!("{url}/v1/data/d/x")).body("{\"input\": 1}").send()?;
    Ok(serde_json::from_slice(&client.get(format!("{url}/v1/status")).send()?.bytes()?)?)
}

fn follow(folder: &Path, service: &TestServer) -> Result<Server> {
    fs_err::write(folder.join("opa.yaml"), configuration(&service.url()))?;
    Server::deciding(folder, &["--access-log", "off", "-c", "opa.yaml"])
}

#[test]
fn service_console_and_metrics_are_told_what_opa_tells_them() -> Result<()> {
    let (ours, theirs) = (service(), service());
    let (folder, opa_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let server = follow(folder.path(), &ours)?;
    let opa = Opa::start_with(opa_folder.path(), &configuration(&theirs.url()), &[])?;
    let current = decide(&server.url)?;
    ensure!(current["result"]["plugins"]["bundle"]["state"] == "NOT_READY", "{current}");
    let reports = until_over(&ours)?;
    let codes: Vec<Value> = course(&reports).iter().map(|status| status["code"].clone()).collect();
    let failed = json!("bundle_error");
    ensure!(
        codes == [Value::Null, Value::Null, failed.clone(), failed, Value::Null, Value::Null],
        "{codes:?}"
    );

    // The console has them in the same form.
    let line =
        server.line(&|line| line["msg"] == "Status Log" && line["bundles"]["b"]["http_code"] == 500)?;
    ensure!(line["level"] == "info" && line["type"] == "openpolicyagent.org/status", "{line}");
    let mut line = steady(&line)?;
    line.as_object_mut().context("an object")?.remove("type");
    ensure!(reports.contains(&line), "{line} is none of {reports:#?}");
    let told = series(&metrics(&server.url)?);
    ensure!(told.keys().any(|(name, _)| name == "bundle_loading_duration_ns_bucket"), "{told:#?}");

    let Some(opa) = opa else { return Ok(()) };
    let opa_url = format!("http://{}", opa.authority());
    decide(&opa_url)?;
    let expected = until_over(&theirs)?;
    let (ours_course, opas_course) = (course(&reports), course(&expected));
    for (step, (status, expected)) in ours_course.iter().zip(&opas_course).enumerate() {
        ensure!(status == expected, "{step}: {status}\n{expected}");
    }
    ensure!(ours_course.len() == opas_course.len(), "{ours_course:?}\n{opas_course:?}");
    let (last, expected) = (reports.last().context("a report")?, expected.last().context("a report")?);
    ensure!(last == expected, "{last:#}\n{expected:#}");
    let first = |reports: Vec<Value>| reports.into_iter().find(|report| report["bundles"].is_null());
    let (first_of_ours, first_of_opas) = (first(posted(&ours)?), first(posted(&theirs)?));
    ensure!(first_of_ours.is_some() && first_of_opas.is_some());

    let expected = series(&metrics(&opa_url)?);
    // What OPA measures of itself by the way has no counterpart here.
    let is_common = |(name, labels): &&(String, BTreeSet<String>)| {
        let stage = labels.iter().find(|label| label.starts_with("stage="));
        // And which of the two bundles is asked for first is chance.
        name != "bundle_loading_duration_ns"
            && !labels.contains("code=\"\"")
            && stage.is_none_or(|stage| stage.contains("bundle_request") || stage.contains("load_bundles"))
    };
    let names = |all: &BTreeMap<_, f64>| all.keys().filter(is_common).cloned().collect::<BTreeSet<_>>();
    let (told_names, expected_names) = (names(&told), names(&expected));
    let differ: Vec<_> = told_names.symmetric_difference(&expected_names).collect();
    ensure!(differ.is_empty(), "{differ:#?}");
    for (key, value) in told.iter().filter(|(key, _)| is_common(key)) {
        // Times are near each other, and what never was is the same moment for both.
        let is_near = (value - expected[key]).abs() <= expected[key].abs() / 1e6;
        ensure!(is_near || !key.0.starts_with("last_"), "{key:?}: {value} {}", expected[key]);
    }
    Ok(())
}

#[test]
fn status_is_off_where_nobody_is_to_be_told_as_in_opa() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::write(folder.path().join("opa.yaml"), "status: {}\n")?;
    let server = Server::deciding(folder.path(), &["--access-log", "off", "-c", "opa.yaml"])?;
    let answer = server.get("/v1/status", &[])?;
    ensure!(
        answer.status == 500 && String::from_utf8_lossy(&answer.body).contains("not enabled"),
        "{answer:?}"
    );
    let Some(opa) = Opa::start_with(folder.path(), "status: {}\n", &[])? else { return Ok(()) };
    let client = reqwest::blocking::Client::builder().no_proxy().build()?;
    let expected = client.get(format!("http://{}/v1/status", opa.authority())).send()?;
    ensure!(expected.status() == 500 && expected.bytes()? == answer.body);
    Ok(())
}

#[test]
fn a_service_that_is_down_is_told_again_when_it_is_back() -> Result<()> {
    let fails = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let told = std::sync::Arc::clone(&fails);
    let service = TestServer::start(move |_, request| {
        Reply::status(match request.target.as_str() {
            "/status" if told.load(std::sync::atomic::Ordering::SeqCst) => 500,
            "/status" => 200,
            _ => 404,
        })
    });
    let folder = tempfile::tempdir()?;
    let text = format!(
        "services: {{s: {{url: '{}'}}}}\nstatus: {{}}\nbundles: {{b: {{polling: {{min_delay_seconds: 1, max_delay_seconds: 1}}}}}}\n",
        service.url()
    );
    fs_err::write(folder.path().join("opa.yaml"), text)?;
    let mut server = Server::deciding(folder.path(), &["--access-log", "off", "-c", "opa.yaml"])?;
    let event = server.event("the status can't be sent")?;
    ensure!(event["error"] == "the server replied with HTTP 500 Internal Server Error", "{event}");
    fails.store(false, std::sync::atomic::Ordering::SeqCst);
    eventually("the service is told again", || {
        service.requests().iter().any(|request| request.target == "/status" && request.status == 200)
    });
    server.event("the status is sent again")?;
    server.signal("TERM")?;
    ensure!(server.end()?.code() == Some(0));
    ensure!(server.count("the status can't be sent") == 1);
    Ok(())
}
