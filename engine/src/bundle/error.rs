//! Why files make no bundle.

use crate::document::TextError;

/// The first thing that is wrong with the files of a bundle, in OPA's words as far as it has any.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ContentError {
    /// A module that can't be read.
    #[error("{0}")]
    Module(TextError),
    /// A document that can't be read; the text goes before what is wrong with it.
    #[error("{0}{1}")]
    Document(&'static str, TextError),
    /// Files that don't go together.
    #[error("{message}")]
    Files {
        /// What is wrong, where.
        message: String,
        /// What to do next.
        help: Option<String>,
    },
}

impl ContentError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::Files { message: message.into(), help: None }
    }

    pub(super) fn with_help(self, next: impl Into<String>) -> Self {
        match self {
            Self::Files { message, .. } => Self::Files { message, help: Some(next.into()) },
            Self::Module(_) | Self::Document(..) => self,
        }
    }
}
