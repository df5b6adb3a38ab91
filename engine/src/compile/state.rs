//! What the stages work on.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::annotations::AnnotationSet;
use super::assemble::{RuleHead, Waiting};
use super::builtins::Builtins;
use super::contents::Contents;
use super::graph::{self, Graph};
use super::locals::{self, Locals};
use super::pieces::Pieces;
use super::report::Report;
use super::rule::{Module, Rule, RuleId};
use super::tree::RuleTree;
use super::types::Documents;
use super::walk::{self, Rewrite};
use super::written::WrittenNames;
use super::{CompileOptions, DataExists, Features, UndefinedCalls};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Sources, Span};
use crate::syntax::tree::{Import, Literal, Name, Package, Ref, Term, Var};
use thin_vec::ThinVec;

/// The options that stages on several threads look at.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a> {
    pub(super) strict: bool,
    pub(super) keep_print: bool,
    pub(super) max_errors: Option<usize>,
    pub(super) builtins: &'a dyn Builtins,
    pub(super) features: Features,
    pub(super) data_exists: Option<&'a DataExists<'a>>,
    pub(super) cases: &'a [Span],
    pub(super) undefined_calls: UndefinedCalls,
    pub(super) threads: NonZeroUsize,
}

impl<'a> Settings<'a> {
    pub(super) fn of(options: &'a CompileOptions<'a>) -> Self {
        let CompileOptions {
            strict,
            keep_print,
            max_errors,
            builtins,
            features,
            data_exists,
            cases,
            undefined_calls,
            threads,
            ..
        } = *options;
        Self {
            strict,
            keep_print,
            max_errors,
            builtins,
            features,
            data_exists,
            cases,
            undefined_calls,
            threads,
        }
    }
}

/// All that is known of a compilation; each stage adds to it or rewrites it.
pub(super) struct State<'a> {
    pub(super) sources: &'a Sources,
    pub(super) options: Settings<'a>,
    pub(super) builtins: &'a dyn Builtins,
    pub(super) modules: Pieces<Module>,
    /// The modules, sorted by the names of their sources.
    pub(super) order: Vec<usize>,
    pub(super) rules: Pieces<Rule>,
    /// The modules that are not taken in yet, by their positions.
    pub(super) waiting: BTreeMap<usize, Waiting>,
    pub(super) report: Report,
    /// Names for the module, where there is only one.
    pub(super) locals: Locals,
    /// Names for each module.
    pub(super) module_locals: Vec<Locals>,
    /// Which written variable each generated one stands for.
    pub(super) rewritten: Arc<WrittenNames>,
    /// What the stages that run add to it.
    pub(super) renamed: Vec<(Name, Name)>,
    pub(super) unused_imports: Vec<Import>,
    pub(super) tree: Arc<RuleTree>,
    /// The part of the index that is about the rules here, until it is put together.
    pub(super) own_index: graph::Index,
    /// Of all rules.
    pub(super) graph_index: Arc<graph::Index>,
    pub(super) found_before: FoundBefore,
    pub(super) graph: Graph,
    /// The types of documents, once they are known.
    pub(super) documents: Option<Arc<Documents>>,
    pub(super) annotations: Arc<AnnotationSet>,
    /// The built-in functions that calls of were replaced or taken out.
    pub(super) replaced: BTreeSet<&'static str>,
}

/// Errors about several modules that are known before it is their stages' turn.
#[derive(Debug, Default)]
pub(super) struct FoundBefore {
    /// Of `SetAnnotationSet`.
    pub(super) redeclared: Vec<Diagnostic>,
    /// Of `CheckRuleConflicts`.
    pub(super) conflicts: Vec<Diagnostic>,
}

impl<'a> State<'a> {
    pub(super) fn new(sources: &'a Sources, options: Settings<'a>) -> Self {
        Self {
            sources,
            options,
            builtins: options.builtins,
            modules: Pieces::default(),
            order: Vec::new(),
            rules: Pieces::default(),
            waiting: BTreeMap::new(),
            report: Report::new(options.max_errors),
            locals: Locals::default(),
            module_locals: Vec::new(),
            rewritten: Arc::default(),
            renamed: Vec::new(),
            unused_imports: Vec::new(),
            tree: Arc::default(),
            own_index: graph::Index::default(),
            graph_index: Arc::default(),
            found_before: FoundBefore::default(),
            graph: Graph::default(),
            documents: None,
            annotations: Arc::default(),
            replaced: BTreeSet::new(),
        }
    }

    /// Whether any of the modules may have this in its rules.
    pub(super) fn has(&self, contents: Contents) -> bool {
        self.modules.iter().any(|module| module.contents.have(contents))
    }

    /// The source of a module, taken in or not.
    pub(super) fn source(&self, index: usize) -> Option<SourceId> {
        let waiting = self.waiting.get(&index).map(|waiting| waiting.module.source);
        waiting.or_else(|| self.modules.get(index).map(|module| module.source))
    }

    /// The package of a module, taken in or not, and the heads of its rules, without those that are an `else`.
    pub(super) fn outline(&self, index: usize) -> Option<(&Package, Vec<RuleHead<'_>>)> {
        if let Some(waiting) = self.waiting.get(&index) {
            return Some((&waiting.package, waiting.heads().collect()));
        }
        let module = self.modules.get(index)?;
        let heads = module.rules.iter().filter_map(|id| {
            let Rule { head, default, .. } = self.rules.get(id.index())?;
            Some(RuleHead {
                id: *id,
                reference: &head.reference,
                parameters: head.args.len(),
                is_multi_value: head.is_multi_value(),
                is_default: *default,
            })
        });
        Some((&module.package, heads.collect()))
    }

    /// All rules: by module, then as written, each `else` after the rule that it belongs to.
    pub(super) fn sequence(&self) -> Vec<RuleId> {
        let mut all = Vec::with_capacity(self.rules.len());
        for module in self.order.iter().filter_map(|index| self.modules.get(*index)) {
            for first in &module.rules {
                let mut next = Some(*first);
                while let Some(id) = next {
                    all.push(id);
                    next = self.rules.get(id.index()).and_then(|rule| rule.otherwise);
                }
            }
        }
        all
    }
}

impl State<'_> {
    /// The path of a rule from `data` on.
    pub(super) fn full_path(&self, rule: &Rule) -> Ref {
        full_path(self.modules.get(rule.module.index()), rule)
    }
}

/// The path of a rule of a module from `data` on.
pub(super) fn full_path(module: Option<&Module>, rule: &Rule) -> Ref {
    let head = &rule.head.reference;
    let string = |name: &Name, span| Term { span, kind: crate::syntax::tree::TermKind::String(name.clone()) };
    let package = module.map(|module| &module.package);
    let steps = package.map_or(0, |package| package.path.len()) + 1 + head.operands.len();
    let mut operands = ThinVec::with_capacity(steps);
    for segment in package.into_iter().flat_map(|package| &package.path) {
        operands.push(string(&segment.name, segment.span));
    }
    if let Some(var) = head.head.as_var() {
        operands.push(string(&var.name, head.head.span));
    }
    operands.extend(head.operands.iter().cloned());
    let span = head.span;
    Ref { span, head: Term::var(Name::DATA, span), operands }
}

/// The variable that was written for a generated one, or the variable itself.
pub(super) fn written<'n>(rewritten: &'n WrittenNames, name: &'n Name) -> &'n Name {
    rewritten.get(name).unwrap_or(name)
}

/// A copy of a reference with the variables that were written, as messages show it.
pub(super) fn shown_ref(rewritten: &WrittenNames, reference: &Ref) -> String {
    let mut copy = reference.clone();
    walk::descend_ref(&mut Written(rewritten), &mut copy);
    crate::syntax::display::reference(&copy)
}

/// A literal with the variables that were written, as OPA's traces show it.
pub(crate) fn shown_literal(rewritten: &WrittenNames, literal: &Literal) -> String {
    let mut copy = literal.clone();
    walk::descend_literal(&mut Written(rewritten), &mut copy);
    crate::syntax::display::literal(&copy)
}

/// Puts the variables that were written in the place of generated ones.
struct Written<'a>(&'a WrittenNames);

impl Rewrite for Written<'_> {
    fn var(&mut self, var: &mut Var) {
        let name = locals::shown(written(self.0, &var.name));
        if *var.name != *name {
            var.name = Name::from(name);
        }
    }
}
