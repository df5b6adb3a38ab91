//! What deciding has to do with others, as OPA's configuration file says: whose bundles are followed, and who is told what.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis::rest::target;

use super::{OPA_VERSION, new_id};
use crate::policy_set::Failure;
use crate::serve::client;
use crate::serve::client::bundles::{Activate, Bundles, Listener};
use crate::serve::decision_log::{self, DecisionLog};
use crate::serve::journal::Journal;
use crate::serve::metrics::Metrics;
use crate::serve::opa_config::{OpaConfig, Server};
use crate::serve::status::{self, Report, Reporter};

/// All of it at work.
pub(super) struct Outside {
    /// Labels of this process, `id` and `version` among them.
    pub(super) labels: BTreeMap<String, String>,
    /// The path of the data API to what is asked for without a path, and to what says who may ask.
    pub(super) default_path: String,
    pub(super) authorization_path: String,
    /// What the file says of requests and answers, if there is one.
    pub(super) server: Option<Server>,
    pub(super) log: DecisionLog,
    pub(super) bundles: Option<Bundles>,
    pub(super) status: Option<Reporter>,
}

impl Outside {
    /// Starts it; `log` is where decisions are logged beside what the file says.
    ///
    /// # Errors
    /// What can't be done as it is configured.
    pub(super) fn start(
        config: Option<OpaConfig>,
        log: decision_log::Settings,
        activate: Arc<dyn Activate>,
        journal: &Journal,
        metrics: &Metrics,
    ) -> Result<Self, Failure> {
        let mut labels = config.as_ref().map(|config| config.labels.clone()).unwrap_or_default();
        labels.insert("id".to_owned(), new_id());
        labels.insert("version".to_owned(), OPA_VERSION.to_owned());
        let log = decision_log::Settings { labels: labels.clone(), ..log };
        let failed = |message: String| Failure::of_message(&message);
        let Some(config) = config else {
            return Ok(Self {
                labels,
                default_path: DEFAULT_DECISION.to_owned(),
                authorization_path: AUTHORIZATION.to_owned(),
                server: None,
                log: DecisionLog::start(log, journal, metrics).map_err(failed)?,
                bundles: None,
                status: None,
            });
        };
        let default_path = path_of(&config.default_decision);
        let authorization_path = path_of(&config.default_authorization_decision);
        let server = config.server.clone();
        let (told, journal, metrics) = (labels.clone(), journal.clone(), metrics.clone());
        // Clients of services can't be made where others are served.
        let started = std::thread::spawn(move || services(config, told, log, activate, &journal, &metrics));
        let started = started.join().unwrap_or_else(|_| Err("the services can't be asked".to_owned()));
        let (log, bundles, status) = started.map_err(failed)?;
        Ok(Self { labels, default_path, authorization_path, server: Some(server), log, bundles, status })
    }
}

fn services(
    config: OpaConfig,
    labels: BTreeMap<String, String>,
    log: decision_log::Settings,
    activate: Arc<dyn Activate>,
    journal: &Journal,
    metrics: &Metrics,
) -> Result<(DecisionLog, Option<Bundles>, Option<Reporter>), String> {
    let report = Report {
        labels,
        follows_bundles: !config.bundles.is_empty(),
        bundles: BTreeMap::new(),
        logs_decisions: config.decision_logs.is_some(),
        unsent: None,
    };
    let services = config.services;
    let status = config.status.map(|told| {
        let settings = status::Settings { told, services: services.clone(), report };
        Reporter::start(settings, journal.clone(), metrics)
    });
    let status = status.transpose()?;
    let log = decision_log::Settings {
        opa: config.decision_logs,
        services: services.clone(),
        status: status.clone(),
        ..log
    };
    let log = DecisionLog::start(log, journal, metrics)?;
    if config.bundles.is_empty() {
        return Ok((log, None, status));
    }
    let fetched = client::bundles::Settings {
        sources: config.bundles,
        services,
        persistence_directory: config.persistence_directory,
    };
    let listener = status.clone().map(|status| {
        let listener: Listener = Box::new(move |statuses| status.bundles(statuses));
        listener
    });
    let bundles = Bundles::start(fetched, activate, journal.clone(), listener)?;
    Ok((log, Some(bundles), status))
}

/// The path of the data API to a document.
fn path_of(keys: &[String]) -> String {
    target::shown(keys).trim_matches('/').to_owned()
}

/// Where the decision is that is asked for without a path.
const DEFAULT_DECISION: &str = "system/main";

/// Where the document is that says who may ask.
const AUTHORIZATION: &str = "system/authz/allow";
