//! Loads modules, data and table suites from disk, exactly as `opa test` finds them.
//!
//! ```text
//! LoadOptions --Walk::new--> what there is: suites, files
//!             --Walk::load(claimed)--> Loaded: modules and data, without the files that suites claim for themselves
//! ```
//!
//! Where OPA loses something without a word, this reports it: a pattern that is none, a directory of a bundle that can't
//! be read, a bundle that is only a link, members of archives that point out of it. No file is changed or unpacked.

mod activation;
mod documents;
mod each_bundle;
mod failure;
mod file;
mod ignore;
mod inspection;
mod location;
mod modules;
mod read_ahead;
mod schemas;
mod testdata;
mod trust;
mod walk;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::bundle::archive as packed;
use portcullis::bundle::{self, Contents, Member, Role};
use portcullis::document::BaseData;
use portcullis::policy::RegoVersion;
use portcullis::source::{Source, Sources};
use portcullis::value::Object;

use crate::bundle_files::BundleFiles;

use self::activation::activate;
use self::documents::Documents;
pub(crate) use self::each_bundle::each_bundle;
use self::failure::Heading;
pub(crate) use self::failure::io_reason;
pub(crate) use self::failure::{LoadError, LoadFailure};
pub(crate) use self::file::whole_module as module;
pub(crate) use self::ignore::IgnorePattern;
pub(crate) use self::inspection::{WholeBundle, overview, whole};
pub(crate) use self::location::{clean, moved, named_path};
use self::modules::Modules;
pub(crate) use self::schemas::schemas;
use self::testdata::TestDocuments;
pub(crate) use self::trust::Trust;
use self::walk::{FileKind, Found};

/// What to load.
#[derive(Debug, Clone)]
pub(crate) struct LoadOptions {
    /// Files, directories and archives, as on the command line: `PATH`, `file://PATH`, and without bundles also
    /// `mount.path:PATH`.
    pub(crate) paths: Vec<String>,
    /// Names of files and directories to leave out; what `paths` names itself is never left out.
    pub(crate) ignore: Vec<IgnorePattern>,
    /// How to read the paths.
    pub(crate) mode: LoadMode,
    /// Files and directories to load before bundles, which then take the place of what lies below their roots.
    pub(crate) beside_bundles: Vec<String>,
    /// How much to read.
    pub(crate) limits: Limits,
    /// What to do with folders called `testdata` below the paths.
    pub(crate) testdata: TestData,
    /// Whose archives to load.
    pub(crate) trust: Trust,
}

/// What becomes of folders called `testdata`. A path that lies in such a folder itself is read like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TestData {
    /// Nothing in them is looked at: they are no part of a policy.
    Skip,
    /// Their documents come to `data.testdata`, each at its path below the folder; modules and suites in them count.
    Mount,
}

/// How paths are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoadMode {
    /// Every policy, JSON and YAML file counts, and archives in between.
    Files,
    /// Every path is a bundle: a directory or an archive, of which only the files count that mean something in bundles.
    Bundles,
}

/// How much is read before the loader gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of one file: 1 GiB.
    pub(crate) file_bytes: u64,
    /// What archives may hold.
    pub(crate) archive: packed::Limits,
    /// Files and directories below one path: 1,000,000.
    pub(crate) entries: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 1 << 30, archive: packed::Limits::default(), entries: 1_000_000 }
    }
}

/// What there is to load.
#[derive(Debug)]
pub(crate) struct Walk {
    options: LoadOptions,
    found: WalkResult,
}

#[derive(Debug)]
enum WalkResult {
    Files(Vec<Result<Found, LoadError>>),
    Bundles { beside: Vec<Result<Found, LoadError>>, bundles: Vec<BundleLocation> },
}

/// A bundle that an argument names.
#[derive(Debug)]
struct BundleLocation {
    argument: String,
    path: PathBuf,
    content: BundleContent,
}

#[derive(Debug)]
enum BundleContent {
    Archive,
    Directory(Vec<Found>),
    Unreadable(LoadError),
}

/// A table suite or a file of properties: a file called `NAME.suite.yaml` or `NAME.properties.yaml`, `.yml` or `.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SuiteFile {
    /// How messages call it.
    pub(crate) name: Arc<str>,
    /// Where it is.
    pub(crate) path: PathBuf,
}

/// Everything that was loaded.
#[derive(Debug)]
pub(crate) struct Loaded<D = Object> {
    /// The modules in the order in which they were reached.
    pub(crate) modules: Sources,
    /// The language version that the manifest of a module's bundle states, for each of the modules.
    pub(crate) versions: Vec<Option<RegoVersion>>,
    /// The base documents.
    pub(crate) data: D,
    /// What OPA would pass over in silence.
    pub(crate) warnings: Vec<LoadWarning>,
}

/// Something that was loaded as OPA loads it, and is probably not meant so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct LoadWarning {
    /// What happened, and where.
    pub(crate) message: String,
}

impl LoadOptions {
    fn rules(&self) -> walk::Rules<'_> {
        walk::Rules { ignore: &self.ignore, limits: self.limits, testdata: self.testdata }
    }
}

impl Walk {
    /// Looks for everything that the paths name. What goes wrong is kept for [`Walk::load`] to report.
    pub(crate) fn new(options: LoadOptions) -> Self {
        let found = match options.mode {
            LoadMode::Files => WalkResult::Files(walk::files(&options.paths, options.rules())),
            LoadMode::Bundles => WalkResult::Bundles {
                beside: walk::files(&options.beside_bundles, options.rules()),
                bundles: bundle_locations(&options),
            },
        };
        Self { options, found }
    }

    /// The table suites among what was found.
    pub(crate) fn suites(&self) -> Vec<SuiteFile> {
        self.of_kind(FileKind::Suite)
    }

    /// The files of properties among what was found.
    pub(crate) fn properties(&self) -> Vec<SuiteFile> {
        self.of_kind(FileKind::Properties)
    }

    fn of_kind(&self, kind: FileKind) -> Vec<SuiteFile> {
        let found: Vec<&Found> = match &self.found {
            WalkResult::Files(files) => files.iter().flatten().collect(),
            WalkResult::Bundles { beside, bundles } => {
                beside.iter().flatten().chain(bundles.iter().flat_map(BundleLocation::files)).collect()
            }
        };
        let suites = found.into_iter().filter(|found| found.kind == kind);
        suites.map(|found| SuiteFile { name: Arc::clone(&found.name), path: found.path.clone() }).collect()
    }

    /// Reads everything but suites, properties and the files at the `claimed` paths: these belong to them and are no data.
    ///
    /// `reads_as_module` says whether a text is a module; it is asked of files that are named on the command line
    /// and have no known extension.
    ///
    /// # Errors
    ///
    /// Everything that can't be read or merged. Modules are not parsed here.
    pub(crate) fn load(
        self,
        claimed: &[PathBuf],
        reads_as_module: &dyn Fn(&Source) -> bool,
    ) -> Result<Loaded, LoadFailure> {
        let (files, bundles) = match self.found {
            WalkResult::Files(files) => (files, None),
            WalkResult::Bundles { beside, bundles } => (beside, Some(bundles)),
        };
        let mut loader = Loader::claiming(&self.options, claimed);
        let (data, errors) = loader.files(files, reads_as_module);
        match bundles {
            Some(bundles) if errors.is_empty() => loader.bundles(data, bundles, &self.options.ignore),
            Some(_) | None => loader.finish(data, errors, Heading::Count),
        }
    }

    /// As [`Walk::load`], for data that is not evaluated. Where the paths are bundles, only what is beside them is read.
    ///
    /// # Errors
    ///
    /// As there.
    pub(crate) fn load_files<D: BaseData>(
        self,
        claimed: &[PathBuf],
        reads_as_module: &dyn Fn(&Source) -> bool,
    ) -> Result<Loaded<D>, LoadFailure> {
        let (WalkResult::Files(files) | WalkResult::Bundles { beside: files, .. }) = self.found;
        let mut loader = Loader::claiming(&self.options, claimed);
        let (data, errors) = loader.files(files, reads_as_module);
        loader.finish(data, errors, Heading::Count)
    }
}

impl SuiteFile {
    /// The suite's text.
    ///
    /// # Errors
    ///
    /// When it can't be read, is larger than the limit, or is no UTF-8.
    pub(crate) fn read(&self, limits: Limits) -> Result<Source, LoadError> {
        file::suite(&self.name, file::read(&self.path, limits)?)
    }
}

impl BundleLocation {
    fn files(&self) -> &[Found] {
        match &self.content {
            BundleContent::Directory(files) => files,
            BundleContent::Archive | BundleContent::Unreadable(_) => &[],
        }
    }
}

fn bundle_locations(options: &LoadOptions) -> Vec<BundleLocation> {
    let mut named = BTreeSet::new();
    let arguments = options.paths.iter().filter(|argument| named.insert(argument.as_str()));
    let location = |argument: &String| {
        let argument = argument.clone();
        let path = match location::local_path(&argument) {
            Ok(path) => path,
            Err(message) => {
                let content = BundleContent::Unreadable(LoadError::new(message));
                return BundleLocation { argument, path: PathBuf::new(), content };
            }
        };
        let content = match fs_err::metadata(&path) {
            Err(error) => {
                let (path, reason) = (path.display(), io_reason(&error));
                let message = format!("error reading \"{path}\": stat {path}: {reason}");
                BundleContent::Unreadable(LoadError::new(message))
            }
            Ok(metadata) if metadata.is_dir() => {
                let files = walk::bundle_files(&path, options.rules());
                let failed = |error: LoadError| {
                    let context =
                        format!("bundle {}: bundle read failed: failed to list files: ", path.display());
                    BundleContent::Unreadable(error.within(&context))
                };
                files.map_or_else(failed, BundleContent::Directory)
            }
            Ok(_) => BundleContent::Archive,
        };
        BundleLocation { argument, path, content }
    };
    arguments.map(location).collect()
}

/// What is in the bundles that the paths name, each by its path.
///
/// # Errors
///
/// The first bundle that can't be read, or two whose roots overlap.
pub(crate) fn bundles<D: BaseData>(options: &LoadOptions) -> Result<Vec<(String, Contents<D>)>, LoadError> {
    let mut loader = Loader::new(options, BTreeSet::new());
    let read = loader.read_bundles(bundle_locations(options), &options.ignore)?;
    activation::check_overlap(&read)?;
    Ok(read)
}

/// What is in an archive, without the files whose names match.
///
/// # Errors
///
/// When it can't be read, or is no bundle.
pub(crate) fn archive<D: BaseData>(
    path: &Path,
    ignore: &[IgnorePattern],
    limits: Limits,
    trust: &Trust,
) -> Result<Contents<D>, LoadError> {
    let mut members = trust.archive(path, members(path, &[], limits)?)?;
    if !ignore.is_empty() {
        // Signatures are about all files, so those that are left out can only go afterwards.
        let kept: BTreeSet<String> =
            self::members(path, ignore, limits)?.into_iter().map(|member| member.path).collect();
        members.retain(|member| kept.contains(&member.path));
    }
    bundle::assemble(members, None).map_err(LoadError::of_content)
}

/// The files of an archive.
fn members(path: &Path, ignore: &[IgnorePattern], limits: Limits) -> Result<Vec<Member>, LoadError> {
    let bytes = file::read(path, limits)?;
    let is_ignored = |name: &str| ignore.iter().any(|pattern| pattern.matches(name));
    packed::read_without(&bytes, limits.archive, &is_ignored)
        .map_err(|error| LoadError::new(format!("bundle read failed: {error}")).with_help(error.help()))
}

/// A load on its way.
struct Loader<D> {
    limits: Limits,
    trust: Trust,
    /// The files that arguments name.
    named: BTreeSet<PathBuf>,
    warnings: Vec<LoadWarning>,
    claimed: BTreeSet<PathBuf>,
    modules: Modules,
    testdata: TestDocuments<D>,
}

impl Loader<Object> {
    /// Reads bundles and puts them over what was loaded before.
    fn bundles(
        mut self,
        before: Object,
        bundles: Vec<BundleLocation>,
        ignore: &[IgnorePattern],
    ) -> Result<Loaded, LoadFailure> {
        let mut read = match self.read_bundles(bundles, ignore) {
            Ok(read) => read,
            Err(error) => return self.finish(Object::new(), vec![error], Heading::None),
        };
        for (argument, bundle) in &mut read {
            let prefix = location::local_path(argument).unwrap_or_default();
            for module in std::mem::take(&mut bundle.modules) {
                let key = prefix.join(module.source.name().trim_start_matches('/'));
                let key = clean(&key).to_string_lossy().into_owned();
                self.modules.add(key, module.source, module.version);
            }
        }
        let mut errors = Vec::new();
        let data = activate(before, &read).unwrap_or_else(|error| {
            errors.push(LoadError { modules_before: self.modules.len(), ..error });
            Object::new()
        });
        self.finish(data, errors, Heading::None)
    }
}

impl<D: BaseData> Loader<D> {
    /// A loader that leaves out the files at the `claimed` paths.
    fn claiming(options: &LoadOptions, claimed: &[PathBuf]) -> Self {
        Self::new(options, claimed.iter().filter_map(|path| fs_err::canonicalize(path).ok()).collect())
    }

    fn new(options: &LoadOptions, claimed: BTreeSet<PathBuf>) -> Self {
        let LoadOptions { paths, beside_bundles, limits, trust, .. } = options;
        let named = paths.iter().chain(beside_bundles).filter_map(|argument| named_path(argument));
        let named = named.map(|path| clean(&path)).collect();
        let (limits, trust, warnings) = (*limits, trust.clone(), Vec::new());
        Self {
            limits,
            trust,
            named,
            warnings,
            claimed,
            modules: Modules::default(),
            testdata: TestDocuments::default(),
        }
    }

    /// Reads files; the data, and everything that is wrong.
    fn files(
        &mut self,
        files: Vec<Result<Found, LoadError>>,
        reads_as_module: &dyn Fn(&Source) -> bool,
    ) -> (D, Vec<LoadError>) {
        let mut documents = Documents::default();
        let mut errors = Vec::new();
        let modules = read_ahead::modules(&files, self.limits);
        for (order, (found, module)) in files.into_iter().zip(modules).enumerate() {
            let modules_before = self.modules.len();
            let loaded = found.and_then(|found| {
                let Some(content) = self.content(&found, module, reads_as_module)? else { return Ok(()) };
                let document = match content {
                    Content::Document(document) if found.is_testdata => {
                        return self.testdata.add(&found, document);
                    }
                    Content::Module(source) => {
                        self.modules.add(source.name().to_string(), source, None);
                        return Ok(());
                    }
                    Content::Document(document) => document,
                    Content::Bundle(mut bundle) => {
                        for module in std::mem::take(&mut bundle.modules) {
                            self.modules.add(module.source.name().to_string(), module.source, module.version);
                        }
                        let data = bundle.data_with_manifest().map_err(|error| {
                            LoadError::of_content(error).within(&format!("bundle {}: ", found.name))
                        })?;
                        Some(data.placed(&found.mount))
                    }
                };
                documents.add(&found.name, document, modules_before, order)
            });
            errors.extend(loaded.err().map(|error| LoadError { modules_before, order, ..error }));
        }
        let data = documents.merge().unwrap_or_else(|conflicts| {
            errors.extend(conflicts);
            D::default()
        });
        errors.sort_by_key(|error| error.order);
        (data, errors)
    }

    /// What is in each bundle, by the argument that names it.
    fn read_bundles(
        &mut self,
        bundles: Vec<BundleLocation>,
        ignore: &[IgnorePattern],
    ) -> Result<Vec<(String, Contents<D>)>, LoadError> {
        let mut read = Vec::new();
        for BundleLocation { argument, path, content } in bundles {
            let within = |error: LoadError| error.within(&format!("bundle {}: ", path.display()));
            let bundle = match content {
                BundleContent::Unreadable(error) => Err(error),
                BundleContent::Archive => archive(&path, ignore, self.limits, &self.trust).map_err(within),
                BundleContent::Directory(files) => self.directory(&path, files).map_err(within),
            };
            match bundle {
                Ok(bundle) => read.push((argument, bundle)),
                Err(error) => return Err(error.within(&format!("unable to load bundle {argument}: "))),
            }
        }
        Ok(read)
    }

    /// What is in a file, or `None` when it is not to be loaded here. A module may have been read ahead.
    fn content(
        &mut self,
        found: &Found,
        module: Option<Result<Source, LoadError>>,
        reads_as_module: &dyn Fn(&Source) -> bool,
    ) -> Result<Option<Content<D>>, LoadError> {
        let Found { name, path, mount, .. } = found;
        let is_document = matches!(found.kind, FileKind::Json | FileKind::Yaml | FileKind::Unknown);
        if is_document && self.is_claimed(path) || found.is_testdata && found.kind == FileKind::Archive {
            return Ok(None);
        }
        let read = || file::read(path, self.limits);
        Ok(Some(match found.kind {
            FileKind::Suite | FileKind::Properties => return Ok(None),
            FileKind::Module => Content::Module(match module {
                Some(module) => module?,
                None => file::module(name, read()?)?,
            }),
            FileKind::Json => Content::Document(file::json(name, read()?, mount)?),
            FileKind::Yaml => Content::Document(file::yaml(name, read()?, mount)?),
            FileKind::Archive if self.trust.is_unsaid() && !self.named.contains(&clean(path)) => {
                let message = format!(
                    "{name} is left out: nothing says whose archives may be used; give --verification-key, or \
                     --insecure-skip-verify"
                );
                self.warnings.push(LoadWarning { message });
                return Ok(None);
            }
            FileKind::Archive => {
                // As in OPA, patterns are about names in directories, and not in archives among them.
                let bundle = archive(path, &[], self.limits, &self.trust);
                Content::Bundle(bundle.map_err(|error| error.within(&format!("bundle {name}: ")))?)
            }
            FileKind::Unknown => any_content(found, read()?, reads_as_module)?,
        }))
    }

    fn directory(&mut self, root: &Path, files: Vec<Found>) -> Result<Contents<D>, LoadError> {
        if let Trust::Keys(_) = &self.trust {
            let files = BundleFiles::read(root).map_err(LoadError::of_refusal)?;
            self.trust.directory(files.directory.filter(|name| !name.is_empty()), files.members)?;
        }
        let mut members = Vec::new();
        for found in files {
            if found.is_testdata && found.kind != FileKind::Module {
                let is_document = matches!(found.kind, FileKind::Json | FileKind::Yaml);
                if is_document
                    && let Some(Content::Document(document)) = self.content(&found, None, &|_| false)?
                {
                    self.testdata.add(&found, document)?;
                }
                continue;
            }
            let relative = found.path.strip_prefix(root).unwrap_or(&found.path);
            let path = format!("/{}", relative.to_string_lossy());
            let Some(role) = Role::of(&path) else { continue };
            if role != Role::Module && self.is_claimed(&found.path) {
                continue;
            }
            let bytes = if role == Role::Wasm { Vec::new() } else { file::read(&found.path, self.limits)? };
            members.push(Member { path, bytes });
        }
        bundle::assemble(members, Some(&root.to_string_lossy())).map_err(LoadError::of_content)
    }

    fn is_claimed(&self, path: &Path) -> bool {
        !self.claimed.is_empty() && fs_err::canonicalize(path).is_ok_and(|path| self.claimed.contains(&path))
    }

    fn finish(
        mut self,
        data: D,
        mut errors: Vec<LoadError>,
        heading: Heading,
    ) -> Result<Loaded<D>, LoadFailure> {
        let data = std::mem::take(&mut self.testdata).join(data).unwrap_or_else(|error| {
            errors.push(LoadError { modules_before: self.modules.len(), ..error });
            D::default()
        });
        let (modules, versions, mut warnings) = self.modules.into_parts();
        warnings.append(&mut self.warnings);
        if errors.is_empty() {
            return Ok(Loaded { modules, versions, data, warnings });
        }
        Err(LoadFailure { errors, modules, heading })
    }
}

enum Content<D> {
    Module(Source),
    /// The document at its place, or nothing if that is no object.
    Document(Option<D>),
    Bundle(Contents<D>),
}

/// The content of a file whose name says nothing: a module, else JSON, else YAML.
fn any_content<D: BaseData>(
    found: &Found,
    bytes: Vec<u8>,
    reads_as_module: &dyn Fn(&Source) -> bool,
) -> Result<Content<D>, LoadError> {
    let Found { name, mount, .. } = found;
    if let Ok(source) = file::module(name, bytes.clone())
        && reads_as_module(&source)
    {
        return Ok(Content::Module(source));
    }
    let document = file::json(name, bytes.clone(), mount).or_else(|_| file::yaml(name, bytes, mount));
    document.map(Content::Document).map_err(|_| {
        LoadError::new(format!("{name}: can't recognize file type"))
            .with_help("name a .rego, .json, .yaml, .yml or .tar.gz file")
    })
}

#[cfg(test)]
mod tests;
