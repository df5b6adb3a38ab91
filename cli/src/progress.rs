//! A progress bar on stderr, for runs that last.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how far a run is, once it has lasted [`DELAY`] and if somebody watches.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    visible: bool,
    shown: bool,
}

impl Progress {
    /// For `total` steps; never drawn unless `visible`.
    pub(crate) fn new(total: usize, visible: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} tests, {elapsed}");
        Self { bar: style.map_or(bar.clone(), |style| bar.with_style(style)), visible, shown: false }
    }

    /// One step is done.
    pub(crate) fn step(&mut self) {
        if self.visible && !self.shown && self.bar.elapsed() > DELAY {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            self.shown = true;
        }
        self.bar.inc(1);
    }

    /// Runs `write` while the bar is out of the way of what it writes.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar that flashes by is noise.
const DELAY: Duration = Duration::from_secs(1);
