//! What rules read of each other, and whether more of it lets more or fewer in.

use std::collections::{BTreeMap, BTreeSet};

use crate::program::{
    Body, Call, ClauseId, ComprehensionHead, DocumentId, Every, Function, Literal, LiteralId, Operation,
    Program, Ref, Replacement, RuleId, Slot, Start, Target, Term, WithTarget,
};
use crate::source::Span;
use crate::value::Value;

/// Which way a clause or literal pulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Polarity {
    /// The more of it holds, the more are let in.
    Positive,
    /// The more of it holds, the fewer are let in.
    Negative,
    /// Both, or it can't be told.
    Unknown,
}

impl Polarity {
    fn flipped(self) -> Self {
        match self {
            Self::Positive => Self::Negative,
            Self::Negative => Self::Positive,
            Self::Unknown => Self::Unknown,
        }
    }

    fn joined(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }
}

/// What a decision depends on: the rules that it reads, each with the way in which it pulls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The rules, the decision's own included.
    pub rules: BTreeMap<RuleId, Polarity>,
}

impl Reach {
    /// What the rule `from` depends on, which pulls in the way `polarity`.
    pub fn of(program: &Program, from: RuleId, polarity: Polarity) -> Self {
        Self::of_open(program, vec![(from, polarity)])
    }

    /// What a clause depends on.
    pub fn of_clause(program: &Program, clause: ClauseId) -> Self {
        let mut open = Vec::new();
        reads_of(program, clause, Polarity::Unknown, &mut |rule, polarity| open.push((rule, polarity)));
        Self::of_open(program, open)
    }

    fn of_open(program: &Program, mut open: Vec<(RuleId, Polarity)>) -> Self {
        let mut reach = Self::default();
        while let Some((rule, polarity)) = open.pop() {
            let known = reach.rules.get(&rule).copied();
            let joined = known.map_or(polarity, |known| known.joined(polarity));
            if known == Some(joined) {
                continue;
            }
            reach.rules.insert(rule, joined);
            for clause in clauses(program, rule) {
                reads_of(program, clause, joined, &mut |rule, polarity| open.push((rule, polarity)));
            }
        }
        reach
    }

    /// The literals of everything that the decision depends on, those inside of others too.
    pub fn literals(&self, program: &Program) -> Vec<LiteralId> {
        let mut found = Vec::new();
        for clause in self.rules.keys().flat_map(|rule| clauses(program, *rule)) {
            let Some(clause) = program.clause(clause) else { continue };
            each_literal(&clause.body, &mut |literal| found.push(literal.id));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The same, each with where it is written.
    pub fn spans(&self, program: &Program) -> Vec<(LiteralId, Span)> {
        let mut found = Vec::new();
        for clause in self.rules.keys().flat_map(|rule| clauses(program, *rule)) {
            let Some(clause) = program.clause(clause) else { continue };
            each_literal(&clause.body, &mut |literal| found.push((literal.id, literal.span)));
        }
        found
    }

    /// How a clause pulls; nothing if the decision doesn't depend on it.
    pub fn polarity(&self, program: &Program, clause: ClauseId) -> Option<Polarity> {
        self.rules.get(&program.clause(clause)?.rule).copied()
    }
}

/// All clauses of a rule: those that are tried first, those that are an `else` of them, and the default.
pub fn clauses(program: &Program, rule: RuleId) -> Vec<ClauseId> {
    let mut found = Vec::new();
    let Some(rule) = program.rule(rule) else { return found };
    for first in rule.clauses.iter().chain(&rule.default) {
        let mut next = Some(*first);
        while let Some((id, clause)) = next.and_then(|id| Some((id, program.clause(id)?))) {
            found.push(id);
            next = clause.otherwise;
        }
    }
    found
}

/// What the rules of a decision replace with `with`, and where.
pub fn withs<'p>(program: &'p Program, reach: &Reach) -> Vec<(&'p WithTarget, Span)> {
    let mut found = Vec::new();
    for clause in reach.rules.keys().flat_map(|rule| clauses(program, *rule)) {
        let Some(clause) = program.clause(clause) else { continue };
        let mut tell = |literal: &'p Literal| {
            found.extend(literal.with.iter().map(|with| (&with.target, literal.span)));
        };
        each_literal(&clause.body, &mut tell);
    }
    found
}

/// Tells of the literals of a body, and of those inside of them.
fn each_literal<'p>(body: &'p Body, tell: &mut dyn FnMut(&'p Literal)) {
    let mut open = vec![body];
    while let Some(body) = open.pop() {
        for literal in &body.literals {
            tell(literal);
            match &literal.operation {
                Operation::Not(inner) | Operation::Every(Every { body: inner, .. }) => open.push(inner),
                Operation::And(left, right) | Operation::Or(left, right) => open.extend([left, right]),
                Operation::Collect(_, comprehension) => open.push(&comprehension.body),
                Operation::Unify(..)
                | Operation::Lookup(..)
                | Operation::Test(_)
                | Operation::Truth(_)
                | Operation::Call(_) => {}
            }
        }
    }
}

/// The rules that any other rule reads that is no test.
pub fn read_rules(program: &Program) -> BTreeSet<RuleId> {
    let mut read = BTreeSet::new();
    for (index, clause) in program.clauses.iter().enumerate() {
        let Ok(index) = u32::try_from(index) else { break };
        let path = program.rule(clause.rule).map(|rule| &rule.path);
        let mut names = path.into_iter().flatten().filter_map(Value::as_str);
        if names.any(|name| name.starts_with("test_") || name.starts_with("todo_test_")) {
            continue;
        }
        reads_of(program, ClauseId(index), Polarity::Positive, &mut |rule, _| {
            if rule != clause.rule {
                read.insert(rule);
            }
        });
    }
    read
}

/// Tells of the rules that a clause reads, and in which way they pull if the clause pulls in the way `polarity`.
fn reads_of(program: &Program, clause: ClauseId, polarity: Polarity, tell: &mut dyn FnMut(RuleId, Polarity)) {
    let Some(clause) = program.clause(clause) else { return };
    let mut reads = Reads { program, value: clause.value.as_ref(), tell };
    for term in clause.args.iter().chain(&clause.steps).chain(&clause.key) {
        reads.term(term, polarity);
    }
    for (term, polarity) in clause.value.iter().flat_map(|value| members(value, polarity)) {
        reads.term(term, polarity);
    }
    reads.body(&clause.body, polarity);
}

struct Reads<'p, 't> {
    program: &'p Program,
    /// The value of the clause.
    value: Option<&'p Term>,
    tell: &'t mut dyn FnMut(RuleId, Polarity),
}

impl Reads<'_, '_> {
    fn body(&mut self, body: &Body, polarity: Polarity) {
        for literal in &body.literals {
            self.literal(body, literal, polarity);
        }
    }

    fn literal(&mut self, body: &Body, literal: &Literal, polarity: Polarity) {
        for with in &literal.with {
            match &with.value {
                Replacement::Value(term) => self.term(term, Polarity::Unknown),
                Replacement::Function(Function::Rule(rule)) => (self.tell)(*rule, Polarity::Unknown),
                Replacement::Function(Function::Builtin(_)) => {}
            }
        }
        match &literal.operation {
            Operation::Unify(left, right) => {
                self.term(left, polarity);
                self.term(right, polarity);
            }
            Operation::Lookup(pattern, reference) => {
                self.term(pattern, polarity);
                self.reference(reference, self.pull(body, pattern, polarity));
            }
            Operation::Collect(pattern, comprehension) => {
                self.term(pattern, polarity);
                let polarity = self.pull(body, pattern, polarity);
                self.comprehension(&comprehension.head, &comprehension.body, polarity);
            }
            Operation::Test(reference) => self.reference(reference, polarity),
            Operation::Truth(term) => self.term(term, polarity),
            Operation::Call(call) => self.call(body, call, polarity),
            Operation::Every(every) => {
                self.term(&every.domain, polarity.flipped());
                self.body(&every.body, polarity);
            }
            Operation::Not(inner) => self.body(inner, polarity.flipped()),
            Operation::And(left, right) | Operation::Or(left, right) => {
                self.body(left, polarity);
                self.body(right, polarity);
            }
        }
    }

    /// How what a variable is made equal to pulls: what the body and the value of the clause do with the variable says so.
    fn pull(&self, body: &Body, pattern: &Term, polarity: Polarity) -> Polarity {
        let Term::Local(slot) = pattern else { return polarity };
        let mut uses = Vec::new();
        uses_of(*slot, body, polarity, &mut uses);
        for (term, polarity) in self.value.into_iter().flat_map(|value| members(value, polarity)) {
            if is_local(term, *slot) {
                uses.push(polarity);
            }
        }
        uses.into_iter().reduce(Polarity::joined).unwrap_or(polarity)
    }

    fn call(&mut self, body: &Body, call: &Call, polarity: Polarity) {
        if let Function::Rule(rule) = call.function {
            (self.tell)(rule, polarity);
        }
        let of_arguments = of_arguments(body, call, polarity);
        for term in &call.args {
            self.term(term, of_arguments);
        }
    }

    fn term(&mut self, term: &Term, polarity: Polarity) {
        match term {
            Term::Constant(_) | Term::Local(_) => {}
            Term::Array(terms) | Term::Set(terms) => terms.iter().for_each(|term| self.term(term, polarity)),
            Term::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key, polarity);
                    self.term(value, polarity);
                }
            }
            Term::Ref(reference) => self.reference(reference, polarity),
            Term::Comprehension(comprehension) => {
                self.comprehension(&comprehension.head, &comprehension.body, polarity);
            }
        }
    }

    fn comprehension(&mut self, head: &ComprehensionHead, body: &Body, polarity: Polarity) {
        match head {
            ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => self.term(term, polarity),
            ComprehensionHead::Object(key, value) => {
                self.term(key, polarity);
                self.term(value, polarity);
            }
        }
        self.body(body, polarity);
    }

    fn reference(&mut self, reference: &Ref, polarity: Polarity) {
        match &reference.start {
            Start::Term(term) => self.term(term, polarity),
            Start::Data(Target::Rule(rule, _)) => (self.tell)(*rule, polarity),
            Start::Data(Target::Tree) => self.tree(&reference.steps, polarity),
            Start::Local(_) | Start::Input | Start::Data(Target::Base(..)) => {}
        }
        for step in &reference.steps {
            self.term(step, Polarity::Unknown);
        }
    }

    /// All rules at or below what steps can lead to.
    fn tree(&mut self, steps: &[Term], polarity: Polarity) {
        let mut at = vec![DocumentId(0)];
        for step in steps {
            let children = at.iter().filter_map(|id| self.program.document(*id)).flat_map(|document| {
                document
                    .children
                    .iter()
                    .filter(|(key, _)| step.as_constant().is_none_or(|known| known == key))
            });
            let below: Vec<DocumentId> = children.map(|(_, id)| *id).collect();
            let rules = at.iter().filter_map(|id| self.program.document(*id)?.rule);
            rules.collect::<Vec<_>>().into_iter().for_each(|rule| (self.tell)(rule, polarity));
            at = below;
        }
        while let Some(id) = at.pop() {
            let Some(document) = self.program.document(id) else { continue };
            if let Some(rule) = document.rule {
                (self.tell)(rule, polarity);
            }
            at.extend(document.children.iter().map(|(_, id)| *id));
        }
    }
}

/// The parts of a clause's value, each with how it pulls: of an object that says whether something may be done, what else it says
/// makes no difference.
fn members(value: &Term, polarity: Polarity) -> Vec<(&Term, Polarity)> {
    let says_so = |key: &Term| {
        key.as_constant().and_then(Value::as_str).is_some_and(|name| matches!(name, "allow" | "allowed"))
    };
    match value {
        Term::Object(pairs) if pairs.iter().any(|(key, _)| says_so(key)) => pairs
            .iter()
            .map(|(key, value)| (value, if says_so(key) { polarity } else { Polarity::Unknown }))
            .collect(),
        Term::Object(_)
        | Term::Constant(_)
        | Term::Local(_)
        | Term::Array(_)
        | Term::Set(_)
        | Term::Ref(_)
        | Term::Comprehension(_) => vec![(value, polarity)],
    }
}

/// Adds how the uses of a variable in a body pull. OPA takes operands out of a `not`, so they are looked for inside of it too.
fn uses_of(slot: Slot, body: &Body, polarity: Polarity, uses: &mut Vec<Polarity>) {
    for literal in &body.literals {
        match &literal.operation {
            Operation::Call(call) if call.args.iter().any(|term| is_local(term, slot)) => {
                uses.push(of_arguments(body, call, polarity));
            }
            Operation::Not(inner) => uses_of(slot, inner, polarity.flipped(), uses),
            Operation::Every(every) => {
                if is_local(&every.domain, slot) {
                    uses.push(polarity.flipped());
                }
                uses_of(slot, &every.body, polarity, uses);
            }
            Operation::And(left, right) | Operation::Or(left, right) => {
                uses_of(slot, left, polarity, uses);
                uses_of(slot, right, polarity, uses);
            }
            Operation::Truth(term) if is_local(term, slot) => uses.push(polarity),
            Operation::Test(reference) if matches!(reference.start, Start::Local(local) if local == slot) => {
                uses.push(polarity);
            }
            Operation::Call(_)
            | Operation::Unify(..)
            | Operation::Lookup(..)
            | Operation::Collect(..)
            | Operation::Test(_)
            | Operation::Truth(_) => {}
        }
    }
}

fn is_local(term: &Term, slot: Slot) -> bool {
    matches!(term, Term::Local(local) if *local == slot)
}

/// Which way the arguments of a call pull.
fn of_arguments(body: &Body, call: &Call, polarity: Polarity) -> Polarity {
    match call.function {
        Function::Rule(_) => Polarity::Unknown,
        Function::Builtin(signature) => match signature.name {
            "count" => counted(body, call, polarity),
            "internal.member_2" | "internal.member_3" | "equal" | "object.get" => polarity,
            _ => Polarity::Unknown,
        },
    }
}

/// Which way the argument of `count` pulls: what its number is compared with says so.
fn counted(body: &Body, call: &Call, polarity: Polarity) -> Polarity {
    let Some(Term::Local(slot)) = &call.output else { return Polarity::Unknown };
    let zero = Value::from(0_i64);
    let of_literal = |literal: &Literal| match &literal.operation {
        Operation::Unify(left, right) => compares(left, right, *slot, &zero).then(|| polarity.flipped()),
        Operation::Call(Call { function: Function::Builtin(signature), args, .. }) => {
            let [left, right] = args.as_slice() else { return None };
            let is_compared = compares(left, right, *slot, &zero);
            let is_left = matches!(left, Term::Local(local) if *local == *slot);
            match signature.name {
                "equal" if is_compared => Some(polarity.flipped()),
                "neq" if is_compared => Some(polarity),
                "gt" | "gte" if is_left => Some(polarity),
                "lt" | "lte" if is_left => Some(polarity.flipped()),
                "gt" | "gte" => Some(polarity.flipped()),
                "lt" | "lte" => Some(polarity),
                _ => None,
            }
        }
        Operation::Call(_)
        | Operation::Lookup(..)
        | Operation::Collect(..)
        | Operation::Test(_)
        | Operation::Truth(_)
        | Operation::Every(_)
        | Operation::Not(_)
        | Operation::And(..)
        | Operation::Or(..) => None,
    };
    body.literals.iter().find_map(of_literal).unwrap_or(Polarity::Unknown)
}

fn compares(left: &Term, right: &Term, slot: Slot, with: &Value) -> bool {
    let is_slot = |term: &Term| matches!(term, Term::Local(local) if *local == slot);
    (is_slot(left) && right.as_constant() == Some(with))
        || (is_slot(right) && left.as_constant() == Some(with))
}
