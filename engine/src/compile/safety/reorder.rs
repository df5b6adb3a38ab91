//! Puts the literals of a body into an order in which each finds the values it needs.

use super::outputs::{self, Leftover};
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
    let literals = std::mem::take(&mut body.literals).into_iter().enumerate();
    let mut open: Vec<Open> = literals.map(|(index, literal)| Open::new(index, literal, functions)).collect();
    let mut safe = VarSet::new();
    for literal in &mut open {
        literal.enter(globals, &mut safe);
    }
    if open.iter().any(|literal| !literal.closed_over.is_empty()) {
        let mut own = VarSet::new();
        for literal in &open {
            own.add_all(&literal.missing);
        }
        for literal in &mut open {
            literal.closed_over.retain(|name| own.contains(name));
        }
    }
    let leftover = if open.iter().any(Open::reads_leftover) { Leftover::kept() } else { Leftover::default() };
    let mut places = Places { functions, safe, taken: Vec::with_capacity(open.len()), leftover };
    let mut skipped = places.look_at_all(open);
    if places.leftover.is_read && skipped.len() <= MOST_IN_ROUNDS && skipped.iter().any(Open::reads_leftover)
    {
        let mut before = usize::MAX;
        while skipped.len() < before {
            before = skipped.len();
            skipped = places.look_at_all(skipped);
        }
    } else if !skipped.is_empty() {
        let mut waiting = Waiting::new(skipped, &places.taken);
        while let Some(at) = waiting.next() {
            let candidate = waiting.open.get_mut(&at);
            if candidate.is_some_and(|open| open.take_its_place(&mut places))
                && let Some(done) = waiting.open.remove(&at)
            {
                waiting.wake_users(&done);
                places.taken.push(done);
            }
        }
        skipped = waiting.open.into_values().collect();
    }
    let mut taken = places.taken;
    let open: Vec<Open> = skipped.into_iter().filter(|left| !left.missing.is_empty()).collect();
    let mut found = nested(&mut taken, functions, globals);
    found.extend(open.iter().map(|left| unsafe_literal(&left.literal, left.missing.clone())));
    body.literals.extend(taken.into_iter().chain(open).map(|done| done.literal));
    found
}

/// What literals have found their places, and what has a value after them.
struct Places<'f> {
    functions: Functions<'f>,
    safe: VarSet,
    taken: Vec<Open>,
    leftover: Leftover,
}

impl Places<'_> {
    /// Takes those of the literals that can be taken, one after the other; answers the others.
    fn look_at_all(&mut self, open: Vec<Open>) -> Vec<Open> {
        let mut skipped = Vec::new();
        for mut candidate in open {
            if candidate.take_its_place(self) {
                self.taken.push(candidate);
            } else {
                skipped.push(candidate);
            }
        }
        skipped
    }
}

/// How many literals are looked at in whole rounds, as OPA does, when what comes of an `every` depends on which ones were
/// looked at before it.
const MOST_IN_ROUNDS: usize = 500;

/// The literals that could not be taken where they stand, by their places.
///
/// They are looked at in rounds from first to last, but only those that need a variable that has got a value since.
struct Waiting {
    open: BTreeMap<usize, Open>,
    round: BTreeSet<usize>,
    next_round: BTreeSet<usize>,
    /// Which of the literals have a variable.
    users: BTreeMap<Name, Vec<usize>>,
}

impl Waiting {
    /// What is left after all literals were looked at once.
    fn new(open: Vec<Open>, taken: &[Open]) -> Self {
        let mut users: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
        for literal in &open {
            let mut vars = VarSet::new();
            Collector::new(Skip::NOTHING, &mut vars).literal(&literal.literal);
            for name in vars {
                users.entry(name).or_default().push(literal.index);
            }
        }
        let open = open.into_iter().map(|literal| (literal.index, literal)).collect();
        let mut waiting = Self { open, round: BTreeSet::new(), next_round: BTreeSet::new(), users };
        for done in taken {
            waiting.wake_users(done);
        }
        // Those after the literals that give them values have been looked at with these.
        waiting.round.clear();
        waiting
    }

    fn next(&mut self) -> Option<usize> {
        if self.round.is_empty() {
            std::mem::swap(&mut self.round, &mut self.next_round);
        }
        self.round.pop_first()
    }

    /// Variables have got values from a literal.
    fn wake_users(&mut self, done: &Open) {
        let by = done.index;
        for name in &done.outputs {
            for at in self.users.get(name).into_iter().flatten().copied() {
                if at > by {
                    self.round.insert(at);
                } else if at < by {
                    self.next_round.insert(at);
                }
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
    /// Whether there are bodies inside.
    has_closures: bool,
    /// Variables without a value.
    missing: VarSet,
    /// Variables of this body that the bodies inside need.
    closed_over: VarSet,
    /// What the literal gives values to, as of the last attempt.
    outputs: VarSet,
}

impl Open {
    fn new(index: usize, literal: Literal, functions: Functions<'_>) -> Self {
        let mut missing = VarSet::new();
        let mut collector = Collector::with_operands(Skip::SAFETY, functions, &mut missing);
        collector.literal(&literal);
        let has_closures = collector.met_closures();
        let closed_over = if has_closures { closed_over_by(&literal) } else { VarSet::new() };
        Self { index, literal, has_closures, missing, closed_over, outputs: VarSet::new() }
    }

    /// Learns which variables are known around the body; those of them that the literal needs are added to `safe`.
    fn enter(&mut self, globals: &VarSet, safe: &mut VarSet) {
        self.missing.retain(|name| {
            let known = globals.contains(name);
            if known {
                safe.add(name);
            }
            !known
        });
        self.closed_over.retain(|name| !globals.contains(name));
    }

    /// Whether the literal can come after those that are taken; what it gives values to has them from then on.
    fn take_its_place(&mut self, places: &mut Places<'_>) -> bool {
        let taken = !self.is_repeated_in(&places.taken) && self.can_be_taken(places);
        if taken {
            places.safe.add_all(&self.outputs);
        }
        taken
    }

    /// Whether it is an `every`, whose body needs variables of this one.
    fn reads_leftover(&self) -> bool {
        matches!(self.literal.kind, LiteralKind::Every(_)) && !self.closed_over.is_empty()
    }

    /// Whether the same literal has taken this one's place. OPA forgets a literal then.
    fn is_repeated_in(&self, taken: &[Self]) -> bool {
        taken.get(self.index).is_some_and(|other| same::literals(&self.literal, &other.literal))
    }

    fn can_be_taken(&mut self, places: &mut Places<'_>) -> bool {
        let Places { functions, safe, leftover, .. } = places;
        self.outputs = outputs::of_literal(&self.literal, *functions, safe, leftover);
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
    let mut found = Vec::new();
    let Some(last) = taken.iter().rposition(|done| done.has_closures) else { return found };
    let mut globals = globals.clone();
    for done in taken.iter_mut().take(last + 1) {
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
            let open = head.iter().filter(|name| !known.contains(name) && !self.globals.contains(name));
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
                self.globals.extend(every.key.iter().chain([&every.value]).map(|var| var.var.name.clone()));
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
