//! What the server counts, for Prometheus.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::answer;
use super::journal::Journal;
use super::status::Gauges;
use super::token::TokenFile;

/// Labels of what is counted for each bundle. Only bundles that exist have a name here, so that clients can't make up new ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBundle {
    bundle: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    code: u16,
    bundle: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSink {
    sink: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLost {
    sink: Arc<str>,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFiles {
    what: &'static str,
}

/// Labels of OPA's, for requests that a handler of its API answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfHandler {
    code: u16,
    handler: &'static str,
    method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfDecision {
    decision: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfDenial {
    reason: Arc<str>,
}

type Seconds = Gauge<f64, AtomicU64>;

type Durations = Family<OfHandler, Histogram, Bounds>;

/// Makes histograms, with OPA's bounds unless others were set.
#[derive(Debug, Clone, Default)]
struct Bounds(Arc<OnceLock<Vec<f64>>>);

impl MetricConstructor<Histogram> for Bounds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.get().map_or(BUCKETS.as_slice(), Vec::as_slice).iter().copied())
    }
}

/// The counters. A copy counts into the same ones.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    durations: Durations,
    bounds: Bounds,
    decided: Family<OfDecision, Counter>,
    denied: Family<OfDenial, Counter>,
    /// The reasons of denials that have a name here.
    reasons: Arc<Mutex<BTreeSet<Arc<str>>>>,
    requests: Family<OfRequest, Counter>,
    bytes: Family<OfBundle, Counter>,
    polls: Family<OfBundle, Gauge>,
    ages: Family<OfBundle, Seconds>,
    activations: Family<OfBundle, Counter>,
    failures: Family<OfBundle, Counter>,
    reloads_failed: Family<OfFiles, Counter>,
    decisions_written: Family<OfSink, Counter>,
    decisions_lost: Family<OfLost, Counter>,
    decision_logs_failed: Family<OfSink, Counter>,
    connections: Gauge,
    refused: Counter,
    lost: Counter,
    /// How it goes by OPA's names, where that is asked for.
    status: Arc<OnceLock<Gauges>>,
    nobody: Nobody,
}

impl Default for Metrics {
    fn default() -> Self {
        let bounds = Bounds::default();
        Self {
            durations: Family::new_with_constructor(bounds.clone()),
            bounds,
            decided: Family::default(),
            denied: Family::default(),
            reasons: Arc::default(),
            requests: Family::default(),
            bytes: Family::default(),
            polls: Family::default(),
            ages: Family::default(),
            activations: Family::default(),
            failures: Family::default(),
            reloads_failed: Family::default(),
            decisions_written: Family::default(),
            decisions_lost: Family::default(),
            decision_logs_failed: Family::default(),
            connections: Gauge::default(),
            refused: Counter::default(),
            lost: Counter::default(),
            status: Arc::default(),
            nobody: Nobody::default(),
        }
    }
}

/// The name of no bundle.
#[derive(Debug, Clone)]
struct Nobody(Arc<str>);

impl Default for Nobody {
    fn default() -> Self {
        Self("".into())
    }
}

impl Metrics {
    /// Counts a request that was answered.
    pub(crate) fn request(&self, code: StatusCode, bundle: Option<&Arc<str>>) {
        let bundle = Arc::clone(bundle.unwrap_or(&self.nobody.0));
        self.requests.get_or_create(&OfRequest { code: code.as_u16(), bundle }).inc();
    }

    /// Sets the upper bounds, in seconds, by which durations of requests are counted, before there is any; no bounds change nothing.
    pub(crate) fn count_durations_by(&self, bounds: Vec<f64>) {
        if !bounds.is_empty() {
            let _ = self.bounds.0.set(bounds);
        }
    }

    /// Notes how long a handler of OPA's API took.
    pub(crate) fn handled(&self, code: StatusCode, handler: &'static str, method: &Method, took: Duration) {
        // Methods that nobody knows have no name of their own, as clients could make up new ones.
        let method = match method.as_str() {
            "GET" => "get",
            "HEAD" => "head",
            "POST" => "post",
            "PUT" => "put",
            "PATCH" => "patch",
            "DELETE" => "delete",
            "OPTIONS" => "options",
            _ => "unknown",
        };
        let labels = OfHandler { code: code.as_u16(), handler, method };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a decision about whether something is allowed. Policies make up the reasons, perhaps from what clients say, so only
    /// the first ones have a name of their own.
    pub(crate) fn decided(&self, allowed: bool, reason: &str) {
        let decision = if allowed { "allow" } else { "deny" };
        self.decided.get_or_create(&OfDecision { decision }).inc();
        if !allowed {
            let reason = self.known_reason(reason);
            self.denied.get_or_create(&OfDenial { reason }).inc();
        }
    }

    /// Lets the counters of denials that alerts watch begin at zero, so that the first one is growth already.
    pub(crate) fn decides(&self) {
        let reason = self.known_reason(UNKNOWN_CALLER);
        drop(self.denied.get_or_create(&OfDenial { reason }));
    }

    fn known_reason(&self, reason: &str) -> Arc<str> {
        let mut reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = reasons.get(reason) {
            return Arc::clone(known);
        }
        if reasons.len() >= MOST_REASONS || reason.len() > LONGEST_REASON {
            return Arc::from("other");
        }
        let reason: Arc<str> = Arc::from(reason);
        reasons.insert(Arc::clone(&reason));
        reason
    }

    /// Counts bytes of bodies.
    pub(crate) fn sent(&self, bytes: u64, bundle: Option<&Arc<str>>) {
        let bundle = Arc::clone(bundle.unwrap_or(&self.nobody.0));
        self.bytes.get_or_create(&OfBundle { bundle }).inc_by(bytes);
    }

    /// Counts a client that waits for a bundle to change, until the guard is dropped.
    pub(crate) fn poll(&self, bundle: &Arc<str>) -> Counted {
        Counted::new(self.polls.get_or_create_owned(&OfBundle { bundle: Arc::clone(bundle) }))
    }

    /// Counts a connection until the guard is dropped.
    pub(crate) fn connection(&self) -> Counted {
        Counted::new(self.connections.clone())
    }

    /// Counts a connection that was refused as there are too many.
    pub(crate) fn refused(&self) {
        self.refused.inc();
    }

    /// Counts a revision that is served from now on.
    pub(crate) fn activated(&self, bundle: &Arc<str>) {
        self.activations.get_or_create(&OfBundle { bundle: Arc::clone(bundle) }).inc();
        // There from the start, so that its growth can be seen.
        drop(self.failures.get_or_create(&OfBundle { bundle: Arc::clone(bundle) }));
    }

    /// Counts a file that is not served as it failed its check.
    pub(crate) fn failed(&self, bundle: &Arc<str>) {
        self.failures.get_or_create(&OfBundle { bundle: Arc::clone(bundle) }).inc();
    }

    /// Counts that new certificates or tokens could not be taken.
    pub(crate) fn reload_failed(&self, what: &'static str) {
        self.reloads_failed.get_or_create(&OfFiles { what }).inc();
    }

    /// Counts events of the decision log that got to their place.
    pub(crate) fn decisions_written(&self, sink: &Arc<str>, events: u64) {
        self.decisions_written.get_or_create(&OfSink { sink: Arc::clone(sink) }).inc_by(events);
    }

    /// Counts events of the decision log that never get to their place.
    pub(crate) fn decisions_lost(&self, sink: &Arc<str>, reason: &'static str, events: u64) {
        self.decisions_lost.get_or_create(&OfLost { sink: Arc::clone(sink), reason }).inc_by(events);
    }

    /// Counts an attempt to write events that failed, after which there will be another.
    pub(crate) fn decision_log_failed(&self, sink: &Arc<str>) {
        self.decision_logs_failed.get_or_create(&OfSink { sink: Arc::clone(sink) }).inc();
    }

    /// Has the metrics of the status among these, from the start of `/metrics` on.
    pub(crate) fn tell_status(&self, gauges: Gauges) {
        let _ = self.status.set(gauges);
    }

    /// Forgets a bundle that is gone.
    pub(crate) fn forget(&self, bundle: &Arc<str>) {
        let bundle = OfBundle { bundle: Arc::clone(bundle) };
        self.ages.remove(&bundle);
    }

    /// All of it as text.
    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.register()).unwrap();
        text
    }

    fn register(&self) -> Registry {
        let mut all = Registry::default();
        all.register(
            "http_request_duration_seconds",
            "How long requests took by status code, handler and method",
            self.durations.clone(),
        );
        all.register(
            "agentweave_authz_decisions",
            "Decisions about whether something is allowed",
            self.decided.clone(),
        );
        all.register(
            "agentweave_authz_denied",
            "Denials by the reason that the policy gives",
            self.denied.clone(),
        );
        if let Some(gauges) = self.status.get() {
            all.register_collector(Box::new(gauges.clone()));
        }
        let registry = all.sub_registry_with_prefix("portcullis");
        registry.register("requests", "Requests by status code and bundle", self.requests.clone());
        registry.register("sent_bytes", "Bytes of response bodies by bundle", self.bytes.clone());
        registry.register("long_polls", "Clients that wait for a bundle to change", self.polls.clone());
        registry.register(
            "bundle_revision_age_seconds",
            "For how long the revision of a bundle has been served",
            self.ages.clone(),
        );
        registry.register(
            "bundle_activations",
            "Revisions that began to be served by bundle",
            self.activations.clone(),
        );
        registry.register(
            "bundle_verification_failures",
            "Files that are not served as they failed their check by bundle",
            self.failures.clone(),
        );
        registry.register(
            "reload_failures",
            "Certificates and tokens that changed and could not be taken",
            self.reloads_failed.clone(),
        );
        registry.register(
            "decision_logs_written",
            "Decisions that were written to a decision log",
            self.decisions_written.clone(),
        );
        registry.register(
            "decision_logs_dropped",
            "Decisions that a decision log lost by reason",
            self.decisions_lost.clone(),
        );
        registry.register(
            "decision_logs_failures",
            "Attempts to write to a decision log that failed and are repeated",
            self.decision_logs_failed.clone(),
        );
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register(
            "connections_refused",
            "Connections that were refused as there were too many",
            self.refused.clone(),
        );
        registry.register(
            "log_lines_lost",
            "Log lines that came faster than they could be written",
            self.lost.clone(),
        );
        all
    }
}

/// One of those that a gauge counts.
#[derive(Debug)]
pub(crate) struct Counted(Gauge);

impl Counted {
    fn new(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// For how many seconds each bundle's revision has been served.
pub(crate) type Ages = Box<dyn Fn() -> Vec<(Arc<str>, f64)> + Send + Sync>;

struct Exposition {
    metrics: Metrics,
    registry: Registry,
    ages: Ages,
    journal: Journal,
    tokens: Option<Arc<TokenFile>>,
}

/// Answers `/metrics`. Where tokens are asked for, only those that may read metrics are good for it.
pub(crate) fn router(
    metrics: Metrics,
    ages: Ages,
    journal: Journal,
    tokens: Option<Arc<TokenFile>>,
) -> Router {
    let registry = metrics.register();
    let exposition = Exposition { metrics, registry, ages, journal, tokens };
    Router::new().route("/metrics", get(expose)).with_state(Arc::new(exposition))
}

async fn expose(State(exposition): State<Arc<Exposition>>, request: Request) -> Response {
    if let Some(tokens) = &exposition.tokens {
        match tokens.holder(request.headers()) {
            Err(unknown) => return answer::unauthorized(unknown),
            Ok(holder) if !holder.reads_metrics => {
                return answer::forbidden("this token is not good for the metrics");
            }
            Ok(_) => {}
        }
    }
    let Metrics { ages, lost, .. } = &exposition.metrics;
    for (bundle, age) in (exposition.ages)() {
        ages.get_or_create(&OfBundle { bundle }).set(age);
    }
    lost.inc_by(exposition.journal.lost().saturating_sub(lost.get()));
    let mut text = String::new();
    // Writing to memory does not fail.
    let _ = encode(&mut text, &exposition.registry);
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response
}

/// The reason of denials that alerts on unknown callers ask for.
pub(crate) const UNKNOWN_CALLER: &str = "unknown_caller";

/// How many reasons of denials have a name of their own, and how many bytes these may have.
const MOST_REASONS: usize = 64;
const LONGEST_REASON: usize = 64;

/// OPA's, in seconds.
const BUCKETS: [f64; 10] = [1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 0.01, 0.1, 1.0];

const CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
