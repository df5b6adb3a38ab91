//! `engine/testcases/probe`: for each probe policies that it finds something in, and the same policies mended; some have data beside
//! them.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use portcullis::document;
use portcullis::probe::decision::Verdict;
use portcullis::probe::finding::Twist;
use portcullis::probe::hunt::Hunted;
use portcullis::probe::probes::{ALL, Probe, Severity};
use portcullis::source::SourceId;
use portcullis::value::{Object, Value};

use crate::hunted::{lines, load};

#[test]
fn each_probe_finds_its_cases_and_nothing_in_the_mended_ones() {
    for probe in ALL {
        let kinds = kinds(probe);
        for wanted in ["bad", "good"] {
            assert!(kinds.iter().any(|kind| kind == wanted), "{} has a {wanted} case", probe.id);
        }
        for kind in kinds {
            let path = folder(probe).join(format!("{kind}.rego"));
            let text = fs::read_to_string(&path).expect("a readable case");
            let data = match fs::read_to_string(path.with_extension("json")) {
                Ok(text) => document::json_value(SourceId::default(), &text).expect("JSON"),
                Err(_) => Value::Object(Object::new()),
            };
            let hunted = load(&[("policy.rego", &text)], &data).hunt(5_000);
            let own = format!("{} ", probe.id);
            let found = lines(&hunted).iter().any(|line| line.starts_with(&own));
            assert_eq!(found, kind.starts_with("bad"), "{}: {:#?}", path.display(), lines(&hunted));
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(folder(probe));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(kind.as_str(), shown(&text, &hunted)));
        }
    }
}

#[test]
fn the_page_has_every_probe() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/probing.md");
    let text = fs::read_to_string(&path).expect("a readable page");
    let (before, rest) = text.split_once(START).expect("where the table starts");
    let (_, after) = rest.split_once(END).expect("where the table ends");
    let mut table =
        String::from("\n| probe | | finds | why that matters | better |\n|---|---|---|---|---|\n");
    for Probe { id, name, severity, summary, why, instead, .. } in ALL {
        let severity = match severity {
            Severity::Hard => "hard",
            Severity::Review => "review",
        };
        _ = writeln!(table, "| **{id} {name}** | {severity} | {summary} | {why} | {instead} |");
    }
    let fresh = format!("{before}{START}\n{table}\n{END}{after}");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &fresh).expect("a page that can be written");
    }
    let committed = fs::read_to_string(&path).expect("a readable page");
    assert!(
        committed == fresh,
        "rewrite docs/probing.md with `UPDATE=1 cargo test -p portcullis --test probes`"
    );
}

const START: &str = "<!-- probes: `UPDATE=1 cargo test -p portcullis --test probes` -->";
const END: &str = "<!-- end of probes -->";

#[test]
fn every_folder_is_that_of_a_probe() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testcases/probe");
    let folders: BTreeSet<String> = fs::read_dir(root)
        .expect("a readable folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(folders, ALL.iter().map(|probe| probe.id.to_lowercase()).collect());
}

/// The policy, and below it what is found.
fn shown(text: &str, hunted: &Hunted) -> String {
    let mut shown = format!("{text}\n");
    for finding in &hunted.findings {
        let pair = &finding.pair;
        let detail = if pair.detail.is_empty() { String::new() } else { format!(", {}", pair.detail) };
        _ = writeln!(shown, "{} {}: {}{detail}", finding.probe.id, finding.probe.name, finding.place());
        let context: Vec<String> = pair.context.iter().map(ToString::to_string).collect();
        _ = writeln!(shown, "  {:<8} {} {}", word(pair.verdict_before), finding.seed, context.join(", "));
        let twist = match &pair.twist {
            Twist::None => String::new(),
            Twist::Fault(function, operands) => format!("{function}{operands:?} fails"),
            Twist::Strict(error) | Twist::Passed(error) => format!("; {error}"),
            Twist::Outside => "after asking the outside".to_owned(),
        };
        _ = writeln!(shown, "  {:<8} {} {twist}", word(pair.verdict_after), pair.edit);
        for row in &finding.through {
            _ = writeln!(shown, "  through  {}: {}", row.place, row.name.to_json());
        }
    }
    for fact in &hunted.facts {
        _ = writeln!(shown, "{} {}: {}", fact.probe.id, fact.probe.name, fact.message);
    }
    shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allowed",
        Verdict::Deny => "denied",
        Verdict::Error(code) => code.as_str(),
    }
}

/// The names of a probe's cases.
fn kinds(probe: &Probe) -> BTreeSet<String> {
    let files = fs::read_dir(folder(probe)).expect("a readable folder");
    let paths = files.map(|entry| entry.expect("an entry").path());
    let cases = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rego"));
    cases.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

fn folder(probe: &Probe) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testcases/probe").join(probe.id.to_lowercase())
}
