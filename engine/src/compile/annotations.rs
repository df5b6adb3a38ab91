//! Which METADATA annotations apply to which documents. OPA's stage `SetAnnotationSet`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::contents::Contents;
use super::report::Places;
use super::rule::{Rule, RuleId};
use super::state::State;
use super::tree::Key;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::tree::{Annotations, Name, SchemaAnnotation, Scope, Target};

/// Collects the annotations of all modules; a second block for the same document, package or packages is an error, which
/// [`report`] reports.
pub(super) fn collect(state: &mut State<'_>) {
    let mut set = AnnotationSet::default();
    let mut errors = Vec::new();
    let mut places = Places::new(state.sources);
    for index in &state.order {
        let Some(module) = state.modules.get(*index) else { continue };
        for (number, block) in module.annotations.iter().enumerate() {
            let place = Place { module: *index, block: number };
            let Some(before) = set.add(state, place, block) else { continue };
            let other = before.block(state).map(|block| places.show(block.span)).unwrap_or_default();
            let message = format!("{} annotation redeclared: {other}", block.scope.as_str());
            errors.push(Diagnostic::error(Code::Type, message, block.span));
        }
    }
    if state.has(Contents::REGO) {
        set.describe(state);
    }
    state.found_before.redeclared = errors;
    state.annotations = Arc::new(set);
}

/// Reports the second blocks that were found.
pub(super) fn report(state: &mut State<'_>) {
    for error in std::mem::take(&mut state.found_before.redeclared) {
        state.report.fatal(error);
    }
}

/// A METADATA block of a compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    module: usize,
    block: usize,
}

impl Place {
    /// The block itself.
    fn block<'s>(&self, state: &'s State<'_>) -> Option<&'s Annotations> {
        state.modules.get(self.module)?.annotations.get(self.block)
    }

    /// The path of the package or rule that the block stands above.
    fn path(self, state: &State<'_>) -> Vec<Key> {
        match self.block(state).and_then(|block| block.target) {
            Some(Target::Rule(index)) => self.rule(state, index).map(|(_, path)| path).unwrap_or_default(),
            Some(Target::Package | Target::Import(_)) | None => {
                self.package(state).map(string_keys).unwrap_or_default()
            }
        }
    }

    fn package(&self, state: &State<'_>) -> Option<Vec<Name>> {
        state.modules.get(self.module).map(|module| module.path().cloned().collect())
    }

    fn rule(&self, state: &State<'_>, index: usize) -> Option<(RuleId, Vec<Key>)> {
        let id = *state.modules.get(self.module)?.rules.get(index)?;
        Some((id, ground_path(state, state.rules.get(id.index())?)))
    }
}

/// The annotations of a compilation, by what they apply to.
#[derive(Debug, Default)]
pub(super) struct AnnotationSet {
    rules: BTreeMap<RuleId, Vec<Place>>,
    packages: BTreeMap<Vec<Name>, Place>,
    /// Annotations of documents and of subpackages.
    paths: BTreeMap<Vec<Key>, Place>,
    /// The blocks, for the rules of all modules that ask for them.
    described: BTreeMap<Place, Described>,
}

/// A METADATA block, away from its module.
#[derive(Debug)]
pub(super) struct Described {
    /// The block.
    pub(super) block: Annotations,
    /// The path of the package or rule that the block stands above.
    pub(super) path: Vec<Key>,
}

impl AnnotationSet {
    /// Adds a block, or answers which one is in its place.
    fn add(&mut self, state: &State<'_>, place: Place, block: &Annotations) -> Option<Place> {
        match (block.scope, block.target?) {
            (Scope::Rule, Target::Rule(index)) => {
                let (id, _) = place.rule(state, index)?;
                self.rules.entry(id).or_default().push(place);
                None
            }
            (Scope::Document, Target::Rule(index)) => {
                let (_, path) = place.rule(state, index)?;
                insert(&mut self.paths, path, place)
            }
            (Scope::Package, Target::Package) => insert(&mut self.packages, place.package(state)?, place),
            (Scope::Subpackages, Target::Package) => {
                insert(&mut self.paths, string_keys(place.package(state)?), place)
            }
            _ => None,
        }
    }

    /// Writes down the blocks and what they are about.
    fn describe(&mut self, state: &State<'_>) {
        let places = self.rules.values().flatten().chain(self.packages.values()).chain(self.paths.values());
        let described = |place: &Place| {
            let block = place.block(state)?.clone();
            Some((*place, Described { block, path: place.path(state) }))
        };
        self.described = places.filter_map(described).collect();
    }

    /// The blocks of a rule, the one closest to it first.
    pub(super) fn of_rule(&self, id: RuleId) -> Vec<&Described> {
        let places = self.rules.get(&id).into_iter().flatten().rev();
        places.filter_map(|place| self.described.get(place)).collect()
    }

    /// The schemas that apply in each rule that any apply in: those of packages around it, outermost first, of its
    /// package, of its document, and its own.
    pub(super) fn schemas(&self, state: &State<'_>) -> BTreeMap<RuleId, Vec<SchemaAnnotation>> {
        let mut found = BTreeMap::new();
        let mut all = self.rules.values().flatten().chain(self.packages.values()).chain(self.paths.values());
        if !all.any(|place| place.block(state).is_some_and(|block| !block.schemas.is_empty())) {
            return found;
        }
        for id in state.sequence() {
            let Some(rule) = state.rules.get(id.index()) else { continue };
            let package =
                state.modules.get(rule.module.index()).map(|module| module.path().cloned().collect());
            let package: Vec<Name> = package.unwrap_or_default();
            let path = string_keys(package.clone());
            let around = (1..=path.len()).filter_map(|length| self.paths.get(path.get(..length)?));
            let places = around.chain(self.packages.get(&package));
            let places = places.chain(self.paths.get(&ground_path(state, rule)));
            let places = places.chain(self.rules.get(&id).into_iter().flatten());
            let blocks = places.filter_map(|place| place.block(state));
            let schemas: Vec<_> = blocks.flat_map(|block| block.schemas.iter().cloned()).collect();
            if !schemas.is_empty() {
                found.insert(id, schemas);
            }
        }
        found
    }

    /// The blocks around a rule that aren't its own, the closest first.
    pub(super) fn around(&self, state: &State<'_>, rule: &Rule) -> Vec<&Described> {
        let mut found: Vec<&Place> = self.paths.get(&ground_path(state, rule)).into_iter().collect();
        let package = state.modules.get(rule.module.index()).map(|module| module.path().cloned().collect());
        let package: Vec<Name> = package.unwrap_or_default();
        found.extend(self.packages.get(&package));
        let mut path = string_keys(package);
        while !path.is_empty() {
            found.extend(self.paths.get(&path));
            path.pop();
        }
        found.into_iter().filter_map(|place| self.described.get(place)).collect()
    }
}

fn insert<K: Ord>(map: &mut BTreeMap<K, Place>, key: K, place: Place) -> Option<Place> {
    if let Some(before) = map.get(&key) {
        return Some(*before);
    }
    map.insert(key, place);
    None
}

/// The path of a rule below `data`, up to its first variable.
pub(super) fn ground_path(state: &State<'_>, rule: &Rule) -> Vec<Key> {
    state.full_path(rule).operands.iter().map_while(Key::of).collect()
}

fn string_keys(names: Vec<Name>) -> Vec<Key> {
    names.into_iter().map(Key::String).collect()
}
