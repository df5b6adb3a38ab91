//! What decisions read of their input.

use std::fmt::Write as _;

use portcullis::probe::contract::Contract;
use portcullis::probe::model::{Model, Reading};
use portcullis::probe::role::Role;
use portcullis::program::Program;
use portcullis::source::{LineIndex, Sources};
use portcullis::value::Value;

use crate::report::diagnostics::one_line;

/// For each decision its paths, with what is known of each, and the base documents that it reads.
pub(crate) fn models(
    models: impl Iterator<Item = (String, Model, Contract)>,
    program: &Program,
    sources: &Sources,
) -> String {
    let mut text = String::new();
    for (decision, model, contract) in models {
        _ = writeln!(text, "{decision} reads");
        for (pattern, reading) in &model.inputs {
            let role =
                pattern.first_place().and_then(|steps| contract.role(&steps)).map_or("", |role| match role {
                    Role::Principal => "  (who asks)",
                    Role::Action => "  (what is asked for)",
                    Role::Resource => "  (of what)",
                    Role::Tenant => "  (on whose ground)",
                    Role::Credential => "  (what proves it)",
                    Role::Context => "  (what is so around it)",
                });
            _ = writeln!(text, "  {}{role}", one_line(&pattern.to_string()));
            write_reading(reading, program, sources, &mut text);
        }
        for pattern in &model.data {
            _ = writeln!(text, "  {}", one_line(&pattern.to_string()));
        }
    }
    text
}

fn write_reading(reading: &Reading, program: &Program, sources: &Sources, text: &mut String) {
    let mut line = |word: &str, values: Vec<String>| {
        if !values.is_empty() {
            _ = writeln!(text, "    {word:<14} {}", one_line(&values.join(", ")));
        }
    };
    line("type", reading.types.iter().map(ToString::to_string).collect());
    line("compared with", reading.constants.iter().map(Value::to_rego).collect());
    line("in order with", reading.bounds.iter().map(Value::to_rego).collect());
    line("equal to", reading.joins.iter().map(ToString::to_string).collect());
    let tests = reading.texts.iter().map(|test| {
        let words = test.via.iter().copied().chain([test.function]).collect::<Vec<_>>().join(" ");
        format!("{words} {}", Value::from(&*test.pattern).to_rego())
    });
    line("tried against", tests.collect());
    let places = reading.clauses.iter().filter_map(|clause| {
        let span = program.clause(*clause)?.span;
        let source = sources.get(span.source)?;
        let row = LineIndex::new(source.text()).position(span.start).row;
        Some(format!("{}:{row}", source.name()))
    });
    line("read at", places.collect());
}
