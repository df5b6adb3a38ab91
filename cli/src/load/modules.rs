//! Collects modules under the names by which OPA tells them apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis::policy::RegoVersion;
use portcullis::source::{Source, Sources};

use super::LoadWarning;

/// Modules by the key under which OPA keeps them: of two with the same key the last one counts.
#[derive(Debug, Default)]
pub(super) struct Modules {
    list: Vec<Option<(Source, Option<RegoVersion>)>>,
    by_key: BTreeMap<String, usize>,
    warnings: Vec<LoadWarning>,
}

impl Modules {
    /// Adds a module; one with the same key that is there already goes away.
    pub(super) fn add(&mut self, key: String, source: Source, version: Option<RegoVersion>) {
        let name = Arc::clone(source.name());
        let index = self.list.len();
        self.list.push(Some((source, version)));
        let Some(earlier) = self.by_key.insert(key, index) else { return };
        let replaced = self.list.get_mut(earlier).and_then(Option::take);
        let stays = self.list.last().and_then(Option::as_ref);
        let differs =
            replaced.zip(stays).is_some_and(|((replaced, _), (stays, _))| replaced.text() != stays.text());
        if differs {
            let message =
                format!("{name}: there are two modules of this name, and only the last one is used");
            self.warnings.push(LoadWarning { message });
        }
    }

    /// How many modules there are.
    pub(super) fn len(&self) -> usize {
        self.list.iter().flatten().count()
    }

    /// The modules in the order in which they came, the version of each, and what was replaced.
    pub(super) fn into_parts(self) -> (Sources, Vec<Option<RegoVersion>>, Vec<LoadWarning>) {
        let mut sources = Sources::new();
        let mut versions = Vec::new();
        for (source, version) in self.list.into_iter().flatten() {
            sources.add(source);
            versions.push(version);
        }
        (sources, versions, self.warnings)
    }
}
