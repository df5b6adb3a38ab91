//! Measurements of a query, in the formats of `opa bench`.

use std::fmt::Write as _;
use std::time::Duration;

use portcullis::suite::{Measured, TestId};

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

/// The figures of one benchmark, as Go's benchmarks write them behind its name.
pub(crate) fn figures(measured: &Measured) -> String {
    format!("{:8}\t{} ns/op", measured.runs, go_measure_wide(measured.nanoseconds()))
}

/// What a test is called among Go's benchmarks: words that begin with capitals, of letters and digits only. The case of a
/// table is what Go calls a benchmark inside of another.
pub(crate) fn go_name(id: &TestId) -> String {
    let words = |text: &str| -> String {
        let words = text.split(|c: char| !c.is_alphanumeric());
        words
            .flat_map(|word| {
                let mut chars = word.chars();
                let first = chars.next();
                first.into_iter().flat_map(char::to_uppercase).chain(chars).collect::<Vec<_>>()
            })
            .collect()
    };
    let (group, name) = (words(id.group()), words(id.name()));
    match id {
        TestId::Rego { .. } => format!("Benchmark{group}{name}"),
        TestId::Table { .. } | TestId::Property { .. } => format!("Benchmark{group}/{name}"),
    }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portcullis::suite::{Measured, TestId};

    use super::{figures, go_name};

    #[test]
    fn a_test_has_the_name_that_opa_gives_it_and_a_row_is_inside_of_its_suite() {
        for (package, name, expected) in [
            ("data.a.b_c", "test_one", "BenchmarkDataABCTestOne"),
            ("data.authz_test", "test_x#01", "BenchmarkDataAuthzTestTestX01"),
            ("data.a[\"b c\"]", "test_über", "BenchmarkDataABCTestÜber"),
        ] {
            let id = TestId::Rego { package: package.into(), name: name.into() };
            assert_eq!(go_name(&id), expected);
        }
        let id = TestId::Table { suite: "the calls".into(), case: "spiffe://a -> b-4".into() };
        assert_eq!(go_name(&id), "BenchmarkTheCalls/SpiffeAB4");
    }

    #[test]
    fn figures_are_written_as_go_writes_them() {
        let of = |runs, nanos| figures(&Measured { runs, total: Duration::from_nanos(nanos) });
        assert_eq!(of(197_367, 197_367 * 5_992), "  197367\t      5992 ns/op");
        assert_eq!(of(2, 45), "       2\t        22.5 ns/op");
    }
}
