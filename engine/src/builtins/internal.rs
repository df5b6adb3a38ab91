//! Functions that only the compiler calls.

use super::Shape::{Any, ArrayOf, SetOf, String};
use super::{Answer, BuiltinError, Context, Operands, Signature, unnamed};
use crate::policy::ErrorCode;
use crate::value::Value;

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "internal.print",
        "What `print` is rewritten to; an operand without a value prints as undefined.",
    )
    .takes(&[unnamed(ArrayOf(&SetOf(&Any)))]),
    Signature::new("internal.template_string", "The pieces of a template string, put together.")
        .takes(&[unnamed(ArrayOf(&Any))])
        .returns(unnamed(String))
        .does(template_string),
    Signature::new("internal.test_case", "Names the case that a test with several cases is in.")
        .takes(&[unnamed(ArrayOf(&Any))]),
];

fn template_string(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let mut text = std::string::String::new();
    let mut several = false;
    for piece in operands.array(0)? {
        match piece {
            Value::Set(values) => {
                several |= values.len() > 1;
                match values.iter().next() {
                    Some(value) => push(&mut text, value),
                    None => text.push_str("<undefined>"),
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => push(&mut text, piece),
            Value::Array(_) | Value::Object(_) => {
                let message = format!("illegal argument type: {}", piece.type_name());
                return Err(BuiltinError::Fatal { code: ErrorCode::Internal, message });
            }
        }
    }
    if several {
        let message = "template-strings must not produce multiple outputs".to_owned();
        return Err(BuiltinError::Fatal { code: ErrorCode::Conflict, message });
    }
    Ok(Some(text.into()))
}

/// Strings as they are, all else as Rego.
fn push(text: &mut std::string::String, value: &Value) {
    match value.as_str() {
        Some(piece) => text.push_str(piece),
        None => text.push_str(&value.to_rego()),
    }
}
