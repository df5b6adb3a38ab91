//! Measurements of a query, in the formats of `opa bench`.

use std::fmt::Write as _;
use std::time::Duration;

use super::json_document::Json;
use super::statistics::Statistics;
use super::table;

/// How to write measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// A table
    #[default]
    Pretty,
    /// The document that opa bench writes
    Json,
    /// The format of Go's benchmarks, which benchstat reads
    Gobench,
}

/// What was measured.
#[derive(Debug)]
pub(crate) struct Measurement {
    /// How long all evaluations took together.
    pub(crate) total: Duration,
    /// How long each took, in nanoseconds.
    pub(crate) samples: Vec<u64>,
}

/// What else to tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// The percentiles.
    pub(crate) metrics: bool,
    /// That allocations aren't measured.
    pub(crate) memory: bool,
}

/// One measurement as text.
pub(crate) fn shown(measurement: &Measurement, format: Format, extent: Extent) -> String {
    let count = measurement.samples.len();
    let per_evaluation = measurement.total.as_secs_f64() * 1e9
        / Statistics::new(measurement.samples.clone()).get("count").max(1.0);
    let all = Statistics::new(measurement.samples.clone()).all();
    let extra: Vec<(String, f64)> = if extent.metrics {
        all.iter()
            .map(|(name, value)| (format!("histogram_timer_rego_query_eval_ns_{name}"), *value))
            .collect()
    } else {
        Vec::new()
    };
    match format {
        Format::Pretty => {
            let mut rows = vec![
                ["samples".to_owned(), count.to_string()],
                ["ns/op".to_owned(), go_measure(per_evaluation)],
            ];
            if extent.memory {
                rows.push(["B/op".to_owned(), "not measured".to_owned()]);
                rows.push(["allocs/op".to_owned(), "not measured".to_owned()]);
            }
            rows.extend(extra.into_iter().map(|(name, value)| [name, go_measure(value)]));
            table::of_numbers(rows) + "\n"
        }
        Format::Json => {
            let total = usize::try_from(measurement.total.as_nanos()).unwrap_or(usize::MAX);
            let extra = extra.iter().map(|(name, value)| (name.as_str(), Json::Float(*value))).collect();
            Json::Object(vec![
                ("N", Json::Number(count)),
                ("T", Json::Number(total)),
                ("Bytes", Json::Number(0)),
                ("MemAllocs", Json::Null),
                ("MemBytes", Json::Null),
                ("Extra", Json::Object(extra)),
            ])
            .pretty()
                + "\n"
        }
        Format::Gobench => {
            let mut line =
                format!("BenchmarkPortcullisEval\t{count:8}\t{} ns/op", go_measure_wide(per_evaluation));
            for (name, value) in extra {
                let _ = write!(line, "\t{} {name}", go_measure_wide(value));
            }
            line + "\n"
        }
    }
}

fn go_measure(number: f64) -> String {
    go_measure_wide(number).trim_start().to_owned()
}

/// A number as Go's benchmarks write it: ten places before the point, and about four digits in all.
fn go_measure_wide(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || size >= 99.95 {
        format!("{number:10.0}")
    } else if size >= 9.995 {
        format!("{number:12.1}")
    } else if size >= 0.9995 {
        format!("{number:13.2}")
    } else {
        format!("{number:14.3}")
    }
}
