//! What `[validate]` of portcullis.toml says, under what the command line says.

use portcullis::config::Setting;
use portcullis::diagnostic::{Code, Diagnostic};

use super::{Args, shipped};
use crate::configuration::{self, Found};
use crate::load::IgnorePattern;
use crate::policy_set::Failure;

/// What holds for a run.
#[derive(Debug)]
pub(super) struct Settings {
    /// The packs to ask; those that documents are for if there are none.
    pub(super) packs: Vec<String>,
    /// The packages of packs to ask.
    pub(super) namespaces: Vec<String>,
    /// Whether the packs are asked only about what they are for.
    pub(super) detect: bool,
    /// The names of files and directories to leave out.
    pub(super) ignore: Vec<IgnorePattern>,
    /// Whether warnings count.
    pub(super) strict: bool,
}

impl Settings {
    /// The arguments, with what the configuration has where the command line has nothing.
    ///
    /// # Errors
    /// A configuration that can't be read or is wrong.
    pub(super) fn of(args: &Args) -> Result<Self, Failure> {
        let base = args.base.iter().map(|base| base.to_string_lossy().into_owned());
        let named: Vec<String> = args.paths.iter().cloned().chain(base).filter(|path| path != "-").collect();
        let Found { config, folder, sources } = configuration::find(args.config.as_deref(), &named)?;
        let settings = config.validate;
        let mut errors = Vec::new();
        let mut ignore = args.ignore.clone();
        if ignore.is_empty() {
            for setting in &settings.ignore {
                match IgnorePattern::parse(&setting.text) {
                    Ok(pattern) => ignore.push(pattern),
                    Err(error) => {
                        errors.push(Diagnostic::error(Code::Config, error.to_string(), setting.span));
                    }
                }
            }
        }
        if !errors.is_empty() {
            return Err(Failure::new(errors, sources));
        }
        let pack = |setting: &Setting| match shipped::named(&setting.text) {
            Some(_) => setting.text.clone(),
            // By the shortest name, as if it were given on the command line.
            None => configuration::shortest(&folder.join(&setting.text)).to_string_lossy().into_owned(),
        };
        let texts = |settings: &[Setting]| settings.iter().map(|setting| setting.text.clone()).collect();
        let (packs, detect) = if args.packs.is_empty() {
            (settings.packs.iter().map(pack).collect(), args.detect || settings.detect.unwrap_or_default())
        } else {
            (args.packs.clone(), args.detect)
        };
        let namespaces = if args.namespaces.is_empty() && args.packs.is_empty() {
            texts(&settings.namespaces)
        } else {
            args.namespaces.clone()
        };
        let strict = args.strict || settings.strict.unwrap_or_default();
        Ok(Self { packs, namespaces, detect, ignore, strict })
    }
}
