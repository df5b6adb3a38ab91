//! `--watch`: stays, and runs again the tests that a change of the files can matter to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use notify::{EventKind, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, new_debouncer};

use super::fingerprint::Fingerprints;
use super::last_failed::LastFailed;
use super::plan::Inventory;
use super::reports::Targets;
use super::target::Arguments;
use super::{Args, no_test, run_once, select};
use crate::command::coverage::enough::Demands;
use crate::command::probe::saved;
use crate::configuration;
use crate::engine::BuiltinErrors;
use crate::exit::Exit;
use crate::io::Io;
use crate::load;
use crate::plural::plural;
use crate::policy_set::Failure;

/// Runs the chosen tests, and then after each change those whose answers it can have changed. Only a signal ends it, as
/// Ctrl-C does.
pub(super) fn run(
    args: &Args,
    arguments: &Arguments,
    (targets, memory, demands): (&Targets, &LastFailed, &Demands),
    io: &mut Io,
) -> Exit {
    let (sender, changes) = mpsc::channel();
    let told = move |result: DebounceEventResult| _ = sender.send(result);
    let mut debouncer = match new_debouncer(QUIET, None, told) {
        Ok(debouncer) => debouncer,
        Err(error) => return could_not_watch(&error, io),
    };
    let folders = folders(arguments);
    for folder in &folders {
        if let Err(error) = debouncer.watch(folder, RecursiveMode::Recursive) {
            return could_not_watch(&error, io);
        }
    }
    let mut before = None;
    loop {
        match round(args, arguments, (targets, memory, demands), before.as_ref(), io) {
            Ok(Round::Ran(now)) => before = Some(now),
            // What ran before is compared with what comes next.
            Ok(Round::Broken(failure)) => failure.tell(io),
            Err(exit) => return exit,
        }
        if let Err(error) = io.out.flush() {
            return io.failed_to_write(&error);
        }
        io.note(format_args!("waiting for changes in {}; Ctrl-C ends", plural(folders.len(), "folder")));
        loop {
            match changes.recv() {
                Ok(Ok(events)) if events.iter().any(|event| matters(event)) => break,
                Ok(Ok(_)) => {}
                Ok(Err(errors)) => {
                    for error in errors {
                        io.warning(format_args!("a change may be missed: {error}"));
                    }
                }
                Err(mpsc::RecvError) => return Exit::Success,
            }
        }
    }
}

/// What came of one look at the files.
enum Round {
    /// Tests ran, or there was nothing to run.
    Ran(Fingerprints),
    /// Something is wrong with the files.
    Broken(Failure),
}

/// Runs what the arguments choose; an `Err` is how the command ends as a report can't be written. When something ran before,
/// only what may answer otherwise now runs.
fn round(
    args: &Args,
    arguments: &Arguments,
    (targets, memory, demands): (&Targets, &LastFailed, &Demands),
    before: Option<&Fingerprints>,
    io: &mut Io,
) -> Result<Round, Exit> {
    let built = args.engine.build_for(BuiltinErrors::Undefined, args.coverage.purpose(targets));
    let inventory = match Inventory::with_properties(
        &args.policy,
        &*built.engine,
        &arguments.paths,
        Some(&args.properties),
    ) {
        Ok(inventory) => inventory,
        Err(failure) => return Ok(Round::Broken(failure)),
    };
    let now = match Fingerprints::of(&inventory) {
        Ok(now) => now,
        Err(failure) => return Ok(Round::Broken(failure)),
    };
    inventory.warnings.iter().for_each(|warning| io.warning(warning));
    let plan = match before {
        None => select::plan(args, &*built.engine, arguments, inventory, memory, io),
        Some(before) => args.select.by_name_and_place(&inventory, &arguments.places).map(|mut chosen| {
            chosen.retain(|position| inventory.is(*position, |id| now.differs(before, id)));
            let positions = args.select.in_order(&inventory, chosen);
            inventory.plan(&positions)
        }),
    };
    let plan = match plan {
        Ok(plan) => plan,
        Err(failure) => return Ok(Round::Broken(failure)),
    };
    match (plan.tests.is_empty(), before) {
        (true, None) => io.warning(no_test(&args.select)),
        (true, Some(_)) => io.note("the change matters to no test"),
        (false, _) => _ = run_once(args, &plan, (targets, memory, demands), io)?,
    }
    Ok(Round::Ran(now))
}

/// The folders in which a change may matter, none of them in another one. Suites name files beside themselves, so of a file
/// its folder counts.
fn folders(arguments: &Arguments) -> BTreeSet<PathBuf> {
    let named = arguments.paths.iter().filter_map(|path| load::named_path(path));
    let folders: BTreeSet<PathBuf> = named
        .map(|path| configuration::absolute(&path))
        .map(|path| if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("/")).to_owned() })
        .collect();
    let inside = |folder: &PathBuf| folders.iter().any(|other| other != folder && folder.starts_with(other));
    folders.iter().filter(|folder| !inside(folder)).cloned().collect()
}

/// Whether tests may read what was changed: a file of a kind that is loaded, or what has no extension, as folders don't.
/// Reading is no change, and what this program and git keep for themselves is not read by tests.
fn matters(event: &notify::Event) -> bool {
    let is_own = |path: &PathBuf| {
        path.iter().any(|name| name == ".git" || name == ".portcullis" || name == saved::FILE)
    };
    let is_loaded = |path: &PathBuf| {
        path.extension().is_none_or(|extension| LOADED.iter().any(|loaded| extension == *loaded))
    };
    match event.kind {
        EventKind::Access(_) => false,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => {
            event.paths.is_empty() || event.paths.iter().any(|path| is_loaded(path) && !is_own(path))
        }
    }
}

fn could_not_watch(error: &notify::Error, io: &mut Io) -> Exit {
    io.error(format_args!("the files can't be watched: {error}"));
    Exit::One
}

/// The extensions of files that are loaded.
const LOADED: [&str; 7] = ["rego", "json", "yaml", "yml", "csv", "gz", "manifest"];

/// How long nothing may change before tests run: an editor writes a file in several steps.
const QUIET: Duration = Duration::from_millis(200);
