//! Types that are a part of themselves, as JSON Schemas define them.

use std::sync::{Arc, OnceLock, Weak};

use super::lattice::Type;
use crate::syntax::tree::Name;

/// A place in a type where the type begins again; known by the reference of the schema that says so.
///
/// The type is kept by its `Knot`. Once that is gone nothing is known of it, so it stands for every value.
#[derive(Debug, Clone)]
pub struct Recursive {
    name: Name,
    of: Weak<OnceLock<Type>>,
}

/// What keeps a type that is a part of itself.
#[derive(Debug, Clone)]
pub(super) struct Knot {
    name: Name,
    of: Arc<OnceLock<Type>>,
}

impl Recursive {
    /// The reference that leads to the schema.
    pub fn name(&self) -> &Name {
        &self.name
    }
}

impl Knot {
    /// The place for a type that is not known yet.
    pub(super) fn new(name: Name) -> Self {
        Self { name, of: Arc::default() }
    }

    /// What stands in the type for the type itself.
    pub(super) fn begin_again(&self) -> Type {
        Type::Recursive(Arc::new(Recursive { name: self.name.clone(), of: Arc::downgrade(&self.of) }))
    }

    /// Says what the type is; what was said first counts.
    pub(super) fn tie(&self, of: Type) {
        self.of.get_or_init(|| of);
    }
}

impl Type {
    /// What a type that begins again is, one step further; none for other types.
    pub(super) fn unfolded(&self) -> Option<Self> {
        let Self::Recursive(recursive) = self else { return None };
        let of = recursive.of.upgrade().and_then(|of| of.get().cloned());
        Some(match of {
            None | Some(Self::Recursive(_)) => Self::Any,
            Some(of) => of,
        })
    }
}
