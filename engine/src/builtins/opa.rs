//! The running process.

use super::Shape::{Any, ObjectOf, String};
use super::{Answer, Context, Operands, Signature, named};
use crate::value::{Object, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[Signature::new(
    "opa.runtime",
    "What the process tells of itself: its configuration, environment and version.",
)
.returns(named("output", ObjectOf(&String, &Any)))
.nondeterministic()
.does(runtime)];

/// What `opa eval` says without a configuration; it knows no commit unless it was stamped into it.
#[expect(clippy::unnecessary_wraps, reason = "every built-in function has this type")]
fn runtime(ctx: &mut Context<'_>, _: Operands<'_>) -> Answer {
    let entries: [(&str, Value); 5] = [
        ("authorization_enabled", false.into()),
        ("commit", "".into()),
        ("env", ctx.host.environment()),
        ("skip_known_schema_check", false.into()),
        ("version", OPA_VERSION.into()),
    ];
    let entries: Object = entries.into_iter().map(|(key, value)| (Value::from(key), value)).collect();
    Ok(Some(entries.into()))
}

/// The version of OPA whose answers policies get.
const OPA_VERSION: &str = "1.22.2";
