//! `--baseline`: whether a change of the policies lets somebody in, whom their tests may know nothing of.

use crate::command::diff;
use crate::command::input::PolicyArgs;
use crate::exit::Exit;
use crate::io::Io;

/// What to compare with.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct BaselineArgs {
    /// Compare the policies with what they were at this git revision, as `portcullis diff` does, and fail if somebody is newly let in
    #[arg(long, value_name = "REF", conflicts_with = "watch")]
    baseline: Option<String>,
    /// The decision that --baseline compares, as in data.authz.allow; repeatable
    #[arg(long, value_name = "RULE", requires = "baseline")]
    decision: Vec<String>,
    /// The decisions that the configuration names.
    #[arg(skip)]
    pub(super) configured: Vec<String>,
}

impl BaselineArgs {
    /// Compares after a run that ended like this; how both together end.
    pub(super) fn compare(&self, policy: &PolicyArgs, paths: &[String], exit: Exit, io: &mut Io) -> Exit {
        let Some(revision) = &self.baseline else { return exit };
        match exit {
            Exit::Success | Exit::Two => {}
            Exit::One | Exit::Internal => return exit,
        }
        let decisions = if self.decision.is_empty() { &self.configured } else { &self.decision };
        match diff::with_baseline(revision, paths, decisions, policy, io) {
            Ok(true) => Exit::Two,
            Ok(false) => exit,
            Err(failure) => {
                failure.tell(io);
                Exit::One
            }
        }
    }
}
