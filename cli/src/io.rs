//! The terminal: the only place that writes to stdout and stderr, and that decides on colour.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

use crate::exit::Exit;
use crate::report::diagnostics::Printable;

/// When to write colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// The choice in the words of the crate that acts on it.
    fn for_streams(self) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::AlwaysAnsi,
            Self::Never => anstream::ColorChoice::Never,
        }
    }
}

/// Where a command writes: reports to `out`, data through [`Io::write`], talk to `err`. `out` and `err` take colours
/// and drop them when they are not wanted.
pub(crate) struct Io {
    /// Standard output, for reports.
    pub(crate) out: Box<dyn Write + Send>,
    /// Standard error, for talk.
    pub(crate) err: Box<dyn Write + Send>,
    /// Whether somebody watches standard error.
    pub(crate) err_is_terminal: bool,
    /// Standard output, for bytes that must arrive as they are.
    data: Box<dyn Write + Send>,
    out_is_terminal: bool,
    /// Whether it was said that standard output can't be written: once is enough.
    told_of_out: bool,
}

impl Io {
    /// The process's own streams.
    pub(crate) fn new(color: ColorChoice) -> Self {
        let color = color.for_streams();
        Self {
            out: Box::new(io::BufWriter::new(AutoStream::new(io::stdout(), color))),
            err: Box::new(AutoStream::new(io::stderr(), color)),
            err_is_terminal: io::stderr().is_terminal(),
            data: Box::new(io::stdout()),
            out_is_terminal: io::stdout().is_terminal(),
            told_of_out: false,
        }
    }

    /// Says on stderr what went wrong in a thing the user asked for. Nobody is left to tell when that fails.
    pub(crate) fn error(&mut self, message: impl fmt::Display) {
        self.say("error", ERROR, &message);
    }

    /// Says on stderr what the user may want to know.
    pub(crate) fn warning(&mut self, message: impl fmt::Display) {
        self.say("warning", WARNING, &message);
    }

    /// Says on stderr where to go on.
    pub(crate) fn hint(&mut self, message: impl fmt::Display) {
        self.say("hint", HINT, &message);
    }

    /// Says on stderr that the program is at fault.
    pub(crate) fn internal_error(&mut self, message: impl fmt::Display) -> Exit {
        self.error(format_args!("{message}; this is a bug of portcullis, please report it"));
        self.hint(
            "the report should hold this message, the command line and, if they may be shown, the files",
        );
        Exit::Internal
    }

    /// Says on stderr what is good to know. The text may be styled, so what users wrote has to be [`Printable`] in it.
    pub(crate) fn note(&mut self, message: impl fmt::Display) {
        let _ = writeln!(self.err, "{message}");
    }

    /// Writes data to stdout, byte for byte. A person at a terminal sees control characters escaped instead.
    ///
    /// A command whose data can't be written ends with `failed`.
    pub(crate) fn write(&mut self, data: &[u8], failed: Exit) -> Exit {
        let written = match std::str::from_utf8(data) {
            Ok(text) if self.out_is_terminal => write!(self.data, "{}", Printable(text)),
            _ => self.data.write_all(data),
        };
        match written.and_then(|()| self.data.flush()) {
            Ok(()) => Exit::Success,
            Err(error) if self.failed_to_write(&error) == Exit::Success => Exit::Success,
            Err(_) => failed,
        }
    }

    fn say(&mut self, word: &str, style: Style, message: &dyn fmt::Display) {
        let _ = writeln!(self.err, "{style}{word}{style:#}: {}", Printable(&message.to_string()));
    }

    /// Ends a command whose report could not be written. A reader that went away is no failure.
    pub(crate) fn failed_to_write(&mut self, error: &io::Error) -> Exit {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Exit::Success;
        }
        if !self.told_of_out {
            self.told_of_out = true;
            self.error(format_args!("standard output can't be written: {error}"));
        }
        Exit::One
    }

    /// Writes out what is buffered.
    pub(crate) fn finish(&mut self, exit: Exit) -> Exit {
        let written = self.out.flush().map_or_else(|error| self.failed_to_write(&error), |()| Exit::Success);
        if exit == Exit::Success { written } else { exit }
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Io").field("out_is_terminal", &self.out_is_terminal).finish_non_exhaustive()
    }
}

/// How `PASS` looks.
pub(crate) const PASS: Style = AnsiColor::Green.on_default().bold();
/// How `FAIL` looks.
pub(crate) const FAIL: Style = AnsiColor::Red.on_default().bold();
/// How `SKIPPED` looks.
pub(crate) const SKIPPED: Style = AnsiColor::Yellow.on_default().bold();
/// How `error` looks.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// How `warning` looks.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// How `hint` looks.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// How places in files look.
pub(crate) const PLACE: Style = AnsiColor::Cyan.on_default();

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    impl Io {
        /// Writes to memory, and what stderr gets.
        pub(crate) fn to_memory() -> (Self, Shared) {
            let err = Shared::default();
            (io_to(Shared::default(), &err, false), err)
        }
    }

    /// A stream that can be read after the [`Io`] that it was given to.
    #[derive(Clone, Default)]
    pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Shared {
        /// What was written.
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[derive(Clone)]
    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    fn io_to(out: impl Write + Send + Clone + 'static, err: &Shared, out_is_terminal: bool) -> Io {
        Io {
            out: Box::new(out.clone()),
            err: Box::new(AutoStream::never(Box::new(err.clone()) as Box<dyn Write + Send>)),
            err_is_terminal: false,
            data: Box::new(out),
            out_is_terminal,
            told_of_out: false,
        }
    }

    #[test]
    fn data_arrives_byte_for_byte_but_at_a_terminal() {
        let (piped, watched, err) = (Shared::default(), Shared::default(), Shared::default());
        for (out, is_terminal) in [(&piped, false), (&watched, true)] {
            let exit =
                io_to(out.clone(), &err, is_terminal).write("a\u{1b}[31m\tb\u{9b}1m\n".as_bytes(), Exit::Two);
            assert_eq!(exit, Exit::Success);
        }
        assert_eq!(piped.text(), "a\u{1b}[31m\tb\u{9b}1m\n");
        assert_eq!(watched.text(), "a\\u{1b}[31m\tb\\u{9b}1m\n");
    }

    #[test]
    fn what_users_wrote_can_not_steer_the_terminal() {
        let err = Shared::default();
        let mut io = io_to(Shared::default(), &err, false);
        io.error("stat a\u{1b}]0;title\u{7}: no such file");
        io.warning("b\r\u{8}");
        io.hint("c\u{202e}d");
        assert_eq!(
            err.text(),
            "error: stat a\\u{1b}]0;title\\u{7}: no such file\nwarning: b\\r\\u{8}\nhint: c\\u{202e}d\n"
        );
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let err = Shared::default();
        let mut io = io_to(Failing(io::ErrorKind::BrokenPipe), &err, false);
        assert_eq!(io.write(b"x", Exit::Two), Exit::Success);
        assert_eq!(io.finish(Exit::Success), Exit::Success);
        assert_eq!(err.text(), "");
    }

    #[test]
    fn a_failure_to_write_is_told_once() {
        let err = Shared::default();
        let mut io = io_to(Failing(io::ErrorKind::StorageFull), &err, false);
        assert_eq!(io.write(b"x", Exit::Two), Exit::Two);
        assert_eq!(io.finish(Exit::Success), Exit::One);
        assert_eq!(err.text(), "error: standard output can't be written: no storage space\n");
    }

    #[test]
    fn a_bug_is_told_with_what_to_do() {
        let err = Shared::default();
        assert_eq!(io_to(Shared::default(), &err, false).internal_error("the sky fell"), Exit::Internal);
        insta::assert_snapshot!(err.text(), @r"
        error: the sky fell; this is a bug of portcullis, please report it
        hint: the report should hold this message, the command line and, if they may be shown, the files
        ");
    }
}
