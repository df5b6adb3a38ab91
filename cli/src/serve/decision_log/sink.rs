//! A place where events go: what waits for it, and the threads that bring it there.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::queue::{Entry, Queue};
use super::rate::Limiter;
use super::spool::Spool;
use super::tally::{Lost, Tally};
use crate::serve::backoff;
use crate::serve::journal::{Journal, Level};

/// Brings events to their place. It may block.
pub(super) trait Deliver: Send {
    /// How many bytes of events are worth looking at at once.
    fn appetite(&self) -> u64;

    /// Brings some of the first events there, or gives them up.
    fn deliver(&mut self, entries: &[Entry]) -> Delivered;

    /// Opens anew what may have been moved away.
    fn reopen(&mut self) {}
}

/// What became of the first events.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    /// How many were dealt with.
    pub(super) done: usize,
    /// How many of those were given up, as they will never fit.
    pub(super) lost: u64,
    /// Why no more were.
    pub(super) failure: Option<String>,
}

/// When events are brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pace {
    /// As they come.
    AtOnce,
    /// All together, after a random time between the two; before that if there are so many bytes.
    Every { least: Duration, most: Duration, enough: Option<u64> },
}

/// The side of a sink that takes events.
#[derive(Debug)]
pub(super) struct Sink {
    queue: Arc<Queue>,
    spool: Option<Arc<Spool>>,
    limiter: Option<Mutex<Limiter>>,
    reopen: Arc<AtomicBool>,
    tally: Tally,
    ended: Mutex<Receiver<()>>,
}

impl Sink {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system has none.
    pub(super) fn start(
        queue: Queue,
        spool: Option<Spool>,
        limiter: Option<Limiter>,
        pace: Pace,
        deliver: Box<dyn Deliver>,
        (tally, journal): (Tally, Journal),
    ) -> Result<Self, String> {
        let (queue, spool) = (Arc::new(queue), spool.map(Arc::new));
        let reopen = Arc::new(AtomicBool::new(false));
        let (over, ended) = sync_channel(1);
        if let Some(spool) = &spool {
            let scribe = Scribe {
                queue: Arc::clone(&queue),
                spool: Arc::clone(spool),
                complaints: Complaints::new(journal.clone(), tally.clone()),
            };
            begin("decisions-disk", move || scribe.run())?;
        }
        let backlog = match &spool {
            Some(spool) => Backlog::Disk(Arc::clone(spool)),
            None => Backlog::Memory(Arc::clone(&queue)),
        };
        let complaints = Complaints::new(journal, tally.clone());
        let reopens = Arc::clone(&reopen);
        let mut carrier = Carrier { backlog, pace, deliver, reopens, complaints, tally: tally.clone() };
        begin("decisions", move || {
            carrier.run();
            // Nobody may wait any more.
            let _ = over.try_send(());
        })?;
        Ok(Self { queue, spool, limiter: limiter.map(Mutex::new), reopen, tally, ended: Mutex::new(ended) })
    }

    /// Takes an event, if it may have one now. Never waits for disks and networks.
    pub(super) fn take(&self, text: impl FnOnce() -> String) {
        if let Some(limiter) = &self.limiter
            && !limiter.lock().unwrap_or_else(PoisonError::into_inner).takes(Instant::now())
        {
            self.tally.lost(Lost::Rate, 1);
            return;
        }
        self.tally.lost(Lost::Full, self.queue.push(text().into()));
    }

    /// Opens files anew.
    pub(super) fn reopen(&self) {
        self.reopen.store(true, Ordering::Relaxed);
    }

    /// Says that nothing comes any more.
    pub(super) fn close(&self, until: Instant) {
        self.queue.close(until);
    }

    /// Waits until all is brought or the time is over, and says how many events were left in memory, and how many on the disk.
    pub(super) fn end(&self, until: Instant) -> (u64, u64) {
        let time = until.saturating_duration_since(Instant::now());
        let _ = self.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(time);
        (self.queue.size().0, self.spool.as_ref().map_or(0, |spool| spool.size().0))
    }
}

fn begin(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).map_err(|error| format!("no thread can be started for the decision log: {error}"))
}

/// Where the events are that are to be brought.
enum Backlog {
    Memory(Arc<Queue>),
    Disk(Arc<Spool>),
}

impl Backlog {
    fn peek(&self, bytes: u64) -> io::Result<Vec<Entry>> {
        match self {
            Self::Memory(queue) => Ok(queue.peek(bytes)),
            Self::Disk(spool) => spool.peek(bytes),
        }
    }

    fn advance(&self, number: u64) -> io::Result<()> {
        match self {
            Self::Memory(queue) => {
                queue.advance(number);
                Ok(())
            }
            Self::Disk(spool) => spool.advance(number),
        }
    }

    fn wait(&self, time: Duration, is_enough: impl Fn(u64, u64) -> bool) {
        match self {
            Self::Memory(queue) => queue.wait(time, is_enough),
            Self::Disk(spool) => spool.wait(time, is_enough),
        }
    }

    fn closed(&self) -> Option<Instant> {
        match self {
            Self::Memory(queue) => queue.closed(),
            Self::Disk(spool) => spool.closed(),
        }
    }
}

/// Writes events from memory to the disk.
struct Scribe {
    queue: Arc<Queue>,
    spool: Arc<Spool>,
    complaints: Complaints,
}

impl Scribe {
    fn run(mut self) {
        loop {
            self.queue.wait(LONG, |events, _| events > 0);
            let closed = self.queue.closed();
            let entries = self.queue.peek(MOST_AT_ONCE);
            let Some(last) = entries.last() else {
                if let Some(until) = closed {
                    self.spool.close(until);
                    return;
                }
                continue;
            };
            match self.spool.append(&entries) {
                Ok(dropped) => {
                    self.queue.advance(last.number);
                    self.complaints.tally.lost(Lost::Full, dropped);
                }
                Err(error) => {
                    self.complaints.failed(&format!("the buffer can't be written: {error}"));
                    if closed.is_some_and(|until| Instant::now() >= until) {
                        self.spool.close(Instant::now());
                        return;
                    }
                    std::thread::sleep(Duration::from_secs(1));
                }
            }
        }
    }
}

/// Brings events to their place.
struct Carrier {
    backlog: Backlog,
    pace: Pace,
    deliver: Box<dyn Deliver>,
    reopens: Arc<AtomicBool>,
    complaints: Complaints,
    tally: Tally,
}

impl Carrier {
    fn run(&mut self) {
        let mut failures = 0_u32;
        loop {
            match self.pace {
                Pace::AtOnce => self.backlog.wait(LONG, |events, _| events > 0),
                Pace::Every { least, most, enough } => {
                    let time = backoff::between(least, most);
                    self.backlog.wait(time, |_, bytes| enough.is_some_and(|enough| bytes >= enough));
                }
            }
            loop {
                let closed = self.backlog.closed();
                match self.bring_all() {
                    Ok(()) => {
                        failures = 0;
                        self.complaints.succeeded();
                        break;
                    }
                    Err(error) => self.complaints.failed(&error),
                }
                let longest = match self.pace {
                    Pace::AtOnce => LONGEST,
                    Pace::Every { most, .. } => most,
                };
                let mut pause = backoff::after(failures, longest);
                failures = failures.saturating_add(1);
                if let Some(until) = closed {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return;
                    }
                    // It closes whatever happens, so it is tried more often.
                    pause = pause.min(left).min(Duration::from_secs(1));
                    std::thread::sleep(pause);
                } else {
                    self.backlog.wait(pause, |_, _| false);
                }
            }
            if self.backlog.closed().is_some() && matches!(self.backlog.peek(0).as_deref(), Ok([])) {
                return;
            }
        }
    }

    fn bring_all(&mut self) -> Result<(), String> {
        loop {
            if self.reopens.swap(false, Ordering::Relaxed) {
                self.deliver.reopen();
            }
            let entries = self.backlog.peek(self.deliver.appetite());
            let entries = entries.map_err(|error| format!("the buffer can't be read: {error}"))?;
            if entries.is_empty() {
                return Ok(());
            }
            let Delivered { done, lost, failure } = self.deliver.deliver(&entries);
            if let Some(last) = done.checked_sub(1).and_then(|last| entries.get(last)) {
                let advanced = self.backlog.advance(last.number);
                advanced.map_err(|error| format!("the buffer can't be written: {error}"))?;
            }
            let done = u64::try_from(done).unwrap_or(u64::MAX);
            self.tally.written(done.saturating_sub(lost));
            self.tally.lost(Lost::TooLarge, lost);
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
    }
}

/// Tells of what goes wrong, but not of each time.
struct Complaints {
    journal: Journal,
    tally: Tally,
    /// When it was told last, while it goes wrong.
    told: Option<Instant>,
}

impl Complaints {
    fn new(journal: Journal, tally: Tally) -> Self {
        Self { journal, tally, told: None }
    }

    fn failed(&mut self, error: &str) {
        self.tally.failed();
        if self.told.is_none_or(|told| told.elapsed() >= INTERVAL) {
            self.told = Some(Instant::now());
            let lost = self.tally.lost_since();
            let fields = [("to", self.tally.name()), ("error", error), ("lost", &lost.to_string())];
            self.journal.event(Level::Error, "decisions can't be written", &fields);
        }
    }

    fn succeeded(&mut self) {
        let was_told = self.told.take().is_some();
        let lost = self.tally.lost_since();
        if was_told || lost > 0 {
            let level = if lost > 0 { Level::Warning } else { Level::Info };
            let fields = [("to", self.tally.name()), ("lost", &lost.to_string())];
            self.journal.event(level, "decisions are written", &fields);
        }
    }
}

/// Threads that have nothing to do look around so often.
const LONG: Duration = Duration::from_mins(1);

/// The longest pause after failures.
const LONGEST: Duration = Duration::from_secs(30);

/// How often the same trouble is told.
const INTERVAL: Duration = Duration::from_mins(1);

/// How many bytes are written to the disk at once, about.
const MOST_AT_ONCE: u64 = 1 << 20;
