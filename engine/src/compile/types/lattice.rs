//! The types themselves.

use std::sync::Arc;

use super::Key;
use super::recursive::Recursive;
use crate::syntax::tree::Name;

/// A type; `Option<Type>` is a type that may be unknown.
///
/// Types are shared and immutable. A type that nests deeper than 250 levels or has more than a million parts
/// becomes [`Type::Any`], so that walking one never takes long or exhausts the stack.
#[derive(Debug, Clone)]
pub enum Type {
    /// `null`.
    Null,
    /// `true` and `false`.
    Boolean,
    /// All numbers.
    Number,
    /// All strings.
    String,
    /// Arrays.
    Array(Arc<Array>),
    /// Objects.
    Object(Arc<Object>),
    /// Sets.
    Set(Arc<Set>),
    /// Every value.
    Any,
    /// One of several types.
    Union(Arc<Union>),
    /// Functions.
    Function(Arc<Function>),
    /// A type that begins again.
    Recursive(Arc<Recursive>),
}

/// The type of arrays.
#[derive(Debug)]
pub struct Array {
    items: Vec<Option<Type>>,
    rest: Option<Type>,
    extent: Extent,
}

/// The type of objects.
#[derive(Debug)]
pub struct Object {
    fields: Vec<(Key, Option<Type>)>,
    rest: Option<(Option<Type>, Option<Type>)>,
    extent: Extent,
}

/// The type of sets.
#[derive(Debug)]
pub struct Set {
    of: Option<Type>,
    extent: Extent,
}

/// Several types, sorted, without [`Type::Any`] or another union among them; at least one.
#[derive(Debug)]
pub struct Union {
    members: Vec<Type>,
    extent: Extent,
}

/// The type of functions.
#[derive(Debug)]
pub struct Function {
    parameters: Vec<Parameter>,
    variadic: Option<Parameter>,
    result: Option<Parameter>,
    extent: Extent,
}

/// What a function takes or returns.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name, which messages show before the type.
    pub name: Option<Name>,
    /// Its type.
    pub of: Option<Type>,
}

impl Type {
    /// Arrays that start with `items` and go on with any number of `rest`.
    pub fn array(items: Vec<Option<Type>>, rest: Option<Type>) -> Self {
        let extent = Extent::over(items.iter().map(Option::as_ref).chain(rest.iter().map(Some)));
        if extent.is_too_large() {
            return Self::Any;
        }
        Self::Array(Arc::new(Array { items, rest, extent }))
    }

    /// Objects that have all of `fields` and any number of keys and values as in `rest`.
    pub fn object(mut fields: Vec<(Key, Option<Type>)>, rest: Option<(Option<Type>, Option<Type>)>) -> Self {
        fields.sort_by(|left, right| left.0.cmp(&right.0));
        let values = fields.iter().map(|(_, value)| value.as_ref());
        let others = rest.iter().flat_map(|(key, value)| [key.as_ref(), value.as_ref()]);
        let extent = Extent::over(values.chain(others));
        if extent.is_too_large() {
            return Self::Any;
        }
        Self::Object(Arc::new(Object { fields, rest, extent }))
    }

    /// Sets of `of`; without one, the empty set.
    pub fn set(of: Option<Type>) -> Self {
        let extent = Extent::over(std::iter::once(of.as_ref()));
        if extent.is_too_large() {
            return Self::Any;
        }
        Self::Set(Arc::new(Set { of, extent }))
    }

    /// One of `members`; of none, every value.
    pub fn union(mut members: Vec<Type>) -> Self {
        members.sort_by(Self::compare);
        members.dedup_by(|left, right| Self::compare(left, right).is_eq());
        Self::union_of_sorted(members)
    }

    /// One of `members`, which are sorted and differ.
    pub(super) fn union_of_sorted(members: Vec<Type>) -> Self {
        let mut extent = Extent::over(members.iter().map(Some));
        if members.is_empty() || extent.is_too_large() {
            return Self::Any;
        }
        // A union counts as known even if a member is not, as in OPA.
        extent.unknown = false;
        Self::Union(Arc::new(Union { members, extent }))
    }

    /// Functions of `parameters`, and of any number of `variadic` after them; without a result they only hold or don't.
    pub fn function(
        parameters: Vec<Parameter>,
        variadic: Option<Parameter>,
        result: Option<Parameter>,
    ) -> Self {
        let types = parameters.iter().map(|parameter| parameter.of.as_ref());
        let result_type = result.as_ref().and_then(|result| result.of.as_ref());
        let extent = Extent::over(types.chain([result_type]));
        if extent.is_too_large() {
            return Self::Any;
        }
        Self::Function(Arc::new(Function { parameters, variadic, result, extent }))
    }

    /// The members of a union; none for [`Type::Any`], and none at all for other types.
    pub(super) fn members(&self) -> Option<&[Type]> {
        match self {
            Self::Any => Some(&[]),
            Self::Union(union) => Some(union.members()),
            Self::Null
            | Self::Boolean
            | Self::Number
            | Self::String
            | Self::Array(_)
            | Self::Object(_)
            | Self::Set(_)
            | Self::Function(_)
            | Self::Recursive(_) => None,
        }
    }

    /// Whether the type is that of a collection that has no elements.
    pub fn is_empty_collection(&self) -> bool {
        match self {
            Self::Array(array) => array.items.is_empty() && array.rest.is_none(),
            Self::Object(object) => object.fields.is_empty() && object.rest.is_none(),
            Self::Set(set) => set.of.is_none(),
            Self::Recursive(_) => self.unfolded().is_some_and(|of| of.is_empty_collection()),
            Self::Null
            | Self::Boolean
            | Self::Number
            | Self::String
            | Self::Any
            | Self::Union(_)
            | Self::Function(_) => false,
        }
    }

    fn extent(&self) -> Extent {
        match self {
            Self::Null | Self::Boolean | Self::Number | Self::String | Self::Any | Self::Recursive(_) => {
                Extent { unknown: false, depth: 1, weight: 1 }
            }
            Self::Array(array) => array.extent,
            Self::Object(object) => object.extent,
            Self::Set(set) => set.extent,
            Self::Union(union) => union.extent,
            Self::Function(function) => function.extent,
        }
    }
}

/// Whether a type, or a part of it that is not behind a union, is unknown. The empty set counts as unknown.
pub(super) fn is_unknown(of: Option<&Type>) -> bool {
    of.is_none_or(|of| of.extent().unknown)
}

impl Array {
    /// The types of the first elements.
    pub fn items(&self) -> &[Option<Type>] {
        &self.items
    }

    /// The type of the elements after them.
    pub fn rest(&self) -> Option<&Type> {
        self.rest.as_ref()
    }

    /// The type of the element at a position counted from 0.
    pub fn at(&self, position: usize) -> Option<&Type> {
        match self.items.get(position) {
            Some(item) => item.as_ref(),
            None => self.rest.as_ref(),
        }
    }
}

impl Object {
    /// The fields, sorted by key.
    pub fn fields(&self) -> &[(Key, Option<Type>)] {
        &self.fields
    }

    /// The types of the other keys and of their values.
    pub fn rest(&self) -> Option<(Option<&Type>, Option<&Type>)> {
        self.rest.as_ref().map(|(key, value)| (key.as_ref(), value.as_ref()))
    }

    /// The type of the other values.
    pub fn rest_value(&self) -> Option<&Type> {
        self.rest.as_ref().and_then(|(_, value)| value.as_ref())
    }

    /// The value of a field: `None` when there is no such field. Of several, which JSON Schemas can make, the first.
    pub fn field(&self, key: &Key) -> Option<Option<&Type>> {
        let at = self.fields.partition_point(|(name, _)| name < key);
        self.fields.get(at).filter(|(name, _)| name == key).map(|(_, value)| value.as_ref())
    }

    /// The type of the value under a key.
    pub fn at(&self, key: &Key) -> Option<&Type> {
        if let Some(value) = self.field(key) {
            return value;
        }
        let (of, value) = self.rest()?;
        if of.is_some_and(|of| of.contains(&key.type_of())) { value } else { None }
    }
}

impl Set {
    /// The type of the elements; none for the empty set.
    pub fn of(&self) -> Option<&Type> {
        self.of.as_ref()
    }
}

impl Union {
    /// The types it unites.
    pub fn members(&self) -> &[Type] {
        &self.members
    }
}

impl Function {
    /// What it takes.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// What it takes any number of after its parameters.
    pub fn variadic(&self) -> Option<&Parameter> {
        self.variadic.as_ref()
    }

    /// What it returns.
    pub fn result(&self) -> Option<&Parameter> {
        self.result.as_ref()
    }

    /// The type of what it returns.
    pub fn result_type(&self) -> Option<&Type> {
        self.result.as_ref().and_then(|result| result.of.as_ref())
    }
}

impl Parameter {
    /// A parameter without a name.
    pub fn unnamed(of: Option<Type>) -> Self {
        Self { name: None, of }
    }
}

/// What is worth knowing about a type without walking it.
#[derive(Debug, Clone, Copy)]
struct Extent {
    unknown: bool,
    depth: u16,
    weight: u32,
}

impl Extent {
    fn over<'a>(parts: impl Iterator<Item = Option<&'a Type>>) -> Self {
        let mut extent = Self { unknown: false, depth: 0, weight: 1 };
        for part in parts {
            let Some(part) = part else {
                extent.unknown = true;
                continue;
            };
            let part = part.extent();
            extent.unknown |= part.unknown;
            extent.depth = extent.depth.max(part.depth);
            extent.weight = extent.weight.saturating_add(part.weight);
        }
        extent.depth = extent.depth.saturating_add(1);
        extent
    }

    fn is_too_large(self) -> bool {
        self.depth > MAX_DEPTH || self.weight > MAX_WEIGHT
    }
}

const MAX_DEPTH: u16 = 250;

const MAX_WEIGHT: u32 = 1 << 20;
