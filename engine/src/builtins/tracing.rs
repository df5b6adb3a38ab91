//! Notes on an evaluation.

use super::Shape::{Any, Boolean, String};
use super::{Answer, Context, Operands, Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("print", "Prints its operands where the rule is evaluated; for debugging.")
        .takes_any_number_of(&Any),
    Signature::new("trace", "Adds a note to the trace of the evaluation.")
        .takes(&[named("note", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tracing"])
        .does(trace),
];

/// The note itself is the evaluator's: it alone knows whether somebody traces.
fn trace(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    operands.string(0)?;
    Ok(Some(true.into()))
}
