//! Functions that only have an effect: `print`, and the naming of test cases.

use super::error::{Failure, Result};
use super::machine::Machine;
use super::observer::Observer;
use crate::builtins::Signature;
use crate::policy::ErrorCode;
use crate::program::Call;
use crate::source::Span;
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, O> {
    /// Evaluates a call without a result; it holds.
    pub(super) fn note(&mut self, signature: &Signature, call: &'a Call, span: Span) -> Result<bool> {
        let Some(term) = call.args.first() else { return Ok(true) };
        let Some(value) = self.value(term)? else { return Ok(true) };
        match signature.name {
            "internal.print" => {
                for operand in value.as_array().into_iter().flatten() {
                    if matches!(operand, Value::Array(_) | Value::Object(_)) {
                        let message = format!("illegal argument type: {}", operand.type_name());
                        return Err(Failure::stop(ErrorCode::Internal, message, None));
                    }
                }
                let operands = value.as_array().map(crate::value::Array::as_slice).unwrap_or_default();
                self.print(operands, span, &mut Vec::new())?;
            }
            "internal.test_case" => {
                self.observer.case(&value);
                self.cases.push(value.into_owned());
            }
            _ => {}
        }
        Ok(true)
    }

    /// Writes a line for each combination of the operands' elements.
    fn print(&mut self, operands: &[Value], span: Span, line: &mut Vec<String>) -> Result<()> {
        self.budget.step()?;
        let Some((operand, rest)) = operands.split_first() else {
            let line = line.join(" ");
            self.budget.keep(&Value::from(line.as_str()))?;
            self.prints.push((line, span));
            return Ok(());
        };
        let elements: Vec<String> = match operand.as_set() {
            Some(set) if set.is_empty() => vec!["<undefined>".to_owned()],
            Some(set) => set.iter().map(printed).collect(),
            None => vec![printed(operand)],
        };
        for element in elements {
            line.push(element);
            self.print(rest, span, line)?;
            line.pop();
        }
        Ok(())
    }
}

/// A value as `print` shows it: strings without quotes.
fn printed(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_rego(), ToOwned::to_owned)
}
