//! Reads modules on several threads before it is their turn.

use std::num::NonZeroUsize;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use portcullis::source::Source;

use super::walk::{FileKind, Found};
use super::{Limits, LoadError, file};

/// The module in each of the files that hold one, at the place of the file; what is no module is not read.
///
/// Reading is mostly waiting for the system to clear memory, which it does for each thread apart.
pub(super) fn modules(
    files: &[Result<Found, LoadError>],
    limits: Limits,
) -> Vec<Option<Result<Source, LoadError>>> {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = processors.min(files.len() / FILES_FOR_A_THREAD).max(1);
    let next = AtomicUsize::new(0);
    let read = || {
        let mut own = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(found) = files.get(at) else { return own };
            if let Ok(Found { name, path, kind: FileKind::Module, .. }) = found {
                own.push((at, file::read(path, limits).and_then(|bytes| file::module(name, bytes))));
            }
        }
    };
    let read = &read;
    let mut all = Vec::new();
    all.resize_with(files.len(), || None);
    let mut put = |done: Vec<(usize, Result<Source, LoadError>)>| {
        for (at, module) in done {
            if let Some(place) = all.get_mut(at) {
                *place = Some(module);
            }
        }
    };
    thread::scope(|scope| {
        // Where a thread can't be started, the others do its work.
        let others: Vec<_> =
            (1..threads).filter_map(|_| thread::Builder::new().spawn_scoped(scope, read).ok()).collect();
        put(read());
        for other in others {
            put(other.join().unwrap_or_else(|cause| panic::resume_unwind(cause)));
        }
    });
    all
}

/// Fewer aren't worth a thread.
const FILES_FOR_A_THREAD: usize = 64;
