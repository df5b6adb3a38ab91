//! Sites: where in a module a change is made, and what is known there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::mutant::{Effect, Mutant, Operator, Scope};
use crate::probe::reach::Polarity;
use crate::source::Span;
use crate::syntax::tree::{Call, Ref, Term, TermKind};

/// What the rules of a policy have to say about each other: where a change finds what it puts in.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// The names below each path of the input that the rules read, by the text of the path.
    pub(super) inputs: BTreeMap<String, BTreeSet<String>>,
    /// The strings that what is written like this is compared with, as they are written.
    pub(super) constants: BTreeMap<String, BTreeSet<String>>,
}

/// A rule that is changed, and the changes that were found.
pub(super) struct Site<'s> {
    /// The text of the module.
    pub(super) text: &'s str,
    /// What the rules have to say.
    pub(super) vocabulary: &'s Vocabulary,
    /// The path of the rule.
    pub(super) rule: Arc<str>,
    /// The paths of rules and packages: what is not below one is a base document.
    pub(super) defined: &'s BTreeSet<Vec<String>>,
    /// What was found.
    pub(super) mutants: Vec<Mutant>,
}

impl<'s> Site<'s> {
    /// What is written at a span.
    pub(super) fn written(&self, span: Span) -> &'s str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Takes down a change of a literal.
    pub(super) fn change(
        &mut self,
        operator: &'static Operator,
        span: Span,
        replacement: impl Into<String>,
        (effect, polarity): (Effect, Polarity),
    ) {
        self.add(operator, span, replacement.into(), (effect, polarity), Scope::Literals);
    }

    /// Takes down a change of a whole rule.
    pub(super) fn change_rule(
        &mut self,
        operator: &'static Operator,
        span: Span,
        replacement: impl Into<String>,
        (effect, polarity): (Effect, Polarity),
    ) {
        self.add(operator, span, replacement.into(), (effect, polarity), Scope::Rule);
    }

    fn add(
        &mut self,
        operator: &'static Operator,
        span: Span,
        replacement: String,
        (effect, polarity): (Effect, Polarity),
        scope: Scope,
    ) {
        if self.written(span) == replacement {
            return;
        }
        let rule = Arc::clone(&self.rule);
        let direction = effect.at(polarity);
        self.mutants.push(Mutant { operator, span, replacement, direction, rule, scope });
    }
}

/// What OPA calls the function or operator of a call: `equal`, `internal.member_2`, `regex.match`.
pub(super) fn function(call: &Call) -> String {
    let names = call.operator.names().unwrap_or_default();
    names.into_iter().map(crate::syntax::tree::Name::as_str).collect::<Vec<_>>().join(".")
}

/// The call that a term is, if it is one of this function.
pub(super) fn call_of<'t>(term: &'t Term, name: &str) -> Option<&'t Call> {
    term.as_call().filter(|call| function(call) == name)
}

/// Whether a term is a value that is written down.
pub(super) fn is_constant(term: &Term) -> bool {
    match &term.kind {
        TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_) => true,
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().all(is_constant),
        TermKind::Object(pairs) => pairs.iter().all(|(key, value)| is_constant(key) && is_constant(value)),
        TermKind::Template(_)
        | TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => false,
    }
}

/// The names of a reference that starts with `root` and has names only.
pub(super) fn path_below<'r>(reference: &'r Ref, root: &str) -> Option<Vec<&'r str>> {
    let names = reference.names()?;
    let (first, rest) = names.split_first()?;
    (first.as_str() == root).then(|| rest.iter().map(|name| name.as_str()).collect())
}

/// Whether a whole number is written here, and which.
pub(super) fn whole_number(term: &Term) -> Option<i64> {
    if let TermKind::Number(text) = &term.kind { text.as_str().parse().ok() } else { None }
}
