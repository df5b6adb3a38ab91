//! How it goes as metrics, by the names that dashboards for OPA know.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;

use super::report::{DECISION_LOG_ERROR, Report};
use crate::serve::decisions::OPA_VERSION;

/// What the last report said, and what all of them together did. A copy is of the same.
#[derive(Debug, Clone)]
pub(crate) struct Gauges {
    last: Arc<Mutex<Last>>,
    /// How long parts of bringing up bundles took.
    durations: Family<OfStage, Histogram, Buckets>,
}

/// Values of metrics by their labels.
type Labelled<const N: usize> = BTreeMap<[String; N], f64>;

#[derive(Debug, Default)]
struct Last {
    plugins: Labelled<2>,
    loaded: Labelled<1>,
    failed: Labelled<3>,
    request: Labelled<1>,
    activation: Labelled<2>,
    download: Labelled<1>,
    successful_request: Labelled<1>,
    decision_logs: Labelled<2>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStage {
    name: String,
    stage: &'static str,
}

/// Makes histograms with these bounds.
#[derive(Debug, Clone)]
struct Buckets(Arc<[f64]>);

impl prometheus_client::metrics::family::MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

impl Gauges {
    /// `buckets` are the upper bounds of durations, in nanoseconds; OPA's if there are none.
    pub(crate) fn new(buckets: &[f64]) -> Self {
        let buckets = match buckets {
            [] => (0..20).map(|power| 1_000.0 * f64::from(1_u32 << power)).collect(),
            own => own.into(),
        };
        Self { last: Arc::default(), durations: Family::new_with_constructor(Buckets(buckets)) }
    }

    /// Takes in a report, and counts as OPA does: each report, not each revision.
    pub(super) fn update(&self, report: &Report) {
        let mut last = self.last();
        let plugins = report.plugins().into_iter();
        last.plugins = plugins.map(|(name, state)| ([name, state].map(str::to_owned), 1.0)).collect();
        last.decision_logs.clear();
        if report.logs_decisions {
            let (code, http) = report.unsent.as_ref().map_or(("", String::new()), |failure| {
                (DECISION_LOG_ERROR, failure.http_code.map(|code| code.to_string()).unwrap_or_default())
            });
            last.decision_logs.insert([code.to_owned(), http], 1.0);
        }
        last.activation.clear();
        for (name, status) in &report.bundles {
            let labels = || [name.clone()];
            match &status.failure {
                None if status.is_active() => *last.loaded.entry(labels()).or_default() += 1.0,
                failure => {
                    let (code, message) = failure
                        .as_ref()
                        .map_or(("", String::new()), |failure| ("bundle_error", failure.message.clone()));
                    let labels = [name.clone(), code.to_owned(), message];
                    // Messages can have anything in them.
                    if last.failed.len() < MOST_FAILURES || last.failed.contains_key(&labels) {
                        *last.failed.entry(labels).or_default() += 1.0;
                    }
                }
            }
            let revision = [name.clone(), status.active_revision.clone()];
            last.activation.insert(revision, nanoseconds(status.last_successful_activation));
            last.download.insert(labels(), nanoseconds(status.last_successful_download));
            last.successful_request.insert(labels(), nanoseconds(status.last_successful_request));
            last.request.insert(labels(), nanoseconds(status.last_request));
            for (stage, took) in &status.metrics {
                let labels = OfStage { name: name.clone(), stage };
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "durations of weeks are known to the nanosecond"
                )]
                self.durations.get_or_create(&labels).observe(*took as f64);
            }
        }
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let last = self.last();
        let mut put = Exposition(&mut encoder);
        let version = [([OPA_VERSION.to_owned()], 1.0)].into();
        put.all("opa_info", "The version of OPA whose API this is", ["version"], &version)?;
        put.all("plugin_status_gauge", "The state of each plugin", ["name", "status"], &last.plugins)?;
        put.all("bundle_loaded_counter", "Reports of a bundle that is active", ["name"], &last.loaded)?;
        put.all(
            "bundle_failed_load_counter",
            "Reports of a bundle that could not be brought up to date",
            ["name", "code", "message"],
            &last.failed,
        )?;
        put.all("last_bundle_request", "When a bundle was asked for last", ["name"], &last.request)?;
        put.all(
            "last_success_bundle_activation",
            "When the active revision of a bundle was activated",
            ["name", "active_revision"],
            &last.activation,
        )?;
        put.all("last_success_bundle_download", "When a bundle came last", ["name"], &last.download)?;
        put.all(
            "last_success_bundle_request",
            "When a service answered last for a bundle",
            ["name"],
            &last.successful_request,
        )?;
        put.all(
            "decision_logs_status_gauge",
            "What came of sending decisions last",
            ["code", "http_code"],
            &last.decision_logs,
        )?;
        let help = "How long bringing up a bundle took by stage";
        let kind = self.durations.metric_type();
        self.durations.encode(encoder.encode_descriptor("bundle_loading_duration_ns", help, None, kind)?)
    }
}

struct Exposition<'a, 'e>(&'a mut DescriptorEncoder<'e>);

impl Exposition<'_, '_> {
    fn all<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        labels: [&'static str; N],
        values: &Labelled<N>,
    ) -> Result<(), fmt::Error> {
        if values.is_empty() {
            return Ok(());
        }
        // Counters would be given an ending that OPA's don't have.
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Unknown)?;
        for (key, value) in values {
            let pairs: Vec<(&str, &str)> =
                labels.iter().copied().zip(key.iter().map(String::as_str)).collect();
            ConstGauge::new(*value).encode(metric.encode_family(&pairs)?)?;
        }
        Ok(())
    }
}

/// Since 1970; Go's zero if it never was.
fn nanoseconds(time: Option<Timestamp>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "that is how exact OPA's are")]
    let since = |time: Timestamp| time.as_nanosecond() as f64;
    time.map_or(GO_ZERO, since)
}

/// The first moment of the year 1, as Go counts it in 64 bits.
const GO_ZERO: f64 = -6_795_364_578_871_345_000.0;

/// How many failures have a number of their own.
const MOST_FAILURES: usize = 256;
