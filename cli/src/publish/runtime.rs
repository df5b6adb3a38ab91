//! The asynchronous runtime that clients of stores and registries need; everything else blocks.

use tokio::runtime;

use super::PublishError;

/// Runs futures on the thread that waits for them.
#[derive(Debug)]
pub(super) struct Runtime(runtime::Runtime);

impl Runtime {
    /// # Errors
    /// When the system gives no means to wait for connections.
    pub(super) fn new() -> Result<Self, PublishError> {
        let built = runtime::Builder::new_current_thread().enable_all().build();
        built.map(Self).map_err(|error| PublishError::new(format!("no connection can be made: {error}")))
    }

    /// Waits for a future.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }
}
