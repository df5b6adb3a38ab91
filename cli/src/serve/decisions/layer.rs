//! Bundles over files: what a bundle brings along, and what lies below its roots is its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use portcullis::bundle::{self, Contents, VerifiedBundle, overlap};
use portcullis::policy::RegoVersion;
use portcullis::rest::change::{self, Operation};
use portcullis::value::{Object, Value};

use super::delta::Delta;
use super::modules::{self, Module, Modules};
use crate::load::clean;

/// A bundle that is active.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layer {
    modules: Modules,
    data: Object,
    roots: Vec<Vec<String>>,
    manifest: Value,
    /// That of the archive, if a service gave it one.
    etag: String,
}

/// Active bundles by name.
pub(super) type Layers = BTreeMap<String, Layer>;

impl Layer {
    /// What a bundle brings along; of one with changes, those made to the `last` one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn of(
        name: &str,
        bundle: VerifiedBundle,
        etag: &str,
        version: RegoVersion,
        last: Option<&Self>,
    ) -> Result<Self, String> {
        let members = bundle.into_members();
        if let Some(delta) = Delta::of(&members)? {
            // OPA would make the changes of nothing.
            let last = last.ok_or("changes of a bundle that is not active")?;
            return last.changed(name, etag, &delta);
        }
        let contents = bundle::assemble(members, None).map_err(|error| error.to_string())?;
        Ok(Self::with(name, contents, etag, version))
    }

    /// What a whole bundle brings along.
    pub(super) fn with(name: &str, contents: Contents, etag: &str, version: RegoVersion) -> Self {
        let data = contents.owned_data();
        let Contents { modules, manifest, .. } = contents;
        let one = |module: bundle::BundleModule| {
            let text = Arc::clone(module.source.text());
            let file = Arc::clone(module.source.name());
            let id = clean(Path::new(&format!("{name}/{file}"))).display().to_string();
            let name = file;
            (Arc::from(id), Module { name, text, version: module.version.unwrap_or(version) })
        };
        let roots = manifest.roots.iter().map(|root| keys(root)).collect();
        Self {
            modules: modules.into_iter().map(one).collect(),
            data,
            roots,
            manifest: manifest.to_value(),
            etag: etag.to_owned(),
        }
    }

    /// What it becomes by changes.
    fn changed(&self, name: &str, etag: &str, delta: &Delta) -> Result<Self, String> {
        let data = delta.applied(name, &self.roots, self.data.clone())?;
        Ok(Self { data, manifest: delta.manifest.to_value(), etag: etag.to_owned(), ..self.clone() })
    }

    fn owns(&self, path: &[String]) -> bool {
        self.roots.iter().any(|root| path.starts_with(root))
    }
}

/// Why bundles can't be side by side: a root of one lies in a root of another.
pub(super) fn check_roots(layers: &Layers) -> Result<(), String> {
    let all: Vec<(&String, String)> = layers
        .iter()
        .flat_map(|(name, layer)| layer.roots.iter().map(move |root| (name, root.join("/"))))
        .collect();
    for (position, (name, root)) in all.iter().enumerate() {
        let other = all.iter().skip(position + 1).find(|(other, at)| other != name && overlap(root, at));
        if let Some((other, at)) = other {
            let reason = if root == at {
                format!("root {root} is in multiple bundles")
            } else {
                format!("{root} overlaps {at}")
            };
            return Err(format!(
                "detected overlapping roots in manifests for these bundles: [{name}, {other}] ({reason})"
            ));
        }
    }
    Ok(())
}

/// Modules with those of bundles in the place of what lies below their roots.
pub(super) fn over_modules(layers: &Layers, mut base: Modules) -> Modules {
    if !layers.is_empty() {
        base.retain(|_, module| {
            let package = modules::tree(module).map(|tree| modules::package(&tree)).unwrap_or_default();
            !layers.values().any(|layer| layer.owns(&package))
        });
    }
    for layer in layers.values() {
        base.extend(layer.modules.iter().map(|(id, module)| (Arc::clone(id), module.clone())));
    }
    base
}

/// Data with that of bundles in the place of what lies below their roots, and what OPA keeps of bundles.
pub(super) fn over_data(layers: &Layers, base: Value) -> Value {
    let mut data = base;
    for root in layers.values().flat_map(|layer| &layer.roots) {
        data = if root.is_empty() {
            // Bundles are told of below; everything else is the bundle's.
            Value::Object(Object::new())
        } else {
            change::changed_at(&data, Operation::Remove, root, Value::Null).unwrap_or(data)
        };
    }
    for layer in layers.values() {
        if let Value::Object(object) = data {
            data = Value::Object(object.overlay(layer.data.clone()));
        }
    }
    for (name, layer) in layers {
        let path = ["system", "bundles", name.as_str()].map(str::to_owned);
        let mut state = Object::new();
        state.insert(Value::from("manifest"), layer.manifest.clone());
        state.insert(Value::from("etag"), Value::from(&*layer.etag));
        let outer = path.split_last().map_or(&[][..], |(_, outer)| outer);
        let written = change::with_objects(&data, outer)
            .and_then(|data| change::changed_at(&data, Operation::Add, &path, Value::Object(state)));
        data = written.unwrap_or(data);
    }
    data
}

pub(super) fn keys(root: &str) -> Vec<String> {
    root.split('/').filter(|key| !key.is_empty()).map(str::to_owned).collect()
}
