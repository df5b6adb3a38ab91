//! `portcullis coverage`: what several runs of tests covered, put together.

pub(super) mod enough;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use clap::builder::{OsStringValueParser, TypedValueParser};
use portcullis::coverage::Coverage;
use portcullis::source::Sources;

use super::test::reports::{Json, Request, Targets};
use crate::configuration;
use crate::exit::Exit;
use crate::io::Io;
use crate::load::io_reason;
use crate::report::coverage_format::Covered;
use crate::report::format::{Detail, Format, Order, Setup};
use enough::{EnoughArgs, Lines};

/// Work with what runs of tests covered
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  portcullis coverage merge shard-*.coverage")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Merge(MergeArgs),
}

/// Put the coverage of several runs together
///
/// The files are those that `portcullis test --report coverage=FILE` writes, of runs on the same revision: each shard of a
/// suite, or each suite. Exit codes: 0 it is enough; 1 a file can't be read, or they don't fit together; 2 it is not
/// enough.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis coverage merge shard-*.coverage\n  portcullis coverage merge shard-*.coverage --report html=coverage.html --report lcov=lcov.info --threshold condition=90"
)]
struct MergeArgs {
    /// What runs covered
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write a report to FILE, or to standard output without one: pretty, lcov, cobertura, html, coverage or
    /// opa-coverage; can be given several times
    #[arg(long = "report", value_name = "FORMAT[=FILE]")]
    #[arg(value_parser = OsStringValueParser::new().try_map(|text| of_coverage(&text)))]
    requests: Vec<Request>,
    #[command(flatten)]
    enough: EnoughArgs,
    /// Read the configuration from this file, not from the nearest portcullis.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let Command::Merge(args) = &args.command;
    merge(args, io).unwrap_or_else(|exit| exit)
}

fn merge(args: &MergeArgs, io: &mut Io) -> Result<Exit, Exit> {
    let targets = Targets::of(None, &args.requests).map_err(|error| refuse(error, io))?;
    let found = configuration::find(args.config.as_deref(), &[]).map_err(|failure| {
        failure.tell(io);
        Exit::One
    })?;
    let mut enough = args.enough.clone();
    enough.settle(found.config.coverage, &found.folder, found.sources);
    let demands = enough.demands().map_err(|message| refuse(message, io))?;
    let mut all = Coverage::default();
    for path in &args.files {
        let coverage = read(path).map_err(|message| refuse(message, io))?;
        let name = path.display();
        all.add(coverage).map_err(|clash| {
            refuse(format_args!("`{name}` does not fit the files before it: {clash}"), io)
        })?;
    }
    let missed = demands.missed(&all);
    let sources = Sources::new();
    let setup = Setup { sources: &sources, detail: Detail::Problems, order: Order::None };
    let mut reports = targets.start(setup, Json::Results);
    let covered = Covered { coverage: &all, tests: demands.tests(), is_enough: missed.is_nothing() };
    reports.covered(&covered, &mut io.out);
    reports.finish(io)?;
    io.out.flush().map_err(|error| io.failed_to_write(&error))?;
    demands.update(&all).map_err(|message| refuse(message, io))?;
    Ok(demands.tell(&missed, Lines::Untold, &all, io).unwrap_or(Exit::Success))
}

fn read(path: &Path) -> Result<Coverage, String> {
    let name = path.display();
    let text =
        fs_err::read(path).map_err(|error| format!("`{name}` can't be read: {}", io_reason(&error)))?;
    Coverage::read(&text).map_err(|error| format!("`{name}` can't be read: {error}"))
}

fn refuse(message: impl std::fmt::Display, io: &mut Io) -> Exit {
    io.error(message);
    Exit::One
}

/// A report that needs no results of tests.
fn of_coverage(text: &std::ffi::OsStr) -> Result<Request, String> {
    let request = Request::parse(text)?;
    let format = request.format();
    if format == Format::Pretty || format.of_coverage().is_some() {
        return Ok(request);
    }
    Err(format!("`{}` reports how tests went, which coverage does not tell", format.name()))
}
