//! The roots of a manifest, to be asked often.

use std::collections::BTreeSet;

/// Which paths lie in one of many roots.
pub(super) struct Roots<'a>(BTreeSet<&'a str>);

impl<'a> Roots<'a> {
    pub(super) fn new(roots: impl IntoIterator<Item = &'a String>) -> Self {
        Self(roots.into_iter().map(String::as_str).collect())
    }

    /// Whether one of them is the path, or is above it.
    pub(super) fn hold(&self, path: &[impl AsRef<str>]) -> bool {
        if self.0.contains("") {
            return true;
        }
        let mut joined = String::new();
        for (depth, key) in path.iter().map(AsRef::as_ref).enumerate() {
            if key.contains('/') {
                return false;
            }
            joined.extend([if depth == 0 { "" } else { "/" }, key]);
            if self.0.contains(&*joined) {
                return true;
            }
        }
        false
    }

    /// Whether one of them is above this one.
    pub(super) fn hold_root(&self, root: &str) -> bool {
        let above = root.match_indices('/').filter_map(|(end, _)| root.get(..end));
        !root.is_empty() && self.0.contains("") || above.into_iter().any(|above| self.0.contains(above))
    }

    /// Whether one of them is above another.
    pub(super) fn overlap(&self) -> bool {
        self.0.iter().any(|root| self.hold_root(root))
    }

    /// How many there are, each counted once.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Roots;
    use crate::bundle::overlap;

    const ALL: [&str; 12] = ["", "a", "a/b", "a/b/c", "ab", "b", "b/a", "/", "/a", "a/", "a//b", "//"];

    #[test]
    fn roots_overlap_as_each_pair_does() {
        for first in ALL {
            for second in ALL {
                let roots = [first, second].map(str::to_owned);
                let found = Roots::new(&roots);
                assert_eq!(
                    found.overlap() || found.len() < 2,
                    overlap(first, second),
                    "{first:?} {second:?}"
                );
            }
        }
    }

    #[test]
    fn a_path_lies_in_a_root_that_starts_it() {
        let hold = |root: &str, path: &[&str]| Roots::new(&[root.to_owned()]).hold(path);
        for (root, path, expected) in [
            ("", &["a"][..], true),
            ("", &[], true),
            ("a", &[], false),
            ("a", &["a"], true),
            ("a", &["a", "b"], true),
            ("a", &["ab"], false),
            ("a/b", &["a"], false),
            ("a/b", &["a", "b", "c"], true),
            ("a/b", &["a/b"], false),
            ("a", &["a", "x/y"], true),
            ("a//b", &["a", "", "b"], true),
            ("/a", &["", "a"], true),
        ] {
            assert_eq!(hold(root, path), expected, "{root} {path:?}");
        }
    }
}
