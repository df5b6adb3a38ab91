//! What is done with the results of a run beside the report: the slowest tests, and those to remember.

use std::collections::BTreeSet;
use std::time::Duration;

use portcullis::suite::selection::{Choice, Chosen};
use portcullis::suite::{Event, Verdict};

use super::last_failed::LastFailed;
use super::properties::Tried;
use super::select::SelectArgs;
use crate::go_duration;
use crate::io::Io;
use crate::plural::plural;
use crate::report::diagnostics::Printable;

/// What was seen of a run.
#[derive(Debug)]
pub(super) struct Aftermath<'a> {
    args: &'a SelectArgs,
    choice: Choice,
    planned: usize,
    seen: usize,
    passed: BTreeSet<String>,
    failed: BTreeSet<String>,
    durations: Vec<(Duration, String)>,
    properties: Tried,
}

impl<'a> Aftermath<'a> {
    /// For a run of so many tests.
    pub(super) fn new(args: &'a SelectArgs, planned: usize) -> Self {
        Self {
            args,
            choice: args.choice(),
            planned,
            seen: 0,
            passed: BTreeSet::new(),
            failed: BTreeSet::new(),
            durations: Vec::new(),
            properties: Tried::default(),
        }
    }

    /// Takes in what happened.
    pub(super) fn event(&mut self, event: &Event) {
        let Event::Finished(result) = event else { return };
        self.seen += 1;
        self.properties.take(result);
        let name = result.id.to_string();
        match &result.verdict {
            Verdict::Fail(_) | Verdict::Error(_) => _ = self.failed.insert(name.clone()),
            // Other cases of it may still fail.
            Verdict::Pass if self.choice.of(&result.id) == Chosen::Cases => {}
            Verdict::Pass | Verdict::Skip { .. } => _ = self.passed.insert(name.clone()),
        }
        if self.args.slowest.is_some() && !matches!(result.verdict, Verdict::Skip { .. }) {
            self.durations.push((result.duration, name));
        }
    }

    /// Says what is to be said on stderr, and remembers what failed in the project around these paths.
    pub(super) fn finish(mut self, memory: &LastFailed, paths: &[String], io: &mut Io) {
        if let Some(count) = self.args.slowest {
            // Equally slow ones stay in order.
            self.durations.sort_by_key(|(duration, _)| std::cmp::Reverse(*duration));
            io.note("slowest tests:");
            for (duration, name) in self.durations.iter().take(count.get()) {
                io.note(format_args!("  {} ({})", Printable(name), go_duration::format(*duration)));
            }
        }
        if self.args.fail_fast && !self.failed.is_empty() && self.seen < self.planned {
            io.note(format_args!(
                "stopped at the first failure: {} did not run",
                plural(self.planned - self.seen, "test")
            ));
        }
        self.properties.save(paths, io);
        if let Err(error) = memory.update(&self.passed, &self.failed)
            && self.args.last_failed
        {
            io.warning(format_args!("which tests failed can't be remembered: {error}"));
        }
    }
}
