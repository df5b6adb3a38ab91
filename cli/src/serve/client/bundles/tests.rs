//! Tests of the bundle client with a server that does what servers do, and what they should not.

use std::io::Write;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use portcullis::bundle::{
    Algorithm, RsaSize, SignatureStyle, Signer, SigningKey, TrustedKey, Unsigned, VerificationKey, generate,
};

use super::*;
use crate::serve::journal::{self, LineFormat};
use crate::serve::opa_config::{Credentials, Secret, Signing, Token};
use crate::serve::test_server::{Received, Reply, TestServer, eventually};

/// Remembers what was activated, and refuses when it is told to.
#[derive(Debug, Default)]
struct Store {
    activated: Mutex<Vec<String>>,
    refuses: AtomicBool,
}

impl Activate for Store {
    fn activate(&self, name: &str, bundle: VerifiedBundle, _: &str) -> Result<(), ActivationError> {
        if self.refuses.load(Ordering::SeqCst) {
            let errors = vec![Value::string("detail")];
            return Err(ActivationError { message: "no".to_owned(), errors });
        }
        let (revision, kind) = describe(bundle.members());
        self.activated.lock().unwrap().push(format!("{name} {revision} {kind}"));
        Ok(())
    }
}

impl Store {
    fn activated(&self) -> Vec<String> {
        self.activated.lock().unwrap().clone()
    }
}

fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    archive::write(&members_of(members), NonZeroUsize::MIN).unwrap()
}

fn members_of(members: &[(&str, &str)]) -> Vec<Member> {
    let member =
        |(path, text): &(&str, &str)| Member { path: (*path).to_owned(), bytes: text.as_bytes().to_vec() };
    members.iter().map(member).collect()
}

fn snapshot(revision: &str) -> Vec<u8> {
    let manifest = format!("{{\"revision\":\"{revision}\"}}");
    archive(&[("/.manifest", &manifest), ("/data.json", "{\"a\":1}")])
}

fn new(bytes: Vec<u8>, etag: &str) -> Reply {
    let headers = vec![("ETag", etag.to_owned())];
    Reply { status: 200, headers, body: bytes, cut: 0 }
}

fn source() -> BundleSource {
    let place = Place::Service { service: "acme".to_owned(), resource: "bundles/b".to_owned() };
    let time = Duration::from_millis(10);
    let polling = Polling { min_delay: time, max_delay: time, long_polling_timeout: None };
    let verification = Verification { unsigned: Unsigned::Allow, ..Verification::default() };
    let signing = Signing { verification };
    BundleSource { place, polling, persist: false, size_limit_bytes: 1 << 20, signing }
}

fn start(url: &str, source: BundleSource, folder: &std::path::Path) -> (Bundles, Arc<Store>) {
    let service = Service {
        name: "acme".to_owned(),
        url: url.to_owned(),
        headers: [("X-Team".to_owned(), Secret("red".to_owned()))].into(),
        allow_insecure_tls: false,
        response_header_timeout: Some(Duration::from_secs(5)),
        ca_cert: None,
        system_ca_required: false,
        credentials: Credentials::Bearer {
            scheme: "Bearer".to_owned(),
            token: Token::Literal(Secret("tok".to_owned())),
        },
    };
    let settings = Settings {
        sources: [("b".to_owned(), source)].into(),
        services: vec![service],
        persistence_directory: folder.to_owned(),
    };
    let begun = journal::begin(Box::new(std::io::sink()), journal::Destination::Nowhere, LineFormat::Json);
    let (journal, _scribe) = begun.map_err(|(_, error)| error).unwrap();
    let store = Arc::new(Store::default());
    let bundles = Bundles::start(settings, Arc::clone(&store) as Arc<dyn Activate>, journal, None).unwrap();
    (bundles, store)
}

fn message(bundles: &Bundles) -> String {
    bundles.statuses()["b"].failure.as_ref().map(|failure| failure.message.clone()).unwrap_or_default()
}

fn tags(requests: &[Received]) -> Vec<Option<&str>> {
    requests.iter().map(|request| request.headers.get("if-none-match").map(String::as_str)).collect()
}

#[test]
fn a_bundle_is_fetched_once_and_then_asked_for_by_its_tag() {
    let server = TestServer::start(|number, _| match number {
        0 => new(snapshot("r1"), "\"e1\""),
        3 => new(snapshot("r2"), "W/\"e2\""),
        _ => Reply::status(304),
    });
    let folder = tempfile::tempdir().unwrap();
    let (bundles, store) = start(&server.url(), source(), folder.path());
    eventually("it polls", || server.requests().len() > 5);
    assert_eq!(store.activated(), ["b r1 snapshot", "b r2 snapshot"]);
    assert!(bundles.are_active());
    let requests = server.requests();
    assert_eq!(requests[0].target, "/bundles/b");
    for (name, value) in [
        ("authorization", "Bearer tok"),
        ("x-team", "red"),
        ("prefer", "modes=snapshot,delta"),
        ("accept-encoding", "gzip"),
    ] {
        assert_eq!(requests[0].headers[name], value);
    }
    let e1 = Some("\"e1\"");
    assert_eq!(tags(&requests)[..5], [None, e1, e1, e1, Some("W/\"e2\"")]);
    let status = &bundles.statuses()["b"];
    assert_eq!((status.active_revision.as_str(), status.kind), ("r2", "snapshot"));
    assert_eq!(status.size, snapshot("r2").len());
    assert!(status.last_request >= status.last_successful_download);
    bundles.end();
}

#[test]
fn what_goes_wrong_is_told_and_leaves_the_last_revision_active() {
    let server = TestServer::start(|number, _| match number {
        0 => new(snapshot("r1"), "\"e1\""),
        1 => Reply::status(503),
        2 => new(b"no archive".to_vec(), "\"bad\""),
        3 => Reply { cut: 10, ..new(snapshot("r2"), "\"cut\"") },
        4 => new(archive(&[("/data.json", &format!("\"{}\"", "x".repeat(2 << 20)))]), "\"large\""),
        5 => new(Vec::new(), "\"empty\""),
        6 => Reply::status(404),
        _ => new(snapshot("r3"), "\"e3\""),
    });
    let folder = tempfile::tempdir().unwrap();
    let (bundles, store) = start(&server.url(), source(), folder.path());
    eventually("it recovers", || store.activated().len() > 1);
    assert_eq!(store.activated()[..2], ["b r1 snapshot", "b r3 snapshot"]);
    // After a failure the tag is that of what is active.
    assert_eq!(tags(&server.requests())[1..8], [Some("\"e1\""); 7]);
    bundles.end();

    for (reply, told, code) in [
        (Reply::status(503), "server replied with Service Unavailable", Some(503)),
        (Reply::status(401), "server replied with Unauthorized", Some(401)),
        (new(b"no archive".to_vec(), ""), "gzip", None),
        (Reply { cut: 10, ..new(snapshot("r"), "") }, "the bundle did not come to its end", None),
        (new(Vec::new(), ""), "archive read failed: EOF", None),
        (
            new(archive(&[("/data.json", &format!("\"{}\"", "x".repeat(2 << 20)))]), ""),
            "size exceeds max size",
            None,
        ),
        (
            Reply { headers: vec![("Location", "/bundles/b".to_owned())], ..Reply::status(302) },
            "too many redirects",
            None,
        ),
    ] {
        let server = TestServer::start(move |_, _| reply.clone());
        let (bundles, store) = start(&server.url(), source(), folder.path());
        eventually(told, || message(&bundles).contains(told));
        assert!(!bundles.are_active() && store.activated().is_empty());
        assert_eq!(bundles.statuses()["b"].failure.as_ref().unwrap().http_code, code);
        bundles.end();
    }
    let (bundles, _) = start("http://127.0.0.1:1", source(), folder.path());
    eventually("nobody is there", || message(&bundles).starts_with("request failed: "));
    bundles.end();
}

#[test]
fn a_service_elsewhere_is_followed_and_gets_no_token() {
    let other = TestServer::start(|_, _| new(snapshot("r1"), ""));
    let location = other.url().replace("127.0.0.1", "localhost") + "/moved";
    let server = TestServer::start(move |_, _| Reply {
        headers: vec![("Location", location.clone())],
        ..Reply::status(307)
    });
    let folder = tempfile::tempdir().unwrap();
    let (bundles, store) = start(&server.url(), source(), folder.path());
    eventually("it is fetched", || !store.activated().is_empty());
    assert!(server.requests()[0].headers.contains_key("authorization"));
    assert!(!other.requests()[0].headers.contains_key("authorization"));
    bundles.end();
}

#[test]
fn a_revision_that_cannot_be_activated_is_fetched_again() {
    let server = TestServer::start(|_, request| match request.headers.get("if-none-match") {
        None => new(snapshot("r1"), "\"e1\""),
        Some(_) => Reply::status(304),
    });
    let folder = tempfile::tempdir().unwrap();
    let (bundles, store) = start(&server.url(), source(), folder.path());
    store.refuses.store(true, Ordering::SeqCst);
    eventually("it is active, or was refused", || !store.activated().is_empty() || message(&bundles) == "no");
    store.refuses.store(false, Ordering::SeqCst);
    eventually("it is active", || bundles.are_active() && message(&bundles).is_empty());
    bundles.end();
}

#[test]
fn a_service_that_waits_is_asked_again_at_once() {
    let waits = |number: usize, _: &Received| {
        let mut reply = new(snapshot(&format!("r{number}")), &format!("\"e{number}\""));
        // The third is from a server that does not wait.
        if number < 2 {
            reply.headers.push(("Content-Type", "application/vnd.openpolicyagent.bundles".to_owned()));
        }
        reply
    };
    let server = TestServer::start(waits);
    let folder = tempfile::tempdir().unwrap();
    let mut source = source();
    let day = Duration::from_hours(24);
    source.polling =
        Polling { min_delay: day, max_delay: day, long_polling_timeout: Some(Duration::from_secs(7)) };
    let (bundles, store) = start(&server.url(), source, folder.path());
    eventually("three come", || store.activated().len() == 3);
    std::thread::sleep(Duration::from_millis(100));
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.headers["prefer"] == "modes=snapshot,delta;wait=7"));
    bundles.end();
}

#[test]
fn changes_are_taken_but_not_where_signatures_are_asked_for_or_archives_are_kept() {
    let delta = || {
        let patch = r#"{"data":[{"op":"upsert","path":"/a","value":2}]}"#;
        archive(&[("/.manifest", r#"{"revision":"r2"}"#), ("/patch.json", patch)])
    };
    let answer = move |number: usize| match number {
        0 => new(snapshot("r1"), "\"e1\""),
        1 => new(delta(), "\"e2\""),
        _ => Reply::status(304),
    };
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start(move |number, _| answer(number));
    let (bundles, store) = start(&server.url(), source(), folder.path());
    eventually("it is changed", || store.activated().len() == 2);
    assert_eq!(store.activated()[1], "b r2 delta");
    eventually("it is told", || bundles.statuses()["b"].kind == "delta");
    bundles.end();

    let server =
        TestServer::start(move |number, _| if number == 0 { answer(0) } else { new(delta(), "\"e2\"") });
    let (bundles, store) = start(&server.url(), BundleSource { persist: true, ..source() }, folder.path());
    eventually("it is refused", || message(&bundles).contains("persisting delta bundle"));
    assert_eq!(store.activated(), ["b r1 snapshot"]);
    assert_eq!(server.requests()[0].headers["prefer"], "modes=snapshot");
    bundles.end();
}

#[test]
fn a_kept_bundle_is_there_when_the_service_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("bundles/b/bundle.tar.gz");
    let persistent = || BundleSource { persist: true, ..source() };
    {
        let server = TestServer::start(|_, _| new(snapshot("r1"), "\"e1\""));
        let (bundles, _) = start(&server.url(), persistent(), folder.path());
        eventually("it is kept", || kept.exists());
        bundles.end();
    }
    assert_eq!(fs_err::read(&kept).unwrap(), snapshot("r1"));
    let (bundles, store) = start("http://127.0.0.1:1", persistent(), folder.path());
    // At once, before anything is fetched.
    assert!(bundles.are_active());
    assert_eq!(store.activated(), ["b r1 snapshot"]);
    bundles.end();
    fs_err::write(&kept, "damaged").unwrap();
    let (bundles, _) = start("http://127.0.0.1:1", persistent(), folder.path());
    assert!(!bundles.are_active());
    bundles.end();
}

#[test]
fn only_what_the_owner_of_the_right_key_signed_is_activated() {
    let pair = || {
        let made = generate(Algorithm::from_name("ES256").unwrap(), RsaSize::default(), None).unwrap();
        let algorithm = Algorithm::from_name("ES256").unwrap();
        let signing = SigningKey::new(algorithm, &made.private, None).unwrap();
        (signing, VerificationKey::new(algorithm, made.public.unwrap().as_bytes()).unwrap())
    };
    let (owner, public) = pair();
    let (stranger, _) = pair();
    let signed = |key: &SigningKey, tampered: bool| {
        let mut members = members_of(&[("/.manifest", r#"{"revision":"r1"}"#), ("/data.json", r#"{"a":1}"#)]);
        let signer = Signer { key, key_id: Some("k"), claims: None, style: SignatureStyle::Sign };
        let signatures = bundle::sign(&members, &signer).unwrap();
        if tampered {
            members[1].bytes = br#"{"a":2}"#.to_vec();
        }
        members.push(Member { path: "/.signatures.json".to_owned(), bytes: signatures });
        archive::write(&members, NonZeroUsize::MIN).unwrap()
    };
    let mut strict = source();
    let key = TrustedKey { id: Some("k".to_owned()), key: public, scope: None };
    let verification = &mut strict.signing.verification;
    (verification.keys, verification.unsigned) = (vec![key], Unsigned::Refuse);
    let folder = tempfile::tempdir().unwrap();
    for (bytes, told) in [
        (signed(&owner, false), ""),
        (signed(&owner, true), "data.json: digest mismatch"),
        (signed(&stranger, false), "failed to verify JWT signature"),
        (snapshot("r1"), "bundle missing .signatures.json file"),
    ] {
        let server = TestServer::start(move |_, _| new(bytes.clone(), ""));
        let (bundles, store) = start(&server.url(), strict.clone(), folder.path());
        assert_eq!(
            server.requests().first().map_or("modes=snapshot", |request| &request.headers["prefer"]),
            "modes=snapshot"
        );
        if told.is_empty() {
            eventually("it is active", || bundles.are_active());
        } else {
            eventually(told, || message(&bundles).contains(told));
            assert!(store.activated().is_empty());
            let status = &bundles.statuses()["b"];
            assert!(status.last_successful_download.is_none() && status.last_successful_request.is_none());
        }
        bundles.end();
    }
    // What is kept is verified again.
    strict.persist = true;
    let kept = folder.path().join("bundles/b/bundle.tar.gz");
    fs_err::create_dir_all(kept.parent().unwrap()).unwrap();
    for (tampered, is_active) in [(true, false), (false, true)] {
        fs_err::File::create(&kept).unwrap().write_all(&signed(&owner, tampered)).unwrap();
        let (bundles, _) = start("http://127.0.0.1:1", strict.clone(), folder.path());
        assert_eq!(bundles.are_active(), is_active);
        bundles.end();
    }
}

#[test]
fn a_bundle_in_a_file_is_activated_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.tar.gz");
    fs_err::write(&path, snapshot("r1")).unwrap();
    let (bundles, store) =
        start("http://127.0.0.1:1", BundleSource { place: Place::File(path), ..source() }, folder.path());
    assert!(bundles.are_active());
    assert_eq!(store.activated(), ["b r1 snapshot"]);
    let missing = Place::File(folder.path().join("missing"));
    let (bundles, _) =
        start("http://127.0.0.1:1", BundleSource { place: missing, ..source() }, folder.path());
    assert!(message(&bundles).contains("can't be read"), "{}", message(&bundles));
}

#[test]
fn a_status_has_opas_fields() {
    let mut status = Status { name: "b".to_owned(), ..Status::default() };
    insta::assert_snapshot!(status.to_json(), @r#"{"name":"b","last_successful_activation":"0001-01-01T00:00:00Z","last_successful_download":"0001-01-01T00:00:00Z","last_successful_request":"0001-01-01T00:00:00Z","last_request":"0001-01-01T00:00:00Z"}"#);
    let time = Some(Timestamp::from_second(1_700_000_000).unwrap());
    let failure = Failure {
        message: "server replied with <>".to_owned(),
        errors: vec![Value::Null],
        http_code: Some(500),
    };
    status = Status {
        active_revision: "r1".to_owned(),
        last_successful_activation: time,
        kind: "snapshot",
        size: 3,
        failure: Some(failure),
        metrics: [("timer_bundle_request_ns", 5)].into(),
        ..status
    };
    insta::assert_snapshot!(status.to_json(), @r#"{"name":"b","active_revision":"r1","last_successful_activation":"2023-11-14T22:13:20Z","type":"snapshot","size":3,"last_successful_download":"0001-01-01T00:00:00Z","last_successful_request":"0001-01-01T00:00:00Z","last_request":"0001-01-01T00:00:00Z","code":"bundle_error","message":"server replied with \u003c\u003e","errors":[null],"metrics":{"timer_bundle_request_ns":5},"http_code":500}"#);
}
