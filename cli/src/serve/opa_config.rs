//! OPA's own configuration file: what of it a server here does as OPA does it, and what it refuses.

mod bundles;
mod decision_logs;
mod environment;
mod keys;
mod section;
mod server;
mod services;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::document::{self, Node};
use portcullis::source::{Source, Sources};

#[cfg(test)]
pub(crate) use self::bundles::Signing;
pub(crate) use self::bundles::{BundleSource, Place, Polling};
#[cfg(test)]
pub(crate) use self::decision_logs::Reporting;
pub(crate) use self::decision_logs::{Buffer, DecisionLogs, Trigger};
pub(crate) use self::keys::TrustedKeys;
pub(crate) use self::server::{Server, StatusSettings};
#[cfg(test)]
pub(crate) use self::services::Secret;
pub(crate) use self::services::{Credentials, Service, Token};

use self::section::{Problems, Section};
use crate::load::io_reason;
use crate::policy_set::Failure;

/// What the file says, with OPA's defaults for what it doesn't say.
#[derive(Debug)]
pub(crate) struct OpaConfig {
    /// The services in the order of the file; the first is the one that is meant where none is named.
    pub(crate) services: Vec<Service>,
    /// Labels for decision logs and status, without `id` and `version`, which are the server's to add.
    pub(crate) labels: BTreeMap<String, String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "bundles have those that they need"))]
    pub(crate) keys: TrustedKeys,
    /// By name. A bundle of the older `bundle` is among them.
    pub(crate) bundles: BTreeMap<String, BundleSource>,
    pub(crate) persistence_directory: PathBuf,
    pub(crate) decision_logs: Option<DecisionLogs>,
    pub(crate) status: Option<StatusSettings>,
    /// The document that stands for a request without a path, by its keys below `data`.
    pub(crate) default_decision: Vec<String>,
    pub(crate) default_authorization_decision: Vec<String>,
    pub(crate) server: Server,
}

/// A configuration, and what somebody should know of it.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: OpaConfig,
    pub(crate) warnings: Vec<Diagnostic>,
    /// The file, for the places of the warnings.
    pub(crate) sources: Sources,
}

/// Reads the file.
///
/// # Errors
/// When it can't be read, and everything that is wrong with it.
pub(crate) fn load(path: &Path) -> Result<Loaded, Failure> {
    let name = path.display().to_string();
    let refuse = |reason: &str| {
        let message = format!("the configuration `{name}` can't be read: {reason}");
        Failure::new(vec![Diagnostic::error(Code::Config, message, None)], Sources::new())
    };
    let bytes = fs_err::read(path).map_err(|error| refuse(&io_reason(&error)))?;
    let text = String::from_utf8(bytes).map_err(|_| refuse("it is no UTF-8"))?;
    read(&name, &text, &|name| std::env::var(name).ok())
}

/// Reads a text as if it were in a file of this name. `variable` has the environment.
fn read(name: &str, text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Loaded, Failure> {
    let mut sources = Sources::new();
    // What is shown is what was written, so that no secret of the environment is.
    let source = sources.add(Source::new(name, text));
    let substituted = environment::substitute(text, variable);
    let mut problems = Problems::new(&substituted);
    let config = match document::yaml(source, substituted.text()) {
        Ok(node) => of_node(&node, &mut problems),
        Err(error) => {
            problems.add(error);
            None
        }
    };
    let (errors, warnings) = problems.into_parts();
    match config {
        Some(config) if errors.is_empty() => Ok(Loaded { config, warnings, sources }),
        _ => Err(Failure::new(errors, sources)),
    }
}

fn of_node(node: &Node, problems: &mut Problems<'_>) -> Option<OpaConfig> {
    let mut top = Section::top(node, problems)?;
    for (key, instead) in REFUSED {
        top.refuse(key, problems, instead);
    }
    for key in IGNORED {
        top.ignore(key, problems);
    }
    let services = services::read(&mut top, problems);
    let keys = keys::read(&mut top, problems);
    let bundles = bundles::read(&mut top, &services, &keys, problems);
    let decision_logs = decision_logs::read(&mut top, &services, problems);
    let config = OpaConfig {
        labels: top.texts("labels", problems).into_iter().collect(),
        persistence_directory: top
            .text("persistence_directory", problems)
            .map_or(".opa".into(), PathBuf::from),
        status: server::read_status(&mut top, &services, problems),
        default_decision: top.decision("default_decision", "/system/main", problems),
        default_authorization_decision: top.decision(
            "default_authorization_decision",
            "/system/authz/allow",
            problems,
        ),
        server: server::read(&mut top, problems),
        services,
        keys,
        bundles,
        decision_logs,
    };
    top.end(problems);
    Some(config)
}

/// What OPA can do and a server here can't, and what to do instead.
const REFUSED: [(&str, &str); 3] = [
    ("discovery", "write what the discovery bundle would say into this file"),
    ("plugins", "leave them out: OPA's plugins are Go code"),
    ("storage", "leave it out: data is kept in memory"),
];

/// What makes no difference to decisions.
const IGNORED: [&str; 4] = ["caching", "nd_builtin_cache", "distributed_tracing", "metrics_export"];

#[cfg(test)]
mod tests;
