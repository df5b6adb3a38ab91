//! Notices that files changed, once they have been left alone for a moment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

/// Watches as long as it lives.
#[derive(Debug)]
pub(crate) struct Watcher {
    _debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
}

/// Calls `told` after anything in a folder or below it changed.
///
/// # Errors
/// When the system can't watch: the words of the `notify` crate.
pub(crate) fn below(folder: &Path, told: impl FnMut() + Send + 'static) -> Result<Watcher, String> {
    watch(&BTreeSet::from([folder.to_owned()]), RecursiveMode::Recursive, |event| !is_reading(event), told)
}

/// Calls `told` after one of the files may have changed. Their folders are watched, since a file is replaced by another of its
/// name, or by a link that leads elsewhere.
///
/// # Errors
/// When the system can't watch: the words of the `notify` crate.
pub(crate) fn of_files(files: &[&Path], told: impl FnMut() + Send + 'static) -> Result<Watcher, String> {
    let folder = |file: &&Path| match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let names: BTreeSet<_> =
        files.iter().filter_map(|file| file.file_name()).map(ToOwned::to_owned).collect();
    let matters = move |event: &notify::Event| {
        // What is written into other files of the folder, as into logs, is of no interest; what comes and goes there may be a link.
        let is_named =
            || event.paths.iter().any(|path| path.file_name().is_some_and(|name| names.contains(name)));
        !is_reading(event) && (!is_writing(event) || is_named())
    };
    watch(&files.iter().map(folder).collect(), RecursiveMode::NonRecursive, matters, told)
}

/// Calls `told` after something changed that may be loaded from one of the paths: files that are named, or those of folders and
/// of what lies below them.
///
/// # Errors
/// When the system can't watch: the words of the `notify` crate.
pub(crate) fn of_policies(
    paths: &[PathBuf],
    told: impl FnMut() + Clone + Send + 'static,
) -> Result<Vec<Watcher>, String> {
    let (folders, files): (Vec<&Path>, Vec<&Path>) =
        paths.iter().map(PathBuf::as_path).partition(|path| path.is_dir());
    let mut watchers = Vec::new();
    if !folders.is_empty() {
        let folders = folders.into_iter().map(Path::to_owned).collect();
        let matters =
            |event: &notify::Event| !is_reading(event) && event.paths.iter().any(|path| is_loaded(path));
        watchers.push(watch(&folders, RecursiveMode::Recursive, matters, told.clone())?);
    }
    if !files.is_empty() {
        watchers.push(of_files(&files, told)?);
    }
    Ok(watchers)
}

fn watch(
    folders: &BTreeSet<PathBuf>,
    mode: RecursiveMode,
    matters: impl Fn(&notify::Event) -> bool + Send + 'static,
    mut told: impl FnMut() + Send + 'static,
) -> Result<Watcher, String> {
    let handle = move |result: DebounceEventResult| match result {
        Ok(events) if !events.iter().any(|event| matters(event)) => {}
        // What could not be watched may have changed.
        Ok(_) | Err(_) => told(),
    };
    let mut debouncer = new_debouncer(QUIET, None, handle).map_err(|error| error.to_string())?;
    for folder in folders {
        debouncer.watch(folder, mode).map_err(|error| error.to_string())?;
    }
    Ok(Watcher { _debouncer: debouncer })
}

/// Whether a file was only opened, read or closed: this process does that too.
fn is_reading(event: &notify::Event) -> bool {
    match event.kind {
        EventKind::Access(_) => true,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => false,
    }
}

/// Whether a file was written that was there already.
fn is_writing(event: &notify::Event) -> bool {
    match event.kind {
        EventKind::Modify(kind) => !matches!(kind, ModifyKind::Name(_)),
        EventKind::Any
        | EventKind::Access(_)
        | EventKind::Create(_)
        | EventKind::Remove(_)
        | EventKind::Other => false,
    }
}

/// Whether a file may be loaded; what has no extension may be a folder.
fn is_loaded(path: &Path) -> bool {
    path.extension().is_none_or(|extension| LOADED.iter().any(|loaded| extension == *loaded))
}

/// The extensions of what is loaded.
const LOADED: [&str; 6] = ["rego", "json", "yaml", "yml", "gz", "manifest"];

/// How long nothing may change before it is told.
const QUIET: Duration = Duration::from_millis(100);
