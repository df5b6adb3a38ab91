//! Puts the literals of a body into an order in which each finds the values it needs.

use super::outputs;
use crate::compile::functions::Functions;
use crate::compile::locals;
use crate::compile::same;
use crate::compile::vars::{self, Collector, Skip, VarSet};
use crate::compile::walk::{self, Flow, Node, Rewrite};
use crate::source::Span;
use crate::syntax::tree::{
    Body, Comprehension, ComprehensionHead, Literal, LiteralKind, Name, Operand, Term, With,
};
use std::collections::{BTreeMap, BTreeSet};

/// A literal whose variables have no value.
#[derive(Debug, Clone)]
pub(super) struct Unsafe {
    /// Where the literal is.
    pub(super) span: Span,
    /// The variables.
    pub(super) vars: VarSet,
    /// The variables on the left of `:=`, if the literal was an assignment.
    pub(super) assigned: VarSet,
}

/// Reorders a body and the bodies inside of it.
///
/// Literals are taken as soon as they can be, in the order written. The answer lists those that never can be; they
/// are left at the end of the body.
pub(super) fn reorder(body: &mut Body, functions: Functions<'_>, globals: &VarSet) -> Vec<Unsafe> {
    let mut all = VarSet::new();
    Collector::with_operands(Skip::SAFETY, functions, &mut all).body(body);
    let mut safe: VarSet = all.intersection(globals).cloned().collect();
    let open = std::mem::take(&mut body.literals)
        .into_iter()
        .enumerate()
        .map(|(index, literal)| Some(Open::new(index, literal, functions, &safe, &all, globals)));
    let mut waiting = Waiting::new(open.collect());
    let mut taken: Vec<Open> = Vec::with_capacity(waiting.open.len());
    while let Some(at) = waiting.next() {
        let candidate = waiting.open.get_mut(at).and_then(Option::as_mut);
        if !candidate.is_some_and(|open| !open.is_repeated_in(&taken) && open.can_be_taken(functions, &safe))
        {
            continue;
        }
        if let Some(done) = waiting.open.get_mut(at).and_then(Option::take) {
            for name in &done.outputs {
                waiting.wake(name, at);
            }
            safe.extend(done.outputs.iter().cloned());
            taken.push(done);
        }
    }
    let open = waiting.open.into_iter().flatten().filter(|left| !left.missing.is_empty());
    let open: Vec<Open> = open.collect();
    let mut found = nested(&mut taken, functions, globals);
    found.extend(open.iter().map(|left| unsafe_literal(&left.literal, left.missing.clone())));
    body.literals.extend(taken.into_iter().chain(open).map(|done| done.literal));
    found
}

/// The literals that are still to be taken.
///
/// They are looked at in rounds from first to last; after the first round only those that need a variable that has
/// got a value since.
struct Waiting {
    open: Vec<Option<Open>>,
    round: BTreeSet<usize>,
    next_round: BTreeSet<usize>,
    /// Which literals have a variable.
    users: BTreeMap<Name, Vec<usize>>,
}

impl Waiting {
    fn new(open: Vec<Option<Open>>) -> Self {
        let mut users: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
        for (at, literal) in open.iter().enumerate() {
            for name in literal.iter().flat_map(|literal| &literal.vars) {
                users.entry(name.clone()).or_default().push(at);
            }
        }
        Self { round: (0..open.len()).collect(), open, next_round: BTreeSet::new(), users }
    }

    fn next(&mut self) -> Option<usize> {
        if self.round.is_empty() {
            std::mem::swap(&mut self.round, &mut self.next_round);
        }
        self.round.pop_first()
    }

    /// A variable has got a value from the literal at a place.
    fn wake(&mut self, name: &Name, by: usize) {
        for at in self.users.get(name).into_iter().flatten().copied() {
            if at > by {
                self.round.insert(at);
            } else if at < by {
                self.next_round.insert(at);
            }
        }
    }
}

fn unsafe_literal(literal: &Literal, vars: VarSet) -> Unsafe {
    let assigned = locals::call_of(literal)
        .filter(|call| locals::is_from_assignment(call))
        .and_then(|call| call.args.first().filter(|_| call.args.len() == 2))
        .map(|target| vars::of_term(target, Skip::NOTHING));
    Unsafe { span: literal.span, vars, assigned: assigned.unwrap_or_default() }
}

/// A literal that waits for its place.
struct Open {
    /// Its place among the literals as written.
    index: usize,
    literal: Literal,
    /// All variables of the literal and of the bodies inside.
    vars: VarSet,
    /// Variables without a value.
    missing: VarSet,
    /// Variables of this body that the bodies inside need.
    closed_over: VarSet,
    /// What the literal gives values to, as of the last attempt.
    outputs: VarSet,
}

impl Open {
    fn new(
        index: usize,
        literal: Literal,
        functions: Functions<'_>,
        safe: &VarSet,
        all: &VarSet,
        globals: &VarSet,
    ) -> Self {
        let mut vars = VarSet::new();
        Collector::new(Skip::NOTHING, &mut vars).literal(&literal);
        let mut missing = VarSet::new();
        Collector::with_operands(Skip::SAFETY, functions, &mut missing).literal(&literal);
        missing.retain(|name| !safe.contains(name));
        let mut closed_over = closed_over_by(&literal);
        closed_over.retain(|name| all.contains(name) && !globals.contains(name));
        Self { index, literal, vars, missing, closed_over, outputs: VarSet::new() }
    }

    /// Whether the same literal has taken this one's place. OPA forgets a literal then.
    fn is_repeated_in(&self, taken: &[Self]) -> bool {
        taken.get(self.index).is_some_and(|other| same::literals(&self.literal, &other.literal))
    }

    fn can_be_taken(&mut self, functions: Functions<'_>, safe: &VarSet) -> bool {
        let safe: &VarSet = &self.vars.iter().filter(|name| safe.contains(*name)).cloned().collect();
        self.outputs = outputs::of_literal(&self.literal, functions, safe);
        if !self.closed_over.is_empty() {
            if self.closed_over == self.outputs {
                return false;
            }
            // As in OPA, the bodies inside decide alone.
            self.missing.clone_from(&self.closed_over);
        }
        let outputs = &self.outputs;
        self.missing.retain(|name| !outputs.contains(name) && !safe.contains(name));
        self.missing.is_empty()
    }
}

/// The variables of the bodies inside of a literal.
fn closed_over_by(literal: &Literal) -> VarSet {
    let mut found = VarSet::new();
    walk::literal(literal, &mut |node| match node {
        Node::Literal(inner) => {
            let mut collector = Collector::new(Skip::NOTHING, &mut found);
            match &inner.kind {
                LiteralKind::Every(every) => {
                    collector.body(&every.body);
                    Flow::Skip
                }
                LiteralKind::Not(not) => {
                    collector.body(&not.body);
                    Flow::Skip
                }
                LiteralKind::And(both) | LiteralKind::Or(both) => {
                    collector.body(&both.left.body);
                    collector.body(&both.right.body);
                    Flow::Skip
                }
                LiteralKind::Term(_) | LiteralKind::Declare(_) | LiteralKind::SomeIn(_) => Flow::Descend,
            }
        }
        Node::Term(term) if matches!(term.kind, crate::syntax::tree::TermKind::Comprehension(_)) => {
            Collector::new(Skip::NOTHING, &mut found).term(term);
            Flow::Skip
        }
        Node::Term(_) | Node::Body | Node::With(_) | Node::Ref(_) | Node::Var(_) => Flow::Descend,
    });
    found
}

/// Reorders the bodies inside of the literals; each sees the variables of the literals before it.
fn nested(taken: &mut [Open], functions: Functions<'_>, globals: &VarSet) -> Vec<Unsafe> {
    let mut globals = globals.clone();
    let mut found = Vec::new();
    for done in taken {
        let mut inside =
            Inside { functions, globals: &mut globals, missing: VarSet::new(), found: Vec::new() };
        inside.literal(&mut done.literal);
        let Inside { missing, found: mut more, .. } = inside;
        if !missing.is_empty() {
            found.push(unsafe_literal(&done.literal, missing));
        }
        found.append(&mut more);
        Collector::with_operands(Skip::SAFETY, functions, &mut globals).literal(&done.literal);
    }
    found
}

struct Inside<'f, 'g> {
    functions: Functions<'f>,
    globals: &'g mut VarSet,
    /// Variables of the heads of comprehensions that nothing gives a value to.
    missing: VarSet,
    found: Vec<Unsafe>,
}

impl Inside<'_, '_> {
    fn closure(&mut self, head: &VarSet, body: &mut Body) {
        if !head.is_empty() {
            let mut known = VarSet::new();
            Collector::with_operands(Skip::SAFETY, self.functions, &mut known).body(body);
            let open = head.iter().filter(|name| !known.contains(*name) && !self.globals.contains(*name));
            self.missing.extend(open.cloned());
        }
        self.found.extend(reorder(body, self.functions, self.globals));
    }

    fn operand(&mut self, operand: &mut Operand) {
        self.closure(&VarSet::new(), &mut operand.body);
    }
}

impl Rewrite for Inside<'_, '_> {
    fn literal(&mut self, literal: &mut Literal) {
        match &mut literal.kind {
            LiteralKind::Every(every) => {
                self.globals.extend(every.key.iter().chain([&every.value]).map(|var| var.name.clone()));
                self.closure(&VarSet::new(), &mut every.body);
            }
            LiteralKind::Not(not) => self.closure(&VarSet::new(), &mut not.body),
            LiteralKind::And(both) | LiteralKind::Or(both) => {
                self.operand(&mut both.left);
                self.operand(&mut both.right);
            }
            LiteralKind::Term(_) | LiteralKind::Declare(_) | LiteralKind::SomeIn(_) => {
                walk::descend_literal(self, literal);
            }
        }
    }

    fn with(&mut self, with: &mut With) {
        self.term(&mut with.target);
        self.term(&mut with.value);
    }

    fn term(&mut self, term: &mut Term) {
        walk::descend_term(self, term);
    }

    fn comprehension(&mut self, comprehension: &mut Comprehension) {
        let mut head = VarSet::new();
        let mut collector = Collector::new(Skip::NOTHING, &mut head);
        match &comprehension.head {
            ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => collector.term(term),
            ComprehensionHead::Object(key, value) => {
                collector.term(key);
                collector.term(value);
            }
        }
        self.closure(&head, &mut comprehension.body);
    }
}
