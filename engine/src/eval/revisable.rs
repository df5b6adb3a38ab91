//! Policies of which one module after the other is written otherwise, and compiled again alone where that gives the same.

use std::sync::{Arc, OnceLock};

use super::engine::{Lowered, NativeEngine, NativePolicy};
use crate::compile::types::Capabilities;
use crate::compile::{Again, Compiled, Revised};
use crate::diagnostic::Diagnostic;
use crate::frontend::{self, ParsedModules};
use crate::policy::{CompileUnit, Rename};
use crate::program::{self, Draft};
use crate::source::{SourceId, Sources, Span};

/// A policy, and what it takes to compile it quickly with another text of one of its modules.
#[derive(Debug)]
pub struct Revisable {
    engine: NativeEngine,
    policy: NativePolicy,
    draft: Draft,
    modules: ParsedModules,
    renames: Vec<Rename>,
    cases: Vec<Span>,
    capabilities: Capabilities,
}

impl NativeEngine {
    /// As [`compile_native`](Self::compile_native), for whoever wants the same policy with other texts.
    ///
    /// # Errors
    /// As for [`compile_native`](Self::compile_native).
    pub fn revisable(&self, unit: &CompileUnit<'_>) -> Result<Revisable, Vec<Diagnostic>> {
        let policy = self.compile_native(unit)?;
        Ok(Revisable {
            engine: self.clone(),
            draft: Draft::of(policy.0.compiled())?,
            policy,
            modules: unit.modules.clone(),
            renames: unit.renames.to_vec(),
            cases: unit.cases.to_vec(),
            capabilities: Capabilities::current(),
        })
    }
}

impl Revisable {
    /// The policy as it is.
    pub fn policy(&self) -> &NativePolicy {
        &self.policy
    }

    /// The policy, over the same data, with another text of one of its modules; nothing if the modules don't compile then.
    pub fn with_text(&self, id: SourceId, text: &str) -> Option<NativePolicy> {
        let (now, sources) = self.modules.tree_with_text(id, text).ok()?;
        let is_named =
            self.renames.iter().map(|rename| &rename.span).chain(&self.cases).any(|span| span.source == id);
        let before = self.modules.trees().get(id.index()).filter(|_| !is_named);
        let again = before.map_or(Again::Unknown, |before| {
            let (compiled, data) = (self.policy.0.compiled(), self.policy.data());
            frontend::revise(compiled, (before, now), &sources, data, &self.capabilities)
        });
        match again {
            Again::Revised(revised) => self.revised(*revised, sources),
            Again::Broken => None,
            Again::Unknown => {
                let modules = self.modules.with_text(id, text).ok()?;
                let (data, renames, cases) = (self.policy.data(), &self.renames, &self.cases);
                self.engine.compile_native(&CompileUnit { modules: &modules, data, renames, cases }).ok()
            }
        }
    }

    fn revised(&self, revised: Revised, sources: Sources) -> Option<NativePolicy> {
        let before = &self.policy.0.lowered;
        let draft = self.draft.revised(before.compiled(), &revised).ok()?;
        let revision = Revision { before: Arc::clone(before), revised, all: OnceLock::new() };
        let compiling = Compiling::Revised(Box::new(revision));
        let program = match draft {
            Some(draft) => draft.finish(),
            None => program::lower(compiling.all()).ok()?,
        };
        Some(self.engine.policy(sources, compiling, (program, OnceLock::new()), self.policy.data()))
    }
}

/// The compiled modules of a policy.
pub(super) enum Compiling {
    /// They were compiled together.
    All(Box<Compiled>),
    /// They are those of another policy, but for one.
    Revised(Box<Revision>),
}

/// One module of a policy that was compiled again.
pub(super) struct Revision {
    before: Arc<Lowered>,
    revised: Revised,
    /// All of them, if somebody asked.
    all: OnceLock<Compiled>,
}

impl Compiling {
    /// All of them.
    pub(super) fn all(&self) -> &Compiled {
        match self {
            Self::All(compiled) => compiled,
            Self::Revised(revision) => {
                let Revision { before, revised, all } = &**revision;
                all.get_or_init(|| before.compiled().with_revised(revised))
            }
        }
    }
}
