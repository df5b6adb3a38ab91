//! Checks what `with` replaces, and takes references and comprehensions out of the values. OPA's stage
//! `RewriteWithValues`.

use super::contents::Contents;
use super::functions::Functions;
use super::locals::Locals;
use super::state::State;
use super::tree::{Key, NodeId, is_data};
use super::walk::{self, Rewrite};
use super::{builtins, locals};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::display;
use crate::syntax::tree::{Body, Literal, Ref, Term, TermKind, With};
use thin_vec::ThinVec;

/// `p with input as data.x` becomes `__local0__ = data.x; p with input as __local0__`.
pub(super) fn run(state: &mut State<'_>) {
    for id in state.sequence() {
        let rule = state.rules.get_mut(id.index()).filter(|rule| rule.contents.have(Contents::WITH));
        let Some(rule) = rule else { continue };
        let functions = Functions { builtins: state.builtins, tree: &state.tree };
        let mut modifiers = Modifiers { functions, locals: &mut state.locals, errors: Vec::new() };
        modifiers.body(&mut rule.body);
        for error in modifiers.errors {
            state.report.fatal(error);
        }
    }
}

/// The same for a query.
pub(super) fn query(body: &mut Body, functions: Functions<'_>, locals: &mut Locals) -> Vec<Diagnostic> {
    let mut modifiers = Modifiers { functions, locals, errors: Vec::new() };
    modifiers.body(body);
    modifiers.errors
}

struct Modifiers<'s> {
    functions: Functions<'s>,
    locals: &'s mut Locals,
    errors: Vec<Diagnostic>,
}

impl Rewrite for Modifiers<'_> {
    fn body(&mut self, body: &mut Body) {
        let literals = std::mem::take(&mut body.literals);
        let errors = self.errors.len();
        for mut literal in literals {
            if self.errors.len() == errors {
                self.modifiers(&mut literal, &mut body.literals);
            }
            body.literals.push(literal);
        }
        if self.errors.len() == errors {
            walk::descend_body(self, body);
        }
    }
}

impl Modifiers<'_> {
    fn modifiers(&mut self, literal: &mut Literal, out: &mut Vec<Literal>) {
        for with in &mut literal.with {
            match self.needs_evaluation(with) {
                Ok(true) => out.push(self.locals.extract(&mut with.value)),
                Ok(false) => {}
                Err(error) => {
                    self.errors.push(error);
                    return;
                }
            }
        }
    }

    /// Checks a modifier; answers whether its value must be found before.
    fn needs_evaluation(&self, with: &mut With) -> Result<bool, Diagnostic> {
        if let Some(var) = with.value.as_var()
            && self.functions.builtins.builtin(&var.name).is_some()
        {
            with.value.kind = TermKind::Ref(Box::new(name_as_ref(&with.value)));
        }
        let place = locals::place(&with.target);
        let error = |code, message: &str| Err(Diagnostic::error(code, message, place));
        let root = with.target.as_ref_term().and_then(|target| target.head.as_var()).map(|var| &*var.name);
        match root {
            Some("data") => {
                let Some(target) = with.target.as_ref_term() else { return Ok(false) };
                let (above, partial) = self.above(target);
                if partial {
                    return error(Code::Compile, "with keyword cannot partially replace virtual document(s)");
                }
                if self.is_function(above, target) && self.is_function_value(&with.value) {
                    return Ok(false);
                }
                let tree = self.functions.tree;
                let value = with.value.as_ref_term().and_then(|value| tree.node(tree.find(value)?));
                if value.is_some_and(|node| node.has_functions) {
                    return Ok(false);
                }
            }
            Some("input") => {}
            _ => {
                let name = operator_name(&with.target);
                let Some(found) = name.as_deref().and_then(|name| self.functions.builtins.builtin(name))
                else {
                    let message = "with keyword target must reference existing input, data, or a function";
                    return error(Code::Type, message);
                };
                let name = name.unwrap_or_default();
                if let Some(message) = refusal(&name, found) {
                    return error(Code::Compile, &message);
                }
                if with.target.as_var().is_some() {
                    with.target.kind = TermKind::Ref(Box::new(name_as_ref(&with.target)));
                }
                if self.is_function_value(&with.value) {
                    return Ok(false);
                }
            }
        }
        Ok(walk::requires_evaluation(&with.value))
    }

    /// The deepest document on the way to a target, and whether one of those above the target is made by rules.
    fn above(&self, target: &Ref) -> (NodeId, bool) {
        let tree = self.functions.tree;
        let mut at = NodeId::ROOT;
        for operand in target.operands.iter().rev().skip(1).rev() {
            let child = Key::of(operand).and_then(|key| tree.child(at, &key));
            let Some(child) = child else { break };
            if tree.node(child).is_some_and(|node| !node.rules.is_empty()) {
                return (at, true);
            }
            at = child;
        }
        (at, false)
    }

    fn is_function(&self, above: NodeId, target: &Ref) -> bool {
        let tree = self.functions.tree;
        let key = target.operands.last().and_then(Key::of);
        let node = key.and_then(|key| tree.child(above, &key)).and_then(|id| tree.node(id));
        node.is_some_and(|node| node.has_functions)
    }

    /// Whether a value names a function or a rule.
    fn is_function_value(&self, value: &Term) -> bool {
        let in_tree = value
            .as_ref_term()
            .is_some_and(|value| is_data(value) && self.functions.tree.find(value).is_some());
        in_tree || operator_name(value).is_some_and(|name| self.functions.builtins.builtin(&name).is_some())
    }
}

fn operator_name(term: &Term) -> Option<String> {
    match &term.kind {
        TermKind::Var(var) => Some(var.name.to_string()),
        TermKind::Ref(reference) => builtins::dotted(reference),
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Array(_)
        | TermKind::Object(_)
        | TermKind::Set(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => None,
    }
}

/// A variable as a reference without operands.
fn name_as_ref(term: &Term) -> Ref {
    Ref { span: term.span, head: term.clone(), operands: ThinVec::new() }
}

/// Why a built-in function can't be replaced.
fn refusal(name: &str, found: builtins::Builtin) -> Option<String> {
    let reason = if matches!(name, "eq" | "rego.metadata.chain" | "rego.metadata.rule") {
        format!("replacement of {} invalid", display::quoted(name))
    } else if name.starts_with("internal.") {
        format!("replacement of internal function {} invalid", display::quoted(name))
    } else if found.relation {
        "target must not be a relation".to_owned()
    } else if found.void {
        "target must not be a void function".to_owned()
    } else {
        return None;
    };
    Some(format!("with keyword replacing built-in function: {reason}"))
}
