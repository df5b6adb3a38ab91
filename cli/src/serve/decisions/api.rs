//! OPA's REST API: finds the handler of a request and gives what it answers the form that clients know.

mod compile;
mod config;
mod counting;
mod data;
mod explanation;
mod health;
mod index;
mod policies;
mod query;
mod timing;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, header};
use axum::response::Response;
use hyper::body::Incoming;
use portcullis::policy::Print;
use portcullis::rest::target::Parameters;

use super::authorization::{self, Authentication, Authorization, Peer};
use super::compress::{self, Effort, Packing};
use super::receive::{self, BodyLimits};
use super::recorder::Recorder;
use super::route::{self, Route, Unrouted};
use super::snapshot::Answered;
use super::state::State;
use super::wire::{Answer, Layout, Problem};
use crate::engine::BuiltinErrors;
use crate::serve::client::bundles::Bundles;
use crate::serve::journal::{Journal, Level};
use crate::serve::metrics::Metrics;
use crate::serve::status::Reporter;

/// What answers requests.
#[derive(Debug)]
pub(crate) struct Api {
    pub(super) state: Arc<State>,
    pub(super) journal: Journal,
    pub(super) metrics: Metrics,
    pub(super) bodies: BodyLimits,
    /// How answers are packed.
    pub(super) effort: Effort,
    /// How long an evaluation may take.
    pub(super) deadline: Duration,
    pub(super) authentication: Authentication,
    pub(super) authorization: Authorization,
    /// Where the document is that says who may ask, and the one that is asked for without a path.
    pub(super) authorization_path: String,
    pub(super) default_path: String,
    pub(super) recorder: Recorder,
    /// Bundles that are fetched, if any are.
    pub(super) bundles: Option<Bundles>,
    /// Who is told how it goes, if anybody is.
    pub(super) status: Option<Reporter>,
    pub(super) labels: BTreeMap<String, String>,
}

/// A request whose body was not taken in yet.
#[derive(Debug)]
struct Asked {
    parts: Parts,
    parameters: Parameters,
    body: Source,
    client: SocketAddr,
    /// Which request of this process it is.
    number: u64,
}

/// Where a body comes from.
#[derive(Debug)]
enum Source {
    Client(Incoming),
    /// It was taken in already, and unpacked.
    Memory(Bytes),
}

impl Asked {
    fn layout(&self) -> Layout {
        layout(&self.parameters)
    }

    /// The value of a header, if it is text.
    fn header(&self, name: &header::HeaderName) -> &str {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    async fn body(self, packing: Packing, limits: BodyLimits) -> Result<Bytes, Problem> {
        match self.body {
            Source::Client(incoming) => receive::body(&self.parts.headers, incoming, packing, limits).await,
            Source::Memory(bytes) => Ok(bytes),
        }
    }
}

fn layout(parameters: &Parameters) -> Layout {
    if parameters.is_on("pretty") { Layout::Pretty } else { Layout::Compact }
}

impl Api {
    /// Answers a request.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
        peer: Option<&Peer>,
    ) -> Response {
        let started = Instant::now();
        let (parts, body) = request.into_parts();
        let packing = compress::wanted(&parts.headers);
        let (method, uri) = (parts.method.clone(), parts.uri.clone());
        let parameters = uri.query().map(Parameters::read).unwrap_or_default();
        let number = self.recorder.count();
        let asked = Asked { parts, parameters, body: Source::Client(body), client, number };
        let asked = match self.authorize(asked, peer).await {
            Ok(asked) => asked,
            Err(problem) => {
                self.metrics.handled(problem.status, "authz", &method, started.elapsed());
                return self.finished(problem.into(), &method, uri.path(), packing);
            }
        };
        let route = match route::find(&method, uri.path()) {
            Ok(route) => route,
            Err(other) => {
                let answer = other.answer(&method, uri.query());
                if let Some(handler) = other.name() {
                    self.metrics.handled(answer.status, handler, &method, started.elapsed());
                }
                if other == Unrouted::BadRequest {
                    return answer.response();
                }
                return self.finished(answer, &method, uri.path(), packing);
            }
        };
        let handler = route.name();
        let answer = self.handle(route, asked).await.unwrap_or_else(Answer::from);
        self.metrics.handled(answer.status, handler, &method, started.elapsed());
        self.finished(answer, &method, uri.path(), packing)
    }

    /// Whether a request that is not answered here may be answered.
    pub(crate) async fn admit(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
        peer: Option<&Peer>,
    ) -> Result<Request<Body>, Response> {
        let (parts, body) = request.into_parts();
        let parameters = parts.uri.query().map(Parameters::read).unwrap_or_default();
        let number = self.recorder.count();
        let asked = Asked { parts, parameters, body: Source::Client(body), client, number };
        match self.authorize(asked, peer).await {
            Ok(asked) => Ok(Request::from_parts(asked.parts, Body::empty())),
            Err(problem) => Err(Answer::from(problem).response()),
        }
    }

    /// Has the policy say whether a request may be answered.
    async fn authorize(&self, asked: Asked, peer: Option<&Peer>) -> Result<Asked, Problem> {
        if self.authorization == Authorization::Off {
            return Ok(asked);
        }
        let Asked { parts, parameters, body, client, number } = asked;
        let body = match body {
            Source::Client(incoming) if authorization::wants_body(&parts) => {
                Source::Memory(receive::body(&parts.headers, incoming, Packing::Gzip, self.bodies).await?)
            }
            body @ (Source::Client(_) | Source::Memory(_)) => body,
        };
        let bytes: &[u8] = match &body {
            Source::Memory(bytes) => bytes,
            Source::Client(_) => &[],
        };
        let input = authorization::input(&parts, &parameters, bytes, self.authentication, peer)?;
        let snapshot = self.state.current();
        let answered =
            snapshot.ask(&self.authorization_path, Some(&input), BuiltinErrors::Undefined, self.deadline)?;
        self.tell_prints(&answered);
        authorization::judge(&answered)?;
        Ok(Asked { parts, parameters, body, client, number })
    }

    async fn handle(&self, route: Route<'_>, asked: Asked) -> Result<Answer, Problem> {
        match route {
            Route::GetData(path) => self.get_data(path, &asked),
            Route::PostData(path) => self.post_data(path, asked).await,
            Route::PutData(path) => self.put_data(path, asked).await,
            Route::PatchData(path) => self.patch_data(path, asked).await,
            Route::DeleteData(path) => self.delete_data(path, &asked),
            Route::PostDataV0(path) => self.post_data_v0(path, asked).await,
            Route::DefaultDecision => self.post_data_v0(&self.default_path, asked).await,
            Route::ListPolicies => Ok(self.list_policies(&asked)),
            Route::GetPolicy(id) => self.get_policy(&id, &asked),
            Route::PutPolicy(id) => self.put_policy(&id, asked).await,
            Route::DeletePolicy(id) => self.delete_policy(&id, &asked),
            Route::GetQuery => self.get_query(&asked),
            Route::PostQuery => self.post_query(asked).await,
            Route::Compile | Route::CompileFilters => Err(compile::problem()),
            Route::Health => Ok(self.health(&asked)),
            Route::HealthPolicy(path) => Ok(self.health_policy(path)),
            Route::Config => Ok(self.config(&asked)),
            Route::Status => self.status(&asked),
            Route::Index => Ok(index::page()),
            Route::MethodNotAllowed => Ok(Answer::empty(axum::http::StatusCode::METHOD_NOT_ALLOWED)),
        }
    }
}

impl Api {
    /// The response, packed where OPA packs it.
    fn finished(&self, answer: Answer, method: &Method, path: &str, wanted: Packing) -> Response {
        let is_data = path.starts_with("/v1/data") || path.starts_with("/v0/data");
        let is_packed = (is_data && matches!(*method, Method::GET | Method::POST))
            || (*method == Method::POST && path.starts_with("/v1/compile"));
        if !is_packed {
            return answer.response();
        }
        let mut response = match wanted {
            Packing::Gzip => answer.packed(self.effort),
            Packing::None => answer.response(),
        };
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        response
    }

    /// Tells what a decision printed.
    fn tell_prints(&self, answered: &Answered) {
        self.tell_lines(&answered.prints);
    }

    fn tell_lines(&self, prints: &[Print]) {
        for print in prints {
            let place =
                print.location.as_ref().map(|at| format!("{}:{}", at.file, at.row)).unwrap_or_default();
            self.journal.event(Level::Info, "print", &[("text", &print.text), ("place", &place)]);
        }
    }
}
