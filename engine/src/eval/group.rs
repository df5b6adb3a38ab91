//! Comprehensions whose values are collected for all keys at once, when they are asked for a second time.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::Failure;
use super::collect::Collected;
use super::error::Result;
use super::machine::{Flow, Held, Machine};
use super::observer::Observer;
use crate::program::{Comprehension, Fails, Grouping, Indexed, Slot};
use crate::value::{Array, Value};

/// What is known of a comprehension.
#[derive(Debug, Default)]
pub(super) enum Groups {
    /// It was not evaluated.
    #[default]
    Unknown,
    /// It was evaluated, for one key.
    Once,
    /// Collecting for all keys would show.
    Refused,
    /// What it collects, by its keys.
    Known(HashMap<Value, Group, FixedState>),
}

/// What a comprehension collects for a key.
#[derive(Debug)]
pub(super) enum Group {
    /// Not yet put together.
    Open(Collected),
    /// Its value.
    Closed(Value),
}

impl<'a, O: Observer> Machine<'a, O> {
    /// The value of a comprehension by its grouping; nothing if it has to be evaluated.
    pub(super) fn grouped(
        &mut self,
        comprehension: &'a Comprehension,
        grouping: &'a Grouping,
    ) -> Result<Option<Value>> {
        // Who watches wants to see each literal.
        if O::WATCHES || !self.world.optimise || self.world.strict_builtin_errors {
            return Ok(None);
        }
        let known = match self.memo.take_groups(grouping.id) {
            Groups::Unknown => {
                self.memo.put_groups(grouping.id, Groups::Once);
                return Ok(None);
            }
            Groups::Once => self.group(comprehension, &grouping.keys)?,
            Groups::Refused => None,
            Groups::Known(groups) => Some(groups),
        };
        let Some(mut groups) = known else {
            self.memo.put_groups(grouping.id, Groups::Refused);
            return Ok(None);
        };
        let value = match self.key(&grouping.keys) {
            Some(key) => close(groups.get_mut(&*key), comprehension).map(Some),
            None => Ok(None),
        };
        self.memo.put_groups(grouping.id, Groups::Known(groups));
        value
    }

    /// The value of a comprehension that OPA evaluates for all values of its keys, where that can be seen; nothing if it has to
    /// be evaluated.
    pub(super) fn indexed(
        &mut self,
        comprehension: &'a Comprehension,
        indexed: &'a Indexed,
    ) -> Result<Option<Value>> {
        let Some((id, fails)) = indexed.whole else { return Ok(None) };
        // Who watches wants to see the literals that the value is made of.
        if O::WATCHES || fails == Fails::WhenStrict && !self.world.strict_builtin_errors {
            return Ok(None);
        }
        let mut groups = match self.memo.take_groups(id) {
            Groups::Known(groups) => groups,
            Groups::Unknown | Groups::Once | Groups::Refused => {
                self.memo.put_groups(id, Groups::Once);
                let before = (self.frames.checkpoint(), self.budget.depth());
                let known = self.take_keys(&indexed.keys);
                let groups = self.collect_groups(comprehension, &indexed.keys);
                if groups.is_err() {
                    self.frames.restore(before.0);
                    self.budget.set_depth(before.1);
                }
                self.put_keys_back(known);
                groups?
            }
        };
        let group = self.key(&indexed.keys).and_then(|key| groups.get_mut(&*key));
        let value = group.map(|group| close(Some(group), comprehension)).transpose();
        self.memo.put_groups(id, Groups::Known(groups));
        value
    }

    fn take_keys(&mut self, keys: &[Slot]) -> Vec<(Slot, Held<'a>)> {
        keys.iter().filter_map(|slot| Some((*slot, self.frames.take(*slot)?))).collect()
    }

    fn put_keys_back(&mut self, known: Vec<(Slot, Held<'a>)>) {
        for (slot, value) in known {
            self.frames.put_back(slot, value);
        }
    }

    /// Evaluates a comprehension without its keys, and sorts what it collects by their values.
    fn group(
        &mut self,
        comprehension: &'a Comprehension,
        keys: &'a [Slot],
    ) -> Result<Option<HashMap<Value, Group, FixedState>>> {
        let known = self.take_keys(keys);
        let groups = self.attempt_to(|machine| machine.collect_groups(comprehension, keys));
        self.put_keys_back(known);
        groups
    }

    /// What a comprehension collects while its keys have no values, by the values that they get.
    fn collect_groups(
        &mut self,
        comprehension: &'a Comprehension,
        keys: &'a [Slot],
    ) -> Result<HashMap<Value, Group, FixedState>> {
        let mut groups: HashMap<Value, Group, FixedState> = HashMap::default();
        self.run(&comprehension.body.literals, &mut |machine| {
            let Some(key) = machine.key(keys) else {
                return Err(Failure::internal("a key has no value"));
            };
            let key = key.into_owned();
            let open = groups.entry(key).or_insert_with(|| Group::Open(Collected::new(&comprehension.head)));
            if let Group::Open(collected) = open {
                machine.add(&comprehension.head, collected)?;
            }
            Ok(Flow::More)
        })?;
        Ok(groups)
    }

    /// The values of some variables as one value; nothing if one has none.
    fn key(&self, slots: &[Slot]) -> Option<Held<'a>> {
        match slots {
            [] => Some(Held::Borrowed(&Value::Null)),
            [one] => self.local(*one).cloned(),
            several => {
                let values = several.iter().map(|slot| self.local(*slot).map(|value| value.as_ref().clone()));
                Some(Held::Owned(Value::Array(Array::from(values.collect::<Option<Vec<_>>>()?))))
            }
        }
    }
}

/// The value of a group; of none, what a comprehension has that collects nothing.
fn close(group: Option<&mut Group>, comprehension: &Comprehension) -> Result<Value> {
    let Some(group) = group else {
        return Collected::new(&comprehension.head).into_value(comprehension);
    };
    if let Group::Open(collected) = group {
        let value = std::mem::take(collected).into_value(comprehension)?;
        *group = Group::Closed(value);
    }
    match group {
        Group::Closed(value) => Ok(value.clone()),
        Group::Open(_) => Err(Failure::internal("a group has no value")),
    }
}
