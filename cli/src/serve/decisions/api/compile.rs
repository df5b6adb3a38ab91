//! Partial evaluation, which there is none of.

use axum::http::StatusCode;

use crate::serve::decisions::wire::Problem;

/// What is answered instead.
pub(super) fn problem() -> Problem {
    Problem::new(
        StatusCode::NOT_IMPLEMENTED,
        "not_implemented",
        "partial evaluation is not supported by this server",
    )
}
