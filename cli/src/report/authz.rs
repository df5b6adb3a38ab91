//! The answer to whether one agent may call another, for people and as JSON.

use std::io::{self, Write};

use portcullis::audit::{Call, Verdict};
use portcullis::explain::Decision;
use portcullis::policy::Location;
use portcullis::value::Value;

use super::json_document::Json;
use super::outcome::one_line;
use super::why;
use crate::exit::Exit;
use crate::io::{FAIL, Io, PASS};

/// How to write the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Pretty,
    /// As JSON
    Json,
}

/// What was asked, and what was said.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// The call.
    pub(crate) call: &'a Call,
    /// The path of the decision.
    pub(crate) decision: &'a str,
    /// The answer.
    pub(crate) verdict: &'a Verdict,
    /// What decided; empty where that isn't known.
    pub(crate) why: &'a [Decision],
    /// Whether to write all of that, and not only the rule.
    pub(crate) tells_all: bool,
}

/// Writes an answer to stdout.
pub(crate) fn write(answer: &Answer<'_>, format: Format, io: &mut Io) -> Exit {
    match format {
        Format::Json => io.write((json(answer).pretty() + "\n").as_bytes(), Exit::Two),
        Format::Pretty => match pretty(answer, &mut *io.out) {
            Ok(()) => Exit::Success,
            Err(error) if io.failed_to_write(&error) == Exit::Success => Exit::Success,
            Err(_) => Exit::Two,
        },
    }
}

fn pretty(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Answer { call, verdict, why, .. } = answer;
    let (style, word) = if verdict.allowed { (PASS, "ALLOWED") } else { (FAIL, "DENIED") };
    writeln!(out, "{style}{word}{style:#}")?;
    writeln!(out, "caller   {}", one_line(&call.caller))?;
    writeln!(out, "callee   {}", one_line(&call.callee))?;
    writeln!(out, "action   {}", one_line(&call.action))?;
    if !verdict.reasons.is_empty() {
        writeln!(out, "reasons  {}", one_line(&verdict.reasons.join(", ")))?;
    }
    if !verdict.grants.is_empty() {
        writeln!(out, "grants   {}", one_line(&verdict.grants.join(", ")))?;
    }
    match deciding(why) {
        Some((rule, by, at)) => {
            writeln!(out, "decided  by {rule}: {by} at {}:{}", one_line(&at.file), at.row)?;
        }
        None => writeln!(out, "decided  by {}", one_line(answer.decision))?,
    }
    if !verdict.allowed
        && let Some((row, text)) = failed(why)
    {
        writeln!(out, "because  of row {row}: `{}` did not hold", one_line(&text))?;
    }
    if answer.tells_all && !why.is_empty() {
        writeln!(out)?;
        why::write(why, out)?;
    }
    out.flush()
}

/// The rule that decided, and which part of it.
fn deciding(why: &[Decision]) -> Option<(&str, &'static str, &Location)> {
    let decision = why.first()?;
    if let Some(at) = &decision.default {
        return Some((&decision.rule, "its default", at));
    }
    let clause = decision.clauses.iter().find(|clause| clause.ways > 0)?;
    Some((&decision.rule, "the clause", clause.location.as_ref()?))
}

/// The literal that kept the one clause that was tried from holding; where there were several, no single one did.
fn failed(why: &[Decision]) -> Option<(usize, String)> {
    let [clause] = &*why.first()?.clauses else { return None };
    let literal = clause.literals.last().filter(|literal| literal.failures > 0)?;
    let text = literal.text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some((literal.location.as_ref()?.row, text))
}

fn json<'a>(answer: &Answer<'a>) -> Json<'a> {
    let Answer { call, decision, verdict, why, .. } = answer;
    let list = |texts: &'a [String]| Json::Array(texts.iter().map(|text| Json::Text(text)).collect());
    let mut fields = vec![
        ("version", Json::Number(VERSION)),
        ("decision", Json::Text(decision)),
        ("caller", Json::Text(&call.caller)),
        ("callee", Json::Text(&call.callee)),
        ("action", Json::Text(&call.action)),
        ("allowed", Json::Owned(Value::Bool(verdict.allowed))),
        ("reasons", list(&verdict.reasons)),
        ("grants", list(&verdict.grants)),
    ];
    if let Some((rule, _, at)) = deciding(why) {
        let place = vec![
            ("file", Json::Text(&at.file)),
            ("row", Json::Number(at.row)),
            ("col", Json::Number(at.col)),
        ];
        fields.push((
            "decided_by",
            Json::Object(vec![("rule", Json::Text(rule)), ("location", Json::Object(place))]),
        ));
    }
    if answer.tells_all && !why.is_empty() {
        fields.push(("why", why::json(why)));
    }
    Json::Object(fields)
}

const VERSION: usize = 1;
