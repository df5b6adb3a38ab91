//! `--delta`: what changed since a bundle that was released.

use std::path::Path;

use portcullis::bundle::{self, Built, Member};

use crate::load;
use crate::policy_set::Failure;

/// The files of the delta bundle that makes `built` of the bundle at `from`.
///
/// # Errors
/// When that bundle can't be read, or why there is no such delta bundle.
pub(super) fn members(from: &Path, built: &Built) -> Result<Vec<Member>, Failure> {
    let old =
        load::archive(from, &[], load::Limits::default(), &load::Trust::Anyone).map_err(Failure::of_load)?;
    let new = bundle::assemble(built.members.clone(), None).map_err(|error| Failure::of_content(&error))?;
    bundle::delta(&old, &new).map_err(|reason| {
        Failure::of_message(&format!("no delta bundle makes this of `{}`: {reason}", from.display()))
    })
}
