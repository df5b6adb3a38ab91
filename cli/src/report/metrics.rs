//! How long the parts of the work took, as `opa eval --metrics` tells it.

use std::collections::BTreeMap;

use super::json_document::Json;
use super::statistics::Statistics;
use super::table;

/// Timers in nanoseconds and counters, by OPA's names where OPA has them: one sample a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics(BTreeMap<&'static str, Vec<u64>>);

impl Metrics {
    /// Adds a sample.
    pub(crate) fn add(&mut self, name: &'static str, value: u64) {
        self.0.entry(name).or_default().push(value);
    }

    /// The fields of the document with the answer: of several runs what the samples have in common.
    pub(crate) fn json(&self) -> (&'static str, Json<'_>) {
        let number = |value: u64| Json::Number(usize::try_from(value).unwrap_or(usize::MAX));
        if self.runs() > 1 {
            let one = |samples: &Vec<u64>| {
                let all = Statistics::new(samples.clone()).all();
                Json::Object(all.into_iter().map(|(name, value)| (name, Json::Float(value))).collect())
            };
            let all = self.0.iter().map(|(name, samples)| (*name, one(samples))).collect();
            return ("aggregated_metrics", Json::Object(all));
        }
        let all = self.0.iter().map(|(name, samples)| (*name, number(samples.iter().sum()))).collect();
        ("metrics", Json::Object(all))
    }

    /// The same as a table.
    pub(crate) fn table(&self) -> String {
        if self.runs() > 1 {
            let headings = ["Metric", "Min", "Max", "Mean", "90%", "99%"].map(str::to_owned);
            let rows = self.0.iter().map(|(name, samples)| {
                let statistics = Statistics::new(samples.clone());
                let values = SHOWN.iter().map(|of| go_number(statistics.get(of)));
                std::iter::once((*name).to_owned()).chain(values).collect::<Vec<_>>()
            });
            return table::render(&headings, rows);
        }
        let rows = self
            .0
            .iter()
            .map(|(name, samples)| vec![(*name).to_owned(), samples.iter().sum::<u64>().to_string()]);
        table::render(&["Metric", "Value"].map(str::to_owned), rows)
    }

    fn runs(&self) -> usize {
        self.0.values().map(Vec::len).max().unwrap_or(0)
    }
}

/// A number as Go prints it where no format is given: with an exponent from a million on if it has a fraction.
fn go_number(number: f64) -> String {
    if number.fract() == 0.0 || number < 1e6 {
        return number.to_string();
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) => format!("{digits}e+{exponent:0>2}"),
        None => text,
    }
}

/// What OPA shows of several samples in a table.
pub(crate) const SHOWN: [&str; 5] = ["min", "max", "mean", "90%", "99%"];
