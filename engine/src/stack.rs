//! Runs work on a thread with a stack large enough for deeply nested values and policies.

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
