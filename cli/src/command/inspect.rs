//! `portcullis inspect`: lists what is in policies.

use std::sync::Arc;

use portcullis::frontend::Inventory;
use portcullis::policy::{Location, RegoVersion};
use portcullis::source::{LineIndex, Sources};
use portcullis::syntax::ast_json::{self, Options};
use portcullis::syntax::display;
use portcullis::value::{Object, Value};

use crate::exit::Exit;
use crate::io::Io;
use crate::load::{self, LoadMode, Loaded, clean};
use crate::policy_set::{Failure, PolicySet, Terms};
use crate::report::inspect::{self, About, Bundle, Contents, Entry};

use super::document::{self, Reader};
use super::input;

/// List what is in a bundle or module
///
/// A path that ends in .rego is one module, any other a bundle: a directory or an archive. Says what opa inspect says:
/// packages, data files, the manifest, annotations, and the capabilities that policies need; and in sections of their
/// own, with -f json in the field `portcullis`, what a delta bundle changes, what a signature claims, and the digest of
/// each file. Nothing is verified, and data is not read. Exit codes: 0 it was listed; 1 it can't be read or compiled, or
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
    let version = if args.v0_compatible { RegoVersion::V0 } else { RegoVersion::V1 };
    if args.path.strip_suffix(".rego").is_some() {
        let policies = input::load_plainly(std::slice::from_ref(&args.path), &[], LoadMode::Files, version)?;
        return of_policies(&policies, args.annotations, Contents::default());
    }
    let mut overview = load::overview(&args.path).map_err(Failure::of_load)?;
    let mut modules = Sources::new();
    let mut versions = Vec::new();
    for module in std::mem::take(&mut overview.modules) {
        modules.add(module.source);
        versions.push(module.version);
    }
    let loaded = Loaded { modules, versions, data: Object::new(), warnings: Vec::new() };
    let policies = PolicySet::new(loaded, Arc::new(Terms::new(version, None, None)))?;
    let data = std::mem::take(&mut overview.data);
    let bundle = Bundle::of(overview);
    let wasm = wasm_entries(&bundle);
    let entrypoints: Vec<(String, String)> = bundle
        .manifest
        .wasm_entrypoints()
        .map(|(entrypoint, module)| (wasm_path(entrypoint).join("."), module.to_owned()))
        .collect();
    let mut contents =
        of_policies(&policies, args.annotations, Contents { bundle: Some(bundle), ..Contents::default() })?;
    for file in data {
        contents.namespaces.entry(file.namespace).or_default().push(file.name);
    }
    for (path, module) in entrypoints {
        contents.namespaces.entry(format!("data.{path}")).or_default().push(module);
    }
    if let Some(entries) = &mut contents.annotations {
        for (path, entry) in wasm {
            let before = |other: &Entry| steps(other) <= path;
            entries.insert(entries.partition_point(before), entry);
        }
    }
    Ok(contents)
}

/// Adds what is to be told of policies.
fn of_policies(
    policies: &PolicySet,
    with_annotations: bool,
    mut contents: Contents,
) -> Result<Contents, Failure> {
    let inventory = policies.inventory()?;
    for (source, package) in &inventory.packages {
        let Some(source) = policies.modules.get(*source) else { continue };
        let file = clean(source.name().as_ref().as_ref()).to_string_lossy().into_owned();
        contents.namespaces.entry(display::reference(package)).or_default().push(file);
    }
    if with_annotations {
        contents.annotations = Some(entries(policies, inventory));
    }
    contents.required = policies.required()?;
    Ok(contents)
}

/// What the manifest says of decisions in WebAssembly, with the paths to sort them by.
fn wasm_entries(bundle: &Bundle) -> Vec<(Vec<String>, Entry)> {
    let text = |resolver: &Value, name: &str| {
        resolver.lookup(&[name]).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut entries = Vec::new();
    for resolver in bundle.manifest.wasm_resolvers() {
        let path = wasm_path(&text(resolver, "entrypoint"));
        let blocks = resolver.lookup(&["annotations"]).and_then(Value::as_array);
        for tree in blocks.into_iter().flatten().cloned() {
            let location = Location { file: text(resolver, "module").into(), row: 0, col: 0 };
            let entry = Entry { about: About::Wasm(path.clone()), tree, location };
            entries.push((steps(&entry), entry));
        }
    }
    entries
}

fn wasm_path(entrypoint: &str) -> Vec<String> {
    entrypoint.trim_start_matches('/').split('/').map(str::to_owned).collect()
}

/// The steps of the path of what an annotation is about.
fn steps(entry: &Entry) -> Vec<String> {
    match &entry.about {
        About::Module(annotated) => annotated.path.operands.iter().map(display::term).collect(),
        About::Wasm(path) => path.iter().map(|step| Value::from(step.as_str()).to_json()).collect(),
    }
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
        Some(Entry { about: About::Module(Box::new(annotated)), tree, location })
    };
    inventory.annotations.into_iter().filter_map(entry).collect()
}
