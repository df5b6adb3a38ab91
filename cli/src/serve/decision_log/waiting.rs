//! What waits under a lock, for a reader that sleeps until there is enough or nothing comes any more.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What waits, as its reader sees it.
pub(super) trait Amount {
    /// How many events there are, and how many bytes they have.
    fn size(&self) -> (u64, u64);
}

/// Something that waits, and whether more can come.
#[derive(Debug, Default)]
pub(super) struct Waiting<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State<T> {
    held: T,
    closed: Option<Instant>,
}

impl<T: Amount> Waiting<T> {
    pub(super) fn new(held: T) -> Self {
        Self { state: Mutex::new(State { held, closed: None }), changed: Condvar::new() }
    }

    /// Does something with what waits. Nothing that is done so may leave it half done.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        work(&mut self.lock().held)
    }

    /// Tells the reader that there is more.
    pub(super) fn tell(&self) {
        self.changed.notify_all();
    }

    /// Waits until there is something to do, the time is over, or nothing comes any more.
    pub(super) fn wait(&self, time: Duration, is_enough: impl Fn(u64, u64) -> bool) {
        let until = |state: &mut State<T>| {
            let (events, bytes) = state.held.size();
            state.closed.is_none() && !is_enough(events, bytes)
        };
        let waited = self.changed.wait_timeout_while(self.lock(), time, until);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Says that nothing comes any more, and that what is left may be dealt with until then.
    pub(super) fn close(&self, until: Instant) {
        self.lock().closed = Some(until);
        self.changed.notify_all();
    }

    /// Until when what is left may be dealt with, once nothing comes any more.
    pub(super) fn closed(&self) -> Option<Instant> {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
