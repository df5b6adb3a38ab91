//! Compiles one module again that is written otherwise, where what the others see of it stays as it was. Everything else that is known of
//! them stays, too.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::assemble;
use super::contents::Contents;
use super::graph::{Graph, Reference};
use super::locals;
use super::rule::{Module, ModuleId, Rule, RuleId};
use super::stages;
use super::state::{Settings, State};
use super::tree::is_data;
use super::types::{self, Documents, Told};
use super::walk::{self, Flow, Node};
use super::written::WrittenNames;
use super::{Checked, CompileOptions, Compiled, TypeCheck, UndefinedCalls, same};
use crate::source::Sources;
use crate::syntax::tree::{self as syntax_tree, Import, Name};

/// A module that was compiled again.
#[derive(Debug, Clone)]
pub struct Revised {
    /// Which one it is.
    pub module: ModuleId,
    /// What is left of it beside its rules.
    pub rest: Module,
    /// The position of the first of its rules among all.
    pub first_rule: usize,
    /// Its rules, in their order.
    pub rules: Vec<Rule>,
    /// Which rules they need.
    graph: Graph,
    /// Which written variable each generated one in them stands for.
    pub written: WrittenNames,
    /// The types of all documents, where they are other ones.
    documents: Option<Arc<Documents>>,
}

impl Revised {
    /// A rule by its id, if it is one of the module.
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.index().checked_sub(self.first_rule)?)
    }
}

/// What comes of a module that is written otherwise.
#[derive(Debug)]
pub enum Again {
    /// It compiles.
    Revised(Box<Revised>),
    /// It does not, whatever the other modules are.
    Broken,
    /// It takes all modules to tell.
    Unknown,
}

impl Compiled {
    /// A module compiled with the tree `now`, where `before` is the one that was compiled with the others; `sources` have its text. The
    /// options are those that all of them were compiled with.
    pub fn revise(
        &self,
        before: &syntax_tree::Module,
        now: syntax_tree::Module,
        sources: &Sources,
        options: &CompileOptions<'_>,
    ) -> Again {
        if before.source != now.source || !has_same_outline(before, &now) || !self.is_plain(sources, options)
        {
            return Again::Unknown;
        }
        self.revise_module(now, sources, options).unwrap_or(Again::Unknown)
    }

    fn revise_module(
        &self,
        tree: syntax_tree::Module,
        sources: &Sources,
        options: &CompileOptions<'_>,
    ) -> Option<Again> {
        let source = tree.source;
        let at = self.modules.iter().position(|module| module.source == source)?;
        let (first_rule, count) = self.rules_of(at)?;
        let mut state = State::new(sources, Settings::of(options));
        state.tree = Arc::clone(&self.tree);
        state.graph_index = Arc::clone(&self.index);
        assemble::alone(&mut state, at, first_rule, tree)?;
        stages::run_alone(&mut state);
        if !state.report.is_empty() {
            return Some(Again::Broken);
        }
        // Nobody else asks whether a document is sure to have a value.
        let asks = |module: &Module| module.contents.have(Contents::TEMPLATES);
        let is_asked = self.modules.iter().any(asks) || state.modules.iter().any(asks);
        if !self.index.has_part(first_rule, count, &state.own_index, is_asked) {
            return None;
        }
        let State { modules, rules, graph, rewritten, .. } = state;
        let rest = modules.into_vec().pop()?;
        let refers_alike = match self.graph.compare(first_rule, &graph) {
            Reference::Same => true,
            // Who replaces a document knows less of the types of those that refer to it.
            Reference::Less => !self.replaces_documents(),
            Reference::More => false,
        };
        let has_metadata = |module: &Module| module.contents.have(Contents::REGO);
        if !refers_alike || has_metadata(&rest) || has_metadata(self.modules.get(at)?) {
            return None;
        }
        let written = Arc::unwrap_or_clone(rewritten);
        let module = ModuleId(u32::try_from(at).ok()?);
        let rules = rules.into_vec();
        let mut revised = Revised { module, rest, first_rule, rules, graph, written, documents: None };
        let now = self.told(sources, (first_rule, &revised.rules));
        let then = self.told(sources, (first_rule, self.rules.get(first_rule..first_rule + count)?))?;
        // What is wrong where the documents are as they were may be right with those that the module defines now.
        if now != Some(then) {
            let all = self.with_revised(&revised);
            let Checked { errors, documents } = options.check_types?(&all.type_check(sources));
            if !errors.is_empty() {
                return Some(Again::Broken);
            }
            revised.documents = Some(Arc::new(documents));
        }
        Some(Again::Revised(Box::new(revised)))
    }

    /// Whether there is nothing that is about all modules: names that no other one may generate, and schemas.
    fn is_plain(&self, sources: &Sources, options: &CompileOptions<'_>) -> bool {
        !options.strict
            && self.schemas.is_empty()
            && sources.iter().all(|(_, source)| !source.text().contains(locals::PREFIX))
    }

    /// All modules, with the one that was compiled again.
    #[must_use]
    pub fn with_revised(&self, revised: &Revised) -> Self {
        let mut all = self.clone();
        if let Some(module) = all.modules.get_mut(revised.module.index()) {
            *module = revised.rest.clone();
        }
        for (rule, now) in all.rules.iter_mut().skip(revised.first_rule).zip(&revised.rules) {
            *rule = now.clone();
        }
        all.graph.replace(revised.first_rule, &revised.graph);
        all.written.replace(revised.module.index(), &revised.written);
        if let Some(documents) = &revised.documents {
            all.documents = Some(Arc::clone(documents));
        }
        all
    }

    /// Whether any rule replaces a document, or a function that rules define, while it asks for others.
    fn replaces_documents(&self) -> bool {
        *self.replaces_documents.get_or_init(|| {
            let mut found = false;
            let mut see = |node: Node<'_>| {
                if let Node::With(with) = node {
                    found |= with.target.as_ref_term().is_some_and(is_data);
                }
                Flow::Descend
            };
            for rule in self.rules.iter().filter(|rule| rule.contents.have(Contents::WITH)) {
                walk::body(&rule.body, &mut see);
                for term in rule.head.args.iter().chain(&rule.head.key).chain(&rule.head.value) {
                    walk::term(term, &mut see);
                }
            }
            found
        })
    }

    /// The position of the first rule of a module, and how many it has with those that are an `else`.
    fn rules_of(&self, module: usize) -> Option<(usize, usize)> {
        let is_own = |rule: &Rule| rule.module.index() == module;
        let first = self.rules.iter().position(is_own)?;
        Some((first, self.rules.iter().skip(first).take_while(|rule| is_own(rule)).count()))
    }

    /// What rules say of their documents, from a position on, where all other documents are known.
    fn told(&self, sources: &Sources, (first, rules): (usize, &[Rule])) -> Option<Vec<Told>> {
        types::told(&self.type_check(sources), self.documents.as_deref()?, (first, rules))
    }

    fn type_check<'a>(&'a self, sources: &'a Sources) -> TypeCheck<'a> {
        TypeCheck {
            threads: NonZeroUsize::MIN,
            sources,
            modules: &self.modules,
            rules: &self.rules,
            paths: self.index.paths(),
            tree: &self.tree,
            graph: &self.graph,
            written: &self.written,
            schemas: &self.schemas,
            undefined_calls: UndefinedCalls::Refuse,
        }
    }
}

/// Whether two modules define the same rules, with as many bodies, and import the same.
fn has_same_outline(before: &syntax_tree::Module, now: &syntax_tree::Module) -> bool {
    let path = |module: &syntax_tree::Module| -> Option<Vec<Name>> {
        Some(module.package.as_ref()?.path.iter().map(|segment| segment.name.clone()).collect())
    };
    let alias = |import: &Import| import.alias.as_ref().map(|alias| alias.var.name.clone());
    let blocks = |module: &syntax_tree::Module| -> Vec<_> {
        let blocks = module.annotations.iter();
        blocks.map(|block| (block.scope, block.target, block.schemas.is_empty())).collect()
    };
    let is_same_rule = |(before, now): (&syntax_tree::Rule, &syntax_tree::Rule)| {
        before.default == now.default
            && before.chained == now.chained
            && before.branches.len() == now.branches.len()
            && before.annotations == now.annotations
            && before.head.args.len() == now.head.args.len()
            && std::mem::discriminant(&before.head.value) == std::mem::discriminant(&now.head.value)
            && same::references(&before.head.reference, &now.head.reference)
    };
    path(before) == path(now)
        && before.version == now.version
        && before.newest_version == now.newest_version
        && blocks(before) == blocks(now)
        && before.imports.len() == now.imports.len()
        && before
            .imports
            .iter()
            .zip(&now.imports)
            .all(|(before, now)| alias(before) == alias(now) && same::references(&before.path, &now.path))
        && before.rules.len() == now.rules.len()
        && before.rules.iter().zip(&now.rules).all(is_same_rule)
}
