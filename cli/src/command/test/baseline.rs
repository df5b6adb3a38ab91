//! `--baseline`: whether a change of the policies lets somebody in, whom their tests may know nothing of.

use portcullis::property::NewAllow;

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
    /// What files of properties name, if all of them are tested.
    #[arg(skip)]
    pub(super) declared: Vec<(String, Vec<String>, NewAllow)>,
}

impl BaselineArgs {
    /// Compares after a run that ended like this; how both together end.
    pub(super) fn compare(&self, policy: &PolicyArgs, paths: &[String], exit: Exit, io: &mut Io) -> Exit {
        match exit {
            Exit::Success | Exit::Two => {}
            Exit::One | Exit::Internal => return exit,
        }
        let mut exit = exit;
        for (revision, decisions, new_allow) in self.wanted() {
            match diff::with_baseline(revision, paths, decisions, policy, io) {
                Ok(true) if new_allow == NewAllow::Fails => exit = Exit::Two,
                Ok(_) => {}
                Err(failure) => {
                    failure.tell(io);
                    return Exit::One;
                }
            }
        }
        exit
    }

    /// The revisions, each with its decisions: that of the command line, or those of files.
    fn wanted(&self) -> Vec<(&str, &[String], NewAllow)> {
        if let Some(revision) = &self.baseline {
            let decisions = if self.decision.is_empty() { &self.configured } else { &self.decision };
            return vec![(revision, decisions, NewAllow::Fails)];
        }
        let declared = self.declared.iter();
        declared.map(|(revision, decisions, new_allow)| (&**revision, &**decisions, *new_allow)).collect()
    }
}
