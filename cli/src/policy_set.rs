//! Policies that were loaded together: their modules, data and rules, ready to be compiled.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use portcullis::bundle::ContentError;
use portcullis::check::{self, Lint};
use portcullis::compile::types::{Assumptions, Capabilities, Schemas};
use portcullis::compile::{Dependencies, Required};
use portcullis::diagnostic::{Details, Diagnostic};
use portcullis::document::BaseData;
use portcullis::eval::{NativeEngine, NativePolicy};
use portcullis::frontend::{self, Inventory, ParsedModules, Strictness};
use portcullis::policy::{CompileUnit, Engine, Location, Modules, Policy, RegoVersion, Rename, RuleInfo};
use portcullis::program;
use portcullis::property::{self, CompileErrors, PropertySet};
use portcullis::source::{LineIndex, Source, Sources, Span};
use portcullis::suite::selection::cone::Cones;
use portcullis::value::Value;

use crate::io::Io;
use crate::load::{LoadError, LoadFailure, Loaded};
use crate::refusal::Refusal;
use crate::report::{diagnostics, placed};

/// Modules and data that make one policy.
#[derive(Debug, Clone)]
pub(crate) struct PolicySet {
    /// The modules.
    pub(crate) modules: Sources,
    /// The base documents.
    pub(crate) data: Value,
    /// What the user should know of the files.
    pub(crate) warnings: Vec<String>,
    parsed: ParsedModules,
    terms: Arc<Terms>,
}

/// On which terms policies are compiled.
#[derive(Debug)]
pub(crate) struct Terms {
    version: RegoVersion,
    capabilities: Arc<Capabilities>,
    schemas: Option<Schemas>,
    /// Whether the user set any: an engine knows only the usual ones.
    are_usual: bool,
}

impl Terms {
    /// Modules are of `version` unless their bundle says otherwise, and may use what OPA has for the version unless
    /// `capabilities` are given.
    pub(crate) fn new(
        version: RegoVersion,
        capabilities: Option<Arc<Capabilities>>,
        schemas: Option<Schemas>,
    ) -> Self {
        let are_usual = capabilities.is_none() && schemas.is_none();
        let capabilities = capabilities.unwrap_or_else(|| Arc::new(Capabilities::of_version(version)));
        Self { version, capabilities, schemas, are_usual }
    }

    /// What policies may use.
    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn assumptions(&self) -> Assumptions<'_> {
        Assumptions { capabilities: &self.capabilities, schemas: self.schemas.as_ref() }
    }
}

impl PolicySet {
    /// Reads the modules.
    ///
    /// # Errors
    /// Modules that are no Rego.
    pub(crate) fn new(loaded: Loaded, terms: Arc<Terms>) -> Result<Self, Failure> {
        let Loaded { modules, versions, data, warnings, .. } = loaded;
        let versions = versions.into_iter().map(|stated| stated.unwrap_or(terms.version)).collect::<Vec<_>>();
        let parsed = parse(&modules, &versions, &terms)?;
        let warnings = warnings.into_iter().map(|warning| warning.message).collect();
        Ok(Self { modules, data: Value::Object(data), warnings, parsed, terms })
    }

    /// The rules of the modules, in the order of file names and rows.
    pub(crate) fn rules(&self) -> Vec<RuleInfo> {
        let mut rules = self.parsed.rules();
        rules.sort_by(|a, b| {
            let name = |rule: &RuleInfo| self.modules.get(rule.span.source).map(Source::name);
            name(a).cmp(&name(b)).then(a.span.start.cmp(&b.span.start))
        });
        rules
    }

    /// The modules as they were read.
    pub(crate) fn into_parsed(self) -> ParsedModules {
        self.parsed
    }

    /// The modules as they were read, to look at.
    pub(crate) fn parsed(&self) -> &ParsedModules {
        &self.parsed
    }

    /// The same modules over other data.
    pub(crate) fn with_data(self, data: Value) -> Self {
        Self { data, ..self }
    }

    fn unit<'a>(&'a self, renames: &'a [Rename]) -> CompileUnit<'a> {
        CompileUnit { modules: &self.parsed, data: &self.data, renames, cases: &[] }
    }

    /// Checks, without an engine that evaluates.
    ///
    /// # Errors
    /// What OPA's compiler refuses.
    pub(crate) fn check(&self, strictness: Strictness) -> Result<(), Failure> {
        self.check_renamed(strictness, &[])
    }

    /// As [`PolicySet::check`], over data that is not evaluated.
    ///
    /// # Errors
    /// What OPA's compiler refuses.
    pub(crate) fn check_over<D: BaseData>(&self, data: &D, strictness: Strictness) -> Result<(), Failure> {
        frontend::check_over(&self.parsed, data, strictness, self.terms.assumptions())
            .map_err(|diagnostics| Failure::new(diagnostics, self.modules.clone()))
    }

    fn check_renamed(&self, strictness: Strictness, renames: &[Rename]) -> Result<(), Failure> {
        frontend::check_under(&self.unit(renames), strictness, self.terms.assumptions())
            .map_err(|diagnostics| Failure::new(diagnostics, self.modules.clone()))
    }

    /// As [`PolicySet::check`], where nobody needs the modules' trees afterwards.
    ///
    /// # Errors
    /// What OPA's compiler refuses.
    pub(crate) fn check_alone(self, strictness: Strictness) -> Result<Sources, Failure> {
        let Self { modules, data, parsed, terms, .. } = self;
        match parsed.compile(&data, strictness, terms.assumptions()) {
            Ok(compiled) => {
                // The process is about to end, which frees memory faster than giving back each node of the trees.
                std::mem::forget(compiled);
                Ok(modules)
            }
            Err(diagnostics) => Err(Failure::new(diagnostics, modules)),
        }
    }

    /// The program that the policies are compiled to, as text.
    ///
    /// # Errors
    /// What OPA's compiler refuses.
    pub(crate) fn program(&self, strictness: Strictness) -> Result<String, Failure> {
        let compiled = frontend::compile_under(&self.unit(&[]), strictness, self.terms.assumptions());
        let program = compiled.and_then(|compiled| program::lower(&compiled));
        match program {
            Ok(program) => Ok(program::dump::dump(&program, &self.modules)),
            Err(diagnostics) => Err(Failure::new(diagnostics, self.modules.clone())),
        }
    }

    /// What rules of the linter find, if the policies compile.
    pub(crate) fn lint(&self, lint: Lint<'_>) -> Vec<Diagnostic> {
        check::lint(&self.unit(&[]), lint)
    }

    /// Checks a query where the terms are such that an engine can't.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub(crate) fn check_query(&self, query: &str) -> Result<(), Failure> {
        if self.terms.are_usual {
            return Ok(());
        }
        frontend::check_query(&self.unit(&[]), query, self.terms.assumptions())
            .map_err(|(diagnostics, sources)| Failure::new(diagnostics, sources))
    }

    /// The documents that a query depends on.
    ///
    /// # Errors
    /// What is wrong with the query or the modules.
    pub(crate) fn dependencies(&self, query: &str) -> Result<Dependencies, Failure> {
        frontend::dependencies(&self.unit(&[]), query, self.terms.assumptions())
            .map_err(|(diagnostics, sources)| Failure::new(diagnostics, sources))
    }

    /// What the documents depend on that the rules define.
    ///
    /// # Errors
    /// What OPA's compiler refuses.
    pub(crate) fn cones(&self, renames: &[Rename]) -> Result<Cones<'_>, Failure> {
        let compiled =
            frontend::compile_under(&self.unit(renames), Strictness::default(), self.terms.assumptions());
        match compiled {
            Ok(compiled) => Ok(Cones::new(compiled, &self.modules, &self.data)),
            Err(diagnostics) => Err(Failure::new(diagnostics, self.modules.clone())),
        }
    }

    /// The packages and annotations of the modules.
    ///
    /// # Errors
    /// Annotations that contradict each other.
    pub(crate) fn inventory(&self) -> Result<Inventory, Failure> {
        frontend::inventory(&self.parsed)
            .map_err(|diagnostics| Failure::new(diagnostics, self.modules.clone()))
    }

    /// What the policies need of who runs them.
    ///
    /// # Errors
    /// What `opa inspect` refuses.
    pub(crate) fn required(&self) -> Result<Required, Failure> {
        frontend::required(&self.parsed)
            .map_err(|diagnostics| Failure::new(diagnostics, self.modules.clone()))
    }

    /// Compiles, with some rules under other names.
    ///
    /// # Errors
    /// Rules that can't stand beside each other, and what the engine has against the modules.
    pub(crate) fn compile(
        &self,
        engine: &dyn Engine,
        renames: &[Rename],
    ) -> Result<Arc<dyn Policy>, Failure> {
        self.compile_tests(engine, renames, &[])
    }

    /// As [`compile`](Self::compile), for whoever wants to know more of a policy than any engine tells.
    ///
    /// # Errors
    /// As for [`compile`](Self::compile).
    pub(crate) fn compile_native(
        &self,
        engine: &NativeEngine,
        renames: &[Rename],
    ) -> Result<NativePolicy, Failure> {
        if !self.terms.are_usual {
            self.check_renamed(Strictness::default(), renames)?;
        }
        engine
            .compile_native(&self.unit(renames))
            .map_err(|diagnostics| Failure::new(diagnostics, self.modules.clone()))
    }

    /// As [`compile_native`](Self::compile_native), together with the conditions of properties.
    ///
    /// # Errors
    /// What is wrong with the modules, or with the conditions.
    pub(crate) fn compile_properties(
        &self,
        engine: &NativeEngine,
        renames: &[Rename],
        sets: &[&PropertySet],
    ) -> Result<NativePolicy, CompileErrors> {
        property::compile(engine, &self.unit(renames), sets)
    }

    /// Compiles, with some rules under other names, and with tests that tell their cases.
    ///
    /// # Errors
    /// As for [`compile`](Self::compile).
    pub(crate) fn compile_tests(
        &self,
        engine: &dyn Engine,
        renames: &[Rename],
        cases: &[Span],
    ) -> Result<Arc<dyn Policy>, Failure> {
        if !self.terms.are_usual {
            self.check_renamed(Strictness::default(), renames)?;
        }
        engine
            .compile(&CompileUnit { cases, ..self.unit(renames) })
            .map_err(|diagnostics| Failure::new(diagnostics, self.modules.clone()))
    }
}

fn parse(modules: &Sources, versions: &[RegoVersion], terms: &Terms) -> Result<ParsedModules, Failure> {
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let read = Modules { sources: modules, versions };
    frontend::parse(&read, threads, Some(terms.capabilities()))
        .map_err(|diagnostics| Failure::new(diagnostics, modules.clone()))
}

/// Why policies, data or suites could not be used, or what was found in them: everything that is wrong, not only the
/// first thing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failure {
    findings: Vec<Finding>,
}

/// One part of a failure.
#[derive(Debug, Clone)]
enum Finding {
    /// About places in sources.
    Diagnostics(Vec<Diagnostic>, Sources),
    /// About a file.
    File { message: String, help: Option<String> },
}

impl Failure {
    /// Findings about places in `sources`.
    pub(crate) fn new(diagnostics: Vec<Diagnostic>, sources: Sources) -> Self {
        Self { findings: vec![Finding::Diagnostics(diagnostics, sources)] }
    }

    /// What could not be loaded, and what is wrong with the modules that could.
    pub(crate) fn of_loading(failure: LoadFailure, terms: &Terms) -> Self {
        let versions: Vec<RegoVersion> = failure.modules.iter().map(|_| terms.version).collect();
        let in_modules = parse(&failure.modules, &versions, terms).err();
        let mut all = Self { findings: failure.errors.into_iter().map(Finding::of_load).collect() };
        all.extend(in_modules);
        all
    }

    /// One thing that is wrong and has no place.
    pub(crate) fn of_message(message: &str) -> Self {
        Self { findings: vec![Finding::File { message: message.to_owned(), help: None }] }
    }

    /// One thing that could not be loaded.
    pub(crate) fn of_load(error: LoadError) -> Self {
        Self { findings: vec![Finding::of_load(error)] }
    }

    /// Something that can't be used.
    pub(crate) fn of_refusal(refusal: Refusal) -> Self {
        Self { findings: vec![Finding::File { message: refusal.message, help: refusal.help }] }
    }

    /// The files of a bundle that don't go together.
    pub(crate) fn of_content(error: &ContentError) -> Self {
        let help = match error {
            ContentError::Files { help, .. } => help.clone(),
            ContentError::Module(_) | ContentError::Document(..) => None,
        };
        Self { findings: vec![Finding::File { message: error.to_string(), help }] }
    }

    /// Takes in what else is wrong.
    pub(crate) fn extend(&mut self, more: Option<Self>) {
        self.findings.extend(more.into_iter().flat_map(|more| more.findings));
    }

    /// The same of files whose names start with something else.
    pub(crate) fn with_prefix(mut self, prefix: &str, instead: &str) -> Self {
        for finding in &mut self.findings {
            match finding {
                Finding::Diagnostics(_, sources) => {
                    let mut renamed = Sources::new();
                    for (_, source) in sources.iter() {
                        let name = source.name().replace(prefix, instead);
                        renamed.add(Source::new(name, Arc::clone(source.text())));
                    }
                    *sources = renamed;
                }
                Finding::File { message, help } => {
                    *message = message.replace(prefix, instead);
                    *help = help.take().map(|help| help.replace(prefix, instead));
                }
            }
        }
        self
    }

    /// Whether anything is wrong.
    pub(crate) fn is_any(&self) -> bool {
        !self.findings.is_empty()
    }

    /// Everything that is wrong, one entry an error, in the order of [`Failure::tell`].
    pub(crate) fn errors(&self) -> Vec<ErrorEntry> {
        self.findings.iter().flat_map(Finding::errors).collect()
    }

    /// Everything that was found, with rows and columns, in the order of [`Failure::tell`].
    pub(crate) fn placed(&self) -> Vec<placed::Finding> {
        let placed = |finding: &Finding| match finding {
            Finding::Diagnostics(list, sources) => placed::findings(list, sources),
            Finding::File { message, help } => vec![placed::Finding::of_file(message, help.as_deref())],
        };
        self.findings.iter().flat_map(placed).collect()
    }

    /// Says everything on stderr.
    pub(crate) fn tell(&self, io: &mut Io) {
        for finding in &self.findings {
            match finding {
                Finding::Diagnostics(list, sources) => io.note(diagnostics::render(list, sources).trim_end()),
                Finding::File { message, help } => {
                    io.error(message);
                    if let Some(help) = help {
                        io.hint(help);
                    }
                }
            }
        }
    }
}

/// An error for machines to read.
#[derive(Debug)]
pub(crate) struct ErrorEntry {
    /// What is wrong.
    pub(crate) message: String,
    /// The kind of error; a file that can't be read has none.
    pub(crate) code: Option<&'static str>,
    /// Where; the file is empty for the query.
    pub(crate) location: Option<Location>,
    /// What explains it to programs, by fields.
    pub(crate) details: Option<Arc<Details>>,
}

impl Finding {
    fn errors(&self) -> Vec<ErrorEntry> {
        match self {
            Self::File { message, .. } => {
                vec![ErrorEntry { message: message.clone(), code: None, location: None, details: None }]
            }
            Self::Diagnostics(list, sources) => {
                let entry = |diagnostic: &Diagnostic| {
                    let location = diagnostic.span.and_then(|span| {
                        let source = sources.get(span.source)?;
                        let position = LineIndex::new(source.text()).position(span.start);
                        Some(Location {
                            file: Arc::clone(source.name()),
                            row: position.row,
                            col: position.col,
                        })
                    });
                    let code = Some(diagnostic.code.as_str());
                    // The lines below the first explain; for machines OPA has them elsewhere.
                    let message = diagnostic.message.lines().next().unwrap_or_default().to_owned();
                    ErrorEntry { message, code, location, details: diagnostic.details.clone() }
                };
                list.iter().map(entry).collect()
            }
        }
    }

    fn of_load(error: LoadError) -> Self {
        match error.fault {
            Some(fault) => Self::Diagnostics(vec![fault.diagnostic], fault.sources),
            None => Self::File { message: error.message, help: error.help },
        }
    }
}
