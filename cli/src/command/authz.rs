//! `portcullis authz`: asks about calls of agents.

mod check;

pub(super) use check::are_agents;

use clap::Subcommand;

use crate::exit::Exit;
use crate::io::Io;

/// Ask about calls of agents
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis authz check --caller spiffe://agentweave.example/agent/orchestrator/production --callee spiffe://agentweave.example/agent/search/production --action search"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Box<check::Args>),
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match &args.command {
        Command::Check(args) => check::run(args, io),
    }
}
