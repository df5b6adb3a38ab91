//! What may be watched of an evaluation.

use super::machine::Held;
use crate::program::{Body, ClauseId, Comprehension, LiteralId, Ref, RuleId, Slot, Term};
use crate::value::Value;

/// Is told what the evaluator does. With [`NoObserver`] nothing of it is left in the program.
///
/// Calls nest: between the start of a literal and its end stand the rules and bodies that it evaluates. A literal that
/// held ends only when the evaluation comes back to it, after everything that follows it.
pub trait Observer {
    /// Whether to tell anything.
    const WATCHES: bool = true;
    /// Whether to use indexes and caches as OPA does, also where that makes no difference.
    const AS_OPA: bool = false;

    /// Whether to tell what made the rule index leave clauses out.
    const EXCLUDED: bool = false;

    /// Whether to ask before each call of a built-in function whether it fails.
    const FAULTS: bool = false;

    /// Whether it wants to be told of nothing but clauses and literals, and can be told again what it heard once: then a value may be
    /// had in a shorter way in which no literal is left out.
    const RECALLS: bool = false;

    /// What is told from now on is heard apart, until [`heard`](Self::heard).
    fn listen(&mut self) {}

    /// What was told since the last [`listen`](Self::listen), without what was heard apart meanwhile and was not
    /// [told again](Self::retell).
    fn heard(&mut self) -> Told {
        Told::default()
    }

    /// The same is told as once before.
    fn retell(&mut self, _told: &Told) {}

    /// Whether a call of a built-in function fails, whatever it would come to: it is undefined then.
    fn fails(&mut self, _function: &str, _operands: &[&Value]) -> bool {
        false
    }

    /// Whether the clauses that the rule index leaves out are left out.
    fn uses_index(&self) -> bool {
        true
    }

    /// Whether the clauses are left out that can't change a value any more.
    fn exits_early(&self) -> bool {
        true
    }

    /// A rule is asked for, and these of its clauses can match; the first value decides if `early_exit`.
    fn rule(&mut self, _rule: RuleId, _candidates: &[ClauseId], _early_exit: bool) {}
    /// The rule index left a clause out because these literals can't hold.
    fn excluded(&mut self, _literals: &[LiteralId]) {}
    /// The rule asked for last has this value, or none.
    fn decided(&mut self, _rule: RuleId, _value: Option<&Value>, _view: &View<'_>) {}
    /// The body of a clause is about to be evaluated.
    fn enter(&mut self, _clause: ClauseId) {}
    /// The body of a clause held.
    fn exit(&mut self, _clause: ClauseId, _view: &View<'_>) {}
    /// The evaluation of a clause is over.
    fn leave(&mut self, _clause: ClauseId) {}
    /// A body that is part of a literal, or a query, is about to be evaluated.
    fn enter_body(&mut self, _body: &Body) {}
    /// Such a body held.
    fn exit_body(&mut self, _body: &Body) {}
    /// The evaluation of such a body is over.
    fn leave_body(&mut self, _body: &Body) {}
    /// A literal is about to be evaluated.
    fn literal(&mut self, _literal: LiteralId) {}
    /// A literal held; once more for each way in which it does.
    fn held(&mut self, _literal: LiteralId) {}
    /// Everything was tried that follows a way in which a literal held.
    fn redo(&mut self, _literal: LiteralId) {}
    /// A literal did not hold, or no further way was found: its end.
    fn failed(&mut self, _literal: LiteralId, _view: &View<'_>) {}
    /// A way in which the body of a clause held gives this entry of an object.
    fn entry(&mut self, _value: &Value, _view: &View<'_>) {}
    /// The literal that is evaluated says which case of a test what follows is in.
    fn case(&mut self, _keys: &Value) {}
    /// An error of a built-in function was taken for undefined; so many were before.
    fn error(&mut self, _position: usize) {}
    /// A policy left a note with `trace`.
    fn note(&mut self, _text: &str) {}

    /// Whether to tell what is made equal to what; with [`AS_OPA`](Self::AS_OPA) only.
    fn unifies(&self) -> bool {
        false
    }

    /// Whether a variable of the clause that is evaluated was written as `_`; for whoever is told of unifications.
    fn is_wildcard(&self, _slot: Slot) -> bool {
        false
    }

    /// Two sides are made equal.
    fn unify(&mut self, _left: Side<'_>, _right: Side<'_>, _view: &View<'_>) {}
    /// The sides of the literal that is evaluated are made equal, in the order in which they were written.
    fn equality(&mut self, _one: Side<'_>, _other: Side<'_>, _view: &View<'_>) {}
    /// A function that rules define is called, and its result is made equal to this.
    fn call(&mut self, _output: Option<&Term>, _view: &View<'_>) {}
    /// The parameters of a clause fit; it would give this.
    fn output(&mut self, _value: Side<'_>, _view: &View<'_>) {}
    /// The call is over.
    fn called(&mut self) {}
}

/// What an observer heard, as bits of numbered words that mean something to it.
#[derive(Debug, Clone, Default)]
pub struct Told(pub Box<[(usize, u64)]>);

/// One side of what is made equal.
#[derive(Debug, Clone, Copy)]
pub enum Side<'t> {
    /// A term.
    Term(&'t Term),
    /// A reference.
    Ref(&'t Ref),
    /// A comprehension.
    Comprehension(&'t Comprehension),
    /// A value.
    Value(&'t Value),
    /// A variable that has no value for OPA yet.
    Fresh(&'t Term),
    /// What a literal comes to that is a term.
    Result,
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    const WATCHES: bool = false;
}

/// Watches nothing either, and lets stand what is known of another evaluation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Recaller;

impl Observer for Recaller {
    const WATCHES: bool = false;
    const RECALLS: bool = true;
}

/// What has which value at one moment.
#[derive(Debug)]
pub struct View<'v> {
    pub(super) slots: &'v [Option<Held<'v>>],
    pub(super) input: Option<&'v Value>,
    pub(super) overlay: Option<&'v Value>,
}

impl View<'_> {
    /// The value of a variable of the clause that is evaluated.
    pub fn local(&self, slot: Slot) -> Option<&Value> {
        self.slots.get(slot.0 as usize)?.as_deref()
    }

    /// The variables of the clause that is evaluated, by slot.
    pub fn locals(&self) -> Vec<Option<Value>> {
        self.slots.iter().map(|value| value.as_deref().cloned()).collect()
    }

    /// The input.
    pub fn input(&self) -> Option<&Value> {
        self.input
    }

    /// The documents that stand in for those of `data` now, as a part of it; none if nothing is replaced.
    pub fn overlay(&self) -> Option<&Value> {
        self.overlay
    }

    /// `data` with the documents that stand in for others now.
    pub fn data(&self, data: &Value) -> Value {
        super::scope::lay_over(self.overlay, Some(data)).unwrap_or_else(|| data.clone())
    }
}
