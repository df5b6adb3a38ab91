//! Differences between versions as JSON.

use portcullis::diff::{Answer, Compared, Difference, State};
use portcullis::probe::corpus::End;
use portcullis::value::Value;

use super::{Told, Version, verdict};
use crate::report::json_document::Json;
use crate::report::placed::Place;

/// One document: for each decision what was looked at and what was found. What is approved is in it, with its reason.
pub(crate) fn json(told: &Told<'_>) -> String {
    let decisions = told.compared.iter().map(|compared| of_decision(told, compared));
    Json::Object(vec![("decisions", Json::Array(decisions.collect()))]).pretty() + "\n"
}

fn of_decision<'a>(told: &'a Told<'_>, compared: &'a Compared) -> Json<'a> {
    let state = match compared.state {
        State::Identical => "identical",
        State::Searched(End::Exhausted) => "exhausted",
        State::Searched(End::Budget) => "budget",
        State::Searched(End::Stopped) => "stopped",
    };
    let differences = compared.differences.iter().map(|one| of_difference(told, compared, one));
    Json::Object(vec![
        ("decision", Json::Owned(Value::from(compared.decision.name()))),
        ("state", Json::Text(state)),
        ("inputs_asked", number(compared.tried)),
        ("cases", Json::Number(compared.starts)),
        ("clauses_added", Json::Number(compared.added)),
        ("clauses_removed", Json::Number(compared.removed)),
        ("has_more", Json::Owned(Value::from(compared.has_more))),
        ("differences", Json::Array(differences.collect())),
    ])
}

fn of_difference<'a>(told: &'a Told<'_>, compared: &Compared, one: &'a Difference) -> Json<'a> {
    let text = |text: String| Json::Owned(Value::from(text));
    let edits = one.edits.iter().map(|edit| text(edit.to_string()));
    let cube = one.cube.places.iter().map(|(place, extent)| {
        Json::Object(vec![("path", text(place.to_string())), ("values", text(extent.to_string()))])
    });
    let mut fields = vec![
        ("id", Json::Text(&one.id)),
        ("class", Json::Text(one.class.as_str())),
        ("fails", Json::Owned(Value::from(compared.fails(one)))),
        ("case", Json::Text(&one.seed)),
        ("edits", Json::Array(edits.collect())),
    ];
    fields.extend(one.new_case.input.as_ref().map(|input| ("input", Json::Value(input))));
    let (old, new) = (told.loaded.old.policy.data(), told.loaded.new.policy.data());
    fields.extend((one.old_case.data != *old).then_some(("old_data", Json::Value(&one.old_case.data))));
    fields.extend((one.new_case.data != *new).then_some(("new_data", Json::Value(&one.new_case.data))));
    fields.extend([
        ("old", of_answer(&one.old)),
        ("new", of_answer(&one.new)),
        ("deciding", of_places(told.deciding(one))),
        ("added", of_places(told.places(Version::New, &one.added))),
        ("removed", of_places(told.places(Version::Old, &one.removed))),
        ("holds_for", Json::Array(cube.collect())),
        ("samples", number(one.cube.samples)),
    ]);
    fields.extend(told.approved.get(&one.id).map(|reason| ("approved", Json::Text(reason))));
    Json::Object(fields)
}

fn of_answer(answer: &Answer) -> Json<'_> {
    let verdict = ("verdict", Json::Text(verdict(answer)));
    let value = answer.value.as_ref().map(|value| ("value", Json::Value(value)));
    Json::Object([verdict].into_iter().chain(value).collect())
}

fn of_places<'a>(places: Vec<(Place, String)>) -> Json<'a> {
    let places = places.into_iter().map(|(place, _)| {
        Json::Object(vec![
            ("file", Json::Owned(Value::from(&*place.file))),
            ("row", Json::Number(place.start.row)),
            ("col", Json::Number(place.start.col)),
        ])
    });
    Json::Array(places.collect())
}

fn number<'a>(number: u64) -> Json<'a> {
    Json::Number(usize::try_from(number).unwrap_or(usize::MAX))
}
