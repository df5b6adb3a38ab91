//! Puts bundles side by side into one document, as OPA does when it activates them.

use std::collections::BTreeSet;
use std::sync::Arc;

use portcullis::value::{Object, Value};

use super::bundle::Bundle;
use super::documents::mounted;
use super::failure::LoadError;
use super::manifest;

/// The data of all bundles, and what they are.
pub(super) fn activate(bundles: &[(String, Bundle)]) -> Result<Object, LoadError> {
    check_overlap(bundles)?;
    let mut data = Object::new();
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

/// Bundles share nothing: no root of one may lie in a root of another.
fn check_overlap(bundles: &[(String, Bundle)]) -> Result<(), LoadError> {
    let roots = || {
        let roots = |(name, bundle): &'_ (String, Bundle)| {
            let name = name.clone();
            bundle.manifest.roots.iter().map(move |root| (name.clone(), root.clone())).collect::<Vec<_>>()
        };
        bundles.iter().flat_map(roots)
    };
    let mut colliding = BTreeSet::new();
    let mut conflicts = BTreeSet::new();
    for (index, (name, root)) in roots().enumerate() {
        for (other_name, other) in roots().skip(index + 1).filter(|(other_name, _)| *other_name != name) {
            if !manifest::overlap(&root, &other) {
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
