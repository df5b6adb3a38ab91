//! Makes a bundle of its members, whether they come from an archive or from a directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::policy::RegoVersion;
use portcullis::source::Source;
use portcullis::value::{Object, Value};

use super::documents::mounted;
use super::failure::LoadError;
use super::file;
use super::location::clean;
use super::manifest::Manifest;
use super::reference::package;

/// A bundle: modules and data that a manifest holds together. Signatures are not looked at.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) data: Object,
    pub(super) modules: Vec<BundleModule>,
    pub(super) manifest: Manifest,
}

/// A module of a bundle.
#[derive(Debug)]
pub(super) struct BundleModule {
    pub(super) source: Source,
    /// The version that the manifest states.
    pub(super) version: Option<RegoVersion>,
}

/// A file of a bundle.
#[derive(Debug)]
pub(super) struct Member {
    /// The path in the bundle.
    pub(super) path: String,
    pub(super) role: Role,
    pub(super) bytes: Vec<u8>,
}

/// What a file means in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Module,
    JsonData,
    YamlData,
    Manifest,
    ProtobufManifest,
    Patch,
    Wasm,
}

impl Role {
    /// The meaning of the file at `path`; most names mean nothing.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path.rsplit('/').next().unwrap_or(path) {
            "data.json" => Some(Self::JsonData),
            "data.yaml" | "data.yml" => Some(Self::YamlData),
            "patch.json" => Some(Self::Patch),
            "policy.wasm" => Some(Self::Wasm),
            name if name.ends_with(".manifest.pb") => Some(Self::ProtobufManifest),
            name if name.ends_with(".manifest") => Some(Self::Manifest),
            name => name.strip_suffix(".rego").map(|_| Self::Module),
        }
    }
}

/// The bundle that the members make.
///
/// `base` goes before the paths of modules in names: it is the path of a bundle's directory.
///
/// # Errors
///
/// The first thing that is wrong, in OPA's words as far as it has any.
pub(super) fn assemble(members: Vec<Member>, base: Option<&Path>) -> Result<Bundle, LoadError> {
    let full_path = |path: &str| {
        base.map_or(path.to_owned(), |base| {
            clean(&base.join(path.trim_start_matches('/'))).to_string_lossy().into_owned()
        })
    };
    let mut data = Object::new();
    let mut modules: Vec<(String, Source)> = Vec::new();
    let mut wasm = Vec::new();
    let mut manifest: Option<(String, Manifest)> = None;

    for Member { path, role, bytes } in members {
        let name: Arc<str> = Arc::from(full_path(&path));
        match role {
            Role::Module => {
                let source = file::module(&name, bytes);
                let source = source.map_err(|error| error.within("1 error occurred: "))?;
                // Of two members with the same path OPA keeps the last.
                modules.retain(|(other, _)| clean(Path::new(other)) != clean(Path::new(&path)));
                modules.push((path, source));
            }
            Role::JsonData | Role::YamlData => {
                let value = if role == Role::JsonData {
                    file::json(&name, bytes)
                } else {
                    file::bundle_yaml(&name, bytes)
                };
                let value = value.map_err(|error| error.within("bundle load failed on "))?;
                data = insert(data, &path, &directory_keys(&path), value)?;
            }
            Role::Manifest => {
                if let Some((other, _)) = &manifest {
                    let message = format!("bundle contains multiple manifest files: {other:?} and {path:?}");
                    return Err(LoadError::new(message));
                }
                let value = file::json(&name, bytes);
                let value = value.map_err(|error| error.within("bundle load failed on manifest decode: "))?;
                manifest = Some((path, Manifest::from_value(&value)?));
            }
            Role::ProtobufManifest => {
                return Err(LoadError::new(format!("bundle load failed on {name}: a protobuf manifest"))
                    .with_help("build the bundle with a JSON manifest"));
            }
            Role::Patch => refuse_delta(&name, bytes)?,
            Role::Wasm => wasm.push(name.to_string()),
        }
    }

    let manifest = manifest.map(|(_, manifest)| manifest).unwrap_or_default();
    let version =
        |(path, source): (String, Source)| Ok(BundleModule { version: manifest.version_of(&path)?, source });
    let modules = modules.into_iter().map(version).collect::<Result<Vec<_>, LoadError>>()?;
    manifest.check()?;
    for module in &modules {
        // What is wrong with a module that has no package is for the parser to say.
        if let Some(package) = package(module.source.text()) {
            manifest.check_module(module.source.name(), &package)?;
        }
    }
    manifest.check_wasm(&full_path, &wasm)?;
    manifest.check_data(&data)?;
    Ok(Bundle { data, modules, manifest })
}

impl Bundle {
    /// The data with the manifest in it, as OPA loads an archive among other files.
    pub(super) fn data_with_manifest(self) -> Result<Object, LoadError> {
        let keys = ["system", "bundle", "manifest"].map(Arc::from);
        insert(self.data, "/system/bundle/manifest/revision", &keys, self.manifest.to_value())
    }

    /// The data below the manifest's roots; there can be no other, except for empty objects.
    pub(super) fn owned_data(&self) -> Object {
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

/// The keys under `data` of what a file at `path` says. Like OPA it takes no dots and slashes at the start.
fn directory_keys(path: &str) -> Vec<Arc<str>> {
    let directory = Path::new(path).parent().map_or(PathBuf::new(), clean);
    let directory = directory.to_string_lossy();
    directory.trim_start_matches(['/', '.']).split('/').filter(|key| !key.is_empty()).map(Arc::from).collect()
}

fn insert(data: Object, path: &str, keys: &[Arc<str>], value: Value) -> Result<Object, LoadError> {
    let failed = |reason: String| LoadError::new(format!("bundle load failed on {path}: {reason}"));
    let Value::Object(content) = mounted(keys, value) else {
        return Err(failed("root value must be object".to_owned()));
    };
    data.merge(content).map_err(|conflict| {
        let directory = keys.join("/");
        failed(format!("failed to insert data file from path {directory}")).with_help(format!(
            "there is another value at {}",
            super::reference::data_reference(&conflict.path)
        ))
    })
}

/// A delta bundle only says how a bundle that is loaded already changes.
fn refuse_delta(name: &Arc<str>, bytes: Vec<u8>) -> Result<(), LoadError> {
    let patch = file::json(name, bytes);
    let patch = patch.map_err(|error| error.within("bundle load failed on patch decode: "))?;
    let operations = patch.as_object().and_then(|patch| patch.get_str("data")).and_then(Value::as_array);
    if operations.is_some_and(|operations| !operations.is_empty()) {
        return Err(LoadError::new(format!(
            "bundle load failed on {name}: a delta bundle holds no policies"
        ))
        .with_help("load the bundle that it changes"));
    }
    Ok(())
}
