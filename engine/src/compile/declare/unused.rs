//! Finds declared variables that nothing uses, and in strict mode assigned ones.

use super::scopes::{Occurrence, Scopes};
use crate::compile::locals::{is_generated, is_wildcard};
use crate::compile::vars::{self, Skip, VarSet};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::{Body, Name};

/// What a body declares, literal by literal, before the declarations are taken out.
pub(super) type Declarations = Vec<(Span, VarSet)>;

/// Adds to [`Scopes::unused`] what the innermost scope, that of `body`, has without use.
///
/// `used` are variables that something outside of the body uses, such as the head of a comprehension.
pub(super) fn check(
    body: &Body,
    declarations: &Declarations,
    scopes: &mut Scopes,
    used: &VarSet,
    strict: bool,
) {
    if strict && scopes.unused.is_empty() {
        assigned(body, scopes, used);
    }
    if scopes.unused.is_empty() {
        declared(body, declarations, scopes, used);
    }
}

fn assigned(body: &Body, scopes: &mut Scopes, used: &VarSet) {
    let mut unused: Vec<(Name, Name)> = scopes
        .top()
        .iter()
        .filter(|(written, entry)| {
            entry.occurrence == Occurrence::Assigned
                && entry.count <= 1
                && !is_wildcard(written)
                && !used.contains(&entry.name)
                && !used.contains(written)
        })
        .map(|(written, entry)| (entry.name.clone(), written.clone()))
        .collect();
    unused.sort();
    for (name, written) in unused {
        let place = body.literals.iter().find(|literal| {
            let mut found = VarSet::new();
            vars::Collector::new(Skip::NOTHING, &mut found).literal(literal);
            found.contains(&name)
        });
        let span = place.or(body.literals.first()).map(|literal| literal.span);
        let message = format!("assigned var {written} unused");
        scopes.unused.push(Diagnostic::error(Code::Compile, message, span));
    }
}

fn declared(body: &Body, declarations: &Declarations, scopes: &mut Scopes, used: &VarSet) {
    let mut candidates: Vec<(Name, Name)> = scopes
        .top()
        .iter()
        .filter(|(_, entry)| entry.occurrence == Occurrence::Declared)
        .map(|(written, entry)| (entry.name.clone(), written.clone()))
        .collect();
    if candidates.is_empty() {
        return;
    }
    let mut occurring = vars::of_body(body, Skip::NOTHING);
    for name in used {
        let name = scopes.declared(name).unwrap_or(name);
        occurring.insert(name.clone());
    }
    candidates.retain(|(name, written)| {
        !occurring.contains(name) && !used.contains(name) && !is_generated(written)
    });
    candidates.sort();
    for (_, written) in candidates {
        let place = declarations.iter().find(|(_, names)| names.contains(&written)).map(|(span, _)| *span);
        let span = place.or_else(|| declarations.first().map(|(span, _)| *span));
        let message = format!("declared var {} unused", super::shown(&written));
        scopes.unused.push(Diagnostic::error(Code::Compile, message, span));
    }
}
