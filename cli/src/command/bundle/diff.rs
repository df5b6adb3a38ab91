//! `portcullis bundle diff`: tells how two bundles differ.

use std::sync::Arc;

use portcullis::bundle::{self, BundleDifference, Side};
use portcullis::policy::RegoVersion;
use portcullis::source::Sources;
use portcullis::value::Object;

use crate::exit::Exit;
use crate::io::Io;
use crate::load::{self, Loaded, WholeBundle};
use crate::policy_set::{Failure, PolicySet, Terms};
use crate::report::bundle_diff::{Bundles, Values};
use crate::report::query::failure as failure_document;
use crate::report::{bundle_diff_json, bundle_diff_markdown, bundle_diff_pretty};

/// Tell how two bundles differ
///
/// In their files, manifests, packages, rules and data. Rules are compared as they are parsed: comments, formatting, their
/// order and the file of the package that they stand in don't count. Nothing is verified. Exit codes: 0 they have the
/// same files; 1 they differ, or wrong arguments; 2 one can't be read.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis bundle diff released.tar.gz bundle.tar.gz\n  portcullis bundle diff released.tar.gz policies/agentweave --values\n  portcullis bundle diff -f markdown released.tar.gz bundle.tar.gz > comment.md"
)]
pub(super) struct Args {
    /// The first bundle: an archive or a directory
    #[arg(value_name = "BEFORE")]
    before: String,
    /// The second bundle
    #[arg(value_name = "AFTER")]
    after: String,
    /// How to write what differs
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// Show values of data and metadata too, each shortened; they may be secret
    #[arg(long)]
    values: bool,
    /// Read Rego as OPA did before 1.0
    #[arg(long)]
    v0_compatible: bool,
    /// What Rego is since OPA 1.0, and so the default; --v0-compatible wins
    #[arg(long, hide = true)]
    v1_compatible: bool,
}

/// The formats for how bundles differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// A line for each thing that differs
    #[default]
    Pretty,
    /// One document
    Json,
    /// Tables for a comment on a pull request
    Markdown,
}

pub(super) fn run(args: &Args, io: &mut Io) -> Exit {
    let found = match difference(args) {
        Ok(found) => found,
        Err(failure) => {
            match args.format {
                Format::Pretty | Format::Markdown => failure.tell(io),
                Format::Json => {
                    // The command can't end worse.
                    let _ = io.write(failure_document(&failure.errors()).as_bytes(), Exit::Two);
                }
            }
            return Exit::Two;
        }
    };
    let values = if args.values { Values::Shown } else { Values::Hidden };
    let bundles = Bundles { before: &args.before, after: &args.after, difference: &found, values };
    let text = match args.format {
        Format::Pretty => bundle_diff_pretty::write(&bundles),
        Format::Json => bundle_diff_json::write(&bundles),
        Format::Markdown => bundle_diff_markdown::write(&bundles),
    };
    match io.write(text.as_bytes(), Exit::Two) {
        Exit::Success if found.is_nothing() => Exit::Success,
        Exit::Success => Exit::One,
        failed @ (Exit::One | Exit::Two | Exit::Internal) => failed,
    }
}

fn difference(args: &Args) -> Result<BundleDifference, Failure> {
    let version = if args.v0_compatible { RegoVersion::V0 } else { RegoVersion::V1 };
    let mut before = load::whole(&args.before).map_err(Failure::of_load)?;
    let mut after = load::whole(&args.after).map_err(Failure::of_load)?;
    if before.is_directory || after.is_directory {
        // What means nothing was read of one only.
        before.files.retain(|file| file.role.is_some());
        after.files.retain(|file| file.role.is_some());
    }
    let (old, new) = (policies(&before, version)?, policies(&after, version)?);
    let before = Side { files: &before.files, contents: &before.contents, modules: old.parsed() };
    let after = Side { files: &after.files, contents: &after.contents, modules: new.parsed() };
    Ok(bundle::difference(before, after, DATA_LIMIT))
}

/// The modules of a bundle, read.
fn policies(bundle: &WholeBundle, version: RegoVersion) -> Result<PolicySet, Failure> {
    let mut modules = Sources::new();
    let mut versions = Vec::new();
    for module in &bundle.contents.modules {
        modules.add(module.source.clone());
        versions.push(module.version);
    }
    let loaded = Loaded { modules, versions, data: Object::new(), warnings: Vec::new() };
    PolicySet::new(loaded, Arc::new(Terms::new(version, None, None)))
}

/// How many places of data are told.
const DATA_LIMIT: usize = 100;
