//! `portcullis build`: packs policies and data into a bundle.

mod delta;
mod manifest;
mod requirements;
mod sources;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use portcullis::bundle::{self, Built, Draft, archive};
use portcullis::frontend::Strictness;

use super::input::PolicyArgs;
use super::trust::{SigningArgs, TrustArgs};
use crate::exit::Exit;
use crate::io::Io;
use crate::plural::plural;
use crate::policy_set::Failure;
use crate::whole_file::WholeFile;
use manifest::ManifestArgs;
use requirements::RequirementArgs;
use sources::Sources;

/// Pack policies and data into a bundle that OPA loads
///
/// The same input gives the same bytes on any machine. Modules are packed byte for byte, data as one data.json; tests,
/// suites and folders called testdata stay out. Nothing is written unless the policies compile and the bundle's roots hold
/// all packages and data. Exit codes: 0 written; 1 not written.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis build policies/agentweave -o agentweave.tar.gz --revision git\n  portcullis build -b bundle/ --require-tests --require-coverage 100\n  portcullis build policies --delta released.tar.gz -o delta.tar.gz"
)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    /// Files and directories to pack; with -b directories and archives that are bundles
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
    /// The file to write
    #[arg(short, long, value_name = "FILE", default_value = "bundle.tar.gz")]
    output: PathBuf,
    /// A decision that has to be there, as in agentweave/authz/allow; repeatable
    #[arg(short, long, value_name = "PATH")]
    entrypoint: Vec<String>,
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Pack files named *_test.rego too
    #[arg(long)]
    include_tests: bool,
    /// Write modules in one plain form, without comments other than METADATA
    #[arg(long)]
    format: bool,
    #[command(flatten)]
    requirements: RequirementArgs,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// Write a delta bundle: how the data differs from that of this bundle
    #[arg(long, value_name = "BUNDLE")]
    delta: Option<PathBuf>,
    /// What Rego is since OPA 1.0, and so the default; --v0-compatible wins
    #[arg(long, hide = true)]
    v1_compatible: bool,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let output = match WholeFile::at(&args.output) {
        Ok(output) => output,
        Err(error) => return refuse(&Failure::of_message(&error.to_string()), io),
    };
    if let Err(exit) = args.requirements.meet(&args.policy, &args.trust, &args.paths, io) {
        return exit;
    }
    let bytes = match packed(args, io) {
        Ok(bytes) => bytes,
        Err(failure) => return refuse(&failure, io),
    };
    if let Err(error) = output.write(&bytes) {
        return refuse(&Failure::of_message(&error.to_string()), io);
    }
    Exit::Success
}

fn refuse(failure: &Failure, io: &mut Io) -> Exit {
    failure.tell(io);
    Exit::One
}

/// The bytes of the bundle. What is in it is told on stderr.
fn packed(args: &Args, io: &mut Io) -> Result<Vec<u8>, Failure> {
    let trust = args.trust.trust(io).map_err(Failure::of_refusal)?;
    let policy = args.policy.clone().with_trust(trust);
    let Sources { policies, data, modules, manifest, version } =
        sources::read(&policy, &args.paths, args.include_tests)?;
    policies.warnings.iter().for_each(|warning| io.warning(warning));
    policies.check_over(&data, Strictness::default())?;
    sources::check_entrypoints(&policies, &args.entrypoint)?;
    let modules = if args.format { sources::formatted(modules, &policies) } else { modules };

    let draft = Draft { modules, data, version, ..Draft::default() };
    let draft = args
        .manifest
        .complete(draft, manifest.as_ref(), &args.paths)
        .map_err(|message| Failure::of_message(&message))?;
    let mut built = bundle::build(draft).map_err(|error| Failure::of_content(&error))?;
    let mut members = match &args.delta {
        Some(_) if args.signing.signs() => {
            return Err(Failure::of_message("a delta bundle can't be signed: nobody verifies one"));
        }
        Some(from) => delta::members(from, &built)?,
        None => std::mem::take(&mut built.members),
    };
    if let Some(signature) = args.signing.signature(&members, io).map_err(Failure::of_refusal)? {
        // Where OPA has it: before the manifest.
        members.insert(members.len().saturating_sub(1), signature);
    }
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let bytes = archive::write(&members, threads)
        .map_err(|error| Failure::of_message(&format!("the archive can't be made: {error}")))?;
    io.note(summary(args, &built, members.len()));
    Ok(bytes)
}

/// What was packed, in a line.
fn summary(args: &Args, built: &Built, files: usize) -> String {
    let revision = match &*built.manifest.revision {
        "" => "no revision".to_owned(),
        revision => format!("revision {revision}"),
    };
    let roots = built.manifest.roots.iter();
    let mut shown: Vec<String> = roots.take(SHOWN_ROOTS).map(|root| format!("`{root}`")).collect();
    let more = built.manifest.roots.len().saturating_sub(SHOWN_ROOTS);
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    let (output, files, roots) = (args.output.display(), plural(files, "file"), shown.join(", "));
    format!("{output}: {files}, {revision}, roots {roots}")
}

/// How many roots the line about a bundle names.
const SHOWN_ROOTS: usize = 6;
