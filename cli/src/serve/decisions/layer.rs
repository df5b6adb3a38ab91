//! Bundles over files: what a bundle brings along, and what lies below its roots is its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis::bundle::{self, Contents, VerifiedBundle, overlap};
use portcullis::document::json_value;
use portcullis::policy::RegoVersion;
use portcullis::rest::change::{self, Operation};
use portcullis::source::SourceId;
use portcullis::value::{Object, Value};

use super::modules::{self, Module, Modules};

/// A bundle that is active.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    modules: Modules,
    data: Object,
    roots: Vec<Vec<String>>,
    manifest: Value,
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
        version: RegoVersion,
        last: Option<&Self>,
    ) -> Result<Self, String> {
        let members = bundle.into_members();
        let patch = members.iter().find(|member| member.path.trim_start_matches('/') == "patch.json");
        if let Some(patch) = patch {
            let last = last.ok_or("changes of a bundle that is not active")?;
            let manifest = members.iter().find(|member| member.path.trim_start_matches('/') == ".manifest");
            return last.changed(&patch.bytes, manifest.map(|member| &*member.bytes));
        }
        let contents: Contents = bundle::assemble(members, None).map_err(|error| error.to_string())?;
        let data = contents.owned_data();
        let Contents { modules, manifest, .. } = contents;
        let one = |module: bundle::BundleModule| {
            let id = format!("{name}/{}", module.path.trim_start_matches('/'));
            let text = Arc::clone(module.source.text());
            let name = Arc::clone(module.source.name());
            (Arc::from(id), Module { name, text, version: module.version.unwrap_or(version) })
        };
        let roots = manifest.roots.iter().map(|root| keys(root)).collect();
        Ok(Self {
            modules: modules.into_iter().map(one).collect(),
            data,
            roots,
            manifest: manifest.to_value(),
        })
    }

    fn changed(&self, patch: &[u8], manifest: Option<&[u8]>) -> Result<Self, String> {
        let read = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).map_err(|_| "changes that are no text".to_owned())?;
            json_value(SourceId::default(), text).map_err(|diagnostic| diagnostic.message)
        };
        let patch = read(patch)?;
        let mut data = Value::Object(self.data.clone());
        let steps = patch.lookup(&["data"]).and_then(Value::as_array);
        for step in steps.into_iter().flat_map(|steps| steps.iter()) {
            let text = |name: &str| step.lookup(&[name]).and_then(Value::as_str).unwrap_or_default();
            let keys: Vec<String> = text("path")
                .trim_matches('/')
                .split('/')
                .map(|key| key.replace("~1", "/").replace("~0", "~"))
                .collect();
            let value = step.lookup(&["value"]).cloned().unwrap_or(Value::Null);
            let outer = keys.split_last().map_or(&[][..], |(_, outer)| outer);
            let changed = match text("op") {
                "upsert" => change::with_objects(&data, outer)
                    .and_then(|data| change::changed_at(&data, Operation::Add, &keys, value)),
                "remove" => change::changed_at(&data, Operation::Remove, &keys, value),
                "replace" => change::changed_at(&data, Operation::Replace, &keys, value),
                other => return Err(format!("bad patch operation: {other}")),
            };
            data = changed.map_err(|error| error.to_string())?;
        }
        let Value::Object(data) = data else { return Err("changes that leave no object".to_owned()) };
        let mut changed = Self { data, ..self.clone() };
        if let Some(manifest) = manifest {
            let revision = read(manifest)?.lookup(&["revision"]).cloned();
            if let (Value::Object(all), Some(revision)) = (&mut changed.manifest, revision) {
                all.insert(Value::from("revision"), revision);
            }
        }
        Ok(changed)
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
        state.insert(Value::from("etag"), Value::from(""));
        let outer = path.split_last().map_or(&[][..], |(_, outer)| outer);
        let written = change::with_objects(&data, outer)
            .and_then(|data| change::changed_at(&data, Operation::Add, &path, Value::Object(state)));
        data = written.unwrap_or(data);
    }
    data
}

fn keys(root: &str) -> Vec<String> {
    root.split('/').filter(|key| !key.is_empty()).map(str::to_owned).collect()
}
