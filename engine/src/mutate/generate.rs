//! Finds the mutants of a policy: everything that could be a little different in the rules that a decision depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::mutant::{Mutant, flipped};
use super::run::changed_text;
use super::site::{Site, Vocabulary, call_of, function, is_constant, whole_number};
use super::{clauses, comparisons, defaults, facts, literals, memberships, quantifiers, references, texts};
use crate::diff::normal::plain;
use crate::frontend::ParsedModules;
use crate::policy::ref_text::ref_text;
use crate::probe::decision::{Decision, Reading};
use crate::probe::reach::{Polarity, Reach};
use crate::program::{Program, RuleId};
use crate::source::{SourceId, Span};
use crate::suite::selection::Digest;
use crate::syntax::tree::{
    Body, Call, ComprehensionHead, HeadValue, Literal, LiteralKind, Module, Rule, Term, TermKind,
};

/// The mutants of the rules that the decisions depend on, in the order of modules and places. `program` is that of the modules.
///
/// Modules with tests are left alone: those whose package ends with `_test`, and those with a rule that is a test.
pub fn mutants(modules: &ParsedModules, program: &Program, decisions: &[Decision]) -> Vec<Mutant> {
    let polarities = polarities(program, decisions);
    let rules = Rules::of(program);
    let tested: Vec<&Module> = modules.trees().iter().filter(|module| !is_test(module)).collect();
    let text = |source: SourceId| modules.sources().get(source).map(|source| &**source.text());
    let mut vocabulary = Vocabulary::default();
    for module in &tested {
        let Some(text) = text(module.source) else { continue };
        for rule in &module.rules {
            each_term(rule, &mut |term| learn(&mut vocabulary, text, term));
        }
    }
    let defined = defined(program);
    let mut found = Vec::new();
    for module in tested {
        let Some(text) = text(module.source) else { continue };
        for rule in &module.rules {
            let Some(id) = rules.of_span(rule.span) else { continue };
            let Some(polarity) = polarities.get(&id) else { continue };
            let name = program.rule(id).map(|rule| rule.path.iter().filter_map(|step| step.as_str()));
            let name: Arc<str> = ref_text(std::iter::once("data").chain(name.into_iter().flatten())).into();
            let mut site =
                Site { text, vocabulary: &vocabulary, rule: name, defined: &defined, mutants: Vec::new() };
            walk_rule(&mut site, rule, *polarity);
            found.append(&mut site.mutants);
        }
    }
    found.sort_by(|one, other| {
        (one.span, one.operator.id, &one.replacement).cmp(&(
            other.span,
            other.operator.id,
            &other.replacement,
        ))
    });
    distinct(found, modules)
}

/// Of mutants after which a module says the same, layout aside, the first, which says more where it is of a whole rule. Those that say
/// what the module says already are none.
fn distinct(mutants: Vec<Mutant>, modules: &ParsedModules) -> Vec<Mutant> {
    let says = |text: &str| Digest::of(&plain(text)).number();
    let texts = modules.sources().iter();
    let mut seen: BTreeSet<(SourceId, u64)> = texts.map(|(id, source)| (id, says(source.text()))).collect();
    let mut mutants = mutants;
    mutants.retain(|mutant| {
        let source = modules.sources().get(mutant.span.source);
        let changed = source.and_then(|source| changed_text(source.text(), mutant));
        changed.is_some_and(|changed| seen.insert((mutant.span.source, says(&changed))))
    });
    mutants
}

/// How the rules pull that any of the decisions depends on.
fn polarities(program: &Program, decisions: &[Decision]) -> BTreeMap<RuleId, Polarity> {
    let mut all: BTreeMap<RuleId, Polarity> = BTreeMap::new();
    for decision in decisions {
        let Some(rule) = decision.rule(program) else { continue };
        let start = match decision.reading {
            Reading::Grants => Polarity::Positive,
            Reading::Objections => Polarity::Negative,
        };
        for (rule, polarity) in Reach::of(program, rule, start).rules {
            all.entry(rule)
                .and_modify(|known| *known = if *known == polarity { polarity } else { Polarity::Unknown })
                .or_insert(polarity);
        }
    }
    all
}

/// Rules by where they are written.
struct Rules(BTreeMap<(SourceId, u32), (u32, RuleId)>);

impl Rules {
    fn of(program: &Program) -> Self {
        let clauses = program.clauses.iter();
        Self(
            clauses
                .map(|clause| ((clause.span.source, clause.span.start), (clause.span.end, clause.rule)))
                .collect(),
        )
    }

    /// The rule that has a clause within a span.
    fn of_span(&self, span: Span) -> Option<RuleId> {
        let mut within = self.0.range((span.source, span.start)..(span.source, span.end));
        within.find(|(_, (end, _))| *end <= span.end).map(|(_, (_, rule))| *rule)
    }
}

/// The paths of all rules, as far as they are names.
fn defined(program: &Program) -> BTreeSet<Vec<String>> {
    let names = |rule: &crate::program::Rule| -> Vec<String> {
        rule.path.iter().map_while(|step| step.as_str().map(str::to_owned)).collect()
    };
    program.rules.iter().map(names).collect()
}

/// Whether a module holds tests.
pub fn is_test(module: &Module) -> bool {
    let package = module.package.as_ref().and_then(|package| package.path.last());
    let mut heads = module.rules.iter().filter_map(|rule| rule.head.reference.head.as_var());
    package.into_iter().any(|last| last.name.as_str().ends_with("_test"))
        || heads.any(|var| ["test_", "todo_test_"].iter().any(|start| var.name.as_str().starts_with(start)))
}

fn walk_rule(site: &mut Site<'_>, rule: &Rule, polarity: Polarity) {
    if rule.default {
        defaults::rule(site, rule, polarity);
        return;
    }
    let value = match &rule.head.value {
        HeadValue::Term(term) => Some(term),
        HeadValue::True | HeadValue::Element(_) => None,
    };
    // A branch that holds less often makes way for another one, whose value may say the opposite.
    let polarity = if rule.branches.is_empty() { polarity } else { Polarity::Unknown };
    let own = if value.is_some_and(says_no) { flipped(polarity) } else { polarity };
    clauses::rule(site, rule, own);
    if let Some(value) = value {
        walk_term(site, value, polarity);
        if rule.body.is_none() {
            memberships::constant(site, value, polarity);
        }
    }
    if let Some(body) = &rule.body {
        facts::body(site, body, own);
        walk_body(site, body, own);
    }
    for branch in &rule.branches {
        let own = if branch.value.as_ref().is_some_and(says_no) { flipped(polarity) } else { polarity };
        if let Some(body) = &branch.body {
            facts::body(site, body, own);
            walk_body(site, body, own);
        }
    }
}

/// Whether a value keeps people out.
fn says_no(value: &Term) -> bool {
    match &value.kind {
        TermKind::Boolean(value) => !value,
        TermKind::Object(pairs) => pairs.iter().any(|(key, value)| {
            let is_answer = key.as_string().is_some_and(|key| matches!(key.as_str(), "allow" | "allowed"));
            is_answer && matches!(value.kind, TermKind::Boolean(false))
        }),
        TermKind::Null
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Array(_)
        | TermKind::Set(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => false,
    }
}

fn walk_body(site: &mut Site<'_>, body: &Body, polarity: Polarity) {
    quantifiers::body(site, body, polarity);
    for literal in &body.literals {
        walk_literal(site, literal, polarity);
    }
}

fn walk_literal(site: &mut Site<'_>, literal: &Literal, polarity: Polarity) {
    literals::literal(site, literal, polarity);
    let inner = if literal.negated { flipped(polarity) } else { polarity };
    match &literal.kind {
        LiteralKind::Term(term) => walk_term(site, term, inner),
        LiteralKind::Declare(_) => {}
        LiteralKind::SomeIn(membership) => walk_term(site, &membership.domain, inner),
        LiteralKind::Every(every) => {
            quantifiers::every(site, literal, every, inner);
            walk_term(site, &every.domain, flipped(inner));
            walk_body(site, &every.body, inner);
        }
        LiteralKind::Not(negation) => walk_body(site, &negation.body, flipped(inner)),
        LiteralKind::And(sides) | LiteralKind::Or(sides) => {
            walk_body(site, &sides.left.body, inner);
            walk_body(site, &sides.right.body, inner);
        }
    }
}

fn walk_term(site: &mut Site<'_>, term: &Term, polarity: Polarity) {
    match &term.kind {
        TermKind::Call(call) => walk_call(site, term, call, polarity),
        TermKind::Ref(reference) => {
            references::reference(site, reference, polarity);
            for term in std::iter::once(&reference.head).chain(&reference.operands) {
                walk_term(site, term, Polarity::Unknown);
            }
        }
        TermKind::Comprehension(comprehension) => {
            quantifiers::comprehension(site, term, comprehension, polarity);
            match &comprehension.head {
                ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => {
                    walk_term(site, term, Polarity::Unknown);
                }
                ComprehensionHead::Object(key, value) => {
                    walk_term(site, key, Polarity::Unknown);
                    walk_term(site, value, Polarity::Unknown);
                }
            }
            walk_body(site, &comprehension.body, polarity);
        }
        TermKind::Array(terms) | TermKind::Set(terms) => {
            terms.iter().for_each(|term| walk_term(site, term, Polarity::Unknown));
        }
        TermKind::Object(pairs) => {
            for (key, value) in pairs {
                walk_term(site, key, Polarity::Unknown);
                walk_term(site, value, Polarity::Unknown);
            }
        }
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_) => {}
    }
}

fn walk_call(site: &mut Site<'_>, term: &Term, call: &Call, polarity: Polarity) {
    let name = function(call);
    comparisons::call(site, term, call, &name, polarity);
    texts::call(site, term, call, &name, polarity);
    if name == "object.get" {
        references::object_get(site, call, polarity);
    }
    match (name.as_str(), call.args.as_slice()) {
        ("internal.member_2", [value, collection]) | ("internal.member_3", [_, value, collection]) => {
            memberships::membership(site, value, collection, polarity);
            walk_term(site, value, Polarity::Unknown);
            walk_term(site, collection, polarity);
        }
        (name, [left, right]) => {
            walk_term(site, left, of_operand(name, left, right, polarity));
            walk_term(site, right, of_operand(mirrored(name), right, left, polarity));
        }
        ("count", [counted]) => walk_term(site, counted, polarity),
        (_, args) => args.iter().for_each(|term| walk_term(site, term, Polarity::Unknown)),
    }
}

/// How the first operand of an operator pulls: it has to be told from what it is compared with. Of `count` it is the more that
/// is counted.
fn of_operand(operator: &str, operand: &Term, other: &Term, polarity: Polarity) -> Polarity {
    if call_of(operand, "count").is_none() {
        return match (operator, &other.kind) {
            ("equal", TermKind::Boolean(true)) => polarity,
            ("equal", TermKind::Boolean(false)) => flipped(polarity),
            _ => Polarity::Unknown,
        };
    }
    match (operator, whole_number(other)) {
        ("gt" | "gte", _) | ("neq", Some(0)) => polarity,
        ("lt" | "lte", _) | ("equal", Some(0)) => flipped(polarity),
        _ => Polarity::Unknown,
    }
}

/// The operator with its operands in the other order.
fn mirrored(operator: &str) -> &str {
    match operator {
        "gt" => "lt",
        "gte" => "lte",
        "lt" => "gt",
        "lte" => "gte",
        same => same,
    }
}

/// Takes down what a term says of the input and of constants.
fn learn(vocabulary: &mut Vocabulary, text: &str, term: &Term) {
    if let Some((parent, name)) = references::input_field(term) {
        vocabulary.inputs.entry(parent).or_default().insert(name);
    }
    let Some(call) = term.as_call() else { return };
    let written =
        |term: &Term| text.get(term.span.start as usize..term.span.end as usize).unwrap_or_default();
    let mut learn = |of: &Term, constant: &Term| {
        if !is_constant(of) && constant.as_string().is_some() {
            let constants = vocabulary.constants.entry(written(of).to_owned()).or_default();
            constants.insert(written(constant).to_owned());
        }
    };
    match (function(call).as_str(), call.args.as_slice()) {
        ("equal" | "neq", [left, right]) => {
            learn(left, right);
            learn(right, left);
        }
        ("internal.member_2", [value, collection]) => {
            if let TermKind::Set(elements) | TermKind::Array(elements) = &collection.kind {
                elements.iter().for_each(|element| learn(value, element));
            }
        }
        _ => {}
    }
}

/// Tells of all terms of a rule.
fn each_term(rule: &Rule, tell: &mut dyn FnMut(&Term)) {
    match &rule.head.value {
        HeadValue::Term(term) | HeadValue::Element(term) => terms_of(term, tell),
        HeadValue::True => {}
    }
    for body in rule.body.iter().chain(rule.branches.iter().filter_map(|branch| branch.body.as_ref())) {
        terms_of_body(body, tell);
    }
}

fn terms_of_body(body: &Body, tell: &mut dyn FnMut(&Term)) {
    for literal in &body.literals {
        match &literal.kind {
            LiteralKind::Term(term) => terms_of(term, tell),
            LiteralKind::Declare(_) => {}
            LiteralKind::SomeIn(membership) => terms_of(&membership.domain, tell),
            LiteralKind::Every(every) => {
                terms_of(&every.domain, tell);
                terms_of_body(&every.body, tell);
            }
            LiteralKind::Not(negation) => terms_of_body(&negation.body, tell),
            LiteralKind::And(sides) | LiteralKind::Or(sides) => {
                terms_of_body(&sides.left.body, tell);
                terms_of_body(&sides.right.body, tell);
            }
        }
    }
}

fn terms_of(term: &Term, tell: &mut dyn FnMut(&Term)) {
    tell(term);
    match &term.kind {
        TermKind::Call(call) => call.args.iter().for_each(|term| terms_of(term, tell)),
        TermKind::Ref(reference) => {
            terms_of(&reference.head, tell);
            reference.operands.iter().for_each(|term| terms_of(term, tell));
        }
        TermKind::Comprehension(comprehension) => {
            match &comprehension.head {
                ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => terms_of(term, tell),
                ComprehensionHead::Object(key, value) => {
                    terms_of(key, tell);
                    terms_of(value, tell);
                }
            }
            terms_of_body(&comprehension.body, tell);
        }
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().for_each(|term| terms_of(term, tell)),
        TermKind::Object(pairs) => {
            for (key, value) in pairs {
                terms_of(key, tell);
                terms_of(value, tell);
            }
        }
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_) => {}
    }
}
