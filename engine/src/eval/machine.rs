//! The state of an evaluation: frames of variables, what is replaced, what is known already.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use super::error::{Failure, Result};
use super::frames::Frames;
use super::join::JoinIndex;
use super::limits::Budget;
use super::memo::Memo;
use super::near::Near;
use super::observer::{Observer, View};
use super::scope::Scope;
use super::sight::Sight;
use crate::builtins::{BuiltinError, Cache};
use crate::host::Host;
use crate::policy::{ErrorCode, Limits};
use crate::program::{Program, Slot, Term};
use crate::source::Span;
use crate::value::{Array, Object, Set, Value};

/// A value that belongs to the program, the input or the data, or to the evaluation.
pub(super) type Held<'a> = Cow<'a, Value>;

/// What is called for each way in which something holds.
pub(super) type Next<'n, 'a, O> = &'n mut dyn FnMut(&mut Machine<'a, O>) -> Result<Flow>;

/// What is called for each value that is found.
pub(super) type Found<'n, 'a, O> = &'n mut dyn FnMut(&mut Machine<'a, O>, Held<'a>) -> Result<Flow>;

/// Whether to go on looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// There may be more.
    More,
    /// Enough was found.
    Done,
}

/// What evaluation reads and does not change.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The rules.
    pub program: &'a Program,
    /// The base documents.
    pub data: &'a Value,
    /// What is at each of the paths to base documents: those of the program, then those of the query.
    pub bases: &'a [Option<Value>],
    /// What base documents are indexed by, in the order of [`Program::joins`].
    pub joins: &'a [OnceLock<JoinIndex>],
    /// Time, randomness, environment and network.
    pub host: &'a dyn Host,
    /// Whether an error of a built-in function ends the evaluation; otherwise the call is undefined.
    pub strict_builtin_errors: bool,
    /// Whether to take the shortcuts that don't change answers.
    pub optimise: bool,
}

/// What `print` wrote, the errors of built-in functions that were taken for undefined, and the observer.
pub type Notes<O> = (Vec<(String, Span)>, Vec<Failure>, O);

/// One evaluation.
pub struct Machine<'a, O> {
    pub(super) world: World<'a>,
    pub(super) scope: Scope<'a>,
    pub(super) frames: Frames<'a>,
    pub(super) memo: &'a mut Memo,
    pub(super) budget: Budget<'a>,
    pub(super) caches: Caches<'a>,
    pub(super) observer: O,
    /// What this evaluation has to do with others.
    pub(super) near: Near<'a>,
    /// What `print` wrote, and where the calls stand.
    pub(super) prints: Vec<(String, Span)>,
    /// The case keys that tests named.
    pub(super) cases: Vec<Value>,
    /// The errors of built-in functions that were taken for undefined.
    pub(super) builtin_errors: Vec<Failure>,
    /// Those that OPA meets later than this evaluation does, the last of them first; see `late`.
    pub(super) late_errors: Vec<Failure>,
    /// How many of the errors there were when the innermost attempt began, while there is one.
    pub(super) errors_before_attempt: Option<usize>,
}

/// What evaluations of one policy share, one after the other: room for what they find out, and compiled patterns.
#[derive(Debug)]
pub struct Workspace {
    memo: Memo,
    compiled: Cache,
}

impl Workspace {
    /// For evaluations of this program, with patterns that are compiled already.
    pub fn new(program: &Program, compiled: Cache) -> Self {
        Self { memo: Memo::new(program), compiled }
    }

    /// The compiled patterns.
    pub fn into_compiled(self) -> Cache {
        self.compiled
    }

    /// Changes the compiled patterns with another one.
    pub fn swap_compiled(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.compiled, &mut other.compiled);
    }

    /// Forgets what the last evaluation found out.
    pub fn restart(&mut self) {
        self.memo.restart();
    }
}

/// What built-in functions keep.
#[derive(Debug)]
pub(super) struct Caches<'a> {
    pub(super) query: Cache,
    pub(super) compiled: &'a mut Cache,
}

impl<'a, O: Observer> Machine<'a, O> {
    /// Gets ready for one evaluation.
    pub fn new(
        world: World<'a>,
        input: Option<&'a Value>,
        limits: Limits<'a>,
        Workspace { memo, compiled }: &'a mut Workspace,
        observer: O,
    ) -> Self {
        let scope = Scope { input: input.map(Cow::Borrowed), ..Scope::default() };
        Self {
            world,
            scope,
            frames: Frames::new(),
            memo,
            budget: Budget::new(world.host, limits),
            caches: Caches { query: Cache::default(), compiled },
            observer,
            near: Near::Nothing,
            prints: Vec::new(),
            cases: Vec::new(),
            builtin_errors: Vec::new(),
            late_errors: Vec::new(),
            errors_before_attempt: None,
        }
    }

    /// What is left of it.
    pub fn into_notes(self) -> Notes<O> {
        (self.prints, self.builtin_errors, self.observer)
    }

    /// Tells the observer, and shows it what has which value now.
    pub(super) fn watch(&mut self, tell: impl FnOnce(&mut O, &View<'_>)) {
        if O::WATCHES {
            let view = View {
                slots: self.frames.newest(),
                input: self.scope.input.as_deref(),
                overlay: self.scope.overlay.as_ref(),
            };
            tell(&mut self.observer, &view);
        }
    }

    /// What can be seen without evaluation.
    #[inline]
    pub(super) fn sight(&self) -> Sight<'_, 'a> {
        Sight { world: &self.world, scope: &self.scope, frames: &self.frames }
    }

    /// The value of a variable, if it has one.
    #[inline]
    pub(super) fn local(&self, slot: Slot) -> Option<&Held<'a>> {
        self.frames.local(slot)
    }

    /// Gives a variable its value.
    #[inline]
    pub(super) fn bind(&mut self, slot: Slot, value: Held<'a>) {
        self.frames.bind(slot, value);
    }

    /// A point to which bindings can be undone.
    #[inline]
    pub(super) fn mark(&self) -> usize {
        self.frames.mark()
    }

    /// Takes the bindings back that were made since `mark`.
    #[inline]
    pub(super) fn undo(&mut self, mark: usize) {
        self.frames.undo(mark);
    }

    /// The value of a term whose variables all have values; nothing if a reference in it is undefined.
    pub(super) fn value(&mut self, term: &'a Term) -> Result<Option<Held<'a>>> {
        Ok(Some(match term {
            Term::Constant(value) => Cow::Borrowed(value),
            Term::Local(slot) => match self.local(*slot) {
                Some(value) => value.clone(),
                None => return Err(Failure::internal("a variable has no value")),
            },
            Term::Array(terms) => {
                let Some(values) = self.values(terms)? else { return Ok(None) };
                Cow::Owned(Value::Array(Array::from(values)))
            }
            Term::Set(terms) => {
                let Some(values) = self.values(terms)? else { return Ok(None) };
                Cow::Owned(Value::Set(values.into_iter().collect::<Set>()))
            }
            Term::Object(pairs) => {
                let mut entries = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    let (Some(key), Some(value)) = (self.value(key)?, self.value(value)?) else {
                        return Ok(None);
                    };
                    entries.push((key.into_owned(), value.into_owned()));
                }
                Cow::Owned(Value::Object(entries.into_iter().collect::<Object>()))
            }
            Term::Ref(reference) => return self.first(reference),
            Term::Comprehension(comprehension) => Cow::Owned(self.collect(comprehension)?),
        }))
    }

    fn values(&mut self, terms: &'a [Term]) -> Result<Option<Vec<Value>>> {
        let mut values = Vec::with_capacity(terms.len());
        for term in terms {
            let Some(value) = self.value(term)? else { return Ok(None) };
            values.push(value.into_owned());
        }
        Ok(Some(values))
    }

    /// Whether all variables of a term have values.
    pub(super) fn is_ground(&self, term: &Term) -> bool {
        match term {
            Term::Constant(_) | Term::Comprehension(_) => true,
            Term::Local(slot) => self.local(*slot).is_some(),
            Term::Array(terms) | Term::Set(terms) => terms.iter().all(|term| self.is_ground(term)),
            Term::Object(pairs) => {
                pairs.iter().all(|(key, value)| self.is_ground(key) && self.is_ground(value))
            }
            Term::Ref(reference) => self.are_ground(&reference.steps),
        }
    }

    /// Whether all variables of some terms have values.
    pub(super) fn are_ground(&self, terms: &[Term]) -> bool {
        terms.iter().all(|term| self.is_ground(term))
    }

    /// An error of a built-in function: the call is undefined, unless this one can't be passed over.
    pub(super) fn builtin_error(&mut self, name: &str, error: BuiltinError, span: Span) -> Result<()> {
        let (code, message) = match error {
            BuiltinError::Operand(message) => (ErrorCode::Type, message),
            BuiltinError::Failed(message) => (ErrorCode::Builtin, message),
            BuiltinError::Cancelled(message) => {
                return Err(Failure::stop(ErrorCode::Cancel, message, Some(span)));
            }
            BuiltinError::Fatal { code, message } => return Err(Failure::stop(code, message, Some(span))),
        };
        // When errors are strict, evaluation goes on all the same, as in OPA: what is printed later is seen, and the
        // first error is the answer in the end.
        if self.builtin_errors.len() < MAX_BUILTIN_ERRORS {
            self.observer.error(self.builtin_errors.len());
            self.builtin_errors
                .push(Failure::stop(code, format!("{name}: {message}"), Some(span)).into_failure());
        }
        Ok(())
    }

    /// Errors that were met before, where what met them is not evaluated again.
    pub(super) fn meet_again(&mut self, errors: &[Failure]) {
        let room = MAX_BUILTIN_ERRORS.saturating_sub(self.builtin_errors.len());
        self.builtin_errors.extend(errors.iter().take(room).cloned());
    }
}

/// More than anybody reads, and few enough to keep hostile inputs from filling the memory.
const MAX_BUILTIN_ERRORS: usize = 10_000;

impl<O> fmt::Debug for Machine<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("world", &self.world).finish_non_exhaustive()
    }
}
