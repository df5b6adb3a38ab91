//! `print`: calls that stand for a value are errors, the others are erased or made to show undefined values.
//! OPA's stages `CheckVoidCalls` and `RewritePrintCalls`.

use super::assemble::parameter_vars;
use super::contents::Contents;
use super::functions::Functions;
use super::locals::{self, Locals, calls, is_generated, shown};
use super::safety;
use super::state::{State, written};
use super::templates::internal_ref;
use super::vars::{self, Skip, VarSet};
use super::walk::{self, Flow, Node, Rewrite};
use super::written::WrittenNames;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::display;
use crate::syntax::tree::{
    Body, Call, Comprehension, ComprehensionHead, Every, Literal, LiteralKind, Notation, Term, TermKind,
};
use thin_vec::thin_vec;

/// Reports calls of functions without a result where a value is needed.
pub(super) fn check_void_calls(state: &mut State<'_>) {
    if !state.has(Contents::VOID_CALLS) {
        return;
    }
    let functions = Functions { builtins: state.builtins, tree: &state.tree };
    let mut errors = Vec::new();
    for id in state.sequence() {
        let Some(rule) = state.rules.get(id.index()) else { continue };
        let mut visit = |node: Node<'_>| void_call(node, functions, &mut errors);
        for term in rule.head.args.iter().chain(&rule.head.key).chain(&rule.head.value) {
            walk::term(term, &mut visit);
        }
        walk::body(&rule.body, &mut visit);
    }
    for error in errors {
        state.report.fatal(error);
    }
}

/// The calls of a query that stand for a value and have none.
pub(super) fn void_calls(body: &Body, functions: Functions<'_>) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    walk::body(body, &mut |node| void_call(node, functions, &mut errors));
    errors
}

fn void_call(node: Node<'_>, functions: Functions<'_>, errors: &mut Vec<Diagnostic>) -> Flow {
    if let Node::Term(term) = node
        && let Some(call) = term.as_call()
        && functions.builtin(&call.operator).is_some_and(|found| found.void)
    {
        let message = format!("{} used as value", display::term(term));
        errors.push(Diagnostic::error(Code::Type, message, locals::place(term)));
    }
    Flow::Descend
}

/// Erases the calls of `print`, or keeps them in a form that runs with undefined arguments.
pub(super) fn run(state: &mut State<'_>) {
    if !state.has(Contents::PRINT) {
        return;
    }
    let keep = state.options.keep_print;
    let mut erase = Erase { found: false };
    for id in state.sequence() {
        let functions = Functions { builtins: state.builtins, tree: &state.tree };
        let Some(rule) = state.rules.get_mut(id.index()) else { continue };
        if !keep {
            erase.body(&mut rule.body);
            let head = &mut rule.head;
            for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
                erase.term(term);
            }
            continue;
        }
        let mut globals = vars::reserved();
        globals.extend(parameter_vars(&rule.head.args));
        let mut keep = Keep {
            functions,
            locals: &mut state.locals,
            rewritten: &state.rewritten,
            outside: Some(globals.clone()),
            globals,
            errors: Vec::new(),
            from_outside: Vec::new(),
        };
        let head = &mut rule.head;
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            keep.term(term);
        }
        keep.errors.append(&mut keep.from_outside);
        let of_head = std::mem::take(&mut keep.errors);
        keep.body(&mut rule.body);
        for error in of_head.into_iter().chain(keep.errors()) {
            state.report.fatal(error);
        }
    }
    if erase.found {
        state.replaced.insert("print");
    }
}

/// Erases or keeps the calls of `print` in a query.
pub(super) fn query(
    body: &mut Body,
    keep: bool,
    functions: Functions<'_>,
    locals: &mut Locals,
    rewritten: &WrittenNames,
) -> Vec<Diagnostic> {
    if !keep {
        Erase { found: false }.body(body);
        return Vec::new();
    }
    let mut keep = Keep {
        functions,
        locals,
        rewritten,
        // OPA can't evaluate `print` in what the `every` of a query goes through; here it can.
        outside: None,
        globals: vars::reserved(),
        errors: Vec::new(),
        from_outside: Vec::new(),
    };
    keep.body(body);
    keep.errors()
}

fn is_print(literal: &Literal) -> bool {
    locals::call_of(literal).is_some_and(|call| calls(call, "print"))
}

struct Erase {
    found: bool,
}

impl Rewrite for Erase {
    fn body(&mut self, body: &mut Body) {
        walk::descend_body(self, body);
        if body.literals.iter().any(is_print) {
            self.found = true;
            body.literals.retain(|literal| !is_print(literal));
            if body.literals.is_empty() {
                body.literals.push(locals::truth(body.span));
            }
        }
    }
}

struct Keep<'s> {
    functions: Functions<'s>,
    locals: &'s mut Locals,
    rewritten: &'s WrittenNames,
    /// The variables that have a value before the body starts.
    globals: VarSet,
    /// Those that have one before the rule starts.
    outside: Option<VarSet>,
    errors: Vec<Diagnostic>,
    /// Errors that OPA comes to last.
    from_outside: Vec<Diagnostic>,
}

impl Keep<'_> {
    fn errors(self) -> Vec<Diagnostic> {
        if self.errors.is_empty() { self.from_outside } else { self.errors }
    }

    /// What a comprehension collects, and what an `every` goes through, knows nothing of the variables around: OPA comes to it
    /// from outside, after the rest.
    fn keep_from_outside(&mut self, term: &mut Term) {
        let known = self.outside.as_ref().unwrap_or(&self.globals).clone();
        let around = std::mem::replace(&mut self.globals, known);
        let errors = std::mem::take(&mut self.errors);
        self.term(term);
        self.from_outside.append(&mut self.errors);
        self.errors = errors;
        self.globals = around;
    }

    fn print(&mut self, literal: &mut Literal, known: &VarSet, generated: &VarSet) {
        let LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) = &mut literal.kind else { return };
        let errors = self.errors.len();
        for arg in &call.args {
            let open = vars::of_term(arg, Skip::SAFETY);
            for name in open.iter().filter(|name| !known.contains(name) && !generated.contains(name)) {
                let message = format!("var {} is undeclared", shown(written(self.rewritten, name)));
                self.errors.push(Diagnostic::error(Code::Compile, message, locals::place(arg)));
            }
        }
        if self.errors.len() > errors {
            return;
        }
        let span = literal.span;
        let args = std::mem::take(&mut call.args);
        let sets = args.into_iter().map(|arg| self.capture(arg)).collect();
        let list = Term { span, kind: TermKind::Array(sets) };
        let call =
            Call { operator: internal_ref("print", span), args: thin_vec![list], notation: Notation::Prefix };
        *literal = locals::call_literal(call, span);
    }

    /// `{x | x = arg}`, which is empty if the argument has no value.
    fn capture(&mut self, mut arg: Term) -> Term {
        let span = locals::place(&arg);
        let literal = self.locals.extract(&mut arg);
        let body = Body { span, literals: vec![literal] };
        let comprehension = Comprehension { head: ComprehensionHead::Set(arg), body };
        Term { span, kind: TermKind::Comprehension(Box::new(comprehension)) }
    }
}

impl Rewrite for Keep<'_> {
    fn body(&mut self, body: &mut Body) {
        let mut known = self.globals.clone();
        for literal in &mut body.literals {
            if has_body(literal) {
                let outer = std::mem::replace(&mut self.globals, known.clone());
                walk::descend_literal(self, literal);
                self.globals = outer;
            }
            known.extend(safety::outputs_of_body([&*literal], self.functions, &known));
        }
        if !self.errors.is_empty() || !body.literals.iter().any(is_print) {
            return;
        }
        let mut known = self.globals.clone();
        let mut generated = VarSet::new();
        for literal in &mut body.literals {
            if is_print(literal) {
                self.print(literal, &known, &generated);
                if !self.errors.is_empty() {
                    return;
                }
            }
            known.extend(safety::outputs_of_body([&*literal], self.functions, &known));
            walk::literal(literal, &mut |node| {
                if let Node::Var(var) = node
                    && is_generated(&var.name)
                {
                    generated.insert(var.name.clone());
                }
                Flow::Descend
            });
        }
    }

    fn every(&mut self, every: &mut Every) {
        self.keep_from_outside(&mut every.domain);
        self.globals.extend(every.key.iter().chain([&every.value]).map(|var| var.var.name.clone()));
        self.body(&mut every.body);
    }

    fn comprehension(&mut self, comprehension: &mut Comprehension) {
        for head in walk::comprehension_heads(&mut comprehension.head) {
            self.keep_from_outside(head);
        }
        self.body(&mut comprehension.body);
    }
}

/// Whether a literal has bodies inside of it.
fn has_body(literal: &Literal) -> bool {
    let mut found = false;
    walk::literal(literal, &mut |node| {
        found |= matches!(node, Node::Body);
        if found { Flow::Skip } else { Flow::Descend }
    });
    found
}
