//! What the stages work on.

use std::collections::BTreeMap;

use super::CompileOptions;
use super::annotations::AnnotationSet;
use super::builtins::Builtins;
use super::graph::Graph;
use super::locals::{self, Locals};
use super::report::Report;
use super::rule::{Module, Rule, RuleId};
use super::tree::RuleTree;
use super::walk::{self, Rewrite};
use crate::source::Sources;
use crate::syntax::tree::{Import, Name, Ref, Term, Var};

/// All that is known of a compilation; each stage adds to it or rewrites it.
pub(super) struct State<'a> {
    pub(super) sources: &'a Sources,
    pub(super) options: &'a CompileOptions<'a>,
    pub(super) builtins: &'a dyn Builtins,
    pub(super) modules: Vec<Module>,
    /// The modules, sorted by the names of their sources.
    pub(super) order: Vec<usize>,
    pub(super) rules: Vec<Rule>,
    pub(super) report: Report,
    pub(super) locals: Locals,
    /// Which written variable each generated one stands for.
    pub(super) rewritten: BTreeMap<Name, Name>,
    pub(super) unused_imports: Vec<Import>,
    pub(super) tree: RuleTree,
    pub(super) graph: Graph,
    pub(super) annotations: AnnotationSet,
}

impl<'a> State<'a> {
    pub(super) fn new(sources: &'a Sources, options: &'a CompileOptions<'a>) -> Self {
        Self {
            sources,
            options,
            builtins: options.builtins,
            modules: Vec::new(),
            order: Vec::new(),
            rules: Vec::new(),
            report: Report::new(options.max_errors),
            locals: Locals::for_modules(),
            rewritten: BTreeMap::new(),
            unused_imports: Vec::new(),
            tree: RuleTree::default(),
            graph: Graph::default(),
            annotations: AnnotationSet::default(),
        }
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

/// The path of a rule from `data` on.
pub(super) fn full_path(modules: &[Module], rule: &Rule) -> Ref {
    let head = &rule.head.reference;
    let string = |name: &Name, span| Term { span, kind: crate::syntax::tree::TermKind::String(name.clone()) };
    let package = modules.get(rule.module.index()).map(|module| &module.package);
    let mut operands: Vec<Term> = Vec::new();
    for segment in package.into_iter().flat_map(|package| &package.path) {
        operands.push(string(&segment.name, segment.span));
    }
    if let Some(name) = head.head.as_var() {
        operands.push(string(&name.name, name.span));
    }
    operands.extend(head.operands.iter().cloned());
    let span = head.span;
    Ref { span, head: Var { span, name: Name::from("data") }.into(), operands }
}

/// The variable that was written for a generated one, or the variable itself.
pub(super) fn written<'n>(rewritten: &'n BTreeMap<Name, Name>, name: &'n Name) -> &'n Name {
    rewritten.get(name).unwrap_or(name)
}

/// A copy of a reference with the variables that were written, as messages show it.
pub(super) fn shown_ref(rewritten: &BTreeMap<Name, Name>, reference: &Ref) -> String {
    struct Written<'a>(&'a BTreeMap<Name, Name>);
    impl Rewrite for Written<'_> {
        fn var(&mut self, var: &mut Var) {
            let name = locals::shown(written(self.0, &var.name));
            if *var.name != *name {
                var.name = Name::from(name);
            }
        }
    }
    let mut copy = reference.clone();
    walk::descend_ref(&mut Written(rewritten), &mut copy);
    crate::syntax::display::reference(&copy)
}
