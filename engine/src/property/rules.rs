//! Properties that are rules: `property_...`, true for every input.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::annotation::{below_data, custom};
use super::kind::Kind;
use super::text::Texts;
use super::{DataScope, Path, Property, PropertySet, SetBudget};
use crate::diagnostic::{Code, Diagnostic};
use crate::frontend::{Inventory, ParsedModules};
use crate::policy::{RuleInfo, RuleKind};
use crate::suite::table::path;
use crate::syntax::tree::TermKind;

/// The documents that list the inputs of properties, by the names of these.
pub type Generators = BTreeMap<Arc<str>, Path>;

/// The sets of the rules called `property_...`, one for each package; and of each of its properties the generator, if it has one.
/// They stand in packages whose names end in `test` or `properties`, or have something under `custom.portcullis`.
///
/// The METADATA of such a rule may have, under `custom.portcullis`, the `entrypoint` whose inputs it is tried on, and a
/// `generator`, the document that lists them. A rule `assume_...` of the same name says which inputs it is about.
///
/// # Errors
/// Rules that can't be properties, and METADATA that says something else.
pub fn of_rules(
    rules: &[RuleInfo],
    inventory: &Inventory,
) -> Result<Vec<(PropertySet, Generators)>, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let mut said: BTreeMap<Path, (Option<Path>, Option<Path>)> = BTreeMap::new();
    for annotated in &inventory.annotations {
        let Some(at) = below_data(annotated).filter(|at| is_property(at.last())) else { continue };
        match custom(annotated) {
            None => {}
            Some(Err(error)) => errors.push(error),
            Some(Ok(form)) => {
                let mut path = |text: Option<crate::document::Spanned<String>>| {
                    let text = text?;
                    match path::data(&text.value, annotated.annotations.span) {
                        Ok(path) => Some(Path::from(path)),
                        Err(error) => {
                            errors.push(Diagnostic { code: Code::Property, ..error });
                            None
                        }
                    }
                };
                let (entrypoint, generator) = (path(form.entrypoint), path(form.generator));
                said.insert(at, (entrypoint, generator));
            }
        }
    }
    let known: BTreeSet<Path> = rules.iter().map(full_path).collect();
    let mut sets: BTreeMap<Path, (PropertySet, Generators)> = BTreeMap::new();
    let mut seen: BTreeSet<Path> = BTreeSet::new();
    for rule in rules {
        let name = rule.path.first().map(|element| &element.name);
        if rule.path.len() != 1 || !is_property(name) {
            continue;
        }
        let Some(name) = name else { continue };
        let at = full_path(rule);
        let is_meant = said.contains_key(&at) || is_for_tests(&rule.package);
        let is_function = rule.kind == RuleKind::Function;
        if !is_meant || is_function || !seen.insert(at.clone()) {
            continue;
        }
        if !matches!(rule.kind, RuleKind::Complete | RuleKind::Default) {
            let message = format!("`{name}` is no rule that is true or not");
            let help = "write `property_... if { ... }`; it is tried with each input";
            errors.push(Diagnostic::error(Code::Property, message, rule.span).with_help(help));
            continue;
        }
        let package: Path = rule.package.clone().into();
        let count = sets.len();
        let (set, generators) = sets.entry(package.clone()).or_insert_with(|| {
            let set = PropertySet {
                name: path::show("data", &package).into(),
                span: rule.span,
                entrypoint: None,
                policies: None,
                data: Vec::new(),
                inputs: Vec::new(),
                budget: SetBudget::default(),
                baseline: None,
                accepted: Vec::new(),
                properties: Vec::new(),
                in_modules: true,
                texts: Texts::new(&format!("r{count}")),
            };
            (set, Generators::new())
        });
        let (entrypoint, generator) = said.get(&at).cloned().unwrap_or_default();
        let stem = name.strip_prefix(PREFIX).unwrap_or(name);
        let assume: Path = rule.package.iter().cloned().chain([format!("assume_{stem}").into()]).collect();
        generators.extend(generator.map(|generator| (Arc::clone(name), generator)));
        set.properties.push(Property {
            id: Arc::clone(name),
            span: rule.span,
            title: None,
            entrypoint: entrypoint.map(|path| (path, rule.span)),
            each: Vec::new(),
            set: Vec::new(),
            assume: Vec::new(),
            data: DataScope::Loaded,
            kind: Kind::Rule { path: at, assume: known.contains(&assume).then_some(assume) },
        });
    }
    if errors.is_empty() { Ok(sets.into_values().collect()) } else { Err(errors) }
}

/// Whether modules may have properties: in METADATA, or as rules. Quick, so that others need not be looked at closely.
pub fn may_be_in(modules: &ParsedModules) -> bool {
    modules.trees().iter().any(|module| {
        let mut custom =
            module.annotations.iter().filter_map(|annotations| annotations.custom.as_ref()?.as_object());
        let mut heads = module.rules.iter().map(|rule| &rule.head.reference.head.kind);
        custom.any(|custom| custom.get_str("portcullis").is_some())
            || heads.any(|head| matches!(head, TermKind::Var(var) if var.name.as_str().starts_with(PREFIX)))
    })
}

fn full_path(rule: &RuleInfo) -> Path {
    rule.package.iter().cloned().chain(rule.path.iter().map(|element| Arc::clone(&element.name))).collect()
}

/// Policies may call their rules as they like; in packages for tests the name has a meaning.
fn is_for_tests(package: &[Arc<str>]) -> bool {
    let last = package.last().map(|name| &**name).unwrap_or_default();
    PACKAGES.iter().any(|ending| last.ends_with(ending))
}

fn is_property(name: Option<&Arc<str>>) -> bool {
    name.is_some_and(|name| name.starts_with(PREFIX))
}

const PREFIX: &str = "property_";
/// What the names of packages end in that are for tests.
const PACKAGES: [&str; 2] = ["test", "properties"];
