//! A report that goes to a file: gathered while tests run, written when they are over.

use std::fmt;
use std::io;

use anstream::AutoStream;
use portcullis::suite::Event;

use super::coverage_format::Covered;
use super::format::Reporter;
use crate::whole_file::{WholeFile, WriteError};

/// A reporter with what it wrote so far. Nothing of it lies on the disk before the end, so that a run that is stopped leaves
/// nothing behind.
pub(crate) struct FileReport {
    reporter: Reporter,
    /// Without colours, as in a pipe.
    text: AutoStream<Vec<u8>>,
    gathered: io::Result<()>,
    file: WholeFile,
}

impl FileReport {
    /// An empty report that will be written to a file.
    pub(crate) fn new(reporter: Reporter, file: WholeFile) -> Self {
        Self { reporter, text: AutoStream::never(Vec::new()), gathered: Ok(()), file }
    }

    /// Takes one event.
    pub(crate) fn event(&mut self, event: &Event) {
        if self.gathered.is_ok() {
            self.gathered = self.reporter.event(event, &mut self.text);
        }
    }

    /// Takes what was measured.
    pub(crate) fn covered(&mut self, covered: &Covered<'_>) {
        if self.gathered.is_ok() {
            self.gathered = self.reporter.covered(covered, &mut self.text);
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When it can't be written; what was there before is still there.
    pub(crate) fn write(self) -> Result<(), WriteError> {
        self.gathered.map_err(|error| self.file.failed(&error))?;
        self.file.write(&self.text.into_inner())
    }
}

impl fmt::Debug for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileReport").field("file", &self.file).finish_non_exhaustive()
    }
}
