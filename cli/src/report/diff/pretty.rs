//! Differences between versions for people.

use std::fmt::Write as _;

use portcullis::diff::class::Class;
use portcullis::diff::{Answer, Compared, Difference, State};
use portcullis::probe::corpus::End;
use portcullis::probe::decision::Decision;
use portcullis::probe::edit::Case;
use portcullis::probe::paste::Replaced;
use portcullis::value::Value;

use super::{Told, Version, example, verdict};
use crate::plural::plural;
use crate::report::diagnostics::one_line;

/// The differences, the worst first, and what was looked at.
pub(crate) fn pretty(told: &Told<'_>) -> String {
    let mut text = String::new();
    for compared in &told.compared {
        for difference in &compared.differences {
            write_difference(told, difference, &mut text);
        }
        write_summary(told, compared, &mut text);
    }
    text
}

fn write_difference(told: &Told<'_>, difference: &Difference, text: &mut String) {
    let word = difference.class.as_str().replace('-', " ").to_uppercase();
    _ = writeln!(text, "{word}  {}  {}", difference.id, difference.decision.name());
    let mut line = |word: &str, what: &str| _ = writeln!(text, "  {word:<8} {}", one_line(what));
    for (word, places) in [
        ("decides", told.deciding(difference)),
        ("added", told.places(Version::New, &difference.added)),
        ("removed", told.places(Version::Old, &difference.removed)),
    ] {
        for (place, source) in places.iter().take(MAX_PLACES) {
            line(word, &format!("{}:{}: {source}", place.file, place.start.row));
        }
    }
    line("example", &example(difference));
    line("old", &answer(&difference.old));
    line("new", &answer(&difference.new));
    for (index, (place, extent)) in difference.cube.places.iter().enumerate() {
        line(if index == 0 { "inputs" } else { "" }, &format!("{place} {extent}"));
    }
    if difference.cube.samples > 0 {
        line("", &format!("(sampled: {})", plural(difference.cube.samples, "input")));
    }
    match told.approved.get(&difference.id) {
        Some(reason) => line("approved", reason),
        None => line("replay", &format!("portcullis replay {}", difference.id)),
    }
    text.push('\n');
}

fn answer(answer: &Answer) -> String {
    match answer.value.as_ref() {
        Some(value @ (Value::Object(_) | Value::Array(_) | Value::Set(_))) => {
            format!("{}: {}", verdict(answer), value.to_rego())
        }
        Some(_) | None => verdict(answer).to_owned(),
    }
}

fn write_summary(told: &Told<'_>, compared: &Compared, text: &mut String) {
    let name = compared.decision.name();
    let end = match compared.state {
        State::Identical => {
            _ = writeln!(text, "{name}: identical: both versions have the same rules and data for it");
            return;
        }
        State::Searched(end) => end,
    };
    let count = |class: Class| compared.differences.iter().filter(|one| one.class == class).count();
    let counts: Vec<String> = Class::ALL
        .into_iter()
        .filter(|class| count(*class) > 0)
        .map(|class| format!("{} {}", count(class), class.as_str()))
        .collect();
    let counts = if counts.is_empty() { "no difference found".to_owned() } else { counts.join(", ") };
    let approved = compared.differences.iter().filter(|one| told.approved.contains_key(&one.id)).count();
    let approved = if approved == 0 { String::new() } else { format!(", {approved} approved") };
    _ = writeln!(text, "{name}: {counts}{approved}");
    _ = writeln!(
        text,
        "  asked both about {}, from {}; {} added, {} removed",
        plural(compared.tried, "input"),
        plural(compared.starts as u64, "case"),
        plural(compared.added as u64, "clause"),
        compared.removed,
    );
    if compared.has_more {
        text.push_str("  more of the same kind was found than is told: look again when these are settled\n");
    }
    match end {
        End::Exhausted => {}
        End::Budget => text.push_str("  there is more to look at: --cases N allows more inputs\n"),
        End::Stopped => text.push_str("  not everything was looked at: --time DURATION allows more\n"),
    }
}

/// An input with what both versions say of it now.
pub(crate) fn replayed(
    id: &str,
    decision: &Decision,
    class: Option<Class>,
    case: &Case,
    loaded: &Value,
    [old, new]: [&Answer; 2],
) -> String {
    let mut text = String::new();
    let class = class.map_or("no difference any more", Class::as_str);
    _ = writeln!(text, "{id}  {}: {class}", decision.name());
    let input = case.input.as_ref().map_or_else(|| "none".to_owned(), Value::to_json);
    _ = writeln!(text, "  input    {}", one_line(&input));
    let replaced = Replaced::between(loaded, &case.data);
    for document in &replaced.documents {
        let path = document.path.join(".");
        _ = writeln!(text, "  with     data.{} as {}", one_line(&path), one_line(&document.value.to_json()));
    }
    for lost in &replaced.lost {
        _ = writeln!(text, "  without  {}", one_line(lost));
    }
    _ = writeln!(text, "  old      {}", one_line(&answer(old)));
    _ = writeln!(text, "  new      {}", one_line(&answer(new)));
    text
}

/// How many places are shown of one kind.
const MAX_PLACES: usize = 4;
