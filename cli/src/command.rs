//! The commands: each has a file with its arguments beside what it does.

mod audit;
mod authz;
mod bench;
mod build;
mod bundle;
mod capabilities;
mod check;
mod completions;
mod coverage;
mod decider;
mod decision_path;
mod deps;
mod diff;
mod document;
mod eval;
mod init;
mod input;
mod inspect;
mod keygen;
mod man;
#[cfg(test)]
mod markdown;
mod mutate;
mod parse;
mod probe;
mod publish;
mod question;
mod replay;
mod revoke;
mod rule;
mod serve;
mod sign;
mod subject;
mod test;
mod trust;
mod validate;
mod verify;

pub(crate) use diff::versions::Loaded;
pub(crate) use revoke::proof::Proven;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::exit::Exit;
use crate::io::{ColorChoice, Io};
use crate::report::diagnostics::Printable;

/// Tests, evaluates and checks Rego policies, with the answers that OPA gives.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, about, arg_required_else_help = true)]
#[command(
    after_help = "Examples:\n  portcullis test policies testcases\n  portcullis eval data.agentweave.authz.allow -d policies -i input.json\n  portcullis check policies"
)]
pub(crate) struct Cli {
    /// When to write colours; `NO_COLOR` is obeyed
    #[arg(long, value_enum, global = true, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Test(Box<test::Args>),
    Eval(eval::Args),
    Authz(authz::Args),
    Revoke(Box<revoke::Args>),
    Audit(Box<audit::Args>),
    Bench(bench::Args),
    Build(Box<build::Args>),
    Bundle(bundle::Args),
    Check(check::Args),
    Validate(Box<validate::Args>),
    Coverage(coverage::Args),
    Rule(rule::Args),
    Mutate(mutate::Args),
    Parse(parse::Args),
    Probe(probe::Args),
    Diff(Box<diff::Args>),
    Replay(replay::Args),
    Deps(deps::Args),
    Inspect(inspect::Args),
    Sign(sign::Args),
    Verify(verify::Args),
    Keygen(keygen::Args),
    Serve(Box<serve::Args>),
    Publish(publish::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs a command and writes out everything it said.
pub(crate) fn run(command: &Command, io: &mut Io) -> Exit {
    let exit = match command {
        Command::Init(args) => init::run(args, io),
        Command::Test(args) => test::run(args, io),
        Command::Eval(args) => eval::run(args, io),
        Command::Authz(args) => authz::run(args, io),
        Command::Revoke(args) => revoke::run(args, io),
        Command::Audit(args) => audit::run(args, io),
        Command::Bench(args) => bench::run(args, io),
        Command::Build(args) => build::run(args, io),
        Command::Bundle(args) => bundle::run(args, io),
        Command::Check(args) => check::run(args, io),
        Command::Validate(args) => validate::run(args, io),
        Command::Coverage(args) => coverage::run(args, io),
        Command::Rule(args) => rule::run(args, io),
        Command::Mutate(args) => mutate::run(args, io),
        Command::Parse(args) => parse::run(args, io),
        Command::Probe(args) => probe::run(args, io),
        Command::Diff(args) => diff::run(args, io),
        Command::Replay(args) => replay::run(args, io),
        Command::Deps(args) => deps::run(args, io),
        Command::Inspect(args) => inspect::run(args, io),
        Command::Sign(args) => sign::run(args, io),
        Command::Verify(args) => verify::run(args, io),
        Command::Keygen(args) => keygen::run(args, io),
        Command::Serve(args) => serve::run(args, io),
        Command::Publish(args) => publish::run(args, io),
        Command::Completions(args) => completions::run(args, io),
        Command::Man(args) => man::run(args, io),
    };
    io.finish(exit)
}

/// Reads the command line.
///
/// # Errors
/// What is wrong with the arguments, or the help that they ask for: both are for [`usage`].
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let matches = Cli::command().color(help_color(std::env::args_os())).try_get_matches()?;
    Cli::from_arg_matches(&matches)
}

/// Says what is wrong with the arguments, or shows the help that they ask for.
///
/// Wrong arguments end every command with the code that OPA ends with: 1.
pub(crate) fn usage(error: &clap::Error) -> Exit {
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let plain = error.render().to_string();
    let repeats_control_characters = std::env::args_os().any(|argument| {
        let argument = argument.to_string_lossy();
        Printable(&argument).to_string() != argument
    });
    if repeats_control_characters && !asked_for {
        // Styles can't be told from what the arguments hold, so the text goes without.
        Io::new(ColorChoice::Never).note(Printable(plain.trim_end()));
        return Exit::One;
    }
    match error.print() {
        Ok(()) if asked_for => Exit::Success,
        Err(failed) if asked_for => Io::new(ColorChoice::Auto).failed_to_write(&failed),
        _ => Exit::One,
    }
}

/// When help and errors about arguments have colours: known before the arguments are, since they may be wrong.
fn help_color(arguments: impl Iterator<Item = OsString>) -> clap::ColorChoice {
    let mut color = clap::ColorChoice::Auto;
    let mut value_follows = false;
    for argument in arguments {
        let argument = argument.to_string_lossy();
        let value = argument.strip_prefix("--color=").or(value_follows.then_some(&*argument));
        match value {
            Some("always") => color = clap::ColorChoice::Always,
            Some("never") => color = clap::ColorChoice::Never,
            _ => {}
        }
        value_follows = argument == "--color";
    }
    color
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_arguments_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_colour_of_help_is_found_wherever_it_stands() {
        for (line, color) in [
            ("portcullis frob", clap::ColorChoice::Auto),
            ("portcullis --color always frob", clap::ColorChoice::Always),
            ("portcullis frob --color=never", clap::ColorChoice::Never),
            ("portcullis --color=maybe frob --color", clap::ColorChoice::Auto),
        ] {
            assert_eq!(help_color(line.split(' ').map(OsString::from)), color, "{line}");
        }
    }
}
