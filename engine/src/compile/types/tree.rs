//! The types of documents, by their paths.

use std::collections::BTreeMap;

use super::Key;
use super::lattice::{Object, Type};
use super::order::or;
use crate::syntax::display;
use crate::syntax::tree::{Name, Term, TermKind};

/// A step of a path, in OPA's order of values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A scalar.
    Scalar(Key),
    /// The name that a path starts with.
    Name(Name),
    /// A collection or another term, as OPA writes it.
    Other(String),
}

/// What is known of a document and of the documents below it.
#[derive(Debug, Default, Clone)]
pub(super) struct Node {
    /// The type of the step that leads here.
    key: Option<Type>,
    value: Option<Type>,
    children: BTreeMap<Step, Node>,
}

impl Step {
    pub(super) fn of_term(term: &Term) -> Self {
        match &term.kind {
            TermKind::Null => Self::Scalar(Key::Null),
            TermKind::Boolean(value) => Self::Scalar(Key::Boolean(*value)),
            TermKind::Number(text) => Self::Scalar(Key::Number(text.clone())),
            TermKind::String(text) => Self::Scalar(Key::String(text.clone())),
            TermKind::Var(var) => Self::Name(var.name.clone()),
            TermKind::Template(_)
            | TermKind::Ref(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => Self::Other(display::term(term)),
        }
    }

    /// The step as OPA writes it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Scalar(key) => key.json(),
            Self::Name(name) => name.to_string(),
            Self::Other(text) => text.clone(),
        }
    }
}

/// A step and the type of its key, which is unknown unless the step is a constant.
pub(super) type TypedStep = (Step, Option<Type>);

/// The steps of a path.
pub(super) fn path_of<'a>(terms: impl IntoIterator<Item = &'a Term>) -> Vec<TypedStep> {
    terms.into_iter().map(|term| (Step::of_term(term), constant_type(term))).collect()
}

fn constant_type(term: &Term) -> Option<Type> {
    let TermKind::Set(set) = &term.kind else {
        return Key::of_term(term).map(|key| key.type_of());
    };
    let types = set.iter().map(constant_type).collect::<Option<Vec<_>>>()?;
    Some(Type::set(types.into_iter().fold(None, |of, element| or(of, Some(element)))))
}

impl Node {
    pub(super) fn child(&self, step: &Step) -> Option<&Self> {
        self.children.get(step)
    }

    /// The type of the whole document, if it is known as one.
    pub(super) fn value(&self) -> Option<&Type> {
        self.value.as_ref()
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.children.keys()
    }

    /// Says what the document at a path is, whatever was said before.
    pub(super) fn put(&mut self, path: Vec<TypedStep>, of: Type) {
        path.into_iter().fold(self, Self::descend).value = Some(of);
    }

    fn descend(&mut self, (step, key): TypedStep) -> &mut Self {
        let child = self.children.entry(step).or_default();
        child.key = key;
        child
    }

    /// Adds what a rule says about the document at a path to what others say about it, about what it is part of
    /// and about its parts.
    pub(super) fn insert(&mut self, path: Vec<TypedStep>, of: &Type) {
        let mut node = self;
        let mut rest = path.into_iter();
        while let Some(step) = rest.next() {
            node = node.descend(step);
            let after = rest.as_slice();
            if let (Some(Type::Object(object)), false) = (unfolded(node.value.as_ref()), after.is_empty()) {
                let keys: Vec<Option<Type>> = after.iter().map(|(_, key)| key.clone()).collect();
                node.value = Some(with_part(&object, &keys, of));
            }
        }
        node.value = merge(node.value.take(), Some(of.clone()));
        if !matches!(unfolded(Some(of)), Some(Type::Object(_))) || node.children.is_empty() {
            return;
        }
        let mut parts = Vec::new();
        let mut path = Vec::new();
        for child in node.children.values() {
            child.leaves(&mut path, &mut parts);
        }
        for (path, part) in parts {
            if let Some(Type::Object(object)) = unfolded(node.value.as_ref()) {
                node.value = Some(with_part(&object, &path, &part));
            }
        }
    }

    /// The types below and the types of the keys that lead to them.
    fn leaves(&self, path: &mut Vec<Option<Type>>, found: &mut Vec<(Vec<Option<Type>>, Type)>) {
        path.push(self.key.clone());
        match &self.value {
            Some(value) => found.push((path.clone(), value.clone())),
            None => self.children.values().for_each(|child| child.leaves(path, found)),
        }
        path.pop();
    }

    /// The type of the document with all that is below it. Base documents may hold anything besides.
    pub(super) fn extent(&self) -> Type {
        if let Some(value) = &self.value {
            return value.clone();
        }
        let fields = self.children.iter().filter_map(|(step, child)| match step {
            Step::Scalar(key @ (Key::String(_) | Key::Number(_) | Key::Boolean(_))) => {
                Some((key.clone(), Some(child.extent())))
            }
            Step::Scalar(Key::Null | Key::Array(_) | Key::Object(_)) | Step::Name(_) | Step::Other(_) => None,
        });
        Type::object(fields.collect(), Some((Some(Type::String), Some(Type::Any))))
    }
}

/// A type as what it is where it begins again.
fn unfolded(of: Option<&Type>) -> Option<Type> {
    of.map(|of| of.unfolded().unwrap_or_else(|| of.clone()))
}

/// The object with a part somewhere below it.
fn with_part(object: &Object, keys: &[Option<Type>], part: &Type) -> Type {
    let Some((first, after)) = keys.split_first() else {
        return Type::object(object.fields().to_vec(), owned_rest(object));
    };
    // Each level of the path only says what kinds of keys and values there are.
    let part = after
        .iter()
        .rev()
        .fold(part.clone(), |part, key| Type::object(Vec::new(), Some((key.clone(), Some(part)))));
    let (key, value) = owned_rest(object).unwrap_or((None, None));
    let rest = (or(key, first.clone()), or(value, Some(part)));
    Type::object(object.fields().to_vec(), Some(rest))
}

fn owned_rest(object: &Object) -> Option<(Option<Type>, Option<Type>)> {
    object.rest().map(|(key, value)| (key.cloned(), value.cloned()))
}

/// What two rules together say about a document: sets and objects grow, all else is one or the other.
fn merge(left: Option<Type>, right: Option<Type>) -> Option<Type> {
    let (left, right) = match (left, right) {
        (None, other) | (other, None) => return other,
        (Some(left), Some(right)) => (left.unfolded().unwrap_or(left), right.unfolded().unwrap_or(right)),
    };
    match (&left, &right) {
        (Type::Object(ours), Type::Object(theirs))
            if ours.fields().is_empty() && theirs.fields().is_empty() =>
        {
            let (Some(our_rest), Some(their_rest)) = (owned_rest(ours), owned_rest(theirs)) else {
                // One is the empty object, which the other already covers.
                return Some(if ours.rest().is_none() { right } else { left });
            };
            let rest = (or(our_rest.0, their_rest.0), merge(our_rest.1, their_rest.1));
            return Some(Type::object(Vec::new(), Some(rest)));
        }
        (Type::Object(object), Type::Union(_)) => {
            if let Some(merged) = merge_into_member(object, &right) {
                return Some(merged);
            }
        }
        (Type::Union(_), Type::Object(object)) => {
            if let Some(merged) = merge_into_member(object, &left) {
                return Some(merged);
            }
        }
        (Type::Set(ours), Type::Set(theirs)) => {
            return Some(Type::set(or(ours.of().cloned(), theirs.of().cloned())));
        }
        _ => {}
    }
    or(Some(left), Some(right))
}

/// The union with an object that has no fields of its own as part of a member that has none either.
fn merge_into_member(object: &Object, union: &Type) -> Option<Type> {
    let (key, value) = owned_rest(object).filter(|_| object.fields().is_empty())?;
    let members = union.members()?;
    let at = members.iter().position(|member| {
        matches!(member, Type::Object(member) if member.fields().is_empty() && member.rest().is_some())
    })?;
    let mut members = members.to_vec();
    let member = members.get_mut(at)?;
    if let Type::Object(inner) = &*member {
        let (inner_key, inner_value) = owned_rest(inner)?;
        *member = Type::object(Vec::new(), Some((or(inner_key, key), or(inner_value, value))));
    }
    Some(Type::union(members))
}
