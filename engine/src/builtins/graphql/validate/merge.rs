//! Fields with the same name in the response: they have to be the same.

use std::collections::{BTreeMap, BTreeSet};

use super::Walk;
use super::value::{kind, shown};
use crate::builtins::graphql::schema::{Type, written};
use crate::builtins::graphql::tree::{all, flag, part, text};
use crate::value::Value;

/// A field, the type it is selected from, and its definition.
#[derive(Clone, Copy)]
struct Found<'a> {
    field: &'a Value,
    parent: Option<&'a Type>,
    definition: Option<&'a Value>,
}

/// Reports fields among selections that can't be merged.
pub(super) fn fields_can_merge<'a>(walk: &mut Walk<'a>, parent: Option<&'a Type>, selections: &'a [Value]) {
    let mut fields = Vec::new();
    collect(walk, parent, selections, &mut fields, &mut BTreeSet::new());
    let mut budget = MAX_COMPARISONS;
    for (name, group) in grouped(&fields) {
        for (at, first) in group.iter().enumerate() {
            for second in group.iter().skip(at + 1) {
                let conflict = conflict(walk, *first, *second, false, 0, &mut budget);
                if let Some(reason) = conflict {
                    let hint = "Use different aliases on the fields to fetch both if this was intentional.";
                    let message = format!("Fields \"{name}\" conflict because {reason}. {hint}");
                    walk.error(second.field, &message);
                }
            }
        }
    }
}

fn grouped<'a>(fields: &[Found<'a>]) -> BTreeMap<&'a str, Vec<Found<'a>>> {
    let mut groups: BTreeMap<&str, Vec<Found<'a>>> = BTreeMap::new();
    for found in fields {
        let alias = text(found.field, "Alias");
        let name = if alias.is_empty() { text(found.field, "Name") } else { alias };
        groups.entry(name).or_default().push(*found);
    }
    groups
}

/// The fields that selections come to, through fragments.
fn collect<'a>(
    walk: &Walk<'a>,
    parent: Option<&'a Type>,
    selections: &'a [Value],
    fields: &mut Vec<Found<'a>>,
    entered: &mut BTreeSet<&'a str>,
) {
    let mut pending = vec![(parent, selections.iter())];
    while let Some((parent, selections)) = pending.last_mut() {
        let parent = *parent;
        let Some(selection) = selections.next() else {
            pending.pop();
            continue;
        };
        if part(selection, "Alias").is_some() {
            let definition = walk.definition(parent, text(selection, "Name"));
            fields.push(Found { field: selection, parent, definition });
        } else if part(selection, "TypeCondition").is_some() || part(selection, "SelectionSet").is_some() {
            let condition = text(selection, "TypeCondition");
            let found = if condition.is_empty() { parent } else { walk.schema.types.get(condition) };
            pending.push((found, all(selection, "SelectionSet").iter()));
        } else if let Some(fragment) = walk.fragments.get(text(selection, "Name")).copied()
            && entered.insert(text(selection, "Name"))
        {
            let found = walk.schema.types.get(text(fragment, "TypeCondition"));
            pending.push((found, all(fragment, "SelectionSet").iter()));
        }
    }
}

/// Why two fields can't be one. `exclusive` says that no object has both.
fn conflict<'a>(
    walk: &Walk<'a>,
    first: Found<'a>,
    second: Found<'a>,
    exclusive: bool,
    depth: usize,
    budget: &mut usize,
) -> Option<String> {
    if depth > super::MAX_NESTING || *budget == 0 || std::ptr::eq(first.field, second.field) {
        return None;
    }
    *budget -= 1;
    let (first_parent, second_parent) = (first.parent?, second.parent?);
    let exclusive = exclusive
        || first_parent.name != second_parent.name
            && first_parent.kind == "OBJECT"
            && second_parent.kind == "OBJECT"
            && first.definition.is_some()
            && second.definition.is_some();
    if !exclusive {
        let (name, other) = (text(first.field, "Name"), text(second.field, "Name"));
        if name != other {
            return Some(format!("\"{name}\" and \"{other}\" are different fields"));
        }
        if !same_arguments(all(first.field, "Arguments"), all(second.field, "Arguments")) {
            return Some("they have differing arguments".to_owned());
        }
    }
    let reference = |found: Found<'a>| found.definition.and_then(|definition| part(definition, "Type"));
    if let (Some(left), Some(right)) = (reference(first), reference(second))
        && types_conflict(walk, left, right)
    {
        return Some(format!(
            "they return conflicting types \"{}\" and \"{}\"",
            written(left),
            written(right)
        ));
    }
    let inner = |found: Found<'a>| reference(found).and_then(|reference| walk.schema.type_of(reference));
    let (mut left, mut right) = (Vec::new(), Vec::new());
    collect(walk, inner(first), all(first.field, "SelectionSet"), &mut left, &mut BTreeSet::new());
    collect(walk, inner(second), all(second.field, "SelectionSet"), &mut right, &mut BTreeSet::new());
    let right = grouped(&right);
    for (name, group) in grouped(&left) {
        for (first, second) in group
            .iter()
            .flat_map(|first| right.get(name).into_iter().flatten().map(move |second| (*first, *second)))
        {
            if let Some(reason) = conflict(walk, first, second, exclusive, depth + 1, budget) {
                return Some(format!("subfields \"{name}\" conflict because {reason}"));
            }
        }
    }
    None
}

fn same_arguments(left: &[Value], right: &[Value]) -> bool {
    let same = |left: &Value, right: &Value| match (part(left, "Value"), part(right, "Value")) {
        (Some(left), Some(right)) => kind(left) == kind(right) && shown(left) == shown(right),
        (None, None) => true,
        _ => false,
    };
    left.len() == right.len()
        && left.iter().all(|argument| {
            right.iter().any(|other| text(argument, "Name") == text(other, "Name") && same(argument, other))
        })
}

fn types_conflict(walk: &Walk<'_>, left: &Value, right: &Value) -> bool {
    match (part(left, "Elem"), part(right, "Elem")) {
        (Some(left), Some(right)) => return types_conflict(walk, left, right),
        (None, None) => {}
        _ => return true,
    }
    if flag(left, "NonNull") != flag(right, "NonNull") {
        return true;
    }
    let leaf = |reference| walk.schema.type_of(reference).filter(|found| found.is_leaf());
    leaf(left).zip(leaf(right)).is_some_and(|(left, right)| left.name != right.name)
}

/// Queries that need more comparisons are not looked at further.
const MAX_COMPARISONS: usize = 100_000;
