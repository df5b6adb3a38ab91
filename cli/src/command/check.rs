//! `portcullis check`: says whether policies can be read and compiled.

use super::input::PolicyArgs;
use crate::exit::Exit;
use crate::io::Io;

/// Check that policies and data can be read and compiled
///
/// Says nothing when all is well; otherwise every error with its source line, on stderr. Exit codes: 0 all is well;
/// 1 it isn't, or wrong arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis check policies\n  portcullis check -b bundle.tar.gz\n  portcullis check --v0-compatible legacy/"
)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    /// Files and directories to check
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match args.policy.load_paths(&args.paths).and_then(|policies| policies.compile(&[])) {
        Ok(_) => Exit::Success,
        Err(failure) => {
            failure.tell(io);
            Exit::One
        }
    }
}
