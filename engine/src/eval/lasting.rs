//! What depends on the base documents alone, or on them and on the arguments of a function: it comes to the same in every evaluation over
//! the same documents, and is kept from one to the next for whoever asks again and again.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::error::{Failure, Result};
use super::machine::Machine;
use super::near::Kept;
use super::observer::{Observer, Told};
use crate::program::{Rule, RuleId};
use crate::value::Value;

/// A call of a function, and what it came to.
#[derive(Debug)]
pub(super) struct Call {
    hash: u64,
    pub(super) function: RuleId,
    pub(super) args: Box<[Value]>,
    pub(super) value: Option<Value>,
}

/// Calls, each once, in the order in which they were made first.
pub(super) type Calls = Box<[Arc<Call>]>;

/// What is kept, for one program over one set of base documents.
#[derive(Debug, Default)]
pub(super) struct Lasting {
    /// The documents of rules, and parts of them by the steps that lead there.
    documents: BTreeMap<RuleId, BTreeMap<Vec<Option<Value>>, Document>>,
    calls: HashMap<u64, Arc<Lasted>, FixedState>,
    /// Calls in other programs that come to the same in this one.
    alike: HashMap<u64, Arc<Call>, FixedState>,
    /// How many values all of it has about.
    weight: usize,
    /// How often a document was asked for that could have been kept, and was not because of an error.
    passing: u64,
}

/// The value of a rule, or a part of it.
#[derive(Debug)]
struct Document {
    value: Option<Value>,
    /// What the observer was told by it and by all that it asked; nothing if nobody watched.
    told: Option<Told>,
}

/// A call, and what it takes to have its result without making it.
#[derive(Debug)]
struct Lasted {
    call: Arc<Call>,
    /// What the observer was told by it and by all that it asked; nothing if nobody watched.
    told: Option<Told>,
    /// The errors of built-in functions on the way.
    errors: Box<[Failure]>,
    /// The calls that it made; nothing if they were not written down.
    calls: Option<Calls>,
}

/// What comes of a call.
pub(super) enum Answer {
    /// This, in every evaluation; nothing if it is undefined.
    Lasting(Option<Value>),
    /// That is for whoever calls to find out.
    Open,
}

impl Call {
    /// A call on these arguments.
    pub(super) fn new(function: RuleId, args: Box<[Value]>, value: Option<Value>) -> Self {
        let (hash, _) = hash(function, args.iter());
        Self { hash, function, args, value }
    }

    /// A number that few others have.
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    /// Whether it is a call of the same function on the same arguments.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.is_of(other.function, other.args.iter())
    }

    fn is_of<'v>(&self, function: RuleId, args: impl ExactSizeIterator<Item = &'v Value>) -> bool {
        self.function == function
            && self.args.len() == args.len()
            && self.args.iter().zip(args).all(|(known, value)| known.is_written_like(value))
    }
}

impl Lasting {
    fn document(&self, id: RuleId, steps: &[Option<Value>]) -> Option<&Document> {
        self.documents.get(&id)?.get(steps)
    }

    fn put_document(&mut self, id: RuleId, steps: &[Option<Value>], document: Document) {
        self.make_room(steps.iter().flatten().chain(&document.value));
        self.documents.entry(id).or_default().insert(steps.to_vec(), document);
    }

    fn put_call(&mut self, lasted: Arc<Lasted>) {
        self.make_room(lasted.call.args.iter().chain(&lasted.call.value));
        self.calls.insert(lasted.call.hash, lasted);
    }

    fn put_alike(&mut self, call: &Arc<Call>) {
        if self.alike.len() >= MAX_ALIKE {
            self.alike.clear();
        }
        self.alike.insert(call.hash, Arc::clone(call));
    }

    /// Makes room for these values: where there is too much, all of it goes.
    fn make_room<'v>(&mut self, values: impl Iterator<Item = &'v Value>) {
        self.weight += values.map(weight).sum::<usize>() + 1;
        if self.weight > MAX_WEIGHT {
            *self = Self { passing: self.passing, ..Self::default() };
        }
    }

    /// Whether a call that another program made is known to come to the same in this one.
    fn is_alike(&self, call: &Arc<Call>) -> bool {
        self.alike
            .get(&call.hash)
            .is_some_and(|known| Arc::ptr_eq(known, call) || known.is_like(call) && known.value == call.value)
    }
}

impl<'a, O: Observer> Machine<'a, O> {
    /// Whether what a rule or function comes to can be kept, and is for this observer.
    pub(super) fn lasts(&self, rule: &Rule) -> bool {
        O::RECALLS
            && rule.settled
            && self.world.optimise
            && !self.world.strict_builtin_errors
            && self.scope.is_loaded()
    }

    /// The document of a rule that [lasts](Self::lasts), or what these steps into it lead to. Nothing of it is known of this evaluation.
    pub(super) fn lasting_document(
        &mut self,
        id: RuleId,
        steps: &[Option<Value>],
        evaluate: impl FnOnce(&mut Self) -> Result<Option<Value>>,
    ) -> Result<Option<Value>> {
        if let Some(Document { value, told }) = self.memo.lasting.document(id, steps)
            && (!O::WATCHES || told.is_some())
        {
            if let Some(told) = told {
                self.observer.retell(told);
            }
            let value = value.clone();
            self.record_lasting(id, steps, value.as_ref());
            return Ok(value);
        }
        if !O::WATCHES
            && let Some(Kept { value, .. }) = self.unchanged(id, steps)
        {
            let value = value.clone();
            self.memo.lasting.put_document(id, steps, Document { value: value.clone(), told: None });
            return Ok(value);
        }
        let before = self.errors_met();
        self.observer.listen();
        let (value, _) = self.noting_calls(evaluate);
        let told = self.observer.heard();
        self.observer.retell(&told);
        let value = value?;
        if self.errors_met() == before {
            self.record_lasting(id, steps, value.as_ref());
            let document = Document { value: value.clone(), told: O::WATCHES.then_some(told) };
            self.memo.lasting.put_document(id, steps, document);
        } else {
            self.pass();
            self.memo_document(id, steps, value.clone());
        }
        Ok(value)
    }

    /// What was evaluated holds for this evaluation alone.
    fn memo_document(&mut self, id: RuleId, steps: &[Option<Value>], value: Option<Value>) {
        if self.is_in_vain() {
            return;
        }
        match value {
            Some(value) if !steps.is_empty() => self.memo.put_part((id, steps.to_vec()), value),
            value => self.memo.put_document(id, value),
        }
    }

    /// A document that could have been kept has a value for this evaluation alone: whoever asks for it has none that lasts.
    pub(super) fn pass(&mut self) {
        self.memo.lasting.passing += 1;
    }

    /// What a function comes to on so many arguments, which were pushed, if that [lasts](Self::lasts) and is worth keeping.
    pub(super) fn lasting_call(&mut self, id: RuleId, rule: &'a Rule, count: usize) -> Result<Answer> {
        if !self.lasts(rule) {
            return Ok(Answer::Open);
        }
        let args = || self.frames.pushed(count).iter().map(|value| value.as_deref().unwrap_or(&Value::Null));
        let (hash, Whole(true)) = hash(id, args()) else { return Ok(Answer::Open) };
        if let Some(known) = self.memo.lasting.calls.get(&hash)
            && known.call.is_of(id, args())
            && (!O::WATCHES || known.told.is_some())
            && (!self.records_calls() || known.calls.is_some())
        {
            let known = Arc::clone(known);
            if let Some(told) = &known.told {
                self.observer.retell(told);
            }
            self.meet_again(&known.errors);
            self.note_lasting(&known.call, known.calls.as_deref());
            return Ok(Answer::Lasting(known.call.value.clone()));
        }
        let args = args().cloned().collect();
        let (errors, late, passing) =
            (self.builtin_errors.len(), self.late_errors.len(), self.memo.lasting.passing);
        self.observer.listen();
        let (value, calls) = self.noting_calls(|machine| machine.one_value(id, rule, count));
        let told = self.observer.heard();
        self.observer.retell(&told);
        let value = value?;
        let call = Arc::new(Call { hash, function: id, args, value: value.clone() });
        self.note_lasting(&call, calls.as_deref());
        let errors = self.builtin_errors.get(errors..).unwrap_or_default();
        let is_whole = self.late_errors.len() == late && self.memo.lasting.passing == passing;
        if is_whole && errors.len() <= MAX_ERRORS && !self.is_in_vain() {
            let errors = errors.into();
            let told = O::WATCHES.then_some(told);
            self.memo.lasting.put_call(Arc::new(Lasted { call, told, errors, calls }));
        }
        Ok(Answer::Lasting(value))
    }

    /// Whether a call that another program made comes to the same in this one.
    pub(super) fn is_call_alike(&mut self, call: &'a Arc<Call>) -> Result<bool> {
        let rule = self.world.program.rule(call.function);
        let lasts = rule.is_some_and(|rule| self.lasts(rule));
        if lasts && self.memo.lasting.is_alike(call) {
            return Ok(true);
        }
        let now = self.call_on(call.function, &call.args)?;
        let is_alike = super::near::is_alike(now.as_ref(), call.value.as_ref());
        if lasts && is_alike {
            self.memo.lasting.put_alike(call);
        }
        Ok(is_alike)
    }

    fn errors_met(&self) -> (usize, usize, u64) {
        (self.builtin_errors.len(), self.late_errors.len(), self.memo.lasting.passing)
    }
}

/// Whether all of something was looked at.
struct Whole(bool);

/// A number for a call; of large arguments the first values alone count.
fn hash<'v>(function: RuleId, args: impl Iterator<Item = &'v Value>) -> (u64, Whole) {
    let mut hasher = FixedState::default().build_hasher();
    function.hash(&mut hasher);
    let mut is_whole = true;
    for value in args {
        is_whole &= hash_first(value, &mut hasher);
    }
    (hasher.finish(), Whole(is_whole))
}

/// Hashes the first values of one; answers whether there are no others.
fn hash_first(value: &Value, hasher: &mut impl Hasher) -> bool {
    let (Value::Array(_) | Value::Set(_) | Value::Object(_)) = value else {
        value.hash(hasher);
        return true;
    };
    let mut open = vec![value];
    let mut left = MAX_HASHED;
    while let Some(value) = open.pop() {
        if left == 0 {
            return false;
        }
        left -= 1;
        let length = match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                value.hash(hasher);
                continue;
            }
            Value::Array(array) => array.len(),
            Value::Set(set) => set.len(),
            Value::Object(object) => object.len(),
        };
        (value.type_name(), length).hash(hasher);
        if length > MAX_HASHED {
            return false;
        }
        match value {
            Value::Array(array) => open.extend(array.iter()),
            Value::Set(set) => open.extend(set.iter()),
            Value::Object(object) => object.iter().for_each(|(key, value)| open.extend([key, value])),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    true
}

/// How many values there are in one, about.
fn weight(value: &Value) -> usize {
    let mut open = vec![value];
    let mut weight = 0;
    while let Some(value) = open.pop() {
        weight += 1;
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            Value::Array(array) => open.extend(array.iter()),
            Value::Set(set) => open.extend(set.iter()),
            Value::Object(object) => object.iter().for_each(|(key, value)| open.extend([key, value])),
        }
    }
    weight
}

/// Calls on larger arguments are often made once, and cost more to find than to make.
const MAX_HASHED: usize = 64;

/// How many calls are kept of which it is known that they come to the same.
const MAX_ALIKE: usize = 50_000;

/// What meets more errors is evaluated again.
const MAX_ERRORS: usize = 16;

/// How many values the calls have that are kept, about: some tens of megabytes.
const MAX_WEIGHT: usize = 300_000;
