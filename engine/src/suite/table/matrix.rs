//! The allow-list as a table: what is not listed must be denied.

use std::sync::Arc;

use super::axes::{self, Axes, Axis, Combinations};
use super::template::{Names, Template, scalar_text};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind};
use crate::source::{LineIndex, Span};
use crate::suggest;
use crate::value::Value;

/// All combinations of the values of some axes, and which of them are allowed.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    axes: Axes,
    template: Template,
    /// For each combination the row that allows it.
    allowed: Vec<Option<u32>>,
    /// Where the rows stand.
    rows: Vec<Span>,
    /// Where the matrix stands.
    span: Span,
}

/// One combination.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Combination {
    /// Its labels: `caller=orchestrator action=search`.
    pub(super) name: Arc<str>,
    /// The row that allows it; else the matrix.
    pub(super) span: Span,
    /// The filled template.
    pub(super) input: Value,
    /// Whether a row allows it.
    pub(super) allowed: bool,
}

/// The parts of a matrix as they are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    /// The axes.
    pub(super) axes: &'a Node,
    /// The template.
    pub(super) input: &'a Node,
    /// The rows of allowed combinations.
    pub(super) allowed: &'a [Node],
    /// Where the matrix stands.
    pub(super) span: Span,
}

impl Matrix {
    /// Reads a matrix; `lines` are those of its source.
    pub(super) fn new(parts: Parts<'_>, lines: &LineIndex) -> Result<Self, Vec<Diagnostic>> {
        let axes = Axes::new(parts.axes)?;
        let mut errors = Vec::new();
        let template = template(&axes, parts.input).map_err(|more| errors.extend(more)).ok();
        let allowed = allowed(&axes, parts.allowed, lines).map_err(|more| errors.extend(more)).ok();
        match (template, allowed) {
            (Some(template), Some(allowed)) => {
                let rows = parts.allowed.iter().map(|row| row.span).collect();
                Ok(Self { axes, template, allowed, rows, span: parts.span })
            }
            _ => Err(errors),
        }
    }

    /// All combinations, the last axis fastest.
    pub(super) fn combinations(&self) -> impl Iterator<Item = Combination> {
        self.axes.combinations().zip(&self.allowed).map(|(combination, row)| {
            let values: Vec<&Value> = self.axes.pick(&combination).map(|(_, _, value)| value).collect();
            let row = row.and_then(|row| self.rows.get(row as usize));
            Combination {
                name: self.axes.describe(&combination).into(),
                span: row.copied().unwrap_or(self.span),
                input: self.template.fill(&values),
                allowed: row.is_some(),
            }
        })
    }
}

/// Reads the template, which has to tell the combinations apart.
fn template(axes: &Axes, node: &Node) -> Result<Template, Vec<Diagnostic>> {
    let no_text: Vec<Option<&str>> = axes.iter().map(label_without_text).collect();
    let (template, used) = Template::new(node, &Names { axes: &axes.names(), no_text: &no_text })?;
    let unused = axes.iter().zip(used).filter(|(_, used)| !used).map(|(axis, _)| {
        let message = format!("axis `{}` is not used in the matrix's `input`", axis.name);
        let help = format!(
            "its values would all give the same input: write `${{{}}}` where they belong, or remove the axis",
            axis.name
        );
        Diagnostic::error(Code::Suite, message, axis.span).with_help(help)
    });
    let unused: Vec<_> = unused.collect();
    if unused.is_empty() { Ok(template) } else { Err(unused) }
}

fn label_without_text(axis: &Axis) -> Option<&str> {
    let value = axis.values.iter().find(|(_, value)| scalar_text(value).is_none());
    value.map(|(label, _)| &**label)
}

/// For each combination the row that allows it; two rows can't.
fn allowed(axes: &Axes, rows: &[Node], lines: &LineIndex) -> Result<Vec<Option<u32>>, Vec<Diagnostic>> {
    let mut allowed = vec![None; axes.size()];
    let mut errors = Vec::new();
    for (row, number) in rows.iter().zip(0_u32..) {
        let choices = match choices(axes, row) {
            Ok(choices) => choices,
            Err(more) => {
                errors.extend(more);
                continue;
            }
        };
        // One message for a row is enough, and it bounds the work: no combination is taken twice.
        for combination in Combinations::new(choices) {
            let Some(place) = allowed.get_mut(axes.index(&combination)) else { continue };
            let Some(first) = place.and_then(|first: u32| rows.get(first as usize)) else {
                *place = Some(number);
                continue;
            };
            let message = format!("`{}` is listed twice", axes.describe(&combination));
            let at = lines.position(first.span.start).row;
            let help = format!("line {at} allows it already: list each combination once");
            errors.push(Diagnostic::error(Code::Suite, message, row.span).with_help(help));
            break;
        }
    }
    if errors.is_empty() { Ok(allowed) } else { Err(errors) }
}

/// What a row chooses on each axis.
fn choices(axes: &Axes, row: &Node) -> Result<Vec<Vec<usize>>, Vec<Diagnostic>> {
    let names = axes.names();
    let error = |message, span| Diagnostic::error(Code::Suite, message, span);
    let NodeKind::Object(entries) = &row.kind else {
        let message = format!("a row of `allowed` is {}, not an object", row.describe());
        let help = format!("write a label or a list of labels for each axis: `{}`", example(&names));
        return Err(vec![error(message, row.span).with_help(help)]);
    };
    let mut errors = Vec::new();
    for entry in entries {
        if !names.contains(&&*entry.key) {
            let help = suggest::help(&entry.key, "the axes are", &names);
            errors.push(error(format!("no axis is called `{}`", entry.key), entry.key_span).with_help(help));
        }
    }
    let mut missing = Vec::new();
    let mut choices = Vec::with_capacity(names.len());
    for axis in axes.iter() {
        match row.get(&axis.name).map(|node| axes::choose(axis, node)) {
            Some(Ok(chosen)) => choices.push(chosen),
            Some(Err(more)) => errors.extend(more),
            None => missing.push(&*axis.name),
        }
    }
    if !missing.is_empty() && errors.is_empty() {
        let message = format!("the row says nothing of {}", suggest::list(&missing));
        let help = "name each axis with a label or a list of labels: what is allowed is never guessed";
        errors.push(error(message, row.span).with_help(help));
    }
    if errors.is_empty() { Ok(choices) } else { Err(errors) }
}

fn example(names: &[&str]) -> String {
    let entries: Vec<String> = names.iter().map(|name| format!("{name}: LABEL")).collect();
    format!("{{{}}}", entries.join(", "))
}

#[cfg(test)]
mod tests;
