//! The reports of a run: which the user wants, where they go, and that they get there.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{OsStringValueParser, TypedValueParser};
use portcullis::suite::{Event, Summary};

use crate::exit::Exit;
use crate::io::Io;
use crate::report::coverage_format::Covered;
use crate::report::file_report::FileReport;
use crate::report::format::{Format, Order, Reporter, Setup};
use crate::whole_file::{WholeFile, WriteError};

/// Which reports to write.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ReportArgs {
    /// How to write the results to standard output; pretty unless a --report goes there
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    /// Write a report in a format of --format to FILE, or to standard output without one; can be given several times
    #[arg(long = "report", value_name = "FORMAT[=FILE]")]
    #[arg(value_parser = OsStringValueParser::new().try_map(|text| Request::parse(&text)))]
    requests: Vec<Request>,
    /// How to order the results of the JSON format
    #[arg(long, value_enum, default_value_t)]
    sort: Order,
}

/// One `--report`.
#[derive(Debug, Clone)]
pub(in crate::command) struct Request {
    format: Format,
    file: Option<PathBuf>,
}

impl Request {
    /// How the report is written.
    pub(in crate::command) fn format(&self) -> Format {
        self.format
    }

    /// Reads `FORMAT` or `FORMAT=FILE`.
    pub(in crate::command) fn parse(text: &OsStr) -> Result<Self, String> {
        let (name, file) = split(text);
        let format = <Format as ValueEnum>::from_str(&name, false).map_err(|_| {
            let names: Vec<&str> = Format::value_variants().iter().map(|format| format.name()).collect();
            format!("`{name}` is no format of reports; there are {}", names.join(", "))
        })?;
        if file.as_ref().is_some_and(|file| file.is_empty()) {
            return Err(format!("the name of the file is missing after `{name}=`"));
        }
        Ok(Self { format, file: file.map(PathBuf::from) })
    }
}

/// Splits at the first `=`. What is after it may be any name that a file can have.
fn split(text: &OsStr) -> (String, Option<OsString>) {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let mut parts = text.as_bytes().splitn(2, |byte| *byte == b'=');
        let name = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
        (name, parts.next().map(|file| OsStr::from_bytes(file).to_owned()))
    }
    #[cfg(not(unix))]
    {
        let text = text.to_string_lossy();
        match text.split_once('=') {
            Some((name, file)) => (name.to_owned(), Some(OsString::from(file))),
            None => (text.into_owned(), None),
        }
    }
}

impl ReportArgs {
    /// Where each report goes.
    ///
    /// # Errors
    /// When two want standard output or the same file, or a file could not be written now.
    pub(super) fn targets(&self) -> Result<Targets, TargetError> {
        let targets = Targets::of(self.format, &self.requests)?;
        Ok(Targets { order: self.sort, ..targets })
    }
}

impl Targets {
    /// Where reports go that were asked for by `-f` and by `--report`.
    ///
    /// # Errors
    /// When two want standard output or the same file, or a file could not be written now.
    pub(in crate::command) fn of(format: Option<Format>, requests: &[Request]) -> Result<Self, TargetError> {
        let mut stdout = format.map(|format| (format, format!("-f {}", format.name())));
        let mut files: Vec<(Format, WholeFile)> = Vec::new();
        for Request { format, file } in requests {
            let Some(path) = file else {
                if let Some((_, other)) = stdout {
                    return Err(TargetError::Stdout { other, format: format.name() });
                }
                stdout = Some((*format, format!("--report {}", format.name())));
                continue;
            };
            let file = WholeFile::at(path)?;
            if files.iter().any(|(_, other)| other.is(&file)) {
                return Err(TargetError::Twice { file: file.name().to_owned() });
            }
            files.push((*format, file));
        }
        let stdout = stdout.map_or(Format::Pretty, |(format, _)| format);
        Ok(Self { stdout, files, order: Order::None, as_opa: format == Some(Format::Json) })
    }
}

/// Why reports can't go where they should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::command) enum TargetError {
    /// Standard output holds one report.
    #[error("`{other}` and `--report {format}` both go to standard output; write `--report {format}=FILE`")]
    Stdout {
        /// The flag that came first.
        other: String,
        /// The format of the report after it.
        format: &'static str,
    },
    /// So does a file.
    #[error("two reports go to `{file}`")]
    Twice {
        /// As the user names it.
        file: String,
    },
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] WriteError),
}

/// Where reports go.
#[derive(Debug)]
pub(in crate::command) struct Targets {
    stdout: Format,
    files: Vec<(Format, WholeFile)>,
    /// How the JSON format orders results.
    pub(super) order: Order,
    /// Whether it is `-f json` that says what standard output is: with `--coverage` it is coverage then, as in OPA.
    as_opa: bool,
}

impl Targets {
    /// The formats of all reports.
    pub(in crate::command) fn formats(&self) -> impl Iterator<Item = Format> {
        self.files.iter().map(|(format, _)| *format).chain([self.stdout])
    }

    /// Whether `-f json` was given.
    pub(super) fn is_json(&self) -> bool {
        self.as_opa
    }

    /// The format of the report on standard output.
    pub(super) fn stdout(&self) -> Format {
        self.stdout
    }

    /// Whether an order was asked for and no report has one.
    pub(super) fn order_is_lost(&self) -> bool {
        self.order != Order::None && !self.formats().any(|format| format == Format::Json)
    }

    /// The reports of one run.
    pub(in crate::command) fn start(&self, setup: Setup<'_>, json: Json) -> Reports {
        let file = |(format, file): &'_ (Format, WholeFile)| (format.reporter(setup), file.clone());
        let files = self.files.iter().map(file).map(|(reporter, file)| FileReport::new(reporter, file));
        let stdout = match json {
            Json::Results => self.stdout.reporter(setup),
            Json::Coverage => Reporter::CoverageOrFailures {
                tests: setup.pretty(),
                held_back: Vec::new(),
                summary: Summary::default(),
            },
        };
        Reports { stdout, told: Ok(()), files: files.collect() }
    }
}

/// What `-f json` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::command) enum Json {
    /// How tests went.
    Results,
    /// What they cover, unless they fail.
    Coverage,
}

/// Reports that are being made.
pub(in crate::command) struct Reports {
    stdout: Reporter,
    /// Whether standard output took all that was written to it.
    told: io::Result<()>,
    files: Vec<FileReport>,
}

impl Reports {
    /// Takes one event. Answers whether anybody is left to read what more is written.
    pub(super) fn event(&mut self, event: &Event, out: &mut dyn Write) -> bool {
        if self.told.is_ok() {
            self.told = self.stdout.event(event, out);
        }
        self.files.iter_mut().for_each(|file| file.event(event));
        self.told.is_ok() || !self.files.is_empty()
    }

    /// Takes what was measured.
    pub(in crate::command) fn covered(&mut self, covered: &Covered<'_>, out: &mut dyn Write) {
        if self.told.is_ok() {
            self.told = self.stdout.covered(covered, out);
        }
        self.files.iter_mut().for_each(|file| file.covered(covered));
    }

    /// Writes the files, and says what could not be written.
    ///
    /// # Errors
    /// How the command has to end when something was not written. A reader of standard output that went away ends it too,
    /// unless there are files.
    pub(in crate::command) fn finish(self, io: &mut Io) -> Result<(), Exit> {
        let has_files = !self.files.is_empty();
        let mut finished = Ok(());
        for error in self.files.into_iter().filter_map(|file| file.write().err()) {
            io.error(error);
            finished = Err(Exit::One);
        }
        finished?;
        match self.told.map_err(|error| io.failed_to_write(&error)) {
            Err(Exit::Success) if has_files => Ok(()),
            told => told,
        }
    }
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").field("files", &self.files).finish_non_exhaustive()
    }
}
