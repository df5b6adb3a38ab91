//! Base documents indexed by what is inside of their elements, built when they are first needed.

use std::collections::HashMap;
use std::sync::OnceLock;

use foldhash::fast::FixedState;

use super::error::Result;
use super::machine::{Flow, Held, Machine, Next};
use super::observer::Observer;
use super::reference::{child, entry};
use super::sight::Seen;
use crate::program::{Join, JoinPath, Ref, Term};
use crate::value::Value;

/// The positions of a document's elements by a value inside of them.
#[derive(Debug, Default)]
pub struct JoinIndex {
    positions: HashMap<Value, Vec<usize>, FixedState>,
}

impl JoinIndex {
    fn build(document: &Value, path: &[Value]) -> Self {
        let mut positions: HashMap<Value, Vec<usize>, FixedState> = HashMap::default();
        for at in 0.. {
            let Some((_, element)) = entry(document, at) else { break };
            if let Some(value) = path.iter().try_fold(element, child) {
                positions.entry(value.clone()).or_default().push(at);
            }
        }
        Self { positions }
    }
}

impl<'a, O: Observer> Machine<'a, O> {
    /// As a look-up of `pattern = reference`, but only at the elements that have the join's value; nothing if the join can't
    /// help here.
    pub(super) fn join(
        &mut self,
        join: &'a Join,
        pattern: &'a Term,
        reference: &'a Ref,
        next: Next<'_, 'a, O>,
    ) -> Result<Option<Flow>> {
        let world = self.world;
        if !world.optimise || O::AS_OPA || world.strict_builtin_errors || self.scope.replaces_data() {
            return Ok(None);
        }
        let (Some(Term::Local(position)), Some(JoinPath { base, path }), Some(index)) = (
            reference.steps.last(),
            world.program.joins.get(join.id.0 as usize),
            world.joins.get(join.id.0 as usize),
        ) else {
            return Ok(None);
        };
        let Some(document) = self.base(*base).filter(|document| size(document) >= SMALLEST_INDEXED) else {
            return Ok(None);
        };
        if self.local(*position).is_some() || !self.is_ground(&join.key) {
            return Ok(None);
        }
        // An error of the key may be none where no element gets as far as the comparison.
        let key = match self.sight().term(&join.key) {
            Seen::Lasting(key) => Held::Borrowed(key),
            Seen::Passing(key) => Held::Owned(key.clone()),
            Seen::Nothing => return Ok(Some(Flow::More)),
            Seen::Unclear => match self.attempt_to(|machine| machine.value(&join.key))? {
                Some(Some(key)) => key,
                Some(None) => return Ok(Some(Flow::More)),
                None => return Ok(None),
            },
        };
        let index = index.get_or_init(|| JoinIndex::build(document, path));
        let mut flow = Flow::More;
        for at in index.positions.get(key.as_ref()).into_iter().flatten() {
            self.budget.step()?;
            let Some((element_key, element)) = entry(document, *at) else { continue };
            let mark = self.mark();
            let element_key = element_key.map_or_else(|| super::body::position(*at), Held::Borrowed);
            self.bind(*position, element_key);
            if self.matches(pattern, Held::Borrowed(element))? {
                flow = next(self)?;
            }
            self.undo(mark);
            if flow == Flow::Done {
                break;
            }
        }
        Ok(Some(flow))
    }
}

/// The indexes of a policy, none of them built.
pub(super) fn unbuilt(count: usize) -> Vec<OnceLock<JoinIndex>> {
    std::iter::repeat_with(OnceLock::new).take(count).collect()
}

fn size(document: &Value) -> usize {
    match document {
        Value::Array(array) => array.len(),
        Value::Object(object) => object.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => 0,
    }
}

/// Smaller documents are gone through faster than an index is asked.
const SMALLEST_INDEXED: usize = 8;
