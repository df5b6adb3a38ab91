//! `portcullis parse`: shows the tree of a module.

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::policy::RegoVersion;
use portcullis::source::Sources;
use portcullis::syntax::ast_json::{self, Options};
use portcullis::syntax::{self, ParseOptions};
use portcullis::value::Value;

use crate::exit::Exit;
use crate::io::Io;
use crate::load;
use crate::policy_set::Failure;
use crate::report::ast;

use super::document::{self, Reader};

/// Show the syntax tree of a module
///
/// The tree is the one that opa parse shows. Exit codes: 0 the module is Rego; 1 it can't be read or is none, or wrong
/// arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis parse policy.rego\n  portcullis parse -f json --json-include locations,-comments policy.rego"
)]
pub(crate) struct Args {
    /// The file to parse
    #[arg(value_name = "FILE")]
    path: String,
    /// How to write the tree
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// What the JSON has besides the tree: locations, comments; a minus before one leaves it out. Comments are in by default
    #[arg(long, value_name = "PARTS", default_value = "", hide_default_value = true)]
    json_include: String,
    /// Read Rego as OPA did before 1.0
    #[arg(long)]
    v0_compatible: bool,
    /// What Rego is since OPA 1.0, and so the default; --v0-compatible wins
    #[arg(long, hide = true)]
    v1_compatible: bool,
}

/// The formats for trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// One node a line
    #[default]
    Pretty,
    /// The document that opa parse writes
    Json,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let tree = tree(args);
    match args.format {
        Format::Pretty => document::tell(tree.map(|tree| ast::pretty(&tree)), Reader::People, io),
        Format::Json => document::tell(tree.map(|tree| ast::json(&tree)), Reader::Machines, io),
    }
}

fn tree(args: &Args) -> Result<Value, Failure> {
    let source = load::module(&args.path).map_err(Failure::of_load)?;
    let mut sources = Sources::new();
    let id = sources.add(source.clone());
    let version = if args.v0_compatible { RegoVersion::V0 } else { RegoVersion::V1 };
    let parsed = syntax::parse(id, source.text(), &ParseOptions::new(version));
    if !parsed.diagnostics.is_empty() {
        return Err(Failure::new(parsed.diagnostics, sources));
    }
    if parsed.module.package.is_none() {
        return Err(Failure::new(vec![Diagnostic::error(Code::Parse, "empty module", None)], sources));
    }
    let (mut locations, mut comments) = (false, true);
    for part in args.json_include.split(',') {
        let wanted = !part.starts_with('-');
        if part.ends_with("locations") {
            locations = wanted;
        }
        if part.ends_with("comments") {
            comments = wanted;
        }
    }
    let options =
        Options { file: source.name(), text: source.text(), locations, comments, annotations: true };
    ast_json::module(&parsed.module, &options)
        .map_err(|message| Failure::new(vec![Diagnostic::error(Code::Parse, message, None)], sources))
}
