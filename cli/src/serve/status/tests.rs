//! Tests of what is told, and when.

use super::*;
use crate::serve::journal::{self, LineFormat};
use crate::serve::opa_config::{Credentials, Service};
use crate::serve::test_server::{Reply, TestServer, eventually};

fn reporter(url: &str) -> Reporter {
    let service = Service {
        name: "s".to_owned(),
        url: url.to_owned(),
        headers: BTreeMap::new(),
        allow_insecure_tls: false,
        response_header_timeout: Some(Duration::from_secs(5)),
        ca_cert: None,
        system_ca_required: false,
        credentials: Credentials::None,
    };
    let told = StatusSettings {
        service: Some("s".to_owned()),
        resource: "status".to_owned(),
        console: false,
        prometheus: false,
        load_buckets: Vec::new(),
    };
    let report = Report { follows_bundles: true, logs_decisions: true, ..Report::default() };
    let begun = journal::begin(Box::new(std::io::sink()), journal::Destination::Nowhere, LineFormat::Json);
    let (journal, _scribe) = begun.map_err(|(_, error)| error).unwrap();
    let settings = Settings { told, services: vec![service], report };
    Reporter::start(settings, journal, &Metrics::default()).unwrap()
}

fn text(body: &[u8]) -> String {
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn the_last_of_many_changes_is_told_and_nothing_is_told_after_the_end() {
    let server = TestServer::start(|_, _| {
        std::thread::sleep(Duration::from_millis(50));
        Reply::status(200)
    });
    let reporter = reporter(&server.url());
    eventually("the first report comes", || !server.requests().is_empty());
    for number in 0..100 {
        let failure = Failure { message: format!("failure {number}"), errors: Vec::new(), http_code: None };
        reporter.decisions_sent(Some(failure));
    }
    reporter.end(Duration::from_secs(20));
    let requests = server.requests();
    assert!(requests.len() < 50, "a slow service gets the last report only: {}", requests.len());
    assert_eq!(
        text(&requests[0].body),
        r#"{"labels":{},"decision_logs":{},"plugins":{"bundle":{"state":"NOT_READY"},"decision_logs":{"state":"OK"},"discovery":{"state":"OK"},"status":{"state":"OK"}}}"#
    );
    let last = text(&requests.last().unwrap().body);
    assert!(
        last.contains(r#""decision_logs":{"code":"decision_log_error","message":"failure 99"}"#),
        "{last}"
    );
    reporter.decisions_sent(None);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(server.requests().len(), requests.len());
}
