//! `portcullis man`: manual pages.

use clap::CommandFactory;
use clap_mangen::Man;

use super::Cli;
use crate::exit::Exit;
use crate::io::Io;

/// Print a manual page
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  portcullis man | man -l -\n  portcullis man test > portcullis-test.1")]
pub(crate) struct Args {
    /// The command to describe; all of them in one overview when absent
    command: Option<String>,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    let described = match &args.command {
        None => Some(cli.clone()),
        Some(name) => cli.find_subcommand(name).map(|found| {
            found.clone().name(format!("portcullis-{name}")).bin_name(format!("portcullis {name}"))
        }),
    };
    let Some(described) = described else {
        let names: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
        io.error(format_args!("there is no command `{}`", args.command.as_deref().unwrap_or_default()));
        io.hint(format_args!("the commands are {}", names.join(", ")));
        return Exit::One;
    };
    let mut page = Vec::new();
    match Man::new(described).render(&mut page) {
        Ok(()) => io.write(&page, Exit::One),
        Err(error) => io.internal_error(error),
    }
}
