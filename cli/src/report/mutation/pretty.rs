//! Mutants for people.

use std::fmt::Write as _;

use portcullis::mutate::hunk::Hunk;
use portcullis::mutate::missing::{MissingTest, Searched};
use portcullis::mutate::mutant::Mutant;
use portcullis::mutate::score::Tally;

use super::{End, Told, Tried, evaluated, test_name};
use crate::plural::plural;
use crate::report::diagnostics::{Printable, one_line};

/// The mutants that no test noticed, each with its change and the test that is missing, and the figures.
pub(crate) fn pretty(told: &Told) -> String {
    let mut text = String::new();
    for Tried { mutant, end } in &told.tried {
        if let End::Survived { tests, searched } = end
            && !matches!(searched, Searched::Nothing { .. })
        {
            write_survivor(told, mutant, *tests, searched, &mut text);
        }
    }
    let equivalent: Vec<&Mutant> = told
        .tried
        .iter()
        .filter(|tried| matches!(tried.end, End::Survived { searched: Searched::Nothing { .. }, .. }))
        .map(|tried| &tried.mutant)
        .collect();
    if !equivalent.is_empty() {
        text.push_str("probably equivalent: no input was found that these decide otherwise\n");
        for mutant in equivalent {
            let (file, row, col) = told.place(mutant);
            _ = writeln!(
                text,
                "  {}:{row}:{col}  {} {}: {}",
                one_line(file),
                mutant.direction.name(),
                mutant.operator.id,
                change(told, mutant)
            );
        }
        text.push('\n');
    }
    write_summary(told, &mut text);
    text
}

/// The mutants, one to a line.
pub(crate) fn list(told: &Told) -> String {
    let mut text = String::new();
    for Tried { mutant, .. } in &told.tried {
        let (file, row, col) = told.place(mutant);
        let (file, change) = (one_line(file), change(told, mutant));
        let (direction, id) = (mutant.direction.name(), mutant.operator.id);
        _ = writeln!(text, "{file}:{row}:{col}  {direction:<9}  {id:<16}  {change}");
    }
    text
}

/// What is written before and after, on a line.
fn change(told: &Told, mutant: &Mutant) -> String {
    let (_, text) = told.source(mutant);
    let old = text.get(mutant.span.start as usize..mutant.span.end as usize).unwrap_or_default();
    format!("{} -> {}", short(old), short(&mutant.replacement))
}

fn short(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return "nothing".to_owned();
    }
    let cut: String = words.chars().take(MOST_CHARACTERS).collect();
    let more = if cut.len() < words.len() { "…" } else { "" };
    one_line(&format!("{cut}{more}"))
}

fn write_survivor(told: &Told, mutant: &Mutant, tests: usize, searched: &Searched, text: &mut String) {
    let (file, row, col) = told.place(mutant);
    let (_, source) = told.source(mutant);
    let file = one_line(file);
    let (direction, id, summary) = (mutant.direction.name(), mutant.operator.id, mutant.operator.summary);
    _ = writeln!(text, "survived {file}:{row}:{col}  {direction} {id}: {summary}");
    let noticed = evaluated(tests);
    _ = writeln!(text, "  in {}; {noticed}", one_line(&mutant.rule));
    let hunk = Hunk::of(source, mutant);
    _ = writeln!(text, "  {}", hunk.header());
    for line in &hunk.lines {
        _ = writeln!(text, "  {}", Printable(line));
    }
    if let Searched::Found(missing) = searched {
        write_missing(missing, &test_name(mutant, row), text);
    }
    text.push('\n');
}

fn write_missing(missing: &MissingTest, name: &str, text: &mut String) {
    let edits: Vec<String> = missing.edits.iter().map(ToString::to_string).collect();
    let edits = if edits.is_empty() { "as it is".to_owned() } else { edits.join(", ") };
    let does = if missing.lets_in() { "lets in" } else { "keeps out" };
    _ = writeln!(text, "  {does}: {}, {}", one_line(&missing.seed), one_line(&edits));
    _ = writeln!(text, "  missing, as a case of a suite for {}:", one_line(&missing.decision.name()));
    indented(&missing.table_case(name), text);
    _ = writeln!(text, "  or as a test in Rego:");
    indented(&missing.rego(name), text);
}

fn indented(block: &str, text: &mut String) {
    for line in block.lines() {
        _ = writeln!(text, "    {}", Printable(line));
    }
}

fn write_summary(told: &Told, text: &mut String) {
    let score = told.score();
    let all = score.all();
    _ = writeln!(
        text,
        "{} of {}: {}",
        plural(all.all(), "mutant"),
        told.decisions.iter().map(|name| one_line(name)).collect::<Vec<_>>().join(", "),
        figures(all)
    );
    for (name, tally) in
        [("widening", score.widening), ("narrowing", score.narrowing), ("unknown", score.unknown)]
    {
        if tally.all() > 0 {
            _ = writeln!(text, "  {name:<9} {}", figures(tally));
        }
    }
    match score.deny_strength() {
        Some(strength) => {
            let Tally { killed, .. } = score.widening;
            let viable = score.widening.viable();
            _ = writeln!(
                text,
                "deny strength {strength:.1} %: {killed} of {viable} widening mutants are noticed"
            );
        }
        None => text.push_str("deny strength unknown: no mutant lets more in\n"),
    }
}

fn figures(tally: Tally) -> String {
    let Tally { killed, missed, equivalent, unviable, open } = tally;
    let mut parts = vec![format!("{killed} killed"), format!("{missed} survived")];
    for (count, name) in
        [(equivalent, "probably equivalent"), (open, "not tried"), (unviable, "do not compile")]
    {
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    parts.join(", ")
}

/// How much of a change is shown on a line.
const MOST_CHARACTERS: usize = 60;
