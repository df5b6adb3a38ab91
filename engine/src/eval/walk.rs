//! `walk`: all paths into a value, and what is there.

use super::error::Result;
use super::machine::{Flow, Held, Machine, Next};
use super::observer::Observer;
use crate::program::{Call, Term};
use crate::source::Span;
use crate::value::{Array, Value};

impl<'a, O: Observer> Machine<'a, O> {
    /// Calls `next` for each `[path, value]` of a value that fits the call's output, outer before inner.
    pub(super) fn walk(&mut self, call: &'a Call, _span: Span, next: Next<'_, 'a, O>) -> Result<Flow> {
        let Some(term) = call.args.first() else { return Ok(Flow::More) };
        let Some(root) = self.value(term)? else { return Ok(Flow::More) };
        let Some(output) = &call.output else { return next(self) };
        // What is still to be visited, the next last. Paths are kept as links to the one above.
        let mut open = vec![(Array::new(), root)];
        while let Some((path, value)) = open.pop() {
            self.budget.step()?;
            self.budget.keep_slots(path.len())?;
            let mark = self.mark();
            if self.tells() {
                // OPA makes no paths for those who don't look at them.
                let is_unread = matches!(output, Term::Array(parts)
                    if matches!(parts.as_slice(), [Term::Local(slot), _] if self.observer.is_wildcard(*slot)));
                let path = if is_unread { Array::new() } else { path.clone() };
                let pair = Array::from(vec![Value::Array(path), value.as_ref().clone()]);
                self.tell_output(call, &Value::Array(pair));
            }
            let fits = if let Term::Array(parts) = output
                && let [path_pattern, value_pattern] = parts.as_slice()
            {
                self.matches(path_pattern, Held::Owned(Value::Array(path.clone())))?
                    && self.matches(value_pattern, value.clone())?
            } else {
                let pair = Array::from(vec![Value::Array(path.clone()), value.as_ref().clone()]);
                self.matches(output, Held::Owned(Value::Array(pair)))?
            };
            let flow = if fits { next(self)? } else { Flow::More };
            self.undo(mark);
            if flow == Flow::Done {
                return Ok(flow);
            }
            let start = open.len();
            self.elements(&value, &mut |_, key, value| {
                let mut below = path.clone();
                below.push(key.into_owned());
                open.push((below, value));
                Ok(Flow::More)
            })?;
            if let Some(added) = open.get_mut(start..) {
                added.reverse();
            }
        }
        Ok(Flow::More)
    }
}
