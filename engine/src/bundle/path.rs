//! Paths of files in bundles, in which `/` separates.

use std::sync::Arc;

/// The shortest path that means the same, as Go's `path.Clean`.
pub(super) fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    match (is_absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// The keys under `data` of what a file at `path` says. Like OPA it takes no dots and slashes at the start.
pub fn data_keys(path: &str) -> Vec<Arc<str>> {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let directory = clean(directory);
    directory.trim_start_matches(['/', '.']).split('/').filter(|key| !key.is_empty()).map(Arc::from).collect()
}

#[cfg(test)]
mod tests {
    use super::{clean, data_keys};

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
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    #[test]
    fn data_belongs_where_its_file_lies() {
        let keys = |path| data_keys(path).join(".");
        assert_eq!(keys("/data.json"), "");
        assert_eq!(keys("data.json"), "");
        assert_eq!(keys("/a/b/data.json"), "a.b");
        assert_eq!(keys("./a//b/data.yaml"), "a.b");
    }
}
