//! Writes references out in full, `data.` and package included. OPA's stage `ResolveRefs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rule::Rule;
use super::state::State;
use super::tree::RuleTree;
use super::vars::{self, Skip, VarSet};
use super::walk::{self, Flow, Node, Rewrite};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::{
    Body, Call, Comprehension, Every, Import, Literal, LiteralKind, Membership, Name, Package, Ref, Term,
    TermKind, Var,
};

/// Resolves the names of rules and imports in all rules; remembers the imports that no rule needs.
pub(super) fn run(state: &mut State<'_>) {
    let tree = Arc::clone(&state.tree);
    for index in state.order.clone() {
        let Some(module) = state.modules.get(index) else { continue };
        let mut globals = Globals::new(Some(&module.package), &tree, &module.imports);
        for first in module.rules.clone() {
            let mut next = Some(first);
            while let Some(id) = next {
                let Some(rule) = state.rules.get_mut(id.index()) else { break };
                next = rule.otherwise;
                if let Err(error) = resolve_rule(&mut globals, rule) {
                    state.report.fatal(error);
                    break;
                }
            }
        }
        if state.options.strict {
            state.unused_imports.extend(globals.unused(&module.imports));
        }
    }
}

/// Resolves the names of a query.
pub(super) fn resolve_query(package: Option<&Package>, tree: &RuleTree, imports: &[Import], body: &mut Body) {
    let mut globals = Globals::new(package, tree, imports);
    let mut resolver = Resolver { globals: &mut globals, ignored: vec![declared_in(body)] };
    resolver.body(body);
}

/// What the names of a module that aren't local stand for.
struct Globals {
    package: Vec<Name>,
    /// What rules of the package start with.
    rules: VarSet,
    imports: BTreeMap<Name, Imported>,
}

struct Imported {
    path: Vec<Term>,
    used: bool,
}

impl Globals {
    fn new(package: Option<&Package>, tree: &RuleTree, imports: &[Import]) -> Self {
        let rules = package.into_iter().flat_map(|package| tree.exports(package)).cloned().collect();
        let path = package.into_iter().flat_map(|package| &package.path);
        let package = path.map(|segment| segment.name.clone()).collect();
        let imports = imports.iter().filter(|import| !is_feature(import)).filter_map(|import| {
            let path = std::iter::once(&import.path.head).chain(&import.path.operands).cloned().collect();
            Some((import.name()?.clone(), Imported { path, used: false }))
        });
        Self { package, rules, imports: imports.collect() }
    }

    /// The path that a name stands for, at the place of the name.
    fn resolve(&mut self, var: &Var, span: Span) -> Option<Ref> {
        if let Some(import) = self.imports.get_mut(&var.name) {
            import.used = true;
            let mut terms = import.path.iter().map(|term| placed(term, span));
            return Some(Ref { span, head: terms.next()?, operands: terms.collect() });
        }
        if !self.rules.contains(&var.name) {
            return None;
        }
        let head = Term::var(Name::DATA, span);
        let operands = self.package.iter().chain([&var.name]);
        let operands = operands.map(|name| Term { span, kind: TermKind::String(name.clone()) });
        Some(Ref { span, head, operands: operands.collect() })
    }

    fn unused(&self, imports: &[Import]) -> Vec<Import> {
        let unused = imports.iter().filter(|import| {
            let known = import.name().and_then(|name| self.imports.get(name));
            !is_feature(import) && known.is_some_and(|known| !known.used)
        });
        unused.cloned().collect()
    }
}

/// Whether an import changes the language instead of naming a document.
fn is_feature(import: &Import) -> bool {
    import.path.head.as_var().is_some_and(|var| &*var.name == "future" || &*var.name == "rego")
}

fn placed(term: &Term, span: Span) -> Term {
    Term { span, kind: term.kind.clone() }
}

fn resolve_rule(globals: &mut Globals, rule: &mut Rule) -> Result<(), Diagnostic> {
    let mut parameters = VarSet::new();
    for arg in &rule.head.args {
        parameters_of(arg, rule.span, &mut parameters)?;
    }
    let mut resolver = Resolver { globals, ignored: vec![parameters, declared_in(&rule.body)] };
    for operand in &mut rule.head.reference.operands {
        resolver.term(operand);
    }
    if let Some(key) = &mut rule.head.key {
        resolver.term(key);
    }
    if let Some(value) = &mut rule.head.value {
        resolver.term(value);
    }
    resolver.body(&mut rule.body);
    Ok(())
}

/// The variables that a parameter binds. Those in what can't be matched against don't count.
fn parameters_of(arg: &Term, rule: Span, found: &mut VarSet) -> Result<(), Diagnostic> {
    let mut shadowed = None;
    walk::term(arg, &mut |node| match node {
        Node::Term(term) => {
            if let Some(root) = walk::root_document(term) {
                shadowed = shadowed.take().or(Some(root.name.clone()));
                return Flow::Skip;
            }
            match term.kind {
                TermKind::Set(_) | TermKind::Comprehension(_) | TermKind::Call(_) => Flow::Skip,
                TermKind::Null
                | TermKind::Boolean(_)
                | TermKind::Number(_)
                | TermKind::String(_)
                | TermKind::Template(_)
                | TermKind::Var(_)
                | TermKind::Ref(_)
                | TermKind::Array(_)
                | TermKind::Object(_) => Flow::Descend,
            }
        }
        Node::Var(var) => {
            found.insert(var.name.clone());
            Flow::Descend
        }
        Node::Body | Node::Literal(_) | Node::With(_) | Node::Ref(_) => Flow::Descend,
    });
    match shadowed {
        None => Ok(()),
        Some(name) => {
            let message = format!("args must not shadow {name} (use a different variable name)");
            Err(Diagnostic::error(Code::Compile, message, rule))
        }
    }
}

/// The variables that a body declares with `:=` and `some`, outside of its comprehensions.
pub(super) fn declared_in(body: &Body) -> VarSet {
    let mut found = VarSet::new();
    for literal in &body.literals {
        declared_by(literal, &mut found);
    }
    found
}

fn declared_by(literal: &Literal, found: &mut VarSet) {
    walk::literal(literal, &mut |node| match node {
        Node::Literal(inner) => {
            match &inner.kind {
                LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => {
                    if let Some(target) = assigned(call) {
                        vars::Collector::new(Skip::NOTHING, found).term(target);
                    }
                }
                LiteralKind::Declare(vars) => found.extend(vars.iter().map(|var| var.var.name.clone())),
                LiteralKind::SomeIn(some) => declared_by_membership(some, found),
                LiteralKind::Term(_)
                | LiteralKind::Every(_)
                | LiteralKind::Not(_)
                | LiteralKind::And(_)
                | LiteralKind::Or(_) => {}
            }
            Flow::Descend
        }
        Node::Term(term) if matches!(term.kind, TermKind::Comprehension(_)) => Flow::Skip,
        Node::Term(_) | Node::Body | Node::With(_) | Node::Ref(_) | Node::Var(_) => Flow::Descend,
    });
}

/// The variables that `some k, v in xs` declares if they are new.
pub(super) fn declared_by_membership(some: &Membership, found: &mut VarSet) {
    let mut collector = vars::Collector::new(Skip::NOTHING, found);
    if let Some(key) = &some.key {
        collector.term(key);
    }
    collector.term(&some.value);
}

/// The left side of `:=`.
pub(super) fn assigned(call: &Call) -> Option<&Term> {
    if !super::locals::calls(call, "assign") {
        return None;
    }
    match call.args.as_slice() {
        [target, _] => Some(target),
        _ => None,
    }
}

struct Resolver<'g> {
    globals: &'g mut Globals,
    /// Names that are local here, scope by scope.
    ignored: Vec<VarSet>,
}

impl Resolver<'_> {
    fn resolve(&mut self, var: &Var, span: Span) -> Option<Ref> {
        if self.ignored.iter().any(|names| names.contains(&var.name)) {
            return None;
        }
        self.globals.resolve(var, span)
    }
}

impl Rewrite for Resolver<'_> {
    fn term(&mut self, term: &mut Term) {
        if let TermKind::Var(var) = &term.kind {
            if let Some(path) = self.resolve(var, term.span) {
                term.kind = TermKind::Ref(Box::new(path));
            }
            return;
        }
        walk::descend_term(self, term);
    }

    fn reference(&mut self, reference: &mut Ref) {
        if let TermKind::Var(var) = &reference.head.kind {
            if let Some(path) = self.resolve(var, reference.head.span) {
                reference.head = path.head;
                let prefix = path.operands.len();
                reference.operands.splice(0..0, path.operands);
                for operand in reference.operands.iter_mut().skip(prefix) {
                    self.term(operand);
                }
                return;
            }
            for operand in &mut reference.operands {
                self.term(operand);
            }
            return;
        }
        walk::descend_ref(self, reference);
    }

    fn comprehension(&mut self, comprehension: &mut Comprehension) {
        self.ignored.push(declared_in(&comprehension.body));
        walk::descend_comprehension(self, comprehension);
        self.ignored.pop();
    }

    fn every(&mut self, every: &mut Every) {
        let names = every.key.iter().chain([&every.value]).map(|var| var.var.name.clone());
        self.ignored.push(names.collect());
        self.term(&mut every.domain);
        self.body(&mut every.body);
        self.ignored.pop();
    }
}
