//! Coverage of several policies or runs, put together.

use std::sync::Arc;

use super::hits::count;
use super::{ClauseCoverage, Coverage, FileCoverage, VERSION};

/// Two coverages that can't be put together: a file of the same name has another text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}` is not the same in all of them: measure each on the same revision")]
pub struct Clash {
    /// The file.
    pub file: Arc<str>,
}

impl Default for Coverage {
    /// Of no file.
    fn default() -> Self {
        Self { version: VERSION, files: std::collections::BTreeMap::new() }
    }
}

impl Coverage {
    /// Adds what was counted elsewhere: files that both have are added up, others stay as they are.
    ///
    /// # Errors
    /// When a file has another text there; nothing is added then.
    pub fn add(&mut self, other: Self) -> Result<(), Clash> {
        let differs = |(name, file): (&Arc<str>, &FileCoverage)| {
            self.files.get(name).is_some_and(|own| !own.is_of(file)).then(|| Arc::clone(name))
        };
        if let Some(file) = other.files.iter().find_map(differs) {
            return Err(Clash { file });
        }
        for (name, file) in other.files {
            match self.files.get_mut(&name) {
                Some(own) => own.add(file),
                None => {
                    self.files.insert(name, file);
                }
            }
        }
        Ok(())
    }
}

impl FileCoverage {
    /// Whether both count the same things.
    fn is_of(&self, other: &Self) -> bool {
        let shape = |clause: &ClauseCoverage| {
            (
                clause.range,
                clause.head,
                clause.literals.iter().map(|literal| literal.range).collect::<Vec<_>>(),
            )
        };
        self.text == other.text && self.clauses.iter().map(shape).eq(other.clauses.iter().map(shape))
    }

    fn add(&mut self, other: Self) {
        for (own, clause) in self.clauses.iter_mut().zip(other.clauses) {
            own.is_decision |= clause.is_decision;
            count(&mut own.asked, clause.asked);
            count(&mut own.allowed, clause.allowed);
            count(&mut own.denied, clause.denied);
            count(&mut own.candidate, clause.candidate);
            count(&mut own.skipped, clause.skipped);
            count(&mut own.entered, clause.entered);
            count(&mut own.held, clause.held);
            for (own, literal) in own.literals.iter_mut().zip(clause.literals) {
                count(&mut own.evaluated, literal.evaluated);
                count(&mut own.held, literal.held);
                count(&mut own.failed, literal.failed);
            }
        }
        self.opa.covered.extend(other.opa.covered);
        let both = |own: &mut Option<std::collections::BTreeSet<_>>, other: Option<_>| match (own, other) {
            (Some(own), Some(other)) => own.extend::<std::collections::BTreeSet<_>>(other),
            (own @ None, other) => *own = other,
            (Some(_), None) => {}
        };
        both(&mut self.opa.no_index, other.opa.no_index);
        both(&mut self.opa.no_early_exit, other.opa.no_early_exit);
    }
}
