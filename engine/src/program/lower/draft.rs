//! Programs as they are lowered, before they are looked at as a whole. From there, a module that was compiled again is lowered again, and
//! nothing else.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::{Lowering, Result, index_of, texts};
use crate::compile::{self, Compiled, Revised};
use crate::diagnostic::Diagnostic;
use crate::program::constants::Pool;
use crate::program::{
    BasePathId, Clause, LiteralId, Program, Rule, RuleId, grouping, index, indexed, join, literals, settled,
    slots,
};

/// A program that is not finished.
#[derive(Debug, Clone)]
pub struct Draft {
    program: Program,
    made: Vec<Made>,
}

/// What a clause was made of.
#[derive(Debug, Clone)]
pub(super) struct Made {
    /// The rule of the compiler.
    pub(super) source: compile::RuleId,
    /// How many literals it has, those inside of others included.
    pub(super) literals: u32,
    /// The base documents that it names, in the order in which they were met.
    pub(super) bases: Vec<BasePathId>,
}

impl Draft {
    /// Lowers modules that compiled without errors.
    ///
    /// # Errors
    /// As for [`lower`](super::lower).
    pub fn of(compiled: &Compiled) -> Result<Self, Vec<Diagnostic>> {
        let mut lowering = Lowering::new(compiled);
        lowering.rules().map_err(|stuck| vec![stuck.diagnostic()])?;
        let Lowering { program, made, .. } = lowering;
        Ok(Self { program, made })
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

    /// The same with a module that was compiled again; `compiled` is what the draft was made of. Nothing if base documents have other names
    /// then.
    ///
    /// # Errors
    /// As for [`lower`](super::lower).
    pub fn revised(&self, compiled: &Compiled, revised: &Revised) -> Result<Option<Self>, Vec<Diagnostic>> {
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
            made: Vec::new(),
            named: Vec::new(),
        };
        let mut changed: BTreeSet<RuleId> = BTreeSet::new();
        // The number of the first literal of a clause before, and now.
        let (mut before, mut now) = (0, 0);
        for (at, known) in self.made.iter().enumerate() {
            let Some(Clause { rule, otherwise, .. }) = self.program.clauses.get(at) else { continue };
            let (clause, made) = if let Some(source) = revised.rule(known.source) {
                let depth = self.program.rule(*rule).map_or(0, |rule| rule.path.len());
                changed.insert(*rule);
                lowering.program.literals = now;
                let made = lowering.make((*rule, depth), (known.source, source), *otherwise);
                let (clause, made) = made.map_err(|stuck| vec![stuck.diagnostic()])?;
                (Some(clause), made)
            } else {
                (None, known.clone())
            };
            if let Some(kept) = lowering.program.clauses.get_mut(at) {
                match clause {
                    Some(clause) => *kept = clause,
                    None if before != now => literals::rename(kept, &mut |LiteralId(id)| {
                        LiteralId(id.saturating_sub(before).saturating_add(now))
                    }),
                    None => {}
                }
            }
            before += known.literals;
            now += made.literals;
            lowering.made.push(made);
        }
        lowering.program.literals = now;
        if !are_named_in_order(&lowering.made, lowering.program.base_paths.len()) {
            return Ok(None);
        }
        for id in changed {
            let Some(Rule { clauses, default, .. }) = self.program.rule(id) else { continue };
            let indexed = lowering.index(id, clauses);
            if let (Some(indexed), Some(rule)) = (indexed, lowering.program.rules.get_mut(index_of(id))) {
                *rule = Rule { clauses: clauses.clone(), default: *default, ..indexed };
            }
        }
        Ok(Some(Self { program: lowering.program, made: lowering.made }))
    }
}

/// Whether so many base documents have the names that they get when one clause after the other is lowered.
fn are_named_in_order(made: &[Made], all: usize) -> bool {
    let mut next = 0;
    for BasePathId(name) in made.iter().flat_map(|made| &made.bases) {
        match name.cmp(&next) {
            Ordering::Less => {}
            Ordering::Equal => next += 1,
            Ordering::Greater => return false,
        }
    }
    usize::try_from(next) == Ok(all)
}
