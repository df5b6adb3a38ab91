//! Panics: what must not happen is told as a bug of ours and has an exit code of its own.

use std::io;
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, PoisonError};

use portcullis::stack;

use crate::exit::Exit;
use crate::io::Io;

/// Keeps panics from writing to stderr: [`Stopped::tell`] says what has to be said. When `RUST_BACKTRACE` asks for a
/// backtrace, it is written all the same.
pub(crate) fn silence() {
    let default_hook = panic::take_hook();
    let backtrace_wanted = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    panic::set_hook(Box::new(move |info| {
        // The first panic is the cause; those of other threads follow from it.
        FIRST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| describe(info));
        if backtrace_wanted {
            default_hook(info);
        }
    }));
}

/// Runs the work of a command with a stack that deep input needs.
///
/// # Errors
/// When the work panicked or could not be started.
pub(crate) fn guard(work: impl FnOnce() -> Exit + Send) -> Result<Exit, Stopped> {
    stack::run(work).map_err(|error| match error.raw_os_error() {
        Some(_) => Stopped::NotStarted(error),
        None => Stopped::Panicked(FIRST.lock().unwrap_or_else(PoisonError::into_inner).take()),
    })
}

/// Why a command has no result.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// A bug of ours; with what the panic said, when that is known.
    Panicked(Option<String>),
    /// The system gave no thread.
    NotStarted(io::Error),
}

impl Stopped {
    /// Says so on stderr.
    pub(crate) fn tell(&self, io: &mut Io) -> Exit {
        match self {
            Self::Panicked(None) => io.internal_error("a panic without a message"),
            Self::Panicked(Some(message)) => io.internal_error(message),
            Self::NotStarted(error) => {
                io.error(format_args!("no thread can be started: {error}"));
                let mebibytes = stack::SIZE / 1024 / 1024;
                io.hint(format_args!(
                    "each thread reserves {mebibytes} MiB of address space: raise the limit (`ulimit -v`)"
                ));
                Exit::One
            }
        }
    }
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("a panic without a message");
    match info.location() {
        Some(at) => format!("{message} ({}:{})", at.file(), at.line()),
        None => message.to_owned(),
    }
}

/// What the first panic said that nobody has been told of yet.
static FIRST: Mutex<Option<String>> = Mutex::new(None);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_panics_ends_as_a_bug_of_ours() {
        let default_hook = panic::take_hook();
        silence();
        let stopped = guard(|| panic!("the sky fell")).unwrap_err();
        panic::set_hook(default_hook);
        let Stopped::Panicked(Some(message)) = &stopped else { panic!("{stopped:?}") };
        assert!(message.starts_with("the sky fell ("), "{message}");
        assert!(message.contains("panic.rs:"), "{message}");
        let (mut io, err) = Io::to_memory();
        assert_eq!(stopped.tell(&mut io), Exit::Internal);
        let told = err.text();
        assert!(told.contains("please report it"), "{told}");
        assert!(!told.contains("RUST_BACKTRACE"), "{told}");
    }

    #[test]
    fn a_command_that_ends_well_keeps_its_exit_code() {
        assert_eq!(guard(|| Exit::Two).unwrap(), Exit::Two);
    }
}
