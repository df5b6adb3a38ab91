//! Long polling: waits for a bundle to be another one than the client has.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::super::shutdown::Shutdown;
use super::catalog::Revision;

/// Waits until the revision is not what the client has, for as long as it would wait, and gives the one that is there then. None
/// if the bundle is gone.
///
/// A process that ends lets nobody wait.
pub(super) async fn until(
    mut revisions: watch::Receiver<Option<Arc<Revision>>>,
    is_news: impl Fn(&Revision) -> bool,
    wait: Duration,
    mut shutdown: Shutdown,
) -> Option<Arc<Revision>> {
    tokio::select! {
        biased;
        _ = revisions.wait_for(|revision| revision.as_ref().is_none_or(|revision| is_news(revision))) => {}
        () = sleep(wait) => {}
        () = shutdown.begun() => {}
    }
    revisions.borrow().clone()
}
