//! Where to publish, as it is said on the command line.

use std::path::PathBuf;

use super::PublishError;
use super::index::CURRENT;

/// Where to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The folder of one bundle.
    Directory(PathBuf),
    /// The URL that the bundle is put to.
    Http(String),
    /// A place in an object store.
    Store(Place),
    /// `host/repository:tag` in a registry.
    Registry(String),
}

/// A place in an object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whose store.
    pub(super) provider: Provider,
    /// The bucket or container.
    pub(super) bucket: String,
    /// What the keys of one bundle start with, without slashes at its ends.
    pub(super) prefix: String,
}

/// Whose object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    /// S3 or what is compatible with it.
    Amazon,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Microsoft,
}

impl Provider {
    /// What URLs of it start with.
    pub(super) fn scheme(self) -> &'static str {
        match self {
            Self::Amazon => "s3",
            Self::Google => "gs",
            Self::Microsoft => "az",
        }
    }
}

impl Destination {
    /// Reads a destination. A name is added to a directory or store that holds several bundles.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn parse(text: &str, name: Option<&str>) -> Result<Self, PublishError> {
        if let Some(name) = name {
            check_name(name)?;
        }
        let Some((scheme, rest)) = text.split_once("://") else { return directory(text, name) };
        let provider = match scheme {
            "file" => return directory(file_path(text, rest)?, name),
            "http" | "https" => {
                no_name(name, "the URL is that of the bundle itself")?;
                return Ok(Self::Http(text.to_owned()));
            }
            "oci" => {
                no_name(name, "the repository is that of the bundle itself")?;
                return Ok(Self::Registry(rest.to_owned()));
            }
            "s3" => Provider::Amazon,
            "gs" => Provider::Google,
            "az" => Provider::Microsoft,
            other => {
                return Err(PublishError::new(format!("`{other}` is no kind of destination"))
                    .with_help("it can be a path, file, http, https, s3, gs, az or oci"));
            }
        };
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let key = key.trim_matches('/');
        let key =
            key.strip_suffix(CURRENT).filter(|rest| rest.is_empty() || rest.ends_with('/')).unwrap_or(key);
        let parts = [key.trim_end_matches('/'), name.unwrap_or_default()];
        let prefix = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        if bucket.is_empty() || bucket.contains(['@', ':', '?', '#']) {
            return Err(PublishError::new(format!("`{text}` names no bucket"))
                .with_help(format!("it has the form {scheme}://BUCKET/NAME")));
        }
        if prefix.is_empty() {
            return Err(PublishError::new(format!("`{text}` does not say which bundle this is"))
                .with_help(format!("it has the form {scheme}://BUCKET/NAME")));
        }
        check_name(&prefix)?;
        Ok(Self::Store(Place { provider, bucket: bucket.to_owned(), prefix }))
    }
}

/// The path of a `file` URL; percent signs are as in the paths of other programs' messages: themselves.
fn file_path<'a>(text: &str, rest: &'a str) -> Result<&'a str, PublishError> {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if path.starts_with('/') {
        return Ok(path);
    }
    Err(PublishError::new(format!("`{text}` names another machine"))
        .with_help("a path has three slashes: file:///srv/bundles"))
}

fn directory(text: &str, name: Option<&str>) -> Result<Destination, PublishError> {
    if text.is_empty() {
        return Err(PublishError::new("the destination is empty"));
    }
    let mut folder = PathBuf::from(text);
    if name.is_none() && folder.file_name().is_some_and(|last| last == CURRENT) {
        folder.pop();
    }
    if let Some(name) = name {
        folder.push(name);
    } else if folder.file_name().is_none() {
        return Err(PublishError::new(format!("`{text}` does not say which bundle this is"))
            .with_help("its last part is the name of the bundle; or give one with --name"));
    }
    if folder.to_string_lossy().ends_with(".tar.gz") {
        return Err(PublishError::new(format!("`{}` is the name of an archive", folder.display()))
            .with_help("the destination is the folder of one bundle, such as /srv/bundles/authz"));
    }
    Ok(Destination::Directory(folder))
}

fn no_name(name: Option<&str>, why: &str) -> Result<(), PublishError> {
    match name {
        Some(_) => Err(PublishError::new(format!("--name has no use here: {why}"))),
        None => Ok(()),
    }
}

/// A name becomes a path and keys, so nothing in it may lead elsewhere.
fn check_name(name: &str) -> Result<(), PublishError> {
    let is_bad = |part: &str| {
        matches!(part, "" | "." | "..")
            || part.chars().any(|c| c.is_control() || matches!(c, '\\' | '?' | '#' | '*'))
    };
    if name.split('/').any(is_bad) {
        return Err(PublishError::new(format!("`{name}` can't be the name of a bundle"))
            .with_help("a name is made of parts with slashes between them; none is empty, `.` or `..`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, name: Option<&str>) -> String {
        match Destination::parse(text, name) {
            Ok(Destination::Directory(folder)) => format!("directory {}", folder.display()),
            Ok(Destination::Http(url)) => format!("put {url}"),
            Ok(Destination::Store(place)) => {
                format!("{} {} / {}", place.provider.scheme(), place.bucket, place.prefix)
            }
            Ok(Destination::Registry(reference)) => format!("registry {reference}"),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn destinations_say_what_they_are() {
        for (text, name, expected) in [
            ("/srv/bundles/authz", None, "directory /srv/bundles/authz"),
            ("/srv/bundles/authz/bundle.tar.gz", None, "directory /srv/bundles/authz"),
            ("/srv/bundles", Some("team/authz"), "directory /srv/bundles/team/authz"),
            ("file:///srv/authz", None, "directory /srv/authz"),
            ("file://localhost/srv/authz", None, "directory /srv/authz"),
            ("authz", None, "directory authz"),
            (".", Some("authz"), "directory ./authz"),
            ("https://host/bundles/authz.tar.gz", None, "put https://host/bundles/authz.tar.gz"),
            ("s3://bucket/authz", None, "s3 bucket / authz"),
            ("s3://bucket/a/b/", Some("c"), "s3 bucket / a/b/c"),
            ("gs://bucket", Some("authz"), "gs bucket / authz"),
            ("az://container/authz/bundle.tar.gz", None, "az container / authz"),
            ("oci://ghcr.io/org/authz:1", None, "registry ghcr.io/org/authz:1"),
        ] {
            assert_eq!(shown(text, name), expected, "{text} {name:?}");
        }
    }

    #[test]
    fn destinations_that_are_none_are_refused() {
        for (text, name, expected) in [
            ("", None, "the destination is empty"),
            ("/", None, "`/` does not say which bundle this is"),
            ("..", None, "`..` does not say which bundle this is"),
            ("out.tar.gz", None, "`out.tar.gz` is the name of an archive"),
            ("d", Some("../up"), "`../up` can't be the name of a bundle"),
            ("d", Some("/abs"), "`/abs` can't be the name of a bundle"),
            ("file://host/d", None, "`file://host/d` names another machine"),
            ("ftp://host/d", None, "`ftp` is no kind of destination"),
            ("s3://bucket", None, "`s3://bucket` does not say which bundle this is"),
            ("s3:///key", None, "`s3:///key` names no bucket"),
            ("s3://bucket/a/../b", None, "`a/../b` can't be the name of a bundle"),
            ("https://host/x", Some("n"), "--name has no use here: the URL is that of the bundle itself"),
        ] {
            assert_eq!(shown(text, name), format!("error: {expected}"), "{text} {name:?}");
        }
    }
}
