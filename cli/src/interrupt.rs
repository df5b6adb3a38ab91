//! Ctrl-C for commands that have something to tell when they are stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody asked the command to stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Takes the signal over from the system, which would end the process: the first one asks, a second one ends it. Where that
    /// can't be done, a signal ends the process as ever.
    pub(crate) fn watch() -> Self {
        let interrupt = Self::default();
        let seen = Arc::clone(&interrupt.0);
        let wait = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                seen.store(true, Ordering::Relaxed);
            }
            if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                std::process::exit(INTERRUPTED);
            }
        };
        // Without the thread nobody takes the signal over.
        drop(std::thread::Builder::new().name("interrupt".to_owned()).spawn(wait));
        interrupt
    }

    /// Whether somebody asked.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What shells give to a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;
