//! Modules and rules as the compiler rewrites them: each `else` is a rule of its own.

use thin_vec::ThinVec;

use super::contents::Contents;
use crate::source::{SourceId, Span};
use crate::syntax::RegoVersion;
use crate::syntax::tree::{Annotations, Body, Import, Name, Package, Ref, Term};

/// Names a rule of one compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub(super) u32);

impl RuleId {
    /// The position of the rule in [`Compiled::rules`](super::Compiled::rules).
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Names a module of one compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(pub(super) u32);

impl ModuleId {
    /// The position of the module in [`Compiled::modules`](super::Compiled::modules).
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is left of a module beside its rules.
#[derive(Debug, Clone)]
pub struct Module {
    /// The source that it was parsed from.
    pub source: SourceId,
    /// The version that it was parsed as.
    pub version: RegoVersion,
    /// The newest version whose rules it follows.
    pub newest_version: RegoVersion,
    /// The package.
    pub package: Package,
    /// The imports; references in rules no longer need them.
    pub imports: Vec<Import>,
    /// The METADATA blocks.
    pub annotations: Vec<Annotations>,
    /// The rules in the order written, without those that are an `else` of another.
    pub rules: Vec<RuleId>,
    /// What there is in any of its rules.
    pub(super) contents: Contents,
}

impl Module {
    /// Whether the checks that version 1 made mandatory apply.
    pub fn is_v1(&self) -> bool {
        self.newest_version >= RegoVersion::V1
    }

    /// The names of the package's path, without `data`.
    pub fn path(&self) -> impl Iterator<Item = &Name> {
        self.package.path.iter().map(|segment| &segment.name)
    }
}

/// One rule: a head, and when it applies.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The module that it belongs to.
    pub module: ModuleId,
    /// Where it was written; for an `else`, from that keyword on.
    pub span: Span,
    /// Whether it says what the document is when no other rule does.
    pub default: bool,
    /// What it defines.
    pub head: Head,
    /// When: never empty.
    pub body: Body,
    /// The rule to try if the body has no answer.
    pub otherwise: Option<RuleId>,
    /// The annotations that apply to it, as indices of [`Module::annotations`].
    pub annotations: Vec<usize>,
    /// What there is in it and in the rules that it was written in one with.
    pub(super) contents: Contents,
}

/// What a rule defines.
#[derive(Debug, Clone)]
pub struct Head {
    /// Where it was written.
    pub span: Span,
    /// The path below the package: a name, and steps that are strings, other scalars or variables.
    pub reference: Ref,
    /// The parameters of a function; none for other rules.
    pub args: ThinVec<Term>,
    /// The element of a set; for `p[x] := v`, the `x` once more, unless it is constant and `if` follows.
    pub key: Option<Term>,
    /// The value; none for the rules of a set.
    pub value: Option<Term>,
}

impl Head {
    /// Whether the rule adds an element to a set instead of giving a value.
    pub fn is_multi_value(&self) -> bool {
        self.value.is_none()
    }

    /// How many operands the reference has before the first that isn't ground.
    pub(super) fn ground_operands(&self) -> usize {
        self.reference.operands.iter().take_while(|term| term.is_ground()).count()
    }
}
