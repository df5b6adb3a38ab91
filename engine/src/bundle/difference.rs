//! How two bundles differ: in files, manifests, data, packages and rules.

mod rules;

use std::collections::{BTreeMap, BTreeSet};

use super::contents::Contents;
use super::manifest::Manifest;
use super::overview::FileSummary;
use crate::frontend::ParsedModules;
use crate::value::{Difference, Value, differences};

pub use self::rules::{Place, RuleDifference};

/// One of two bundles.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Its files.
    pub files: &'a [FileSummary],
    /// What they mean together.
    pub contents: &'a Contents,
    /// Its modules, in the order of those in the contents.
    pub modules: &'a ParsedModules,
}

/// How two bundles differ; empty if they have the same files. All lists are sorted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BundleDifference {
    /// Files with other bytes, or that only one has.
    pub files: Vec<FileDifference>,
    /// Fields of the manifests. The order of roots does not matter: they are compared as a set.
    pub manifest: Vec<Difference>,
    /// Packages that only one has.
    pub packages: Vec<PackageDifference>,
    /// Rules that are written otherwise, or that only one has.
    pub rules: Vec<RuleDifference>,
    /// Where the base documents differ.
    pub data: Vec<Difference>,
    /// Whether there are more such places.
    pub more_data: bool,
}

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Only the second bundle has it.
    Added,
    /// Only the first bundle has it.
    Removed,
    /// Both have it, and it differs.
    Changed,
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDifference {
    /// Its path in the bundle.
    pub path: String,
    /// The file in the first bundle.
    pub before: Option<FileSummary>,
    /// The file in the second bundle.
    pub after: Option<FileSummary>,
}

/// A package that only one bundle has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageDifference {
    /// Its path: `data.a.b`.
    pub package: String,
    /// Which bundle has it.
    pub change: Change,
}

impl BundleDifference {
    /// Whether the bundles have the same files.
    pub fn is_nothing(&self) -> bool {
        self.files.is_empty()
    }
}

impl FileDifference {
    /// What became of the file.
    pub fn change(&self) -> Change {
        Change::of(self.before.is_some(), self.after.is_some())
    }
}

impl Change {
    /// What became of something that was there before, or is there after it.
    pub fn of(before: bool, after: bool) -> Self {
        match (before, after) {
            (false, _) => Self::Added,
            (true, false) => Self::Removed,
            (true, true) => Self::Changed,
        }
    }

    /// What became of a value.
    pub fn of_value(difference: &Difference) -> Self {
        Self::of(difference.left.is_some(), difference.right.is_some())
    }
}

/// How `after` differs from `before`, with at most so many places of data.
///
/// Rules are compared by what is parsed: comments, METADATA too, white space, the order of rules, and in which file of the
/// package they stand don't matter. An import that a rule uses is part of it.
pub fn difference(before: Side<'_>, after: Side<'_>, data_limit: usize) -> BundleDifference {
    let packages = |side: Side<'_>| -> BTreeSet<String> {
        side.modules.trees().iter().filter_map(rules::package).collect()
    };
    let (old_packages, new_packages) = (packages(before), packages(after));
    let only = |these: &BTreeSet<String>, not: &BTreeSet<String>, change| -> Vec<PackageDifference> {
        let only = these.difference(not);
        only.map(|package| PackageDifference { package: package.clone(), change }).collect()
    };
    let mut packages = only(&old_packages, &new_packages, Change::Removed);
    packages.extend(only(&new_packages, &old_packages, Change::Added));
    packages.sort_by(|left, right| left.package.cmp(&right.package));

    let data = |side: Side<'_>| Value::Object(side.contents.data.clone());
    let mut data = differences(&data(before), &data(after), data_limit.saturating_add(1));
    let more_data = data.len() > data_limit;
    data.truncate(data_limit);
    BundleDifference {
        files: files(before.files, after.files),
        manifest: differences(
            &comparable(&before.contents.manifest),
            &comparable(&after.contents.manifest),
            MANIFEST_LIMIT,
        ),
        packages,
        rules: rules::differences(before, after),
        data,
        more_data,
    }
}

fn files(before: &[FileSummary], after: &[FileSummary]) -> Vec<FileDifference> {
    let mut pairs: BTreeMap<&str, (Option<&FileSummary>, Option<&FileSummary>)> = BTreeMap::new();
    for file in before {
        pairs.entry(&file.path).or_default().0 = Some(file);
    }
    for file in after {
        pairs.entry(&file.path).or_default().1 = Some(file);
    }
    let digest = |file: Option<&FileSummary>| file.map(|file| file.sha256.clone());
    let differing = pairs.into_iter().filter(|(_, (before, after))| digest(*before) != digest(*after));
    differing
        .map(|(path, (before, after))| FileDifference {
            path: path.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        })
        .collect()
}

/// A manifest with its roots as a set.
fn comparable(manifest: &Manifest) -> Value {
    let mut value = manifest.to_value();
    if let Value::Object(fields) = &mut value {
        let roots = manifest.roots.iter().map(|root| Value::from(root.as_str())).collect();
        fields.insert(Value::from("roots"), Value::Set(roots));
    }
    value
}

/// How many differences of manifests are told; nobody reads more.
const MANIFEST_LIMIT: usize = 1000;

#[cfg(test)]
mod tests;
