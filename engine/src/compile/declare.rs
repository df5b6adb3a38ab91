//! Gives declared variables names of their own and takes the declarations out. OPA's stage `RewriteLocalVars`.

mod scopes;
mod statement;
mod unused;

use super::contents::Contents;
use super::locals::{Locals, shown};
use super::pieces::Pieces;
use super::resolve::declared_in;
use super::rule::{Rule, RuleId};
use super::state::State;
use super::vars::{self, Collector, Skip, VarSet};
use super::walk::{self, Flow, Node, Rewrite};
use super::written::WrittenNames;
use super::{builtins::Builtins, locals};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::tree::{Body, ComprehensionHead, Name, TemplatePart, Term, TermKind, Var};
use scopes::{Occurrence, Scope, Scopes};
use statement::Declarer;

/// Rewrites the variables of all rules.
pub(super) fn run(state: &mut State<'_>) {
    let firsts: Vec<RuleId> = state
        .order
        .iter()
        .filter_map(|index| state.modules.get(*index))
        .flat_map(|module| module.rules.iter().copied())
        .collect();
    for id in firsts {
        rule_and_branches(state, id);
    }
}

/// Rewrites the variables of a query. The errors include variables that are declared and not used.
pub(super) fn query(locals: &mut Locals, body: &mut Body, strict: bool) -> (WrittenNames, Vec<Diagnostic>) {
    let mut declarer = Declarer::new(locals, Scopes::new(), Vec::new(), strict);
    declarer.statements(body, &VarSet::new());
    let Declarer { scopes, mut errors, .. } = declarer;
    errors.extend(scopes.unused);
    (scopes.rewritten.into_iter().collect(), errors)
}

/// Parameters are shared by a rule and its branches: one is unused if none of them uses it.
fn rule_and_branches(state: &mut State<'_>, first: RuleId) {
    let strict = state.options.strict;
    let mut scopes = Scopes::new();
    let Some(rule) = state.rules.get_mut(first.index()) else { return };
    let head_span = rule.head.span;
    let has_modifiers = rule.contents.have(Contents::WITH);
    let mut unused_args = VarSet::new();
    if strict {
        for arg in &rule.head.args {
            Collector::new(Skip::NOTHING, &mut unused_args).term(arg);
        }
    }
    let mut parameters = Parameters { locals: &mut state.locals, scopes: &mut scopes, errors: Vec::new() };
    for arg in &mut rule.head.args {
        parameters.term(arg);
    }
    for error in parameters.errors {
        state.report.fatal(error);
    }
    let mocked = if has_modifiers { replaced_names(&state.rules, first) } else { VarSet::new() };
    let mut next = Some(first);
    while let Some(rule) = next.and_then(|id| state.rules.get_mut(id.index())) {
        next = rule.otherwise;
        let done =
            one_rule(rule, &mut state.locals, state.builtins, &scopes, &mut unused_args, &mocked, strict);
        if done.assigns {
            state.replaced.insert("assign");
        }
        state.renamed.extend(done.rewritten);
        let mut more = true;
        for error in done.head_errors {
            state.report.fatal(error);
        }
        for error in done.head_unused {
            state.report.recoverable(error);
        }
        for error in done.errors {
            more = state.report.fatal(error);
        }
        for error in done.scopes.unused.iter().cloned() {
            more &= state.report.recoverable(error);
        }
        if !more {
            return;
        }
        unused_args.retain(|arg| done.scopes.count(arg) <= 1);
    }
    for arg in unused_args.iter().filter(|arg| !locals::is_wildcard(arg)) {
        let message = format!("unused argument {arg}. (hint: use _ (wildcard variable) instead)");
        if !state.report.recoverable(Diagnostic::error(Code::Compile, message, head_span)) {
            return;
        }
    }
}

/// What rewriting one rule found.
struct Done {
    scopes: Scopes,
    rewritten: Vec<(Name, Name)>,
    errors: Vec<Diagnostic>,
    head_errors: Vec<Diagnostic>,
    head_unused: Vec<Diagnostic>,
    /// Whether there is a `:=` in the body.
    assigns: bool,
}

fn one_rule(
    rule: &mut Rule,
    locals: &mut Locals,
    builtins: &dyn Builtins,
    parameters: &Scopes,
    unused_args: &mut VarSet,
    mocked: &VarSet,
    strict: bool,
) -> Done {
    let plain = !may_have_vars(rule);
    let mut used = VarSet::new();
    let mut rewritten = Vec::new();
    let mut head_errors = Vec::new();
    let mut head_unused = Vec::new();
    if !plain {
        let mut nested =
            HeadClosures { locals, errors: Vec::new(), unused: Vec::new(), rewritten: Vec::new(), strict };
        let head = &mut rule.head;
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            nested.term(term);
        }
        (head_errors, head_unused, rewritten) = (nested.errors, nested.unused, nested.rewritten);
        used = used_by_head(rule, unused_args);
    }
    let mut scopes = parameters.clone();
    rename_builtin_names(&rule.body, builtins, mocked, locals, &mut scopes);
    let mut declarer = Declarer::new(locals, scopes, Vec::new(), strict);
    declarer.statements(&mut rule.body, &used);
    let Declarer { mut scopes, errors, assigns, .. } = declarer;
    rewritten.append(&mut scopes.rewritten);
    if !plain {
        let mut rename = Rename(scopes.top());
        let head = &mut rule.head;
        let operands = &mut head.reference.operands;
        for term in head.args.iter_mut().chain(operands).chain(&mut head.key).chain(&mut head.value) {
            rename.term(term);
        }
    }
    Done { scopes, rewritten, errors, head_errors, head_unused, assigns }
}

/// Whether anything in the head isn't a scalar.
pub(super) fn may_have_vars(rule: &Rule) -> bool {
    let head = &rule.head;
    let mut terms = head.args.iter().chain(&head.key).chain(&head.value).chain(&head.reference.operands);
    terms.any(|term| !walk::is_scalar(term))
}

/// The variables that the head needs from the body; parameters among them are used.
fn used_by_head(rule: &Rule, unused_args: &mut VarSet) -> VarSet {
    let mut used = VarSet::new();
    let head = &rule.head;
    for term in head.reference.operands.iter().chain(&head.key) {
        Collector::new(Skip::NOTHING, &mut used).term(term);
    }
    if let Some(value) = &head.value {
        let names = vars::of_term(value, Skip::NOTHING);
        unused_args.retain(|arg| !names.contains(arg));
        used.extend(names);
    }
    used
}

/// The names in modifiers of a rule and its branches: they may replace built-in functions.
fn replaced_names(rules: &Pieces<Rule>, first: RuleId) -> VarSet {
    let mut found = VarSet::new();
    let mut next = Some(first);
    while let Some(rule) = next.and_then(|id| rules.get(id.index())) {
        next = rule.otherwise;
        let mut visit = |node: Node<'_>| {
            if let Node::With(with) = node {
                let mut collector = Collector::new(Skip::CALL_HEADS, &mut found);
                collector.term(&with.target);
                collector.term(&with.value);
            }
            Flow::Descend
        };
        for term in rule.head.args.iter().chain(&rule.head.key).chain(&rule.head.value) {
            walk::term(term, &mut visit);
        }
        walk::body(&rule.body, &mut visit);
    }
    found
}

/// A variable called like a built-in function gets another name, so that it isn't taken for the function.
fn rename_builtin_names(
    body: &Body,
    builtins: &dyn Builtins,
    mocked: &VarSet,
    locals: &mut Locals,
    scopes: &mut Scopes,
) {
    let found = vars::of_body(body, Skip::SAFETY);
    let mut names = found.iter().filter(|name| builtins.builtin(name).is_some()).peekable();
    if names.peek().is_none() {
        return;
    }
    let declared = declared_in(body);
    for name in names {
        if !declared.contains(name) && !mocked.contains(name) && scopes.declared(name).is_none() {
            let fresh = locals.fresh();
            scopes.insert(name, fresh, Occurrence::Seen);
        }
    }
}

/// Declares the variables of parameters.
struct Parameters<'l> {
    locals: &'l mut Locals,
    scopes: &'l mut Scopes,
    errors: Vec<Diagnostic>,
}

impl Rewrite for Parameters<'_> {
    fn term(&mut self, term: &mut Term) {
        match &mut term.kind {
            TermKind::Var(_) | TermKind::Ref(_) | TermKind::Array(_) => walk::descend_term(self, term),
            TermKind::Object(pairs) => {
                for (_, value) in pairs {
                    self.term(value);
                }
            }
            TermKind::Call(_) => {
                let message = "rule arguments cannot contain calls";
                self.errors.push(Diagnostic::error(Code::Compile, message, locals::place(term)));
            }
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_)
            | TermKind::Template(_) => {}
        }
    }

    fn var(&mut self, var: &mut Var) {
        if let Some(name) = self.scopes.declared(&var.name).cloned() {
            self.scopes.seen(&var.name);
            var.name = name;
        } else {
            let name = self.locals.fresh();
            self.scopes.insert(&var.name, name.clone(), Occurrence::Parameter);
            var.name = name;
        }
    }
}

/// Rewrites the comprehensions and templates of a head, which don't see what the body declares.
struct HeadClosures<'l> {
    locals: &'l mut Locals,
    errors: Vec<Diagnostic>,
    unused: Vec<Diagnostic>,
    rewritten: Vec<(Name, Name)>,
    strict: bool,
}

impl HeadClosures<'_> {
    fn closed(&mut self, rewrite: impl FnOnce(&mut Declarer<'_>)) {
        let errors = std::mem::take(&mut self.errors);
        let mut declarer = Declarer::new(self.locals, Scopes::new(), errors, self.strict);
        rewrite(&mut declarer);
        let Declarer { scopes, errors, .. } = declarer;
        self.errors = errors;
        self.rewritten.extend(scopes.rewritten);
        self.unused.extend(scopes.unused);
    }
}

impl Rewrite for HeadClosures<'_> {
    fn term(&mut self, term: &mut Term) {
        if matches!(term.kind, TermKind::Object(_) | TermKind::Set(_)) && term.is_ground() {
            // OPA takes such a collection for a constant, though a reference in it may begin with a comprehension.
            return;
        }
        match &mut term.kind {
            TermKind::Comprehension(comprehension) => self.closed(|declarer| declarer.closure(comprehension)),
            TermKind::Template(template) => self.closed(|declarer| {
                for part in &mut template.parts {
                    if let TemplatePart::Expression(literal) = part {
                        declarer.scopes.push();
                        declarer.expression(literal);
                        declarer.scopes.pop();
                    }
                }
            }),
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Var(_)
            | TermKind::Ref(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Call(_) => walk::descend_term(self, term),
        }
    }
}

/// Gives variables the names that a scope knows them by.
struct Rename<'s>(&'s Scope);

impl Rewrite for Rename<'_> {
    fn var(&mut self, var: &mut Var) {
        if let Some(entry) = self.0.get(&var.name)
            && entry.name != var.name
        {
            var.name = entry.name.clone();
        }
    }
}

/// The variables of a comprehension's head.
fn head_vars(head: &ComprehensionHead) -> VarSet {
    let mut found = VarSet::new();
    let mut collector = Collector::new(Skip::NOTHING, &mut found);
    match head {
        ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => collector.term(term),
        ComprehensionHead::Object(key, value) => {
            collector.term(key);
            collector.term(value);
        }
    }
    found
}
