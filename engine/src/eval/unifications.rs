//! What OPA's trace says when two terms are made equal: each pair that is compared, as text.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::observer::{Side, View};
use super::trace::Names;
use crate::program::{ClauseId, Comprehension, ComprehensionHead, Ref, Slot, Start, Term, is_name};
use crate::value::Value;

/// The pairs that are compared when `left` and `right` are made equal, in OPA's order.
///
/// `tell` answers whether to go on. What references and comprehensions come to is told by who evaluates them; here they end it.
pub(super) fn pairs(
    texts: &Texts<'_>,
    (left, right): (Side<'_>, Side<'_>),
    view: &View<'_>,
    tell: &mut dyn FnMut(String) -> bool,
) {
    let mut given = BTreeMap::new();
    // Values can nest deeply, so what is still to be compared is kept here, the next last.
    let mut open = vec![Some((left, right))];
    while let Some(Some((left, right))) = open.pop() {
        let (left, right) = (applied(left, view, &given), applied(right, view, &given));
        if !tell(texts.side(left) + " = " + &texts.side(right)) {
            return;
        }
        match (left, right) {
            (Side::Term(Term::Local(slot)), other) | (other, Side::Term(Term::Local(slot))) => {
                if !matches!(other, Side::Term(Term::Local(same)) if same == slot) {
                    given.insert(*slot, other);
                }
            }
            (Side::Result | Side::Fresh(_), _) | (_, Side::Result | Side::Fresh(_)) => {}
            (Side::Term(_) | Side::Value(_), Side::Term(_) | Side::Value(_)) => {
                match parts(left, right, view) {
                    Some(parts) => open.extend(parts.into_iter().rev()),
                    None => return,
                }
            }
            (Side::Ref(_) | Side::Comprehension(_), _) | (_, Side::Ref(_) | Side::Comprehension(_)) => return,
        }
    }
}

/// What stands for a side: the value of a variable that has one.
fn applied<'t>(side: Side<'t>, view: &'t View<'_>, given: &BTreeMap<Slot, Side<'t>>) -> Side<'t> {
    let mut side = side;
    loop {
        side = match side {
            Side::Term(Term::Constant(value)) => return Side::Value(value),
            Side::Term(Term::Local(slot)) => match (view.local(*slot), given.get(slot)) {
                (Some(value), _) => return Side::Value(value),
                (None, Some(other)) => *other,
                (None, None) => return side,
            },
            Side::Term(_)
            | Side::Ref(_)
            | Side::Comprehension(_)
            | Side::Value(_)
            | Side::Fresh(_)
            | Side::Result => return side,
        };
    }
}

type Pair<'t> = (Side<'t>, Side<'t>);

/// The parts that have to be equal; a missing one at the end ends the comparison. Nothing if the sides can't be equal.
fn parts<'t>(left: Side<'t>, right: Side<'t>, view: &'t View<'_>) -> Option<Vec<Option<Pair<'t>>>> {
    if let (Some(left), Some(right)) = (elements(left), elements(right)) {
        return (left.len() == right.len()).then(|| left.into_iter().zip(right).map(Some).collect());
    }
    if let (Some(left), Some(right)) = (entries(left, view), entries(right, view)) {
        if left.len() != right.len() {
            return None;
        }
        let mut parts = Vec::with_capacity(left.len());
        for (key, side) in left {
            let Some(other) = right.get(key) else {
                parts.push(None);
                break;
            };
            parts.push(Some((side, *other)));
        }
        return Some(parts);
    }
    match (left, right) {
        (Side::Value(left), Side::Value(right)) => (left == right).then(Vec::new),
        _ => Some(Vec::new()),
    }
}

fn elements(side: Side<'_>) -> Option<Vec<Side<'_>>> {
    match side {
        Side::Term(Term::Array(terms)) => Some(terms.iter().map(Side::Term).collect()),
        Side::Value(Value::Array(array)) => Some(array.iter().map(Side::Value).collect()),
        Side::Term(_)
        | Side::Ref(_)
        | Side::Comprehension(_)
        | Side::Value(_)
        | Side::Fresh(_)
        | Side::Result => None,
    }
}

fn entries<'t>(side: Side<'t>, view: &'t View<'_>) -> Option<BTreeMap<&'t Value, Side<'t>>> {
    match side {
        Side::Term(Term::Object(pairs)) => {
            let known = |key: &'t Term| match key.as_local() {
                Some(slot) => view.local(slot),
                None => key.as_constant(),
            };
            pairs.iter().map(|(key, value)| Some((known(key)?, Side::Term(value)))).collect()
        }
        Side::Value(Value::Object(object)) => {
            Some(object.iter().map(|(key, value)| (key, Side::Value(value))).collect())
        }
        Side::Term(_)
        | Side::Ref(_)
        | Side::Comprehension(_)
        | Side::Value(_)
        | Side::Fresh(_)
        | Side::Result => None,
    }
}

/// Terms as text, with the names that the variables of a clause have.
pub(super) struct Texts<'n> {
    pub(super) names: &'n dyn Names,
    /// Whose variables; those of the query if there is none.
    pub(super) clause: Option<ClauseId>,
}

impl Texts<'_> {
    pub(super) fn side(&self, side: Side<'_>) -> String {
        match side {
            Side::Term(term) | Side::Fresh(term) => self.term(term),
            Side::Ref(reference) => self.reference(reference),
            Side::Comprehension(comprehension) => self.comprehension(comprehension),
            Side::Value(value) => value.to_rego(),
            Side::Result => "_".to_owned(),
        }
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Constant(value) => value.to_rego(),
            Term::Local(slot) => self.slot(*slot),
            Term::Array(terms) => format!("[{}]", self.terms(terms)),
            Term::Set(terms) => format!("{{{}}}", self.terms(terms)),
            Term::Object(pairs) => {
                let mut sorted: Vec<&(Term, Term)> = pairs.iter().collect();
                // Constants come first in the order of values.
                sorted.sort_by_key(|(key, _)| (key.as_constant().is_none(), key.as_constant()));
                let pair = |(key, value): &(Term, Term)| format!("{}: {}", self.term(key), self.term(value));
                format!("{{{}}}", sorted.into_iter().map(pair).collect::<Vec<_>>().join(", "))
            }
            Term::Ref(reference) => self.reference(reference),
            Term::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn terms(&self, terms: &[Term]) -> String {
        terms.iter().map(|term| self.term(term)).collect::<Vec<_>>().join(", ")
    }

    fn reference(&self, reference: &Ref) -> String {
        let mut text = match &reference.start {
            Start::Local(slot) => self.slot(*slot),
            Start::Term(term) => self.term(term),
            Start::Input => "input".to_owned(),
            Start::Data(_) => "data".to_owned(),
        };
        for step in &reference.steps {
            if let Some(Value::String(name)) = step.as_constant()
                && is_name(name)
            {
                text.push('.');
                text.push_str(name);
            } else {
                text.push('[');
                text.push_str(&self.term(step));
                text.push(']');
            }
        }
        text
    }

    fn comprehension(&self, comprehension: &Comprehension) -> String {
        let literals = &comprehension.body.literals;
        let body: Vec<Arc<str>> = literals.iter().map(|literal| self.names.literal(literal.id).0).collect();
        let body = body.join("; ");
        match &comprehension.head {
            ComprehensionHead::Array(term) => format!("[{} | {body}]", self.term(term)),
            ComprehensionHead::Set(term) => format!("{{{} | {body}}}", self.term(term)),
            ComprehensionHead::Object(key, value) => {
                format!("{{{}: {} | {body}}}", self.term(key), self.term(value))
            }
        }
    }

    fn slot(&self, slot: Slot) -> String {
        let name = self.names.slot(self.clause, slot);
        if name.starts_with('$') { "_".to_owned() } else { name.to_string() }
    }
}
