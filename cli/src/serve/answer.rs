//! Answers that say why there is no other one, in the form of OPA's.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::token::Unknown;

#[derive(Serialize)]
struct Refusal<'a> {
    code: &'a str,
    message: &'a str,
}

/// An answer with a code for programs and words for people.
pub(crate) fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let text = serde_json::to_string(&Refusal { code, message }).unwrap_or_default();
    let mut response = Response::new(Body::from(text + "\n"));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 401, in the words of RFC 6750.
pub(crate) fn unauthorized(unknown: Unknown) -> Response {
    let (challenge, message) = match unknown {
        Unknown::Missing => ("Bearer realm=\"portcullis\"", "a bearer token is needed"),
        Unknown::Invalid => {
            ("Bearer realm=\"portcullis\", error=\"invalid_token\"", "the bearer token is not known")
        }
    };
    let mut response = refusal(StatusCode::UNAUTHORIZED, "unauthorized", message);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

/// 403, in the words of RFC 6750.
pub(crate) fn forbidden(message: &str) -> Response {
    let challenge = HeaderValue::from_static("Bearer realm=\"portcullis\", error=\"insufficient_scope\"");
    let mut response = refusal(StatusCode::FORBIDDEN, "forbidden", message);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// 404.
pub(crate) fn not_found(message: &str) -> Response {
    refusal(StatusCode::NOT_FOUND, "resource_not_found", message)
}
