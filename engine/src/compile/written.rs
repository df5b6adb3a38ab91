//! Which written variable each generated one stands for.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::locals;
use crate::syntax::tree::{Name, Term};

/// Generated variables with the written ones that they stand for.
///
/// Hardly anyone asks unless there is something to say, so the lists of the modules are kept as they are and put
/// in order for the first who asks.
#[derive(Debug, Clone, Default)]
pub struct WrittenNames {
    lists: Vec<Vec<(Name, Name)>>,
    /// The comprehensions that references start at, as they were when variables took their places.
    heads: BTreeMap<Name, Term>,
    sorted: OnceLock<BTreeMap<Name, Name>>,
}

impl WrittenNames {
    /// The variable that was written for a generated one.
    pub fn get(&self, generated: &Name) -> Option<&Name> {
        self.sorted().get(generated)
    }

    /// All generated variables with the written ones, sorted by the generated.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Name)> {
        self.sorted().iter()
    }

    /// Adds variables that were generated for one module.
    pub(super) fn add(&mut self, list: Vec<(Name, Name)>) {
        if !list.is_empty() {
            self.lists.push(list);
            self.sorted.take();
        }
    }

    /// Puts the names of a module in the place of those that it had before it was compiled again.
    pub(super) fn replace(&mut self, module: usize, other: &Self) {
        for list in &mut self.lists {
            list.retain(|(name, _)| !locals::is_of_module(name, module));
        }
        self.heads.retain(|name, _| !locals::is_of_module(name, module));
        self.lists.extend(other.lists.iter().cloned());
        self.heads.extend(other.heads.iter().map(|(name, head)| (name.clone(), head.clone())));
        self.sorted.take();
    }

    /// The comprehensions that were written where references start at generated variables.
    pub(super) fn heads(&self) -> impl Iterator<Item = (&Name, &Term)> {
        self.heads.iter()
    }

    /// Adds the comprehensions at which references of one module start.
    pub(super) fn add_heads(&mut self, heads: Vec<(Name, Term)>) {
        self.heads.extend(heads);
    }

    fn sorted(&self) -> &BTreeMap<Name, Name> {
        self.sorted.get_or_init(|| self.lists.iter().flatten().cloned().collect())
    }
}

impl FromIterator<(Name, Name)> for WrittenNames {
    fn from_iter<I: IntoIterator<Item = (Name, Name)>>(names: I) -> Self {
        let mut all = Self::default();
        all.add(names.into_iter().collect());
        all
    }
}
