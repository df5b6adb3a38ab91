//! What became of an answer.

use super::Answer;
use crate::probe::decision::Verdict;
use crate::value::Value;

/// The kinds of difference, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Somebody gets in who did not.
    NewlyAllowed,
    /// Where somebody got in there is no answer.
    AllowToError,
    /// Where nobody got in there is no answer.
    DenyToError,
    /// Somebody no longer gets in.
    NewlyDenied,
    /// The decision is the same, and what is told beside it is not.
    ReasonOnly,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 5] =
        [Self::NewlyAllowed, Self::AllowToError, Self::DenyToError, Self::NewlyDenied, Self::ReasonOnly];

    /// The class of two answers; nothing if they say the same.
    pub fn of(old: &Answer, new: &Answer) -> Option<Self> {
        match (old.verdict, new.verdict) {
            (Verdict::Deny | Verdict::Error(_), Verdict::Allow) => Some(Self::NewlyAllowed),
            (Verdict::Allow, Verdict::Error(_)) => Some(Self::AllowToError),
            (Verdict::Deny, Verdict::Error(_)) => Some(Self::DenyToError),
            (Verdict::Allow, Verdict::Deny) => Some(Self::NewlyDenied),
            (Verdict::Error(_), Verdict::Deny | Verdict::Error(_)) => None,
            (Verdict::Allow, Verdict::Allow) | (Verdict::Deny, Verdict::Deny) => {
                let tells = is_told(old.value.as_ref()) || is_told(new.value.as_ref());
                (tells && old.value != new.value).then_some(Self::ReasonOnly)
            }
        }
    }

    /// As reports and files name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewlyAllowed => "newly-allowed",
            Self::AllowToError => "allow-to-error",
            Self::DenyToError => "deny-to-error",
            Self::NewlyDenied => "newly-denied",
            Self::ReasonOnly => "reason-only",
        }
    }

    /// In a sentence.
    pub fn summary(self) -> &'static str {
        match self {
            Self::NewlyAllowed => "the new version lets somebody in whom the old one kept out",
            Self::AllowToError => "the new version has no answer where the old one let somebody in",
            Self::DenyToError => "the new version has no answer where the old one kept somebody out",
            Self::NewlyDenied => "the new version keeps somebody out whom the old one let in",
            Self::ReasonOnly => "both versions decide the same and tell other reasons",
        }
    }
}

/// Whether a value says more than yes or no. A collection of nothing doesn't.
pub(super) fn is_told(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Object(object)) => !object.is_empty(),
        Some(Value::Array(array)) => !array.is_empty(),
        Some(Value::Set(set)) => !set.is_empty(),
        Some(Value::String(_) | Value::Number(_)) => true,
        Some(Value::Null | Value::Bool(_)) | None => false,
    }
}
