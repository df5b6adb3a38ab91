//! Fragments and where they may stand, and the top of subscriptions and introspection.

use std::collections::{BTreeMap, BTreeSet};

use super::Walk;
use crate::builtins::graphql::schema::{Schema, Type};
use crate::builtins::graphql::tree::{all, part, text};
use crate::value::Value;

/// Whether an object of one type may be one of another.
pub(super) fn can_be(schema: &Schema, parent: &Type, fragment: &Type) -> bool {
    let own = [parent.name.clone()];
    let possible = |found: &Type| schema.possible.get(&found.name).map_or(&[][..], Vec::as_slice);
    let parents = match parent.kind.as_str() {
        "OBJECT" => own.as_slice(),
        "INTERFACE" | "UNION" => possible(parent),
        _ => return true,
    };
    possible(fragment).iter().any(|name| parents.contains(name))
}

/// No fragment may be spread in itself.
pub(super) fn no_circles<'a>(walk: &mut Walk<'a>, fragments: &'a [Value]) {
    let mut visited = BTreeSet::new();
    for fragment in fragments {
        follow(walk, fragment, &mut visited, &mut Vec::new(), &mut BTreeMap::new());
    }
}

fn follow<'a>(
    walk: &mut Walk<'a>,
    fragment: &'a Value,
    visited: &mut BTreeSet<&'a str>,
    path: &mut Vec<&'a str>,
    starts: &mut BTreeMap<&'a str, usize>,
) {
    let name = text(fragment, "Name");
    if path.len() > super::MAX_NESTING || !visited.insert(name) {
        return;
    }
    starts.insert(name, path.len());
    for spread in spreads(all(fragment, "SelectionSet")) {
        let target = text(spread, "Name");
        if let Some(start) = starts.get(target) {
            let via: Vec<_> = path.iter().skip(*start).map(|name| format!("\"{name}\"")).collect();
            let via = if via.is_empty() { String::new() } else { format!(" via {}", via.join(", ")) };
            walk.error(spread, &format!("Cannot spread fragment \"{target}\" within itself{via}."));
        } else if let Some(next) = walk.fragments.get(target).copied() {
            path.push(target);
            follow(walk, next, visited, path, starts);
            path.pop();
        }
    }
    starts.remove(name);
}

/// The spreads in selections, however deep.
fn spreads(selections: &[Value]) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut pending = vec![selections];
    while let Some(selections) = pending.pop() {
        for selection in selections {
            if is_spread(selection) {
                found.push(selection);
            } else {
                pending.push(all(selection, "SelectionSet"));
            }
        }
    }
    found
}

fn is_spread(selection: &Value) -> bool {
    ["Alias", "TypeCondition", "SelectionSet"].iter().all(|name| part(selection, name).is_none())
}

/// A subscription selects one field at its top, none of them for introspection.
pub(super) fn single_field<'a>(walk: &mut Walk<'a>, operation: &'a Value) {
    let mut fields: Vec<&Value> = Vec::new();
    let mut entered = BTreeSet::new();
    let mut pending = vec![all(operation, "SelectionSet").iter()];
    while let Some(selections) = pending.last_mut() {
        let Some(selection) = selections.next() else {
            pending.pop();
            continue;
        };
        let name = text(selection, "Name");
        if part(selection, "Alias").is_some() {
            if !fields.iter().any(|field| text(field, "Name") == name) {
                fields.push(selection);
            }
        } else if !is_spread(selection) {
            pending.push(all(selection, "SelectionSet").iter());
        } else if let Some(fragment) = walk.fragments.get(name).copied()
            && entered.insert(name)
        {
            pending.push(all(fragment, "SelectionSet").iter());
        }
    }
    let name = text(operation, "Name");
    let what = if name.is_empty() {
        "Anonymous Subscription".to_owned()
    } else {
        format!("Subscription \"{name}\"")
    };
    if let Some(second) = fields.get(1) {
        walk.error(second, &format!("{what} must select only one top level field."));
    }
    for field in fields.iter().filter(|field| text(field, "Name").starts_with("__")) {
        walk.error(field, &format!("{what} must not select an introspection top level field."));
    }
}

/// Whether introspection follows lists deeper than three times.
pub(super) fn is_too_deep<'a>(
    walk: &Walk<'a>,
    selection: &'a Value,
    entered: &mut BTreeSet<&'a str>,
    depth: usize,
) -> bool {
    let name = text(selection, "Name");
    if is_spread(selection) {
        let Some(fragment) = walk.fragments.get(name).copied() else { return false };
        if !entered.insert(name) {
            return false;
        }
        let inner = all(fragment, "SelectionSet");
        let deep = inner.iter().any(|selection| is_too_deep(walk, selection, entered, depth));
        entered.remove(name);
        return deep;
    }
    let is_list = matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields");
    let depth = depth + usize::from(is_list && part(selection, "Alias").is_some());
    depth >= MAX_LISTS
        || all(selection, "SelectionSet").iter().any(|selection| is_too_deep(walk, selection, entered, depth))
}

const MAX_LISTS: usize = 3;
