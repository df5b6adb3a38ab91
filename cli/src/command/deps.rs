//! `portcullis deps`: lists the documents that a query depends on.

use portcullis::compile::Dependencies;
use portcullis::policy::RegoVersion;

use crate::exit::Exit;
use crate::io::Io;
use crate::load::{IgnorePattern, LoadMode};
use crate::policy_set::Failure;
use crate::report::dependencies;

use super::document::{self, Reader};
use super::input;

/// List the documents that a query depends on
///
/// Base documents come from outside, such as the input; virtual documents are what rules define. Exit codes: 0 the query
/// and the policies are sound; 1 they aren't, or wrong arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis deps data.agentweave.authz.allow -d policies\n  portcullis deps -f json 'data.app.allow == true' -b bundle.tar.gz"
)]
pub(crate) struct Args {
    /// The query, in Rego
    query: String,
    /// Load policies from this file or directory; repeatable
    #[arg(short, long, value_name = "PATH")]
    data: Vec<String>,
    /// Load policies from this bundle instead; repeatable
    #[arg(short, long, value_name = "PATH")]
    bundle: Vec<String>,
    /// Leave out files and directories whose name matches, as in '.*' or '*_draft.rego'; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', value_parser = IgnorePattern::parse)]
    ignore: Vec<IgnorePattern>,
    /// How to write the documents
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// What Rego is since OPA 1.0, and so the default
    #[arg(long, hide = true)]
    v1_compatible: bool,
}

/// The formats for dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// A table
    #[default]
    Pretty,
    /// The document that opa deps writes
    Json,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let found = found(args);
    match args.format {
        Format::Pretty => document::tell(found.map(|found| dependencies::pretty(&found)), Reader::People, io),
        Format::Json => document::tell(found.map(|found| dependencies::json(&found)), Reader::Machines, io),
    }
}

fn found(args: &Args) -> Result<Dependencies, Failure> {
    // As in OPA, bundles take the place of everything else; patterns are not about them.
    let (paths, ignore, mode) = if args.bundle.is_empty() {
        (&args.data, args.ignore.as_slice(), LoadMode::Files)
    } else {
        (&args.bundle, [].as_slice(), LoadMode::Bundles)
    };
    input::load_plainly(paths, ignore, mode, RegoVersion::V1)?.dependencies(&args.query)
}
