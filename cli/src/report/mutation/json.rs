//! Mutants as JSON.

use portcullis::mutate::hunk::Hunk;
use portcullis::mutate::missing::{MissingTest, Searched};
use portcullis::mutate::score::Tally;
use portcullis::value::Value;

use super::{End, Told, Tried, test_name};
use crate::report::json_document::Json;

/// One document: the figures, and all mutants.
pub(crate) fn json(told: &Told) -> String {
    let score = told.score();
    let decisions = told.decisions.iter().map(|name| Json::Text(name)).collect();
    let strength = score.deny_strength().map_or(Json::Null, |strength| Json::Float(round(strength)));
    let mutants = told.tried.iter().map(|tried| of_mutant(told, tried)).collect();
    let fields = vec![
        ("version", Json::Number(1)),
        ("decisions", Json::Array(decisions)),
        ("tests", Json::Number(told.tests)),
        ("complete", Json::Owned(Value::Bool(told.is_complete))),
        ("deny_strength", strength),
        ("all", tally(score.all())),
        ("widening", tally(score.widening)),
        ("narrowing", tally(score.narrowing)),
        ("unknown", tally(score.unknown)),
        ("mutants", Json::Array(mutants)),
    ];
    Json::Object(fields).pretty() + "\n"
}

fn round(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}

fn tally(tally: Tally) -> Json<'static> {
    let Tally { killed, missed, equivalent, unviable, open } = tally;
    Json::Object(vec![
        ("killed", Json::Number(killed)),
        ("survived", Json::Number(missed)),
        ("probably_equivalent", Json::Number(equivalent)),
        ("unviable", Json::Number(unviable)),
        ("not_tried", Json::Number(open)),
    ])
}

fn of_mutant<'a>(told: &'a Told, Tried { mutant, end }: &'a Tried) -> Json<'a> {
    let (file, row, col) = told.place(mutant);
    let (_, text) = told.source(mutant);
    let old = text.get(mutant.span.start as usize..mutant.span.end as usize).unwrap_or_default();
    let hunk = Hunk::of(text, mutant);
    let diff = format!("{}\n{}\n", hunk.header(), hunk.lines.join("\n"));
    let mut fields = vec![
        ("operator", Json::Text(mutant.operator.id)),
        ("summary", Json::Text(mutant.operator.summary)),
        ("direction", Json::Text(mutant.direction.name())),
        ("rule", Json::Text(&mutant.rule)),
        ("file", Json::Text(file)),
        ("row", Json::Number(row)),
        ("col", Json::Number(col)),
        ("old", Json::Text(old)),
        ("new", Json::Text(&mutant.replacement)),
        ("diff", Json::Owned(Value::from(diff))),
        ("end", Json::Text(end.name())),
    ];
    match end {
        End::Killed(id) => fields.push(("killed_by", Json::Owned(Value::from(id.to_string())))),
        End::Survived { tests, searched } => {
            fields.push(("tests", Json::Number(*tests)));
            match searched {
                Searched::Found(missing) => {
                    fields.push(("missing", of_missing(missing, &test_name(mutant, row))));
                }
                Searched::Nothing { tried } => {
                    fields
                        .push(("inputs_tried", Json::Number(usize::try_from(*tried).unwrap_or(usize::MAX))));
                }
                Searched::Stopped => {}
            }
        }
        End::Unviable | End::Open => {}
    }
    Json::Object(fields)
}

fn of_missing<'a>(missing: &'a MissingTest, name: &str) -> Json<'a> {
    let edits = missing.edits.iter().map(|edit| Json::Owned(Value::from(edit.to_string())));
    Json::Object(vec![
        ("decision", Json::Owned(Value::from(missing.decision.name()))),
        ("lets_in", Json::Owned(Value::Bool(missing.lets_in()))),
        ("seed", Json::Text(&missing.seed)),
        ("edits", Json::Array(edits.collect())),
        ("input", missing.case.input.as_ref().map_or(Json::Null, Json::Value)),
        ("case", Json::Owned(Value::from(missing.table_case(name)))),
        ("rego", Json::Owned(Value::from(missing.rego(name)))),
    ])
}
