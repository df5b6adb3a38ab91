//! Which lines took how long, as `opa eval --profile` tells it.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

use portcullis::explain::ProfileEntry;

use super::json_document::Json;
use super::metrics::SHOWN;
use super::statistics::Statistics;
use super::table;
use crate::go_duration;

/// What lines can be sorted by: the greatest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SortKey {
    /// The time
    #[value(name = "total_time_ns")]
    TotalTime,
    /// How often literals were evaluated
    #[value(name = "num_eval")]
    Evals,
    /// How often another way was looked for
    #[value(name = "num_redo")]
    Redos,
    /// How many literals the compiler made of the line
    #[value(name = "num_gen_expr")]
    Literals,
    /// The file
    File,
    /// The row
    Line,
}

/// A line of a profile and its time in each run.
#[derive(Debug)]
pub(crate) struct Line {
    entry: ProfileEntry,
    times: Vec<u64>,
}

/// The first lines of a profile in the order asked for; of several runs, the lines of the first.
pub(crate) fn top(runs: &[Vec<ProfileEntry>], keys: &[SortKey], limit: usize) -> Vec<Line> {
    let mut times: BTreeMap<(&str, usize), Vec<u64>> = BTreeMap::new();
    for entry in runs.iter().flatten() {
        times.entry((&entry.location.file, entry.location.row)).or_default().push(nanos(entry.time));
    }
    let mut lines: Vec<Line> = runs
        .first()
        .into_iter()
        .flatten()
        .map(|entry| Line {
            times: times.get(&(&*entry.location.file, entry.location.row)).cloned().unwrap_or_default(),
            entry: entry.clone(),
        })
        .collect();
    let keys = if keys.is_empty() { &DEFAULT_ORDER } else { keys };
    lines.sort_by(|left, right| {
        keys.iter()
            .map(|key| key.compare(&right.entry, &left.entry))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    if limit > 0 {
        lines.truncate(limit);
    }
    lines
}

impl SortKey {
    fn compare(self, left: &ProfileEntry, right: &ProfileEntry) -> Ordering {
        match self {
            Self::TotalTime => left.time.cmp(&right.time),
            Self::Evals => left.evals.cmp(&right.evals),
            Self::Redos => left.redos.cmp(&right.redos),
            Self::Literals => left.literals.cmp(&right.literals),
            Self::File => left.location.file.cmp(&right.location.file),
            Self::Line => left.location.row.cmp(&right.location.row),
        }
    }
}

/// The field of the document with the answer.
pub(crate) fn json(lines: &[Line]) -> (&'static str, Json<'_>) {
    let several = lines.iter().any(|line| line.times.len() > 1);
    let count = |number: u64| Json::Number(usize::try_from(number).unwrap_or(usize::MAX));
    let shown = lines.iter().map(|line| {
        let time = if several {
            let all = Statistics::new(line.times.clone()).all();
            let all = all.into_iter().map(|(name, value)| (name, Json::Float(value)));
            ("total_time_ns_stats", Json::Object(all.collect()))
        } else {
            ("total_time_ns", count(line.times.iter().sum()))
        };
        let at = &line.entry.location;
        let place = vec![
            ("file", Json::Text(&at.file)),
            ("row", Json::Number(at.row)),
            ("col", Json::Number(at.col)),
        ];
        Json::Object(vec![
            time,
            ("num_eval", count(line.entry.evals)),
            ("num_redo", count(line.entry.redos)),
            ("num_gen_expr", Json::Number(line.entry.literals)),
            ("location", Json::Object(place)),
        ])
    });
    (if several { "aggregated_profile" } else { "profile" }, Json::Array(shown.collect()))
}

/// The same as a table.
pub(crate) fn table(lines: &[Line]) -> String {
    let several = lines.iter().any(|line| line.times.len() > 1);
    let times: &[&str] = if several { &["Min", "Max", "Mean", "90%", "99%"] } else { &["Time"] };
    let headings = times.iter().chain(&["Num Eval", "Num Redo", "Num Gen Expr", "Location"]);
    let headings: Vec<String> = headings.map(|heading| (*heading).to_owned()).collect();
    let row = |line: &Line| {
        let mut cells: Vec<String> = if several {
            let statistics = Statistics::new(line.times.clone());
            SHOWN
                .iter()
                .map(|of| go_duration::format(Duration::from_secs_f64(statistics.get(of) / 1e9)))
                .collect()
        } else {
            vec![go_duration::format(line.entry.time)]
        };
        let entry = &line.entry;
        let place = match &*entry.location.file {
            "" => entry.text.to_string(),
            file => format!("{file}:{}", entry.location.row),
        };
        cells.extend([entry.evals.to_string(), entry.redos.to_string(), entry.literals.to_string(), place]);
        cells
    };
    table::render(&headings, lines.iter().map(row))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// As many lines as OPA shows unless told otherwise.
pub(crate) const DEFAULT_LIMIT: usize = 10;

const DEFAULT_ORDER: [SortKey; 6] =
    [SortKey::TotalTime, SortKey::Evals, SortKey::Redos, SortKey::Literals, SortKey::File, SortKey::Line];
