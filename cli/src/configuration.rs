//! Finds and reads the configuration file that applies.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use portcullis::config::Config;
use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::source::{Source, Sources};

use crate::load::{clean, io_reason, named_path};
use crate::policy_set::Failure;

/// A configuration and where it is from.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What it says.
    pub(crate) config: Config,
    /// The folder that its paths are relative to; empty without a file.
    pub(crate) folder: PathBuf,
    /// The file, for errors that have their place in it.
    pub(crate) sources: Sources,
}

/// The configuration in the file that is `given`, or else in the nearest one to the first of `paths`; what holds without
/// a file if there is none.
///
/// # Errors
/// A file that can't be read, or is wrong.
pub(crate) fn find(given: Option<&Path>, paths: &[String]) -> Result<Found, Failure> {
    let path = given.map(Path::to_owned).or_else(|| nearest(paths));
    path.map_or_else(|| Ok(Found::default()), |path| read(&path))
}

/// A path from the root on, without `.` and `..`; links are not followed.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    clean(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// A path as it would be written in the working directory.
pub(crate) fn shortest(path: &Path) -> PathBuf {
    let path = absolute(path);
    let inside = path.strip_prefix(absolute(Path::new("."))).map(Path::to_owned);
    match inside {
        Ok(inside) if inside.as_os_str().is_empty() => ".".into(),
        inside => inside.unwrap_or(path),
    }
}

/// What patterns of a configuration in `folder` are matched with: the path from there to the file of this name. What lies
/// elsewhere, as in an archive, goes by its own name.
pub(crate) fn from_folder(folder: &Path, name: &str) -> PathBuf {
    let path = absolute(Path::new(name));
    path.strip_prefix(folder).map_or_else(|_| name.trim_start_matches('/').into(), Path::to_owned)
}

/// The nearest folder around the first path, or the path itself, that has something of this name in it. Without paths, the working directory is
/// looked at, and those above it.
pub(crate) fn folder_with(name: &str, paths: &[String]) -> Option<PathBuf> {
    let start = paths.first().and_then(|path| named_path(path)).unwrap_or_default();
    let start = absolute(if start.as_os_str().is_empty() { Path::new(".") } else { &start });
    start.ancestors().find(|folder| folder.join(name).exists()).map(Path::to_owned)
}

/// By the shortest name.
fn nearest(paths: &[String]) -> Option<PathBuf> {
    let folder = folder_with(FILE, paths)?;
    let inside = folder.strip_prefix(absolute(Path::new("."))).ok();
    Some(inside.unwrap_or(&folder).join(FILE))
}

fn read(path: &Path) -> Result<Found, Failure> {
    let name = path.display().to_string();
    let refuse =
        |message: String| Failure::new(vec![Diagnostic::error(Code::Config, message, None)], Sources::new());
    let mut bytes = Vec::new();
    fs_err::File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(
        |error| refuse(format!("the configuration `{name}` can't be read: {}", io_reason(&error))),
    )?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES) {
        return Err(refuse(format!("the configuration `{name}` is larger than {MOST_BYTES} bytes")));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| refuse(format!("the configuration `{name}` is no UTF-8")))?;
    let mut sources = Sources::new();
    let source = sources.add(Source::new(name, text.as_str()));
    match Config::read(source, &text) {
        Ok(config) => {
            let folder = absolute(path).parent().map(Path::to_owned).unwrap_or_default();
            Ok(Found { config, folder, sources })
        }
        Err(errors) => Err(Failure::new(errors, sources)),
    }
}

/// What a configuration file is called.
pub(crate) const FILE: &str = "portcullis.toml";

/// A larger configuration is none.
const MOST_BYTES: u64 = 1 << 20;
