//! Calls of functions, built-in ones and those that rules define.

use super::error::{Failure, Result, Stop};
use super::lasting;
use super::limits::Budget;
use super::machine::{Caches, Held, Machine};
use super::memo::Called;
use super::observer::Observer;
use super::scope::Mock;
use super::sight::{Seen, Sight};
use crate::builtins::{Answer, Context, Operands, Signature};
use crate::host::Host;
use crate::policy::ErrorCode;
use crate::program::{Call, Function, Rule, RuleId, RuleKind, Term};
use crate::source::Span;
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, O> {
    /// Evaluates a call that has one result at most; answers whether it holds.
    pub(super) fn call(&mut self, call: &'a Call, span: Span) -> Result<bool> {
        if (!O::WATCHES || O::RECALLS)
            && self.scope.mocks.is_empty()
            && let Some(result) = self.operate_quickly(call)
        {
            return self.accept(call, Held::Owned(result));
        }
        if let Function::Builtin(signature) = call.function
            && signature.result.is_none()
        {
            return self.note(signature, call, span);
        }
        if call.output.is_none() && matches!(self.scope.mock(call.function), Some(Mock::Term(_))) {
            // OPA looks at the value of the reference only where one is asked for.
            return Ok(true);
        }
        let Some(result) = self.result(call, call.function, span)? else { return Ok(false) };
        self.accept(call, result)
    }

    /// Whether a call holds that has this result.
    #[inline]
    fn accept(&mut self, call: &'a Call, result: Held<'a>) -> Result<bool> {
        match &call.output {
            Some(Term::Local(slot)) if self.local(*slot).is_none() => {
                self.bind(*slot, result);
                Ok(true)
            }
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
                Mock::Value(value) => {
                    self.tell_output(call, &value);
                    Ok(Some(value))
                }
                Mock::Term(term) => {
                    let value = self.value(term)?;
                    if let Some(value) = &value {
                        self.tell_output(call, value);
                    }
                    Ok(value)
                }
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
            Function::Builtin(signature) => {
                let result = self.call_builtin(signature, &call.args, span)?;
                if let Some(result) = &result {
                    self.tell_output(call, result);
                }
                Ok(result)
            }
            Function::Rule(rule) => self.call_rule(rule, call),
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
            return Err(Failure::stop(ErrorCode::Internal, message, Some(span)));
        };
        match args {
            [one] => self.invoke(signature, implementation, [one], span),
            [one, two] => self.invoke(signature, implementation, [one, two], span),
            [one, two, three] => self.invoke(signature, implementation, [one, two, three], span),
            [] => self.invoke(signature, implementation, [], span),
            more => self.invoke_many(signature, implementation, more, span),
        }
    }

    /// Calls a function with a known number of operands, which need no memory of their own then.
    fn invoke<const N: usize>(
        &mut self,
        signature: &'static Signature,
        implementation: crate::builtins::Function,
        args: [&'a Term; N],
        span: Span,
    ) -> Result<Option<Held<'a>>> {
        if (!O::WATCHES || O::RECALLS)
            && let Some(answer) = self.invoke_seen(implementation, args)
        {
            return self.settle(answer, signature, span);
        }
        self.invoke_unseen(signature, implementation, args, span)
    }

    /// As [`invoke`](Self::invoke), for operands that have to be evaluated.
    #[inline(never)]
    fn invoke_unseen<const N: usize>(
        &mut self,
        signature: &'static Signature,
        implementation: crate::builtins::Function,
        args: [&'a Term; N],
        span: Span,
    ) -> Result<Option<Held<'a>>> {
        let mut held: [Held<'a>; N] = [const { Held::Borrowed(&Value::Null) }; N];
        for (place, term) in held.iter_mut().zip(args) {
            match self.value(term)? {
                Some(value) => *place = value,
                None => return Ok(None),
            }
        }
        let operands: [&Value; N] = held.each_ref().map(AsRef::as_ref);
        self.answer_of(signature, implementation, &operands, span)
    }

    #[inline(never)]
    fn invoke_many(
        &mut self,
        signature: &'static Signature,
        implementation: crate::builtins::Function,
        args: &'a [Term],
        span: Span,
    ) -> Result<Option<Held<'a>>> {
        let mut held = Vec::with_capacity(args.len());
        for term in args {
            match self.value(term)? {
                Some(value) => held.push(value),
                None => return Ok(None),
            }
        }
        let operands: Vec<&Value> = held.iter().map(AsRef::as_ref).collect();
        self.answer_of(signature, implementation, &operands, span)
    }

    fn answer_of(
        &mut self,
        signature: &'static Signature,
        implementation: crate::builtins::Function,
        operands: &[&Value],
        span: Span,
    ) -> Result<Option<Held<'a>>> {
        if O::FAULTS && self.observer.fails(signature.name, operands) {
            return Ok(None);
        }
        let answer = self.caches.call(self.world.host, &self.budget, implementation, operands);
        if O::WATCHES
            && signature.name == "trace"
            && let [Value::String(note), ..] = operands
        {
            self.observer.note(note);
        }
        self.settle(answer, signature, span)
    }

    /// Calls a function on operands that can be seen; nothing if they can't all be.
    #[inline]
    fn invoke_seen<const N: usize>(
        &mut self,
        implementation: crate::builtins::Function,
        args: [&'a Term; N],
    ) -> Option<Answer> {
        let sight = Sight { world: &self.world, scope: &self.scope, frames: &self.frames };
        let mut operands = [const { &Value::Null }; N];
        for (place, term) in operands.iter_mut().zip(args) {
            match sight.term(term) {
                Seen::Lasting(value) | Seen::Passing(value) => *place = value,
                Seen::Nothing => return Some(Ok(None)),
                Seen::Unclear => return None,
            }
        }
        Some(self.caches.call(self.world.host, &self.budget, implementation, &operands))
    }

    /// What the answer of a built-in function means for the call.
    fn settle(
        &mut self,
        answer: Answer,
        signature: &'static Signature,
        span: Span,
    ) -> Result<Option<Held<'a>>> {
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

    #[inline(never)]
    fn call_rule(&mut self, id: RuleId, call: &'a Call) -> Result<Option<Held<'a>>> {
        let (program, args) = (self.world.program, &call.args);
        let Some(rule) = program.rule(id) else { return Ok(None) };
        for (pushed, term) in args.iter().enumerate() {
            let value = self.value(term)?;
            let Some(value) = value else {
                self.frames.pop(pushed);
                return Ok(None);
            };
            self.frames.push(value);
        }
        if let lasting::Answer::Lasting(value) = self.lasting_call(id, rule, args.len())? {
            self.frames.pop(args.len());
            return Ok(value.map(Held::Owned));
        }
        // What a call prints must be printed once.
        let keeps = O::AS_OPA || self.memo.counts(id) || program.prints || self.records_calls();
        let key = keeps.then(|| {
            let own = |value: &Option<Held<'a>>| value.as_deref().cloned().unwrap_or(Value::Null);
            (id, self.frames.pushed(args.len()).iter().map(own).collect::<Vec<_>>())
        });
        if let Some(key) = &key
            && let Some(Called { value: known, notes }) = self.memo.call(key)
        {
            let known = known.clone();
            self.near.repeat_call(self.memo.depth(), notes.as_ref());
            if let Some(notes) = notes {
                self.observer.retell(notes.told());
            }
            if self.lasts(rule) {
                self.pass();
            }
            self.note_call(key, Some(&known));
            self.tell_known(id, args.len(), Some(&known));
            self.tell_output(call, &known);
            self.frames.pop(args.len());
            return Ok(Some(Held::Owned(known)));
        }
        self.watch(|observer, view| observer.call(call.output.as_ref(), view));
        let (value, notes) = match key {
            Some(_) => self.noted(|machine| machine.one_value(id, rule, args.len())),
            None => (self.one_value(id, rule, args.len()), None),
        };
        let value = value.map_err(|stop| as_of_function(stop, rule))?;
        self.observer.called();
        self.frames.pop(args.len());
        if let Some(key) = key {
            self.note_call(&key, value.as_ref());
            if let (Some(value), false) = (&value, self.is_in_vain()) {
                self.memo.put_call(key, Called { value: value.clone(), notes });
            }
        }
        Ok(value.map(Held::Owned))
    }

    /// What a function comes to on these arguments.
    pub(super) fn call_on(&mut self, id: RuleId, args: &'a [Value]) -> Result<Option<Value>> {
        let Some(rule) = self.world.program.rule(id) else { return Ok(None) };
        for value in args {
            self.frames.push(Held::Borrowed(value));
        }
        if let lasting::Answer::Lasting(value) = self.lasting_call(id, rule, args.len())? {
            self.frames.pop(args.len());
            return Ok(value);
        }
        let key = (id, args.to_vec());
        if let Some(Called { value, .. }) = self.memo.call(&key) {
            let value = value.clone();
            self.frames.pop(args.len());
            return Ok(Some(value));
        }
        let value = self.one_value(id, rule, args.len())?;
        self.frames.pop(args.len());
        if let (Some(value), false) = (&value, self.is_in_vain()) {
            self.memo.put_call(key, Called { value: value.clone(), notes: None });
        }
        Ok(value)
    }
}

/// A conflict of a rule is told as one of a function where the rule is called.
fn as_of_function(mut stop: Stop, rule: &Rule) -> Stop {
    let failure = &mut stop.0;
    if rule.kind == RuleKind::Complete
        && failure.code == ErrorCode::Conflict
        && failure.message == super::rule::rule_conflict(&rule.path)
    {
        failure.message = super::rule::function_conflict(&rule.path);
    }
    stop
}

impl Caches<'_> {
    /// Calls a built-in function.
    fn call(
        &mut self,
        host: &dyn Host,
        budget: &Budget<'_>,
        implementation: crate::builtins::Function,
        operands: &[&Value],
    ) -> Answer {
        let mut context =
            Context { host, query: &mut self.query, compiled: self.compiled, stop: &mut || budget.is_over() };
        implementation(&mut context, Operands(operands))
    }
}
