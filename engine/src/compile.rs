//! From modules to rules that can be evaluated: OPA's compiler, stage by stage, with its messages.
//!
//! Each stage is a file that says which of OPA's stages it is; the file `stages.rs` has their order. The result is the rules
//! in OPA's rewritten form, in the types of [`syntax::tree`](crate::syntax::tree):
//!
//! - references are written out from `data` or `input` on, declarations are gone, and declared variables have
//!   generated names;
//! - a call is a whole literal; if it is there for its output, that is an argument beyond those of the function
//!   (see [`has_generated_output`]);
//! - the literals of a body are in an order in which each finds the values it needs.

mod annotations;
mod assemble;
pub mod builtins;
mod capture;
mod cases;
mod conflicts;
pub(crate) mod constants;
mod contents;
mod declare;
mod dependencies;
mod deprecated;
mod dynamics;
mod equals;
mod expand;
mod extract;
mod functions;
mod graph;
mod head_refs;
mod imports;
pub(crate) mod indexed;
pub(crate) mod locals;
mod metadata;
mod pieces;
mod print;
mod query;
mod recursion;
mod report;
mod required;
mod resolve;
mod revise;
pub mod rule;
mod safety;
pub(crate) mod same;
mod shard;
mod shown_names;
mod stages;
mod state;
mod templates;
pub mod tree;
pub mod types;
mod undefined;
mod vars;
pub(crate) mod walk;
mod with;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

pub use capture::Capture;
pub use dependencies::{Dependencies, dependencies};
pub use graph::Graph;
pub use locals::has_generated_output;
pub use query::{Query, QueryContext, compile_query};
pub use required::{Required, required};
pub use revise::{Again, Revised};
pub use rule::{Head, Module, ModuleId, Rule, RuleId};
pub(crate) use state::shown_literal;
pub use tree::RuleTree;
pub use written::WrittenNames;

use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};
use crate::syntax::tree::{self as syntax_tree, SchemaAnnotation};
use builtins::{Builtins, CurrentBuiltins};
use state::{Settings, State};

/// How to compile.
#[derive(Clone, Copy)]
pub struct CompileOptions<'a> {
    /// Whether unused variables and imports, shadowing and deprecated functions are errors in all versions.
    pub strict: bool,
    /// Whether calls of `print` are kept; otherwise they are erased.
    pub keep_print: bool,
    /// How many errors to report; all if `None`.
    pub max_errors: Option<usize>,
    /// The built-in functions.
    pub builtins: &'a dyn Builtins,
    /// What of the language may be used that versions of OPA differ in.
    pub features: Features,
    /// Whether base documents have something at a path below `data`, to report rules that define the same.
    pub data_exists: Option<&'a DataExists<'a>>,
    /// Elements of the heads of tests, sorted: what follows each names a case, and the rule is made to say so.
    pub cases: &'a [Span],
    /// The type checker: what is wrong with rules that all other stages accept.
    pub check_types: Option<&'a TypeChecker<'a>>,
    /// What becomes of calls of functions that nobody defines.
    pub undefined_calls: UndefinedCalls,
    /// On how many threads to work at most; the result doesn't depend on it.
    pub threads: NonZeroUsize,
}

/// What becomes of calls of functions that nobody defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UndefinedCalls {
    /// They are errors.
    #[default]
    Refuse,
    /// They may have any value, as in `opa inspect`: the functions may be in another bundle. Safety of bodies is not checked
    /// then, and their literals stay in the order written.
    Allow,
}

/// What of the language may be used that versions of OPA differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// Which paths heads of rules may have.
    pub rule_paths: RulePaths,
    /// Whether strings with expressions in them may be used.
    pub template_strings: bool,
}

impl Features {
    /// All of them.
    pub const ALL: Self = Self { rule_paths: RulePaths::General, template_strings: true };
}

/// Which paths heads of rules may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulePaths {
    /// One name.
    Names,
    /// Names, and anything as the last step.
    StringPrefixes,
    /// All.
    General,
}

/// Whether base documents have something at a path below `data`. Where they have nothing, they have nothing below either.
pub type DataExists<'a> = dyn Fn(&[&str]) -> bool + Sync + 'a;

/// Finds out the types of rules.
pub type TypeChecker<'a> = dyn Fn(&TypeCheck<'_>) -> Checked + 'a;

/// What a type checker found.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong, in OPA's order.
    pub errors: Vec<Diagnostic>,
    /// The types of all documents.
    pub documents: types::Documents,
}

impl Default for CompileOptions<'_> {
    /// As `opa check` does it.
    fn default() -> Self {
        Self {
            strict: false,
            keep_print: true,
            max_errors: Some(10),
            builtins: &CurrentBuiltins,
            features: Features::ALL,
            data_exists: None,
            cases: &[],
            check_types: None,
            undefined_calls: UndefinedCalls::Refuse,
            threads: NonZeroUsize::MIN,
        }
    }
}

impl std::fmt::Debug for CompileOptions<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CompileOptions")
            .field("strict", &self.strict)
            .field("keep_print", &self.keep_print)
            .field("max_errors", &self.max_errors)
            .finish_non_exhaustive()
    }
}

/// What a type checker is given: rules that are safe and don't recur.
#[derive(Debug, Clone, Copy)]
pub struct TypeCheck<'a> {
    /// On how many threads to work at most; the result doesn't depend on it.
    pub threads: NonZeroUsize,
    /// The sources.
    pub sources: &'a Sources,
    /// The modules.
    pub modules: &'a [Module],
    /// The rules.
    pub rules: &'a [Rule],
    /// The path of each rule from `data` on, or nothing if they are to be found out.
    pub paths: &'a [syntax_tree::Ref],
    /// The rules by their paths.
    pub tree: &'a RuleTree,
    /// Which rules each rule needs.
    pub graph: &'a Graph,
    /// Which written variable each generated one stands for.
    pub written: &'a WrittenNames,
    /// What METADATA annotations say of documents in each rule; the last counts most.
    pub schemas: &'a BTreeMap<RuleId, Vec<SchemaAnnotation>>,
    /// What becomes of calls of functions that nobody defines.
    pub undefined_calls: UndefinedCalls,
}

/// Compiled modules, or as far as they got.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The modules, in the order given.
    pub modules: Vec<Module>,
    /// The rules; sound only if there are no errors.
    pub rules: Vec<Rule>,
    /// The rules by their paths.
    pub tree: Arc<RuleTree>,
    /// Which rules each rule needs.
    pub graph: Graph,
    /// Which written variable each generated one stands for.
    pub written: WrittenNames,
    /// What METADATA annotations say of documents in each rule; the last counts most.
    pub schemas: BTreeMap<RuleId, Vec<SchemaAnnotation>>,
    /// The built-in functions that calls of were replaced or taken out, and that OPA counts as required all the same.
    pub replaced: BTreeSet<&'static str>,
    /// The types of all documents, if there was a type checker.
    documents: Option<Arc<types::Documents>>,
    /// What was written down of the rules, if the compilation came as far as that.
    index: Arc<graph::Index>,
    /// Whether any rule replaces documents while it asks for others.
    replaces_documents: OnceLock<bool>,
    /// The errors, in OPA's words and order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// Whether the modules can be evaluated.
    pub fn is_ok(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// What is wrong between the rules and base documents, of which `exists` says whether they have something at a path below
    /// `data`.
    pub fn data_conflicts(&self, exists: &DataExists<'_>) -> Vec<Diagnostic> {
        conflicts::with_data(&self.tree, &|id| self.rule(id).map(|rule| rule.span), exists)
    }

    /// The path of each rule from `data` on, or nothing if they are to be found out.
    fn paths(&self) -> &[syntax_tree::Ref] {
        self.index.paths()
    }

    /// A rule by its id.
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.index())
    }
}

/// Compiles modules that were parsed without errors from `sources`.
pub fn compile(
    modules: Vec<syntax_tree::Module>,
    sources: &Sources,
    options: &CompileOptions<'_>,
) -> Compiled {
    let mut state = State::new(sources, Settings::of(options));
    assemble::run(&mut state, modules);
    stages::run(&mut state, options.check_types);
    let schemas = state.annotations.schemas(&state);
    let State {
        modules,
        rules,
        tree,
        graph,
        graph_index,
        rewritten,
        report,
        module_locals,
        order,
        replaced,
        documents,
        ..
    } = state;
    let mut diagnostics = report.finish(sources);
    shown_names::rename(&mut diagnostics, &module_locals, &order);
    Compiled {
        modules: modules.into_vec(),
        rules: rules.into_vec(),
        tree,
        graph,
        written: Arc::unwrap_or_clone(rewritten),
        schemas,
        replaced,
        documents,
        index: graph_index,
        replaces_documents: OnceLock::new(),
        diagnostics,
    }
}
