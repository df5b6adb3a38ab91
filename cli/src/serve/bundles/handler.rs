//! Answers requests for bundles.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::get;

use super::super::access_log::Subject;
use super::super::answer;
use super::super::metrics::Metrics;
use super::super::shutdown::Shutdown;
use super::super::token::{TokenFile, Unknown};
use super::catalog::{Bundle, Catalog, Revision};
use super::conditional::{self, Verdict};
use super::download::Download;
use super::naming;
use super::poll;
use super::prefer::{Answers, Preferences};
use super::range::{self, Part};

/// What requests for bundles are answered from.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) catalog: Arc<Catalog>,
    pub(super) tokens: Option<Arc<TokenFile>>,
    pub(super) metrics: Metrics,
    pub(super) shutdown: Shutdown,
    /// For how long a client may wait at most.
    pub(super) longest_wait: Duration,
}

/// Answers `GET` and `HEAD` of `/bundles/NAME`.
pub(super) fn router(serving: Serving) -> Router {
    Router::new().route("/bundles/{*name}", get(fetch)).with_state(Arc::new(serving))
}

async fn fetch(State(serving): State<Arc<Serving>>, request: Request) -> Response {
    // The body, if there is one, means nothing.
    let (parts, _) = request.into_parts();
    let mut subject = Subject::default();
    let answered = serving.answer(&parts, &mut subject).await;
    let mut response = answered.unwrap_or_else(Refused::response);
    response.extensions_mut().insert(subject);
    response
}

impl Serving {
    /// The answer, or why there is none.
    async fn answer(&self, parts: &Parts, subject: &mut Subject) -> Result<Response, Refused> {
        let headers = &parts.headers;
        let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default();
        let name = naming::requested(path);
        self.admit(headers, name.as_deref(), subject)?;
        let name = name.ok_or(Refused::NoName)?;
        let bundle = self.catalog.find(&name).ok_or(Refused::NoBundle)?;
        subject.bundle = Some(Arc::clone(&bundle.name));
        let mut revision = bundle.current().ok_or(Refused::Unverified)?;
        let preferences = Preferences::of(headers);
        let mut verdict = conditional::judge(headers, revision.etag.opaque());
        let wait = preferences.wait.min(self.longest_wait);
        if verdict == Verdict::NotModified && !wait.is_zero() {
            revision = self.wait(&bundle, headers, wait).await?;
            verdict = conditional::judge(headers, revision.etag.opaque());
            // Tokens may have been taken back in the meantime.
            self.admit(headers, Some(&name), subject)?;
        }
        subject.revision.clone_from(&revision.name);
        Ok(match verdict {
            Verdict::NotModified => state(StatusCode::NOT_MODIFIED, &revision, Body::empty()),
            Verdict::PreconditionFailed => state(StatusCode::PRECONDITION_FAILED, &revision, Body::empty()),
            Verdict::Answer => give(parts, preferences, &revision),
        })
    }

    /// Lets in who may fetch a bundle. Who may not learns nothing of whether there is one.
    fn admit(&self, headers: &HeaderMap, name: Option<&str>, subject: &mut Subject) -> Result<(), Refused> {
        let Some(tokens) = &self.tokens else { return Ok(()) };
        let holder = tokens.holder(headers).map_err(Refused::Unauthorized)?;
        subject.token = Some(Arc::clone(&holder.name));
        if name.is_some_and(|name| !holder.may_fetch(name)) {
            return Err(Refused::Forbidden);
        }
        Ok(())
    }

    async fn wait(
        &self,
        bundle: &Bundle,
        headers: &HeaderMap,
        wait: Duration,
    ) -> Result<Arc<Revision>, Refused> {
        let _counted = self.metrics.poll(&bundle.name);
        let is_news =
            |revision: &Revision| conditional::judge(headers, revision.etag.opaque()) != Verdict::NotModified;
        let revision = poll::until(bundle.subscribe(), is_news, wait, self.shutdown.clone()).await;
        revision.ok_or(Refused::NoBundle)
    }
}

/// Why a request for a bundle gets none.
#[derive(Debug, Clone, Copy)]
enum Refused {
    Unauthorized(Unknown),
    Forbidden,
    /// The path can't be that of a bundle.
    NoName,
    NoBundle,
    /// There is a bundle, but no revision that passed its check.
    Unverified,
}

impl Refused {
    fn response(self) -> Response {
        match self {
            Self::Unauthorized(unknown) => answer::unauthorized(unknown),
            Self::Forbidden => answer::forbidden("this token is not good for this bundle"),
            Self::NoName => {
                let message = "this can't be the name of a bundle";
                answer::refusal(StatusCode::BAD_REQUEST, "invalid_parameter", message)
            }
            Self::NoBundle => answer::not_found("there is no bundle of this name"),
            Self::Unverified => {
                let message = "no revision of this bundle has passed its check";
                let mut response =
                    answer::refusal(StatusCode::SERVICE_UNAVAILABLE, "bundle_unavailable", message);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
                response
            }
        }
    }
}

/// The revision, or what makes it of the one that the client has, or a part of it.
fn give(parts: &Parts, preferences: Preferences, revision: &Revision) -> Response {
    let headers = &parts.headers;
    let delta = match preferences.delta {
        // A part of a delta can't be told from one of the snapshot.
        Answers::Deltas if !headers.contains_key(header::RANGE) => {
            conditional::only_tag(headers).and_then(|tag| revision.delta_from(tag))
        }
        Answers::Deltas | Answers::Snapshots => None,
    };
    if let Some(delta) = delta {
        let mut response = content(StatusCode::OK, revision, delta.bytes.clone());
        // The tag is that of the revision it leads to, so no cache may keep it as if it were that revision.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return response;
    }
    let snapshot = &revision.snapshot;
    // A range means something to `GET` alone.
    let holds = parts.method == Method::GET && conditional::range_holds(headers, revision.etag.opaque());
    let part = if holds { range::asked(headers, snapshot.len()) } else { Part::Whole };
    let mut response = match &part {
        Part::Whole => content(StatusCode::OK, revision, snapshot.clone()),
        Part::Bytes(bytes) => {
            let mut response = content(StatusCode::PARTIAL_CONTENT, revision, snapshot.slice(bytes.clone()));
            let place = range::content_range(bytes, snapshot.len());
            response.headers_mut().insert(header::CONTENT_RANGE, place);
            response
        }
        Part::Unsatisfiable => {
            let mut response = state(StatusCode::RANGE_NOT_SATISFIABLE, revision, Body::empty());
            response.headers_mut().insert(header::CONTENT_RANGE, range::no_range(snapshot.len()));
            response
        }
    };
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

/// An answer with bytes of a bundle. They are gzip because bundles are, not by a coding of the transfer, so none is stated.
fn content(status: StatusCode, revision: &Revision, bytes: Bytes) -> Response {
    let length = HeaderValue::from(bytes.len());
    let mut response = state(status, revision, Body::new(Download(bytes)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CONTENT_LENGTH, length);
    response
}

/// An answer that says what the state of the bundle is.
fn state(status: StatusCode, revision: &Revision, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::ETAG, revision.etag.header.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Prefer"));
    response
}

const PREFIX: &str = "/bundles/";

/// With any other, OPA stops polling for long.
const MEDIA_TYPE: &str = "application/vnd.openpolicyagent.bundles";
