//! A progress bar on stderr, for runs and uploads that last.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how far a run or an upload is, once it has lasted [`DELAY`] and if somebody watches. Copies are of the same bar.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    visible: bool,
    shown: bool,
}

impl Progress {
    /// For `total` steps; never drawn unless `visible`.
    pub(crate) fn new(total: usize, visible: bool) -> Self {
        Self::with_template(total as u64, visible, "{wide_bar} {pos}/{len} tests, {elapsed}")
    }

    /// For the calls of so many callers; never drawn unless `visible`.
    pub(crate) fn of_callers(total: usize, visible: bool) -> Self {
        Self::with_template(total as u64, visible, "{wide_bar} {pos}/{len} callers, {eta} left")
    }

    /// For an upload of so many bytes; never drawn unless `visible`.
    pub(crate) fn of_bytes(total: u64, visible: bool) -> Self {
        Self::with_template(total, visible, "{wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left")
    }

    /// For properties; never drawn unless `visible`.
    pub(crate) fn of_properties(total: usize, visible: bool) -> Self {
        Self::with_template(total as u64, visible, "{wide_bar} {pos}/{len} properties, {elapsed}")
    }

    /// For inputs of which nobody knows how many there will be; never drawn unless `visible`.
    pub(crate) fn of_inputs(visible: bool) -> Self {
        Self::with_template(0, visible, "{spinner} {human_pos} inputs, {per_sec}{msg}, {elapsed}")
    }

    /// So many steps are done in all, of which there is more to say. It may be told by several threads.
    pub(crate) fn tell(&self, steps: u64, more: String) {
        if !self.visible || self.bar.elapsed() <= DELAY {
            return;
        }
        if self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        self.bar.set_message(more);
        self.bar.set_position(steps);
    }

    fn with_template(total: u64, visible: bool, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(template);
        Self { bar: style.map_or(bar.clone(), |style| bar.with_style(style)), visible, shown: false }
    }

    /// One step is done.
    pub(crate) fn step(&mut self) {
        self.advance(1);
    }

    /// So many steps or bytes are done.
    pub(crate) fn advance(&mut self, steps: u64) {
        if self.visible && !self.shown && self.bar.elapsed() > DELAY {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            self.shown = true;
        }
        self.bar.inc(steps);
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
