//! Puts bundles side by side into one document, as OPA does when it activates them.

use std::collections::BTreeSet;
use std::sync::Arc;

use portcullis::bundle::{Contents, overlap};
use portcullis::document::mounted;
use portcullis::value::{Object, Value};

use super::failure::LoadError;

/// The data of all bundles, and what they are, over data that was there before: what lies below the bundles' roots is
/// theirs.
pub(super) fn activate(before: Object, bundles: &[(String, Contents)]) -> Result<Object, LoadError> {
    check_overlap(bundles)?;
    let mut data = before;
    for root in bundles.iter().flat_map(|(_, bundle)| &bundle.manifest.roots) {
        let keys: Vec<&str> = root.split('/').filter(|key| !key.is_empty()).collect();
        data = without(data, &keys)?;
    }
    for (_, bundle) in bundles {
        data = data.overlay(bundle.owned_data());
    }
    for (argument, bundle) in bundles {
        let path = ["system", "bundles", argument.as_str()];
        let mut at = Some(&data);
        for (depth, key) in path.iter().enumerate() {
            let inner = at.and_then(|object| object.get_str(key));
            at = inner.and_then(Value::as_object);
            if inner.is_some() && at.is_none() {
                let path = path.iter().take(depth + 1).copied().collect::<Vec<_>>().join("/");
                let help = "a bundle's manifest goes to `data.system.bundles`, so these have to be objects";
                return Err(LoadError::new(format!("storage_write_conflict_error: /{path}")).with_help(help));
            }
        }
        let mut state = at.cloned().unwrap_or_default();
        state.insert(Value::from("manifest"), bundle.manifest.to_value());
        state.insert(Value::from("etag"), Value::from(""));
        let keys = path.map(Arc::from);
        // What stands there is taken away first, since an overlay would mix two manifests.
        if let Value::Object(cleared) = mounted(&keys, Value::Null) {
            data = data.overlay(cleared);
        }
        if let Value::Object(written) = mounted(&keys, Value::Object(state)) {
            data = data.overlay(written);
        }
    }
    Ok(data)
}

/// The data without what is at a path.
fn without(data: Object, path: &[&str]) -> Result<Object, LoadError> {
    let Some((last, outer)) = path.split_last() else { return Ok(Object::new()) };
    let mut above = Vec::new();
    let mut at = data.clone();
    for (depth, key) in outer.iter().enumerate() {
        let inner = match at.get_str(key) {
            Some(Value::Object(inner)) => inner.clone(),
            Some(_) => {
                let path = path.iter().take(depth + 1).copied().collect::<Vec<_>>().join("/");
                let help = "a bundle's data goes there, so it has to be an object";
                return Err(LoadError::new(format!("storage_write_conflict_error: /{path}")).with_help(help));
            }
            None => return Ok(data),
        };
        above.push((std::mem::replace(&mut at, inner), *key));
    }
    at.remove(&Value::from(*last));
    Ok(above.into_iter().rev().fold(at, |inner, (mut object, key)| {
        object.insert(Value::from(key), Value::Object(inner));
        object
    }))
}

/// Bundles share nothing: no root of one may lie in a root of another.
pub(super) fn check_overlap<D>(bundles: &[(String, Contents<D>)]) -> Result<(), LoadError> {
    let roots = || {
        let roots = |(name, bundle): &'_ (String, Contents<D>)| {
            let name = name.clone();
            bundle.manifest.roots.iter().map(move |root| (name.clone(), root.clone())).collect::<Vec<_>>()
        };
        bundles.iter().flat_map(roots)
    };
    let mut colliding = BTreeSet::new();
    let mut conflicts = BTreeSet::new();
    for (index, (name, root)) in roots().enumerate() {
        for (other_name, other) in roots().skip(index + 1).filter(|(other_name, _)| *other_name != name) {
            if !overlap(&root, &other) {
                continue;
            }
            colliding.extend([name.clone(), other_name]);
            let (first, second) = if root <= other { (&root, &other) } else { (&other, &root) };
            conflicts.insert(if first == second {
                format!("root {root} is in multiple bundles")
            } else {
                format!("{first} overlaps {second}")
            });
        }
    }
    if colliding.is_empty() {
        return Ok(());
    }
    let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
    let rootless: BTreeSet<String> =
        roots().filter(|(_, root)| root.is_empty()).map(|(name, _)| name).collect();
    Err(LoadError::new(if rootless.is_empty() {
        let (names, conflicts) = (list(colliding), list(conflicts));
        format!("detected overlapping roots in manifests for these bundles: [{names}] ({conflicts})")
    } else {
        format!(
            "bundles [{}] have overlapping roots and cannot be activated simultaneously because bundle(s) [{}] specify \
             empty root paths ('') which overlap with any other bundle root",
            list(colliding),
            list(rootless)
        )
    }))
}
