//! What a server says while it runs: one line for each request and each event, written by a thread of its own.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::access_log::Exchange;
use crate::report::diagnostics::one_line;

/// The form of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum LineFormat {
    /// A JSON object
    #[default]
    Json,
    /// Text for people
    Text,
}

/// Where the lines of requests go. Events go to stderr always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To stderr, with the events.
    Stderr,
    /// To a file, at its end.
    File(PathBuf),
    /// Nowhere.
    Nowhere,
}

impl From<&str> for Destination {
    fn from(text: &str) -> Self {
        match text {
            "stderr" => Self::Stderr,
            "off" => Self::Nowhere,
            path => Self::File(path.into()),
        }
    }
}

/// How much an event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// As it should be.
    Info,
    /// Somebody should look at it some time.
    Warning,
    /// Somebody should look at it now.
    Error,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Takes lines from everywhere; copies write to the same place.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    lines: Sender<Line>,
    takes_requests: bool,
    format: LineFormat,
    /// How many requests wait for their lines to be written.
    waiting: Arc<AtomicUsize>,
    lost: Arc<AtomicU64>,
}

/// Gives the stream back once the journal is closed.
#[derive(Debug)]
pub(crate) struct Scribe {
    lines: Sender<Line>,
    thread: JoinHandle<Stream>,
}

type Stream = Box<dyn Write + Send>;

enum Line {
    Event(Event),
    Request(Box<Exchange>),
    Ready(String),
    Reopen,
    Close,
}

struct Event {
    time: Timestamp,
    level: Level,
    what: &'static str,
    fields: Vec<(&'static str, String)>,
}

/// Begins a journal on `stderr`, and on the file of the access log if there is one.
///
/// # Errors
/// When the file can't be opened, or no thread can be started; `stderr` comes back with the reason.
pub(crate) fn begin(
    stderr: Stream,
    destination: Destination,
    format: LineFormat,
) -> Result<(Journal, Scribe), (Stream, String)> {
    let file = match &destination {
        Destination::File(path) => match open(path) {
            Ok(file) => Some(file),
            Err(error) => return Err((stderr, error.to_string())),
        },
        Destination::Stderr | Destination::Nowhere => None,
    };
    let takes_requests = destination != Destination::Nowhere;
    let (lines, receiver) = channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&waiting);
    let mut writer = Writer { stderr, file, destination, format, buffer: Vec::new(), waiting: counted };
    let thread = std::thread::spawn(move || {
        writer.write(&receiver);
        writer.stderr
    });
    let scribe = Scribe { lines: lines.clone(), thread };
    Ok((Journal { lines, takes_requests, format, waiting, lost: Arc::default() }, scribe))
}

impl Journal {
    /// Notes that something happened. `fields` say what the words leave open.
    pub(crate) fn event(&self, level: Level, what: &'static str, fields: &[(&'static str, &str)]) {
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.put(Line::Event(Event { time: Timestamp::now(), level, what, fields }));
    }

    /// Whether anybody reads of requests.
    pub(crate) fn takes_requests(&self) -> bool {
        self.takes_requests
    }

    /// Notes a request that was answered. A reader that is too slow must not keep clients waiting or fill the memory, so what it
    /// can't take is lost, and counted.
    pub(crate) fn request(&self, exchange: Box<Exchange>) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < MOST_WAITING {
            self.put(Line::Request(exchange));
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The form of the lines.
    pub(crate) fn format(&self) -> LineFormat {
        self.format
    }

    /// Writes a line that is ready in that form to stderr, and says whether it will be; it is not if too many wait.
    pub(crate) fn line(&self, line: String) -> bool {
        let takes = self.waiting.fetch_add(1, Ordering::Relaxed) < MOST_WAITING;
        if takes {
            self.put(Line::Ready(line));
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        takes
    }

    /// Opens the file of the access log anew, since it may have been moved away.
    pub(crate) fn reopen(&self) {
        self.put(Line::Reopen);
    }

    /// How many lines of requests were lost as they came faster than they could be written.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// The thread ends after everybody who has a line to write.
    fn put(&self, line: Line) {
        let _ = self.lines.send(line);
    }
}

impl Scribe {
    /// Writes what is left.
    pub(crate) fn end(self) -> Stream {
        let _ = self.lines.send(Line::Close);
        self.thread.join().unwrap_or_else(|_| Box::new(io::sink()))
    }
}

struct Writer {
    stderr: Stream,
    file: Option<fs_err::File>,
    destination: Destination,
    format: LineFormat,
    buffer: Vec<u8>,
    waiting: Arc<AtomicUsize>,
}

impl Writer {
    fn write(&mut self, lines: &Receiver<Line>) {
        while let Ok(first) = lines.recv() {
            // What comes in the next moment is written with it: to be woken for each request costs more than its line.
            if matches!(first, Line::Request(_)) {
                std::thread::sleep(GATHERING);
            }
            let mut next = Some(first);
            while let Some(line) = next {
                if self.take(line) == Then::Close {
                    self.flush();
                    return;
                }
                next = if self.buffer.len() < MOST_BUFFERED { lines.try_recv().ok() } else { None };
            }
            self.flush();
        }
    }

    fn take(&mut self, line: Line) -> Then {
        match line {
            Line::Event(event) => {
                let text = event.line(self.format);
                let _ = writeln!(self.stderr, "{text}");
            }
            Line::Request(exchange) => {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                exchange.write(self.format, &mut self.buffer);
                self.buffer.push(b'\n');
            }
            Line::Ready(line) => {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                let _ = writeln!(self.stderr, "{line}");
            }
            Line::Reopen => {
                self.flush();
                if let Destination::File(path) = &self.destination {
                    match open(path) {
                        Ok(file) => self.file = Some(file),
                        Err(error) => self.complain(&error),
                    }
                }
            }
            Line::Close => return Then::Close,
        }
        Then::GoOn
    }

    /// Writes the lines of requests. Nobody is left to tell when stderr fails.
    fn flush(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        let written = match &mut self.file {
            Some(file) => file.write_all(&buffer),
            None => self.stderr.write_all(&buffer).and_then(|()| self.stderr.flush()).or(Ok(())),
        };
        if let Err(error) = written {
            self.complain(&error);
        }
        self.buffer = buffer;
        self.buffer.clear();
    }

    fn complain(&mut self, error: &io::Error) {
        let fields = vec![("error", error.to_string())];
        let what = "the access log can't be written";
        let event = Event { time: Timestamp::now(), level: Level::Error, what, fields };
        let _ = writeln!(self.stderr, "{}", event.line(self.format));
    }
}

#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    Close,
}

impl Event {
    fn line(&self, format: LineFormat) -> String {
        match format {
            LineFormat::Json => serde_json::to_string(self).unwrap_or_default(),
            LineFormat::Text => {
                let start = format!("{:.3} {}: {}", self.time, self.level.word(), self.what);
                self.fields
                    .iter()
                    .fold(start, |line, (name, value)| line + " " + name + "=" + &one_line(value))
            }
        }
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", &format_args!("{:.3}", self.time))?;
        map.serialize_entry("level", &self.level)?;
        map.serialize_entry("event", self.what)?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, &one_line(value))?;
        }
        map.end()
    }
}

fn open(path: &std::path::Path) -> io::Result<fs_err::File> {
    fs_err::OpenOptions::new().append(true).create(true).open(path)
}

/// How many lines of requests may wait for being written.
const MOST_WAITING: usize = 16_384;

/// How long lines are gathered before they are written.
const GATHERING: Duration = Duration::from_millis(5);

/// How many bytes are written at once, about.
const MOST_BUFFERED: usize = 65_536;
