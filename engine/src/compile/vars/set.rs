//! Sets of variables: most have a handful of names, so they are sorted lists until they grow.

use std::collections::{BTreeSet, btree_set};
use std::slice;

use smallvec::SmallVec;

use crate::syntax::tree::Name;

/// A set of variables, which are gone through in the order of their names.
#[derive(Debug, Clone)]
pub(in crate::compile) struct VarSet(Form);

#[derive(Debug, Clone)]
enum Form {
    /// Sorted, at most [`FEW`].
    Few(SmallVec<[Name; INLINE]>),
    /// More than could be moved about at each insertion.
    Many(BTreeSet<Name>),
}

impl VarSet {
    /// The empty set.
    pub(in crate::compile) fn new() -> Self {
        Self(Form::Few(SmallVec::new()))
    }

    pub(in crate::compile) fn is_empty(&self) -> bool {
        match &self.0 {
            Form::Few(names) => names.is_empty(),
            Form::Many(names) => names.is_empty(),
        }
    }

    pub(in crate::compile) fn contains(&self, name: &Name) -> bool {
        match &self.0 {
            Form::Few(names) => find(names, name).is_ok(),
            Form::Many(names) => names.contains(name),
        }
    }

    /// Adds a variable; answers whether it is new.
    pub(in crate::compile) fn insert(&mut self, name: Name) -> bool {
        let place = match &mut self.0 {
            Form::Few(names) => find(names, &name),
            Form::Many(names) => return names.insert(name),
        };
        place.is_err_and(|at| {
            self.put(at, name);
            true
        })
    }

    /// Adds a variable that belongs to someone else.
    pub(in crate::compile) fn add(&mut self, name: &Name) {
        match &mut self.0 {
            Form::Few(names) => {
                if let Err(at) = find(names, name) {
                    self.put(at, name.clone());
                }
            }
            Form::Many(names) => {
                if !names.contains(name) {
                    names.insert(name.clone());
                }
            }
        }
    }

    /// Adds a variable that isn't among the few, at the place that it has there.
    fn put(&mut self, at: usize, name: Name) {
        let Form::Few(names) = &mut self.0 else { return };
        names.insert(at, name);
        if names.len() > FEW {
            self.0 = Form::Many(std::mem::take(names).into_iter().collect());
        }
    }

    /// Takes a variable out; answers whether it was there.
    pub(in crate::compile) fn remove(&mut self, name: &Name) -> bool {
        match &mut self.0 {
            Form::Few(names) => match find(names, name) {
                Ok(at) => {
                    names.remove(at);
                    true
                }
                Err(_) => false,
            },
            Form::Many(names) => names.remove(name),
        }
    }

    pub(in crate::compile) fn retain(&mut self, mut keep: impl FnMut(&Name) -> bool) {
        match &mut self.0 {
            Form::Few(names) => names.retain(|name| keep(name)),
            Form::Many(names) => names.retain(keep),
        }
    }

    /// Adds what another set has.
    pub(in crate::compile) fn add_all(&mut self, other: &Self) {
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        for name in other {
            self.add(name);
        }
    }

    pub(in crate::compile) fn is_subset(&self, other: &Self) -> bool {
        self.iter().all(|name| other.contains(name))
    }

    pub(in crate::compile) fn intersection<'s>(&'s self, other: &'s Self) -> impl Iterator<Item = &'s Name> {
        self.iter().filter(|name| other.contains(name))
    }

    pub(in crate::compile) fn iter(&self) -> Iter<'_> {
        match &self.0 {
            Form::Few(names) => Iter::Few(names.iter()),
            Form::Many(names) => Iter::Many(names.iter()),
        }
    }
}

/// Where a name is, or would have to be. The same text is most often the same piece of memory, which is looked for first.
fn find(names: &[Name], name: &Name) -> Result<usize, usize> {
    match names.iter().position(|other| other.is_shared_with(name)) {
        Some(at) => Ok(at),
        None => names.binary_search(name),
    }
}

impl Default for VarSet {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for VarSet {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Extend<Name> for VarSet {
    fn extend<I: IntoIterator<Item = Name>>(&mut self, names: I) {
        for name in names {
            self.insert(name);
        }
    }
}

impl FromIterator<Name> for VarSet {
    fn from_iter<I: IntoIterator<Item = Name>>(names: I) -> Self {
        let mut set = Self::new();
        set.extend(names);
        set
    }
}

/// The variables of a set, sorted.
#[derive(Debug)]
pub(in crate::compile) enum Iter<'s> {
    Few(slice::Iter<'s, Name>),
    Many(btree_set::Iter<'s, Name>),
}

impl<'s> Iterator for Iter<'s> {
    type Item = &'s Name;

    fn next(&mut self) -> Option<&'s Name> {
        match self {
            Self::Few(names) => names.next(),
            Self::Many(names) => names.next(),
        }
    }
}

/// The variables of a set that is used up, sorted.
#[derive(Debug)]
pub(in crate::compile) enum IntoIter {
    Few(smallvec::IntoIter<[Name; INLINE]>),
    Many(btree_set::IntoIter<Name>),
}

impl Iterator for IntoIter {
    type Item = Name;

    fn next(&mut self) -> Option<Name> {
        match self {
            Self::Few(names) => names.next(),
            Self::Many(names) => names.next(),
        }
    }
}

impl<'s> IntoIterator for &'s VarSet {
    type Item = &'s Name;
    type IntoIter = Iter<'s>;

    fn into_iter(self) -> Iter<'s> {
        self.iter()
    }
}

impl IntoIterator for VarSet {
    type Item = Name;
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        match self.0 {
            Form::Few(names) => IntoIter::Few(names.into_iter()),
            Form::Many(names) => IntoIter::Many(names.into_iter()),
        }
    }
}

/// Up to here a list is no slower than a tree.
const FEW: usize = 32;

/// Up to so many are kept without a piece of memory of their own.
const INLINE: usize = 6;

#[cfg(test)]
mod tests {
    use super::{FEW, Form, VarSet};

    use crate::syntax::tree::Name;

    #[test]
    fn small_and_large_sets_are_sorted_and_hold_each_name_once() {
        let name = |number: usize| Name::from(format!("v{:03}", number * 7 % 100).as_str());
        for count in [0, 1, FEW, FEW + 1, 100] {
            let mut set: VarSet = (0..count).map(name).collect();
            assert_eq!(matches!(set.0, Form::Few(_)), count <= FEW, "{count}");
            for number in 0..count {
                assert!(set.contains(&name(number)) && !set.insert(name(number)));
                set.add(&name(number));
            }
            let mut expected: Vec<Name> = (0..count).map(name).collect();
            expected.sort();
            assert!(set.iter().eq(&expected) && set.clone().into_iter().eq(expected.iter().cloned()));
            let mut half = set.clone();
            half.retain(|name| name.as_str() < "v050");
            assert!(half.is_subset(&set) && half.intersection(&set).eq(half.iter()));
            half.add_all(&set);
            assert!(half == set);
            assert_eq!(set.remove(&name(0)), count > 0);
            assert!(!set.contains(&name(0)));
        }
    }
}
