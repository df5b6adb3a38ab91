//! What has to be true of policies before they are packed.

use crate::command::input::PolicyArgs;
use crate::command::test;
use crate::command::trust::TrustArgs;
use crate::exit::Exit;
use crate::io::Io;

/// What tests have to show.
#[derive(Debug, clap::Args)]
pub(super) struct RequirementArgs {
    /// Pack only when there are tests and all of them pass
    #[arg(long)]
    require_tests: bool,
    /// Pack only when all tests pass and cover so many percent of the lines
    #[arg(long, value_name = "PERCENT")]
    require_coverage: Option<f64>,
    /// Files and directories with tests that are not among the paths; repeatable
    #[arg(long, value_name = "PATH")]
    tests: Vec<String>,
}

impl RequirementArgs {
    /// Runs the tests, if any are required.
    ///
    /// # Errors
    /// How the command ends when they don't show it.
    pub(super) fn meet(
        &self,
        policy: &PolicyArgs,
        trust: &TrustArgs,
        paths: &[String],
        io: &mut Io,
    ) -> Result<(), Exit> {
        if !self.require_tests && self.require_coverage.is_none() {
            return Ok(());
        }
        let paths = [paths, &self.tests].concat();
        let required =
            test::Args::required(policy, trust, &paths, self.require_coverage).map_err(|message| {
                io.error(message.trim_end());
                Exit::One
            })?;
        match test::run(&required, io) {
            Exit::Success => Ok(()),
            Exit::One | Exit::Two => {
                io.error("nothing is packed: the tests did not show what is required");
                Err(Exit::One)
            }
            Exit::Internal => Err(Exit::Internal),
        }
    }
}
