//! `portcullis check`: says whether policies can be read and compiled.

use portcullis::frontend::Strictness;
use portcullis::policy::RegoVersion;

use super::input::PolicyArgs;
use crate::exit::Exit;
use crate::io::Io;
use crate::report::query::failure as failure_document;

/// Check that policies and data can be read and compiled
///
/// Refuses what `opa check` refuses. Says nothing when all is well; otherwise every error with its source line, on
/// stderr, or with -f json as a document on stdout. Exit codes: 0 all is well; 1 it isn't, or wrong arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis check policies\n  portcullis check --strict policies\n  portcullis check -b bundle.tar.gz\n  portcullis check --v0-compatible legacy/"
)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    /// Files and directories to check
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
    /// Refuse unused variables and imports and shadowed names too
    #[arg(short = 'S', long)]
    strict: bool,
    /// Refuse what is not Rego both before and since OPA 1.0
    #[arg(long, alias = "rego-v1")]
    v0_v1: bool,
    /// What Rego is since OPA 1.0, and so the default; --v0-compatible wins
    #[arg(long, hide = true)]
    v1_compatible: bool,
    /// Give up after so many errors of the compiler; 0 never does
    #[arg(short, long, value_name = "N", default_value_t = 10, allow_negative_numbers = true)]
    max_errors: i64,
    /// How to write errors
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// The formats for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// For people, with the source line
    #[default]
    Pretty,
    /// The document that opa check writes
    Json,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let max_errors = usize::try_from(args.max_errors).ok().filter(|max| *max > 0);
    let strictness = Strictness { strict: args.strict, max_errors };
    let version = if args.v0_v1 { RegoVersion::V0V1 } else { args.policy.version() };
    let loaded = args.policy.load_paths_as(&args.paths, version);
    let checked = loaded.and_then(|policies| policies.check(strictness));
    match (checked, args.format) {
        (Ok(()), _) => Exit::Success,
        (Err(failure), Format::Pretty) => {
            failure.tell(io);
            Exit::One
        }
        (Err(failure), Format::Json) => {
            let _ = io.write(failure_document(&failure.errors()).as_bytes(), Exit::One);
            Exit::One
        }
    }
}
