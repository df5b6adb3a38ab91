//! What to say about variables without a value.

use super::reorder::Unsafe;
use crate::compile::locals::{is_generated, shown};
use crate::compile::report::Places;
use crate::compile::rule::RuleId;
use crate::compile::state::{State, written};
use crate::compile::vars::VarSet;
use crate::compile::written::WrittenNames;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::display;
use crate::syntax::tree::{Name, Ref};
use std::collections::{BTreeMap, BTreeSet};

/// One error per variable, where it is first needed; variables that can't get a value only because of others are
/// left out.
pub(super) fn unsafe_vars(found: &[Unsafe], rewritten: &WrittenNames, scope: &str) -> Vec<Diagnostic> {
    let mut assigned = VarSet::new();
    for name in found.iter().flat_map(|literal| &literal.assigned) {
        assigned.insert(written(rewritten, name).clone());
        assigned.insert(name.clone());
    }
    let mut first: BTreeMap<&Name, Span> = BTreeMap::new();
    for literal in found {
        for name in &literal.vars {
            let place = first.entry(name).or_insert(literal.span);
            if literal.span.start < place.start {
                *place = literal.span;
            }
        }
    }
    let mut named: Vec<(&Name, &Name, Span)> = first
        .into_iter()
        .map(|(name, span)| (name, written(rewritten, name), span))
        .filter(|(_, name, _)| !is_generated(name))
        .collect();
    // By place, since only so many are reported.
    named.sort_by_key(|(_, _, span)| span.start);
    let is_assigned = |name: &Name, original: &Name| assigned.contains(name) || assigned.contains(original);
    let cause_known = named.iter().any(|(name, original, _)| !is_assigned(name, original));
    let errors: Vec<_> = named
        .into_iter()
        .filter(|(name, original, _)| !(cause_known && is_assigned(name, original)))
        .map(|(_, name, span)| {
            let name = shown(name);
            let hint = match name {
                "and" | "contains" | "every" | "if" | "in" | "not" | "or" => {
                    format!(" (hint: `import future.keywords.{name}` to import a future keyword)")
                }
                _ => String::new(),
            };
            Diagnostic::error(Code::UnsafeVar, format!("var {name} is unsafe{scope}{hint}"), span)
        })
        .collect();
    if errors.is_empty() { unsafe_literals(found, scope) } else { errors }
}

/// Where all variables are generated, their names say nothing: the literals are reported.
fn unsafe_literals(found: &[Unsafe], scope: &str) -> Vec<Diagnostic> {
    let mut sorted: Vec<&Unsafe> = found.iter().collect();
    sorted.sort_by_key(|literal| literal.span.start);
    let mut seen = BTreeSet::new();
    let mut errors = Vec::new();
    for literal in sorted {
        let before = seen.len();
        seen.extend(literal.vars.iter().filter(|name| is_generated(name)));
        if seen.len() > before {
            let message = format!("expression is unsafe{scope}");
            errors.push(Diagnostic::error(Code::UnsafeVar, message, literal.span));
        }
    }
    errors
}

/// Says in which rule something is, where the row alone doesn't tell.
pub(super) struct RuleScopes {
    /// Rows of each module that hold rules with different names.
    shared: BTreeMap<usize, BTreeSet<usize>>,
}

impl RuleScopes {
    pub(super) fn new() -> Self {
        Self { shared: BTreeMap::new() }
    }

    /// ` in rule p`, or nothing.
    pub(super) fn of(&mut self, state: &State<'_>, id: RuleId) -> String {
        let Some(rule) = state.rules.get(id.index()) else { return String::new() };
        let mut places = Places::new(state.sources);
        let module = rule.module.index();
        let shared = self.shared.entry(module).or_insert_with(|| shared_rows(state, module, &mut places));
        if shared.contains(&places.position(rule.span).row) {
            format!(" in rule {}", name_of(state, id).unwrap_or_default())
        } else {
            String::new()
        }
    }
}

fn shared_rows(state: &State<'_>, module: usize, places: &mut Places<'_>) -> BTreeSet<usize> {
    let mut first: BTreeMap<usize, String> = BTreeMap::new();
    let mut shared = BTreeSet::new();
    let own = state.sequence();
    for id in own {
        let Some(rule) = state.rules.get(id.index()).filter(|rule| rule.module.index() == module) else {
            continue;
        };
        let row = places.position(rule.span).row;
        let name = name_of(state, id).unwrap_or_default();
        let known = first.entry(row).or_insert_with(|| name.clone());
        if *known != name {
            shared.insert(row);
        }
    }
    shared
}

/// The path of a rule up to its first variable.
fn name_of(state: &State<'_>, id: RuleId) -> Option<String> {
    let head = &state.rules.get(id.index())?.head;
    let ground = head.ground_operands();
    let prefix = Ref {
        span: head.reference.span,
        head: head.reference.head.clone(),
        operands: head.reference.operands.iter().take(ground).cloned().collect(),
    };
    Some(display::reference(&prefix))
}
