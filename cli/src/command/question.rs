//! Arguments that `eval` and `bench` share: what to ask, of which policies, about which input.

use std::io::Read;
use std::sync::Arc;

use fs_err::File;
use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::document;
use portcullis::policy::{ModuleQuery, RegoVersion};
use portcullis::source::{Source, Sources};
use portcullis::value::Value;

use super::input::TermsArgs;
use super::trust::TrustArgs;
use crate::io::Io;
use crate::load::{IgnorePattern, LoadMode, Trust};
use crate::policy_set::{Failure, PolicySet};

/// What to ask.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct QuestionArgs {
    /// The query, in Rego
    #[arg(required_unless_present = "stdin")]
    query: Option<String>,
    /// Read the query from standard input
    #[arg(long, conflicts_with_all = ["query", "stdin_input"])]
    stdin: bool,
    /// Load policies and data from this file or directory; repeatable
    #[arg(short, long, value_name = "PATH")]
    data: Vec<String>,
    /// Load this bundle: a directory or an archive; repeatable. What --data loads below its roots is left out
    #[arg(short, long, value_name = "PATH")]
    bundle: Vec<String>,
    /// Leave out files and directories whose name matches, as in '.*' or '*_draft.rego'; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', value_parser = IgnorePattern::parse)]
    ignore: Vec<IgnorePattern>,
    /// Read Rego as OPA did before 1.0
    #[arg(long)]
    v0_compatible: bool,
    #[command(flatten)]
    terms: TermsArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// Read the input document from this file (JSON or YAML)
    #[arg(short, long, value_name = "FILE", conflicts_with = "stdin_input")]
    input: Option<String>,
    /// Read the input document from standard input
    #[arg(short = 'I', long)]
    stdin_input: bool,
    /// Ask in this package, whose rules then need no `data` in front
    #[arg(long, value_name = "PACKAGE")]
    package: Option<String>,
    /// Import this for the query, as in 'data.roles' or 'input.user as user'; repeatable
    #[arg(long, value_name = "IMPORT")]
    import: Vec<String>,
    /// What Rego is since OPA 1.0, and so the default; --v0-compatible wins
    #[arg(long, hide = true)]
    v1_compatible: bool,
}

impl QuestionArgs {
    fn version(&self) -> RegoVersion {
        if self.v0_compatible { RegoVersion::V0 } else { RegoVersion::V1 }
    }

    /// Whose archives are loaded.
    ///
    /// # Errors
    /// A key that can't be read.
    pub(crate) fn trust(&self, io: &mut Io) -> Result<Trust, Failure> {
        self.trust.trust(io).map_err(Failure::of_refusal)
    }

    /// The modules and data.
    ///
    /// # Errors
    /// Everything that can't be read, merged or parsed.
    pub(crate) fn load(&self, trust: &Trust) -> Result<PolicySet, Failure> {
        let (paths, beside, mode) = if self.bundle.is_empty() {
            (&self.data, [].as_slice(), LoadMode::Files)
        } else {
            (&self.bundle, self.data.as_slice(), LoadMode::Bundles)
        };
        self.terms.load(paths, beside, &self.ignore, mode, self.version(), trust.clone())
    }

    /// The query.
    ///
    /// # Errors
    /// Standard input can't be read, or is no text.
    pub(crate) fn query(&self) -> Result<ModuleQuery, Failure> {
        let text = if let Some(text) = &self.query {
            text.clone()
        } else {
            let bytes = read(&mut std::io::stdin());
            let bytes = bytes.map_err(|error| refusal(format!("the query can't be read: {error}"), None))?;
            String::from_utf8(bytes).map_err(|_| refusal("the query is no UTF-8".to_owned(), None))?
        };
        Ok(ModuleQuery {
            text: text.into(),
            package: self.package.as_deref().map(Arc::from),
            imports: self.import.iter().map(|import| Arc::from(import.as_str())).collect(),
            version: self.version(),
        })
    }

    /// The input document, when the arguments name one.
    ///
    /// # Errors
    /// It can't be read, or is no document.
    pub(crate) fn input(&self) -> Result<Option<Value>, Failure> {
        let (name, read) = match (&self.input, self.stdin_input) {
            (Some(path), _) => (path.as_str(), File::open(path).and_then(|mut file| read(&mut file))),
            (None, true) => ("<stdin>", read(&mut std::io::stdin())),
            (None, false) => return Ok(None),
        };
        let help = "the input is one JSON or YAML document; give it with -i FILE or -I";
        let refuse = |message: String| refusal(message, Some(help));
        let bytes = read.map_err(|error| refuse(format!("the input can't be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|_| refuse(format!("{name}: the input is no UTF-8")))?;
        let mut sources = Sources::new();
        let id = sources.add(Source::new(name, text.as_str()));
        match document::input(id, &text) {
            Ok(node) => Ok(Some(node.to_value())),
            Err(diagnostic) => Err(Failure::new(vec![diagnostic], sources)),
        }
    }
}

/// What is wrong with a query, with its place in the query's text.
pub(crate) fn query_failure(
    diagnostics: Vec<Diagnostic>,
    policies: &PolicySet,
    query: &ModuleQuery,
) -> Failure {
    let mut sources = policies.modules.clone();
    // In the order in which the engine adds them.
    sources.add(Source::new("", Arc::clone(&query.text)));
    if let Some(package) = &query.package {
        sources.add(Source::new("", format!("package {package}")));
    }
    for import in &query.imports {
        sources.add(Source::new("", format!("import {import}")));
    }
    Failure::new(diagnostics, sources)
}

fn refusal(message: String, help: Option<&str>) -> Failure {
    let diagnostic = Diagnostic::error(Code::Load, message, None);
    let diagnostic = match help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    };
    Failure::new(vec![diagnostic], Sources::new())
}

fn read(from: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).map(|_| bytes)
}
