//! Makes a bundle of its members, whether they come from an archive or from a directory.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::ContentError;
use super::manifest::Manifest;
use super::member::{Member, Role};
use super::path::{clean, data_keys};
use super::reference::{data_reference, package};
use crate::document::{self, BadBytes, BaseData};
use crate::policy::RegoVersion;
use crate::source::Source;
use crate::value::{Object, Value};

/// A bundle: modules and data that a manifest holds together. Signatures are not looked at.
#[derive(Debug)]
pub struct Contents<D = Object> {
    /// The base documents.
    pub data: D,
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
pub fn assemble<D: BaseData>(members: Vec<Member>, base: Option<&str>) -> Result<Contents<D>, ContentError> {
    let full_path = |path: &str| {
        base.map_or(path.to_owned(), |base| clean(&format!("{base}/{}", path.trim_start_matches('/'))))
    };
    let bad_bytes = if base.is_some() { BadBytes::Replace } else { BadBytes::Refuse };
    let mut data = D::default();
    let mut modules = Modules::default();
    let mut wasm = Vec::new();
    let mut manifest: Option<(String, Manifest)> = None;

    for Member { path, bytes } in members {
        let Some(role) = Role::of(&path) else { continue };
        let name: Arc<str> = Arc::from(full_path(&path));
        match role {
            Role::Module => {
                let source = document::module_of(&name, bytes).map_err(ContentError::Module)?;
                modules.add(path, source);
            }
            Role::JsonData | Role::YamlData => {
                let keys = data_keys(&path);
                let document = if role == Role::JsonData {
                    D::of_json(&name, bytes, bad_bytes, &keys)
                } else {
                    document::input_of(&name, bytes).map(|value| D::of_value(value, &keys))
                };
                let document =
                    document.map_err(|error| ContentError::Document("bundle load failed on ", error))?;
                data = insert(data, &path, &keys, document)?;
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
    let modules = modules.in_order().map(module).collect::<Result<Vec<_>, ContentError>>()?;
    manifest.check()?;
    manifest.check_modules(
        modules.iter().map(|module| (&**module.source.name(), package(module.source.text()))),
    )?;
    manifest.check_wasm(&full_path, &wasm)?;
    manifest.check_data(&data)?;
    Ok(Contents { data, modules, manifest })
}

impl<D: BaseData> Contents<D> {
    /// The data with the manifest in it, as OPA loads an archive among other files.
    ///
    /// # Errors
    ///
    /// When the data has something else in that place.
    pub fn data_with_manifest(self) -> Result<D, ContentError> {
        let keys = ["system", "bundle", "manifest"].map(Arc::from);
        let manifest = D::of_value(self.manifest.to_value(), &keys);
        insert(self.data, "/system/bundle/manifest/revision", &keys, manifest)
    }

    /// The data below the manifest's roots; there can be no other, except for empty objects.
    pub fn owned_data(&self) -> D {
        let mut owned = D::default();
        for root in &self.manifest.roots {
            let keys: Vec<Arc<str>> = root.split('/').filter(|key| !key.is_empty()).map(Arc::from).collect();
            let nested = if keys.is_empty() { Some(self.data.clone()) } else { self.data.only(&keys) };
            if let Some(nested) = nested {
                owned = owned.overlay(nested);
            }
        }
        owned
    }
}

/// The modules of a bundle on its way.
#[derive(Default)]
struct Modules {
    list: Vec<Option<(String, Source)>>,
    by_path: BTreeMap<String, usize>,
}

impl Modules {
    /// Adds a module; of two members with the same path OPA keeps the last.
    fn add(&mut self, path: String, source: Source) {
        if let Some(before) = self.by_path.insert(clean(&path), self.list.len())
            && let Some(place) = self.list.get_mut(before)
        {
            *place = None;
        }
        self.list.push(Some((path, source)));
    }

    fn in_order(self) -> impl Iterator<Item = (String, Source)> {
        self.list.into_iter().flatten()
    }
}

fn insert<D: BaseData>(
    data: D,
    path: &str,
    keys: &[Arc<str>],
    document: Option<D>,
) -> Result<D, ContentError> {
    let failed = |reason: String| ContentError::new(format!("bundle load failed on {path}: {reason}"));
    let Some(content) = document else {
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
