//! The families of policies: each has seeds of its own, so that a new family leaves the policies of the others as they
//! are.

use portcullis::policy::RegoVersion;

use super::generate::{Generator, Style};
use super::{calls_of_cases, decorate, guarded, joins, mend, parts};
use crate::case::Case;

/// What policies are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// The common forms of rules and terms.
    Plain,
    /// The same with imports, annotations, comments, other white space, and rules in several modules.
    Decorated,
    /// The rarer forms of rules, literals and terms, in packages that refer to each other.
    Forms,
    /// The rarer forms, decorated.
    DecoratedForms,
    /// Calls of built-in functions with operands of the recorded calls, mixed.
    Calls,
    /// Modules of version 0, some of which import keywords or version 1.
    Older,
    /// Comparisons that OPA's rule index knows, with errors among them.
    Guarded,
    /// Sets and objects, of which some keys are asked for.
    Parts,
    /// Base documents that are gone through and compared.
    Joins,
}

impl Family {
    pub(crate) const ALL: &[Self] = &[
        Self::Plain,
        Self::Decorated,
        Self::Forms,
        Self::DecoratedForms,
        Self::Calls,
        Self::Older,
        Self::Guarded,
        Self::Parts,
        Self::Joins,
    ];

    /// How many policies there are of it for a hundred of the first family.
    pub(crate) fn share(self) -> u64 {
        match self {
            Self::Plain => 100,
            Self::Decorated | Self::DecoratedForms | Self::Calls => 2,
            Self::Forms | Self::Older | Self::Guarded | Self::Parts | Self::Joins => 3,
        }
    }

    /// What its policies are written in, unless they import something else.
    pub(crate) fn version(self) -> RegoVersion {
        match self {
            Self::Older => RegoVersion::V0,
            Self::Plain
            | Self::Decorated
            | Self::Forms
            | Self::DecoratedForms
            | Self::Calls
            | Self::Guarded
            | Self::Parts
            | Self::Joins => RegoVersion::V1,
        }
    }

    /// The cases of one policy: the same modules and data with several inputs.
    pub(crate) fn cases(self, seed: u64) -> Vec<Case> {
        let written = self.written(seed);
        // Half of the policies of the first family are refused, and it is left as it is; so is one in which few are.
        if matches!(self, Self::Plain | Self::Guarded) {
            written
        } else {
            mend::mended(seed ^ self.salt(), written)
        }
    }

    /// The same before any of it is mended.
    pub(crate) fn written(self, seed: u64) -> Vec<Case> {
        // What is the same for two families must not be what they have in common.
        let own = seed ^ self.salt();
        let generated = |style, modules: &dyn Fn(&mut Generator) -> Vec<(String, String)>| {
            let mut generator = Generator::new(own, style, self.version());
            let modules = modules(&mut generator);
            generator.cases(&modules)
        };
        let decorated = |generator: &mut Generator| decorate::modules(own, generator.modules());
        match self {
            Self::Plain => generated(Style::Plain, &Generator::modules),
            Self::Forms => generated(Style::Rich, &Generator::modules),
            Self::Decorated => generated(Style::Plain, &decorated),
            Self::DecoratedForms => generated(Style::Rich, &decorated),
            Self::Calls => generated(Style::Plain, &|_| calls_of_cases::modules(own)),
            Self::Older => {
                let style = if seed.is_multiple_of(2) { Style::Plain } else { Style::Rich };
                generated(style, &Generator::older_modules)
            }
            Self::Guarded => guarded::cases(own),
            Self::Parts => parts::cases(own),
            Self::Joins => joins::cases(own),
        }
    }

    fn salt(self) -> u64 {
        match self {
            Self::Plain => 0,
            Self::Decorated => 0xdec0_0000_0000,
            Self::Forms => 0xf0f0_0000_0000,
            Self::DecoratedForms => 0xdecf_0000_0000,
            Self::Calls => 0xca11_0000_0000,
            Self::Older => 0x0e00_0000_0000,
            Self::Guarded => 0x9a4d_0000_0000,
            Self::Parts => 0x9a27_0000_0000,
            Self::Joins => 0x1015_0000_0000,
        }
    }
}

/// One module over some data, with several inputs.
pub(crate) fn with_inputs(text: &str, data: &str, inputs: impl Iterator<Item = String>) -> Vec<Case> {
    let case = |input| Case {
        modules: vec![("t.rego".to_owned(), text.to_owned())],
        data: data.to_owned(),
        input: Some(input),
        version: RegoVersion::V1,
    };
    inputs.map(case).collect()
}
