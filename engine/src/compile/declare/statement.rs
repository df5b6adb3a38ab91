//! Rewrites the statements of one scope after another.

use super::head_vars;
use super::scopes::{Occurrence, Scopes};
use super::unused::{self, Declarations};
use crate::compile::locals::{self, Locals, calls, is_wildcard};
use crate::compile::resolve::declared_by_membership;
use crate::compile::safety;
use crate::compile::vars::{self, Collector, Skip, VarSet};
use crate::compile::walk::{self, Rewrite};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::display;
use crate::syntax::tree::{
    Body, Call, Comprehension, Declared, Every, Literal, LiteralKind, Membership, Name, Notation, Operand,
    Ref, Term, TermKind, Var, With,
};
use thin_vec::{ThinVec, thin_vec};

/// Rewrites declarations; errors are kept in the order they are met.
pub(super) struct Declarer<'l> {
    pub(super) locals: &'l mut Locals,
    pub(super) scopes: Scopes,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) strict: bool,
    /// Whether there was an assignment.
    pub(super) assigns: bool,
    /// Set while a part is visited for the second time, as OPA does with bodies of literals: how many comprehensions
    /// are around the node. Those have been rewritten, so only names that have got a meaning since change in them.
    again: Option<u32>,
}

impl<'l> Declarer<'l> {
    pub(super) fn new(locals: &'l mut Locals, scopes: Scopes, errors: Vec<Diagnostic>, strict: bool) -> Self {
        Self { locals, scopes, errors, strict, assigns: false, again: None }
    }

    /// Rewrites a body in the innermost scope; `used` are variables that something around the body uses.
    pub(super) fn statements(&mut self, body: &mut Body, used: &VarSet) {
        let mut declarations = Declarations::with_capacity(body.literals.len());
        let literals = std::mem::take(&mut body.literals).into_iter();
        // In the memory that the literals have.
        body.literals = literals
            .filter_map(|literal| {
                declarations.push((literal.span, declared_by(&literal)));
                self.statement(literal)
            })
            .collect();
        if body.literals.is_empty() {
            body.literals.push(locals::truth(body.span));
        }
        if self.errors.is_empty() {
            unused::check(body, &declarations, &mut self.scopes, used, self.strict);
        }
    }

    /// Rewrites a comprehension in a scope of its own.
    pub(super) fn closure(&mut self, comprehension: &mut Comprehension) {
        let used = head_vars(&comprehension.head);
        self.scopes.push();
        self.statements(&mut comprehension.body, &used);
        for head in walk::comprehension_heads(&mut comprehension.head) {
            self.term(head);
        }
        self.scopes.pop();
    }

    /// Rewrites an expression that declares nothing by itself.
    pub(super) fn expression(&mut self, literal: &mut Literal) {
        walk::descend_literal(self, literal);
    }

    fn statement(&mut self, mut literal: Literal) -> Option<Literal> {
        match &mut literal.kind {
            LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) if calls(call, "assign") => {
                self.assigns = true;
                self.assignment(&mut literal);
                Some(literal)
            }
            LiteralKind::Declare(vars) => {
                let span = literal.span;
                for declared in vars {
                    self.declare(&mut declared.var, Occurrence::Declared, span)?;
                }
                None
            }
            LiteralKind::SomeIn(_) => self.membership(literal),
            LiteralKind::Every(_) => self.every_statement(literal),
            LiteralKind::Not(_) | LiteralKind::And(_) | LiteralKind::Or(_) => {
                self.operands(&mut literal);
                Some(literal)
            }
            LiteralKind::Term(_) => {
                self.expression(&mut literal);
                Some(literal)
            }
        }
    }

    /// Renames a variable where it is declared, or reports why it can't be.
    fn declare(&mut self, var: &mut Var, occurrence: Occurrence, place: Span) -> Option<()> {
        match self.scopes.declare(self.locals, &var.name, occurrence) {
            Ok(name) => {
                var.name = name;
                Some(())
            }
            Err(message) => {
                self.errors.push(Diagnostic::error(Code::Compile, message, place));
                None
            }
        }
    }

    /// `pattern := value`, which becomes `pattern = value`.
    fn assignment(&mut self, literal: &mut Literal) {
        if literal.negated {
            self.errors.push(Diagnostic::error(Code::Compile, ASSIGN_IN_NEGATED, literal.span));
            return;
        }
        let Literal { kind: LiteralKind::Term(Term { kind: TermKind::Call(call), .. }), with, .. } = literal
        else {
            return;
        };
        let errors = self.errors.len();
        let [target, value] = call.args.as_mut_slice() else { return };
        self.term(value);
        for with in with {
            self.term(&mut with.value);
        }
        self.assigned(target);
        if self.errors.len() == errors {
            let span = call.operator.span;
            call.operator = locals::plain_ref(Name::EQ, span);
        }
    }

    /// The left side of an assignment.
    fn assigned(&mut self, target: &mut Term) {
        let place = locals::place(target);
        if let Some(root) = walk::root_document(target).cloned() {
            let mut var = root;
            if self.declare(&mut var, Occurrence::Assigned, place).is_some() {
                target.kind = TermKind::Var(var);
            }
            return;
        }
        match &mut target.kind {
            TermKind::Var(var) => {
                self.declare(var, Occurrence::Assigned, place);
            }
            TermKind::Array(terms) => {
                for term in terms {
                    self.assigned(term);
                }
            }
            TermKind::Object(pairs) => {
                for (_, value) in pairs {
                    self.assigned(value);
                }
            }
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Ref(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => {
                let message = format!("cannot assign to {}", target.kind_name());
                self.errors.push(Diagnostic::error(Code::Compile, message, place));
            }
        }
    }

    /// `some k, v in xs`, which becomes `v = xs[k]`.
    fn membership(&mut self, literal: Literal) -> Option<Literal> {
        let Literal { span, with, kind: LiteralKind::SomeIn(some), .. } = literal else { return None };
        let Membership { operator, key, value, domain, .. } = *some;
        let key = key.unwrap_or_else(|| {
            let name = self.locals.fresh();
            locals::usage(&name, &value)
        });
        let mut bound = VarSet::new();
        let mut collector = Collector::new(Skip::PATTERN, &mut bound);
        collector.term(&key);
        collector.term(&value);
        let in_domain = vars::of_term(&domain, Skip::CLOSURES);
        let errors = self.errors.len();
        for name in bound.intersection(&in_domain).filter(|name| !is_wildcard(name)) {
            let message = format!("var {name} assigned before");
            self.errors.push(Diagnostic::error(Code::Compile, message, span));
        }
        if self.errors.len() > errors {
            return None;
        }
        let outer = vars::of_term(&domain, Skip::NOTHING);
        let source = match domain {
            Term { kind: TermKind::Ref(mut reference), span } => {
                reference.operands.reserve_exact(1);
                reference.operands.push(key);
                Term { span, kind: TermKind::Ref(reference) }
            }
            head => {
                let span = head.span;
                Term { span, kind: TermKind::Ref(Box::new(Ref { span, head, operands: thin_vec![key] })) }
            }
        };
        let call = Call {
            operator: locals::plain_ref(Name::EQ, Span { end: operator.start, ..operator }),
            args: thin_vec![value, source],
            notation: Notation::Infix,
        };
        let mut literal = locals::call_literal(call, span);
        literal.with = with;
        for name in safety::unified_by(&literal, &outer) {
            if let Err(message) = self.scopes.declare(self.locals, &name, Occurrence::Declared) {
                self.errors.push(Diagnostic::error(Code::Compile, message, span));
                return None;
            }
        }
        self.expression(&mut literal);
        Some(literal)
    }

    fn every_statement(&mut self, mut literal: Literal) -> Option<Literal> {
        let span = literal.span;
        let LiteralKind::Every(every) = &mut literal.kind else { return None };
        self.term(&mut every.domain);
        self.scopes.push();
        let kept = self.every_scope(every, span);
        if kept.is_some() {
            // As in OPA, names that are new in the domain, or in bodies inside of the body, mean the variables of the
            // statement.
            self.again(|declarer| declarer.term(&mut every.domain));
            self.operand_again(&mut every.body, true);
            for with in &mut literal.with {
                self.with(with);
            }
        }
        self.scopes.pop();
        kept.map(|()| literal)
    }

    fn every_scope(&mut self, every: &mut Every, span: Span) -> Option<()> {
        match &mut every.key {
            Some(key) if is_wildcard(&key.var.name) => {}
            Some(key) => self.declare(&mut key.var, Occurrence::Declared, span)?,
            None => {
                let at = every.value.span;
                let var = Var { name: self.locals.fresh() };
                every.key = Some(Declared { span: Span { end: at.start, ..at }, var });
            }
        }
        if !is_wildcard(&every.value.var.name) {
            self.declare(&mut every.value.var, Occurrence::Declared, span)?;
        }
        self.statements(&mut every.body, &VarSet::new());
        Some(())
    }

    /// `not`, `and` and `or` with bodies: only those in braces have scopes of their own and may declare variables.
    fn operands(&mut self, literal: &mut Literal) {
        let errors = self.errors.len();
        match &mut literal.kind {
            LiteralKind::Not(not) => {
                if not.explicit {
                    self.scopes.push();
                    self.statements(&mut not.body, &VarSet::new());
                    // As in OPA, bodies inside see what comes after them here.
                    self.look_again(literal);
                    self.scopes.pop();
                    return;
                }
                self.implicit(&mut not.body, ASSIGN_IN_NEGATED);
            }
            LiteralKind::And(both) => {
                self.operand(&mut both.left, ASSIGN_IN_AND);
                self.operand(&mut both.right, ASSIGN_IN_AND);
            }
            LiteralKind::Or(both) => {
                self.operand(&mut both.left, ASSIGN_IN_OR);
                self.operand(&mut both.right, ASSIGN_IN_OR);
            }
            LiteralKind::Term(_)
            | LiteralKind::Declare(_)
            | LiteralKind::SomeIn(_)
            | LiteralKind::Every(_) => {}
        }
        if self.errors.len() == errors {
            self.look_again(literal);
        }
    }

    /// Visits the bodies of a literal from around it: what has been visited already once more.
    fn look_again(&mut self, literal: &mut Literal) {
        match &mut literal.kind {
            LiteralKind::Not(not) => self.operand_again(&mut not.body, not.explicit),
            LiteralKind::And(both) | LiteralKind::Or(both) => {
                self.operand_again(&mut both.left.body, both.left.explicit);
                self.operand_again(&mut both.right.body, both.right.explicit);
            }
            LiteralKind::Term(_)
            | LiteralKind::Declare(_)
            | LiteralKind::SomeIn(_)
            | LiteralKind::Every(_) => {}
        }
        for with in &mut literal.with {
            self.with(with);
        }
    }

    fn operand_again(&mut self, body: &mut Body, explicit: bool) {
        for literal in &mut body.literals {
            if explicit || has_operands(literal) {
                self.again(|declarer| walk::descend_literal(declarer, literal));
            } else {
                self.expression(literal);
            }
        }
    }

    fn again(&mut self, visit: impl FnOnce(&mut Self)) {
        let before = self.again.replace(0);
        visit(self);
        self.again = before;
    }

    fn operand(&mut self, operand: &mut Operand, message: &'static str) {
        if operand.explicit {
            self.scopes.push();
            self.statements(&mut operand.body, &VarSet::new());
            self.scopes.pop();
        } else {
            self.implicit(&mut operand.body, message);
        }
    }

    /// A body without braces. Its expressions are rewritten with the literal that it is part of.
    fn implicit(&mut self, body: &mut Body, message: &'static str) {
        for literal in &mut body.literals {
            if locals::call_of(literal).is_some_and(|call| calls(call, "assign")) {
                self.errors.push(Diagnostic::error(Code::Compile, message, literal.span));
            } else if has_operands(literal) {
                self.operands(literal);
            }
        }
    }
}

fn has_operands(literal: &Literal) -> bool {
    matches!(literal.kind, LiteralKind::Not(_) | LiteralKind::And(_) | LiteralKind::Or(_))
}

/// Rewrites the variables of expressions.
impl Rewrite for Declarer<'_> {
    fn term(&mut self, term: &mut Term) {
        if let Some(root) = walk::root_document(term) {
            let declared =
                self.scopes.occurrence_anywhere(&root.name).is_some_and(|how| how != Occurrence::Seen);
            if let Some(name) = self.scopes.declared(&root.name).filter(|_| declared) {
                term.kind = TermKind::Var(Var { name: name.clone() });
            }
            return;
        }
        if let TermKind::Call(call) = &term.kind {
            self.check_function(call, term);
        }
        walk::descend_term(self, term);
    }

    fn comprehension(&mut self, comprehension: &mut Comprehension) {
        let Some(around) = self.again else {
            self.closure(comprehension);
            return;
        };
        self.again = Some(around + 1);
        walk::descend_comprehension(self, comprehension);
        self.again = Some(around);
    }

    fn var(&mut self, var: &mut Var) {
        if let Some(name) = self.scopes.declared(&var.name).cloned() {
            self.scopes.seen(&var.name);
            var.name = name;
        } else if self.again.is_none_or(|around| around == 0) {
            self.scopes.insert(&var.name.clone(), var.name.clone(), Occurrence::Seen);
        }
    }

    /// The target of a modifier is a document, even where a variable of that name hides it.
    fn with(&mut self, with: &mut With) {
        let root = match &with.target.kind {
            TermKind::Ref(reference) => Some(&reference.head)
                .filter(|head| head.as_var().is_some_and(|var| var.name == "input"))
                .cloned(),
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => None,
        };
        self.term(&mut with.target);
        if let Some(root) = root {
            match &mut with.target.kind {
                TermKind::Ref(reference) => reference.head.kind = root.kind,
                TermKind::Null
                | TermKind::Boolean(_)
                | TermKind::Number(_)
                | TermKind::String(_)
                | TermKind::Template(_)
                | TermKind::Var(_)
                | TermKind::Array(_)
                | TermKind::Object(_)
                | TermKind::Set(_)
                | TermKind::Comprehension(_)
                | TermKind::Call(_) => {
                    let span = root.span;
                    let reference = Ref { span, head: root, operands: ThinVec::new() };
                    with.target.kind = TermKind::Ref(Box::new(reference));
                }
            }
        }
        self.term(&mut with.value);
    }
}

impl Declarer<'_> {
    /// A call within an expression must not name a variable in place of a function.
    fn check_function(&mut self, call: &Call, term: &Term) {
        let Some(head) = call.operator.head.as_var() else { return };
        if self.scopes.declared(&head.name).is_some_and(|name| *name != head.name) {
            let message = format!("called function {} shadowed", display::reference(&call.operator));
            self.errors.push(Diagnostic::error(Code::Compile, message, locals::place(term)));
        }
    }
}

/// The variables that a literal declares with `some`.
fn declared_by(literal: &Literal) -> VarSet {
    let mut found = VarSet::new();
    match &literal.kind {
        LiteralKind::Declare(vars) => found.extend(vars.iter().map(|var| var.var.name.clone())),
        LiteralKind::SomeIn(some) => declared_by_membership(some, &mut found),
        LiteralKind::Term(_)
        | LiteralKind::Every(_)
        | LiteralKind::Not(_)
        | LiteralKind::And(_)
        | LiteralKind::Or(_) => {}
    }
    found
}

const ASSIGN_IN_NEGATED: &str = "cannot assign vars inside negated expression";
const ASSIGN_IN_AND: &str = "cannot assign vars inside implicit and operand";
const ASSIGN_IN_OR: &str = "cannot assign vars inside implicit or operand";
