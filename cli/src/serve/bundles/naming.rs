//! Which bundle the path of a request names.

/// The name of the bundle that is asked for by what comes after `/bundles/`, as it was sent: `NAME`, `NAME.tar.gz` or
/// `NAME/bundle.tar.gz`. None if it can't be that of a bundle.
///
/// Names have no empty segments, none of `.` and `..`, and neither slashes nor control characters within a segment, however they
/// are written. A name is looked up among those of the catalogue and never becomes a path, so this is the second lock on that door.
pub(super) fn requested(path: &str) -> Option<String> {
    let mut name = String::new();
    for segment in path.split('/') {
        let segment = decoded(segment)?;
        if !is_segment(&segment) {
            return None;
        }
        if !name.is_empty() {
            name.push('/');
        }
        name += &segment;
    }
    if let Some(folder) = name.strip_suffix("/bundle.tar.gz") {
        name.truncate(folder.len());
    } else if let Some(stem) = name.strip_suffix(".tar.gz") {
        name.truncate(stem.len());
    }
    (!name.is_empty() && !name.ends_with('/')).then_some(name)
}

/// Whether this may stand between the slashes of a name.
pub(super) fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && !text.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'))
}

/// Takes the percent signs away.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::requested;

    #[test]
    fn a_bundle_is_named_in_three_ways() {
        for (path, name) in [
            ("authz", "authz"),
            ("authz.tar.gz", "authz"),
            ("authz/bundle.tar.gz", "authz"),
            ("team-a/authz/v1", "team-a/authz/v1"),
            ("team-a/authz/bundle.tar.gz", "team-a/authz"),
            ("a%20b", "a b"),
            ("%61uthz%2Etar.gz", "authz"),
            ("caf%C3%A9", "café"),
            ("bundle.tar.gz", "bundle"),
            ("...", "..."),
        ] {
            assert_eq!(requested(path).as_deref(), Some(name), "{path}");
        }
    }

    #[test]
    fn what_could_be_a_way_out_is_no_name() {
        for path in [
            "",
            "/",
            "a/",
            "a//b",
            "..",
            "../a",
            "a/../b",
            "a/./b",
            "%2e%2e/a",
            "%2E%2E%2Fa",
            "a%2Fb",
            "a%5Cb",
            "a\\b",
            "a%00",
            "a%0a",
            "a%7F",
            "%",
            "%4",
            "%zz",
            "%FF",
            ".tar.gz",
            "a/.tar.gz",
        ] {
            assert_eq!(requested(path), None, "{path}");
        }
    }
}
