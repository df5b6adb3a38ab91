//! What decides at the moment, and how it is replaced: one write after the other, each as a whole or not at all.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use portcullis::bundle::{Contents, VerifiedBundle};
use portcullis::eval::NativeEngine;
use portcullis::policy::RegoVersion;
use portcullis::rest::change::{self, Operation};
use portcullis::value::{Object, Value};

use super::OPA_VERSION;
use super::layer::{self, Layer, Layers};
use super::modules::{self, Findings, Module, Modules};
use super::pushed::{Delta, Policy, Pushed};
use super::snapshot::Snapshot;
use super::store::Store;
use super::wire::{self, Problem};
use crate::policy_set::{Failure, PolicySet};
use crate::serve::client::bundles::{Activate, ActivationError};
use crate::serve::current::Current;
use crate::serve::journal::{Journal, Level};

/// Reads what `--policy` names.
pub(crate) type Loader = Box<dyn Fn() -> Result<Found, Failure> + Send + Sync>;

/// What `--policy` names.
pub(crate) enum Found {
    /// Files, which are put together.
    Files(Box<PolicySet>),
    /// Bundles by their paths, each with what is its own.
    Bundles(Vec<(String, Contents)>),
}

/// The state of a server that decides.
pub(super) struct State {
    current: Current<Snapshot>,
    writer: Mutex<Writer>,
    engine: NativeEngine,
    /// The language of policies whose bundle says nothing else.
    version: RegoVersion,
    loader: Option<Loader>,
    /// Who reads files again, one after the other, so that the last to begin has the last word.
    reloading: Mutex<()>,
    journal: Journal,
}

/// What only one write at a time may see.
#[derive(Debug)]
struct Writer {
    files: Files,
    layers: Layers,
    pushed: Pushed,
    /// Where what is pushed is kept, if it is.
    store: Option<Store>,
}

/// What the files say.
#[derive(Debug, Clone, PartialEq)]
struct Files {
    modules: Modules,
    data: Value,
    /// Bundles among them.
    layers: Layers,
}

/// What came of reading files again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reread {
    /// They decide from now on.
    Changed,
    /// They say what they said before.
    Same,
}

impl Writer {
    /// All bundles, those that were fetched and those of files.
    fn all_layers(&self) -> Cow<'_, Layers> {
        match (self.files.layers.is_empty(), self.layers.is_empty()) {
            (true, _) => Cow::Borrowed(&self.layers),
            (false, true) => Cow::Borrowed(&self.files.layers),
            (false, false) => {
                let mut all = self.files.layers.clone();
                all.extend(self.layers.iter().map(|(name, layer)| (name.clone(), layer.clone())));
                Cow::Owned(all)
            }
        }
    }
}

/// What came of writing a document that should not replace one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// It is there.
    Done,
    /// There was one.
    Kept,
}

/// Whether a document may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replacing {
    Allowed,
    Refused,
}

/// An operation of a patch with the keys of its path.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) operation: Operation,
    pub(super) path: Vec<String>,
    pub(super) value: Value,
}

impl State {
    /// Loads the files, if there is anything to load.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn load(
        engine: NativeEngine,
        version: RegoVersion,
        loader: Option<Loader>,
        folder: Option<&Path>,
        journal: Journal,
    ) -> Result<Self, Failure> {
        let files = read(loader.as_ref(), version)?;
        let (store, pushed) = match folder {
            None => (None, Pushed::default()),
            Some(folder) => {
                let (store, pushed) = Store::open(folder).map_err(|message| Failure::of_message(&message))?;
                (Some(store), pushed)
            }
        };
        let writer = Writer { files, layers: Layers::new(), pushed, store };
        layer::check_roots(&writer.files.layers).map_err(|message| Failure::of_message(&message))?;
        let snapshot = compose(&writer, version, &engine)
            .map_err(|findings| Failure::new(findings.diagnostics, findings.sources))?;
        let (current, writer) = (Current::new(snapshot), Mutex::new(writer));
        Ok(Self { current, writer, engine, version, loader, reloading: Mutex::default(), journal })
    }

    /// What decides now.
    pub(super) fn current(&self) -> Arc<Snapshot> {
        self.current.get()
    }

    /// The language of policies that are pushed.
    pub(super) fn version(&self) -> RegoVersion {
        self.version
    }

    /// Reads the files again; what was pushed stays over them.
    ///
    /// # Errors
    /// What is wrong; then everything stays as it was.
    pub(super) fn reload(&self) -> Result<Reread, Failure> {
        let _turn = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let files = read(self.loader.as_ref(), self.version)?;
        let mut writer = self.writer();
        if writer.files == files {
            return Ok(Reread::Same);
        }
        let before = std::mem::replace(&mut writer.files, files);
        let composed = layer::check_roots(&writer.all_layers())
            .map_err(|message| Failure::of_message(&message))
            .and_then(|()| {
                compose(&writer, self.version, &self.engine)
                    .map_err(|findings| Failure::new(findings.diagnostics, findings.sources))
            });
        match composed {
            Ok(snapshot) => {
                self.current.set(snapshot);
                Ok(Reread::Changed)
            }
            Err(failure) => {
                writer.files = before;
                Err(failure)
            }
        }
    }

    /// Writes a document, and objects on the way to it.
    pub(super) fn put_data(
        &self,
        path: &[String],
        value: Value,
        replacing: Replacing,
    ) -> Result<Written, Problem> {
        let mut writer = self.writer();
        let current = self.current();
        check_scope(&current, path)?;
        let outer = path.split_last().map_or(&[][..], |(_, outer)| outer);
        let before = match change::read(current.data(), path) {
            Ok(_) if replacing == Replacing::Refused => return Ok(Written::Kept),
            Ok(_) => current.data().clone(),
            Err(_) => change::with_objects(current.data(), outer)?,
        };
        let data = change::changed_at(&before, Operation::Add, path, value)?;
        check_conflicts(&current, &data)?;
        self.keep_data(&mut writer, &current, std::iter::once(path), data)?;
        Ok(Written::Done)
    }

    /// Makes changes of documents, all or none.
    pub(super) fn patch_data(&self, steps: Vec<Step>) -> Result<(), Problem> {
        let mut writer = self.writer();
        let current = self.current();
        let mut data = current.data().clone();
        let mut paths = Vec::with_capacity(steps.len());
        for Step { operation, path, value } in steps {
            check_scope(&current, &path)?;
            data = change::changed_at(&data, operation, &path, value)?;
            paths.push(path);
        }
        check_conflicts(&current, &data)?;
        self.keep_data(&mut writer, &current, paths.iter().map(Vec::as_slice), data)
    }

    /// Takes a document away.
    pub(super) fn delete_data(&self, path: &[String]) -> Result<(), Problem> {
        let mut writer = self.writer();
        let current = self.current();
        check_scope(&current, path)?;
        change::read(current.data(), path)?;
        let data = change::changed_at(current.data(), Operation::Remove, path, Value::Null)?;
        self.keep_data(&mut writer, &current, std::iter::once(path), data)
    }

    /// Writes a policy.
    pub(super) fn put_policy(&self, id: &str, text: String) -> Result<(), Problem> {
        let mut writer = self.writer();
        let current = self.current();
        let id: Arc<str> = id.into();
        let known = current.modules.get(&id);
        if let Some(known) = known {
            check_scope(&current, &package_of(known))?;
            if *known.text == *text {
                return self.note_policy(&mut writer, id, text.into());
            }
        }
        let module = Module { name: Arc::clone(&id), text: text.into(), version: self.version };
        let refuse = |findings: &Findings| in_modules(wire::INVALID_PARAMETER, findings);
        let tree = modules::tree(&module).map_err(|findings| match findings.diagnostics.as_slice() {
            [only] if only.message == "empty module" => {
                Problem::invalid(format!("{id}:0: rego_parse_error: empty module"))
            }
            _ => refuse(&findings),
        })?;
        check_scope(&current, &modules::package(&tree))?;
        let mut all = (*current.modules).clone();
        let text = Arc::clone(&module.text);
        all.insert(Arc::clone(&id), module);
        let policy =
            modules::compile(&all, current.data(), &self.engine).map_err(|findings| refuse(&findings))?;
        let mut delta = Delta::default();
        delta.policies.insert(id, Some(Policy::Text(text)));
        self.keep(&mut writer, delta, Snapshot::new(Arc::new(all), policy))
    }

    /// Notes a policy that is already what a file or a bundle says: it stays if they change.
    fn note_policy(&self, writer: &mut Writer, id: Arc<str>, text: Arc<str>) -> Result<(), Problem> {
        if writer.pushed.policies.contains_key(&id) {
            return Ok(());
        }
        let mut delta = Delta::default();
        delta.policies.insert(id, Some(Policy::Text(text)));
        self.note(writer, delta)
    }

    /// Takes a policy away.
    pub(super) fn delete_policy(&self, id: &str) -> Result<(), Problem> {
        let mut writer = self.writer();
        let current = self.current();
        let Some((id, known)) = current.modules.get_key_value(id) else { return Err(no_policy(id)) };
        check_scope(&current, &package_of(known))?;
        let mut all = (*current.modules).clone();
        all.remove(id);
        let policy = modules::compile(&all, current.data(), &self.engine)
            .map_err(|findings| in_modules(wire::INVALID_OPERATION, &findings))?;
        let mut delta = Delta::default();
        let is_of_files = writer.files.modules.contains_key(id);
        delta.policies.insert(Arc::clone(id), is_of_files.then_some(Policy::Deleted));
        self.keep(&mut writer, delta, Snapshot::new(Arc::new(all), policy))
    }

    fn keep_data<'p>(
        &self,
        writer: &mut Writer,
        current: &Snapshot,
        paths: impl Iterator<Item = &'p [String]>,
        data: Value,
    ) -> Result<(), Problem> {
        let delta = writer.pushed.after(paths, &data, &writer.files.data);
        let policy = current.policy.with_data(data);
        self.keep(writer, delta, Snapshot::new(Arc::clone(&current.modules), policy))
    }

    /// Notes what was pushed, and lets the new version decide.
    fn keep(&self, writer: &mut Writer, delta: Delta, snapshot: Snapshot) -> Result<(), Problem> {
        self.note(writer, delta)?;
        self.current.set(snapshot);
        Ok(())
    }

    /// Notes what was pushed, on the disk first.
    fn note(&self, writer: &mut Writer, delta: Delta) -> Result<(), Problem> {
        if let Some(store) = &writer.store
            && let Err(error) = store.write(&delta)
        {
            self.journal.event(Level::Error, "a change can't be kept on the disk", &[("error", &error)]);
            return Err(Problem::internal("the change could not be kept"));
        }
        writer.pushed.apply(delta);
        Ok(())
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Activate for State {
    fn activate(&self, name: &str, bundle: VerifiedBundle, etag: &str) -> Result<(), ActivationError> {
        let mut writer = self.writer();
        let layer = Layer::of(name, bundle, etag, self.version, writer.layers.get(name))?;
        let before = writer.layers.insert(name.to_owned(), layer);
        let composed =
            layer::check_roots(&writer.all_layers()).map_err(ActivationError::from).and_then(|()| {
                compose(&writer, self.version, &self.engine).map_err(|findings| {
                    let Findings { diagnostics, sources } = findings;
                    let message = wire::COMPILING_MODULES.to_owned();
                    let errors = Problem::in_rego("", "", &diagnostics, &sources).error_values();
                    ActivationError { message, errors }
                })
            });
        match composed {
            Ok(snapshot) => {
                self.current.set(snapshot);
                Ok(())
            }
            Err(error) => {
                match before {
                    Some(before) => drop(writer.layers.insert(name.to_owned(), before)),
                    None => drop(writer.layers.remove(name)),
                }
                Err(error)
            }
        }
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("current", &self.current).finish_non_exhaustive()
    }
}

/// There is no policy of this id.
pub(super) fn no_policy(id: &str) -> Problem {
    let id = portcullis::value::rego_string(id);
    Problem::new(StatusCode::NOT_FOUND, wire::NOT_FOUND, format!("storage_not_found_error: policy id {id}"))
}

fn read(loader: Option<&Loader>, version: RegoVersion) -> Result<Files, Failure> {
    let nothing = || (Modules::new(), Value::Object(Object::new()), Layers::new());
    let (modules, data, layers) = match loader.map(|loader| loader()).transpose()? {
        None => nothing(),
        Some(Found::Files(files)) => (modules::of_files(&files), files.data, Layers::new()),
        Some(Found::Bundles(bundles)) => {
            let layer = |(name, contents): (String, Contents)| {
                let layer = Layer::with(&name, contents, "", version);
                (name, layer)
            };
            let (modules, data, _) = nothing();
            (modules, data, bundles.into_iter().map(layer).collect())
        }
    };
    Ok(Files { modules, data: with_version(data), layers })
}

/// The data with the version of OPA, where OPA keeps it for policies to read.
fn with_version(data: Value) -> Value {
    let fields =
        [("build_commit", ""), ("build_hostname", ""), ("build_timestamp", ""), ("version", OPA_VERSION)];
    let version: Object =
        fields.into_iter().map(|(name, text)| (Value::from(name), Value::from(text))).collect();
    let (system, path) = (["system".to_owned()], ["system".to_owned(), "version".to_owned()]);
    let made = change::with_objects(&data, &system);
    let written =
        made.and_then(|made| change::changed_at(&made, Operation::Add, &path, Value::Object(version)));
    written.unwrap_or(data)
}

/// What decides by files, what was pushed over them, and bundles.
fn compose(writer: &Writer, version: RegoVersion, engine: &NativeEngine) -> Result<Snapshot, Findings> {
    let Writer { files, pushed, .. } = writer;
    let layers = writer.all_layers();
    let all = layer::over_modules(&layers, pushed.over_modules(files.modules.clone(), version));
    let data = layer::over_data(&layers, pushed.over(&files.data));
    let policy = modules::compile(&all, &data, engine)?;
    Ok(Snapshot::new(Arc::new(all), policy))
}

fn in_modules(code: &'static str, findings: &Findings) -> Problem {
    Problem::in_rego(code, wire::COMPILING_MODULES, &findings.diagnostics, &findings.sources)
}

/// What active bundles own can't be written.
fn check_scope(current: &Snapshot, path: &[String]) -> Result<(), Problem> {
    if path.is_empty() && !current.bundles.is_empty() {
        return Err(Problem::invalid("can't write to document root with bundle roots configured"));
    }
    for (name, bundle) in &current.bundles {
        let name = portcullis::value::rego_string(name);
        let all = || Problem::invalid(format!("all paths owned by bundle {name}"));
        for root in bundle.roots.as_ref().ok_or_else(all)? {
            if root.is_empty() {
                return Err(all());
            }
            if path.iter().zip(root.split('/')).all(|(key, root)| key == root) {
                let path = path.join("/");
                return Err(Problem::invalid(format!("path {path} is owned by bundle {name}")));
            }
        }
    }
    Ok(())
}

fn check_conflicts(current: &Snapshot, data: &Value) -> Result<(), Problem> {
    let found = current.policy.conflicts_with(data);
    if found.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid(wire::in_words(&found, current.policy.sources())))
}

/// The path of the package of a module that compiled.
fn package_of(module: &Module) -> Vec<String> {
    modules::tree(module).map(|tree| modules::package(&tree)).unwrap_or_default()
}
