//! Makes a bundle of its members, whether they come from an archive or from a directory.

use std::sync::Arc;

use super::error::ContentError;
use super::manifest::Manifest;
use super::member::{Member, Role};
use super::path::{clean, data_keys};
use super::reference::{data_reference, mounted, package};
use crate::document::{self, BadBytes};
use crate::policy::RegoVersion;
use crate::source::Source;
use crate::value::{Object, Value};

/// A bundle: modules and data that a manifest holds together. Signatures are not looked at.
#[derive(Debug)]
pub struct Contents {
    /// The base documents.
    pub data: Object,
    /// The policies.
    pub modules: Vec<BundleModule>,
    /// What the bundle says of itself.
    pub manifest: Manifest,
}

/// A module of a bundle.
#[derive(Debug)]
pub struct BundleModule {
    /// The path in the bundle, as it is written there.
    pub path: String,
    /// Its text, by the name that messages call it.
    pub source: Source,
    /// The version that the manifest states.
    pub version: Option<RegoVersion>,
}

/// The bundle that the members make.
///
/// `base` goes before the paths of modules in names: it is the path of a bundle's directory. Without one the members are
/// an archive's, in which bytes that are no UTF-8 are refused; in a directory they are read as OPA reads them.
///
/// # Errors
///
/// The first thing that is wrong, in OPA's words as far as it has any.
pub fn assemble(members: Vec<Member>, base: Option<&str>) -> Result<Contents, ContentError> {
    let full_path = |path: &str| {
        base.map_or(path.to_owned(), |base| clean(&format!("{base}/{}", path.trim_start_matches('/'))))
    };
    let bad_bytes = if base.is_some() { BadBytes::Replace } else { BadBytes::Refuse };
    let mut data = Object::new();
    let mut modules: Vec<(String, Source)> = Vec::new();
    let mut wasm = Vec::new();
    let mut manifest: Option<(String, Manifest)> = None;

    for Member { path, bytes } in members {
        let Some(role) = Role::of(&path) else { continue };
        let name: Arc<str> = Arc::from(full_path(&path));
        match role {
            Role::Module => {
                let source = document::module_of(&name, bytes).map_err(ContentError::Module)?;
                // Of two members with the same path OPA keeps the last.
                modules.retain(|(other, _)| clean(other) != clean(&path));
                modules.push((path, source));
            }
            Role::JsonData | Role::YamlData => {
                let value = if role == Role::JsonData {
                    document::json_of(&name, bytes, bad_bytes)
                } else {
                    document::input_of(&name, bytes)
                };
                let value = value.map_err(|error| ContentError::Document("bundle load failed on ", error))?;
                data = insert(data, &path, &data_keys(&path), value)?;
            }
            Role::Manifest => {
                if let Some((other, _)) = &manifest {
                    let message = format!("bundle contains multiple manifest files: {other:?} and {path:?}");
                    return Err(ContentError::new(message));
                }
                let value = document::json_of(&name, bytes, bad_bytes);
                let value = value.map_err(|error| {
                    ContentError::Document("bundle load failed on manifest decode: ", error)
                })?;
                manifest = Some((path, Manifest::from_value(&value)?));
            }
            Role::ProtobufManifest => {
                return Err(ContentError::new(format!("bundle load failed on {name}: a protobuf manifest"))
                    .with_help("build the bundle with a JSON manifest"));
            }
            Role::Patch => refuse_delta(&name, bytes)?,
            Role::Wasm => wasm.push(name.to_string()),
            Role::Signatures => {}
        }
    }

    let manifest = manifest.map(|(_, manifest)| manifest).unwrap_or_default();
    let module = |(path, source): (String, Source)| {
        let version = manifest.version_of(&path)?;
        Ok(BundleModule { path, source, version })
    };
    let modules = modules.into_iter().map(module).collect::<Result<Vec<_>, ContentError>>()?;
    manifest.check()?;
    for module in &modules {
        // What is wrong with a module that has no package is for the parser to say.
        if let Some(package) = package(module.source.text()) {
            manifest.check_module(module.source.name(), &package)?;
        }
    }
    manifest.check_wasm(&full_path, &wasm)?;
    manifest.check_data(&data)?;
    Ok(Contents { data, modules, manifest })
}

impl Contents {
    /// The data with the manifest in it, as OPA loads an archive among other files.
    ///
    /// # Errors
    ///
    /// When the data has something else in that place.
    pub fn data_with_manifest(self) -> Result<Object, ContentError> {
        let keys = ["system", "bundle", "manifest"].map(Arc::from);
        insert(self.data, "/system/bundle/manifest/revision", &keys, self.manifest.to_value())
    }

    /// The data below the manifest's roots; there can be no other, except for empty objects.
    pub fn owned_data(&self) -> Object {
        let mut owned = Object::new();
        for root in &self.manifest.roots {
            let keys: Vec<Arc<str>> = root.split('/').filter(|key| !key.is_empty()).map(Arc::from).collect();
            let value = keys.iter().try_fold(Value::Object(self.data.clone()), |value, key| {
                value.as_object().and_then(|object| object.get_str(key)).cloned()
            });
            if let Some(Value::Object(nested)) = value.map(|value| mounted(&keys, value)) {
                owned = owned.overlay(nested);
            }
        }
        owned
    }
}

fn insert(data: Object, path: &str, keys: &[Arc<str>], value: Value) -> Result<Object, ContentError> {
    let failed = |reason: String| ContentError::new(format!("bundle load failed on {path}: {reason}"));
    let Value::Object(content) = mounted(keys, value) else {
        return Err(failed("root value must be object".to_owned()));
    };
    data.merge(content).map_err(|conflict| {
        let directory = keys.join("/");
        failed(format!("failed to insert data file from path {directory}"))
            .with_help(format!("there is another value at {}", data_reference(&conflict.path)))
    })
}

/// A delta bundle only says how a bundle that is loaded already changes.
fn refuse_delta(name: &Arc<str>, bytes: Vec<u8>) -> Result<(), ContentError> {
    let patch = document::json_of(name, bytes, BadBytes::Replace);
    let patch =
        patch.map_err(|error| ContentError::Document("bundle load failed on patch decode: ", error))?;
    let operations = patch.as_object().and_then(|patch| patch.get_str("data")).and_then(Value::as_array);
    if operations.is_some_and(|operations| !operations.is_empty()) {
        return Err(ContentError::new(format!(
            "bundle load failed on {name}: a delta bundle holds no policies"
        ))
        .with_help("load the bundle that it changes"));
    }
    Ok(())
}
