//! Edits: an input is a known one with a few of them, so that whoever reads it sees what is different.

use std::fmt;
use std::sync::Arc;

use super::place::{self, Place, Root};
use crate::value::Value;

/// A change of the input or of `data`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edit {
    /// What is at a place goes.
    Drop(Place),
    /// A value is put at a place, where another one or none was.
    Put(Place, Value),
    /// In all strings of the input, one text takes the place of another.
    Rename {
        /// What goes.
        from: Arc<str>,
        /// What comes.
        to: Arc<str>,
    },
    /// Several at once that belong together.
    Several(Vec<Edit>),
    /// All of the input is another one; with `None` there is none.
    Whole(Option<Value>),
}

/// What a decision is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The input, if there is one.
    pub input: Option<Value>,
    /// The base documents.
    pub data: Value,
}

impl Edit {
    /// The case with this change; nothing if it can't be made or changes nothing.
    pub fn apply(&self, case: &Case) -> Option<Case> {
        let Case { input, data } = case;
        let changed = match self {
            Self::Drop(Place { root: Root::Input, steps }) => {
                Case { input: Some(place::without(input.as_ref()?, steps)?), data: data.clone() }
            }
            Self::Drop(Place { root: Root::Data, steps }) => {
                Case { input: input.clone(), data: place::without(data, steps)? }
            }
            Self::Put(Place { root: Root::Input, steps }, value) => {
                if input.as_ref().and_then(|input| place::at(input, steps)) == Some(value) {
                    return None;
                }
                Case { input: Some(place::put(input.as_ref(), steps, value.clone())?), data: data.clone() }
            }
            Self::Put(Place { root: Root::Data, steps }, value) => {
                Case { input: input.clone(), data: place::put(Some(data), steps, value.clone())? }
            }
            Self::Rename { from, to } => {
                Case { input: Some(place::renamed(input.as_ref()?, from, to)?), data: data.clone() }
            }
            Self::Several(edits) => edits.iter().try_fold(case.clone(), |case, edit| edit.apply(&case))?,
            Self::Whole(whole) => Case { input: whole.clone(), data: data.clone() },
        };
        let is_same = match self {
            // Something went, or there was another value.
            Self::Drop(_) | Self::Put(Place { root: Root::Input, .. }, _) => false,
            Self::Put(Place { root: Root::Data, .. }, _) => changed.data == *data,
            Self::Rename { .. } | Self::Whole(_) => changed.input == *input,
            Self::Several(_) => changed == *case,
        };
        (!is_same).then_some(changed)
    }

    /// Which document it changes; nothing if it may be both.
    pub fn root(&self) -> Option<Root> {
        match self {
            Self::Drop(place) | Self::Put(place, _) => Some(place.root),
            Self::Rename { .. } | Self::Whole(_) => Some(Root::Input),
            Self::Several(_) => None,
        }
    }

    /// The place that it changes, if it is one.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Drop(place) | Self::Put(place, _) => Some(place),
            Self::Rename { .. } | Self::Several(_) | Self::Whole(_) => None,
        }
    }
}

/// As a line of a report: `without input.user`, `input.level := "9"`.
impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop(place) => write!(f, "without {place}"),
            Self::Put(place, value) => write!(f, "{place} := {}", value.to_rego()),
            Self::Rename { from, to } => {
                write!(f, "{} instead of {} everywhere", Value::from(&**to), Value::from(&**from))
            }
            Self::Several(edits) => {
                for (index, edit) in edits.iter().enumerate() {
                    let between = if index == 0 { "" } else { ", " };
                    write!(f, "{between}{edit}")?;
                }
                Ok(())
            }
            Self::Whole(None) => f.write_str("no input"),
            Self::Whole(Some(value)) => write!(f, "input := {}", value.to_rego()),
        }
    }
}
