//! A page for who looks at the server with a browser.

use axum::http::StatusCode;

use crate::serve::decisions::wire::Answer;

/// The page.
pub(super) fn page() -> Answer {
    let version = env!("CARGO_PKG_VERSION");
    let page = format!(
        "<!doctype html>\n<title>Portcullis</title>\n<p>Portcullis {version} decides here, with the API of OPA: \
         <a href=\"/v1/data\">/v1/data</a>, <a href=\"/v1/policies\">/v1/policies</a>, <a href=\"/health\">/health</a></p>\n"
    );
    Answer::typed(StatusCode::OK, "text/html; charset=utf-8", page)
}
