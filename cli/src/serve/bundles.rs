//! The role of a bundle server: gives out the bundles of a folder, each only once it was checked.

mod catalog;
pub(crate) mod check;
mod conditional;
mod download;
mod handler;
mod index;
mod intake;
mod layout;
mod naming;
mod poll;
mod prefer;
mod range;
mod stamp;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use self::catalog::Catalog;
use self::check::Check;
use self::handler::Serving;
use self::intake::Intake;
use super::journal::Journal;
use super::metrics::Metrics;
use super::shutdown::Shutdown;
use super::token::TokenFile;

/// What is served, and how.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) folder: PathBuf,
    pub(crate) check: Arc<dyn Check>,
    /// For how long a client may wait for a change at most.
    pub(crate) longest_wait: Duration,
    /// How large a bundle may be.
    pub(crate) most_bytes: u64,
    /// How often everything is looked at, whatever the system tells of changes.
    pub(crate) rescan: Duration,
}

/// What the role needs of the server.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) tokens: Option<Arc<TokenFile>>,
    pub(crate) metrics: Metrics,
    pub(crate) journal: Journal,
    pub(crate) shutdown: Shutdown,
}

/// The role at work.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) router: Router,
    catalog: Arc<Catalog>,
}

impl Role {
    /// Takes up what is in the folder, and then whatever changes there.
    ///
    /// # Errors
    /// When the keys can't be used, or the folder can't be read.
    pub(crate) fn start(settings: Settings, surroundings: Surroundings) -> Result<Self, String> {
        let Surroundings { tokens, metrics, journal, shutdown } = surroundings;
        let catalog = Arc::new(Catalog::new());
        let mut intake = Intake {
            folder: settings.folder,
            most_bytes: settings.most_bytes,
            check: settings.check,
            catalog: Arc::clone(&catalog),
            metrics: metrics.clone(),
            journal,
            known: BTreeMap::new(),
            complaints: BTreeSet::new(),
        };
        intake.look()?;
        watch::keep(intake, settings.rescan);
        let longest_wait = settings.longest_wait;
        let serving = Serving { catalog: Arc::clone(&catalog), tokens, metrics, shutdown, longest_wait };
        Ok(Self { router: handler::router(serving), catalog })
    }

    /// Whether each bundle has a revision that is served.
    pub(crate) fn probe(&self) -> super::health::Probe {
        let catalog = Arc::clone(&self.catalog);
        Arc::new(move || catalog.is_complete())
    }

    /// For how long each revision has been served.
    pub(crate) fn ages(&self) -> super::metrics::Ages {
        let catalog = Arc::clone(&self.catalog);
        Box::new(move || catalog.ages())
    }
}
