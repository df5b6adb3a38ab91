//! What a ban did and what it means, for people, as JSON and as a line of a record.

use std::io::{self, Write};

use portcullis::audit::Verdict;
use portcullis::audit::ban::Change;
use portcullis::value::Value;

use super::json_document::Json;
use super::outcome::one_line;
use crate::command::Proven;
use crate::exit::Exit;
use crate::io::{FAIL, Io, PASS};
use crate::plural::plural;

/// How to write what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Pretty,
    /// As JSON
    Json,
}

/// What was done, by whom, and what it means.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// When, in RFC 3339.
    pub(crate) time: String,
    /// Who, if that is known.
    pub(crate) user: Option<String>,
    /// What came of it, as the record has it.
    pub(crate) outcome: &'static str,
    /// What was asked for.
    pub(crate) change: Change,
    /// The agent.
    pub(crate) id: &'a str,
    /// The file or server.
    pub(crate) target: &'a str,
    /// Why.
    pub(crate) reason: Option<&'a str>,
    /// Whether the list had to be changed.
    pub(crate) changed: bool,
    /// The digests of the file or the list before and after.
    pub(crate) digests: &'a [String; 2],
    /// Every call of the agent that a grant names.
    pub(crate) proof: &'a [Proven],
    /// Calls of others that are decided otherwise now.
    pub(crate) others: &'a [Proven],
}

impl Entry<'_> {
    /// As a line, without its end.
    pub(crate) fn line(&self) -> String {
        // The layout's line breaks are the only ones, and outside of strings nothing depends on space.
        self.json().pretty().lines().map(str::trim_start).collect()
    }

    fn json(&self) -> Json<'_> {
        let operation = match self.change {
            Change::Ban => "ban",
            Change::Lift => "lift",
        };
        let [before, after] = self.digests;
        let optional = |text: Option<&'_ str>| text.map_or(Json::Null, |text| Json::Owned(Value::from(text)));
        Json::Object(vec![
            ("version", Json::Number(VERSION)),
            ("time", Json::Text(&self.time)),
            ("user", optional(self.user.as_deref())),
            ("operation", Json::Text(operation)),
            ("agent", Json::Text(self.id)),
            ("target", Json::Text(self.target)),
            ("reason", optional(self.reason)),
            ("changed", Json::Owned(Value::Bool(self.changed))),
            ("digest_before", Json::Text(before)),
            ("digest_after", Json::Text(after)),
            ("outcome", Json::Text(self.outcome)),
            ("decisions", Json::Array(self.proof.iter().map(decision).collect())),
            ("others", Json::Array(self.others.iter().map(decision).collect())),
        ])
    }
}

/// Writes what was done to stdout.
pub(crate) fn write(entry: &Entry<'_>, format: Format, io: &mut Io) -> Exit {
    match format {
        Format::Json => io.write((entry.json().pretty() + "\n").as_bytes(), Exit::Two),
        Format::Pretty => match pretty(entry, &mut *io.out) {
            Ok(()) => Exit::Success,
            Err(error) if io.failed_to_write(&error) == Exit::Success => Exit::Success,
            Err(_) => Exit::Two,
        },
    }
}

fn pretty(entry: &Entry<'_>, out: &mut dyn Write) -> io::Result<()> {
    let what = match (entry.change, entry.changed) {
        (Change::Ban, true) => "is banned",
        (Change::Ban, false) => "is banned already: nothing was changed",
        (Change::Lift, true) => "is not banned any more",
        (Change::Lift, false) => "is not banned: nothing was changed",
    };
    writeln!(out, "{} {what}", one_line(entry.id))?;
    for proven in entry.proof {
        let was = if proven.before.allowed { "allowed" } else { "denied" };
        let reasons = proven.after.reasons.join(", ");
        let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", one_line(&reasons)) };
        let (style, is) = if proven.after.allowed { (FAIL, "ALLOWED") } else { (PASS, "DENIED") };
        let style = if entry.change == Change::Lift { anstyle::Style::new() } else { style };
        let (grant, call) = (one_line(&proven.grant), one_line(&proven.call.to_string()));
        writeln!(out, "  {style}{is}{style:#}{reasons}, was {was}: {grant}: {call}")?;
    }
    let count = |of: &dyn Fn(&Proven) -> bool| entry.proof.iter().filter(|proven| of(proven)).count();
    let (was, is) = (count(&|proven| proven.before.allowed), count(&|proven| proven.after.allowed));
    match entry.proof.len() {
        0 => writeln!(out, "no grant names it")?,
        all => writeln!(out, "{} that grants name: {was} allowed before, {is} now", plural(all, "call"))?,
    }
    for proven in entry.others {
        let is = if proven.after.allowed { "ALLOWED" } else { "DENIED" };
        writeln!(out, "  another agent's call is {is} now: {}", one_line(&proven.call.to_string()))?;
    }
    out.flush()
}

fn decision(proven: &Proven) -> Json<'_> {
    let verdict = |verdict: &Verdict| Json::Owned(Value::Bool(verdict.allowed));
    let reasons = proven.after.reasons.iter().map(|reason| Json::Text(reason)).collect();
    Json::Object(vec![
        ("grant", Json::Text(&proven.grant)),
        ("caller", Json::Text(&proven.call.caller)),
        ("callee", Json::Text(&proven.call.callee)),
        ("action", Json::Text(&proven.call.action)),
        ("allowed_before", verdict(&proven.before)),
        ("allowed", verdict(&proven.after)),
        ("reasons", Json::Array(reasons)),
    ])
}

const VERSION: usize = 1;
