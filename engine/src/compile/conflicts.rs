//! Conflicts between rules, between rules and data, and between rules and packages. OPA's stage
//! `CheckRuleConflicts`.

use super::assemble::RuleHead;
use super::report::Places;
use super::rule::{Rule, RuleId};
use super::state::{State, shown_ref};
use super::tree::{Key, Node, NodeId, RuleTree};
use super::walk;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::display;
use crate::syntax::tree::{Ref, Term, TermKind};

/// Looks for conflicts; they are reported by [`run`].
pub(super) fn find(state: &mut State<'_>) {
    let mut places = Places::new(state.sources);
    let mut errors = Vec::new();
    let mut are_packages = false;
    if state.tree.nodes().any(may_conflict) {
        state.tree.depth_first(NodeId::ROOT, &mut |id, node| {
            if !node.rules.is_empty() {
                errors.extend(conflict_at(state, &mut places, id, node));
                are_packages |= !node.packages.is_empty();
            }
            false
        });
    }
    if let Some(exists) = state.options.data_exists {
        let span_of = |id: RuleId| state.rules.get(id.index()).map(|rule| rule.span);
        errors.extend(with_data(&state.tree, &span_of, exists));
    }
    if are_packages {
        package_conflicts(state, &mut places, &mut errors);
    }
    state.found_before.conflicts = errors;
}

/// Reports the conflicts that were found.
pub(super) fn run(state: &mut State<'_>) {
    for error in std::mem::take(&mut state.found_before.conflicts) {
        state.report.fatal(error);
    }
}

/// What the rules of one document have in common, and what not.
#[derive(Debug, Default, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says that a kind of rule is there; they are independent"
)]
pub(super) struct Kinds {
    single: bool,
    multi: bool,
    complete: bool,
    partial: bool,
    multi_set: bool,
    multi_object: bool,
    open_path: bool,
    closed_path: bool,
    arity: Option<usize>,
    arities_differ: bool,
    defaults: usize,
}

impl Kinds {
    pub(super) fn add(&mut self, head: RuleHead<'_>) {
        let multi = head.is_multi_value;
        // All other steps become variables.
        let ground = head.reference.operands.iter().all(walk::is_scalar);
        self.single |= !multi;
        self.multi |= multi;
        self.complete |= !multi && ground;
        self.partial |= multi || !ground;
        self.multi_set |= multi && ground;
        self.multi_object |= multi && !ground;
        self.open_path |= !ground;
        self.closed_path |= ground;
        let arity = *self.arity.get_or_insert(head.parameters);
        self.arities_differ |= arity != head.parameters;
        self.defaults += usize::from(head.is_default);
    }

    fn are_mixed(self) -> bool {
        self.single && self.multi
            || self.arities_differ
            || self.complete && self.partial
            || self.multi_set && self.multi_object
    }
}

/// Whether the rules of a document have anything to be at odds with; most don't.
fn may_conflict(node: &Node) -> bool {
    let Kinds { defaults, .. } = node.kinds;
    let about_rules = node.kinds.are_mixed() || defaults > 1;
    !node.rules.is_empty() && (about_rules || node.has_children() || !node.packages.is_empty())
}

fn conflict_at(state: &State<'_>, places: &mut Places<'_>, id: NodeId, node: &Node) -> Option<Diagnostic> {
    let kinds = node.kinds;
    let mut below = Vec::new();
    if kinds.closed_path {
        below = rules_below(state, id, |_| true);
    }
    if below.is_empty() && kinds.open_path {
        below = rules_below(state, id, |rule| !rule.head.args.is_empty());
    }
    if below.is_empty() && !kinds.are_mixed() && kinds.defaults < 2 {
        return None;
    }
    let rules: Vec<&Rule> = node.rules.iter().filter_map(|id| state.rules.get(id.index())).collect();
    let first = rules.first()?;
    let last = rules.last()?;
    let name = || shown_ref(&state.rewritten, &state.full_path(last));
    if !below.is_empty() {
        let lines: Vec<_> = below
            .into_iter()
            .map(|(reference, span)| {
                format!("  rule {} at {}", shown_ref(&state.rewritten, &reference), places.show(span))
            })
            .collect();
        let message = format!("rule {} conflicts with:\n{}", name(), lines.join("\n"));
        return Some(Diagnostic::error(Code::Type, message, first.span));
    }
    if kinds.are_mixed() {
        return Some(Diagnostic::error(
            Code::Type,
            format!("conflicting rules {} found", name()),
            first.span,
        ));
    }
    let defaults = rules.iter().filter(|rule| rule.default);
    let places: Vec<_> = defaults.map(|rule| places.show(rule.span)).collect();
    let message = format!("multiple default rules {} found at {}", name(), places.join(", "));
    let owner = rules.iter().find(|rule| rule.default)?.module;
    let span = state.modules.get(owner.index()).map(|module| module.package.span);
    Some(Diagnostic::error(Code::Type, message, span))
}

/// The paths of the rules below a document, without those below another of them, sorted.
fn rules_below(state: &State<'_>, id: NodeId, wanted: impl Fn(&Rule) -> bool) -> Vec<(Ref, Span)> {
    let mut found: Vec<(String, Ref, Span)> = Vec::new();
    for (_, child) in state.tree.children(id) {
        state.tree.depth_first(child, &mut |_, node| {
            let mut any = false;
            for rule in node.rules.iter().filter_map(|id: &RuleId| state.rules.get(id.index())) {
                if wanted(rule) {
                    let path = state.full_path(rule);
                    let text = display::reference(&path);
                    any |= path.is_ground();
                    if !found.iter().any(|(known, _, _)| is_prefix(known, &text)) {
                        found.retain(|(known, _, _)| !is_prefix(&text, known));
                        found.push((text, path, rule.span));
                    }
                }
            }
            any
        });
    }
    found.sort_by(|left, right| display::compare_refs(&left.1, &right.1));
    found.into_iter().map(|(_, path, span)| (path, span)).collect()
}

fn is_prefix(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Rules must not define what data defines, be it in part: the rules that do, where `exists` says what data has.
pub(super) fn with_data(
    tree: &RuleTree,
    span_of: &dyn Fn(RuleId) -> Option<Span>,
    exists: &dyn Fn(&[&str]) -> bool,
) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for (key, id) in tree.children(NodeId::ROOT) {
        below(&Overlap { tree, span_of, exists }, key, id, &mut Vec::new(), &mut errors);
    }
    errors
}

/// Rules, and what data has.
struct Overlap<'o> {
    tree: &'o RuleTree,
    span_of: &'o dyn Fn(RuleId) -> Option<Span>,
    exists: &'o dyn Fn(&[&str]) -> bool,
}

fn below<'o>(
    overlap: &Overlap<'o>,
    key: &'o Key,
    id: NodeId,
    path: &mut Vec<&'o str>,
    errors: &mut Vec<Diagnostic>,
) {
    let Key::String(name) = key else { return };
    let Some(node) = overlap.tree.node(id) else { return };
    path.push(name);
    // Where data has nothing, it has nothing below either.
    if (overlap.exists)(path) {
        if let Some(span) = node.rules.first().and_then(|id| (overlap.span_of)(*id)) {
            let message = format!("conflicting rule for data path {} found", path.join("/"));
            errors.push(Diagnostic::error(Code::Compile, message, span));
        } else {
            for (key, child) in overlap.tree.children(id) {
                below(overlap, key, child, path, errors);
            }
        }
    }
    path.pop();
}

/// A rule must not define a document that is also a package.
fn package_conflicts(state: &State<'_>, places: &mut Places<'_>, errors: &mut Vec<Diagnostic>) {
    for module in state.order.iter().filter_map(|index| state.modules.get(*index)) {
        for rule in module.rules.iter().filter_map(|id| state.rules.get(id.index())) {
            if !rule.head.reference.is_ground() {
                continue;
            }
            let path = state.full_path(rule);
            let node = state.tree.find(&path).and_then(|id| state.tree.node(id));
            for other in node.into_iter().flat_map(|node| &node.packages) {
                let Some(other) = state.modules.get(*other) else { continue };
                let message = format!(
                    "{} conflicts with rule {} defined at {}",
                    shown_package(other),
                    display::reference(&rule.head.reference),
                    places.show(rule.span),
                );
                errors.push(Diagnostic::error(Code::Type, message, module.package.span));
            }
        }
    }
}

fn shown_package(module: &super::rule::Module) -> String {
    let span = module.package.span;
    let mut names = module.path();
    let Some(first) = names.next() else { return "package".to_owned() };
    let operands = names.map(|name| Term { span, kind: TermKind::String(name.clone()) }).collect();
    let path = Ref { span, head: Term::var(first.clone(), span), operands };
    format!("package {}", display::reference(&path))
}
