//! `--baseline` and `--update-baseline`: no mutant may survive that didn't before.

use std::path::{Path, PathBuf};

use portcullis::mutate::baseline::Baseline;

use crate::io::Io;
use crate::load::io_reason;
use crate::plural::plural;
use crate::report::mutation::Told;
use crate::whole_file::WholeFile;

/// What earlier runs say.
#[derive(Debug, clap::Args)]
pub(super) struct RatchetArgs {
    /// Exit with 2 when a mutant is not noticed that this file doesn't list
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the mutants that are not noticed to the file of --baseline instead
    #[arg(long, requires = "baseline", conflicts_with_all = ["changed", "shard", "operator", "list"])]
    update_baseline: bool,
}

/// What is done with a baseline.
#[derive(Debug)]
pub(super) enum Ratchet {
    /// There is none.
    Absent,
    /// Nothing but what it lists may survive.
    Compare { name: String, baseline: Baseline },
    /// This run makes it.
    Update(WholeFile),
}

/// Whether a run is as good as those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// It is, or nobody asked.
    Yes,
    /// More survives.
    No,
}

impl RatchetArgs {
    /// Reads the baseline, or sees to it that it can be written, before anything else is done.
    ///
    /// # Errors
    /// That it can't be.
    pub(super) fn ratchet(&self) -> Result<Ratchet, String> {
        match &self.baseline {
            None => Ok(Ratchet::Absent),
            Some(path) if self.update_baseline => {
                WholeFile::at(path).map(Ratchet::Update).map_err(|error| error.to_string())
            }
            Some(path) => compare(path),
        }
    }
}

fn compare(path: &Path) -> Result<Ratchet, String> {
    let name = path.display().to_string();
    let refuse = |reason: String| format!("the baseline `{name}` can't be read: {reason}");
    let text = fs_err::read(path).map_err(|error| {
        let is_missing = error.kind() == std::io::ErrorKind::NotFound;
        let hint = if is_missing { "; --update-baseline writes it" } else { "" };
        refuse(format!("{}{hint}", io_reason(&error)))
    })?;
    let baseline = Baseline::read(&text).map_err(|error| refuse(error.to_string()))?;
    Ok(Ratchet::Compare { name, baseline })
}

impl Ratchet {
    /// Compares or writes, and says what is worse.
    ///
    /// # Errors
    /// When the baseline can't be written; what was there before is still there.
    pub(super) fn settle(&self, told: &Told, io: &mut Io) -> Result<Held, String> {
        let now = Baseline::of(told.survivors());
        match self {
            Self::Absent => Ok(Held::Yes),
            Self::Update(file) if !told.is_complete => {
                io.warning(format_args!(
                    "the baseline `{}` is not written: the run was stopped",
                    file.name()
                ));
                Ok(Held::Yes)
            }
            Self::Update(file) => {
                file.write(now.to_text().as_bytes()).map_err(|error| error.to_string())?;
                Ok(Held::Yes)
            }
            Self::Compare { name, baseline } => {
                let new = baseline.beyond(&now);
                if new.is_empty() {
                    return Ok(Held::Yes);
                }
                let rules: Vec<String> = new
                    .iter()
                    .map(|survivor| {
                        format!("{} in {} of {}", survivor.operator, survivor.rule, survivor.file)
                    })
                    .collect();
                io.error(format_args!(
                    "{} not noticed that the baseline `{name}` doesn't list: {}",
                    if new.len() == 1 {
                        "1 mutant is".to_owned()
                    } else {
                        format!("{} are", plural(new.len(), "mutant"))
                    },
                    rules.join(", ")
                ));
                Ok(Held::No)
            }
        }
    }
}
