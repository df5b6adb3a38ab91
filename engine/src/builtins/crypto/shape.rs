//! The JSON forms that Go gives to the fields of certificates and keys.

use data_encoding::BASE64;
use num_bigint::{BigInt, BigUint};

use crate::value::{Array, Number, Object, Value};

/// An object with string keys.
pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect::<Object>())
}

/// An array.
pub(crate) fn array(values: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(values.into_iter().collect::<Array>())
}

/// A list of Go, which is null as long as nothing was appended.
pub(super) fn list(values: impl IntoIterator<Item = Value>) -> Value {
    let values: Array = values.into_iter().collect();
    if values.is_empty() { Value::Null } else { Value::Array(values) }
}

/// A list of strings.
pub(super) fn strings<S: AsRef<str>>(texts: &[S]) -> Value {
    list(texts.iter().map(|text| Value::from(text.as_ref())))
}

/// Bytes, in base64.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    Value::from(BASE64.encode(bytes))
}

/// Bytes that may be missing.
pub(super) fn optional_bytes(value: Option<&[u8]>) -> Value {
    value.map_or(Value::Null, bytes)
}

/// An object identifier, as an array of its arcs.
pub(super) fn oid(arcs: &[u32]) -> Value {
    array(arcs.iter().map(|arc| Value::from(u64::from(*arc))))
}

/// An integer of any size.
pub(super) fn integer(value: &BigInt) -> Value {
    Number::parse(&value.to_string()).map_or(Value::Null, Value::Number)
}

/// A number without sign of any size.
pub(super) fn natural(value: &BigUint) -> Value {
    Number::parse(&value.to_string()).map_or(Value::Null, Value::Number)
}
