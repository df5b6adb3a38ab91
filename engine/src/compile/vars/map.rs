//! What is known of variables: most scopes have a handful, so they are sorted lists until they grow.

use std::collections::BTreeMap;

use crate::syntax::tree::Name;

/// Something about each of a few variables.
#[derive(Debug, Clone)]
pub(in crate::compile) struct VarMap<V>(Form<V>);

#[derive(Debug, Clone)]
enum Form<V> {
    /// Sorted, at most [`FEW`].
    Few(Vec<(Name, V)>),
    /// More than could be moved about at each insertion.
    Many(BTreeMap<Name, V>),
}

impl<V> VarMap<V> {
    /// Nothing is known of any.
    pub(in crate::compile) fn new() -> Self {
        Self(Form::Few(Vec::new()))
    }

    pub(in crate::compile) fn get(&self, name: &Name) -> Option<&V> {
        match &self.0 {
            Form::Few(list) => find(list, name).ok().and_then(|at| list.get(at)).map(|(_, value)| value),
            Form::Many(map) => map.get(name),
        }
    }

    pub(in crate::compile) fn get_mut(&mut self, name: &Name) -> Option<&mut V> {
        match &mut self.0 {
            Form::Few(list) => find(list, name).ok().and_then(|at| list.get_mut(at)).map(|(_, value)| value),
            Form::Many(map) => map.get_mut(name),
        }
    }

    /// Says something of a variable, whatever was said before.
    pub(in crate::compile) fn insert(&mut self, name: Name, value: V) {
        let list = match &mut self.0 {
            Form::Few(list) => list,
            Form::Many(map) => {
                map.insert(name, value);
                return;
            }
        };
        match find(list, &name) {
            Ok(at) => {
                if let Some((_, old)) = list.get_mut(at) {
                    *old = value;
                }
            }
            Err(at) => list.insert(at, (name, value)),
        }
        if list.len() > FEW {
            self.0 = Form::Many(std::mem::take(list).into_iter().collect());
        }
    }

    /// The variables and what is known of them, in the order of their names.
    pub(in crate::compile) fn iter(&self) -> impl Iterator<Item = (&Name, &V)> {
        let (few, many) = match &self.0 {
            Form::Few(list) => (list.as_slice(), None),
            Form::Many(map) => (&[][..], Some(map)),
        };
        few.iter().map(|(name, value)| (name, value)).chain(many.into_iter().flatten())
    }
}

impl<V> Default for VarMap<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Where a variable is, or would have to be. The same text is most often the same piece of memory, which is looked for first.
fn find<V>(list: &[(Name, V)], name: &Name) -> Result<usize, usize> {
    match list.iter().position(|(other, _)| other.is_shared_with(name)) {
        Some(at) => Ok(at),
        None => list.binary_search_by(|(other, _)| other.cmp(name)),
    }
}

/// Up to so many, looking through a list is faster than descending a tree.
const FEW: usize = 32;

#[cfg(test)]
mod tests {
    use super::VarMap;
    use crate::syntax::tree::Name;

    #[test]
    fn a_map_stays_sorted_and_keeps_what_was_said_last_however_large_it_is() {
        for count in [3_usize, 200] {
            let mut map = VarMap::new();
            let names: Vec<Name> = (0..count).map(|number| Name::from(format!("v{number:03}"))).collect();
            for name in names.iter().rev() {
                map.insert(name.clone(), 0);
            }
            for (value, name) in names.iter().enumerate() {
                map.insert(Name::from(name.as_str()), value);
            }
            let found: Vec<_> = map.iter().map(|(name, value)| (name.clone(), *value)).collect();
            assert_eq!(found, names.iter().cloned().zip(0..count).collect::<Vec<_>>());
            *map.get_mut(&names[1]).expect("it is there") = 7;
            assert_eq!(map.get(&names[1]), Some(&7));
            assert_eq!(map.get(&Name::from("other")), None);
        }
    }
}
