//! Looks at the folder whenever something in it changed, and every now and then.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::super::changes;
use super::super::journal::Level;
use super::intake::{Again, Intake};

/// Looks at the folder from now on, on a thread of its own, for as long as the process lives. `interval` is how long may pass
/// until a change that the system does not tell of is noticed.
pub(super) fn keep(mut intake: Intake, interval: Duration) {
    let (sender, changed) = sync_channel(1);
    let own = sender.clone();
    // One that waits already will see this change too.
    let watcher = changes::below(&intake.folder, move || _ = sender.try_send(()));
    if let Err(reason) = &watcher {
        let fields = [("reason", &**reason)];
        intake.journal.event(
            Level::Warning,
            "changes are noticed late: the folder can't be watched",
            &fields,
        );
    }
    std::thread::spawn(move || {
        // They keep the channel open.
        let _kept = (watcher, own);
        // What changed before the folder was watched is seen now.
        let mut again = Again::After(Duration::ZERO);
        let mut was_readable = true;
        loop {
            let wait = match again {
                Again::Later => interval,
                Again::After(time) => time.min(interval),
            };
            match changed.recv_timeout(wait) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            again = match intake.look() {
                Ok(again) => {
                    was_readable = true;
                    again
                }
                Err(reason) => {
                    if was_readable {
                        let fields = [("reason", &*reason)];
                        intake.journal.event(Level::Error, "the folder of bundles can't be read", &fields);
                    }
                    was_readable = false;
                    Again::Later
                }
            };
        }
    });
}
