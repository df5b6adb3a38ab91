//! Tests of the configuration: what is read, and what is said of what is wrong.

use std::time::Duration;

use portcullis::bundle::Unsigned;
use portcullis::diagnostic::Diagnostic;
use portcullis::source::{LineIndex, Sources};

use super::*;

fn variable(name: &str) -> Option<String> {
    (name == "TOKEN").then(|| "s3cret".to_owned())
}

fn loaded(text: &str) -> Loaded {
    read("opa.yaml", text, &variable).unwrap_or_else(|failure| panic!("{failure:?}"))
}

/// `line:column: message` and the help of each.
fn told(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let line = |diagnostic: &Diagnostic| {
        let place = diagnostic.span.map(|span| {
            let text = sources.get(span.source).unwrap().text();
            let position = LineIndex::new(text).position(span.start);
            format!("{}:{}: ", position.row, position.col)
        });
        let help = diagnostic.help.as_ref().map(|help| format!(" ({help})"));
        place.unwrap_or_default() + &diagnostic.message + &help.unwrap_or_default() + "\n"
    };
    diagnostics.iter().map(line).collect()
}

fn warnings(text: &str) -> String {
    let loaded = loaded(text);
    told(&loaded.warnings, &loaded.sources)
}

fn errors(text: &str) -> String {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("opa.yaml", text));
    let substituted = environment::substitute(text, &variable);
    let mut problems = Problems::new(&substituted);
    of_node(&document::yaml(source, substituted.text()).unwrap(), &mut problems);
    told(&problems.into_parts().0, &sources)
}

#[test]
fn a_file_with_nothing_in_it_has_opas_defaults() {
    for text in ["", "{}", "# nothing"] {
        let config = loaded(text).config;
        assert_eq!(config.default_decision, ["system", "main"]);
        assert_eq!(config.default_authorization_decision, ["system", "authz", "allow"]);
        assert_eq!(config.persistence_directory, PathBuf::from(".opa"));
        assert_eq!((config.server.max_length, config.server.gzip_min_length), (256 << 20, 1024));
        assert!(config.bundles.is_empty() && config.decision_logs.is_none() && config.status.is_none());
    }
}

#[test]
fn a_whole_file_is_read() {
    let config = loaded(
        "services:
  acme:
    url: https://example.com/control/
    headers: {X-Team: a}
    response_header_timeout_seconds: 3
    credentials: {bearer: {token: \"${TOKEN}\"}}
  other:
    url: http://other
    response_header_timeout_seconds: 0
    tls: {ca_cert: ca.pem, system_ca_required: true}
    credentials: {client_tls: {cert: c.pem, private_key: k.pem}}
labels: {region: west}
keys:
  k1: {key: a-long-secret-for-hmac, algorithm: HS256, scope: write}
bundles:
  authz:
    resource: b/authz.tar.gz
    persist: true
    size_limit_bytes: 1000
    polling: {min_delay_seconds: 1, max_delay_seconds: 2, long_polling_timeout_seconds: 30}
    signing: {keyid: k1, scope: read, exclude_files: [docs/*]}
  team/a: {service: other}
  local: {resource: 'file:///srv/a%20b/bundle.tar.gz'}
  gone: null
persistence_directory: /var/lib/opa
decision_logs:
  console: true
  service: other
  partition_name: p
  mask_decision: /a/b
  request_context: {http: {headers: [x-trace]}}
  reporting:
    buffer_type: event
    buffer_size_limit_events: 7
    min_delay_seconds: 0
    max_delay_seconds: 0
    upload_size_limit_bytes: 100
    max_decisions_per_second: 0.5
    trigger: immediate
status: {console: true, prometheus: true}
default_decision: a/b
server:
  encoding: {gzip: {min_length: 5, compression_level: 1}}
  decoding: {max_length: 6, gzip: {max_length: 7}}
",
    )
    .config;
    let [acme, other] = &config.services[..] else { panic!("{:?}", config.services) };
    assert_eq!((acme.name.as_str(), acme.url.as_str()), ("acme", "https://example.com/control"));
    let token = Token::Literal(Secret("s3cret".to_owned()));
    assert_eq!(acme.credentials, Credentials::Bearer { scheme: "Bearer".to_owned(), token });
    assert!(!format!("{acme:?}").contains("s3cret"));
    assert_eq!(acme.response_header_timeout, Some(Duration::from_secs(3)));
    assert_eq!(other.response_header_timeout, None);
    assert_eq!(other.ca_cert, Some("ca.pem".into()));
    assert!(other.system_ca_required && matches!(other.credentials, Credentials::ClientTls { .. }));

    assert_eq!(config.bundles.keys().collect::<Vec<_>>(), ["authz", "local", "team/a"]);
    let authz = &config.bundles["authz"];
    let place = |service: &str, resource: &str| Place::Service {
        service: service.to_owned(),
        resource: resource.to_owned(),
    };
    assert_eq!(authz.place, place("acme", "b/authz.tar.gz"));
    assert_eq!(config.bundles["team/a"].place, place("other", "bundles/team/a"));
    assert_eq!(config.bundles["local"].place, Place::File("/srv/a b/bundle.tar.gz".into()));
    let seconds = Duration::from_secs;
    let polling =
        Polling { min_delay: seconds(1), max_delay: seconds(2), long_polling_timeout: Some(seconds(30)) };
    assert_eq!(authz.polling, polling);
    assert!(authz.persist && authz.size_limit_bytes == 1000);
    let verification = &authz.signing.verification;
    assert_eq!(verification.unsigned, Unsigned::Refuse);
    assert_eq!((verification.key_id.as_deref(), verification.scope.as_deref()), (Some("k1"), Some("read")));
    assert_eq!(config.bundles["local"].signing.verification.unsigned, Unsigned::Allow, "as OPA");

    let logs = config.decision_logs.unwrap();
    let reporting = Reporting {
        buffer: Buffer::Events(7),
        upload_size_limit_bytes: 100,
        min_delay: Duration::ZERO,
        max_delay: Duration::ZERO,
        max_decisions_per_second: Some(0.5),
        trigger: Trigger::Immediate,
    };
    assert_eq!(logs.reporting, reporting);
    assert_eq!((logs.service.as_deref(), logs.resource.as_str()), (Some("other"), "logs/p"));
    assert_eq!((logs.mask_decision, logs.headers), (vec!["a".into(), "b".into()], vec!["x-trace".into()]));
    assert_eq!(config.labels, [("region".to_owned(), "west".to_owned())].into());
    assert_eq!(config.default_decision, ["a", "b"]);
    let status = config.status.unwrap();
    assert_eq!(status.resource, "status");
    assert!(config.server.duration_buckets.is_empty());
    assert!(status.service.is_none() && status.console && status.prometheus);
    assert_eq!((config.server.gzip_level, config.server.gzip_max_length), (1, 7));
}

#[test]
fn services_may_be_a_list_and_the_older_bundle_is_one_of_the_bundles() {
    let config = loaded(
        r#"{"services": [{"name": "a", "url": "http://a"}], "bundle": {"name": "x/y", "prefix": "/p/"}, "decision_logs": {}}"#,
    )
    .config;
    let place = Place::Service { service: "a".to_owned(), resource: "p/x/y".to_owned() };
    assert_eq!(config.bundles["x/y"].place, place);
    assert_eq!(config.decision_logs.unwrap().service.as_deref(), Some("a"), "the first one");
}

#[test]
fn a_file_is_read_from_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("opa.json");
    fs_err::write(&path, r#"{"default_decision": "x"}"#).unwrap();
    assert_eq!(load(&path).unwrap().config.default_decision, ["x"]);
    assert!(format!("{:?}", load(&folder.path().join("missing")).unwrap_err()).contains("can't be read"));
}

#[test]
fn keys_are_texts_or_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs_err::write(&path, "a-long-secret-for-hmac").unwrap();
    let config = loaded(&format!("keys: {{k: {{key: {}, algorithm: HS512}}}}", path.display())).config;
    assert_eq!(config.keys.0["k"].key.algorithm().name(), "HS512");
}

#[test]
fn keys_that_opa_does_not_know_are_warned_of() {
    insta::assert_snapshot!(warnings(
        "decision_log: {console: true}
decision_logs: {consoel: true, nd_builtin_cache: true, reporting: {upload_size_limit_bytes: 5}}
services:
  - {name: a, urll: x, url: \"http://${TOKEN}\"}
bundles: {authz: {servcie: a}}
caching: {}
anything: 1
"
    ), @"
    1:1: `decision_log` is no option of OPA's, and is ignored (did you mean `decision_logs`?)
    2:17: `decision_logs.consoel` is no option of OPA's, and is ignored (did you mean `console`?)
    2:32: `decision_logs.nd_builtin_cache` has no effect here
    2:93: `upload_size_limit_bytes` is taken for 90
    4:15: `services.0.urll` is no option of OPA's, and is ignored (did you mean `url`?)
    5:19: `bundles.authz.servcie` is no option of OPA's, and is ignored (did you mean `service`?)
    6:1: `caching` has no effect here
    7:1: `anything` is no option of OPA's, and is ignored
    ");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    insta::assert_snapshot!(errors(
        "discovery: {name: x}
plugins: {a: {}}
services:
  oci: {url: https://ghcr.io, type: oci}
  both: {url: http://b, credentials: {bearer: {token: a, token_path: b}, client_tls: {cert: a}}}
  cloud: {url: http://b, credentials: {s3_signing: {}}}
  ftp: {url: ftp://x}
  secret: {url: 'http://${TOKEN}:x@host'}
  none: {headers: [], response_header_timeout_seconds: -1}
keys:
  a: {}
  b: {key: 1}
  c: {key: x, algorithm: EdDSA}
  d: {key: not-a-pem}
bundles:
  ../up: {}
  a: {service: clod, trigger: manual, polling: {min_delay_seconds: 2, max_delay_seconds: 1, long_polling_timeout_seconds: 0}}
  b: {signing: {keyid: nobody, exclude_files: ['[']}, polling: {min_delay_seconds: 2}}
  c: [1]
decision_logs:
  plugin: x
  service: nobody
  reporting: {buffer_type: disk, buffer_size_limit_bytes: 0, max_decisions_per_second: -1, max_delay_seconds: 3, trigger: manual}
status: {service: cloud, trigger: manual}
server: {encoding: {gzip: {compression_level: 5}}, decoding: {max_length: 0}, metrics: {prom: {http_request_duration_seconds: {buckets: [2, 1]}}}}
labels: {a: 1}
default_decision: 42
"
    ));
}

#[test]
fn limits_that_exclude_each_other_are_refused() {
    let reporting = |text: &str| errors(&format!("decision_logs: {{reporting: {{{text}}}}}"));
    for (text, part) in [
        ("buffer_type: event, buffer_size_limit_bytes: 1", "goes with the `buffer_type` `size`"),
        ("buffer_size_limit_events: 1", "goes with the `buffer_type` `event`"),
        ("buffer_size_limit_bytes: 1, max_decisions_per_second: 1", "there is either"),
        ("buffer_type: event, buffer_size_limit_events: -5", "must be higher than 0"),
    ] {
        let errors = reporting(text);
        assert!(errors.contains(part), "{text}: {errors}");
    }
    assert_eq!(errors("a: 1\na: 2"), "2:1: `a` stands here twice\n");
    assert_eq!(errors("[1]"), "1:1: the configuration is an array, and should be an object\n");
}
