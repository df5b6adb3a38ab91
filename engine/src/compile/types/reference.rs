//! Whether references can lead anywhere.

use std::sync::Arc;

use super::Key;
use super::bind::Found as Binding;
use super::check::Checker;
use super::environment::{Layer, is_root_document};
use super::error::{Detail, Step as Found, TypeError};
use super::lattice::Type;
use super::tree::{Node, Step};
use super::unify::unifies;
use crate::compile::walk::{self, Rewrite};
use crate::syntax::tree::{Call, Literal, LiteralKind, Name, Ref, Term, TermKind, With};
use crate::syntax::{ast_json, display};
use crate::value::Value;

impl Checker<'_> {
    /// What is wrong with the references of a literal, those in comprehensions excepted.
    pub(super) fn check_references(&mut self, literal: &Literal, errors: &mut Vec<TypeError>) {
        match &literal.kind {
            LiteralKind::Term(term) => match term.as_call() {
                Some(call) => call.args.iter().for_each(|arg| self.check_term(arg, errors)),
                None => self.check_term(term, errors),
            },
            LiteralKind::Declare(_) => {}
            LiteralKind::SomeIn(membership) => {
                for term in membership.key.iter().chain([&membership.value, &membership.domain]) {
                    self.check_term(term, errors);
                }
            }
            LiteralKind::Every(every) => {
                self.check_term(&every.domain, errors);
                for literal in &every.body.literals {
                    self.check_references(literal, errors);
                }
                self.check_modifiers(&literal.with, errors);
            }
            LiteralKind::Not(negation) => {
                for literal in &negation.body.literals {
                    self.check_references(literal, errors);
                }
            }
            LiteralKind::And(sides) | LiteralKind::Or(sides) => {
                let literals = sides.left.body.literals.iter().chain(&sides.right.body.literals);
                literals.for_each(|literal| self.check_references(literal, errors));
                self.check_modifiers(&literal.with, errors);
            }
        }
    }

    fn check_modifiers(&mut self, modifiers: &[With], errors: &mut Vec<TypeError>) {
        for modifier in modifiers {
            self.check_term(&modifier.target, errors);
            self.check_term(&modifier.value, errors);
        }
    }

    fn check_term(&mut self, term: &Term, errors: &mut Vec<TypeError>) {
        match &term.kind {
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Comprehension(_) => {}
            TermKind::Array(terms) | TermKind::Set(terms) => {
                for term in terms {
                    self.check_term(term, errors);
                }
            }
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    self.check_term(key, errors);
                    self.check_term(value, errors);
                }
            }
            TermKind::Call(call) => call.args.iter().for_each(|term| self.check_term(term, errors)),
            TermKind::Ref(reference) => {
                if let Some(of @ Type::Function(_)) = self.environment.reference(reference) {
                    errors.push(self.unsupported(reference, reference.operands.len(), Some(of)));
                    return;
                }
                errors.extend(self.check_reference(reference));
                self.check_term(&reference.head, errors);
                reference.operands.iter().for_each(|term| self.check_term(term, errors));
            }
        }
    }

    fn check_reference(&mut self, reference: &Ref) -> Option<TypeError> {
        let head = reference.head.as_var().map(|var| &var.name);
        for at in (0..self.environment.layers().len()).rev() {
            let verdict = match (self.environment.layers().get(at), head) {
                (Some(Layer::Variables(variables)), Some(name)) => match variables.get(name) {
                    Some(Some(of)) => {
                        let of = of.clone();
                        self.check_parts(Some(of), reference, 1).into()
                    }
                    Some(None) | None => Verdict::Elsewhere,
                },
                (Some(Layer::Variables(_)) | None, _) => Verdict::Elsewhere,
                (Some(Layer::Replaced(replaced)), _) => {
                    let tree = Arc::clone(&replaced.tree);
                    let node = tree.child_at(&reference.head);
                    node.map_or(Verdict::Elsewhere, |node| self.check_documents(node, reference))
                }
            };
            match verdict {
                Verdict::Elsewhere => {}
                Verdict::Fits => return None,
                Verdict::Fault(error) => return Some(error),
            }
        }
        let below = head.map(|head| self.environment.below(head));
        for node in below.into_iter().flatten() {
            match self.check_documents(node, reference) {
                Verdict::Elsewhere => {}
                Verdict::Fits => return None,
                Verdict::Fault(error) => return Some(error),
            }
        }
        let known = usize::from(is_root_document(&reference.head));
        self.check_parts(Some(Type::Any), reference, known)
    }

    /// The result of looking a reference up among the documents that its head leads to.
    fn check_documents(&mut self, head: &Node, reference: &Ref) -> Verdict {
        let mut node = head;
        if let Some(value) = node.value() {
            return self.check_parts(Some(value.clone()), reference, 1).into();
        }
        for (at, step) in (1..).zip(&reference.operands) {
            let name = step.as_var();
            // The shortest path of a rule has three steps, of which the last two are names.
            if (at == 1 || at == 2) && name.is_none() && !matches!(step.kind, TermKind::String(_)) {
                let have = self.infer(step);
                return Verdict::Fault(self.invalid(reference, at, have, Some(Type::String), steps_of(node)));
            }
            if let Some(var) = name {
                let keys = node.extent().keys();
                match self.environment.variable(&var.name) {
                    Some(have) if !unifies(keys.as_ref(), Some(&have)) => {
                        return Verdict::Fault(self.invalid(reference, at, Some(have), keys, steps_of(node)));
                    }
                    Some(_) => {}
                    None => self.environment.set_variable(&var.name, keys),
                }
            }
            match node.child_at(step) {
                None => return Verdict::Elsewhere,
                Some(child) => node = child,
            }
            if let Some(value) = node.value() {
                return self.check_parts(Some(value.clone()), reference, at + 1).into();
            }
        }
        Verdict::Fits
    }

    /// Whether something of a type has the parts that a reference names from a position on.
    fn check_parts(&mut self, of: Option<Type>, reference: &Ref, from: usize) -> Option<TypeError> {
        let mut of = of;
        for at in from..reference.len() {
            let step = part(reference, at)?;
            if matches!(of, Some(Type::Any)) && walk::is_scalar(step) {
                continue;
            }
            if let Some(known) = of.as_ref().filter(|of| of.is_empty_collection()) {
                let keys = known.keys();
                return self.check_empty(keys, reference, at, step);
            }
            let Some(keys) = of.as_ref().and_then(Type::keys) else {
                return Some(self.unsupported(reference, at.saturating_sub(1), of));
            };
            let exists = match &step.kind {
                TermKind::Var(var) => {
                    let have = self.environment.variable(&var.name);
                    if have.is_none() {
                        self.environment.set_variable(&var.name, Some(keys.clone()));
                    }
                    have
                }
                TermKind::Ref(inner) => self.environment.reference(inner),
                TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_) => {
                    if !self.bind(step, Some(&keys), Binding::Required) {
                        let have = self.infer(step);
                        return Some(self.invalid(reference, at, have, Some(keys), Vec::new()));
                    }
                    None
                }
                TermKind::Null
                | TermKind::Boolean(_)
                | TermKind::Number(_)
                | TermKind::String(_)
                | TermKind::Template(_)
                | TermKind::Comprehension(_)
                | TermKind::Call(_) => {
                    let selected = Key::of_term(step).and_then(|key| of.as_ref()?.select(&key));
                    if selected.is_none() {
                        return Some(self.invalid(reference, at, None, Some(keys), keys_of(of.as_ref())));
                    }
                    of = selected;
                    continue;
                }
            };
            if exists.is_some() && !unifies(exists.as_ref(), Some(&keys)) {
                return Some(self.invalid(reference, at, exists, Some(keys), keys_of(of.as_ref())));
            }
            of = of.and_then(|of| of.values());
        }
        None
    }

    /// A constant is never a key of an empty collection; a variable is bound to nothing, which is no error.
    fn check_empty(
        &mut self,
        keys: Option<Type>,
        reference: &Ref,
        at: usize,
        step: &Term,
    ) -> Option<TypeError> {
        match &step.kind {
            TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_) => {
                Some(self.invalid(reference, at, None, None, Vec::new()))
            }
            TermKind::Var(var) => match self.environment.variable(&var.name) {
                Some(have) if keys.is_some() && !unifies(Some(&have), keys.as_ref()) => {
                    Some(self.invalid(reference, at, Some(have), keys, Vec::new()))
                }
                Some(_) => None,
                None => {
                    self.environment.set_variable(&var.name, Some(Type::Any));
                    None
                }
            },
            TermKind::Template(_)
            | TermKind::Ref(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => None,
        }
    }

    fn unsupported(&self, reference: &Ref, at: usize, have: Option<Type>) -> TypeError {
        let shown = self.shown(reference);
        let message = if matches!(have, Some(Type::Function(_))) {
            let generated = shown.operands.last().is_some_and(|last| display::term(last).contains("__local"));
            let kept = shown.operands.len().saturating_sub(usize::from(generated));
            format!("function {} used as reference, not called", prefix(&shown, kept))
        } else {
            format!("undefined ref: {}", display::reference(&shown))
        };
        let detail = Detail::Unsupported {
            terms: ast_json::reference(&shown),
            at,
            width: prefix(&shown, at).len(),
            reference: display::reference(&shown),
            have,
        };
        TypeError { message, span: reference.head.span, detail }
    }

    fn invalid(
        &self,
        reference: &Ref,
        at: usize,
        have: Option<Type>,
        want: Option<Type>,
        one_of: Vec<(String, Value)>,
    ) -> TypeError {
        let shown = self.shown(reference);
        let text = display::reference(&shown);
        let have = match have {
            Some(of) => Found::OfType(of),
            None => Found::Constant(part(&shown, at).map(display::term).unwrap_or_default()),
        };
        let before = at.checked_sub(1).map_or(0, |before| prefix(&shown, before).len());
        let message = format!("undefined ref: {text}");
        let detail = Detail::Invalid {
            reference: text,
            terms: ast_json::reference(&shown),
            at,
            offset: before + 1,
            have,
            want,
            one_of,
        };
        TypeError { message, span: reference.head.span, detail }
    }

    /// A reference with the variables that were written, not those that replace them.
    pub(super) fn shown(&self, reference: &Ref) -> Ref {
        Ref {
            span: reference.span,
            head: self.shown_term(&reference.head),
            operands: reference.operands.iter().map(|term| self.shown_term(term)).collect(),
        }
    }

    fn shown_term(&self, term: &Term) -> Term {
        let Some(var) = term.as_var() else {
            return self.shown_parts(term);
        };
        let shown = self.program.shown(&var.name);
        match shown.as_ref().unwrap_or(term) {
            Term { kind: TermKind::Var(var), span } if var.name.starts_with('$') => {
                Term::var(Name::from("_"), *span)
            }
            shown @ Term { kind: TermKind::Var(_), .. } => shown.clone(),
            // A term that was taken out may have generated variables in it.
            shown => self.shown_parts(shown),
        }
    }

    fn shown_parts(&self, term: &Term) -> Term {
        let list = |terms: &[Term]| terms.iter().map(|term| self.shown_term(term)).collect();
        let kind = match &term.kind {
            TermKind::Ref(reference) => TermKind::Ref(Box::new(self.shown(reference))),
            TermKind::Array(terms) => TermKind::Array(list(terms)),
            TermKind::Set(terms) => TermKind::Set(list(terms)),
            TermKind::Object(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| (self.shown_term(key), self.shown_term(value)));
                TermKind::Object(pairs.collect())
            }
            TermKind::Call(call) => TermKind::Call(Box::new(Call {
                operator: call.operator.clone(),
                args: list(&call.args),
                notation: call.notation,
            })),
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_) => term.kind.clone(),
            TermKind::Comprehension(comprehension) => {
                let mut comprehension = comprehension.clone();
                walk::descend_comprehension(&mut Shown(self), &mut comprehension);
                TermKind::Comprehension(comprehension)
            }
        };
        Term { span: term.span, kind }
    }
}

/// Replaces generated variables by what was written.
struct Shown<'c, 'a>(&'c Checker<'a>);

impl Rewrite for Shown<'_, '_> {
    fn term(&mut self, term: &mut Term) {
        *term = self.0.shown_term(term);
    }
}

/// What a layer of the environment says of a reference.
enum Verdict {
    /// Nothing: another layer may.
    Elsewhere,
    /// It may lead somewhere.
    Fits,
    /// It never does.
    Fault(TypeError),
}

impl From<Option<TypeError>> for Verdict {
    fn from(error: Option<TypeError>) -> Self {
        error.map_or(Self::Fits, Self::Fault)
    }
}

/// The term at a position of a reference, whose head is at 0.
fn part(reference: &Ref, at: usize) -> Option<&Term> {
    match at.checked_sub(1) {
        None => Some(&reference.head),
        Some(at) => reference.operands.get(at),
    }
}

/// A reference up to the operand at a position, as OPA writes it; position 0 is the head.
fn prefix(reference: &Ref, operands: usize) -> String {
    let operands = reference.operands.iter().take(operands).cloned().collect();
    display::reference(&Ref { span: reference.span, head: reference.head.clone(), operands })
}

fn steps_of(node: &Node) -> Vec<(String, Value)> {
    let value = |step: &Step| match step {
        Step::Scalar(key) => key.to_value(),
        Step::Name(name) => Value::from(name.as_str()),
        Step::Other(text) => Value::from(text.as_str()),
    };
    node.steps().map(|step| (step.text(), value(&step))).collect()
}

/// The keys that a type names, sorted, as OPA writes them.
fn keys_of(of: Option<&Type>) -> Vec<(String, Value)> {
    let mut keys = Vec::new();
    if let Some(of) = of {
        collect_keys(of, UNFOLDS, &mut keys);
    }
    keys.sort();
    keys.dedup();
    keys.iter().map(|key| (key.json(), key.to_value())).collect()
}

fn collect_keys(of: &Type, unfolds: u8, keys: &mut Vec<Key>) {
    match of {
        Type::Object(object) => keys.extend(object.fields().iter().map(|(key, _)| key.clone())),
        Type::Union(union) => union.members().iter().for_each(|member| collect_keys(member, unfolds, keys)),
        Type::Recursive(_) if unfolds > 0 => {
            if let Some(of) = of.unfolded() {
                collect_keys(&of, unfolds - 1, keys);
            }
        }
        Type::Recursive(_)
        | Type::Null
        | Type::Boolean
        | Type::Number
        | Type::String
        | Type::Array(_)
        | Type::Set(_)
        | Type::Any
        | Type::Function(_) => {}
    }
}

/// How often a type that begins again is looked into for keys.
const UNFOLDS: u8 = 3;
