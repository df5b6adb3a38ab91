//! Packs of policies: where they come from, which of their rules are asked, and about which documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::document;
use portcullis::frontend::Inventory;
use portcullis::policy::{RegoVersion, RuleKind};
use portcullis::source::{Source, Sources};
use portcullis::validate::{Declaration, DocumentKind, InputShape, RuleClass, Schema, rule_class};
use portcullis::value::{Object, Value};

use super::Args;
use super::settings::Settings;
use super::shipped::{self, SHIPPED, Shipped};
use crate::command::input::load_plainly;
use crate::load::{self, LoadMode, Loaded};
use crate::policy_set::{Failure, PolicySet, Terms};
use crate::refusal::Refusal;
use crate::report::validate::RuleText;

/// Policies that are compiled together, and the packs in them.
#[derive(Debug)]
pub(super) struct Group {
    /// The modules and data.
    pub(super) policies: PolicySet,
    /// The packs.
    pub(super) packs: Vec<Pack>,
}

/// One package with rules.
#[derive(Debug)]
pub(super) struct Pack {
    /// What it is called in reports.
    pub(super) name: Arc<str>,
    /// The path of the package, without `data`.
    pub(super) package: Vec<Arc<str>>,
    /// The rules to ask, by name.
    pub(super) rules: BTreeMap<Arc<str>, RuleClass>,
    /// Whether there is a rule `exception`.
    pub(super) has_exceptions: bool,
    /// What its input is.
    pub(super) input: InputShape,
    /// What it says that it is for.
    pub(super) kinds: Vec<Kind>,
    /// The rules that findings name, by their ids.
    pub(super) texts: BTreeMap<String, RuleText>,
    /// Whether it is asked only about what it is for.
    pub(super) detects: bool,
}

/// A kind of document that a pack is for.
#[derive(Debug)]
pub(super) struct Kind {
    /// What people call it.
    pub(super) title: String,
    /// What such documents fit, and no others.
    pub(super) detect: Option<Schema>,
    /// What they have to fit.
    pub(super) schema: Option<Schema>,
}

/// The packs that are to be asked.
///
/// # Errors
/// Packs that can't be read, that have no rules, or whose METADATA can't be used.
pub(super) fn load(args: &Args, settings: &Settings) -> Result<Vec<Group>, Failure> {
    let version = if args.v0_compatible { RegoVersion::V0 } else { RegoVersion::V1 };
    let data = match &*args.data {
        [] => None,
        paths => Some(load_plainly(paths, &[], LoadMode::Files, version)?.data),
    };
    if settings.packs.is_empty() {
        return SHIPPED.iter().map(|pack| of_shipped(pack, data.as_ref(), true)).collect();
    }
    let load = |name: &String| match shipped::named(name) {
        Some(pack) => of_shipped(pack, data.as_ref(), settings.detect),
        None => of_path(name, args, settings, version, data.as_ref()),
    };
    settings.packs.iter().map(load).collect()
}

fn of_shipped(pack: &Shipped, data: Option<&Value>, detects: bool) -> Result<Group, Failure> {
    let mut modules = Sources::new();
    for (file, text) in pack.modules {
        modules.add(Source::new(format!("{}/{file}", pack.name), *text));
    }
    let versions = pack.modules.iter().map(|_| None).collect();
    let loaded = Loaded { modules, versions, data: Object::new(), warnings: Vec::new() };
    let policies = PolicySet::new(loaded, Arc::new(Terms::new(RegoVersion::V1, None, None)))?;
    let inventory = policies.inventory()?;
    let schema = |name: &str| {
        let text = pack.schemas.iter().find(|(file, _)| *file == name).map(|(_, text)| *text);
        text.map(|text| Source::new(format!("{}/{name}", pack.name), text))
            .ok_or_else(|| "there is no such file".to_owned())
    };
    let packages = declaring(&inventory);
    let mut packs = packs_of(&policies, &inventory, &packages, detects, &schema)?;
    for one in &mut packs {
        one.name = pack.name.into();
    }
    Ok(Group { policies: with_data(policies, data), packs })
}

fn of_path(
    path: &str,
    args: &Args,
    settings: &Settings,
    version: RegoVersion,
    data: Option<&Value>,
) -> Result<Group, Failure> {
    if !Path::new(path).exists() && !path.contains(':') {
        let known: Vec<&str> =
            SHIPPED.iter().filter_map(|pack| pack.name.strip_prefix("agentweave-")).collect();
        return Err(Failure::of_refusal(
            Refusal::new(format!("there is no pack and no file `{path}`"))
                .with_help(format!("the shipped packs are {}", known.join(", "))),
        ));
    }
    let policies = load_plainly(&[path.to_owned()], &[], LoadMode::Files, version)?;
    let inventory = policies.inventory()?;
    let declared = declaring(&inventory);
    let with_rules = packages_with_rules(&policies);
    let wanted: Vec<Vec<Arc<str>>> = if !settings.namespaces.is_empty() {
        settings.namespaces.iter().map(|name| package_of(name)).collect()
    } else if args.all_namespaces {
        with_rules.iter().cloned().collect()
    } else if declared.is_empty() {
        vec![vec!["main".into()]]
    } else {
        declared
    };
    let lacking = wanted.iter().find(|package| !with_rules.contains(*package));
    if let Some(lacking) = lacking {
        let others: Vec<String> =
            with_rules.iter().map(|package| format!("`{}`", package.join("."))).collect();
        let refusal = Refusal::new(format!(
            "{path}: the package `{}` has no rule `deny`, `violation` or `warn`",
            lacking.join(".")
        ));
        return Err(Failure::of_refusal(if others.is_empty() {
            refusal.with_help("no package has; such a rule is `deny contains msg if { ... }`")
        } else {
            refusal.with_help(format!(
                "packages with such rules are {}; name one with --namespace",
                others.join(", ")
            ))
        }));
    }
    if wanted.is_empty() {
        let refusal = Refusal::new(format!("{path}: no package has a rule `deny`, `violation` or `warn`"));
        return Err(Failure::of_refusal(refusal.with_help("such a rule is `deny contains msg if { ... }`")));
    }
    let schema = |name: &str| load::module(name).map_err(|error| error.to_string());
    let mut packs = packs_of(&policies, &inventory, &wanted, settings.detect, &schema)?;
    if args.combine {
        for pack in &mut packs {
            pack.input = InputShape::Combined;
        }
    }
    Ok(Group { policies: with_data(policies, data), packs })
}

/// The packages whose METADATA says that they are packs.
fn declaring(inventory: &Inventory) -> Vec<Vec<Arc<str>>> {
    let packages = inventory.packages.iter().filter_map(|(_, path)| {
        path.operands.iter().map(|step| step.as_string().map(|name| Arc::from(name.as_str()))).collect()
    });
    let packages: BTreeSet<Vec<Arc<str>>> = packages.collect();
    let says = |package: &Vec<Arc<str>>| !matches!(Declaration::of_package(inventory, package), Ok(None));
    packages.into_iter().filter(says).collect()
}

fn packages_with_rules(policies: &PolicySet) -> BTreeSet<Vec<Arc<str>>> {
    let rules = policies.rules().into_iter();
    let asked = rules.filter(|rule| rule.kind != RuleKind::Function);
    let asked = asked.filter(|rule| rule.path.first().is_some_and(|name| rule_class(&name.name).is_some()));
    asked.map(|rule| rule.package).collect()
}

fn packs_of(
    policies: &PolicySet,
    inventory: &Inventory,
    packages: &[Vec<Arc<str>>],
    detects: bool,
    schema: &dyn Fn(&str) -> Result<Source, String>,
) -> Result<Vec<Pack>, Failure> {
    let pack = |package: &Vec<Arc<str>>| {
        let refuse = |error: Diagnostic| Failure::new(vec![error], policies.modules.clone());
        let declared = Declaration::of_package(inventory, package).map_err(refuse)?.unwrap_or_default();
        let kinds =
            declared.kinds.iter().map(|kind| of_kind(kind, policies, schema)).collect::<Result<_, _>>()?;
        let mut rules = BTreeMap::new();
        let mut has_exceptions = false;
        for rule in policies.rules() {
            let name = rule.path.first().map(|name| Arc::clone(&name.name));
            let Some(name) = name.filter(|_| rule.package == *package && rule.kind != RuleKind::Function)
            else {
                continue;
            };
            has_exceptions |= &*name == "exception";
            if let Some(class) = rule_class(&name) {
                rules.insert(name, class);
            }
        }
        Ok(Pack {
            name: package.join(".").into(),
            package: package.clone(),
            rules,
            has_exceptions,
            input: declared.input,
            kinds,
            texts: texts(inventory, package),
            detects,
        })
    };
    packages.iter().map(pack).collect()
}

fn of_kind(
    kind: &DocumentKind,
    policies: &PolicySet,
    read: &dyn Fn(&str) -> Result<Source, String>,
) -> Result<Kind, Failure> {
    let detect = kind.detect.as_ref().map(Schema::new).transpose();
    let detect = detect.map_err(|error| {
        Failure::of_message(&format!("what {} is detected by is no JSON Schema: {error}", kind.title))
    })?;
    let Some(file) = &kind.schema else {
        return Ok(Kind { title: kind.title.clone(), detect, schema: None });
    };
    let refuse = |reason: String| {
        let message = format!("the schema `{}` can't be read: {reason}", file.name);
        let help = "name a file beside this module that holds a JSON Schema";
        let error = Diagnostic::error(Code::Load, message, file.span).with_help(help);
        Failure::new(vec![error], policies.modules.clone())
    };
    let module = policies.modules.get(file.span.source).map(|source| Arc::clone(source.name()));
    let folder = module.as_deref().and_then(|module| Path::new(module).parent()).unwrap_or(Path::new(""));
    let path = folder.join(&file.name);
    // A shipped schema goes by its own name.
    let source = read(&file.name).or_else(|_| read(&path.to_string_lossy())).map_err(refuse)?;
    let mut sources = Sources::new();
    let id = sources.add(source.clone());
    let node = document::input(id, source.text()).map_err(|error| Failure::new(vec![error], sources))?;
    let schema = Schema::new(&node.to_value()).map_err(refuse)?;
    Ok(Kind { title: kind.title.clone(), detect, schema: Some(schema) })
}

/// What METADATA says of the rules of a package, by their `custom.id`.
fn texts(inventory: &Inventory, package: &[Arc<str>]) -> BTreeMap<String, RuleText> {
    let mut texts = BTreeMap::new();
    for annotated in &inventory.annotations {
        let own = annotated.package.operands.iter().map(|step| step.as_string());
        let is_own = annotated.package.operands.len() == package.len()
            && own.zip(package).all(|(step, name)| step.is_some_and(|step| *step.as_str() == **name));
        let custom = annotated.annotations.custom.as_ref().and_then(Value::as_object).filter(|_| is_own);
        let text = |key: &str| {
            custom.and_then(|custom| custom.get_str(key)).and_then(Value::as_str).map(ToOwned::to_owned)
        };
        if let Some(id) = text("id") {
            let title = annotated.annotations.title.to_string();
            texts.entry(id).or_insert(RuleText { title, severity: text("severity") });
        }
    }
    texts
}

fn package_of(name: &str) -> Vec<Arc<str>> {
    name.strip_prefix("data.").unwrap_or(name).split('.').map(Arc::from).collect()
}

fn with_data(policies: PolicySet, data: Option<&Value>) -> PolicySet {
    match data {
        Some(over) => {
            let data = merged(&policies.data, over);
            policies.with_data(data)
        }
        None => policies,
    }
}

/// Data with other data over it: objects are merged, anything else takes the place of what was there.
fn merged(below: &Value, over: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (below, over) else { return over.clone() };
    let mut object = old.clone();
    for (key, value) in new {
        let value = old.get(key).map_or_else(|| value.clone(), |old| merged(old, value));
        object.insert(key.clone(), value);
    }
    Value::Object(object)
}
