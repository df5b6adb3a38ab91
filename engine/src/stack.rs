//! Stack for deeply nested values and policies: a thread with a large one, and more of it on the way.

use std::io;
use std::thread;

/// How many bytes of stack a thread needs that reads, compiles or evaluates. Untouched pages cost nothing.
pub const SIZE: usize = 256 * 1024 * 1024;

/// Runs `work` on a thread of its own with [`SIZE`] bytes of stack, and gives back what it returns.
///
/// # Errors
/// When the thread can't be started, or `work` panicked.
pub fn run<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(SIZE).spawn_scoped(scope, work)?;
        worker.join().map_err(|_| io::Error::other("the work panicked"))
    })
}

/// Runs `work` with enough stack for one more level, wherever the caller's stack comes from.
pub(crate) fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, SEGMENT, work)
}

/// More than one level needs, built-in functions included.
const RED_ZONE: usize = 128 * 1024;

/// What is added when the stack runs out.
const SEGMENT: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    #[test]
    fn work_nests_deeper_than_an_ordinary_thread_allows() {
        fn depth(left: u32) -> u32 {
            let frame = [left; 64];
            if left == 0 { 0 } else { 1 + depth(frame.iter().sum::<u32>() / 64 - 1) }
        }
        assert_eq!(super::run(|| depth(100_000)).expect("a thread"), 100_000);
    }
}
