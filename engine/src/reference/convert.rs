//! Values and results between regorus and the engine's own model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::policy::{ErrorCode, EvalError, Expression, QueryResult};
use crate::value::{Number, Value};

/// The same value as regorus has it.
///
/// # Errors
/// The first number that regorus can't hold: it has integers of any size, and binary floats.
pub(super) fn to_regorus(value: &Value) -> Result<regorus::Value, Inexact> {
    Ok(match value {
        Value::Null => regorus::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => number_to_regorus(number)?,
        Value::String(text) => regorus::Value::String(Arc::clone(text)),
        Value::Array(items) => items.iter().map(to_regorus).collect::<Result<Vec<_>, _>>()?.into(),
        Value::Set(items) => items.iter().map(to_regorus).collect::<Result<BTreeSet<_>, _>>()?.into(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| Ok((to_regorus(key)?, to_regorus(value)?)))
            .collect::<Result<BTreeMap<_, _>, _>>()?
            .into(),
    })
}

/// A number that regorus would change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", inexact(.0))]
pub(super) struct Inexact(String);

impl From<Inexact> for EvalError {
    fn from(error: Inexact) -> Self {
        Self { code: ErrorCode::Internal, message: error.to_string(), location: None }
    }
}

/// What is wrong with a number that regorus would change.
pub(super) fn inexact(number: &str) -> String {
    format!("the reference engine can't hold the number {number} exactly")
}

/// The rows of a query's answer. A row with an undefined expression is no answer and is left out.
///
/// # Errors
/// When a number can't be read back.
pub(super) fn results(results: regorus::QueryResults) -> Result<Vec<QueryResult>, EvalError> {
    results.result.into_iter().filter_map(|row| query_result(row).transpose()).collect()
}

fn query_result(row: regorus::QueryResult) -> Result<Option<QueryResult>, EvalError> {
    let mut expressions = Vec::with_capacity(row.expressions.len());
    for expression in row.expressions {
        let Some(value) = from_regorus(&expression.value)? else { return Ok(None) };
        let (row, col) = (expression.location.row as usize, expression.location.col as usize);
        expressions.push(Expression { value, text: Arc::clone(&expression.text), row, col });
    }
    let mut bindings = Vec::new();
    if let regorus::Value::Object(fields) = &row.bindings {
        for (name, value) in fields.iter() {
            if let (regorus::Value::String(name), Some(value)) = (name, from_regorus(value)?) {
                bindings.push((Arc::clone(name), value));
            }
        }
    }
    Ok(Some(QueryResult { expressions, bindings }))
}

/// `None` when the value, or a part of it, is undefined.
fn from_regorus(value: &regorus::Value) -> Result<Option<Value>, EvalError> {
    let converted = match value {
        regorus::Value::Undefined => return Ok(None),
        regorus::Value::Null => Value::Null,
        regorus::Value::Bool(flag) => Value::Bool(*flag),
        regorus::Value::String(text) => Value::String(Arc::clone(text)),
        regorus::Value::Number(_) => Value::Number(number_from_regorus(value)?),
        regorus::Value::Array(items) => {
            let items: Option<Vec<Value>> = items.iter().map(from_regorus).collect::<Result<_, _>>()?;
            let Some(items) = items else { return Ok(None) };
            Value::Array(items.into_iter().collect())
        }
        regorus::Value::Set(items) => {
            let items: Option<Vec<Value>> = items.iter().map(from_regorus).collect::<Result<_, _>>()?;
            let Some(items) = items else { return Ok(None) };
            Value::Set(items.into_iter().collect())
        }
        regorus::Value::Object(fields) => {
            let mut pairs = Vec::with_capacity(fields.len());
            for (key, value) in fields.iter() {
                let (Some(key), Some(value)) = (from_regorus(key)?, from_regorus(value)?) else {
                    return Ok(None);
                };
                pairs.push((key, value));
            }
            Value::Object(pairs.into_iter().collect())
        }
    };
    Ok(Some(converted))
}

fn number_to_regorus(number: &Number) -> Result<regorus::Value, Inexact> {
    if let Some(integer) = number.as_i64() {
        return Ok(integer.into());
    }
    let text = number.text();
    let held = regorus::Value::from_numeric_string(&text).ok();
    let same = |value: &regorus::Value| number_from_regorus(value).is_ok_and(|read| read == *number);
    held.filter(same).ok_or_else(|| Inexact(text.into_owned()))
}

/// The number with all its digits.
///
/// # Errors
/// When it is infinite, or no number.
pub(super) fn number_from_regorus(value: &regorus::Value) -> Result<Number, EvalError> {
    let number = || {
        let number = value.as_number().ok()?;
        Number::parse(&number.format_decimal())
    };
    number().ok_or_else(|| EvalError {
        code: ErrorCode::Internal,
        message: "a number of the result can't be read".to_owned(),
        location: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{number_from_regorus, to_regorus};
    use crate::value::{Number, Value};

    #[test]
    fn numbers_come_back_as_they_went_or_are_refused() {
        for exact in [
            "0",
            "-1",
            "0.1",
            "-0.5",
            "1e2",
            "1.0",
            "2.50",
            "18446744073709551616",
            "-9223372036854775809",
            "123456789012345678901234567890",
            "1e23",
            "1e300",
            "5e-324",
        ] {
            let number = Number::parse(exact).expect("a number");
            let held = to_regorus(&Value::Number(number.clone())).expect("held");
            assert_eq!(number_from_regorus(&held), Ok(number), "{exact}");
        }
        for inexact in ["0.10000000000000000001", "3.141592653589793238", "1e-400", "9007199254740993.5"] {
            let number = Value::Number(Number::parse(inexact).expect("a number"));
            let error = to_regorus(&Value::Array([number].into_iter().collect())).expect_err("not held");
            let message = format!("the reference engine can't hold the number {inexact} exactly");
            assert_eq!(error.to_string(), message);
        }
    }
}
