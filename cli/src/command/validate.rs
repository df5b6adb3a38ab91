//! `portcullis validate`: asks packs of policies about configuration files.

mod ask;
mod files;
mod pack;
mod reports;
mod settings;
mod shipped;

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::EngineArgs;
use crate::exit::Exit;
use crate::go_duration;
use crate::io::Io;
use crate::load::IgnorePattern;
use crate::policy_set::Failure;
use crate::refusal::Refusal;
use crate::report::diagnostics::{Printable, one_line};
use crate::report::validate::{Format, Told};

use self::files::FileFormat;
use self::reports::Request;

/// Check configuration files with packs of policies
///
/// Reads YAML with any number of documents, JSON, TOML and .env files, and asks about each document the shipped packs that are for
/// it: configurations of agents, manifests of Kubernetes, rules of Prometheus, entries of SPIRE, configurations of OPA. With
/// --pack it asks those packs, also your own: rules `deny`, `violation` and `warn`, as conftest has them. Exit codes: 0 nothing
/// is denied, nor warned of with --strict; 1 something is, or wrong arguments; 2 something could not be checked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis validate deploy\n  portcullis validate --base configs/base.yaml --overlay configs/production.yaml\n  portcullis validate --pack policy -n main deploy/app.yaml\n  helm template chart | portcullis validate -f sarif - > portcullis.sarif"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Args {
    /// Files, and directories whose configuration files are checked; `-` is standard input
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Ask this pack about every document: the name of a shipped one, as in kubernetes, or a file or directory of Rego; repeatable
    #[arg(short, long = "pack", value_name = "NAME|PATH")]
    packs: Vec<String>,
    /// Ask the packs of --pack only about the documents that they say they are for
    #[arg(long)]
    detect: bool,
    /// Ask the rules of this package of --pack: `main` unless its METADATA says otherwise; repeatable
    #[arg(short, long = "namespace", value_name = "PACKAGE", conflicts_with = "all_namespaces")]
    namespaces: Vec<String>,
    /// Ask the rules of all packages of --pack
    #[arg(long)]
    all_namespaces: bool,
    /// Give packs of --pack all documents at once, as an array of `{path, contents}`
    #[arg(long, requires = "packs")]
    combine: bool,
    /// Put this file or directory over the data of the packs; repeatable
    #[arg(short, long, value_name = "PATH")]
    data: Vec<String>,
    /// Check this file with those of --overlay put over it
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// Put this file over that of --base, as Helm does with values: null takes a key away; repeatable, in order
    #[arg(long = "overlay", value_name = "FILE", requires = "base")]
    overlays: Vec<PathBuf>,
    /// Read the files that are named, and standard input, in this format
    #[arg(long, value_enum, value_name = "FORMAT")]
    parser: Option<FileFormat>,
    /// Leave out files and directories whose name matches, as in '.*' or '*_draft.yaml'; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', value_parser = IgnorePattern::parse)]
    ignore: Vec<IgnorePattern>,
    /// End with 1 when there are warnings, too
    #[arg(long, alias = "fail-on-warn")]
    strict: bool,
    /// Read Rego as OPA did before 1.0
    #[arg(long)]
    v0_compatible: bool,
    /// Give up on a question after this time; 0 never does
    #[arg(long, value_name = "DURATION", value_parser = go_duration::parse, default_value = "30s")]
    timeout: Duration,
    #[command(flatten)]
    engine: EngineArgs,
    /// Read the configuration from this file, not from the nearest portcullis.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How to write the findings; pretty unless a --report goes to standard output
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    /// Write a report in a format of --format to FILE, or to standard output without one; can be given several times
    #[arg(long = "report", value_name = "FORMAT[=FILE]", value_parser = Request::parse)]
    requests: Vec<Request>,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let targets = match reports::Targets::of(args.format, &args.requests) {
        Ok(targets) => targets,
        Err(message) => {
            io.error(message);
            return Exit::Two;
        }
    };
    let mut notes = Vec::new();
    let told = match check(args, &mut notes) {
        Ok(told) => told,
        // Formats for machines have a document of what went wrong, too.
        Err(problems) => Told { problems, ..Told::default() },
    };
    for note in notes {
        io.note(Printable(&note));
    }
    let written = targets.write(&told, io);
    if written == Exit::Two || told.problems.is_any() {
        Exit::Two
    } else if told.is_bad() {
        Exit::One
    } else {
        written
    }
}

fn check(args: &Args, notes: &mut Vec<String>) -> Result<Told, Failure> {
    let settings = settings::Settings::of(args)?;
    let read = files::read(args, &settings)?;
    let packs = pack::load(args, &settings)?;
    let mut told = ask::ask(args, &packs, read, notes)?;
    told.strict = settings.strict;
    let asked = told.checks.iter().filter(|check| check.pack.is_some()).count();
    for check in told.checks.iter().filter(|check| check.pack.is_none()) {
        notes.push(format!("note: {}: no pack is for this document", one_line(&check.document.shown())));
    }
    if asked == 0 && !told.problems.is_any() {
        let message = "no pack is for any of the documents, so that nothing was checked";
        let refusal = Refusal::new(message).with_help("name the packs to ask with --pack");
        told.problems.extend(Some(Failure::of_refusal(refusal)));
    }
    Ok(told)
}
