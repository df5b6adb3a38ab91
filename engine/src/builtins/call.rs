//! How the evaluator calls a built-in function: operands in, a value, nothing or an error out.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::host::Host;
use crate::policy::ErrorCode;
use crate::value::{ArithmeticError, Array, Integer, Number, Object, Set, Value};

/// A built-in function: a value, or none when the call is undefined without being wrong.
pub type Function = fn(&mut Context<'_>, Operands<'_>) -> Answer;

/// What a call comes to.
pub type Answer = Result<Option<Value>, BuiltinError>;

/// Why a call has no value.
///
/// Unless errors are strict, evaluation takes the first two for undefined; the others end it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuiltinError {
    /// An operand is none that the function takes: `eval_type_error`.
    #[error("{0}")]
    Operand(String),
    /// The function failed: `eval_builtin_error`.
    #[error("{0}")]
    Failed(String),
    /// The evaluation was asked to stop: `eval_cancel_error`.
    #[error("{0}")]
    Cancelled(String),
    /// The evaluation has to end with this code, strict or not.
    #[error("{message}")]
    Fatal {
        /// The code.
        code: ErrorCode,
        /// What is wrong.
        message: String,
    },
}

impl BuiltinError {
    /// The function failed, in OPA's words without the name of the function before them.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }
}

impl From<ArithmeticError> for BuiltinError {
    fn from(error: ArithmeticError) -> Self {
        Self::failed(error.to_string())
    }
}

/// What a function may know and keep besides its operands.
pub struct Context<'a> {
    /// Time, randomness, environment and network.
    pub host: &'a dyn Host,
    /// What equal calls of one query share: the time, random numbers, responses.
    pub query: &'a mut Cache,
    /// What all queries share because it depends on nothing but the key: compiled patterns and schemas.
    pub compiled: &'a mut Cache,
    /// Asks whether evaluation should stop; see [`Context::check`].
    pub stop: &'a mut dyn FnMut() -> bool,
}

impl Context<'_> {
    /// Gives up when the deadline has passed or somebody asked to stop. For loops whose length an operand decides.
    ///
    /// # Errors
    /// [`BuiltinError::Cancelled`] with `message`.
    pub fn check(&mut self, message: &str) -> Result<(), BuiltinError> {
        if (self.stop)() { Err(BuiltinError::Cancelled(message.to_owned())) } else { Ok(()) }
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Values by type and key.
#[derive(Default)]
pub struct Cache {
    entries: BTreeMap<TypeId, BTreeMap<Arc<str>, Box<dyn Any + Send + Sync>>>,
}

impl Cache {
    /// The value of this type that is kept under `key`, made by `make` if there is none yet.
    ///
    /// # Errors
    /// Those of `make`; nothing is kept then.
    pub fn get_or_make<T, E>(&mut self, key: &str, make: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        T: Any + Clone + Send + Sync,
    {
        if let Some(found) = self.get::<T>(key) {
            return Ok(found);
        }
        let value = make()?;
        self.put(key, value.clone());
        Ok(value)
    }

    /// The value of this type that is kept under `key`.
    pub fn get<T: Any + Clone>(&self, key: &str) -> Option<T> {
        self.entries.get(&TypeId::of::<T>())?.get(key)?.downcast_ref().cloned()
    }

    /// Keeps a value under `key`. When too many of a type are kept already they are all forgotten first.
    pub fn put<T: Any + Send + Sync>(&mut self, key: &str, value: T) {
        let of_type = self.entries.entry(TypeId::of::<T>()).or_default();
        if of_type.len() >= MAX_ENTRIES {
            of_type.clear();
        }
        of_type.insert(key.into(), Box::new(value));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

/// The operands of a call, as many as the function takes.
#[derive(Debug, Clone, Copy)]
pub struct Operands<'a>(pub &'a [&'a Value]);

impl<'a> Operands<'a> {
    /// The operand at `index`, from 0.
    ///
    /// # Errors
    /// When there are fewer, which the compiler rules out.
    pub fn value(self, index: usize) -> Result<&'a Value, BuiltinError> {
        let missing = || BuiltinError::Operand(format!("operand {} is missing", index + 1));
        self.0.get(index).copied().ok_or_else(missing)
    }

    /// The string at `index`.
    ///
    /// # Errors
    /// `operand 1 must be string but got number`.
    pub fn string(self, index: usize) -> Result<&'a str, BuiltinError> {
        self.value(index)?.as_str().ok_or_else(|| self.mismatch(index, "string"))
    }

    /// The number at `index`.
    ///
    /// # Errors
    /// As for [`string`](Self::string).
    pub fn number(self, index: usize) -> Result<&'a Number, BuiltinError> {
        self.value(index)?.as_number().ok_or_else(|| self.mismatch(index, "number"))
    }

    /// The whole number of any size at `index`, however it is written.
    ///
    /// # Errors
    /// `operand 1 must be integer but got string` and `operand 1 must be integer number but got floating-point number`.
    pub fn integer(self, index: usize) -> Result<Integer, BuiltinError> {
        let number = self.value(index)?.as_number().ok_or_else(|| self.mismatch(index, "integer"))?;
        number.integer().ok_or_else(|| float_operand(index))
    }

    /// The position, length or base at `index`; see [`Number::small_integer`].
    ///
    /// # Errors
    /// `operand 1 must be number but got string` and `operand 1 must be integer number but got floating-point number`.
    pub fn small_integer(self, index: usize) -> Result<i64, BuiltinError> {
        self.number(index)?.small_integer().ok_or_else(|| float_operand(index))
    }

    /// The boolean at `index`.
    ///
    /// # Errors
    /// As for [`string`](Self::string).
    pub fn boolean(self, index: usize) -> Result<bool, BuiltinError> {
        self.value(index)?.as_bool().ok_or_else(|| self.mismatch(index, "boolean"))
    }

    /// The array at `index`.
    ///
    /// # Errors
    /// As for [`string`](Self::string).
    pub fn array(self, index: usize) -> Result<&'a Array, BuiltinError> {
        self.value(index)?.as_array().ok_or_else(|| self.mismatch(index, "array"))
    }

    /// The object at `index`.
    ///
    /// # Errors
    /// As for [`string`](Self::string).
    pub fn object(self, index: usize) -> Result<&'a Object, BuiltinError> {
        self.value(index)?.as_object().ok_or_else(|| self.mismatch(index, "object"))
    }

    /// The set at `index`.
    ///
    /// # Errors
    /// As for [`string`](Self::string).
    pub fn set(self, index: usize) -> Result<&'a Set, BuiltinError> {
        self.value(index)?.as_set().ok_or_else(|| self.mismatch(index, "set"))
    }

    /// The strings of the array or set at `index`.
    ///
    /// # Errors
    /// When it is neither, or holds something else.
    pub fn strings(self, index: usize) -> Result<Vec<&'a str>, BuiltinError> {
        let elements: Vec<&Value> = match self.value(index)? {
            Value::Array(array) => array.iter().collect(),
            Value::Set(set) => set.iter().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                return Err(self.mismatch(index, "one of {set, array}"));
            }
        };
        let text = |element: &'a Value| {
            element.as_str().ok_or_else(|| self.element_mismatch(index, "string", element))
        };
        elements.into_iter().map(text).collect()
    }

    /// That the operand at `index` is not `wanted`: a type's name, or `one of {array, set}`.
    pub fn mismatch(self, index: usize, wanted: &str) -> BuiltinError {
        let got = self.0.get(index).map_or("nothing", |value| value.type_name());
        BuiltinError::Operand(format!("operand {} must be {wanted} but got {got}", index + 1))
    }

    /// That the collection at `index` has an element that is not `wanted`, a type's name.
    pub fn element_mismatch(self, index: usize, wanted: &str, element: &Value) -> BuiltinError {
        let collection = self.0.get(index).map_or("nothing", |value| value.type_name());
        let got = element.type_name();
        BuiltinError::Operand(format!(
            "operand {} must be {collection} of {wanted}s but got {collection} containing {got}",
            index + 1
        ))
    }
}

fn float_operand(index: usize) -> BuiltinError {
    BuiltinError::Operand(format!(
        "operand {} must be integer number but got floating-point number",
        index + 1
    ))
}

/// Far more patterns than a policy has, and few enough to keep hostile inputs from filling the memory.
const MAX_ENTRIES: usize = 1000;
