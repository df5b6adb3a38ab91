//! The check of rules, one after the other, and of queries.

use std::num::NonZeroUsize;

use super::Key;
use super::annotated::Annotated;
use super::check::{Checker, Program, Relaxed};
use super::defined::Defined;
use super::environment::{Documents, Layer, Replacement};
use super::error::TypeError;
use super::infer::names_of_term;
use super::lattice::{Parameter, Type};
use super::order;
use super::schema::Schemas;
use super::tree::Path;
use crate::compile::UndefinedCalls;
use crate::compile::vars::VarMap;
use crate::parallel;
use crate::source::{SourceId, Span};
use crate::syntax::tree::{Body, Ref, SchemaAnnotation, Term};

/// A rule after rewriting, ready to be checked. Each `else` is a rule of its own.
#[derive(Debug, Clone)]
pub struct CheckedRule<'a> {
    /// The whole path of what it defines: `data`, the package, and the reference of the head.
    pub path: &'a Ref,
    /// The parameters of a function; none for other rules.
    pub args: &'a [Term],
    /// What it says.
    pub value: CheckedValue<'a>,
    /// When.
    pub body: &'a Body,
    /// What annotations say of the documents that it refers to; the last counts most.
    pub schemas: &'a [SchemaAnnotation],
    /// Whether there may be comprehensions in the body.
    pub has_closures: bool,
    /// Where it stands.
    pub span: Span,
}

/// What a rule says about its document.
#[derive(Debug, Clone, Copy)]
pub enum CheckedValue<'a> {
    /// The document is this.
    Single(&'a Term),
    /// The document is a set that has this element.
    Element(&'a Term),
}

/// What a rule says of the type of its document, if it says anything.
#[derive(Debug)]
pub(in crate::compile) struct Told(Option<Type>);

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        order::compare(self.0.as_ref(), other.0.as_ref()).is_eq()
    }
}

impl Documents {
    /// Checks rules and learns the types of what they define. Rules come after those that they depend on.
    ///
    /// `schemas` are those that annotations may name. Returns what is wrong, in the order of the rules; see [`sort`].
    pub fn check_rules<'a>(
        &mut self,
        rules: impl IntoIterator<Item = CheckedRule<'a>>,
        program: &dyn Program,
        schemas: Option<&Schemas>,
    ) -> Vec<TypeError> {
        let mut errors = Vec::new();
        let relaxed = Relaxed::default();
        let mut annotated = Annotated::new(schemas);
        for rule in rules {
            let described = annotated.describe(self, &rule, &mut errors);
            let mut checker = Checker::new(program, self, &relaxed);
            if let Some(tree) = described {
                checker.environment.enter(Layer::Replaced(Replacement {
                    literal: 0,
                    types: Vec::new(),
                    tree,
                }));
            }
            let (defined, found) = check_rule(&rule, checker);
            errors.extend(found);
            self.learn(defined);
        }
        errors
    }

    /// As [`check_rules`](Self::check_rules) without schemas, layer by layer on so many threads.
    pub(super) fn check_layers(
        &mut self,
        rules: &[CheckedRule<'_>],
        layers: Vec<Vec<usize>>,
        program: &dyn Program,
        threads: NonZeroUsize,
    ) -> Vec<TypeError> {
        let mut errors = Vec::new();
        let relaxed = Relaxed::default();
        for layer in layers {
            let documents = &*self;
            let parts: Vec<&[usize]> = layer.chunks(RULES_AT_ONCE).collect();
            let checked = parallel::map(threads, parts, |part| {
                let rules = part.iter().filter_map(|at| Some((*at, rules.get(*at)?)));
                let check = |(at, rule)| {
                    let checker = Checker::new(program, documents, &relaxed);
                    (at, check_rule(rule, checker))
                };
                rules.map(check).collect::<Vec<_>>()
            });
            let mut learnt = Vec::with_capacity(layer.len());
            for (at, (defined, found)) in checked.into_iter().flatten() {
                if !matches!(defined, Defined::Nothing) {
                    learnt.push(defined);
                }
                errors.extend(found.into_iter().map(|error| (at, error)));
            }
            self.learn_all(learnt, threads);
        }
        errors.sort_by_key(|(at, _)| *at);
        errors.into_iter().map(|(_, error)| error).collect()
    }

    /// What a rule says of its document where all of these are known; nothing if something is wrong with it.
    pub(super) fn told(&self, rule: &CheckedRule<'_>, program: &dyn Program) -> Option<Told> {
        let relaxed = Relaxed::default();
        let (defined, errors) = check_rule(rule, Checker::new(program, self, &relaxed));
        match defined {
            _ if !errors.is_empty() => None,
            Defined::Anything(_) => None,
            Defined::Nothing => Some(Told(None)),
            Defined::At(_, of) => Some(Told(Some(of))),
        }
    }

    /// Checks a query, whose references lead to what was learnt before.
    pub fn check_query(&self, query: &Body, program: &dyn Program) -> Vec<TypeError> {
        let relaxed = Relaxed::default();
        let mut checker = Checker::new(program, self, &relaxed);
        checker.environment.enter(Layer::Variables(VarMap::new()));
        checker.check_body(query)
    }
}

/// Brings errors into OPA's order: by the name of the file, by place, by text.
pub fn sort(errors: &mut [TypeError], name: impl Fn(SourceId) -> String) {
    errors.sort_by_cached_key(|error| (name(error.span.source), error.span.start, error.text()));
}

fn check_rule<'a>(rule: &CheckedRule<'a>, mut checker: Checker<'_>) -> (Defined<'a>, Vec<TypeError>) {
    checker.environment.enter(Layer::Variables(VarMap::new()));
    checker.has_closures = rule.has_closures;
    let errors = checker.check_body(rule.body);
    if !errors.is_empty() {
        return (Defined::Anything(Path::new(rule.path, rule.path.operands.len())), errors);
    }
    let operands = &rule.path.operands;
    if !rule.args.is_empty() {
        let of = function_type(rule, &mut checker);
        return (Defined::At(Path::new(rule.path, operands.len()), of), errors);
    }
    let of = match rule.value {
        CheckedValue::Single(value) => checker.infer(value),
        CheckedValue::Element(element) => checker.infer(element).map(|of| Type::set(Some(of))),
    };
    let Some(mut of) = of else {
        return (Defined::Nothing, errors);
    };
    let ground = operands.iter().take_while(|term| term.is_ground()).count();
    if ground == operands.len() {
        return (Defined::At(Path::new(rule.path, ground), of), errors);
    }
    // Each step after the constant ones is one more level of objects.
    let constant = operands.iter().take_while(|term| Key::is_term(term)).count();
    for step in operands.iter().skip(constant).rev() {
        let Some(key) = checker.infer(step) else {
            return (Defined::Nothing, errors);
        };
        of = Type::object(Vec::new(), Some((Some(key), Some(of))));
    }
    (Defined::At(Path::new(rule.path, ground), of), errors)
}

fn function_type(rule: &CheckedRule<'_>, checker: &mut Checker<'_>) -> Type {
    let mut names = Vec::new();
    for arg in rule.args {
        names_of_term(arg, &mut names);
    }
    for name in &names {
        // What the body does not speak of may be anything.
        if checker.environment.variable(name).is_none() {
            checker.environment.set_variable(name, Some(Type::Any));
        }
    }
    let parameters = rule.args.iter().map(|arg| Parameter::unnamed(checker.infer(arg))).collect();
    let result = match rule.value {
        CheckedValue::Single(value) | CheckedValue::Element(value) => checker.infer(value),
    };
    // It is unknown since it comes from an undefined function; without a result, calls would have too many arguments.
    let anything = checker.program.undefined_calls() == UndefinedCalls::Allow;
    let result = result.or_else(|| anything.then_some(Type::Any));
    Type::function(parameters, None, result.map(|of| Parameter::unnamed(Some(of))))
}

/// Fewer rules aren't worth a thread.
const RULES_AT_ONCE: usize = 64;
