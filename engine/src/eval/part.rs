//! Rules that are sets and objects: as much of them as is asked for.

use std::collections::BTreeMap;

use super::error::{Failure, Result, Stop};
use super::guard::is_left_out;
use super::machine::{Flow, Held, Machine};
use super::near::Key;
use super::observer::Observer;
use super::rule::Known;
use crate::policy::ErrorCode;
use crate::program::{Clause, ClauseId, Rule, RuleId, RuleKind, Term};
use crate::value::{Array, Set, Value};

impl<'a, O: Observer> Machine<'a, O> {
    /// The elements or entries of a rule that steps into it can lead to.
    pub(super) fn part(&mut self, id: RuleId, steps: &'a [Term]) -> Result<Value> {
        let program = self.world.program;
        let Some(rule) = program.rule(id) else { return Err(Failure::internal("a rule is missing")) };
        if let Some(Some(known)) = self.memo.document(id) {
            let known = known.clone();
            self.tell_known(id, 0, Some(&known));
            self.note_asked(|| Key::Document(id), Vec::new, Some(&known));
            if self.lasts(rule) {
                self.pass();
            }
            return Ok(known);
        }
        let is_open = steps
            .first()
            .is_none_or(|first| matches!(first, Term::Local(slot) if self.local(*slot).is_none()));
        if is_open {
            return match self.rule_document(id)? {
                Some(value) => Ok(value),
                None => Err(Failure::internal("a rule has no document")),
            };
        }
        let mut known = Vec::new();
        for term in steps.iter().take(self.longest(rule)) {
            let value = if self.is_ground(term) { self.value(term)? } else { None };
            known.push(value.map(Held::into_owned));
        }
        self.part_at(id, rule, known.into_iter())
    }

    /// How many steps into a rule's document its clauses decide on.
    fn longest(&self, rule: &Rule) -> usize {
        let program = self.world.program;
        rule.clauses.iter().filter_map(|id| program.clause(*id)).map(reach).max().unwrap_or(0)
    }

    /// The elements or entries of a rule that these steps can lead to, as far as they are known.
    pub(super) fn part_at(
        &mut self,
        id: RuleId,
        rule: &'a Rule,
        steps: impl Iterator<Item = Option<Value>>,
    ) -> Result<Value> {
        let mut known: Vec<Option<Value>> = steps.take(self.longest(rule)).collect();
        while known.last().is_some_and(Option::is_none) {
            known.pop();
        }
        // What fewer of the steps led to has all that more of them lead to, and elements that these would not find.
        let lasts = self.lasts(rule);
        let grounded = known.iter().take_while(|step| step.is_some()).count();
        for length in (1..=grounded).filter(|length| *length < known.len()).chain([known.len()]) {
            let key = (id, known.iter().take(length).cloned().collect());
            if let Some(part) = self.memo.part(&key) {
                let part = part.clone();
                self.tell_known(id, 0, Some(&part));
                self.note_asked(|| Key::Part(key), Vec::new, Some(&part));
                if lasts {
                    self.pass();
                }
                return Ok(part);
            }
        }
        let key = Key::Part((id, known));
        let Key::Part((_, known)) = &key else { return Err(Failure::internal("a part is none")) };
        let evaluate = |machine: &mut Self| machine.many_values(id, rule, known).map(Some);
        let value =
            if lasts { self.lasting_document(id, known, evaluate) } else { self.near(&key, evaluate) }?;
        let Some(value) = value else { return Err(Failure::internal("a rule has no part")) };
        self.note_asked(|| key.clone(), Vec::new, Some(&value));
        if let (Key::Part(key), false) = (key, lasts || self.is_in_vain()) {
            self.memo.put_part(key, value.clone());
        }
        Ok(value)
    }

    /// The elements or entries of a rule whose first steps are known.
    pub(super) fn many_values(
        &mut self,
        id: RuleId,
        rule: &'a Rule,
        known: &[Option<Value>],
    ) -> Result<Value> {
        let candidates = self.candidates(rule, 0);
        let out = self.left_out(rule, candidates, 0);
        self.tell_rule(id, (candidates, &out), 0, false);
        let mut elements = Vec::new();
        let mut entries = Entries::default();
        for candidate in candidates.iter().filter(|id| !is_left_out(&out, **id)) {
            let Some(clause) = self.world.program.clause(*candidate) else { continue };
            if rule.kind == RuleKind::Set {
                if O::RECALLS && rule.clauses.len() > 1 {
                    let found = self.near(&Key::Clause((*candidate, known.to_vec())), |machine| {
                        machine.clause_elements(*candidate, known)
                    })?;
                    elements.extend(found.iter().filter_map(Value::as_array).flat_map(Array::iter).cloned());
                } else {
                    self.elements_of(clause, *candidate, known, &mut elements)?;
                }
                continue;
            }
            self.clause(clause, Some(*candidate), &Known::Steps(known), &mut |machine| {
                let Some(last) = machine.last_of(clause)? else { return Ok(Flow::More) };
                if clause.key.is_none() {
                    machine.watch(|observer, view| observer.entry(&last, view));
                }
                let mut path = Vec::with_capacity(clause.steps.len());
                for step in &clause.steps {
                    let Some(key) = machine.value(step)? else { return Ok(Flow::More) };
                    path.push(key.into_owned());
                }
                let inserted = match clause.key {
                    Some(_) => entries.add(&path, last),
                    None => entries.set(&path, last),
                };
                match inserted {
                    Ok(()) => Ok(Flow::More),
                    Err(Taken) => Err(key_conflict(clause)),
                }
            })?;
        }
        let value = match rule.kind {
            RuleKind::Set => Value::Set(elements.into_iter().collect::<Set>()),
            RuleKind::Complete | RuleKind::Function(_) | RuleKind::Object => entries.into_value(),
        };
        self.watch(|observer, view| observer.decided(id, Some(&value), view));
        Ok(value)
    }

    /// The elements that a clause gives to the set that its rule makes, in an array.
    pub(super) fn clause_elements(&mut self, id: ClauseId, known: &[Option<Value>]) -> Result<Option<Value>> {
        let Some(clause) = self.world.program.clause(id) else { return Ok(None) };
        let mut found = Vec::new();
        self.elements_of(clause, id, known, &mut found)?;
        Ok(Some(Value::Array(Array::from(found))))
    }

    /// Adds the elements that a clause gives to the set that its rule makes.
    fn elements_of(
        &mut self,
        clause: &'a Clause,
        id: ClauseId,
        known: &[Option<Value>],
        elements: &mut Vec<Value>,
    ) -> Result<()> {
        self.clause(clause, Some(id), &Known::Steps(known), &mut |machine| {
            elements.extend(machine.last_of(clause)?);
            Ok(Flow::More)
        })
    }

    /// The last of what the head of a clause says, which is kept: an element, or the value of an entry.
    fn last_of(&mut self, clause: &'a Clause) -> Result<Option<Value>> {
        let Some(term) = clause.key.as_ref().or(clause.value.as_ref()) else { return Ok(None) };
        let Some(last) = self.value(term)? else { return Ok(None) };
        let last = last.into_owned();
        self.budget.keep(&last)?;
        Ok(Some(last))
    }
}

/// How many steps into a rule's document a clause decides on.
fn reach(clause: &Clause) -> usize {
    clause.steps.len() + usize::from(clause.key.is_some())
}

fn key_conflict(clause: &Clause) -> Stop {
    Failure::stop(ErrorCode::Conflict, "object keys must be unique", Some(clause.head))
}

/// The entries of an object that is being put together.
#[derive(Debug, Default)]
struct Entries(BTreeMap<Value, Entry>);

#[derive(Debug)]
enum Entry {
    Value(Value),
    Set(Vec<Value>),
    Object(Entries),
}

/// Something else is at this path already.
#[derive(Debug)]
struct Taken;

impl Entries {
    /// Puts a value at a path.
    fn set(&mut self, path: &[Value], value: Value) -> Result<(), Taken> {
        let Some((key, entries)) = self.at(path)? else { return Err(Taken) };
        match entries.0.get(key) {
            None => {
                entries.0.insert(key.clone(), Entry::Value(value));
                Ok(())
            }
            Some(Entry::Value(known)) if *known == value => Ok(()),
            Some(Entry::Value(_) | Entry::Set(_) | Entry::Object(_)) => Err(Taken),
        }
    }

    /// Adds a value to the set at a path.
    fn add(&mut self, path: &[Value], value: Value) -> Result<(), Taken> {
        let Some((key, entries)) = self.at(path)? else { return Err(Taken) };
        match entries.0.entry(key.clone()).or_insert_with(|| Entry::Set(Vec::new())) {
            Entry::Set(elements) => {
                elements.push(value);
                Ok(())
            }
            Entry::Value(_) | Entry::Object(_) => Err(Taken),
        }
    }

    /// The entries that hold the last key of a path, and that key.
    fn at<'e, 'p>(&'e mut self, path: &'p [Value]) -> Result<Option<(&'p Value, &'e mut Self)>, Taken> {
        let Some((last, above)) = path.split_last() else { return Ok(None) };
        let mut entries = self;
        for key in above {
            match entries.0.entry(key.clone()).or_insert_with(|| Entry::Object(Self::default())) {
                Entry::Object(below) => entries = below,
                Entry::Value(_) | Entry::Set(_) => return Err(Taken),
            }
        }
        Ok(Some((last, entries)))
    }

    fn into_value(self) -> Value {
        let entries = self.0.into_iter().map(|(key, entry)| {
            let value = match entry {
                Entry::Value(value) => value,
                Entry::Set(elements) => Value::Set(elements.into_iter().collect::<Set>()),
                Entry::Object(entries) => entries.into_value(),
            };
            (key, value)
        });
        Value::Object(entries.collect())
    }
}
