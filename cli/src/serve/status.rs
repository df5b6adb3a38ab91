//! Tells how it goes with bundles and decision logs, as OPA's status does: a service, the server's own log, and metrics.

mod gauges;
mod report;

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

pub(crate) use self::gauges::Gauges;
pub(crate) use self::report::Report;

use super::client::bundles::{Failure, Status};
use super::client::service::{self, ServiceClient};
use super::journal::{Journal, Level};
use super::metrics::Metrics;
use super::opa_config::{Service, StatusSettings};

/// Who is told what.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) told: StatusSettings,
    pub(crate) services: Vec<Service>,
    /// What reports say before anything happened.
    pub(crate) report: Report,
}

/// Takes what changes; a copy tells the same places.
#[derive(Debug, Clone)]
pub(crate) struct Reporter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    latest: Mutex<Latest>,
    change: Condvar,
    ended: Mutex<Receiver<()>>,
}

#[derive(Debug)]
struct Latest {
    report: Report,
    /// Whether nobody was told of it yet.
    is_new: bool,
    is_closed: bool,
}

impl Reporter {
    /// Starts the thread that tells. The first report is told at once.
    ///
    /// # Errors
    /// When the service can't be asked as it is configured, or no thread can be started.
    pub(crate) fn start(settings: Settings, journal: Journal, metrics: &Metrics) -> Result<Self, String> {
        let Settings { told, services, report } = settings;
        let client = told.service.as_ref().map(|service| {
            let found = services.iter().find(|known| known.name == *service);
            let found = found.ok_or_else(|| format!("there is no service `{service}` for the status"))?;
            ServiceClient::new(found.clone())
        });
        let gauges = told.prometheus.then(|| Gauges::new(&told.load_buckets));
        if let Some(gauges) = &gauges {
            metrics.tell_status(gauges.clone());
        }
        let mut teller = Teller {
            client: client.transpose()?,
            resource: told.resource,
            console: told.console,
            gauges,
            journal,
            failed: false,
        };
        let (over, ended) = sync_channel(1);
        let latest = Latest { report, is_new: true, is_closed: false };
        let shared =
            Arc::new(Shared { latest: Mutex::new(latest), change: Condvar::new(), ended: Mutex::new(ended) });
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("status".to_owned()).spawn(move || {
            while let Some(report) = own.next() {
                teller.tell(&report);
            }
            // Nobody may wait any more.
            let _ = over.try_send(());
        });
        thread.map_err(|error| format!("no thread can be started for the status: {error}"))?;
        Ok(Self(shared))
    }

    /// How it goes now.
    pub(crate) fn report(&self) -> Report {
        self.0.latest().report.clone()
    }

    /// How it goes with bundles after one was asked for, whatever came of it.
    pub(crate) fn bundles(&self, statuses: &BTreeMap<String, Status>) {
        self.0.change(|report| report.bundles.clone_from(statuses));
    }

    /// What came of sending decisions.
    pub(crate) fn decisions_sent(&self, failure: Option<Failure>) {
        self.0.change(|report| report.unsent = failure);
    }

    /// Tells what was not told yet, if that can be done in this time. Blocks for it.
    pub(crate) fn end(&self, time: Duration) {
        self.0.latest().is_closed = true;
        self.0.change.notify_all();
        let _ = self.0.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(time);
    }
}

impl Shared {
    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The report after this replaces one that was not told yet: only the last counts.
    fn change(&self, change: impl FnOnce(&mut Report)) {
        let mut latest = self.latest();
        change(&mut latest.report);
        latest.is_new = true;
        self.change.notify_all();
    }

    /// Waits for something to tell. None once there will be nothing.
    fn next(&self) -> Option<Report> {
        let latest = self.latest();
        let waited = self.change.wait_while(latest, |latest| !latest.is_new && !latest.is_closed);
        let mut latest = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut latest.is_new).then(|| latest.report.clone())
    }
}

/// Tells one report after the other.
struct Teller {
    client: Option<ServiceClient>,
    resource: String,
    console: bool,
    gauges: Option<Gauges>,
    journal: Journal,
    /// Whether the service could not be told last.
    failed: bool,
}

impl Teller {
    fn tell(&mut self, report: &Report) {
        if self.console {
            // One that too many lines wait before is followed by others.
            let _ = self.journal.line(report.line(Timestamp::now(), self.journal.format()));
        }
        if let Some(gauges) = &self.gauges {
            gauges.update(report);
        }
        let Some(client) = &mut self.client else { return };
        match (send(client, &self.resource, report), self.failed) {
            (Ok(()), true) => self.journal.event(Level::Info, "the status is sent again", &[]),
            (Err(error), false) => {
                self.journal.event(Level::Error, "the status can't be sent", &[("error", &error)]);
                self.failed = true;
                return;
            }
            (Ok(()), false) | (Err(_), true) => return,
        }
        self.failed = false;
    }
}

fn send(client: &mut ServiceClient, resource: &str, report: &Report) -> Result<(), String> {
    let request = client.request(Method::POST, resource)?;
    let answer = service::send(request.header(CONTENT_TYPE, "application/json").body(report.to_json()))?;
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(format!("the server replied with HTTP {status}")) }
}

#[cfg(test)]
mod tests;
