//! Programs as they are lowered, before they are looked at as a whole. From there, a module that was compiled again is lowered again, and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lowering, Result, index_of, texts};
use crate::compile::{self, Compiled, Revised};
use crate::diagnostic::Diagnostic;
use crate::program::constants::Pool;
use crate::program::{
    BasePathId, Clause, Program, Rule, RuleId, grouping, index, indexed, join, settled, slots,
};

/// A program that is not finished.
#[derive(Debug, Clone)]
pub struct Draft {
    program: Program,
    /// Of which rule of the compiler each clause was made.
    origins: Vec<compile::RuleId>,
}

impl Draft {
    /// Lowers modules that compiled without errors.
    ///
    /// # Errors
    /// As for [`lower`](super::lower).
    pub fn of(compiled: &Compiled) -> Result<Self, Vec<Diagnostic>> {
        let mut lowering = Lowering::new(compiled);
        lowering.rules().map_err(|stuck| vec![stuck.diagnostic()])?;
        let Lowering { program, origins, .. } = lowering;
        Ok(Self { program, origins })
    }

    /// The program, with all that is found out by looking at all of it.
    pub fn finish(self) -> Program {
        let Self { mut program, .. } = self;
        program.prints = program.clauses.iter().any(|clause| index::prints(&clause.body));
        join::find(&mut program);
        slots::find_unread(&mut program);
        grouping::find(&mut program);
        settled::find(&mut program);
        indexed::find(&mut program);
        program
    }

    /// The same with a module that was compiled again: its clauses have other literals, with ids of their own. `compiled` is what the
    /// draft was made of.
    ///
    /// # Errors
    /// As for [`lower`](super::lower).
    pub fn revised(&self, compiled: &Compiled, revised: &Revised) -> Result<Self, Vec<Diagnostic>> {
        let base_paths = (0..).map(BasePathId).zip(&self.program.base_paths);
        let mut lowering = Lowering {
            compiled,
            written: &revised.written,
            program: self.program.clone(),
            pool: Pool::default(),
            sources: Vec::new(),
            base_ids: base_paths.map(|(id, path)| (texts(path), id)).collect(),
            texts: None,
            indexed: BTreeMap::new(),
            origins: Vec::new(),
        };
        let mut changed: BTreeSet<RuleId> = BTreeSet::new();
        for (at, origin) in self.origins.iter().enumerate() {
            let Some(source) = revised.rule(*origin) else { continue };
            let Some(Clause { rule, otherwise, .. }) = self.program.clauses.get(at) else { continue };
            let depth = self.program.rule(*rule).map_or(0, |rule| rule.path.len());
            let clause = lowering.clause(*rule, depth, source, *otherwise);
            let clause = clause.map_err(|stuck| vec![stuck.diagnostic()])?;
            if let Some(known) = lowering.program.clauses.get_mut(at) {
                *known = clause;
            }
            changed.insert(*rule);
        }
        for id in changed {
            let Some(Rule { clauses, default, .. }) = self.program.rule(id) else { continue };
            let indexed = lowering.index(id, clauses);
            if let (Some(indexed), Some(rule)) = (indexed, lowering.program.rules.get_mut(index_of(id))) {
                *rule = Rule { clauses: clauses.clone(), default: *default, ..indexed };
            }
        }
        Ok(Self { program: lowering.program, origins: self.origins.clone() })
    }
}
