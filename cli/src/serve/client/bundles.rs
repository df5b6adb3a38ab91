//! Keeps bundles up to date: fetches them, verifies them, and has them activated, each on a thread of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portcullis::bundle::{self, Member, Role, Verification, VerifiedBundle, archive};
use portcullis::document;
use portcullis::source::SourceId;
use portcullis::value::Value;

use super::download::{Answer, Download};
use super::persisted;
use super::service::ServiceClient;
pub(crate) use super::status::{Failure, Status};
use crate::bundle_files::BundleFiles;
use crate::clock::seconds_since_1970;
use crate::serve::backoff;
use crate::serve::journal::{Journal, Level};
use crate::serve::opa_config::{BundleSource, Place, Polling, Service};

/// Whoever puts a bundle in the place of its last revision.
pub(crate) trait Activate: Send + Sync + fmt::Debug {
    /// Activates a bundle, a whole one or changes to the one that is there, or leaves everything as it is. `etag` is what its
    /// service calls it, if it came from one.
    ///
    /// # Errors
    /// Why it can't be activated.
    fn activate(&self, name: &str, bundle: VerifiedBundle, etag: &str) -> Result<(), ActivationError>;
}

/// Why a bundle can't be activated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActivationError {
    pub(crate) message: String,
    /// What is wrong with the policies, in OPA's form.
    pub(crate) errors: Vec<Value>,
}

impl From<String> for ActivationError {
    fn from(message: String) -> Self {
        Self { message, errors: Vec::new() }
    }
}

/// What is kept up to date, and from where.
#[derive(Debug)]
pub(crate) struct Settings {
    /// By name.
    pub(crate) sources: BTreeMap<String, BundleSource>,
    pub(crate) services: Vec<Service>,
    /// Where bundles are kept for a start without their service.
    pub(crate) persistence_directory: PathBuf,
}

/// Who is told of each change of a status, with those of all bundles.
pub(crate) type Listener = Box<dyn Fn(&BTreeMap<String, Status>) + Send + Sync>;

/// The bundles; a copy is about the same ones.
#[derive(Debug, Clone)]
pub(crate) struct Bundles(Arc<Shared>);

struct Shared {
    activate: Arc<dyn Activate>,
    journal: Journal,
    statuses: Mutex<BTreeMap<String, Status>>,
    /// One bundle is activated after the other.
    turn: Mutex<()>,
    listener: Option<Listener>,
    ended: Mutex<bool>,
    end: Condvar,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("statuses", &self.statuses).finish_non_exhaustive()
    }
}

impl Bundles {
    /// Activates what is in files and what was kept on the disk, and then begins to fetch. It does not wait for services.
    ///
    /// # Errors
    /// When a service can't be asked as it is configured, or no thread can be started.
    pub(crate) fn start(
        settings: Settings,
        activate: Arc<dyn Activate>,
        journal: Journal,
        listener: Option<Listener>,
    ) -> Result<Self, String> {
        let Settings { sources, services, persistence_directory } = settings;
        let status = |name: &String| (name.clone(), Status { name: name.clone(), ..Status::default() });
        let shared = Arc::new(Shared {
            activate,
            journal,
            statuses: Mutex::new(sources.keys().map(status).collect()),
            turn: Mutex::new(()),
            listener,
            ended: Mutex::new(false),
            end: Condvar::new(),
        });
        let mut keepers = Vec::new();
        for (name, source) in sources {
            let download = match &source.place {
                Place::File(_) => None,
                Place::Service { service, resource } => {
                    let found = services.iter().find(|known| known.name == *service);
                    let found = found.ok_or_else(|| format!("there is no service called `{service}`"))?;
                    Some(Download {
                        client: ServiceClient::new(found.clone())?,
                        resource: resource.clone(),
                        most_bytes: source.size_limit_bytes,
                        wait: source.polling.long_polling_timeout,
                        // What is kept is one archive, and nobody signs changes.
                        takes_deltas: !source.persist
                            && source.signing.verification.unsigned == bundle::Unsigned::Allow,
                        etag: String::new(),
                        polls_long: true,
                    })
                }
            };
            let kept = source.persist.then(|| persisted::path(&persistence_directory, &name));
            let shared = Arc::clone(&shared);
            let status = shared.statuses().get(&name).cloned().unwrap_or_default();
            keepers.push(Keeper {
                name,
                source,
                download,
                kept,
                shared,
                status,
                active_etag: String::new(),
                told: None,
            });
        }
        // One may need what another brings along, so there are several tries.
        for _ in 0..MOST_TRIES {
            let left =
                keepers.iter_mut().map(Keeper::load).filter(|loaded| *loaded == Loaded::Failed).count();
            if left == 0 {
                break;
            }
        }
        if shared.statuses().values().any(|status| status.is_active() || status.failure.is_some()) {
            shared.tell_listener();
        }
        for mut keeper in keepers {
            if keeper.download.is_some() {
                let thread = std::thread::Builder::new().name("bundle".to_owned());
                let begun = thread.spawn(move || keeper.keep());
                begun.map_err(|error| format!("no thread can be started for bundles: {error}"))?;
            }
        }
        Ok(Self(shared))
    }

    /// How it goes with each bundle.
    pub(crate) fn statuses(&self) -> BTreeMap<String, Status> {
        self.0.statuses().clone()
    }

    /// Whether each bundle was activated since the start.
    pub(crate) fn are_active(&self) -> bool {
        self.0.statuses().values().all(Status::is_active)
    }

    /// Fetches nothing more. Requests that wait for an answer are not waited for.
    pub(crate) fn end(&self) {
        *self.0.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.end.notify_all();
    }
}

impl Shared {
    fn statuses(&self) -> MutexGuard<'_, BTreeMap<String, Status>> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_listener(&self) {
        if let Some(listener) = &self.listener {
            let statuses = self.statuses().clone();
            listener(&statuses);
        }
    }

    /// Waits, and says whether to go on then.
    fn pause(&self, time: Duration) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.end.wait_timeout_while(ended, time, |ended| !*ended);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Keeps one bundle.
struct Keeper {
    name: String,
    source: BundleSource,
    download: Option<Download>,
    /// Where the last archive is kept, if it is.
    kept: Option<PathBuf>,
    shared: Arc<Shared>,
    /// How it goes; others are shown it once a step is done, as in OPA, so nobody sees what is half done.
    status: Status,
    /// That of the last archive that was activated.
    active_etag: String,
    /// What was told of failures last.
    told: Option<(String, Instant)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loaded {
    Failed,
    Done,
}

impl Keeper {
    /// Activates what is on the disk, unless that was done.
    fn load(&mut self) -> Loaded {
        let loaded = self.activate_kept();
        self.show_status();
        loaded
    }

    /// Shows others how it goes.
    fn show_status(&self) {
        if let Some(status) = self.shared.statuses().get_mut(&self.name) {
            status.clone_from(&self.status);
        }
    }

    fn activate_kept(&mut self) -> Loaded {
        if self.status.is_active() {
            return Loaded::Done;
        }
        let members = match (&self.source.place, &self.kept) {
            (Place::File(path), _) => {
                self.status.last_request = Some(Timestamp::now());
                match BundleFiles::read(path) {
                    Ok(files) => Ok(files.members),
                    Err(refusal) => Err(refusal.message),
                }
            }
            (Place::Service { .. }, Some(path)) => {
                match persisted::load(path, self.source.size_limit_bytes) {
                    Ok(None) => return Loaded::Done,
                    Ok(Some(bytes)) => self.members(&bytes),
                    Err(error) => Err(error),
                }
            }
            (Place::Service { .. }, None) => return Loaded::Done,
        };
        let candidate = members.and_then(|members| self.verified(members));
        let activated =
            candidate.map_err(ActivationError::from).and_then(|bundle| self.activate(bundle, None));
        match activated {
            Ok(()) => Loaded::Done,
            Err(error) => {
                self.fail(error.into());
                Loaded::Failed
            }
        }
    }

    fn keep(&mut self) {
        let mut failures = 0;
        let Polling { min_delay, max_delay, .. } = self.source.polling;
        loop {
            let pause = match self.once() {
                Ok(Next::AtOnce) => Duration::ZERO,
                Ok(Next::Later) => backoff::between(min_delay, max_delay),
                Err(failure) => {
                    self.fail(failure);
                    let pause = backoff::after(failures, max_delay);
                    failures = failures.saturating_add(1);
                    self.show_status();
                    self.shared.tell_listener();
                    if self.shared.pause(pause) {
                        continue;
                    }
                    return;
                }
            };
            failures = 0;
            self.show_status();
            self.shared.tell_listener();
            if !self.shared.pause(pause) {
                return;
            }
        }
    }

    /// Asks once, and activates what is new.
    fn once(&mut self) -> Result<Next, Failure> {
        let Some(download) = &mut self.download else { return Ok(Next::Later) };
        let time = Timestamp::now();
        let begun = Instant::now();
        let answer = download.ask();
        let took = nanoseconds(begun.elapsed());
        let next = if download.wait.is_some() && download.polls_long { Next::AtOnce } else { Next::Later };
        self.status.last_request = Some(time);
        self.status.metrics = [("timer_bundle_request_ns", took)].into();
        match answer {
            Err(error) => {
                self.forget();
                Err((&error).into())
            }
            Ok(Answer::NotModified) => {
                let is_active =
                    self.download.as_ref().is_some_and(|download| download.etag == self.active_etag);
                self.status.last_successful_request = Some(time);
                if is_active {
                    self.status.failure = None;
                    self.recover();
                }
                Ok(next)
            }
            Ok(Answer::New(bytes)) => {
                let activated = self.take(&bytes, time);
                match activated {
                    Ok(()) => Ok(next),
                    Err(error) => {
                        self.forget();
                        Err(error.into())
                    }
                }
            }
        }
    }

    /// Activates an archive that came over the network.
    fn take(&mut self, bytes: &[u8], time: Timestamp) -> Result<(), ActivationError> {
        let candidate = self.verified(self.members(bytes)?)?;
        (self.status.last_successful_request, self.status.last_successful_download) =
            (Some(time), Some(time));
        self.activate(candidate, Some(bytes))
    }

    fn members(&self, bytes: &[u8]) -> Result<Vec<Member>, String> {
        let most = self.source.size_limit_bytes;
        let limits = archive::Limits { member_bytes: most, ..archive::Limits::default() };
        archive::read(bytes, limits).map_err(|error| error.to_string())
    }

    /// The bundle, if it may be used.
    fn verified(&self, members: Vec<Member>) -> Result<Candidate, String> {
        let (revision, kind) = describe(&members);
        if kind == DELTA && self.source.persist {
            return Err("persisting delta bundle to disk is not supported".to_owned());
        }
        let now = Some(seconds_since_1970());
        let verification = Verification { now, ..self.source.signing.verification.clone() };
        let bundle = bundle::verify(members, &verification).map_err(|error| error.to_string())?;
        Ok(Candidate { bundle, revision, kind })
    }

    /// Has a bundle activated; `bytes` is the archive that came over the network.
    fn activate(&mut self, candidate: Candidate, bytes: Option<&[u8]>) -> Result<(), ActivationError> {
        let begun = Instant::now();
        let Candidate { bundle, revision, kind } = candidate;
        let etag = self.download.as_ref().map(|download| download.etag.clone()).unwrap_or_default();
        self.status.kind = kind;
        let activated = {
            let _turn = self.shared.turn.lock().unwrap_or_else(PoisonError::into_inner);
            self.shared.activate.activate(&self.name, bundle, &etag)
        };
        let took = nanoseconds(begun.elapsed());
        self.status.metrics.insert("timer_rego_load_bundles_ns", took);
        activated?;
        if let (Some(bytes), Some(path)) = (bytes, &self.kept)
            && let Err(error) = persisted::save(path, bytes)
        {
            // It is active all the same.
            let fields = [("bundle", &*self.name), ("error", &*error)];
            self.shared.journal.event(Level::Error, "a bundle can't be kept on the disk", &fields);
        }
        let fields = [("bundle", &*self.name), ("revision", &*revision), ("etag", &*etag)];
        self.shared.journal.event(Level::Info, "a bundle is activated", &fields);
        self.status.failure = None;
        self.status.active_revision = revision;
        self.status.last_successful_activation = Some(Timestamp::now());
        if let Some(bytes) = bytes {
            self.status.size = bytes.len();
        }
        self.active_etag = etag;
        self.told = None;
        Ok(())
    }

    /// The next request is for something else than what is active.
    fn forget(&mut self) {
        if let Some(download) = &mut self.download {
            download.etag.clone_from(&self.active_etag);
        }
    }

    fn fail(&mut self, failure: Failure) {
        let is_told = self
            .told
            .as_ref()
            .is_some_and(|(message, time)| *message == failure.message && time.elapsed() < INTERVAL);
        if !is_told {
            let details: Vec<String> = failure.errors.iter().map(Value::to_json).collect();
            let (message, details) = (failure.message.clone(), details.join(" "));
            let mut fields = vec![("bundle", &*self.name), ("error", &*message)];
            if !details.is_empty() {
                fields.push(("details", &*details));
            }
            self.shared.journal.event(Level::Error, "a bundle can't be brought up to date", &fields);
            self.told = Some((message, Instant::now()));
        }
        self.status.failure = Some(failure);
    }

    fn recover(&mut self) {
        if self.told.take().is_some() {
            let fields = [("bundle", &*self.name)];
            self.shared.journal.event(Level::Info, "a bundle is up to date again", &fields);
        }
    }
}

/// When to ask again.
enum Next {
    AtOnce,
    Later,
}

/// A bundle that was verified, and what it says of itself.
struct Candidate {
    bundle: VerifiedBundle,
    revision: String,
    kind: &'static str,
}

/// The revision of a bundle, and its kind. What can't be read is for whoever activates it to refuse.
fn describe(members: &[Member]) -> (String, &'static str) {
    let (mut revision, mut kind) = (String::new(), "snapshot");
    for member in members {
        let role = Role::of(&member.path);
        if !matches!(role, Some(Role::Manifest | Role::Patch)) {
            continue;
        }
        let text = String::from_utf8_lossy(&member.bytes);
        let Ok(value) = document::json_value(SourceId::default(), &text) else { continue };
        if role == Some(Role::Manifest) {
            let stated = value.lookup(&["revision"]).and_then(Value::as_str);
            stated.unwrap_or_default().clone_into(&mut revision);
        } else if value.lookup(&["data"]).and_then(Value::as_array).is_some_and(|changes| !changes.is_empty())
        {
            kind = DELTA;
        }
    }
    (revision, kind)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

const DELTA: &str = "delta";

/// How often bundles on the disk are tried at the start.
const MOST_TRIES: usize = 10;

/// How often the same failure is told.
const INTERVAL: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests;
