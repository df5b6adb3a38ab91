//! Nodes of OPA's rule index that several ways lead through.
//!
//! A glob makes its node split texts, and what they are split into is looked for among all arrays there: those of other globs and
//! those that other clauses compare with.

use std::sync::Arc;

use super::Accepted;
use super::entries::{Known, ReferenceId, Way};
use crate::value::Value;

/// What a node splits texts at.
type Delimiters = Arc<str>;

/// For each way the references that it asks for arrays of, and the delimiters of the globs there. `levels` are in their order.
pub(super) fn shared_delimiters(
    ways: &[&Way],
    levels: &[ReferenceId],
) -> Vec<Vec<(ReferenceId, Delimiters)>> {
    let globs: Vec<(usize, ReferenceId, &Delimiters)> = ways
        .iter()
        .enumerate()
        .flat_map(|(at, way)| {
            way.iter().filter_map(move |entry| match &entry.value {
                Known::Accepted(Accepted::Segments(delimiters, _)) => Some((at, entry.reference, delimiters)),
                Known::Accepted(_) | Known::Variable(_) => None,
            })
        })
        .collect();
    let shared = |(at, way): (usize, &&Way)| {
        let mut found: Vec<(ReferenceId, Delimiters)> = Vec::new();
        let (own, others): (Vec<_>, Vec<_>) = globs.iter().copied().partition(|(other, ..)| *other == at);
        for (other, reference, delimiters) in own.into_iter().chain(others) {
            let is_known = found.iter().any(|(known, split)| *known == reference && split == delimiters);
            let shares = || {
                let other = ways.get(other);
                other.is_some_and(|other| share_a_node(way, other, reference, levels))
            };
            if !is_known && has_arrays(way, reference) && (other == at || shares()) {
                found.push((reference, Arc::clone(delimiters)));
            }
        }
        found
    };
    ways.iter().enumerate().map(shared).collect()
}

fn has_arrays(way: &Way, level: ReferenceId) -> bool {
    way.iter().any(|entry| {
        entry.reference == level
            && matches!(&entry.value, Known::Accepted(accepted) if elements(accepted).is_some())
    })
}

/// Whether two ways come to a level by the same node.
fn share_a_node(one: &Way, other: &Way, level: ReferenceId, levels: &[ReferenceId]) -> bool {
    levels.iter().take_while(|above| **above != level).all(|above| {
        match (branches(one, *above).as_slice(), branches(other, *above).as_slice()) {
            ([], []) => true,
            ([one], [other]) => one == other,
            // Who comes by several values comes to a node of its own.
            _ => false,
        }
    })
}

/// How a way goes on from a level.
fn branches(way: &Way, level: ReferenceId) -> Vec<Accepted> {
    let here = || way.iter().filter(|entry| entry.reference == level);
    let values: Vec<Accepted> = here()
        .filter_map(|entry| match &entry.value {
            Known::Accepted(accepted) => Some(branch(accepted)),
            Known::Variable(_) => None,
        })
        .collect();
    if values.is_empty() && here().next().is_some() { vec![ANY] } else { values }
}

fn branch(accepted: &Accepted) -> Accepted {
    match accepted {
        Accepted::Any(_) => ANY,
        Accepted::Value(Value::Array(_)) | Accepted::Array(_) | Accepted::Segments(..) => {
            Accepted::Array(elements(accepted).unwrap_or_default())
        }
        Accepted::Value(_) | Accepted::Element(_) | Accepted::Affix(..) => accepted.clone(),
    }
}

const ANY: Accepted = Accepted::Any(Value::Null);

/// What an array has to consist of, as far as OPA's index compares it.
pub(super) fn elements(accepted: &Accepted) -> Option<Vec<Option<Value>>> {
    match accepted {
        Accepted::Value(Value::Array(array)) => Some(
            array
                .iter()
                .map(|element| super::collector::is_scalar(element).then(|| element.clone()))
                .collect(),
        ),
        Accepted::Array(elements) => Some(elements.clone()),
        Accepted::Segments(_, segments) => Some(
            segments
                .iter()
                .map(|segment| segment.as_ref().map(|text| Value::String(Arc::clone(text))))
                .collect(),
        ),
        Accepted::Value(_) | Accepted::Element(_) | Accepted::Affix(..) | Accepted::Any(_) => None,
    }
}

/// The same array, split from a text.
pub(super) fn split(elements: Vec<Option<Value>>, delimiters: Delimiters) -> Option<Accepted> {
    let segments = elements.into_iter().map(|element| match element {
        None => Some(None),
        Some(Value::String(text)) => Some(Some(text)),
        Some(_) => None,
    });
    segments.collect::<Option<Vec<_>>>().map(|segments| Accepted::Segments(delimiters, segments))
}
