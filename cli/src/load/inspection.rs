//! The files of one bundle as they are, for those who look at it and don't load it.

use std::path::Path;

use portcullis::bundle::{self, Contents, FileSummary, Member, Overview, Role};

use super::location::clean;
use super::{
    BundleContent, BundleLocation, Found, Limits, LoadError, LoadMode, LoadOptions, TestData, Trust,
    bundle_locations, file, members,
};

/// A bundle, and the files that it was made of.
#[derive(Debug)]
pub(crate) struct WholeBundle {
    pub(crate) files: Vec<FileSummary>,
    pub(crate) contents: Contents,
    /// Whether there may have been files that mean nothing in bundles, which were not read.
    pub(crate) is_directory: bool,
}

/// What a bundle consists of. Of a directory, only the files count that mean something in bundles.
///
/// # Errors
///
/// When a file can't be read, or the files are no bundle.
pub(crate) fn overview(argument: &str) -> Result<Overview, LoadError> {
    let Files { path, members, base } = files(argument)?;
    let overview = bundle::overview(members, base.as_deref());
    overview.map_err(|error| LoadError::of_content(error).within(&format!("bundle {path}: ")))
}

/// A bundle with its files, of which those count that [`overview`] counts.
///
/// # Errors
///
/// When a file can't be read, or the files are no bundle.
pub(crate) fn whole(argument: &str) -> Result<WholeBundle, LoadError> {
    let Files { path, members, base } = files(argument)?;
    let files = members.iter().map(FileSummary::of).collect();
    let contents = bundle::assemble(members, base.as_deref())
        .map_err(|error| LoadError::of_content(error).within(&format!("bundle {path}: ")))?;
    Ok(WholeBundle { files, contents, is_directory: base.is_some() })
}

/// The files of a bundle.
struct Files {
    /// Where the bundle is, for messages.
    path: String,
    members: Vec<Member>,
    /// The path again, if it is that of a directory.
    base: Option<String>,
}

fn files(argument: &str) -> Result<Files, LoadError> {
    let options = LoadOptions {
        paths: vec![argument.to_owned()],
        ignore: Vec::new(),
        mode: LoadMode::Bundles,
        beside_bundles: Vec::new(),
        limits: Limits::default(),
        testdata: TestData::Skip,
        trust: Trust::Anyone,
    };
    let Some(BundleLocation { path: root, content, .. }) = bundle_locations(&options).pop() else {
        return Err(LoadError::new("there is no bundle to read"));
    };
    let path = clean(&root).to_string_lossy().into_owned();
    match content {
        BundleContent::Unreadable(error) => Err(error),
        BundleContent::Archive => {
            let members =
                members(&root, &[], options.limits).and_then(|members| options.trust.archive(&root, members));
            let members = members.map_err(|error| error.within(&format!("bundle {path}: ")))?;
            Ok(Files { path, members, base: None })
        }
        BundleContent::Directory(found) => {
            let members = of_directory(&root, &found, options.limits)?;
            Ok(Files { base: Some(path.clone()), path, members })
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
