//! What a type says about the keys and values of a collection.

use super::Key;
use super::lattice::Type;
use super::order::or;

impl Type {
    /// The type of what stands under a constant; none when nothing can.
    pub fn select(&self, key: &Key) -> Option<Self> {
        match self {
            Self::Array(array) => array.at(key.position()?).cloned(),
            Self::Object(object) => object.at(key).cloned(),
            Self::Set(set) => {
                let of = set.of()?;
                let element = key.type_of();
                match of.members() {
                    Some(_) => of.contains(&element).then_some(element),
                    None => of.compare(&element).is_eq().then(|| of.clone()),
                }
            }
            Self::Any => Some(Self::Any),
            Self::Union(union) => {
                union.members().iter().fold(None, |united, member| or(member.select(key), united))
            }
            Self::Recursive(_) => self.unfolded()?.select(key),
            Self::Null | Self::Boolean | Self::Number | Self::String | Self::Function(_) => None,
        }
    }

    /// The type of the keys that can be iterated; none for what is no collection.
    pub fn keys(&self) -> Option<Self> {
        match self {
            Self::Array(_) => Some(Self::Number),
            Self::Object(object) => {
                let fields =
                    object.fields().iter().fold(None, |united, (key, _)| or(united, Some(key.type_of())));
                or(fields, object.rest().and_then(|(key, _)| key.cloned()))
            }
            Self::Set(set) => set.of().cloned(),
            Self::Any => Some(Self::Any),
            Self::Union(union) => {
                union.members().iter().fold(None, |united, member| or(member.keys(), united))
            }
            Self::Recursive(_) => self.unfolded()?.keys(),
            Self::Null | Self::Boolean | Self::Number | Self::String | Self::Function(_) => None,
        }
    }

    /// The type of the values that can be iterated; none for what is no collection.
    pub fn values(&self) -> Option<Self> {
        match self {
            Self::Array(array) => {
                let items = array.items().iter().fold(None, |united, item| or(united, item.clone()));
                or(items, array.rest().cloned())
            }
            Self::Object(object) => {
                let fields =
                    object.fields().iter().fold(None, |united, (_, value)| or(united, value.clone()));
                or(fields, object.rest_value().cloned())
            }
            Self::Set(set) => set.of().cloned(),
            Self::Any => Some(Self::Any),
            Self::Union(union) => {
                union.members().iter().fold(None, |united, member| or(member.values(), united))
            }
            Self::Recursive(_) => self.unfolded()?.values(),
            Self::Null | Self::Boolean | Self::Number | Self::String | Self::Function(_) => None,
        }
    }
}
