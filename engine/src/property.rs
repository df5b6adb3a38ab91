//! Properties: what has to be so for every input, tried on inputs that are made for it.
//!
//! ```text
//! *.properties.yaml --read--+
//! METADATA --annotation-----+--> [PropertySet] --compile--> policy with conditions --Arena--> inputs --check--> Checked
//! property_ rules --rules---+
//! ```

mod annotation;
pub mod arena;
mod change;
pub mod check;
mod compile;
mod court;
mod form;
mod kind;
mod read;
mod rules;
mod schema;
mod shrink;
pub mod tell;
mod text;
mod variable;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::annotation::node_of;
pub use self::annotation::of_metadata;
pub use self::change::{Change, Then};
pub use self::compile::{CompileErrors, compile};
pub use self::kind::Kind;
pub use self::read::read;
pub use self::rules::{Generators, may_be_in, of_rules};
pub use self::schema::properties_schema;
pub use self::text::Condition;
use self::text::Texts;
pub use self::variable::{Source as VariableSource, Variable};
use crate::document::Spanned;
use crate::probe::accepted::Accepted;
use crate::probe::contract::{Contract, Declared};
use crate::probe::role::Role;
use crate::source::Span;
use crate::value::Value;

/// The path of a document below `data`.
pub type Path = Arc<[Arc<str>]>;

/// Properties that stand together: those of a file, of a rule's METADATA, or of a package.
#[derive(Debug, Clone)]
pub struct PropertySet {
    /// The name in reports.
    pub name: Arc<str>,
    /// Where it stands, or else where the first property does.
    pub span: Span,
    /// The decision that they are about; that of the policy if `None`.
    pub entrypoint: Option<(Path, Span)>,
    /// The policy files and directories that are tested, relative to the file; `None` for those of the run.
    pub policies: Option<Vec<Spanned<String>>>,
    /// The data files, relative to the file, in the order in which they are merged.
    pub data: Vec<Spanned<String>>,
    /// What is known of paths of the input.
    pub inputs: Vec<InputPath>,
    /// How much is tried unless the command line says otherwise.
    pub budget: SetBudget,
    /// What the decision is compared with.
    pub baseline: Option<Baseline>,
    /// Findings of probes for the decision that are as they should be.
    pub accepted: Vec<Accepted>,
    /// The properties.
    pub properties: Vec<Property>,
    /// Whether the places of errors are in the policies' own modules.
    pub in_modules: bool,
    /// What of it is written in Rego.
    texts: Texts,
}

impl PropertySet {
    /// What its file says of the input, for probes. The policy has to be compiled with the set's conditions.
    pub fn contract(&self) -> Contract {
        let declared = self.inputs.iter().map(|input| Declared {
            path: input.path.clone(),
            role: input.role,
            is_kept: input.trust == Trust::Pep,
            derived: input.derived.as_ref().map(|term| term.path.to_vec()),
        });
        Contract::new(declared.collect())
    }

    /// The rules that its conditions and terms are.
    fn conditions(&self) -> Vec<Path> {
        let rules = self.properties.iter().flat_map(|property| match &property.kind {
            Kind::Rule { path, assume } => std::iter::once(path.clone()).chain(assume.clone()).collect(),
            Kind::AllowRequires(_)
            | Kind::NeverAllowWhen(..)
            | Kind::DependsOn(_)
            | Kind::OnMissing(..)
            | Kind::MustAllow(_)
            | Kind::EquivalentTo(..)
            | Kind::Expect(_)
            | Kind::Agrees(..)
            | Kind::Changes(_) => Vec::new(),
        });
        self.texts.paths().chain(rules).collect()
    }
}

/// How much is tried for each property of a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SetBudget {
    /// How many inputs.
    pub inputs: Option<u64>,
    /// How long.
    pub time: Option<Duration>,
}

/// What a decision is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The revision of git.
    pub revision: String,
    /// What it means that somebody is newly let in.
    pub new_allow: NewAllow,
}

/// What it means that somebody is newly let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewAllow {
    /// The command fails.
    Fails,
    /// It is told.
    IsTold,
}

/// What is known of a path of the input.
#[derive(Debug, Clone)]
pub struct InputPath {
    /// The path.
    pub path: Vec<Value>,
    /// What it is about.
    pub role: Option<Role>,
    /// The form of its text.
    pub format: Option<Format>,
    /// Who says what stands there.
    pub trust: Trust,
    /// The term that it is made by, if it is derived.
    pub derived: Option<Condition>,
}

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A SPIFFE ID.
    Spiffe,
    /// A URI.
    Uri,
    /// An address for mail.
    Email,
    /// A UUID.
    Uuid,
}

/// Who says what stands at a path of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// Whoever asks: it may be anything, or be left out.
    #[default]
    Caller,
    /// Whoever enforces the policy: it is as it is.
    Pep,
}

/// One property.
#[derive(Debug, Clone)]
pub struct Property {
    /// Its name, unique in its set.
    pub id: Arc<str>,
    /// Where it stands.
    pub span: Span,
    /// What it says, if somebody wrote it down in words.
    pub title: Option<Arc<str>>,
    /// The decision that it is about, if it is another one than the set's.
    pub entrypoint: Option<(Path, Span)>,
    /// The variables that it is about all values of.
    pub each: Vec<Variable>,
    /// Parts of the input that terms give, in their order.
    pub set: Vec<(Vec<Value>, Condition)>,
    /// What has to hold for an input to say something.
    pub assume: Vec<Condition>,
    /// Which data it is about.
    pub data: DataScope,
    /// What has to be so.
    pub kind: Kind,
}

/// Which data a property is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DataScope {
    /// Those that are loaded, and those that tests put in their place.
    #[default]
    Loaded,
    /// Others too, made of them.
    Any,
}

/// The package of the modules that are made of properties.
const PACKAGE: &str = "portcullis_properties";
/// The document that the values of variables are put at.
const VARIABLES: &str = "portcullis_vars";
/// What `ag` stands for in conditions.
const PRELUDE: &str = "portcullis_prelude";
