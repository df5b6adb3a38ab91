//! Does the same work on many items, on as many threads as the caller allows, with the results in the items' order.

use std::num::NonZeroUsize;
use std::panic;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::stack;

/// What `work` makes of each item, in the order of the items.
///
/// The calling thread works too. Where a further thread can't be started, those that could be do all the work.
/// The results are the same for every number of threads if `work` looks at nothing but its item.
pub(crate) fn map<T: Send, R: Send>(
    threads: NonZeroUsize,
    items: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let count = items.len();
    let helpers = threads.get().min(count).saturating_sub(1);
    if helpers == 0 {
        return items.into_iter().map(work).collect();
    }
    let waiting = Mutex::new(items.into_iter().enumerate());
    let results = Mutex::new(Vec::with_capacity(count));
    let run = || {
        let mut own = Vec::new();
        loop {
            let next = lock(&waiting).next();
            let Some((index, item)) = next else { break };
            own.push((index, work(item)));
        }
        lock(&results).append(&mut own);
    };
    thread::scope(|scope| {
        for _ in 0..helpers {
            if thread::Builder::new().stack_size(stack::SIZE).spawn_scoped(scope, run).is_err() {
                break;
            }
        }
        run();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// What two pieces of work come to, which are done at the same time if the caller allows more than one thread.
pub(crate) fn both<A: Send, B>(
    threads: NonZeroUsize,
    first: impl Fn() -> A + Sync,
    second: impl FnOnce() -> B,
) -> (A, B) {
    if threads == NonZeroUsize::MIN {
        return (first(), second());
    }
    thread::scope(|scope| {
        let other = thread::Builder::new().stack_size(stack::SIZE).spawn_scoped(scope, &first);
        let second = second();
        match other {
            Ok(other) => (other.join().unwrap_or_else(|cause| panic::resume_unwind(cause)), second),
            Err(_) => (first(), second),
        }
    })
}

/// A panic of another thread ends the work anyway; what it left behind is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    #[test]
    fn both_pieces_of_work_are_done_on_any_number_of_threads() {
        for threads in [1, 2] {
            let threads = NonZeroUsize::new(threads).expect("more than none");
            assert_eq!(super::both(threads, || 1 + 1, || "two"), (2, "two"), "{threads}");
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_items_on_any_number_of_threads() {
        let expected: Vec<usize> = (0..1000).map(|number| number * number).collect();
        for threads in [1, 2, 3, 2000] {
            let threads = NonZeroUsize::new(threads).expect("more than none");
            let found = super::map(threads, (0..1000).collect(), |number: usize| number * number);
            assert_eq!(found, expected, "{threads}");
        }
        assert!(super::map(NonZeroUsize::MIN, Vec::<u8>::new(), |item| item).is_empty());
    }
}
