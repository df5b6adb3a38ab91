//! Whether the server is well, for whoever starts and balances servers.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;

/// Says whether a part of the server has all that it needs.
pub(crate) type Probe = Arc<dyn Fn() -> bool + Send + Sync>;

/// Answers `/health`, for everyone: 200 while the process serves. With `?bundles` also 500 unless each bundle has a verified
/// revision, as OPA's own does.
pub(crate) fn router(bundles: Probe) -> Router {
    Router::new().route("/health", get(health)).with_state(bundles)
}

async fn health(State(bundles): State<Probe>, request: Request) -> Response {
    let mut names = request.uri().query().unwrap_or_default().split('&');
    let asks = names.any(|name| matches!(name, "bundles" | "bundle" | "bundles=true" | "bundle=true"));
    let mut response = Response::new(Body::from("{}\n"));
    if asks && !bundles() {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
