//! What decided: rules, clauses and literals with their values, for people and for machines.

use std::io::{self, Write};

use portcullis::explain::{ClauseDecision, Decision, LiteralDecision};
use portcullis::policy::Location;
use portcullis::value::{Difference, Value};

use super::json_document::Json;
use crate::plural::plural;

/// Indented lines: the rule and its value, its clauses, their literals, the values in these, and the rules in these.
pub(crate) fn write(decisions: &[Decision], out: &mut dyn Write) -> io::Result<()> {
    decisions.iter().try_for_each(|decision| write_decision(decision, 0, out))
}

/// The same of a case of a test, each decision by the name of the case instead of its rule's.
pub(crate) fn write_case(name: &str, decisions: &[Decision], out: &mut dyn Write) -> io::Result<()> {
    decisions.iter().try_for_each(|decision| write_named(name, decision, 0, out))
}

fn write_decision(decision: &Decision, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    write_named(&decision.rule, decision, depth, out)
}

fn write_named(name: &str, decision: &Decision, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    let value = decision.value.as_ref().map_or("undefined".to_owned(), short);
    let reason = match (&decision.default, decision.repeated) {
        (_, true) => ", as above".to_owned(),
        (Some(at), false) => format!(": no clause held, so the default at {} decides", place(at)),
        (None, false) if decision.clauses.is_empty() => ": it has no clause".to_owned(),
        (None, false) => String::new(),
    };
    writeln!(out, "{indent}{name} is {value}{reason}")?;
    decision.clauses.iter().try_for_each(|clause| write_clause(clause, depth + 1, out))
}

fn write_clause(clause: &ClauseDecision, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    let at = clause.location.as_ref().map_or("the query".to_owned(), place);
    match clause.ways {
        0 if clause.literals.is_empty() => writeln!(out, "{indent}{at} does not match")?,
        0 => writeln!(out, "{indent}{at} did not hold")?,
        1 => writeln!(out, "{indent}{at} held")?,
        ways => writeln!(out, "{indent}{at} held in {ways} ways, first with")?,
    }
    clause.literals.iter().try_for_each(|literal| write_literal(literal, depth + 1, out))
}

fn write_literal(literal: &LiteralDecision, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    let row = literal.location.as_ref().map(|at| format!("{}: ", at.row)).unwrap_or_default();
    let text = literal.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let failed = match literal.failures {
        0 => String::new(),
        1 => " did not hold".to_owned(),
        failures => format!(
            " did not hold, {} tried; first with",
            plural(usize::try_from(failures).unwrap_or(usize::MAX), "way")
        ),
    };
    if text.is_empty() {
        return Ok(());
    }
    writeln!(out, "{indent}{row}{}{failed}", cut(&text))?;
    for (name, value) in &literal.facts {
        match value {
            Some(value) => writeln!(out, "{indent}  {} = {}", cut(name), short(value))?,
            None => writeln!(out, "{indent}  {} is undefined", cut(name))?,
        }
    }
    if !literal.differences.is_empty() {
        writeln!(out, "{indent}  the sides differ:")?;
        literal.differences.iter().try_for_each(|it| write_difference(it, &indent, out))?;
    }
    literal.decisions.iter().try_for_each(|decision| write_decision(decision, depth + 1, out))
}

/// `- ` and what only the left side has, `+ ` and what only the right one has.
fn write_difference(difference: &Difference, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    let steps: Vec<String> = difference.path.iter().map(|key| format!("[{}]", key.to_rego())).collect();
    let path = if steps.is_empty() { String::new() } else { format!("{}: ", cut(&steps.concat())) };
    for (sign, value) in [('-', &difference.left), ('+', &difference.right)] {
        if let Some(value) = value {
            writeln!(out, "{indent}    {sign} {path}{}", short(value))?;
        }
    }
    Ok(())
}

fn place(at: &Location) -> String {
    format!("{}:{}", at.file, at.row)
}

fn short(value: &Value) -> String {
    cut(&value.to_rego())
}

/// The start of a text that is too long for a line.
fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_WIDTH {
        return text.to_owned();
    }
    text.chars().take(MAX_WIDTH).chain("...".chars()).collect()
}

/// The field of the document with the answer.
pub(crate) fn json(decisions: &[Decision]) -> Json<'_> {
    Json::Array(decisions.iter().map(decision_json).collect())
}

fn decision_json(decision: &Decision) -> Json<'_> {
    let mut fields = vec![("rule", Json::Text(&decision.rule))];
    fields.extend(decision.value.as_ref().map(|value| ("value", Json::Value(value))));
    fields.extend(decision.default.as_ref().map(|at| ("default", place_json(at))));
    if decision.repeated {
        fields.push(("repeated", Json::Value(&Value::Bool(true))));
    }
    if !decision.clauses.is_empty() {
        fields.push(("clauses", Json::Array(decision.clauses.iter().map(clause_json).collect())));
    }
    Json::Object(fields)
}

fn clause_json(clause: &ClauseDecision) -> Json<'_> {
    let mut fields = vec![("ways", Json::Number(usize::try_from(clause.ways).unwrap_or(usize::MAX)))];
    fields.extend(clause.location.as_ref().map(|at| ("location", place_json(at))));
    fields.push(("literals", Json::Array(clause.literals.iter().map(literal_json).collect())));
    Json::Object(fields)
}

fn literal_json(literal: &LiteralDecision) -> Json<'_> {
    let holds = if literal.failures == 0 { &Value::Bool(true) } else { &Value::Bool(false) };
    let mut fields = vec![("text", Json::Text(&literal.text)), ("holds", Json::Value(holds))];
    fields.extend(literal.location.as_ref().map(|at| ("location", place_json(at))));
    let values = literal.facts.iter().map(|(name, value)| {
        let mut fields = vec![("name", Json::Text(name))];
        fields.extend(value.as_ref().map(|value| ("value", Json::Value(value))));
        Json::Object(fields)
    });
    fields.push(("values", Json::Array(values.collect())));
    if !literal.differences.is_empty() {
        let differences = literal.differences.iter().map(|it| {
            let mut fields = vec![("path", Json::Array(it.path.iter().map(Json::Value).collect()))];
            fields.extend(it.left.as_ref().map(|value| ("left", Json::Value(value))));
            fields.extend(it.right.as_ref().map(|value| ("right", Json::Value(value))));
            Json::Object(fields)
        });
        fields.push(("differences", Json::Array(differences.collect())));
    }
    if !literal.decisions.is_empty() {
        fields.push(("rules", json(&literal.decisions)));
    }
    Json::Object(fields)
}

fn place_json(at: &Location) -> Json<'_> {
    Json::Object(vec![
        ("file", Json::Text(&at.file)),
        ("row", Json::Number(at.row)),
        ("col", Json::Number(at.col)),
    ])
}

/// How much of a value or a literal to show.
const MAX_WIDTH: usize = 100;
