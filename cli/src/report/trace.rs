//! The steps of an evaluation, as `opa eval --explain` writes them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use portcullis::explain::{TraceEvent, TraceNode, TraceOperation};
use portcullis::value::Value;

use super::json_document::Json;

/// The events of one kind, and before each of them the bodies that lead to it, without those that were shown before.
pub(crate) fn around(events: Vec<TraceEvent>, operation: TraceOperation) -> Vec<TraceEvent> {
    let mut found = Vec::new();
    let mut bodies: BTreeMap<u32, TraceEvent> = BTreeMap::new();
    for event in events {
        let is_body = matches!(event.operation, TraceOperation::Enter | TraceOperation::Redo)
            && matches!(event.node, TraceNode::Body | TraceNode::Rule);
        if event.operation == operation {
            let mut path = Vec::new();
            let mut next = Some(event.query);
            while let Some(body) = next.and_then(|query| bodies.remove(&query)) {
                next = (body.parent != body.query).then_some(body.parent);
                path.push(body);
            }
            found.extend(path.into_iter().rev());
            found.push(event);
            bodies.clear();
        } else if is_body {
            bodies.insert(event.query, event);
        }
    }
    found
}

/// One line an event: its place, bars for the bodies around it, and what happened.
pub(crate) fn write(events: &[TraceEvent], out: &mut dyn Write) -> io::Result<()> {
    let places: Vec<String> = events.iter().map(place).collect();
    let width = places.iter().map(String::len).max().unwrap_or(0) + PADDING;
    for (event, place) in events.iter().zip(&places) {
        writeln!(out, "{place:width$} {}", step(event))?;
    }
    Ok(())
}

fn place(event: &TraceEvent) -> String {
    match &event.location {
        None => String::new(),
        Some(at) if at.file.is_empty() => format!("query:{}", at.row),
        Some(at) => format!("{}:{}", at.file, at.row),
    }
}

fn step(event: &TraceEvent) -> String {
    let of_body = match event.operation {
        TraceOperation::Enter => true,
        TraceOperation::Redo => event.node != TraceNode::Expression,
        TraceOperation::Exit
        | TraceOperation::Eval
        | TraceOperation::Fail
        | TraceOperation::Index
        | TraceOperation::Note
        | TraceOperation::Unify => false,
    };
    let bars = event.depth.saturating_sub(usize::from(of_body));
    let mut text = "| ".repeat(bars) + event.operation.as_str() + " ";
    if event.operation == TraceOperation::Note {
        return text + "\"" + &event.message + "\"";
    }
    text.push_str(&event.text);
    if !event.message.is_empty() {
        text.push(' ');
        text.push_str(&event.message);
    }
    text
}

/// The field of the document with the answer. What happened to what is text here, where OPA has its syntax tree.
pub(crate) fn json(events: &[TraceEvent]) -> Json<'_> {
    Json::Array(events.iter().map(event_json).collect())
}

/// The steps in the form of OPA's API; what they happened to is text here too, and local variables are not told.
pub(crate) fn events(events: &[TraceEvent]) -> Json<'_> {
    Json::Array(events.iter().map(api_event).collect())
}

fn api_event(event: &TraceEvent) -> Json<'_> {
    let number = |number: u32| Json::Number(usize::try_from(number).unwrap_or(usize::MAX));
    let kind = match event.node {
        TraceNode::Body => "body",
        TraceNode::Rule => "rule",
        TraceNode::Expression => "expr",
        TraceNode::Nothing => "",
    };
    let operation = Value::from(event.operation.as_str().to_lowercase());
    let mut fields = vec![
        ("op", Json::Owned(operation)),
        ("query_id", number(event.query)),
        ("parent_id", number(event.parent)),
        ("type", Json::Text(kind)),
        ("node", Json::Text(&event.text)),
        ("locals", Json::Array(Vec::new())),
    ];
    if !event.message.is_empty() {
        fields.push(("message", Json::Text(&event.message)));
    }
    Json::Object(fields)
}

fn event_json(event: &TraceEvent) -> Json<'_> {
    let number = |number: u32| Json::Number(usize::try_from(number).unwrap_or(usize::MAX));
    let place = event.location.as_ref().map_or(Json::Null, |at| {
        Json::Object(vec![
            ("file", Json::Text(&at.file)),
            ("row", Json::Number(at.row)),
            ("col", Json::Number(at.col)),
        ])
    });
    Json::Object(vec![
        ("Op", Json::Text(event.operation.as_str())),
        ("Text", Json::Text(&event.text)),
        ("Location", place),
        ("QueryID", number(event.query)),
        ("ParentID", number(event.parent)),
        ("Message", Json::Text(&event.message)),
    ])
}

/// The space between places and steps.
const PADDING: usize = 4;
