//! Makes the files of a bundle of policies and data.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::error::ContentError;
use super::manifest::Manifest;
use super::member::Member;
use super::provenance::Provenance;
use super::reference::package;
use super::roots::Roots;
use crate::builtins::glob;
use crate::document::{BaseData as _, Outline};
use crate::policy::RegoVersion;
use crate::value::{Object, Value};

/// What a bundle is made of.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The policies.
    pub modules: Vec<DraftModule>,
    /// The base documents.
    pub data: Outline,
    /// Which state of the policy this is; may be empty.
    pub revision: Arc<str>,
    /// The paths that the bundle owns; without any those are taken that the packages and the data are in.
    pub roots: Option<Vec<String>>,
    /// What the makers want to say of the bundle.
    pub metadata: Object,
    /// Whether the metadata says what made the bundle, and of what.
    pub provenance: Option<Provenance>,
    /// The version of Rego that most modules are in.
    pub version: RegoVersion,
}

/// A policy for a bundle.
#[derive(Debug, Clone)]
pub struct DraftModule {
    /// The path in the bundle, without a `/` at the start.
    pub path: String,
    /// What is packed.
    pub text: Arc<str>,
    /// The version of Rego that it is in.
    pub version: RegoVersion,
}

/// The files of a bundle and what its manifest says.
#[derive(Debug, Clone)]
pub struct Built {
    /// The files in OPA's order: data, modules, manifest.
    pub members: Vec<Member>,
    /// The manifest.
    pub manifest: Manifest,
}

/// The bundle of a draft. The modules are packed as they are, in the order of their paths; the data becomes one
/// `data.json`. The same draft gives the same bytes.
///
/// # Errors
///
/// Two modules with one path; roots in each other; packages and data that the roots don't hold.
pub fn build(draft: Draft) -> Result<Built, ContentError> {
    let Draft { mut modules, data, revision, roots, metadata, provenance, version } = draft;
    modules.sort_by(|left, right| left.path.cmp(&right.path));
    let pairs = modules.iter().zip(modules.iter().skip(1));
    if let Some((first, _)) = pairs.into_iter().find(|(first, second)| first.path == second.path) {
        let message = format!("two modules would have the path `{}` in the bundle", first.path);
        return Err(ContentError::new(message).with_help("build of a folder that holds both"));
    }
    let mut manifest = Manifest {
        revision,
        roots: roots.unwrap_or_else(|| derived_roots(&modules, &data)),
        states_roots: true,
        rego_version: Some(number(version)),
        ..Manifest::default()
    };
    for module in modules.iter().filter(|module| module.version != version) {
        let pattern = format!("/{}", glob::quoted(&module.path));
        manifest.file_rego_versions.push((Arc::from(pattern), number(module.version)));
    }
    manifest.check()?;
    manifest.check_modules(modules.iter().map(|module| (&*module.path, package(&module.text))))?;
    manifest.check_data(&data)?;

    let mut members = Vec::with_capacity(modules.len() + 2);
    if !data.is_empty() {
        let bytes = data.into_json().into_bytes();
        members.push(Member { path: "/data.json".to_owned(), bytes });
    }
    let module = |module: DraftModule| Member {
        path: format!("/{}", module.path),
        bytes: module.text.as_bytes().to_vec(),
    };
    members.extend(modules.into_iter().map(module));
    let mut metadata = metadata;
    if let Some(provenance) = provenance {
        metadata.insert(Value::from("provenance"), provenance.to_value(&members));
    }
    manifest.metadata = (!metadata.is_empty()).then_some(Value::Object(metadata));
    members.push(Member { path: "/.manifest".to_owned(), bytes: manifest.to_json().into_bytes() });
    Ok(Built { members, manifest })
}

/// The fewest paths that hold all packages, and the keys of the data.
fn derived_roots(modules: &[DraftModule], data: &Outline) -> Vec<String> {
    let packages = modules.iter().filter_map(|module| package(&module.text));
    let keys = data.entries().into_iter().map(|(key, _)| vec![key]);
    let roots: BTreeSet<String> = packages.chain(keys).map(|path| root_of(&path)).collect();
    let known = Roots::new(&roots);
    let outermost: Vec<String> = roots.iter().filter(|root| !known.hold_root(root)).cloned().collect();
    if outermost.is_empty() { vec![String::new()] } else { outermost }
}

/// A path as a root. What can't be written in one belongs to what is above it.
fn root_of(path: &[Arc<str>]) -> String {
    let writable = path.iter().take_while(|key| !key.is_empty() && !key.contains('/'));
    writable.map(AsRef::as_ref).collect::<Vec<&str>>().join("/")
}

fn number(version: RegoVersion) -> i64 {
    match version {
        RegoVersion::V0 | RegoVersion::V0V1 => 0,
        RegoVersion::V1 | RegoVersion::V2 => 1,
    }
}

#[cfg(test)]
mod tests;
