//! R5: collections that say less than they seem to.

use std::sync::Arc;

use super::{Ask, Probe, Severity};
use crate::probe::contract::Contract;
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::place::{self, Place, Root};
use crate::probe::pool::MAX_DEPTH;
use crate::probe::role::Role;
use crate::probe::text;
use crate::value::{Array, Value};

pub(super) static PROBE: Probe = Probe {
    id: "R5",
    name: "collection",
    severity: Severity::Review,
    summary: "An empty list, one element twice, the caller among the others or one good element among bad ones is enough.",
    why: "`every` holds for an empty list, `some` for one element of many, and an array that is counted counts one person twice. A loop \
          with `!=` holds as soon as the list has anything else in it.",
    instead: "Ask for a number of elements; collect in a set what has to be distinct; say `every` where all are meant.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    if matches!(entry.verdict, Verdict::Error(_)) {
        return;
    }
    if let Some(input) = &entry.case.input {
        let principal = principal(input, ask.contract);
        for (steps, value) in place::places(input, MAX_DEPTH) {
            let Some(array) = value.as_array() else { continue };
            let place = Place::input(steps);
            let others = if array.is_empty() { elements(input) } else { Vec::new() };
            for (list, detail) in lists(array) {
                ask.expect_denied(entry, Edit::Put(place.clone(), list), entry.verdict, detail);
            }
            for bad in bad_ones(array, &others) {
                // One that would do alone is not a bad one.
                let alone = Value::Array(Array::from(vec![bad.clone()]));
                if !ask.allows(entry, &Edit::Put(place.clone(), alone)) {
                    let edit = Edit::Put(place.clone(), with(array, bad));
                    ask.expect_denied(entry, edit, entry.verdict, "a bad one among good ones");
                }
            }
            for (principal, (index, own)) in principal
                .iter()
                .flat_map(|principal| of_the_form(array, principal).map(move |own| (principal, own)))
            {
                // One that is not needed says nothing.
                let fewer = Edit::Drop(place.child(Value::from(index)));
                if entry.verdict == Verdict::Allow && !ask.allows(entry, &fewer) {
                    let alike = Edit::Rename { from: Arc::from(principal.as_str()), to: own };
                    ask.expect_denied(entry, alike, Verdict::Allow, "the caller is one of them");
                }
            }
            for (own, stranger) in principal.iter().flat_map(|principal| among(array, principal)) {
                // Where a stranger would do as well, that the caller does says nothing.
                if !ask.allows(entry, &Edit::Put(place.clone(), stranger)) {
                    let edit = Edit::Put(place.clone(), own);
                    ask.expect_denied(entry, edit, entry.verdict, "the caller among them");
                }
            }
        }
    }
    if entry.verdict == Verdict::Deny && entry.edits.len() < 2 {
        data(ask, entry);
    }
    if entry.verdict == Verdict::Allow && entry.edits.len() <= MAX_EDITS {
        overlooked(ask, entry);
    }
}

/// Lists of the base documents of which a text of the input speaks against it, alone but not among others.
fn overlooked(ask: &mut Ask<'_, '_>, entry: &Entry) {
    for (steps, array) in super::row::collections(ask.pools, &entry.case.data) {
        let place = Place { root: Root::Data, steps };
        let alone = |value: Value| Edit::Put(place.clone(), Value::Array(Array::from(vec![value])));
        let Some(first) = array.iter().next() else { continue };
        if !ask.allows(entry, &alone(strange(first))) {
            continue;
        }
        for (_, text) in ask.texts(entry) {
            let text = Value::from(text);
            if array.iter().any(|element| *element == text) {
                continue;
            }
            if !ask.allows(entry, &alone(text.clone())) {
                let among = Edit::Put(place.clone(), with(array, text));
                ask.expect_denied(entry, among, Verdict::Allow, "one that denies, among others in the data");
            }
        }
    }
}

/// The texts in a list that are written like the one who asks, with the same punctuation, each with the position of its element.
fn of_the_form<'a>(array: &'a Array, principal: &str) -> impl Iterator<Item = (u64, Arc<str>)> + use<'a> {
    let form = |text: &str| text.chars().filter(|letter| !letter.is_alphanumeric()).collect::<String>();
    let (wanted, principal) = (form(principal), principal.to_owned());
    (0..).zip(array.iter().take(MAX_OTHERS)).flat_map(move |(index, element)| {
        let inside = place::places(element, MAX_DEPTH).into_iter().map(|(_, value)| value);
        let texts = std::iter::once(element).chain(inside).filter_map(Value::as_str);
        // A word alone may be anything.
        let alike = texts.filter(|text| !wanted.is_empty() && *text != principal && form(text) == wanted);
        alike.map(|text| (index, Arc::from(text))).collect::<Vec<_>>()
    })
}

/// Lists of the base documents: with an element more that says nothing, or empty.
fn data(ask: &mut Ask<'_, '_>, entry: &Entry) {
    for (steps, array) in super::row::collections(ask.pools, &entry.case.data) {
        let place = Place { root: Root::Data, steps };
        let junk = array.iter().next().map_or_else(|| Value::from("zz9"), strange);
        ask.expect_denied(
            entry,
            Edit::Put(place.clone(), with(array, junk)),
            Verdict::Deny,
            "one more in the data",
        );
        ask.expect_denied(
            entry,
            Edit::Put(place, Value::Array(Array::new())),
            Verdict::Deny,
            "empty in the data",
        );
    }
}

/// Elements that are objects, one of each list of the input.
fn elements(input: &Value) -> Vec<Value> {
    let places = place::places(input, MAX_DEPTH).into_iter();
    let firsts = places.filter_map(|(_, value)| value.as_array()?.iter().next());
    firsts.filter(|first| first.as_object().is_some()).take(MAX_OTHERS).cloned().collect()
}

/// Elements like the first of a list, or like those of others, each with one text that nothing knows.
fn bad_ones(array: &Array, others: &[Value]) -> Vec<Value> {
    let mut bad = Vec::new();
    for good in array.iter().take(1).chain(others) {
        if let Some(text) = good.as_str() {
            bad.push(Value::from(text::fresh(text)));
        }
        for (steps, value) in place::places(good, MAX_DEPTH).into_iter().take(MAX_BAD) {
            let other = value.as_str().map(|text| Value::from(text::fresh(text)));
            bad.extend(other.and_then(|other| place::put(Some(good), &steps, other)));
        }
    }
    bad
}

/// The lists to try in the place of one.
fn lists(array: &Array) -> Vec<(Value, &'static str)> {
    let mut lists = vec![(Value::Array(Array::new()), "empty")];
    let Some(first) = array.iter().next() else { return lists };
    if array.len() > 1 {
        let twice: Array = std::iter::repeat_n(first.clone(), array.len()).collect();
        lists.push((Value::Array(twice), "one of them again and again"));
        if let Some(object) = first.as_object() {
            // What is counted may be the elements and not who stands in them.
            let different = |at: usize| {
                let mut object = object.clone();
                object.insert(Value::from("zz9"), Value::from(at as u64));
                Value::Object(object)
            };
            let copies: Array = (0..array.len()).map(different).collect();
            lists.push((Value::Array(copies), "one of them again and again, each with something more"));
        }
        lists.push((Value::Array(Array::from(vec![first.clone()])), "one of them"));
    }
    lists
}

/// Lists in which the caller stands in the place of each text of the first element in turn, and the same with one that nothing knows.
fn among(array: &Array, principal: &str) -> Vec<(Value, Value)> {
    let Some(first) = array.iter().next() else { return Vec::new() };
    let list = |first: Value| {
        let rest = array.iter().skip(1).cloned();
        Value::Array(std::iter::once(first).chain(rest).collect())
    };
    let whole = first.as_str().map(|_| (Value::from(principal), strange(first)));
    let inside = place::places(first, MAX_DEPTH).into_iter().filter_map(|(steps, value)| {
        let fresh = Value::from(text::fresh(value.as_str()?));
        let own = place::put(Some(first), &steps, Value::from(principal))?;
        Some((own, place::put(Some(first), &steps, fresh)?))
    });
    whole.into_iter().chain(inside).map(|(own, stranger)| (list(own), list(stranger))).collect()
}

fn with(array: &Array, more: Value) -> Value {
    Value::Array(array.iter().cloned().chain([more]).collect())
}

/// A value of the same form in which all texts are ones that nothing knows.
fn strange(value: &Value) -> Value {
    if let Value::String(text) = value {
        return Value::from(text::fresh(text));
    }
    let texts = place::places(value, MAX_DEPTH);
    let texts = texts.into_iter().filter_map(|(steps, value)| Some((steps, value.as_str()?)));
    texts.fold(value.clone(), |strange, (steps, text)| {
        place::put(Some(&strange), &steps, Value::from(text::fresh(text))).unwrap_or(strange)
    })
}

/// Who asks.
fn principal(input: &Value, contract: &Contract) -> Option<String> {
    let mut places = place::places(input, MAX_PRINCIPAL_DEPTH).into_iter();
    places.find_map(|(steps, value)| {
        let text = value.as_str()?;
        (contract.role(&steps) == Some(Role::Principal)).then(|| text.to_owned())
    })
}

/// How many elements of other lists are tried in an empty one.
const MAX_OTHERS: usize = 4;

/// How many texts of an element are changed.
const MAX_BAD: usize = 24;

/// Cases that are further from what somebody wrote down are not tried over other data.
const MAX_EDITS: usize = 3;

/// Deeper names are those of others.
const MAX_PRINCIPAL_DEPTH: usize = 3;
