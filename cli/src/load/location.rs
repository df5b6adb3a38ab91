//! Arguments that name what to load: `PATH`, `file://PATH` and `mount.path:PATH`.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A file or directory to load, and where under `data` its documents belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    /// The keys under `data`.
    pub(super) mount: Vec<Arc<str>>,
    /// The file or directory.
    pub(super) path: PathBuf,
}

impl Location {
    /// Reads an argument: everything before the first `:` is a mount, except in a URL.
    ///
    /// # Errors
    ///
    /// The text of the message, in OPA's words.
    pub(super) fn parse(argument: &str) -> Result<Self, String> {
        let is_url = argument.find("://").is_some_and(|scheme| argument.find(':') == Some(scheme));
        let (mount, path) = match argument.split_once(':') {
            Some((mount, path)) if !is_url && !mount.is_empty() => {
                (mount.split('.').map(Arc::from).collect(), path)
            }
            _ => (Vec::new(), argument),
        };
        Ok(Self { mount, path: local_path(path)? })
    }
}

/// The path that an argument without a mount names.
///
/// # Errors
///
/// The text of the message, in OPA's words.
pub(super) fn local_path(argument: &str) -> Result<PathBuf, String> {
    let path = if argument.contains("://") {
        let path = argument.strip_prefix("file://").ok_or(format!("unsupported URL scheme: {argument}"))?;
        // What stands before the first `/` is a host, which OPA does not look at.
        let path = path.find('/').and_then(|start| path.get(start..)).unwrap_or_default();
        percent_decoded(path).ok_or(format!("parse \"{argument}\": invalid URL escape"))?
    } else {
        argument.to_owned()
    };
    if path.starts_with("//") {
        return Err(format!("UNC path read is not allowed: {path}"));
    }
    Ok(path.into())
}

/// The file or directory that an argument names, if it can name one.
pub(crate) fn named_path(argument: &str) -> Option<PathBuf> {
    Location::parse(argument).ok().map(|location| location.path)
}

/// An argument that names another file or directory for the same place below `data`.
pub(crate) fn moved(argument: &str, path: &Path) -> String {
    let mount = Location::parse(argument).map(|location| location.mount.join(".")).unwrap_or_default();
    let colon = if mount.is_empty() { "" } else { ":" };
    format!("{mount}{colon}{}", path.display())
}

/// The shortest path that means the same without a look at the disk, as Go's `filepath.Clean`.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match cleaned.components().next_back() {
                Some(Component::Normal(_)) => {
                    cleaned.pop();
                }
                Some(Component::RootDir) => {}
                _ => cleaned.push(component),
            },
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => cleaned.push(component),
        }
    }
    if cleaned.as_os_str().is_empty() { PathBuf::from(".") } else { cleaned }
}

fn percent_decoded(path: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'?' || byte == b'#' {
            break;
        }
        decoded.push(if byte == b'%' {
            (hex_digit(bytes.next()?)? << 4) | hex_digit(bytes.next()?)?
        } else {
            byte
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Location, clean};

    #[test]
    fn a_mount_ends_at_the_first_colon() {
        let parsed = |argument| {
            let location = Location::parse(argument).unwrap();
            (location.mount.join("|"), location.path)
        };
        let is = |mount: &str, path: &str| (mount.to_owned(), PathBuf::from(path));
        assert_eq!(parsed("a/b.json"), is("", "a/b.json"));
        assert_eq!(parsed("x:a"), is("x", "a"));
        assert_eq!(parsed("x.y..z:a:b"), is("x|y||z", "a:b"));
        assert_eq!(parsed(":a"), is("", ":a"));
        assert_eq!(parsed("file:a"), is("file", "a"));
        assert_eq!(parsed("file:///a%20b"), is("", "/a b"));
        assert_eq!(parsed("x:file:///a"), is("x", "/a"));
    }

    #[test]
    fn what_opa_does_not_read_is_refused_in_its_words() {
        let message = |argument| Location::parse(argument).unwrap_err();
        assert_eq!(message("http://x/y"), "unsupported URL scheme: http://x/y");
        assert_eq!(message("//host/share"), "UNC path read is not allowed: //host/share");
        assert_eq!(message("file:///a%2"), "parse \"file:///a%2\": invalid URL escape");
    }

    #[test]
    fn cleaned_paths_are_those_of_go() {
        let cases = [
            ("", "."),
            (".", "."),
            ("./a", "a"),
            ("a//b/./c/", "a/b/c"),
            ("a/../b", "b"),
            ("../a/../..", "../.."),
            ("/../a", "/a"),
            ("/", "/"),
            ("a/..", "."),
        ];
        for (path, expected) in cases {
            assert_eq!(clean(Path::new(path)), PathBuf::from(expected), "{path}");
        }
    }
}
