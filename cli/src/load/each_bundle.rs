//! Bundles, each for itself and not put together.

use std::collections::BTreeSet;

use portcullis::bundle::Contents;

use super::{LoadError, LoadOptions, Loader, bundle_locations};

/// What is in each bundle that the paths name, with the argument that names it.
///
/// # Errors
/// The first one that can't be read, or whose signature doesn't hold.
pub(crate) fn each_bundle(options: &LoadOptions) -> Result<Vec<(String, Contents)>, LoadError> {
    Loader::new(options, BTreeSet::new()).read_bundles(bundle_locations(options), &options.ignore)
}
