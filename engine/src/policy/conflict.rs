//! Finds rules that can't stand beside each other, or beside the base data.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Bound;
use std::sync::Arc;

use super::ref_text::ref_text;
use super::{PathElement, RuleInfo, RuleKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{LineIndex, SourceId, Sources, Span};
use crate::value::Value;

/// The rules for which `data` has a value already, or something that is no object on the way to them.
///
/// Every kind of rule counts, functions and default rules too; of a rule whose head evaluation completes, the part of
/// its path that is known. One error per path, in the order of paths, at the first of its rules in the order of
/// `rules`; below a path that is in conflict nothing more is reported. This is OPA's check of base documents against
/// virtual ones. The empty object is a value.
pub fn data_conflicts(rules: &[RuleInfo], data: &Value) -> Vec<Diagnostic> {
    let mut by_path: BTreeMap<Vec<Arc<str>>, Span> = BTreeMap::new();
    for rule in rules {
        by_path.entry(full_path(rule)).or_insert(rule.span);
    }
    let mut conflicts: Vec<(Vec<Arc<str>>, Span)> = Vec::new();
    for (path, span) in by_path {
        // Paths come sorted, so all those below a conflict follow it.
        let is_below = conflicts.last().is_some_and(|(above, _)| path.starts_with(above));
        if !is_below && is_taken(data, &path) {
            conflicts.push((path, span));
        }
    }
    let diagnostic = |(path, span): (Vec<Arc<str>>, Span)| {
        let message = format!("conflicting rule for data path {} found", path.join("/"));
        Diagnostic::error(Code::Compile, message, span)
            .with_help("a document comes from data or from rules: rename the rule, or move the data")
    };
    conflicts.into_iter().map(diagnostic).collect()
}

fn is_taken(data: &Value, path: &[Arc<str>]) -> bool {
    let mut at = data;
    for (depth, _) in path.iter().enumerate() {
        let next = path.get(depth..=depth).and_then(|segment| at.lookup(segment));
        match next {
            Some(next) => at = next,
            None => return depth > 0 && at.as_object().is_none(),
        }
    }
    true
}

/// The rules that can't be in one policy, by what is known of their heads.
///
/// These are OPA's checks, one error per path and the first that applies:
/// - a rule of one value, or a function, has rules below its path (those of packages too);
/// - the rules of a path are of different kinds: functions and others, sets and others, objects and values;
/// - a path has two default rules.
///
/// And one for each rule that stands at the path of a package. Errors come in the order of `rules`, at the first rule
/// they are about; `sources` are those that the rules were read from.
///
/// What [`RuleInfo`] doesn't tell is not found: functions with different numbers of arguments, a default rule and a
/// function, rules below a set.
pub fn rule_conflicts(rules: &[RuleInfo], sources: &Sources) -> Vec<Diagnostic> {
    let mut tree: BTreeMap<Vec<Arc<str>>, Vec<Positioned<'_>>> = BTreeMap::new();
    for (index, rule) in rules.iter().enumerate() {
        tree.entry(full_path(rule)).or_default().push((index, rule));
    }
    let mut lines = Lines::new();
    let mut found: Vec<(usize, Diagnostic)> = Vec::new();
    for (path, here) in &tree {
        let Some((index, _)) = here.first() else { continue };
        // Paths come sorted, so all those below this one follow it.
        let after = tree.range::<Vec<Arc<str>>, _>((Bound::Excluded(path), Bound::Unbounded));
        let below: Vec<_> = after.take_while(|(other, _)| other.starts_with(path)).collect();
        found.extend(
            conflict_at(path, here, &below, sources, &mut lines).map(|diagnostic| (*index, diagnostic)),
        );
    }
    found.extend(package_conflicts(rules, sources, &mut lines));
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}

/// A rule and its position among all rules.
type Positioned<'a> = (usize, &'a RuleInfo);

fn conflict_at(
    path: &[Arc<str>],
    here: &[Positioned<'_>],
    below: &[(&Vec<Arc<str>>, &Vec<Positioned<'_>>)],
    sources: &Sources,
    lines: &mut Lines,
) -> Option<Diagnostic> {
    let (_, first) = here.first()?;
    let of = |kind| here.iter().filter(move |(_, rule)| rule.kind == kind).map(|(_, rule)| *rule);
    let has = |kind| of(kind).next().is_some();
    let name = data_ref(path);
    let error = |message| Some(Diagnostic::error(Code::Type, message, first.span));
    let complete = has(RuleKind::Complete) || has(RuleKind::Default) || has(RuleKind::Function);
    if complete && !below.is_empty() {
        let mut message = format!("rule {name} conflicts with:");
        for (path, rules) in below {
            for (_, rule) in *rules {
                let place = place(rule.span, sources, lines);
                // Writing to a string does not fail.
                let _ = write!(message, "\n  rule {} at {place}", data_ref(path));
            }
        }
        let help = "a document is one value or a tree of rules: rename one of them";
        return error(message).map(|diagnostic| diagnostic.with_help(help));
    }
    let value = has(RuleKind::Complete) || has(RuleKind::Default) && !has(RuleKind::Function);
    let kinds = [value, has(RuleKind::Function), has(RuleKind::PartialSet), has(RuleKind::PartialObject)];
    if kinds.into_iter().filter(|kind| *kind).count() > 1 {
        return error(format!("conflicting rules {name} found"))
            .map(|diagnostic| diagnostic.with_help("all rules of one name make one kind of document"));
    }
    let defaults: Vec<String> = of(RuleKind::Default).map(|rule| place(rule.span, sources, lines)).collect();
    if defaults.len() > 1 {
        return error(format!("multiple default rules {name} found at {}", defaults.join(", ")))
            .map(|diagnostic| diagnostic.with_help("a document has one default: remove the others"));
    }
    None
}

/// One error for each rule that is what a package with rules is: both would be one document.
fn package_conflicts(rules: &[RuleInfo], sources: &Sources, lines: &mut Lines) -> Vec<(usize, Diagnostic)> {
    let packages: BTreeSet<&[Arc<str>]> = rules.iter().map(|rule| &*rule.package).collect();
    let mut found = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        if rule.kind != RuleKind::PartialObject && packages.contains(&*full_path(rule)) {
            let package = ref_text(rule.package.iter().chain(names(rule)).map(|part| &**part));
            let head = ref_text(names(rule).map(|part| &**part));
            let place = place(rule.span, sources, lines);
            let message = format!("package {package} conflicts with rule {head} defined at {place}");
            let help = "a document is a rule or a package: rename one of them";
            found.push((index, Diagnostic::error(Code::Type, message, rule.span).with_help(help)));
        }
    }
    found
}

fn names(rule: &RuleInfo) -> impl Iterator<Item = &Arc<str>> {
    rule.path.iter().map(|PathElement { name, .. }| name)
}

/// The known part of the path of a rule's document, below `data`.
fn full_path(rule: &RuleInfo) -> Vec<Arc<str>> {
    rule.package.iter().chain(names(rule)).map(Arc::clone).collect()
}

fn data_ref(path: &[Arc<str>]) -> String {
    ref_text(std::iter::once("data").chain(path.iter().map(|part| &**part)))
}

/// Where the rows of the sources start, for those that were asked for.
type Lines = BTreeMap<SourceId, LineIndex>;

/// As `a.rego:3`.
fn place(span: Span, sources: &Sources, lines: &mut Lines) -> String {
    let Some(source) = sources.get(span.source) else { return String::new() };
    let lines = lines.entry(span.source).or_insert_with(|| LineIndex::new(source.text()));
    let row = lines.position(span.start).row;
    format!("{}:{row}", source.name())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{data_conflicts, rule_conflicts};
    use crate::document;
    use crate::policy::{PathElement, RuleInfo, RuleKind};
    use crate::source::{Source, Sources, Span};
    use crate::value::Value;

    /// Rules, data, and the paths in conflict.
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a [&'a str]);

    /// What `opa test` 1.22 answers for a rule of each kind and some data. The rules are written as the package, and
    /// the known part of the head, both with slashes.
    #[test]
    fn conflicts_are_those_that_opa_reports() {
        let cases: [Case<'_>; 17] = [
            (&[("a/b", "p")], r#"{"a": {"b": {"p": 1}}}"#, &["a/b/p"]),
            (&[("a/b", "p")], r#"{"a": {"b": {"q": 1}}}"#, &[]),
            (&[("a/b", "p")], r#"{"a": 1}"#, &["a/b/p"]),
            (&[("a/b", "p")], r#"{"a": [1]}"#, &["a/b/p"]),
            (&[("a/b", "p")], r#"{"a": null}"#, &["a/b/p"]),
            (&[("a/b", "p"), ("a/b", "q")], r#"{"a": {"b": 7}}"#, &["a/b/p", "a/b/q"]),
            (&[("a", "p")], r#"{"a": {"p": {}}}"#, &["a/p"]),
            (&[("a", "p/q")], r#"{"a": {"p": {"z": 1}}}"#, &[]),
            (&[("a", "p/z"), ("a", "p/q")], r#"{"a": {"p": {"z": 1, "q": null}}}"#, &["a/p/q", "a/p/z"]),
            (&[("a", "p/z"), ("a", "p")], r#"{"a": {"p": {"z": 1}}}"#, &["a/p"]),
            (&[("a", "p/0")], r#"{"a": {"p": [7]}}"#, &["a/p/0"]),
            (&[("a", "p/00")], r#"{"a": {"p": [7]}}"#, &["a/p/00"]),
            (&[("a/0", "p")], r#"{"a": [{"p": 1}]}"#, &["a/0/p"]),
            (&[("a/0", "p")], r#"{"a": [{"q": 1}]}"#, &[]),
            (&[("system/x", "p")], r#"{"system": {"x": {"p": 1}}}"#, &["system/x/p"]),
            (&[("a", "p")], "{}", &[]),
            (&[], r#"{"a": 1}"#, &[]),
        ];
        for (rules, data, expected) in cases {
            let rules: Vec<RuleInfo> = rules.iter().map(|(package, head)| rule(package, head, 0)).collect();
            let found = data_conflicts(&rules, &value(data));
            let messages: Vec<String> = found.into_iter().map(|diagnostic| diagnostic.message).collect();
            let expected: Vec<String> =
                expected.iter().map(|path| format!("conflicting rule for data path {path} found")).collect();
            assert_eq!(messages, expected, "{rules:?} and {data}");
        }
    }

    #[test]
    fn a_conflict_is_reported_once_at_the_first_of_its_rules() {
        let rules = [rule("a", "p", 20), rule("a", "p", 10), rule("a", "p/q", 30)];
        let found = data_conflicts(&rules, &value(r#"{"a": {"p": {"q": 1}}}"#));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].span.unwrap().start, 20);
    }

    /// What `opa test` 1.22 answers for rules of each kind: package, known part of the head, kind. Each stands in a row
    /// of its own.
    #[test]
    fn rules_conflict_where_opa_says_so() {
        use RuleKind::{Complete, Default, Function, PartialObject, PartialSet};
        type Case<'a> = (&'a [(&'a str, &'a str, RuleKind)], &'a [&'a str]);
        let cases: [Case<'_>; 24] = [
            (
                &[("a", "x", Default), ("a", "x", Default)],
                &["multiple default rules data.a.x found at m.rego:1, m.rego:2"],
            ),
            (&[("a", "x", Default), ("a", "x", Complete)], &[]),
            (&[("a", "x", Complete), ("a", "x", Complete)], &[]),
            (
                &[("a", "x", Default), ("a", "x", Default), ("a", "x", PartialSet)],
                &["conflicting rules data.a.x found"],
            ),
            (&[("a", "f", Function), ("a", "f", Complete)], &["conflicting rules data.a.f found"]),
            (&[("a", "f", Function), ("a", "f", Default)], &[]),
            (&[("a", "f", Function), ("a", "f", PartialSet)], &["conflicting rules data.a.f found"]),
            (&[("a", "p", Complete), ("a", "p", PartialSet)], &["conflicting rules data.a.p found"]),
            (&[("a", "p", Complete), ("a", "p", PartialObject)], &["conflicting rules data.a.p found"]),
            (&[("a", "p", PartialSet), ("a", "p", PartialObject)], &["conflicting rules data.a.p found"]),
            (&[("a", "p", Default), ("a", "p", PartialSet)], &["conflicting rules data.a.p found"]),
            (&[("a", "p", Default), ("a", "p", PartialObject)], &["conflicting rules data.a.p found"]),
            (&[("a", "p/q", Complete), ("a", "p", PartialObject)], &[]),
            (&[("a", "p/q", PartialSet), ("a", "p", PartialObject)], &[]),
            (&[("a", "p", PartialObject), ("a", "p", PartialObject)], &[]),
            (
                &[("a", "p/q", Complete), ("a", "p/q/r", Complete)],
                &["rule data.a.p.q conflicts with:\n  rule data.a.p.q.r at m.rego:2"],
            ),
            (
                &[("a", "f/g", Complete), ("a", "f", Function)],
                &["rule data.a.f conflicts with:\n  rule data.a.f.g at m.rego:1"],
            ),
            (
                &[("a", "p/x y", Complete), ("a", "p/x y/z", Complete)],
                &["rule data.a.p[\"x y\"] conflicts with:\n  rule data.a.p[\"x y\"].z at m.rego:2"],
            ),
            (
                &[("a", "p", Complete), ("a", "p", PartialSet), ("a", "p/q", Complete)],
                &["rule data.a.p conflicts with:\n  rule data.a.p.q at m.rego:3"],
            ),
            (
                &[("a", "b", Complete), ("a/b", "c", Complete)],
                &[
                    "rule data.a.b conflicts with:\n  rule data.a.b.c at m.rego:2",
                    "package a.b conflicts with rule b defined at m.rego:1",
                ],
            ),
            (
                &[("a", "b", PartialSet), ("a/b", "c", Complete)],
                &["package a.b conflicts with rule b defined at m.rego:1"],
            ),
            (
                &[("a", "b", Complete), ("a/b/c", "d", Complete)],
                &["rule data.a.b conflicts with:\n  rule data.a.b.c.d at m.rego:2"],
            ),
            (&[("a", "b", PartialObject), ("a/b", "c", Complete)], &[]),
            (&[("a", "b/c", Complete), ("a/b", "c", Complete)], &[]),
        ];
        for (rules, expected) in cases {
            let mut sources = Sources::new();
            sources.add(Source::new("m.rego", "\n\n\n"));
            let info = |(start, &(package, head, kind)): (u32, &(&str, &str, RuleKind))| RuleInfo {
                kind,
                ..rule(package, head, start)
            };
            let rules: Vec<RuleInfo> = (0..).zip(rules).map(info).collect();
            let found = rule_conflicts(&rules, &sources);
            let messages: Vec<&str> = found.iter().map(|diagnostic| &*diagnostic.message).collect();
            assert_eq!(messages, expected, "{rules:?}");
        }
    }

    fn rule(package: &str, head: &str, start: u32) -> RuleInfo {
        let source = Sources::new().add(Source::new("m.rego", ""));
        let span = Span::new(source, start, start);
        let element = |name| PathElement { name: Arc::from(name), span };
        RuleInfo {
            package: package.split('/').map(Arc::from).collect(),
            path: head.split('/').map(element).collect(),
            kind: RuleKind::Complete,
            span,
        }
    }

    fn value(text: &str) -> Value {
        document::json(Sources::new().add(Source::new("d.json", text)), text).unwrap().to_value()
    }
}
