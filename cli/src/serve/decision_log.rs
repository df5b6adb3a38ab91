//! The decision log: what was decided, for whom and by which bundles, told to whoever has to know.

mod audit;
mod chunk;
mod console;
mod decision;
mod destination;
mod event;
mod file;
mod mask;
mod queue;
mod rate;
mod sink;
mod spool;
mod syslog;
mod tally;
mod upload;
mod waiting;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portcullis::value::Value;

pub(crate) use self::decision::{Ask, Decision, Outcome};
pub(crate) use self::destination::Destination;

use self::destination::{Form, Place, USUAL_ROOM};
use self::event::{Event, Payloads};
use self::file::LogFile;
use self::queue::{Entry, Queue, Room};
use self::rate::Limiter;
use self::sink::{Deliver, Delivered, Pace, Sink};
use self::spool::Spool;
use self::syslog::{Facility, Syslog};
use self::tally::{Lost, Tally};
use self::upload::Upload;
use super::client::service::ServiceClient;
use super::journal::{Journal, Level};
use super::metrics::Metrics;
use super::opa_config::{Buffer, DecisionLogs, Service, Trigger};
use super::status::Reporter;

/// What is logged, and where.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// What OPA's configuration file says.
    pub(crate) opa: Option<DecisionLogs>,
    /// The services of that file.
    pub(crate) services: Vec<Service>,
    /// Other places.
    pub(crate) destinations: Vec<Destination>,
    /// A folder in which events wait that could not be written or sent yet. Without one they wait in memory, and are lost with
    /// the process.
    pub(crate) buffer: Option<PathBuf>,
    /// How many bytes each place may take up in that folder.
    pub(crate) buffer_bytes: u64,
    /// Labels of each event, `id` and `version` among them.
    pub(crate) labels: BTreeMap<String, String>,
    /// Who is told what came of sending events to a service.
    pub(crate) status: Option<Reporter>,
}

/// Takes decisions from everywhere; copies tell the same places.
#[derive(Debug, Clone, Default)]
pub(crate) struct DecisionLog(Option<Arc<Log>>);

#[derive(Debug)]
struct Log {
    labels: Arc<BTreeMap<String, String>>,
    headers: Vec<String>,
    mask: Vec<String>,
    drop: Vec<String>,
    outlets: Vec<Outlet>,
    tally: Tally,
    journal: Journal,
}

/// A place, and what events look like there.
#[derive(Debug)]
struct Outlet {
    payloads: Payloads,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// Into the server's own log.
    Console(Form, Tally),
    Sink(Form, Sink),
    /// With a header before it.
    Syslog(Form, Facility, Arc<str>, Sink),
}

impl DecisionLog {
    /// A log that nobody reads.
    pub(crate) fn off() -> Self {
        Self(None)
    }

    /// Starts the threads that write and send. Events that an earlier process left in the buffer are sent first.
    ///
    /// # Errors
    /// When the buffer can't be used, or no thread can be started.
    pub(crate) fn start(settings: Settings, journal: &Journal, metrics: &Metrics) -> Result<Self, String> {
        if settings.opa.is_none() && settings.destinations.is_empty() {
            return Ok(Self::off());
        }
        let starter = Starter { settings: &settings, journal, metrics };
        let mut outlets = Vec::new();
        if let Some(opa) = &settings.opa {
            if opa.console {
                let tally = Tally::new("console", metrics.clone());
                outlets.push(Outlet { payloads: Payloads::Included, way: Way::Console(Form::Opa, tally) });
            }
            if let Some(service) = &opa.service {
                let sink = starter.upload(opa, service)?;
                outlets.push(Outlet { payloads: Payloads::Included, way: Way::Sink(Form::Opa, sink) });
            }
        }
        for destination in &settings.destinations {
            outlets.push(starter.outlet(destination)?);
        }
        let Settings { opa, labels, .. } = settings;
        let usual = |last: &str| ["system", "log", last].map(str::to_owned).to_vec();
        let (headers, mask, drop) = match opa {
            Some(opa) => (opa.headers, opa.mask_decision, opa.drop_decision),
            None => (Vec::new(), usual("mask"), usual("drop")),
        };
        let tally = Tally::new("policy", metrics.clone());
        let journal = journal.clone();
        Ok(Self(Some(Arc::new(Log {
            labels: Arc::new(labels),
            headers,
            mask,
            drop,
            outlets,
            tally,
            journal,
        }))))
    }

    /// Whether anybody reads of decisions. If not, nothing needs to be collected, and `decision_id` isn't told to clients.
    pub(crate) fn wants(&self) -> bool {
        self.0.is_some()
    }

    /// The headers of requests that are to be told with decisions, by the names that they have in the configuration.
    pub(crate) fn headers(&self) -> &[String] {
        self.0.as_ref().map_or(&[], |log| &log.headers)
    }

    /// Tells of a decision. The policies that drop and mask are asked on this thread, by what decided; what is left is written
    /// and sent by others, so nobody waits for disks and networks here.
    pub(crate) fn record(&self, decision: Decision, ask: &dyn Ask) {
        let Some(log) = &self.0 else { return };
        let event = Event::new(Arc::clone(&log.labels), decision);
        if let Some(event) = log.filtered(event, ask) {
            for outlet in &log.outlets {
                outlet.write(&event, &log.journal);
            }
        }
    }

    /// Opens files anew, since they may have been moved away.
    pub(crate) fn reopen(&self) {
        for sink in self.sinks() {
            sink.reopen();
        }
    }

    /// Ends the log: what waits is written and sent if that can be done in this time. Blocks for it.
    pub(crate) fn end(&self, time: Duration) {
        let until = Instant::now() + time;
        self.sinks().for_each(|sink| sink.close(until));
        let left = self.sinks().map(|sink| sink.end(until));
        let (lost, kept) = left.fold((0, 0), |(lost, kept), (memory, disk)| (lost + memory, kept + disk));
        if let Some(log) = &self.0
            && (lost > 0 || kept > 0)
        {
            let fields = [("lost", &*lost.to_string()), ("kept", &*kept.to_string())];
            log.journal.event(Level::Error, "decisions could not be written in time", &fields);
        }
    }

    fn sinks(&self) -> impl Iterator<Item = &Sink> {
        let outlets = self.0.iter().flat_map(|log| &log.outlets);
        outlets.filter_map(|outlet| match &outlet.way {
            Way::Console(..) => None,
            Way::Sink(_, sink) | Way::Syslog(_, _, _, sink) => Some(sink),
        })
    }
}

impl Log {
    /// The event as it may be written, unless it is to be dropped. One that a policy fails on is lost: it could have in it what
    /// should have been taken out.
    fn filtered(&self, mut event: Event, ask: &dyn Ask) -> Option<Event> {
        let input = event.to_value();
        let path = |path: &[String]| path.iter().map(String::as_str).collect::<Vec<_>>().join("/");
        let ask = |document: &[String]| {
            let keys: Vec<&str> = document.iter().map(String::as_str).collect();
            ask.ask(&keys, &input)
        };
        match ask(&self.drop) {
            Outcome::Value(Value::Bool(true)) => return None,
            Outcome::Value(_) | Outcome::Undefined => {}
            Outcome::Error(error) => {
                self.lose(&event, &path(&self.drop), &error);
                return None;
            }
        }
        let masked = match ask(&self.mask) {
            Outcome::Undefined => Ok(()),
            Outcome::Value(rules) => mask::apply(&rules, &mut event),
            Outcome::Error(error) => Err(error),
        };
        match masked {
            Ok(()) => Some(event),
            Err(error) => {
                self.lose(&event, &path(&self.mask), &error);
                None
            }
        }
    }

    fn lose(&self, event: &Event, policy: &str, error: &str) {
        self.tally.lost(Lost::Policy, 1);
        let id = &*event.decision.decision_id;
        let fields = [("policy", policy), ("decision_id", id), ("error", error)];
        self.journal.event(Level::Error, "a decision is not written", &fields);
    }
}

impl Outlet {
    fn write(&self, event: &Event, journal: &Journal) {
        let text = |form: Form| match form {
            Form::Opa => event.to_json(self.payloads),
            Form::Audit => audit::json(event),
        };
        match &self.way {
            Way::Console(form, tally) => {
                let line = match form {
                    Form::Opa => console::line(event, self.payloads, Timestamp::now(), journal.format()),
                    Form::Audit => text(Form::Audit),
                };
                if journal.line(line) {
                    tally.written(1);
                } else {
                    tally.lost(Lost::Full, 1);
                }
            }
            Way::Sink(form, sink) => sink.take(|| text(*form)),
            Way::Syslog(form, facility, host, sink) => {
                let time = event.decision.timestamp;
                sink.take(|| syslog::header(*facility, time, host) + &text(*form));
            }
        }
    }
}

/// Starts sinks.
struct Starter<'a> {
    settings: &'a Settings,
    journal: &'a Journal,
    metrics: &'a Metrics,
}

impl Starter<'_> {
    fn upload(&self, opa: &DecisionLogs, service: &str) -> Result<Sink, String> {
        let found = self.settings.services.iter().find(|known| known.name == service);
        let found = found.ok_or_else(|| format!("there is no service `{service}` for the decision log"))?;
        let reporting = &opa.reporting;
        let room = match reporting.buffer {
            Buffer::Size(limit) => Room { bytes: limit.unwrap_or(USUAL_ROOM.bytes), events: u64::MAX },
            Buffer::Events(events) => Room { bytes: u64::MAX, events },
        };
        let limit = reporting.upload_size_limit_bytes;
        let enough = match reporting.trigger {
            Trigger::Periodic => None,
            Trigger::Immediate => Some(limit),
        };
        let pace = Pace::Every { least: reporting.min_delay, most: reporting.max_delay, enough };
        let client = ServiceClient::new(found.clone())?;
        let upload = Upload::new(client, opa.resource.clone(), limit, self.settings.status.clone());
        let limiter = reporting.max_decisions_per_second.map(|rate| Limiter::new(rate, Instant::now()));
        self.sink(&format!("service:{service}"), room, limiter, pace, Box::new(upload))
    }

    fn outlet(&self, destination: &Destination) -> Result<Outlet, String> {
        let Destination { place, form, payloads, room } = destination;
        let name = destination.to_string();
        let start = |deliver: Box<dyn Deliver>| self.sink(&name, *room, None, Pace::AtOnce, deliver);
        let way = match place {
            Place::Console => Way::Console(*form, Tally::new(&name, self.metrics.clone())),
            Place::File(file) => Way::Sink(*form, start(Box::new(LogFile::new(file.clone())))?),
            Place::Syslog(settings) => {
                let sink = start(Box::new(Syslog::new(settings.clone())))?;
                Way::Syslog(*form, settings.facility, syslog::host_name().into(), sink)
            }
        };
        Ok(Outlet { payloads: *payloads, way })
    }

    fn sink(
        &self,
        name: &str,
        room: Room,
        limiter: Option<Limiter>,
        pace: Pace,
        deliver: Box<dyn Deliver>,
    ) -> Result<Sink, String> {
        let tally = Tally::new(name, self.metrics.clone());
        let spool = self.settings.buffer.as_deref().map(|folder| self.spool(folder, name)).transpose()?;
        Sink::start(Queue::new(room), spool, limiter, pace, deliver, (tally, self.journal.clone()))
    }

    fn spool(&self, folder: &Path, name: &str) -> Result<Spool, String> {
        // A name that a file can have.
        let name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect();
        let (spool, found) = Spool::open(&folder.join(&name), self.settings.buffer_bytes)?;
        if found.waiting > 0 || found.damaged_bytes > 0 {
            let fields = [
                ("to", &*name),
                ("events", &*found.waiting.to_string()),
                ("damaged_bytes", &*found.damaged_bytes.to_string()),
            ];
            self.journal.event(Level::Info, "decisions of an earlier process are sent", &fields);
        }
        Ok(spool)
    }
}

impl Deliver for LogFile {
    fn appetite(&self) -> u64 {
        AT_ONCE
    }

    fn deliver(&mut self, entries: &[Entry]) -> Delivered {
        let (done, result) = self.write(entries);
        Delivered { done, lost: 0, failure: result.err().map(|error| error.to_string()) }
    }

    fn reopen(&mut self) {
        self.reopen();
    }
}

impl Deliver for Syslog {
    fn appetite(&self) -> u64 {
        AT_ONCE
    }

    fn deliver(&mut self, entries: &[Entry]) -> Delivered {
        let (done, lost, result) = self.send(entries);
        Delivered { done, lost, failure: result.err().map(|error| error.to_string()) }
    }
}

/// How many bytes of events are written or sent at once, about.
const AT_ONCE: u64 = 256 << 10;

#[cfg(test)]
mod tests;
