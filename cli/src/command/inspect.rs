//! `portcullis inspect`: lists what is in policies.

use std::sync::Arc;

use portcullis::frontend::Inventory;
use portcullis::policy::{Location, RegoVersion};
use portcullis::source::LineIndex;
use portcullis::syntax::ast_json::{self, Options};
use portcullis::syntax::display;
use portcullis::value::Value;

use crate::exit::Exit;
use crate::io::Io;
use crate::load::{self, LoadMode, clean};
use crate::policy_set::{Failure, PolicySet};
use crate::report::inspect::{self, Contents, Entry};

use super::document::{self, Reader};
use super::input;

/// List the packages, data files and annotations of policies
///
/// A path that ends in .rego is one module, any other a bundle: a directory or an archive. Says less than opa inspect:
/// nothing of manifests, signatures and required capabilities. Exit codes: 0 the policies can be read; 1 they can't, or
/// wrong arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis inspect bundle.tar.gz\n  portcullis inspect -a policies/agentweave\n  portcullis inspect -a -f json policy.rego"
)]
pub(crate) struct Args {
    /// The bundle or the module
    #[arg(value_name = "PATH")]
    path: String,
    /// List METADATA annotations too
    #[arg(short, long)]
    annotations: bool,
    /// How to write the list
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// Read Rego as OPA did before 1.0
    #[arg(long)]
    v0_compatible: bool,
    /// What Rego is since OPA 1.0, and so the default; --v0-compatible wins
    #[arg(long, hide = true)]
    v1_compatible: bool,
}

/// The formats for what is in policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// Tables and paragraphs
    #[default]
    Pretty,
    /// One document
    Json,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let contents = contents(args);
    match args.format {
        Format::Pretty => {
            document::tell(contents.map(|contents| inspect::pretty(&contents)), Reader::People, io)
        }
        Format::Json => {
            document::tell(contents.map(|contents| inspect::json(&contents)), Reader::Machines, io)
        }
    }
}

fn contents(args: &Args) -> Result<Contents, Failure> {
    let mode = if args.path.strip_suffix(".rego").is_some() { LoadMode::Files } else { LoadMode::Bundles };
    let version = if args.v0_compatible { RegoVersion::V0 } else { RegoVersion::V1 };
    let policies = input::load_plainly(std::slice::from_ref(&args.path), &[], mode, version)?;
    let inventory = policies.inventory()?;
    let mut contents = Contents::default();
    for (source, package) in &inventory.packages {
        let Some(source) = policies.modules.get(*source) else { continue };
        let file = clean(source.name().as_ref().as_ref()).to_string_lossy().into_owned();
        contents.namespaces.entry(display::reference(package)).or_default().push(file);
    }
    if mode == LoadMode::Bundles {
        for (path, file) in load::data_files(&args.path).map_err(Failure::of_load)? {
            contents.namespaces.entry(path).or_default().push(file);
        }
    }
    if args.annotations {
        contents.annotations = Some(entries(&policies, inventory));
    }
    Ok(contents)
}

fn entries(policies: &PolicySet, inventory: Inventory) -> Vec<Entry> {
    let mut trees: Vec<Vec<Value>> = Vec::new();
    for module in &inventory.modules {
        let text = policies.modules.get(module.source).map_or("", |source| source.text());
        let options = Options { file: "", text, locations: false, comments: false, annotations: true };
        // Only rules can be such that they have no JSON; here only the annotations are of interest.
        let bare = portcullis::syntax::tree::Module { rules: Vec::new(), ..module.clone() };
        let tree = ast_json::module(&bare, &options).unwrap_or(Value::Null);
        let blocks = tree.lookup(&["annotations"]).and_then(Value::as_array);
        trees.push(blocks.into_iter().flatten().cloned().collect());
    }
    let entry = |annotated: portcullis::frontend::Annotated| {
        let source = policies.modules.get(annotated.target.source)?;
        let position = LineIndex::new(source.text()).position(annotated.target.start);
        let location = Location { file: Arc::clone(source.name()), row: position.row, col: position.col };
        let module = inventory.modules.iter().position(|module| module.source == annotated.target.source)?;
        let tree = trees.get(module)?.get(annotated.index)?.clone();
        Some(Entry { annotated, tree, location })
    };
    inventory.annotations.into_iter().filter_map(entry).collect()
}
