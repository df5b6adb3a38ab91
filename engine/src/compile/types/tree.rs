//! The types of documents, by their paths.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Key;
use super::lattice::{Object, Type};
use super::order::or;
use crate::syntax::display;
use crate::syntax::tree::{Name, Ref, Term, TermKind};

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
    children: Children,
}

/// The documents right below one. Nearly all steps are strings, which are found as they are.
#[derive(Debug, Default, Clone)]
struct Children {
    strings: BTreeMap<Name, Node>,
    others: BTreeMap<Step, Node>,
}

impl Children {
    fn is_empty(&self) -> bool {
        self.strings.is_empty() && self.others.is_empty()
    }

    fn at(&self, term: &Term) -> Option<&Node> {
        if let TermKind::String(name) = &term.kind {
            return self.strings.get(name);
        }
        if self.others.is_empty() { None } else { self.others.get(&Step::of_term(term)) }
    }

    fn get(&self, step: &Step) -> Option<&Node> {
        if let Step::Scalar(Key::String(name)) = step {
            self.strings.get(name)
        } else {
            self.others.get(step)
        }
    }

    /// With room for it from now on.
    fn get_mut(&mut self, step: Step) -> &mut Node {
        if let Step::Scalar(Key::String(name)) = step {
            self.strings.entry(name).or_default()
        } else {
            self.others.entry(step).or_default()
        }
    }

    fn remove(&mut self, step: &Step) -> Option<Node> {
        if let Step::Scalar(Key::String(name)) = step {
            self.strings.remove(name)
        } else {
            self.others.remove(step)
        }
    }

    /// In the order of the steps.
    fn iter(&self) -> impl Iterator<Item = (Cow<'_, Step>, &Node)> {
        let is_before = |step: &Step| *step < Step::Scalar(Key::String(Name::from("")));
        let before = self.others.iter().take_while(move |(step, _)| is_before(step));
        let after = self.others.iter().skip_while(move |(step, _)| is_before(step));
        let strings = self.strings.iter();
        let strings = strings.map(|(name, node)| (Cow::Owned(Step::Scalar(Key::String(name.clone()))), node));
        let other = |(step, node)| (Cow::Borrowed(step), node);
        before.map(other).chain(strings).chain(after.map(other))
    }
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

/// The first steps of a reference, or those after the very first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'a> {
    head: Option<&'a Term>,
    operands: &'a [Term],
}

impl<'a> Path<'a> {
    /// The head of a reference and so many of its operands.
    pub(super) fn new(reference: &'a Ref, operands: usize) -> Self {
        let operands = reference.operands.get(..operands).unwrap_or(&reference.operands);
        Self { head: Some(&reference.head), operands }
    }

    pub(super) fn len(self) -> usize {
        usize::from(self.head.is_some()) + self.operands.len()
    }

    /// The steps in their order.
    pub(super) fn steps(self) -> impl Iterator<Item = &'a Term> + Clone {
        self.head.into_iter().chain(self.operands)
    }

    /// The path after its first steps.
    pub(super) fn below(self, steps: usize) -> Self {
        match steps.checked_sub(usize::from(self.head.is_some())) {
            Some(steps) => Self { head: None, operands: self.operands.get(steps..).unwrap_or_default() },
            None => self,
        }
    }
}

/// Whether two terms make the same step.
pub(super) fn is_same_step(left: &Term, right: &Term) -> bool {
    match (&left.kind, &right.kind) {
        (TermKind::String(left), TermKind::String(right)) => left == right,
        _ => Step::of_term(left) == Step::of_term(right),
    }
}

/// The type of the key that a step is, which is unknown unless the step is a constant.
fn constant_type(term: &Term) -> Option<Type> {
    if let TermKind::Set(set) = &term.kind {
        let types = set.iter().map(constant_type).collect::<Option<Vec<_>>>()?;
        return Some(Type::set(types.into_iter().fold(None, |of, element| or(of, Some(element)))));
    }
    // Nearly all are strings.
    if term.as_string().is_some() { Some(Type::String) } else { Key::of_term(term).map(|key| key.type_of()) }
}

impl Node {
    pub(super) fn child(&self, step: &Step) -> Option<&Self> {
        self.children.get(step)
    }

    /// What the step that a term makes leads to.
    pub(super) fn child_at(&self, term: &Term) -> Option<&Self> {
        self.children.at(term)
    }

    /// The type of the whole document, if it is known as one.
    pub(super) fn value(&self) -> Option<&Type> {
        self.value.as_ref()
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = Cow<'_, Step>> {
        self.children.iter().map(|(step, _)| step)
    }

    /// Says what the document is, whatever was said before.
    pub(super) fn set(&mut self, of: Type) {
        self.value = Some(of);
    }

    /// What is known below a step, for which there is room from now on.
    pub(super) fn descend(&mut self, step: &Term) -> &mut Self {
        let child = self.children.get_mut(Step::of_term(step));
        child.key = constant_type(step);
        child
    }

    /// The same below a name.
    pub(super) fn descend_name(&mut self, name: Name) -> &mut Self {
        let child = self.children.get_mut(Step::Scalar(Key::String(name)));
        child.key = Some(Type::String);
        child
    }

    /// Whether nothing is known of the documents that a path leads through as of wholes.
    pub(super) fn is_unknown_along<'t>(&self, mut path: impl Iterator<Item = &'t Term>) -> bool {
        let mut node = Some(self);
        path.all(|step| {
            node = node.and_then(|node| node.child_at(step));
            node.is_none_or(|node| node.value.is_none())
        })
    }

    /// Takes out what is known below a step.
    pub(super) fn take(&mut self, step: &Term) -> Self {
        self.children.remove(&Step::of_term(step)).unwrap_or_default()
    }

    /// Puts back what was taken out.
    pub(super) fn put_back(&mut self, step: &Term, taken: Self) {
        let child = self.descend(step);
        *child = Self { key: child.key.take(), ..taken };
    }

    /// Adds what a rule says about the document at a path to what others say about it, about what it is part of
    /// and about its parts.
    pub(super) fn insert(&mut self, path: Path<'_>, of: &Type) {
        let mut node = self;
        for (at, step) in (1..).zip(path.steps()) {
            node = node.descend(step);
            let after = path.below(at);
            if let (Some(Type::Object(object)), true) = (unfolded(node.value.as_ref()), after.len() > 0) {
                let keys: Vec<Option<Type>> = after.steps().map(constant_type).collect();
                node.value = Some(with_part(&object, &keys, of));
            }
        }
        node.value = merge(node.value.take(), Some(of.clone()));
        if !matches!(unfolded(Some(of)), Some(Type::Object(_))) || node.children.is_empty() {
            return;
        }
        let mut parts = Vec::new();
        let mut path = Vec::new();
        for (_, child) in node.children.iter() {
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
            None => self.children.iter().for_each(|(_, child)| child.leaves(path, found)),
        }
        path.pop();
    }

    /// The type of the document with all that is below it. Base documents may hold anything besides.
    pub(super) fn extent(&self) -> Type {
        if let Some(value) = &self.value {
            return value.clone();
        }
        let fields = self.children.iter().filter_map(|(step, child)| match step.into_owned() {
            Step::Scalar(key @ (Key::String(_) | Key::Number(_) | Key::Boolean(_))) => {
                Some((key, Some(child.extent())))
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
