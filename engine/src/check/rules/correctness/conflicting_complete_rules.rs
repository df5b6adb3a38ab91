//! Rule `conflicting-complete-rules`: two values for one document at the same time.

use std::collections::BTreeMap;

use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::Subject;
use crate::compile::{constants, same, walk};
use crate::syntax::display;
use crate::syntax::tree::{Body, HeadValue, Literal, LiteralKind, Module, Name, Ref, Rule, Term, TermKind};

rule! {
    /// ## What it does
    ///
    /// Finds two rules that give one document different constant values and can both apply. They can if the conditions of
    /// one are among those of the other, or if there is an input that satisfies both.
    ///
    /// ## Why is this bad?
    ///
    /// OPA ends the query with an error: a complete rule must not have several values. The decision is neither yes
    /// nor no then, for exactly the requests that both rules are about.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// default level := 0
    ///
    /// level := 1 if input.department == "sales"
    ///
    /// level := 2 if input.role == "manager"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// default level := 0
    ///
    /// level := 2 if {
    ///     input.role == "manager"
    /// } else := 1 if {
    ///     input.department == "sales"
    /// }
    /// ```
    ///
    /// ## Limits
    ///
    /// Both rules have to be in one module. Beside the first case, only conditions are understood that compare a field of the
    /// input with a constant (`==`, `in` a constant collection) or ask for a field to be there. Rules with any other
    /// condition, functions, rules with an `else` and values that aren't constants are not reported.
    CONFLICTING_COMPLETE_RULES {
        id: "conflicting-complete-rules",
        category: Correctness,
        level: Error,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for module in subject.modules {
        for rules in by_path(module).values() {
            for (index, later) in rules.iter().enumerate() {
                let earlier =
                    rules.iter().take(index.min(MOST_COMPARED)).find(|earlier| conflict(earlier, later));
                if let Some(earlier) = earlier {
                    let name = display::reference(&later.head.reference);
                    let (old, new) = (value_text(earlier), value_text(later));
                    findings.add(
                        later.head.span,
                        format!("`{name}` can be `{old}` by another rule when this rule makes it `{new}`"),
                        "make the conditions exclude each other, or chain the rules with `else`",
                    );
                }
            }
        }
    }
}

/// The rules that give a document a constant value, by their paths.
fn by_path(module: &Module) -> BTreeMap<String, Vec<&Rule>> {
    let mut found: BTreeMap<String, Vec<&Rule>> = BTreeMap::new();
    for rule in &module.rules {
        let is_constant = match &rule.head.value {
            HeadValue::True => true,
            HeadValue::Term(term) => walk::is_constant(term),
            HeadValue::Element(_) => false,
        };
        let reference = &rule.head.reference;
        let complete = rule.head.args.is_empty() && reference.names().is_some() && rule.branches.is_empty();
        if is_constant && complete && !rule.default {
            found.entry(display::reference(reference)).or_default().push(rule);
        }
    }
    found
}

fn conflict(left: &Rule, right: &Rule) -> bool {
    !same_value(left, right) && (implies(left, right) || implies(right, left) || can_both_hold(left, right))
}

fn same_value(left: &Rule, right: &Rule) -> bool {
    match (value(left), value(right)) {
        (Some(left), Some(right)) => constants::same(left, right),
        (None, None) => true,
        (Some(value), None) | (None, Some(value)) => matches!(value.kind, TermKind::Boolean(true)),
    }
}

fn value(rule: &Rule) -> Option<&Term> {
    match &rule.head.value {
        HeadValue::Term(term) => Some(term),
        HeadValue::True | HeadValue::Element(_) => None,
    }
}

fn value_text(rule: &Rule) -> String {
    value(rule).map_or_else(|| "true".to_owned(), display::term)
}

/// Whether the second rule applies whenever the first does: its conditions are among those of the first.
fn implies(first: &Rule, second: &Rule) -> bool {
    let first = literals(first.body.as_ref());
    let asked = literals(second.body.as_ref());
    asked.len() <= first.len()
        && !asked.iter().any(|literal| declares(literal))
        && asked.iter().all(|literal| first.iter().any(|other| same::literals(literal, other)))
        // A rule that can't apply at all implies everything.
        && satisfiable(first.iter().copied()) != Some(false)
}

/// Whether a literal has variables of its own, which have other values in another body.
fn declares(literal: &Literal) -> bool {
    matches!(literal.kind, LiteralKind::Declare(_) | LiteralKind::SomeIn(_))
}

fn can_both_hold(left: &Rule, right: &Rule) -> bool {
    let both = literals(left.body.as_ref()).into_iter().chain(literals(right.body.as_ref()));
    satisfiable(both) == Some(true)
}

fn literals(body: Option<&Body>) -> Vec<&Literal> {
    let asks = |literal: &&Literal| !crate::check::body::is_truth(literal);
    body.map(|body| body.literals.iter().filter(asks).collect()).unwrap_or_default()
}

/// Whether there is an input for which all conditions hold; none if one of them is not understood.
fn satisfiable<'a>(conditions: impl Iterator<Item = &'a Literal>) -> Option<bool> {
    let mut wanted: Vec<(Vec<&Name>, Wanted<'a>)> = Vec::new();
    let mut understood = true;
    for literal in conditions {
        match wish(literal) {
            Some(wish) => wanted.push(wish),
            None => understood = false,
        }
    }
    for (index, (path, wish)) in wanted.iter().enumerate() {
        for (other_path, other) in wanted.iter().take(index) {
            let agree = match (
                path.len() == other_path.len(),
                starts(path, other_path) || starts(other_path, path),
            ) {
                (true, true) => wish.agrees_with(other),
                (_, false) => true,
                // What has fields is an object, and no constant that is compared with it here.
                (false, true) => {
                    let above = if path.len() < other_path.len() { wish } else { other };
                    if matches!(above, Wanted::Present) {
                        true
                    } else {
                        understood = false;
                        true
                    }
                }
            };
            if !agree {
                return Some(false);
            }
        }
    }
    understood.then_some(true)
}

fn starts(path: &[&Name], start: &[&Name]) -> bool {
    path.starts_with(start)
}

/// What a condition asks of a field.
#[derive(Debug, Clone)]
enum Wanted<'a> {
    /// To be there and not false.
    Present,
    /// To be one of these.
    OneOf(Vec<&'a Term>),
}

impl Wanted<'_> {
    fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Present, Self::Present) => true,
            (Self::Present, Self::OneOf(values)) | (Self::OneOf(values), Self::Present) => {
                values.iter().any(|value| !matches!(value.kind, TermKind::Boolean(false)))
            }
            (Self::OneOf(left), Self::OneOf(right)) => {
                left.iter().any(|left| right.iter().any(|right| constants::same(left, right)))
            }
        }
    }
}

/// What a condition asks of which field of the input.
fn wish(literal: &Literal) -> Option<(Vec<&Name>, Wanted<'_>)> {
    let LiteralKind::Term(term) = &literal.kind else { return None };
    if literal.negated || !literal.with.is_empty() {
        return None;
    }
    let Some(call) = term.as_call() else {
        return Some((input_path(term.as_ref_term()?)?, Wanted::Present));
    };
    let [left, right] = call.args.as_slice() else { return None };
    let operator = display::reference(&call.operator);
    match operator.as_str() {
        "equal" | "eq" => {
            let (field, value) = if walk::is_constant(right) { (left, right) } else { (right, left) };
            let field = input_path(field.as_ref_term()?)?;
            walk::is_constant(value).then(|| (field, Wanted::OneOf(vec![value])))
        }
        "internal.member_2" => {
            let field = input_path(left.as_ref_term()?)?;
            let (TermKind::Array(terms) | TermKind::Set(terms)) = &right.kind else { return None };
            let constant = terms.iter().all(walk::is_constant);
            constant.then(|| (field, Wanted::OneOf(terms.iter().collect())))
        }
        _ => None,
    }
}

/// The names of a field of the input.
fn input_path(reference: &Ref) -> Option<Vec<&Name>> {
    let names = reference.names()?;
    let is_input = names.first().is_some_and(|root| **root == "input") && names.len() > 1;
    is_input.then_some(names)
}

/// A document with more rules is generated, and comparing all with all takes long.
const MOST_COMPARED: usize = 200;
