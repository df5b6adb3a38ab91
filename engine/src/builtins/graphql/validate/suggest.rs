//! Names that may have been meant instead of others, in the words of OPA's library.

use std::collections::BTreeMap;

use super::Walk;
use crate::builtins::graphql::schema::Type;
use crate::builtins::graphql::tree::text;
use crate::suggest;
use crate::value::Value;

impl Walk<'_> {
    /// What follows the message about a field that a type does not have.
    pub(super) fn instead_of_field(&mut self, parent: &Type, name: &str) -> String {
        let types = self.types_with(parent, name);
        if !types.is_empty() {
            return format!(" Did you mean to use an inline fragment on {}?", quoted(&types));
        }
        match parent.kind.as_str() {
            "OBJECT" | "INTERFACE" => self.instead_of(name, &parent.fields, "Did you mean"),
            _ => String::new(),
        }
    }

    /// What follows the message about a name that is none of some definitions.
    pub(super) fn instead_of(&mut self, name: &str, definitions: &[Value], words: &str) -> String {
        let names: Vec<&str> = definitions.iter().map(|definition| text(definition, "Name")).collect();
        self.instead_of_name(name, &names, words)
    }

    /// What follows the message about a name that is not known.
    pub(super) fn instead_of_name(&mut self, name: &str, known: &[&str], words: &str) -> String {
        let allowed = name.len() * 2 / 5 + 1;
        let length = name.chars().count();
        let mut near = Vec::new();
        for option in known {
            if option.len() > LONGEST || option.chars().count().abs_diff(length) > allowed {
                continue;
            }
            if name.len() > LONGEST || self.comparisons == 0 {
                break;
            }
            self.comparisons -= 1;
            let distance = distance(name, option);
            if distance <= allowed {
                near.push((distance, *option));
            }
        }
        near.sort_by_key(|(distance, _)| *distance);
        let near: Vec<&str> = near.into_iter().map(|(_, option)| option).collect();
        if near.is_empty() { String::new() } else { format!(" {words} {}?", quoted(&near)) }
    }

    /// The types that an abstract type can be, and their interfaces, that have a field; the most used interfaces first.
    fn types_with(&self, parent: &Type, name: &str) -> Vec<&str> {
        if !matches!(parent.kind.as_str(), "INTERFACE" | "UNION") {
            return Vec::new();
        }
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        let mut found = Vec::new();
        for possible in self.schema.possible.get(&parent.name).into_iter().flatten() {
            let Some(possible) = self.schema.types.get(possible).filter(|found| found.field(name).is_some())
            else {
                continue;
            };
            found.push(possible.name.as_str());
            for interface in &possible.interfaces {
                if self.schema.types.get(interface).is_some_and(|found| found.field(name).is_some()) {
                    *uses.entry(interface).or_default() += 1;
                }
            }
        }
        let mut all: Vec<&str> = uses.keys().copied().chain(found).collect();
        let times = |name: &str| uses.get(name).copied().unwrap_or_default();
        all.sort_by(|left, right| times(right).cmp(&times(left)).then_with(|| left.cmp(right)));
        all
    }
}

/// How many names of a document are compared with others.
pub(super) const COMPARISONS: usize = 20_000;

/// Longer names are not compared.
const LONGEST: usize = 200;

/// How many changes make one name of another; capitals count once, wherever they are.
fn distance(left: &str, right: &str) -> usize {
    if left == right {
        return 0;
    }
    let (left, right) = (left.to_lowercase(), right.to_lowercase());
    if left == right { 1 } else { suggest::edits(&left, &right) }
}

/// The first five names, as in `"a", "b", or "c"`.
fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().take(5).map(|name| format!("\"{name}\"")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} or {two}"),
        [before @ .., last] => format!("{}, or {last}", before.join(", ")),
    }
}
