//! What commands have in common that write one document, or say why there is none.

use crate::exit::Exit;
use crate::io::Io;
use crate::policy_set::Failure;
use crate::report::query::failure as failure_document;

/// For whom a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Errors go to stderr, with their lines.
    People,
    /// Errors are a document too.
    Machines,
}

/// Writes a document, or what is wrong; that ends the command with 1, as in OPA.
pub(super) fn tell(document: Result<String, Failure>, reader: Reader, io: &mut Io) -> Exit {
    match (document, reader) {
        (Ok(text), _) => io.write(text.as_bytes(), Exit::One),
        (Err(failure), Reader::People) => {
            failure.tell(io);
            Exit::One
        }
        (Err(failure), Reader::Machines) => {
            let _ = io.write(failure_document(&failure.errors()).as_bytes(), Exit::One);
            Exit::One
        }
    }
}
