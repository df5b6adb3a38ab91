//! What a bundle consists of, told without trust and without reading its data: for people who look at one.

mod signature;

use std::collections::BTreeMap;
use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::contents::BundleModule;
use super::error::ContentError;
use super::hash::{DigestAlgorithm, raw_digest};
use super::manifest::Manifest;
use super::member::{Member, Role};
use super::path::clean;
use super::reference::{data_reference, package};
use super::signatures::is_signatures_file;
use crate::document::{self, BadBytes};
use crate::source::Source;
use crate::value::Value;

pub use self::signature::{SignaturesFile, UnverifiedSignature};

/// What a bundle consists of. Nobody vouches for any of it.
#[derive(Debug)]
pub struct Overview {
    /// What the bundle says of itself.
    pub manifest: Manifest,
    /// The policies.
    pub modules: Vec<BundleModule>,
    /// The files with data, in the order of the members.
    pub data: Vec<DataFile>,
    /// The policies in WebAssembly.
    pub wasm: Vec<WasmFile>,
    /// The file of signatures, if there is one; of several, the last.
    pub signatures: Option<SignaturesFile>,
    /// The operations of a delta bundle, by their names, with how many of them there are; none in a bundle of another kind.
    pub delta: Option<BTreeMap<String, usize>>,
    /// All files, in the order of the members.
    pub files: Vec<FileSummary>,
}

/// A file with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Where its document belongs: `data.a.b`, without quotes whatever the names are, as OPA has it.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A policy in WebAssembly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WasmFile {
    /// Its name.
    pub name: String,
    /// The decisions that it is to be asked for, as references.
    pub entrypoints: Vec<String>,
}

/// A file and what is known of it without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSummary {
    /// The path in the bundle, without `/` or `./` before it.
    pub path: String,
    /// Its length in bytes.
    pub bytes: usize,
    /// The SHA-256 of its bytes in hexadecimal, as `sha256sum` has it.
    pub sha256: String,
    /// What it means; most names mean nothing.
    pub role: Option<Role>,
}

/// What the members are. `base` goes before the names of files, as in [`assemble`](super::assemble()); without one they are an
/// archive's.
///
/// # Errors
///
/// A manifest, module or file of signatures that can't be read, and what the manifest doesn't permit.
pub fn overview(members: Vec<Member>, base: Option<&str>) -> Result<Overview, ContentError> {
    let full_path = |path: &str| {
        base.map_or(path.to_owned(), |base| clean(&format!("{base}/{}", path.trim_start_matches('/'))))
    };
    let bad_bytes = if base.is_some() { BadBytes::Replace } else { BadBytes::Refuse };
    let files = members.iter().map(FileSummary::of).collect();
    let mut modules: Vec<(String, Source)> = Vec::new();
    let mut manifest: Option<(String, Manifest)> = None;
    let (mut data, mut wasm, mut signatures, mut delta) = (Vec::new(), Vec::new(), None, None);

    for Member { path, bytes } in members {
        let Some(role) = Role::of(&path) else { continue };
        let name: Arc<str> = Arc::from(full_path(&path));
        let document = |bytes, what| {
            document::json_of(&name, bytes, bad_bytes).map_err(|error| ContentError::Document(what, error))
        };
        match role {
            Role::Module => {
                modules.push((path, document::module_of(&name, bytes).map_err(ContentError::Module)?));
            }
            Role::JsonData | Role::YamlData => {
                data.push(DataFile { namespace: namespace(&path), name: clean(&name) });
            }
            Role::Wasm => wasm.push(name.to_string()),
            Role::Signatures if is_signatures_file(&path) => {
                let value = document(bytes, "bundle load failed on signatures decode: ")?;
                signatures = Some(SignaturesFile::of(&value)?);
            }
            Role::Signatures => {}
            Role::Patch => delta = operations(&document(bytes, "bundle load failed on patch decode: ")?),
            Role::Manifest => {
                if let Some((other, _)) = &manifest {
                    let message = format!("bundle contains multiple manifest files: {other:?} and {path:?}");
                    return Err(ContentError::new(message));
                }
                let value = document(bytes, "bundle load failed on manifest decode: ")?;
                manifest = Some((path, Manifest::from_value(&value)?));
            }
            Role::ProtobufManifest => {
                return Err(ContentError::new(format!("bundle load failed on {name}: a protobuf manifest"))
                    .with_help("build the bundle with a JSON manifest"));
            }
        }
    }

    if delta.is_some() {
        for (is_any, kind) in [(!modules.is_empty(), "policy"), (!wasm.is_empty(), "wasm")] {
            if is_any {
                let message =
                    format!("delta bundle expected to contain only patch file but {kind} files found");
                return Err(ContentError::new(message));
            }
        }
    }
    let mut manifest = manifest.map(|(_, manifest)| manifest).unwrap_or_default();
    manifest.check()?;
    manifest.check_modules(modules.iter().map(|(_, source)| (&**source.name(), package(source.text()))))?;
    manifest.check_wasm(&full_path, &wasm)?;
    manifest.qualify_wasm(&full_path, &wasm);
    let module = |(path, source): (String, Source)| {
        let version = manifest.version_of(&path)?;
        Ok(BundleModule { path, source, version })
    };
    let modules = modules.into_iter().map(module).collect::<Result<Vec<_>, ContentError>>()?;
    let wasm = wasm.into_iter().map(|name| WasmFile { entrypoints: entrypoints(&manifest, &name), name });
    let wasm = wasm.collect();
    Ok(Overview { manifest, modules, data, wasm, signatures, delta, files })
}

impl FileSummary {
    /// What is known of a file.
    pub fn of(member: &Member) -> Self {
        let Member { path, bytes } = member;
        Self {
            path: clean(path.trim_start_matches('/')),
            bytes: bytes.len(),
            sha256: HEXLOWER.encode(&raw_digest(DigestAlgorithm::Sha256, bytes)),
            role: Role::of(path),
        }
    }
}

fn namespace(path: &str) -> String {
    let inner = clean(path.trim_start_matches('/'));
    let folders = inner.rsplit_once('/').map(|(folders, _)| folders);
    folders.map_or("data".to_owned(), |folders| format!("data.{}", folders.replace('/', ".")))
}

fn entrypoints(manifest: &Manifest, module: &str) -> Vec<String> {
    let of_module = manifest.wasm_entrypoints().filter(|(_, of)| *of == module);
    let reference = |entrypoint: &str| {
        let path: Vec<Arc<str>> = entrypoint.trim_start_matches('/').split('/').map(Arc::from).collect();
        data_reference(&path)
    };
    of_module.map(|(entrypoint, _)| reference(entrypoint)).collect()
}

/// How many operations of each name a patch has, if it has any.
fn operations(patch: &Value) -> Option<BTreeMap<String, usize>> {
    let operations = patch.lookup(&["data"])?.as_array()?;
    let mut counts = BTreeMap::new();
    for operation in operations {
        let name = operation.lookup(&["op"]).and_then(Value::as_str).unwrap_or_default();
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    (!counts.is_empty()).then_some(counts)
}

#[cfg(test)]
mod tests;
