//! The reports of `validate`: which there are, and where they go.

use anstream::AutoStream;

use crate::exit::Exit;
use crate::io::Io;
use crate::report::validate::{Format, Told};
use crate::whole_file::WholeFile;
use clap::ValueEnum;

/// One `--report`.
#[derive(Debug, Clone)]
pub(super) struct Request {
    format: Format,
    file: Option<String>,
}

impl Request {
    /// Reads `FORMAT` or `FORMAT=FILE`.
    ///
    /// # Errors
    /// What is wrong with the text, for the argument parser to show.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        let format = <Format as ValueEnum>::from_str(name, false).map_err(|_| {
            let names: Vec<&str> = Format::value_variants().iter().map(|format| format.name()).collect();
            format!("`{name}` is no format of reports; there are {}", names.join(", "))
        })?;
        if file.is_some_and(str::is_empty) {
            return Err(format!("the name of the file is missing after `{name}=`"));
        }
        Ok(Self { format, file: file.map(ToOwned::to_owned) })
    }
}

/// Where each report goes.
#[derive(Debug)]
pub(super) struct Targets {
    stdout: Format,
    files: Vec<(Format, WholeFile)>,
}

impl Targets {
    /// Where reports go that were asked for.
    ///
    /// # Errors
    /// When two want standard output or the same file, or a file could not be written now.
    pub(super) fn of(format: Option<Format>, requests: &[Request]) -> Result<Self, String> {
        let mut stdout = format;
        let mut files: Vec<(Format, WholeFile)> = Vec::new();
        for Request { format, file } in requests {
            let Some(path) = file else {
                if let Some(other) = stdout.replace(*format) {
                    let (other, format) = (other.name(), format.name());
                    return Err(format!(
                        "both {other} and {format} would go to standard output; give one a file"
                    ));
                }
                continue;
            };
            let file = WholeFile::at(path.as_ref()).map_err(|error| error.to_string())?;
            if files.iter().any(|(_, other)| other.is(&file)) {
                return Err(format!("two reports would go to `{path}`; give each a file of its own"));
            }
            files.push((*format, file));
        }
        Ok(Self { stdout: stdout.unwrap_or_default(), files })
    }

    /// Writes all reports. What could not be checked goes to stderr if the one on standard output is for people.
    pub(super) fn write(&self, told: &Told, io: &mut Io) -> Exit {
        if self.stdout == Format::Pretty {
            told.problems.tell(io);
        }
        let mut exit = match self.stdout.write(told, &mut io.out) {
            Ok(()) => Exit::Success,
            Err(error) if io.failed_to_write(&error) == Exit::Success => Exit::Success,
            Err(_) => Exit::Two,
        };
        for (format, file) in &self.files {
            let mut text = AutoStream::never(Vec::new());
            let written = format.write(told, &mut text).map_err(|error| file.failed(&error));
            if let Err(error) = written.and_then(|()| file.write(&text.into_inner())) {
                io.error(error);
                exit = Exit::Two;
            }
        }
        exit
    }
}
