//! Comprehensions that OPA evaluates for all values of the variables around them at once. OPA's stage `BuildComprehensionIndex`.

use super::assemble::parameter_vars;
use super::builtins::CurrentBuiltins;
use super::functions::Functions;
use super::locals;
use super::rule::Rule;
use super::safety;
use super::tree::RuleTree;
use super::vars::{self, Collector, Skip, VarSet};
use super::walk::{self, Flow, Node};
use crate::syntax::tree::{Body, Comprehension, Literal, LiteralKind, Name, Term, TermKind};

/// A comprehension with the variables from around it by which OPA sorts what it collects.
pub(crate) type Indexed<'t> = (&'t Comprehension, Vec<Name>);

/// Those in the body of a rule, compiled without errors.
pub(crate) fn in_rule<'t>(rule: &'t Rule, tree: &RuleTree) -> Vec<Indexed<'t>> {
    let mut candidates = vars::reserved();
    candidates.extend(parameter_vars(&rule.head.args));
    in_body(&rule.body, candidates, tree)
}

/// Those in a compiled query.
pub(crate) fn in_query<'t>(query: &'t Body, tree: &RuleTree) -> Vec<Indexed<'t>> {
    in_body(query, vars::reserved(), tree)
}

fn in_body<'t>(body: &'t Body, candidates: VarSet, tree: &RuleTree) -> Vec<Indexed<'t>> {
    if !has_comprehension(body) {
        return Vec::new();
    }
    let functions = Functions { builtins: &CurrentBuiltins, tree };
    let mut search = Search { functions, candidates, found: Vec::new() };
    search.body(body);
    search.found
}

fn has_comprehension(body: &Body) -> bool {
    let mut found = false;
    walk::body(body, &mut |node| {
        found |= matches!(node, Node::Term(Term { kind: TermKind::Comprehension(_), .. }));
        if found { Flow::Skip } else { Flow::Descend }
    });
    found
}

struct Search<'s, 't> {
    functions: Functions<'s>,
    /// The variables of the literals before, in whatever body.
    candidates: VarSet,
    found: Vec<Indexed<'t>>,
}

impl<'t> Search<'_, 't> {
    /// A body, and then the bodies inside of it.
    fn body(&mut self, body: &'t Body) {
        for literal in &body.literals {
            if let Some(comprehension) = assigned(literal)
                && let Some(keys) = self.keys(comprehension)
            {
                self.found.push((comprehension, keys));
            }
            Collector::new(Skip::SAFETY, &mut self.candidates).literal(literal);
        }
        let mut inside = Vec::new();
        for literal in &body.literals {
            bodies(literal, &mut inside);
        }
        for body in inside {
            self.body(body);
        }
    }

    fn keys(&self, comprehension: &Comprehension) -> Option<Vec<Name>> {
        let body = &comprehension.body;
        let reserved = vars::reserved();
        let outputs = safety::outputs_of_body(&body.literals, self.functions, &reserved);
        let needed = vars::of_body(body, Skip::SAFETY);
        let is_safe = needed.iter().all(|name| outputs.contains(name) || reserved.contains(name));
        if !is_safe || self.enumerates_candidates(body) || self.closes_over_candidates(body) {
            return None;
        }
        let keys: Vec<Name> = self.candidates.intersection(&outputs).cloned().collect();
        (!keys.is_empty()).then_some(keys)
    }

    /// Whether a reference goes through all values of a variable that has one outside.
    fn enumerates_candidates(&self, body: &Body) -> bool {
        let (mut seen, mut found) = (VarSet::new(), false);
        walk::body(body, &mut |node| {
            let mut outputs = VarSet::new();
            match node {
                Node::Literal(literal) => {
                    if let Some(call) = locals::call_of(literal).filter(|call| locals::calls(call, "walk"))
                        && let Some(output) = call.args.get(1)
                    {
                        outputs = vars::of_term(output, Skip::NOTHING);
                    }
                }
                Node::Ref(reference) => Collector::new(Skip::REF_HEADS, &mut outputs).operands(reference),
                Node::Var(var) => seen.add(&var.name),
                Node::Term(Term { kind: TermKind::Comprehension(_), .. }) => return Flow::Skip,
                Node::Body | Node::With(_) | Node::Term(_) => {}
            }
            found |= outputs.iter().any(|name| self.candidates.contains(name) && !seen.contains(name));
            if found { Flow::Skip } else { Flow::Descend }
        });
        found
    }

    /// Whether a comprehension inside has a variable from outside.
    fn closes_over_candidates(&self, body: &Body) -> bool {
        let mut found = false;
        walk::body(body, &mut |node| {
            if let Node::Term(term) = node
                && matches!(term.kind, TermKind::Comprehension(_))
            {
                found |= vars::of_term(term, Skip::REF_HEADS).intersection(&self.candidates).next().is_some();
                return Flow::Skip;
            }
            if found { Flow::Skip } else { Flow::Descend }
        });
        found
    }
}

/// The comprehension on one side of an equality with a variable on the other.
fn assigned(literal: &Literal) -> Option<&Comprehension> {
    if literal.negated || !literal.with.is_empty() {
        return None;
    }
    let (left, right) = locals::sides(literal)?;
    let (variable, other) = if left.as_var().is_some() { (left, right) } else { (right, left) };
    match &other.kind {
        TermKind::Comprehension(comprehension) if variable.as_var().is_some() => Some(comprehension),
        TermKind::Comprehension(_)
        | TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Array(_)
        | TermKind::Object(_)
        | TermKind::Set(_)
        | TermKind::Call(_) => None,
    }
}

/// The outermost bodies inside of a literal.
fn bodies<'t>(literal: &'t Literal, found: &mut Vec<&'t Body>) {
    walk::literal(literal, &mut |node| match node {
        Node::Literal(inner) => match &inner.kind {
            LiteralKind::Every(every) => {
                found.push(&every.body);
                Flow::Skip
            }
            LiteralKind::Not(not) => {
                found.push(&not.body);
                Flow::Skip
            }
            LiteralKind::And(both) | LiteralKind::Or(both) => {
                found.extend([&both.left.body, &both.right.body]);
                Flow::Skip
            }
            LiteralKind::Term(_) | LiteralKind::Declare(_) | LiteralKind::SomeIn(_) => Flow::Descend,
        },
        Node::Term(Term { kind: TermKind::Comprehension(comprehension), .. }) => {
            found.push(&comprehension.body);
            Flow::Skip
        }
        Node::Body | Node::Term(_) | Node::With(_) | Node::Ref(_) | Node::Var(_) => Flow::Descend,
    });
}
