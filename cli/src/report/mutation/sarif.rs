//! Mutants that no test noticed, as SARIF 2.1.0, the format of code scanning.

use portcullis::mutate::hunk::Hunk;
use portcullis::mutate::missing::Searched;
use portcullis::mutate::mutant::Direction;
use portcullis::mutate::operators::{self, Operator};

use super::{End, Told, Tried, test_name};
use crate::report::diagnostics::Printable;
use crate::report::sarif::{
    Location, Message, ReportingConfiguration, ReportingDescriptor, SarifResult, log,
};

/// A log with a result for each mutant that survived; those that are probably equivalent are left out.
pub(crate) fn sarif(told: &Told) -> String {
    let rules = operators::ALL.iter().map(|operator| rule(operator)).collect();
    log(rules, told.tried.iter().filter_map(|tried| result(told, tried)).collect())
}

fn result(told: &Told, Tried { mutant, end }: &Tried) -> Option<SarifResult> {
    let End::Survived { searched, .. } = end else { return None };
    let (file, row, col) = told.place(mutant);
    let (_, source) = told.source(mutant);
    let missing = match searched {
        Searched::Found(missing) => missing.rego(&test_name(mutant, row)),
        Searched::Nothing { .. } => return None,
        Searched::Stopped => String::new(),
    };
    let hunk = Hunk::of(source, mutant);
    let text = format!(
        "no test notices that {}\n{}\n{}\n\n{missing}",
        mutant.operator.summary,
        hunk.header(),
        hunk.lines.join("\n")
    );
    let level = match mutant.direction {
        Direction::Widening => "warning",
        Direction::Narrowing | Direction::Unknown => "note",
    };
    Some(SarifResult {
        rule_id: mutant.operator.id.into(),
        rule_index: operators::ALL.iter().position(|operator| *operator == mutant.operator)?,
        level,
        message: Message { text: Printable(text.trim_end()).to_string() },
        locations: vec![Location::from(file, row, col)],
    })
}

fn rule(operator: &'static Operator) -> ReportingDescriptor {
    ReportingDescriptor {
        id: operator.id.into(),
        short_description: Message { text: format!("No test notices that {}.", operator.summary) },
        help: None,
        default_configuration: ReportingConfiguration { level: "warning" },
        properties: None,
    }
}
