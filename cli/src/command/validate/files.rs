//! The files that `validate` is asked about, and the documents in them.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::document::{self, Node, NodeKind, overlaid};
use portcullis::source::{Source, SourceId, Sources, Span};
use walkdir::{DirEntry, WalkDir};

use super::Args;
use super::settings::Settings;
use crate::load::{IgnorePattern, clean, io_reason};
use crate::policy_set::Failure;
use crate::refusal::Refusal;
use crate::report::validate::DocumentName;

/// The formats of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum FileFormat {
    /// One or more documents of YAML
    Yaml,
    /// One JSON document
    Json,
    /// TOML
    Toml,
    /// Variables, one a line
    Dotenv,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// The texts.
    pub(super) sources: Sources,
    /// The documents in them, in the order of the arguments.
    pub(super) documents: Vec<Document>,
    /// How many files were looked at.
    pub(super) count: usize,
    /// What could not be read.
    pub(super) problems: Failure,
}

/// One document.
#[derive(Debug)]
pub(super) struct Document {
    /// What it is called.
    pub(super) name: DocumentName,
    /// What it says.
    pub(super) node: Node,
    /// Where keys stand a second time.
    pub(super) repeated: Vec<Span>,
}

/// Reads everything that the arguments name.
///
/// # Errors
/// That they name nothing. A file that can't be read is kept as a problem, so that the others are checked.
pub(super) fn read(args: &Args, settings: &Settings) -> Result<Files, Failure> {
    let mut files = Files::default();
    let mut seen = BTreeSet::new();
    for argument in &args.paths {
        if argument == "-" {
            let format = args.parser;
            let bytes = limited(&mut std::io::stdin());
            files.take("<stdin>".into(), bytes.map_err(|error| io_reason(&error)), format);
            continue;
        }
        for path in files.found(Path::new(argument), args.parser, &settings.ignore) {
            let (path, format) = path;
            if seen.insert(path.clone()) {
                files.file(&path, format);
            }
        }
    }
    if let Some(base) = &args.base {
        files.merged(base, &args.overlays, args.parser);
    }
    if files.count == 0 && !files.problems.is_any() {
        let refusal = if args.paths.is_empty() && args.base.is_none() {
            Refusal::new("there is nothing to check: no file or directory is named")
                .with_help("portcullis validate FILE|DIR..., or `-` for standard input")
        } else {
            Refusal::new(format!("there is no configuration file in {}", args.paths.join(", "))).with_help(
                "files in directories are checked if their names end with .yaml, .yml, .json, .toml or .env; name others, with --parser",
            )
        };
        return Err(Failure::of_refusal(refusal));
    }
    Ok(files)
}

impl Files {
    /// The files that a path names, with their formats.
    fn found(
        &mut self,
        path: &Path,
        parser: Option<FileFormat>,
        ignore: &[IgnorePattern],
    ) -> Vec<(PathBuf, Option<FileFormat>)> {
        match fs_err::metadata(path) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return vec![(clean(path), parser.or_else(|| format_of(path)))],
            Err(error) => {
                self.refuse(&format!("{}: {}", path.display(), io_reason(&error)), None);
                return Vec::new();
            }
        }
        let is_left_out = |entry: &DirEntry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() > 0 && ignore.iter().any(|pattern| pattern.matches(&name))
        };
        let walk = WalkDir::new(path).follow_links(true).sort_by_file_name();
        let mut found = Vec::new();
        for entry in walk.into_iter().filter_entry(|entry| !is_left_out(entry)) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let message = match error.loop_ancestor() {
                        Some(ancestor) => format!("a link that leads back to {}", ancestor.display()),
                        None => error.io_error().map_or_else(|| error.to_string(), io_reason),
                    };
                    let place = error.path().unwrap_or(path).display();
                    self.refuse(&format!("{place}: {message}"), Some("leave it out with --ignore"));
                    continue;
                }
            };
            if found.len() >= MOST_FILES {
                self.refuse(
                    &format!("{}: more than {MOST_FILES} configuration files", path.display()),
                    Some("name the directories to check, or leave others out with --ignore"),
                );
                break;
            }
            if entry.file_type().is_file()
                && let Some(format) = format_of(entry.path())
            {
                found.push((clean(entry.path()), Some(format)));
            }
        }
        found
    }

    fn file(&mut self, path: &Path, format: Option<FileFormat>) {
        let name = path.to_string_lossy();
        if format.is_none() {
            self.count += 1;
            self.refuse(
                &format!("{name}: its name doesn't say which format it has"),
                Some("say it with --parser yaml, json, toml or dotenv"),
            );
            return;
        }
        self.take(name.into(), bytes_of(path), format);
    }

    /// Takes the documents of a file.
    fn take(&mut self, name: Arc<str>, bytes: Result<Vec<u8>, String>, format: Option<FileFormat>) {
        self.count += 1;
        let Some(text) = self.text(&name, bytes) else { return };
        let documents = self.documents_of(name, text, format);
        self.documents.extend(documents);
    }

    /// Takes a document that is made of several files, each with one document.
    fn merged(&mut self, base: &Path, overlays: &[PathBuf], parser: Option<FileFormat>) {
        let mut merged: Option<Document> = None;
        let before = self.problems.is_any();
        for path in std::iter::once(base).chain(overlays.iter().map(PathBuf::as_path)) {
            self.count += 1;
            let name: Arc<str> = clean(path).to_string_lossy().into();
            let Some(text) = self.text(&name, bytes_of(path)) else { continue };
            let mut documents =
                self.documents_of(Arc::clone(&name), text, parser.or_else(|| format_of(path)));
            let Some(document) = documents.pop().filter(|_| documents.is_empty()) else {
                if !documents.is_empty() {
                    self.refuse(
                        &format!("{name}: several documents can't be put over each other"),
                        Some("give a file with one document to --base and each --overlay"),
                    );
                }
                continue;
            };
            merged = Some(match merged {
                None => document,
                Some(below) => Document {
                    name: document.name,
                    node: overlaid(below.node, document.node),
                    repeated: below.repeated.into_iter().chain(document.repeated).collect(),
                },
            });
        }
        if before || !self.problems.is_any() {
            self.documents.extend(merged);
        }
    }

    /// Keeps the text of a file.
    fn text(&mut self, name: &Arc<str>, bytes: Result<Vec<u8>, String>) -> Option<SourceId> {
        let bytes = match bytes {
            Ok(bytes) if u64::try_from(bytes.len()).is_ok_and(|length| length <= MOST_BYTES) => bytes,
            Ok(_) => {
                let message = format!("{name}: larger than {} MiB", MOST_BYTES >> 20);
                self.refuse(&message, Some("no file is checked that is larger; leave it out with --ignore"));
                return None;
            }
            Err(reason) => {
                self.refuse(&format!("{name}: {reason}"), None);
                return None;
            }
        };
        match document::yaml_text(name, bytes) {
            Ok(text) => Some(self.sources.add(Source::new(Arc::clone(name), text))),
            Err(error) => {
                let mut sources = Sources::new();
                sources.add(error.text);
                let diagnostic = Diagnostic { code: Code::Load, ..*error.diagnostic };
                self.problems.extend(Some(Failure::new(vec![diagnostic], sources)));
                None
            }
        }
    }

    fn documents_of(&mut self, name: Arc<str>, id: SourceId, format: Option<FileFormat>) -> Vec<Document> {
        let Some(text) = self.sources.get(id).map(|source| Arc::clone(source.text())) else {
            return Vec::new();
        };
        let one = |node: Node| (vec![node], Vec::new());
        // What comes on standard input may be either; JSON with tabs is no YAML.
        let looks_like_json = text.trim_start().starts_with(['{', '[']);
        let read = match format {
            None if looks_like_json => document::input(id, &text).map(one).map_err(|error| vec![error]),
            Some(FileFormat::Yaml) | None => document::yaml_documents(id, &text)
                .map(|nodes| (nodes, Vec::new()))
                .map_err(|error| vec![error]),
            Some(FileFormat::Json) => document::json(id, &text).map(one).map_err(|error| vec![error]),
            Some(FileFormat::Dotenv) => document::dotenv(id, &text).map(one).map_err(|error| vec![error]),
            Some(FileFormat::Toml) => {
                document::toml(id, &text).map(|(node, repeated)| (vec![node], repeated))
            }
        };
        let (mut nodes, repeated) = match read {
            Ok(read) => read,
            Err(errors) => {
                let mut alone = Sources::new();
                let own = alone.add(Source::new(name, text));
                let moved = errors.into_iter().map(|error| Diagnostic {
                    span: error.span.map(|span| Span { source: own, ..span }),
                    ..error
                });
                self.problems.extend(Some(Failure::new(moved.collect(), alone)));
                return Vec::new();
            }
        };
        // Templates leave documents in which nothing stands, and Kubernetes passes over them, too.
        let text = self.sources.get(id).map(|source| Arc::clone(source.text())).unwrap_or_default();
        if nodes.iter().any(|node| !is_empty(node, &text)) {
            nodes.retain(|node| !is_empty(node, &text));
        } else {
            nodes.truncate(1);
        }
        let several = nodes.len() > 1;
        let numbered = nodes.into_iter().enumerate().map(|(index, node)| Document {
            name: DocumentName {
                file: Arc::clone(&name),
                number: several.then_some(index + 1),
                span: node.find(&[]).span,
            },
            repeated: node.repeated_keys().into_iter().chain(repeated.iter().copied()).collect(),
            node,
        });
        numbered.collect()
    }

    fn refuse(&mut self, message: &str, help: Option<&str>) {
        let refusal = Refusal { message: message.to_owned(), help: help.map(ToOwned::to_owned) };
        self.problems.extend(Some(Failure::of_refusal(refusal)));
    }
}

/// The format that a name says.
fn format_of(path: &Path) -> Option<FileFormat> {
    let name = path.file_name()?.to_string_lossy();
    if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") {
        return Some(FileFormat::Dotenv);
    }
    match name.rsplit_once('.')?.1 {
        "yaml" | "yml" => Some(FileFormat::Yaml),
        "json" => Some(FileFormat::Json),
        "toml" => Some(FileFormat::Toml),
        _ => None,
    }
}

/// Whether nothing stands in a document, not even `null`.
fn is_empty(node: &Node, text: &str) -> bool {
    let written = text.get(node.span.start as usize..node.span.end as usize).unwrap_or_default();
    matches!(node.kind, NodeKind::Null) && !written.starts_with(['n', 'N', '~', '!', '&'])
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let read = fs_err::File::open(path).and_then(|mut file| limited(&mut file));
    read.map_err(|error| io_reason(&error))
}

/// No more than one byte more than is taken.
fn limited(from: &mut dyn std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES + 1).read_to_end(&mut bytes).map(|_| bytes)
}

/// A larger file is no configuration.
const MOST_BYTES: u64 = 64 << 20;

/// More files are not meant.
const MOST_FILES: usize = 100_000;
