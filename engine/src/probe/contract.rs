//! What somebody says of the paths of an input: what they are about, and which of them nobody who asks can choose.

use std::sync::Arc;

use super::decision::Decision;
use super::edit::{Case, Edit};
use super::place::{self, Place};
use super::role::{Role, role_of};
use super::seed::Written;
use super::subject::Subject;
use crate::eval::NativePolicy;
use crate::value::Value;

/// What is said of the input of a decision.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contract {
    declared: Vec<Declared>,
}

/// What is said of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// The path.
    pub path: Vec<Value>,
    /// What it is about.
    pub role: Option<Role>,
    /// Whether it is neither left out nor altered, as whoever enforces the policy puts it there.
    pub is_kept: bool,
    /// The path below `data` of the rule that always gives its value.
    pub derived: Option<Vec<Arc<str>>>,
}

impl Contract {
    /// Of these paths.
    pub fn new(declared: Vec<Declared>) -> Self {
        Self { declared }
    }

    /// Takes in what another contract says.
    pub fn add(&mut self, other: Self) {
        self.declared.extend(other.declared);
    }

    /// Whether nothing is said that an edit could break.
    pub(super) fn is_free(&self) -> bool {
        self.declared.iter().all(|declared| !declared.is_kept && declared.derived.is_none())
    }

    /// The role of a place: of the longest path around it that has one, otherwise as its name tells.
    pub fn role(&self, steps: &[Value]) -> Option<Role> {
        let around = self
            .declared
            .iter()
            .filter(|declared| declared.role.is_some() && steps.starts_with(&declared.path));
        let nearest = around.max_by_key(|declared| declared.path.len());
        nearest.and_then(|declared| declared.role).or_else(|| role_of(steps))
    }

    /// A case with an edit, after which the contract holds as it did before: what it keeps is put back, and what it derives is made
    /// anew. With it comes the edit that leads there; nothing if that changes nothing, or can't be.
    pub(super) fn apply(&self, edit: Edit, case: &Case, policy: &NativePolicy) -> Option<(Edit, Case)> {
        let mut changed = edit.apply(case)?;
        if self.is_free() {
            return Some((edit, changed));
        }
        let mut edits = vec![edit];
        for mending in self.mending(case, &changed, policy)? {
            changed = mending.apply(&changed)?;
            edits.push(mending);
        }
        let edit = if edits.len() == 1 { edits.pop()? } else { Edit::Several(edits) };
        (changed != *case).then_some((edit, changed))
    }

    /// Whether the contract holds of a case that was made of another one.
    pub(super) fn is_met(&self, origin: &Case, case: &Case, policy: &NativePolicy) -> bool {
        self.mending(origin, case, policy).is_some_and(|edits| edits.is_empty())
    }

    /// A case that somebody wrote down, with what the contract derives.
    pub fn mended(&self, written: Written, policy: &NativePolicy) -> Written {
        let Written { name, case } = written;
        let edits = self.mending(&case, &case, policy).unwrap_or_default();
        let case = edits.iter().fold(case, |case, edit| edit.apply(&case).unwrap_or(case));
        Written { name, case }
    }

    /// The edits after which the contract holds of `changed`; nothing if it can't.
    fn mending(&self, origin: &Case, changed: &Case, policy: &NativePolicy) -> Option<Vec<Edit>> {
        let mut edits = Vec::new();
        let mut case = changed.clone();
        for Declared { path, is_kept, derived, .. } in &self.declared {
            let wanted = match derived {
                Some(rule) => {
                    let decision = Decision::at(rule.clone());
                    Subject { policy: policy.clone(), decision }.value(&case)
                }
                None if *is_kept => origin.input.as_ref().and_then(|input| place::at(input, path)).cloned(),
                None => continue,
            };
            if case.input.as_ref().and_then(|input| place::at(input, path)) == wanted.as_ref() {
                continue;
            }
            let place = Place::input(path.clone());
            let edit =
                wanted.map_or_else(|| Edit::Drop(place.clone()), |value| Edit::Put(place.clone(), value));
            case = edit.apply(&case)?;
            edits.push(edit);
        }
        Some(edits)
    }
}
