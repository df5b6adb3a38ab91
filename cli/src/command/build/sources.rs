//! What goes into a bundle: modules by their paths in it, data, and what manifests said already.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::bundle::{Contents, DraftModule, Manifest};
use portcullis::document::{BaseData as _, Outline};
use portcullis::policy::RegoVersion;
use portcullis::syntax::printer;
use portcullis::value::Object;

use crate::command::input::PolicyArgs;
use crate::command::test;
use crate::load::{self, LoadMode, Loaded, Walk, clean};
use crate::policy_set::{Failure, PolicySet};

/// What was read.
#[derive(Debug)]
pub(super) struct Sources {
    /// The policies, for the compiler, without data.
    pub(super) policies: PolicySet,
    /// The base documents.
    pub(super) data: Outline,
    /// The same modules, as they are packed.
    pub(super) modules: Vec<DraftModule>,
    /// The manifest of the one bundle that was read.
    pub(super) manifest: Option<Manifest>,
    /// The version that most modules are in.
    pub(super) version: RegoVersion,
}

/// A module on its way into a bundle.
struct Module {
    path: String,
    source: portcullis::source::Source,
    version: Option<RegoVersion>,
}

/// Reads what the paths name.
///
/// # Errors
/// Everything that can't be read, merged or parsed.
pub(super) fn read(args: &PolicyArgs, paths: &[String], include_tests: bool) -> Result<Sources, Failure> {
    let options = args.options(paths);
    let (modules, data, warnings, manifest) = if options.mode == LoadMode::Bundles {
        let bundles = load::bundles(&options).map_err(Failure::of_load)?;
        let manifest = match bundles.as_slice() {
            [(_, only)] => Some(only.manifest.clone()),
            _ => None,
        };
        let (modules, data) = merged(bundles);
        (modules, data, Vec::new(), manifest)
    } else {
        if let Some(archive) = paths.iter().find(|path| path.ends_with(".tar.gz")) {
            let message = format!("`{archive}` is an archive: build from bundles with -b");
            return Err(Failure::of_message(&message));
        }
        let walk = Walk::new(options);
        let claimed = test::claimed_by_suites(&walk);
        let Loaded { modules, versions, data, warnings } = args.load_raw(walk, &claimed)?;
        let modules = modules.iter().zip(versions).map(|((_, source), version)| Module {
            path: inner_path(source.name(), paths),
            source: source.clone(),
            version,
        });
        (modules.collect(), data, warnings, None)
    };
    let is_packed = |module: &Module| include_tests || !module.path.ends_with("_test.rego");
    let modules: Vec<Module> = modules.into_iter().filter(is_packed).collect();

    let usual = args.version();
    let mut versions = modules.iter().map(|module| module.version.unwrap_or(usual));
    let first = versions.next().unwrap_or(usual);
    let version = if versions.all(|other| other == first) { first } else { usual };
    let mut sources = portcullis::source::Sources::new();
    let mut stated = Vec::new();
    let mut drafts = Vec::new();
    for module in modules {
        drafts.push(DraftModule {
            path: module.path,
            text: Arc::clone(module.source.text()),
            version: module.version.unwrap_or(usual),
        });
        sources.add(module.source);
        stated.push(module.version);
    }
    let loaded = Loaded { modules: sources, versions: stated, data: Object::new(), warnings };
    Ok(Sources { policies: args.policy_set(loaded)?, data, modules: drafts, manifest, version })
}

/// Everything in several bundles: each keeps what its roots hold.
fn merged(bundles: Vec<(String, Contents<Outline>)>) -> (Vec<Module>, Outline) {
    let are_several = bundles.len() > 1;
    let mut modules = Vec::new();
    let mut data = Outline::default();
    for (argument, contents) in bundles {
        data = if are_several { data.overlay(contents.owned_data()) } else { contents.data };
        let folder = if are_several { format!("{}/", last_part(&argument)) } else { String::new() };
        modules.extend(contents.modules.into_iter().map(|module| {
            let path = clean(Path::new(module.path.trim_start_matches('/')));
            let path = format!("{folder}{}", path.to_string_lossy());
            Module { path, source: module.source, version: module.version }
        }));
    }
    (modules, data)
}

/// The path in the bundle of a module that was found by one of the arguments: relative to it, so that it does not matter
/// where in the file system that is. Below its last part when there are several.
fn inner_path(name: &str, arguments: &[String]) -> String {
    let name = Path::new(name);
    let roots = arguments.iter().filter_map(|argument| Some((argument, clean(&load::named_path(argument)?))));
    let holding = roots.filter_map(|(argument, root)| {
        let inner: PathBuf = if root == Path::new(".") && name.is_relative() {
            name.to_owned()
        } else {
            name.strip_prefix(&root).ok()?.to_owned()
        };
        Some((argument, inner))
    });
    let shortest = holding.min_by_key(|(_, inner)| inner.components().count());
    let file_name = || name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match shortest {
        None => file_name(),
        Some((_, inner)) if inner.as_os_str().is_empty() => file_name(),
        Some((argument, inner)) if arguments.len() > 1 => {
            format!("{}/{}", last_part(argument), inner.to_string_lossy())
        }
        Some((_, inner)) => inner.to_string_lossy().into_owned(),
    }
}

/// What an argument is called: the name of its folder or archive.
fn last_part(argument: &str) -> String {
    let path = load::named_path(argument).unwrap_or_default();
    let path = fs_err::canonicalize(&path).unwrap_or(path);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_suffix(".tar.gz").map_or_else(|| name.clone(), str::to_owned)
}

/// Checks that there is a rule or package at each of the paths.
///
/// # Errors
/// The paths at which nothing is.
pub(super) fn check_entrypoints(policies: &PolicySet, entrypoints: &[String]) -> Result<(), Failure> {
    let mut known = std::collections::BTreeSet::new();
    for rule in policies.rules() {
        let package = rule.package.iter().map(|key| &**key);
        let path: Vec<&str> = package.chain(rule.path.iter().map(|element| &*element.name)).collect();
        for end in 1..=path.len() {
            known.insert(path.get(..end).unwrap_or_default().join("/"));
        }
    }
    let mut failure = Failure::default();
    for entrypoint in entrypoints {
        let path = entrypoint.trim_matches('/').trim_start_matches("data.").replace('.', "/");
        if !known.contains(&path) {
            failure.extend(Some(Failure::of_message(&format!(
                "no rule or package is at the entrypoint `{entrypoint}`"
            ))));
        }
    }
    if failure.is_any() { Err(failure) } else { Ok(()) }
}

/// The modules in the printer's form. They are in the order of the policies' own.
pub(super) fn formatted(modules: Vec<DraftModule>, policies: &PolicySet) -> Vec<DraftModule> {
    let format = |(module, tree)| DraftModule { text: Arc::from(printer::module(tree)), ..module };
    modules.into_iter().zip(policies.parsed().trees()).map(format).collect()
}
