//! Writes the corpus that the front end is measured with: `corpus DIRECTORY [MODULES]`, by default 1,000 modules.

#![expect(clippy::disallowed_methods, reason = "an example writes files; the engine itself writes nothing")]

#[path = "../benches/frontend/corpus.rs"]
mod corpus;

use std::io::{Error, ErrorKind};
use std::path::Path;

fn main() -> Result<(), Error> {
    let wrong = || Error::new(ErrorKind::InvalidInput, "usage: corpus DIRECTORY [MODULES]");
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or_else(wrong)?;
    let count = arguments.next().map_or(Ok(1000), |count| count.parse().map_err(|_| wrong()))?;
    for module in corpus::modules(count) {
        let path = Path::new(&directory).join(module.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, module.text)?;
    }
    Ok(())
}
