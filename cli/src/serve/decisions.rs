//! The role of a decision point: answers OPA's REST API from policies and data in memory.

mod api;
mod authorization;
mod certificate;
mod compress;
mod delta;
mod layer;
mod modules;
mod outside;
mod pushed;
mod receive;
mod recorder;
mod route;
mod snapshot;
mod state;
mod store;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis::eval::{EngineOptions, NativeEngine};
use portcullis::policy::RegoVersion;

pub(crate) use self::api::Api;
pub(crate) use self::authorization::{Authentication, Authorization, Peer};
pub(crate) use self::certificate::peer_of;
use self::compress::Effort;
use self::outside::Outside;
use self::receive::BodyLimits;
use self::recorder::Recorder;
use self::state::Reread;
use self::state::State;
pub(crate) use self::state::{Found, Loader};
use super::changes::{self, Watcher};
use super::client::bundles::Activate;
use super::decision_log;
use super::journal::{Journal, Level};
use super::metrics::Metrics;
use super::opa_config::OpaConfig;
use crate::host::{Machine, Network};
use crate::policy_set::Failure;

/// What decides, and how.
pub(crate) struct Settings {
    /// Reads the files of `--policy`, if there are any.
    pub(crate) loader: Option<Loader>,
    /// What is read again when it changes.
    pub(crate) watched: Vec<PathBuf>,
    /// The folder in which what is pushed is kept, if it is.
    pub(crate) store: Option<PathBuf>,
    /// The language of policies whose bundle says nothing else.
    pub(crate) version: RegoVersion,
    pub(crate) network: Network,
    /// How long an evaluation may take.
    pub(crate) deadline: Duration,
    /// How many bytes the body of a request may have.
    pub(crate) body_bytes: u64,
    /// How many bytes a body may have once it is unpacked.
    pub(crate) unpacked_bytes: u64,
    /// How long a client may send nothing of a body.
    pub(crate) stall_time: Duration,
    pub(crate) authentication: Authentication,
    pub(crate) authorization: Authorization,
    /// What OPA's configuration file says, if there is one.
    pub(crate) config: Option<OpaConfig>,
    /// Where decisions are logged beside what that says.
    pub(crate) log: decision_log::Settings,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// The role at work.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) api: Arc<Api>,
}

impl Role {
    /// Loads the policies and takes up deciding.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn start(settings: Settings, journal: Journal, metrics: Metrics) -> Result<Self, Failure> {
        let host = Arc::new(Machine::new(settings.network));
        let engine = NativeEngine::new(host).with_options(EngineOptions::default());
        let state = Arc::new(State::load(
            engine,
            settings.version,
            settings.loader,
            settings.store.as_deref(),
            journal.clone(),
        )?);
        let outside = Outside::start(
            settings.config,
            settings.log,
            Arc::clone(&state) as Arc<dyn Activate>,
            &journal,
            &metrics,
        )?;
        let Outside { labels, default_path, authorization_path, server, log, bundles, status } = outside;
        let mut bodies = BodyLimits {
            bytes: settings.body_bytes,
            unpacked_bytes: settings.unpacked_bytes,
            stall_time: settings.stall_time,
        };
        let mut effort = Effort::default();
        if let Some(server) = server {
            bodies.bytes = bodies.bytes.min(server.max_length);
            bodies.unpacked_bytes = bodies.unpacked_bytes.min(server.gzip_max_length);
            effort = Effort { least_bytes: server.gzip_min_length, level: server.gzip_level };
            metrics.count_durations_by(server.duration_buckets);
        }
        metrics.decides();
        let api = Api {
            state,
            journal,
            metrics,
            bodies,
            effort,
            deadline: settings.deadline,
            authentication: settings.authentication,
            authorization: settings.authorization,
            authorization_path,
            default_path,
            recorder: Recorder::new(log),
            bundles,
            status,
            labels,
        };
        Ok(Self { api: Arc::new(api) })
    }

    /// Fetches nothing more, and writes what was decided within this time. Blocks for it.
    pub(crate) fn end(&self, time: Duration) {
        if let Some(bundles) = &self.api.bundles {
            bundles.end();
        }
        let until = Instant::now() + time;
        self.api.recorder.log.end(time);
        if let Some(status) = &self.api.status {
            status.end(until.saturating_duration_since(Instant::now()));
        }
    }

    /// Reads the files again, also those of the decision log. What is wrong stays as it was.
    pub(crate) fn reload(&self) {
        self.api.recorder.log.reopen();
        self.read_again(Unchanged::Told);
    }

    /// Reads what `--policy` names again whenever it may have changed, as long as the watchers live.
    pub(crate) fn watch(&self, paths: &[PathBuf]) -> Vec<Watcher> {
        let own = self.clone();
        match changes::of_policies(paths, move || own.read_again(Unchanged::PassedOver)) {
            Ok(watchers) => watchers,
            Err(reason) => {
                let fields = [("reason", &*reason)];
                self.api.journal.event(Level::Warning, "changed policies need a SIGHUP", &fields);
                Vec::new()
            }
        }
    }

    fn read_again(&self, unchanged: Unchanged) {
        let journal = &self.api.journal;
        match self.api.state.reload() {
            Ok(Reread::Same) if unchanged == Unchanged::PassedOver => {}
            Ok(Reread::Changed | Reread::Same) => {
                journal.event(Level::Info, "files are read again", &[("what", "policies")]);
            }
            Err(failure) => {
                let reasons: Vec<String> = failure.errors().into_iter().map(|error| error.message).collect();
                let fields = [("what", "policies"), ("reason", &*reasons.join("; "))];
                journal.event(Level::Error, "changed files can't be used, the old ones stay", &fields);
            }
        }
    }
}

/// What is told of files that say what they said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unchanged {
    /// That they were read.
    Told,
    /// Nothing.
    PassedOver,
}

/// A random UUID, of version 4.
fn new_id() -> String {
    let mut bytes = [0_u8; 16];
    portcullis::host::Host::random(&Machine::new(Network::Denied), &mut bytes);
    let [.., seventh, _, ninth, _, _, _, _, _, _, _] = &mut bytes;
    *seventh = (*seventh & 0x0f) | 0x40;
    *ninth = (*ninth & 0x3f) | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    let cut = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [cut(0, 8), cut(8, 12), cut(12, 16), cut(16, 20), cut(20, 32)].join("-")
}

/// The version of OPA whose API this is.
pub(crate) const OPA_VERSION: &str = "1.22.2";
