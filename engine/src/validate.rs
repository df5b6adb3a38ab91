//! Checks of configuration by packs of policies: what a pack says of the documents that it is for, and what a schema finds in them.

mod declaration;
mod finding;
mod schema;

pub use self::declaration::{Declaration, DocumentKind, InputShape, SchemaFile};
pub use self::finding::{Finding, RuleClass, exempt_name, findings, rule_class};
pub use self::schema::{Instance, Schema, Violation, ViolationKind};

use crate::document::Step;

/// A path as messages have it: keys and numbers with dots between, or `the document`.
pub fn shown(path: &[Step]) -> String {
    if path.is_empty() {
        return "the document".to_owned();
    }
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => key.to_string(),
        Step::Index(index) => index.to_string(),
    });
    steps.collect::<Vec<_>>().join(".")
}

/// A path as a JSON pointer (RFC 6901).
pub fn pointer(path: &[Step]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Step::Index(index) => format!("/{index}"),
    });
    steps.collect()
}
