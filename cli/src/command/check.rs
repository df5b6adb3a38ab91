//! `portcullis check`: says whether policies can be read and compiled, and what is suspicious about them.

mod lint;

use portcullis::frontend::Strictness;
use portcullis::policy::RegoVersion;

use super::input::PolicyArgs;
use crate::exit::Exit;
use crate::io::Io;
use crate::policy_set::Failure;
use crate::report::query::failure as failure_document;
use crate::report::{check_json, github, placed, sarif};

/// Check that policies and data can be read and compiled
///
/// Refuses what `opa check` refuses, then looks for decisions that allow when something is missing, and the like. Says
/// nothing when all is well; otherwise every error and finding with its source line, on stderr, or in another format on
/// stdout. Exit codes: 0 all is well, apart from warnings; 1 it isn't, or wrong arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis check policies\n  portcullis check --strict policies\n  portcullis check -b bundle.tar.gz\n  portcullis check policies -f sarif > portcullis.sarif\n  portcullis check --v0-compatible legacy/"
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
    #[command(flatten)]
    lint: lint::LintArgs,
    /// Print the compiled form of the policies on stdout, and leave the lints out
    #[arg(long, value_enum, value_name = "WHAT")]
    dump: Option<Dump>,
    /// How to write errors and findings
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// The formats for errors and findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// For people, with the source line
    #[default]
    Pretty,
    /// The document that opa check writes, with findings
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations in GitHub Actions
    Github,
}

/// The compiled forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Dump {
    /// Rules, clauses and literals in the order in which they are evaluated
    Program,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let max_errors = usize::try_from(args.max_errors).ok().filter(|max| *max > 0);
    let strictness = Strictness { strict: args.strict, max_errors };
    let version = if args.v0_v1 { RegoVersion::V0V1 } else { args.policy.version() };
    if let Some(Dump::Program) = args.dump {
        let dumped = args.policy.load_paths_as(&args.paths, version);
        return match dumped.and_then(|policies| policies.program(strictness)) {
            Ok(text) => io.write(text.as_bytes(), Exit::One),
            Err(failure) => {
                let _ = tell(&failure, args.format, io);
                Exit::One
            }
        };
    }
    let checked = args.lint.configuration(&args.paths).and_then(|configuration| {
        let policies = args.policy.load_paths_as(&args.paths, version)?;
        let Some(configuration) = configuration else {
            return policies.check_alone(strictness).map(|modules| Failure::new(Vec::new(), modules));
        };
        policies.check(strictness)?;
        Ok(Failure::new(configuration.findings(&policies), policies.modules))
    });
    match checked {
        Ok(findings) => tell(&findings, args.format, io),
        // Written as OPA writes it.
        Err(failure) if args.format == Format::Json => {
            let _ = io.write(failure_document(&failure.errors()).as_bytes(), Exit::One);
            Exit::One
        }
        Err(failure) => {
            let _ = tell(&failure, args.format, io);
            Exit::One
        }
    }
}

/// Writes findings; the result is how the command ends.
fn tell(findings: &Failure, format: Format, io: &mut Io) -> Exit {
    let placed = findings.placed();
    let text = match format {
        Format::Pretty => {
            if !placed.is_empty() {
                findings.tell(io);
            }
            String::new()
        }
        Format::Json => check_json::document(&placed),
        Format::Sarif => sarif::document(&placed),
        Format::Github => github::commands(&placed),
    };
    let written = if text.is_empty() { Exit::Success } else { io.write(text.as_bytes(), Exit::One) };
    if placed.iter().any(placed::Finding::is_error) { Exit::One } else { written }
}
