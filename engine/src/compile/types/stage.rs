//! The check of compiled modules. OPA's stage `CheckTypes`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::num::NonZeroUsize;
use std::sync::OnceLock;

use super::calls::Functions;
use super::capabilities::Capabilities;
use super::check::Program;
use super::environment::Documents;
use super::error::{Detail, TypeError};
use super::lattice::Type;
use super::layers;
use super::names::Names;
use super::places::Places;
use super::rules::{CheckedRule, CheckedValue, Told, sort};
use super::schema::{self, Schemas};
use crate::compile::contents::Contents;
use crate::compile::graph::rules_for;
use crate::compile::rule::{Module, Rule, RuleId};
use crate::compile::state::full_path;
use crate::compile::tree::is_data;
use crate::compile::{self, Checked, TypeCheck, UndefinedCalls, WrittenNames, has_generated_output};
use crate::diagnostic::{Code, Diagnostic};
use crate::parallel;
use crate::source::{LineIndex, SourceId, Sources, Span};
use crate::syntax::display;
use crate::syntax::tree::{Body, Call, Name, Ref, SchemaAnnotation, Term};

/// What the checker takes for given.
#[derive(Debug, Clone, Copy)]
pub struct Assumptions<'a> {
    /// The functions that policies may call.
    pub capabilities: &'a Capabilities,
    /// The schemas of documents; without any, annotations that name one say nothing.
    pub schemas: Option<&'a Schemas>,
}

impl<'a> From<&'a Capabilities> for Assumptions<'a> {
    fn from(capabilities: &'a Capabilities) -> Self {
        Self { capabilities, schemas: None }
    }
}

impl Assumptions<'_> {
    /// What is wrong with the schema of the input, in OPA's words; OPA compiles nothing then.
    ///
    /// # Errors
    /// That error, which has no place.
    pub fn check_input(&self) -> Result<(), Diagnostic> {
        let Some(schema) = self.schemas.and_then(Schemas::input) else { return Ok(()) };
        schema::load(schema, &mut Vec::new())
            .map(|_| ())
            .map_err(|message| Diagnostic::error(Code::Type, message, None))
    }

    fn documents(&self) -> Documents {
        let mut documents = Documents::new(self.capabilities);
        if let Some(schema) = self.schemas.and_then(Schemas::input) {
            // Whoever wants to know what is wrong with it asks `check_input`.
            _ = documents.describe_input(schema);
        }
        documents
    }
}

/// The types of compiled rules, and what is wrong with them, in OPA's order.
///
/// The lines that explain an error are part of its message, each after a line break and a tab.
pub fn check<'a>(view: &TypeCheck<'_>, assumptions: impl Into<Assumptions<'a>>) -> Checked {
    let (documents, errors) = check_documents(view, assumptions);
    // The documents keep the types that messages show.
    Checked { errors: errors.iter().map(TypeError::diagnostic).collect(), documents }
}

/// What is wrong with the calls of rules that are not checked for safety yet, by module and as written.
/// OPA's stage `CheckUndefinedFuncs`.
pub fn check_calls(view: &TypeCheck<'_>, capabilities: &Capabilities) -> Vec<Diagnostic> {
    let program = Compiled::new(view);
    let documents = Documents::new(capabilities);
    let functions = KnownFunctions { view, documents: &documents };
    let rules = program.sequence().into_iter().filter_map(|id| program.checked_rule(id));
    let errors = documents.check_calls(rules, &functions, &program);
    errors.iter().map(TypeError::diagnostic).collect()
}

/// The types of all documents, and what is wrong, in OPA's order.
pub fn check_documents<'a>(
    view: &TypeCheck<'_>,
    assumptions: impl Into<Assumptions<'a>>,
) -> (Documents, Vec<TypeError>) {
    let assumptions = assumptions.into();
    let program = Compiled::new(view);
    let alone = view.threads == NonZeroUsize::MIN;
    let numbers = || if alone { Vec::new() } else { layers::documents(view.rules, view.tree) };
    let (numbers, order) = parallel::both(view.threads, numbers, || program.order());
    let checked = |ids: &[RuleId]| ids.iter().filter_map(|id| program.checked_rule(*id)).collect::<Vec<_>>();
    let rules = parallel::map(view.threads, order.chunks(RULES_AT_ONCE).collect(), checked).concat();
    let mut documents = assumptions.documents();
    // What an annotation is about may be any document that is known by then, so there the order is all.
    let alone = alone || rules.len() < order.len();
    let mut errors = if alone || rules.iter().any(|rule| !rule.schemas.is_empty()) {
        documents.check_rules(rules, &program, assumptions.schemas)
    } else {
        let layers = layers::layers(&order, &numbers, view.graph);
        documents.check_layers(&rules, layers, &program, view.threads)
    };
    let mut places = None;
    for error in &mut errors {
        if let Detail::Unsupported { reference, .. } | Detail::Invalid { reference, .. } = &error.detail
            && ["data", "input"].iter().any(|root| reference.starts_with(root))
        {
            error.span = places.get_or_insert_with(|| Places::new(view)).reported(error.span);
        }
    }
    let name = |source: SourceId| {
        view.sources.get(source).map_or_else(String::new, |source| source.name().to_string())
    };
    sort(&mut errors, name);
    (documents, errors)
}

/// What rules say of their documents, which have the paths from a position on, where all documents are known; nothing if something is
/// wrong with them.
pub(in crate::compile) fn told(
    view: &TypeCheck<'_>,
    documents: &Documents,
    (first, rules): (usize, &[Rule]),
) -> Option<Vec<Told>> {
    let program = Compiled::new(view);
    let told = |(path, rule)| documents.told(&checked(rule, path, &[])?, &program);
    view.paths.get(first..)?.iter().zip(rules).map(told).collect()
}

/// What is wrong with the types of a compiled query about compiled rules, in the order of its literals.
///
/// The same has to be taken for given as when the rules were compiled, if a type checker looked at them then.
pub fn query_errors(
    compiled: &compile::Compiled,
    query: &compile::Query,
    sources: &Sources,
    assumptions: Assumptions<'_>,
) -> Vec<Diagnostic> {
    let view = TypeCheck {
        threads: NonZeroUsize::MIN,
        sources,
        modules: &compiled.modules,
        rules: &compiled.rules,
        paths: compiled.paths(),
        tree: &compiled.tree,
        graph: &compiled.graph,
        written: &compiled.written,
        schemas: &compiled.schemas,
        undefined_calls: UndefinedCalls::Refuse,
    };
    let errors = if let Some(documents) = &compiled.documents {
        check_query(&view, documents, &query.body, &query.written)
    } else {
        let (documents, _) = check_documents(&view, assumptions);
        check_query(&view, &documents, &query.body, &query.written)
    };
    errors.iter().map(TypeError::diagnostic).collect()
}

/// What is wrong with the types of a compiled query, in the order of its literals.
///
/// `documents` are the types of the documents that [`check_documents`] found in the same `view`; `written` says
/// which written variable each generated one of the query stands for.
pub fn check_query(
    view: &TypeCheck<'_>,
    documents: &Documents,
    query: &Body,
    written: &WrittenNames,
) -> Vec<TypeError> {
    let program =
        AskedOf { compiled: Compiled::new(view), names: Names::of_query(query, written, view.sources) };
    documents.check_query(query, &program)
}

/// Compiled rules and a query about them.
#[derive(Debug)]
struct AskedOf<'a> {
    compiled: Compiled<'a>,
    names: Names<'a>,
}

impl Program for AskedOf<'_> {
    fn shown(&self, variable: &Name) -> Option<Term> {
        self.names.shown(variable).or_else(|| self.compiled.shown(variable))
    }

    fn dependents(&self, target: &Ref) -> Vec<Ref> {
        self.compiled.dependents(target)
    }
}

/// Compiled rules, as the checker asks about them.
#[derive(Debug)]
struct Compiled<'a> {
    view: &'a TypeCheck<'a>,
    paths: Cow<'a, [Ref]>,
    users: OnceLock<Vec<Vec<RuleId>>>,
    /// Only messages need them.
    names: OnceLock<Names<'a>>,
}

impl<'a> Compiled<'a> {
    fn new(view: &'a TypeCheck<'a>) -> Self {
        let paths = if view.paths.len() == view.rules.len() {
            Cow::Borrowed(view.paths)
        } else {
            Cow::Owned(Self::paths(view))
        };
        Self { view, paths, users: OnceLock::new(), names: OnceLock::new() }
    }

    /// The path of each rule from `data` on.
    fn paths(view: &TypeCheck<'_>) -> Vec<Ref> {
        let path = |rule: &Rule| full_path(view.modules.get(rule.module.index()), rule);
        let parts = view.rules.chunks(RULES_AT_ONCE).collect();
        let paths = parallel::map(view.threads, parts, |rules| rules.iter().map(path).collect::<Vec<_>>());
        let mut all = Vec::with_capacity(view.rules.len());
        for mut part in paths {
            all.append(&mut part);
        }
        all
    }

    /// The rules that need each rule.
    fn users(&self) -> &[Vec<RuleId>] {
        self.users.get_or_init(|| {
            let mut users = vec![Vec::new(); self.view.rules.len()];
            for rule in ids(self.view.rules) {
                for dependency in self.view.graph.dependencies(rule) {
                    if let Some(found) = users.get_mut(dependency.index()) {
                        found.push(rule);
                    }
                }
            }
            users
        })
    }

    fn checked_rule(&self, id: RuleId) -> Option<CheckedRule<'_>> {
        let schemas = self.view.schemas.get(&id).map_or(&[][..], Vec::as_slice);
        checked(self.view.rules.get(id.index())?, self.paths.get(id.index())?, schemas)
    }

    /// The rules by module, each `else` after the rule that it belongs to.
    fn sequence(&self) -> Vec<RuleId> {
        let name =
            |module: &Module| self.view.sources.get(module.source).map(|source| source.name().to_string());
        let mut modules: Vec<&Module> = self.view.modules.iter().collect();
        modules.sort_by_cached_key(|module| name(module));
        let mut found = Vec::with_capacity(self.view.rules.len());
        for first in modules.into_iter().flat_map(|module| &module.rules) {
            let mut next = Some(*first);
            while let Some(id) = next {
                found.push(id);
                next = self.view.rules.get(id.index()).and_then(|rule| rule.otherwise);
            }
        }
        found
    }

    /// The rules, each after those that it depends on; otherwise by file, place and name.
    fn order(&self) -> Vec<RuleId> {
        let files = self.files();
        let mut placed: Vec<(RuleId, Span)> =
            ids(self.view.rules).zip(self.view.rules.iter().map(|rule| rule.span)).collect();
        placed.sort_by(|left, right| self.compare(*left, *right, &files));
        let all: Vec<RuleId> = placed.into_iter().map(|(id, _)| id).collect();
        let mut ranks = vec![0_usize; all.len()];
        for (rank, id) in all.iter().enumerate() {
            if let Some(slot) = ranks.get_mut(id.index()) {
                *slot = rank;
            }
        }
        let rank = |id: &RuleId| ranks.get(id.index()).copied().unwrap_or_default();
        let dependencies = |id: RuleId| {
            let mut found = self.view.graph.dependencies(id).to_vec();
            // The last is visited first.
            found.sort_by_key(|other| std::cmp::Reverse(rank(other)));
            found
        };
        let mut sorted = Vec::with_capacity(all.len());
        let mut seen = vec![false; all.len()];
        let mut see =
            |id: RuleId| seen.get_mut(id.index()).is_some_and(|seen| !std::mem::replace(seen, true));
        for id in all {
            if !see(id) {
                continue;
            }
            let mut open = vec![(id, dependencies(id))];
            while let Some((rule, waiting)) = open.last_mut() {
                match waiting.pop() {
                    Some(next) if see(next) => open.push((next, dependencies(next))),
                    Some(_) => {}
                    None => {
                        sorted.push(*rule);
                        open.pop();
                    }
                }
            }
        }
        sorted
    }

    /// For each source the number of its name among all names, sorted.
    fn files(&self) -> Vec<usize> {
        let mut names: Vec<&str> = self.view.sources.iter().map(|(_, source)| &**source.name()).collect();
        names.sort_unstable();
        let number = |name: &str| names.partition_point(|other| *other < name);
        self.view.sources.iter().map(|(_, source)| number(source.name())).collect()
    }

    /// By file, place and name.
    fn compare(
        &self,
        (left, at): (RuleId, Span),
        (right, other): (RuleId, Span),
        files: &[usize],
    ) -> Ordering {
        let place = if at.source == other.source {
            at.start.cmp(&other.start)
        } else {
            let source = |id| self.view.sources.get(id);
            let position = |span: Span| {
                let text = source(span.source).map_or("", |source| source.text());
                LineIndex::new(text).position(span.start)
            };
            let file = |id: SourceId| files.get(id.index());
            // Two files of one name are rare enough to be read again.
            file(at.source).cmp(&file(other.source)).then_with(|| position(at).cmp(&position(other)))
        };
        place.then_with(|| {
            let shown = |id: RuleId| {
                self.view.rules.get(id.index()).map(|rule| display::reference(&rule.head.reference))
            };
            shown(left).cmp(&shown(right))
        })
    }
}

impl Program for Compiled<'_> {
    fn shown(&self, variable: &Name) -> Option<Term> {
        let view = self.view;
        let names = self.names.get_or_init(|| Names::new(view.rules, view.written, view.sources));
        names.shown(variable)
    }

    fn undefined_calls(&self) -> UndefinedCalls {
        self.view.undefined_calls
    }

    fn dependents(&self, target: &Ref) -> Vec<Ref> {
        if !is_data(target) {
            return Vec::new();
        }
        let mut open = rules_for(self.view.tree, &self.paths, target);
        let users = self.users();
        let mut seen = vec![false; self.paths.len()];
        let mut found = Vec::new();
        while let Some(id) = open.pop() {
            let Some(seen) = seen.get_mut(id.index()).filter(|seen| !**seen) else { continue };
            *seen = true;
            if let Some(path) = self.paths.get(id.index()) {
                found.push(ground_prefix(path));
            }
            open.extend(users.get(id.index()).into_iter().flatten());
        }
        found
    }
}

/// A rule as it is checked.
fn checked<'r>(rule: &'r Rule, path: &'r Ref, schemas: &'r [SchemaAnnotation]) -> Option<CheckedRule<'r>> {
    let value = match (&rule.head.value, &rule.head.key) {
        (Some(value), _) => CheckedValue::Single(value),
        (None, Some(key)) => CheckedValue::Element(key),
        (None, None) => return None,
    };
    Some(CheckedRule {
        path,
        args: &rule.head.args,
        value,
        body: &rule.body,
        schemas,
        has_closures: rule.contents.have(Contents::CLOSURES),
        span: rule.span,
    })
}

/// The functions of compiled modules.
#[derive(Debug)]
struct KnownFunctions<'a> {
    view: &'a TypeCheck<'a>,
    documents: &'a Documents,
}

impl Functions for KnownFunctions<'_> {
    fn arity(&self, operator: &Ref) -> Option<usize> {
        match self.documents.get(operator) {
            Some(Type::Function(function)) => Some(function.parameters().len()),
            _ => self.view.tree.arity(operator),
        }
    }

    fn has_generated_output(&self, call: &Call) -> bool {
        has_generated_output(call)
    }
}

fn ids(rules: &[Rule]) -> impl Iterator<Item = RuleId> {
    (0_u32..).take(rules.len()).map(RuleId)
}

fn ground_prefix(path: &Ref) -> Ref {
    let operands = path.operands.iter().take_while(|term| term.is_ground()).cloned().collect();
    Ref { span: path.span, head: path.head.clone(), operands }
}

/// Fewer rules aren't worth a thread.
const RULES_AT_ONCE: usize = 512;
