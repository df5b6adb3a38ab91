//! Calls of functions, built-in ones and those that rules define.

use super::error::{Failure, Result};
use super::machine::{Held, Machine};
use super::observer::Observer;
use super::scope::Mock;
use crate::builtins::{Context, Operands, Signature};
use crate::policy::ErrorCode;
use crate::program::{Call, Function, RuleId, Term};
use crate::source::Span;
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, O> {
    /// Evaluates a call that has one result at most; answers whether it holds.
    pub(super) fn call(&mut self, call: &'a Call, span: Span) -> Result<bool> {
        if let Function::Builtin(signature) = call.function
            && signature.result.is_none()
        {
            return self.note(signature, call);
        }
        let result = match self.result(call, call.function, span)? {
            Some(result) => result,
            None => return Ok(false),
        };
        match &call.output {
            Some(pattern) => self.matches(pattern, result),
            None => Ok(super::body::is_true(&result)),
        }
    }

    /// What a call returns.
    fn result(&mut self, call: &'a Call, function: Function, span: Span) -> Result<Option<Held<'a>>> {
        if !self.scope.mocks.is_empty()
            && let Some(mock) = self.scope.mock(function).cloned()
        {
            return match mock {
                Mock::Value(value) => Ok(Some(value)),
                Mock::Term(term) => self.value(term),
                Mock::Function(other) => {
                    // What stands in for a function runs without anything standing in for others.
                    let outer = std::mem::take(&mut self.scope.mocks);
                    let result = self.result(call, other, span);
                    self.scope.mocks = outer;
                    result
                }
            };
        }
        match function {
            Function::Builtin(signature) => self.call_builtin(signature, &call.args, span),
            Function::Rule(rule) => self.call_rule(rule, &call.args),
        }
    }

    fn call_builtin(
        &mut self,
        signature: &'static Signature,
        args: &'a [Term],
        span: Span,
    ) -> Result<Option<Held<'a>>> {
        let Some(implementation) = signature.function else {
            let message = format!("unsupported built-in: {}", signature.name);
            return Err(Failure::new(ErrorCode::Internal, message, Some(span)));
        };
        let mut held: [Held<'a>; MAX_OPERANDS] = [const { Held::Borrowed(&Value::Null) }; MAX_OPERANDS];
        for (place, term) in held.iter_mut().zip(args) {
            match self.value(term)? {
                Some(value) => *place = value,
                None => return Ok(None),
            }
        }
        let operands: [&Value; MAX_OPERANDS] = held.each_ref().map(AsRef::as_ref);
        let budget = &self.budget;
        let mut context = Context {
            host: self.world.host,
            query: &mut self.caches.query,
            compiled: self.caches.compiled,
            stop: &mut || budget.is_over(),
        };
        let answer = implementation(&mut context, Operands(operands.get(..args.len()).unwrap_or_default()));
        match answer {
            Ok(Some(value)) => {
                self.budget.keep(&value)?;
                Ok(Some(Held::Owned(value)))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                self.builtin_error(signature.name, error, span)?;
                Ok(None)
            }
        }
    }

    fn call_rule(&mut self, id: RuleId, args: &'a [Term]) -> Result<Option<Held<'a>>> {
        let program = self.world.program;
        let Some(rule) = program.rule(id) else { return Ok(None) };
        let mut key = Vec::with_capacity(args.len());
        for term in args {
            match self.value(term)? {
                Some(value) => key.push(value.into_owned()),
                None => return Ok(None),
            }
        }
        let key = (id, key);
        if let Some(known) = self.memo.call(&key) {
            return Ok(Some(Held::Owned(known.clone())));
        }
        for value in &key.1 {
            self.push_argument(Held::Owned(value.clone()));
        }
        let value = self.one_value(id, rule, args.len())?;
        self.pop_arguments(args.len());
        if let Some(value) = &value {
            self.memo.put_call(key, value.clone());
        }
        Ok(value.map(Held::Owned))
    }
}

/// More than any built-in function takes; those with any number of operands are not called this way.
const MAX_OPERANDS: usize = 8;
