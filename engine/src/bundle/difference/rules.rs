//! Rules of two bundles, compared by what is written in them but not by how.

use std::collections::{BTreeMap, BTreeSet};

use super::super::path::clean;
use super::{Change, Side};
use crate::compile::walk::{self, Flow, Node};
use crate::source::LineIndex;
use crate::syntax::display;
use crate::syntax::printer;
use crate::syntax::tree::{Head, HeadValue, Import, Module, Name, Ref, Rule, Term, TermKind};

/// A rule that is written otherwise: all definitions of one name in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleDifference {
    /// The package: `data.a.b`.
    pub package: String,
    /// The name, with what follows it up to the first variable.
    pub name: String,
    /// What became of the rule.
    pub change: Change,
    /// The definitions that only the first bundle has.
    pub before: Vec<Place>,
    /// The definitions that only the second bundle has.
    pub after: Vec<Place>,
}

/// Where something stands in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path in the bundle.
    pub file: String,
    /// The row, from 1.
    pub row: usize,
}

/// The package of a module, as a reference.
pub(super) fn package(module: &Module) -> Option<String> {
    let package = module.package.as_ref()?;
    let string = |segment: &crate::syntax::tree::Segment| Term {
        span: segment.span,
        kind: TermKind::String(segment.name.clone()),
    };
    let head = Term::var(Name::DATA, package.span);
    let operands = package.path.iter().map(string).collect();
    Some(display::reference(&Ref { span: package.span, head, operands }))
}

/// The rules that differ, by package and name.
pub(super) fn differences(before: Side<'_>, after: Side<'_>) -> Vec<RuleDifference> {
    let (mut old, new) = (definitions(before), definitions(after));
    let mut found = Vec::new();
    for ((package, name), new) in new {
        let key = (package, name);
        let old = old.remove(&key);
        let change = Change::of(old.is_some(), true);
        let old = old.unwrap_or_default();
        let (before, after) = (only(&old, &new), only(&new, &old));
        if !before.is_empty() || !after.is_empty() {
            found.push(RuleDifference { package: key.0, name: key.1, change, before, after });
        }
    }
    for ((package, name), old) in old {
        let before = only(&old, &Texts::new());
        found.push(RuleDifference { package, name, change: Change::Removed, before, after: Vec::new() });
    }
    found.sort_by(|left, right| (&left.package, &left.name).cmp(&(&right.package, &right.name)));
    found
}

/// What defines a rule, with the places at which each text stands.
type Texts = BTreeMap<String, Vec<Place>>;

/// The places of the texts that the others have not, or not as often.
fn only(these: &Texts, others: &Texts) -> Vec<Place> {
    let spare = |(text, places): (&String, &Vec<Place>)| {
        let common = others.get(text).map_or(0, Vec::len);
        places.iter().skip(common).cloned().collect::<Vec<_>>()
    };
    let mut places: Vec<Place> = these.iter().flat_map(spare).collect();
    places.sort();
    places
}

/// By package and name.
fn definitions(side: Side<'_>) -> BTreeMap<(String, String), Texts> {
    let mut found: BTreeMap<(String, String), Texts> = BTreeMap::new();
    for (module, tree) in side.contents.modules.iter().zip(side.modules.trees()) {
        let Some(package) = package(tree) else { continue };
        let file = clean(module.path.trim_start_matches('/'));
        let lines = LineIndex::new(module.source.text());
        for rule in &tree.rules {
            let place = Place { file: file.clone(), row: lines.position(rule.span.start).row };
            let texts = found.entry((package.clone(), name(&rule.head.reference))).or_default();
            texts.entry(text(rule, &tree.imports)).or_default().push(place);
        }
    }
    found
}

fn name(reference: &Ref) -> String {
    let constant = reference.operands.iter().take_while(|term| walk::is_scalar(term)).cloned().collect();
    display::reference(&Ref { span: reference.span, head: reference.head.clone(), operands: constant })
}

/// A rule as it is compared: without what may be written in several ways and means the same, and with the imports that it
/// uses.
fn text(rule: &Rule, imports: &[Import]) -> String {
    let plain = |head: &Head| Head { uses_if: false, contains: true, ..head.clone() };
    let mut rule = Rule { chained: false, head: plain(&rule.head), ..rule.clone() };
    for branch in &mut rule.branches {
        branch.uses_if = false;
    }
    let mut text = printer::rule(&rule);
    let names = names(&rule);
    let uses = |import: &&Import| import.name().is_some_and(|name| names.contains(name));
    let mut lines: Vec<String> = imports
        .iter()
        .filter(uses)
        .map(|import| {
            let alias = import.name().map_or("", |name| name);
            format!("import {} as {alias}\n", display::reference(&import.path))
        })
        .collect();
    lines.sort();
    text.extend(lines);
    text
}

/// The names of all variables in a rule.
fn names(rule: &Rule) -> BTreeSet<&Name> {
    let mut found = BTreeSet::new();
    Names(&mut found).rule(rule);
    found
}

struct Names<'n, 'r>(&'n mut BTreeSet<&'r Name>);

impl<'r> Names<'_, 'r> {
    fn rule(&mut self, rule: &'r Rule) {
        let head = &rule.head;
        let value = match &head.value {
            HeadValue::True => None,
            HeadValue::Term(term) | HeadValue::Element(term) => Some(term),
        };
        for term in head.args.iter().chain(&head.reference.operands).chain(value) {
            walk::term(term, &mut |node| self.note(node));
        }
        let branches = rule.branches.iter();
        let values = branches.clone().filter_map(|branch| branch.value.as_ref());
        for term in values {
            walk::term(term, &mut |node| self.note(node));
        }
        for body in rule.body.iter().chain(branches.filter_map(|branch| branch.body.as_ref())) {
            walk::body(body, &mut |node| self.note(node));
        }
    }

    fn note(&mut self, node: Node<'r>) -> Flow {
        if let Node::Var(var) = node {
            self.0.insert(&var.name);
        }
        Flow::Descend
    }
}
