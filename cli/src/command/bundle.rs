//! `portcullis bundle`: works with bundles that are there.

mod diff;

use clap::Subcommand;

use crate::exit::Exit;
use crate::io::Io;

/// Work with bundles
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  portcullis bundle diff released.tar.gz bundle.tar.gz")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Diff(diff::Args),
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match &args.command {
        Command::Diff(args) => diff::run(args, io),
    }
}
