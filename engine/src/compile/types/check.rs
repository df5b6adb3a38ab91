//! The check of bodies: literal by literal, in the order of evaluation.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bind::Found;
use super::environment::{Documents, Environment, Layer, Replacement};
use super::error::{Detail, TypeError};
use super::infer::Outcome;
use super::lattice::{Function, Parameter, Type, is_unknown};
use super::order::or;
use super::tree::{Node, Path};
use super::unify::unifies;
use crate::compile::UndefinedCalls;
use crate::source::Span;
use crate::syntax::display;
use crate::syntax::tree::{Body, Call, Literal, LiteralKind, Name, Ref, Term, TermKind, With};

/// What the checker has to be told of the modules that are compiled.
///
/// Rules are checked on several threads, which all ask.
pub trait Program: std::fmt::Debug + Sync {
    /// What to show in messages instead of a generated variable: the variable or the term that it stands for.
    fn shown(&self, variable: &Name) -> Option<Term>;

    /// The paths of the rules that a reference may lead to, and of all rules that depend on these, each without
    /// the steps after its last constant one.
    fn dependents(&self, target: &Ref) -> Vec<Ref>;

    /// What becomes of calls of functions that nobody defines.
    fn undefined_calls(&self) -> UndefinedCalls {
        UndefinedCalls::Refuse
    }
}

/// The check of one rule or query.
#[derive(Debug)]
pub(super) struct Checker<'a> {
    pub(super) program: &'a dyn Program,
    pub(super) environment: Environment<'a>,
    /// What is known of the comprehensions that were looked at, by their places in memory.
    pub(super) outcomes: BTreeMap<usize, Vec<Rc<Outcome>>>,
    /// The names in these comprehensions.
    pub(super) names: BTreeMap<usize, Vec<Name>>,
    /// Whether bodies may have comprehensions in them.
    pub(super) has_closures: bool,
    relaxed: &'a Relaxed,
}

/// The rules that may change when a target of `with` is replaced, as documents of which nothing is known; by the
/// text of the target and whether it is a function.
///
/// It only depends on the program, so all checks of rules share it, whichever of them asks first.
#[derive(Debug, Default)]
pub(super) struct Relaxed(Mutex<RelaxedBy>);

type RelaxedBy = BTreeMap<(String, bool), RelaxedRules>;

/// None where no rule may change.
#[derive(Debug, Clone)]
struct RelaxedRules(Option<Arc<Node>>);

impl Relaxed {
    fn known(&self, target: &(String, bool)) -> Option<RelaxedRules> {
        self.lock().get(target).cloned()
    }

    fn learn(&self, target: (String, bool), rules: RelaxedRules) {
        self.lock().insert(target, rules);
    }

    /// A panic of another thread ends the check anyway.
    fn lock(&self) -> MutexGuard<'_, RelaxedBy> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Checker<'a> {
    pub(super) fn new(program: &'a dyn Program, documents: &'a Documents, relaxed: &'a Relaxed) -> Self {
        Self {
            program,
            environment: Environment::new(documents),
            outcomes: BTreeMap::new(),
            names: BTreeMap::new(),
            has_closures: true,
            relaxed,
        }
    }

    /// What is wrong with a body. The innermost layer of the environment learns the types of its variables.
    pub(super) fn check_body(&mut self, body: &Body) -> Vec<TypeError> {
        let mut errors = Vec::new();
        for literal in &body.literals {
            let replaced = self.replace(literal);
            let in_closures = if self.has_closures { self.check_closures(literal) } else { Vec::new() };
            let mut in_references = Vec::new();
            self.check_references(literal, &mut in_references);
            let error = self.check_literal(literal);
            for _ in 0..replaced {
                self.environment.leave();
            }
            // An error about an unknown type follows from the errors in its parts.
            let explained = !in_closures.is_empty() || !in_references.is_empty();
            errors.extend(in_closures);
            errors.extend(in_references);
            errors.extend(error.filter(|error| !(explained && error.detail.is_of_unknown_type())));
        }
        errors
    }

    fn check_literal(&mut self, literal: &Literal) -> Option<TypeError> {
        if let Some(error) = literal.with.iter().find_map(|with| self.check_modifier(with)) {
            return Some(error);
        }
        let LiteralKind::Term(term) = &literal.kind else {
            return None;
        };
        let call = term.as_call()?;
        let span = literal.span;
        let of_membership = match parts(&call.operator) {
            Some(("eq", None)) => return self.check_equality(call, span),
            Some(("internal", Some("member_2"))) => match call.args.as_slice() {
                [value, collection, ..] => self.check_membership(None, value, collection, span),
                _ => None,
            },
            Some(("internal", Some("member_3"))) => match call.args.as_slice() {
                [key, value, collection, ..] => self.check_membership(Some(key), value, collection, span),
                _ => None,
            },
            _ => None,
        };
        of_membership.or_else(|| self.check_call(call, span))
    }

    fn check_equality(&mut self, call: &Call, span: Span) -> Option<TypeError> {
        let [left, right] = call.args.as_slice() else {
            let few = call.args.len() < 2;
            let want = vec![Parameter::unnamed(Some(Type::Any)); 2];
            return Some(self.argument_error(call, span, if few { TOO_FEW } else { TOO_MANY }, (want, None)));
        };
        let (left_type, right_type) = (self.infer(left), self.infer(right));
        if self.unify(left, left_type.as_ref(), right, right_type.as_ref()) {
            return None;
        }
        Some(mismatch(span, left_type, right_type))
    }

    /// `in`: its operands may be anything, and yet have to be of the types that the collection has.
    fn check_membership(
        &mut self,
        key: Option<&Term>,
        value: &Term,
        collection: &Term,
        span: Span,
    ) -> Option<TypeError> {
        let collection = self.infer(collection)?;
        let values = collection.values()?;
        let of_key = match (key, collection.keys()) {
            (Some(key), Some(keys)) => self.check_member(key, &keys, span),
            _ => None,
        };
        of_key.or_else(|| self.check_member(value, &values, span))
    }

    fn check_member(&mut self, term: &Term, of: &Type, span: Span) -> Option<TypeError> {
        if is_unknown(Some(of)) {
            return None;
        }
        let have = self.infer(term);
        let fits = is_unknown(have.as_ref()) || unifies(have.as_ref(), Some(of));
        if fits && self.bind(term, Some(of), Found::Required) {
            return None;
        }
        Some(mismatch(span, have, Some(of.clone())))
    }

    fn check_call(&mut self, call: &Call, span: Span) -> Option<TypeError> {
        let function = match self.environment.reference(&call.operator) {
            // Something outside of the modules, or a function that has an error of its own.
            Some(Type::Any) => return None,
            Some(Type::Function(function)) => function,
            None if self.program.undefined_calls() == UndefinedCalls::Allow => return None,
            _ => return Some(undefined_function(&display::reference(&call.operator), span)),
        };
        let mut wanted = parameters(&function);
        let few = call.args.len() < function.parameters().len();
        let many = wanted.clone().count() < call.args.len() && function.variadic().is_none();
        if few || many {
            let fault = if many { TOO_MANY } else { TOO_FEW };
            return Some(self.argument_error(call, span, fault, want(&function)));
        }
        let before: Vec<_> = call.args.iter().map(|arg| self.infer(arg)).collect();
        let mut in_parts = false;
        for (at, arg) in call.args.iter().enumerate() {
            let of = wanted.next().or(function.variadic()).and_then(|parameter| parameter.of.as_ref());
            let have = before.get(at).and_then(Option::as_ref);
            if !is_unknown(have) && !unifies(have, of) {
                return Some(arguments(call, span, INVALID, before, want(&function)));
            }
            // What is known of a part of the argument is only seen when its variables are bound, and only then may what is
            // known of a variable become more.
            in_parts |= matches!(arg.kind, TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_));
            if !in_parts && !is_unknown(have) {
                continue;
            }
            if !self.bind(arg, of, Found::Required) {
                return Some(self.argument_error(call, span, INVALID, want(&function)));
            }
        }
        None
    }

    fn argument_error(&mut self, call: &Call, span: Span, fault: &str, want: Want) -> TypeError {
        let have = call.args.iter().map(|arg| self.infer(arg)).collect();
        arguments(call, span, fault, have, want)
    }

    /// A function can only be replaced by one that takes as many arguments of types that fit.
    fn check_modifier(&mut self, with: &With) -> Option<TypeError> {
        let (target, value) = (self.infer(&with.target)?, self.infer(&with.value)?);
        let (Type::Function(wanted), Type::Function(given)) = (&target, &value) else {
            return None;
        };
        if unifies(Some(&target), Some(&value)) {
            return None;
        }
        let detail = Detail::Arguments {
            have: given.parameters().iter().map(|parameter| parameter.of.clone()).collect(),
            want: wanted.parameters().to_vec(),
            variadic: wanted.variadic().cloned(),
        };
        let message = format!("{}: arity mismatch", display::term(&with.target));
        Some(TypeError { message, span: with.span, detail })
    }

    /// Enters the layers in which the documents that `with` replaces are of other types; says how many.
    fn replace(&mut self, literal: &Literal) -> usize {
        let address = std::ptr::from_ref(literal).addr();
        let mut layers = Vec::new();
        let mut targets = Node::default();
        let mut types = Vec::new();
        for with in &literal.with {
            // A plain name is that of a built-in function, whose type does not change.
            let TermKind::Ref(target) = &with.target.kind else { continue };
            let target_type = self.environment.reference(target);
            let is_function = matches!(target_type, Some(Type::Function(_)));
            if let Some(tree) = self.relaxed(target, is_function) {
                layers.push(Replacement { literal: address, types: Vec::new(), tree });
            }
            if is_function {
                continue;
            }
            let value = self.infer(&with.value);
            let of = match (target_type, value) {
                (Some(target_type), Some(value)) if target.is_ground() => or(Some(target_type), Some(value)),
                _ => None,
            };
            let of = of.unwrap_or(Type::Any);
            let ground = target.operands.iter().take_while(|term| term.is_ground());
            std::iter::once(&target.head).chain(ground).fold(&mut targets, Node::descend).set(of.clone());
            types.push(of);
        }
        if !types.is_empty() {
            layers.push(Replacement { literal: address, types, tree: Arc::new(targets) });
        }
        let count = layers.len();
        for layer in layers {
            self.environment.enter(Layer::Replaced(layer));
        }
        count
    }

    /// The rules that may change when a document or a function is replaced: nothing is known of them.
    fn relaxed(&mut self, target: &Ref, is_function: bool) -> Option<Arc<Node>> {
        let name = display::reference(target);
        let key = (name, is_function);
        if let Some(RelaxedRules(known)) = self.relaxed.known(&key) {
            return known;
        }
        let mut tree: Option<Node> = None;
        for path in self.program.dependents(target) {
            if is_function && display::reference(&path) == key.0 {
                continue;
            }
            let steps = Path::new(&path, path.operands.len()).steps();
            steps.fold(tree.get_or_insert_default(), Node::descend).set(Type::Any);
        }
        let tree = tree.map(Arc::new);
        self.relaxed.learn(key, RelaxedRules(tree.clone()));
        tree
    }
}

/// The one or two parts of a name that is no longer.
fn parts(operator: &Ref) -> Option<(&str, Option<&str>)> {
    let head = operator.head.as_var()?;
    match operator.operands.as_slice() {
        [] => Some((&head.name, None)),
        [name] => Some((&head.name, Some(name.as_string()?))),
        _ => None,
    }
}

/// A call of something that is no function.
pub(super) fn undefined_function(name: &str, span: Span) -> TypeError {
    TypeError::new(format!("undefined function {name}"), span)
}

type Want = (Vec<Parameter>, Option<Parameter>);

/// What a call may be given: what the function takes, and its result.
fn parameters(function: &Function) -> impl Iterator<Item = &Parameter> + Clone {
    function.parameters().iter().chain(function.result().filter(|result| result.of.is_some()))
}

/// The same for messages.
fn want(function: &Function) -> Want {
    (parameters(function).cloned().collect(), function.variadic().cloned())
}

fn arguments(
    call: &Call,
    span: Span,
    fault: &str,
    have: Vec<Option<Type>>,
    (want, variadic): Want,
) -> TypeError {
    let message = format!("{}: {fault}", display::reference(&call.operator));
    TypeError { message, span, detail: Detail::Arguments { have, want, variadic } }
}

fn mismatch(span: Span, left: Option<Type>, right: Option<Type>) -> TypeError {
    TypeError { message: "match error".to_owned(), span, detail: Detail::Mismatch { left, right } }
}

const TOO_MANY: &str = "too many arguments";
const TOO_FEW: &str = "too few arguments";
const INVALID: &str = "invalid argument(s)";
