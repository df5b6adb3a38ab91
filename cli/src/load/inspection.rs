//! The files of one bundle as they are, for those who look at it and don't load it.

use std::path::Path;

use portcullis::bundle::{self, Member, Overview, Role};

use super::location::clean;
use super::{
    BundleContent, BundleLocation, Found, Limits, LoadError, LoadMode, LoadOptions, TestData, Trust,
    bundle_locations, file, members,
};

/// What a bundle consists of. Of a directory, only the files count that mean something in bundles.
///
/// # Errors
///
/// When a file can't be read, or the files are no bundle.
pub(crate) fn overview(argument: &str) -> Result<Overview, LoadError> {
    let (path, members, base) = files(argument)?;
    let overview = bundle::overview(members, base.as_deref());
    overview.map_err(|error| LoadError::of_content(error).within(&format!("bundle {path}: ")))
}

/// The path of a bundle, its files, and the path again if it is a directory.
fn files(argument: &str) -> Result<(String, Vec<Member>, Option<String>), LoadError> {
    let options = LoadOptions {
        paths: vec![argument.to_owned()],
        ignore: Vec::new(),
        mode: LoadMode::Bundles,
        beside_bundles: Vec::new(),
        limits: Limits::default(),
        testdata: TestData::Skip,
        trust: Trust::Anyone,
    };
    let Some(BundleLocation { path, content, .. }) = bundle_locations(&options).pop() else {
        return Err(LoadError::new("there is no bundle to read"));
    };
    let shown = clean(&path).to_string_lossy().into_owned();
    match content {
        BundleContent::Unreadable(error) => Err(error),
        BundleContent::Archive => {
            let members = members(&path, &[], options.limits);
            let members = members.and_then(|members| options.trust.archive(&path, members));
            let members = members.map_err(|error| error.within(&format!("bundle {shown}: ")))?;
            Ok((shown, members, None))
        }
        BundleContent::Directory(found) => {
            let members = of_directory(&path, &found, options.limits)?;
            Ok((shown.clone(), members, Some(shown)))
        }
    }
}

fn of_directory(root: &Path, found: &[Found], limits: Limits) -> Result<Vec<Member>, LoadError> {
    let mut members = Vec::new();
    for found in found {
        let relative = found.path.strip_prefix(root).unwrap_or(&found.path);
        let path = format!("/{}", relative.to_string_lossy());
        if Role::of(&path).is_some() {
            members.push(Member { path, bytes: file::read(&found.path, limits)? });
        }
    }
    Ok(members)
}
