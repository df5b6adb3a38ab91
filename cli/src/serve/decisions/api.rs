//! OPA's REST API: finds the handler of a request and gives what it answers the form that clients know.

mod compile;
mod config;
mod data;
mod explanation;
mod health;
mod index;
mod policies;
mod query;
mod timing;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, header};
use axum::response::Response;
use hyper::body::Incoming;
use portcullis::policy::Print;
use portcullis::rest::target::Parameters;

use super::compress::{self, Packing};
use super::receive::{self, BodyLimits};
use super::route::{self, Route, Unrouted};
use super::snapshot::Answered;
use super::state::State;
use super::wire::{Answer, Layout, Problem};
use crate::serve::journal::{Journal, Level};
use crate::serve::metrics::Metrics;

/// What answers requests.
#[derive(Debug)]
pub(crate) struct Api {
    pub(super) state: Arc<State>,
    pub(super) journal: Journal,
    pub(super) metrics: Metrics,
    pub(super) bodies: BodyLimits,
    /// How long an evaluation may take.
    pub(super) deadline: Duration,
    /// Names this process for as long as it lives.
    pub(super) id: String,
}

/// A request whose body was not taken in yet.
#[derive(Debug)]
struct Asked {
    parts: Parts,
    parameters: Parameters,
    body: Incoming,
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
        receive::body(&self.parts.headers, self.body, packing, limits).await
    }
}

fn layout(parameters: &Parameters) -> Layout {
    if parameters.is_on("pretty") { Layout::Pretty } else { Layout::Compact }
}

impl Api {
    /// Answers a request.
    pub(crate) async fn answer(&self, request: Request<Incoming>, _client: SocketAddr) -> Response {
        let started = Instant::now();
        let (parts, body) = request.into_parts();
        let packing = compress::wanted(&parts.headers);
        let (method, uri) = (parts.method.clone(), parts.uri.clone());
        let route = match route::find(&method, uri.path()) {
            Ok(route) => route,
            Err(other) => {
                let answer = other.answer(&method, uri.query());
                if let Some(handler) = other.name() {
                    self.metrics.handled(answer.status, handler, &method, started.elapsed());
                }
                if other == Unrouted::BadRequest {
                    return answer.response(Packing::None);
                }
                return finished(answer, &method, uri.path(), packing);
            }
        };
        let parameters = uri.query().map(Parameters::read).unwrap_or_default();
        let asked = Asked { parts, parameters, body };
        let handler = route.name();
        let answer = self.handle(route, asked).await.unwrap_or_else(Answer::from);
        self.metrics.handled(answer.status, handler, &method, started.elapsed());
        finished(answer, &method, uri.path(), packing)
    }

    async fn handle(&self, route: Route<'_>, asked: Asked) -> Result<Answer, Problem> {
        match route {
            Route::GetData(path) => self.get_data(path, &asked),
            Route::PostData(path) => self.post_data(path, asked).await,
            Route::PutData(path) => self.put_data(path, asked).await,
            Route::PatchData(path) => self.patch_data(path, asked).await,
            Route::DeleteData(path) => self.delete_data(path, &asked),
            Route::PostDataV0(path) => self.post_data_v0(path, asked).await,
            Route::DefaultDecision => self.post_data_v0(DEFAULT_DECISION, asked).await,
            Route::ListPolicies => Ok(self.list_policies(&asked)),
            Route::GetPolicy(id) => self.get_policy(&id, &asked),
            Route::PutPolicy(id) => self.put_policy(&id, asked).await,
            Route::DeletePolicy(id) => self.delete_policy(&id, &asked),
            Route::GetQuery => self.get_query(&asked),
            Route::PostQuery => self.post_query(asked).await,
            Route::Compile | Route::CompileFilters => Err(compile::problem()),
            Route::Health => Ok(health::well()),
            Route::HealthPolicy(path) => Ok(self.health_policy(path)),
            Route::Config => Ok(self.config(&asked)),
            Route::Status => Err(config::no_status()),
            Route::Index => Ok(index::page()),
            Route::MethodNotAllowed => Ok(Answer::empty(axum::http::StatusCode::METHOD_NOT_ALLOWED)),
        }
    }
}

impl Api {
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

/// The response, packed where OPA packs it.
fn finished(answer: Answer, method: &Method, path: &str, wanted: Packing) -> Response {
    let is_data = path.starts_with("/v1/data") || path.starts_with("/v0/data");
    let is_packed = (is_data && matches!(*method, Method::GET | Method::POST))
        || (*method == Method::POST && path.starts_with("/v1/compile"));
    if !is_packed {
        return answer.response(Packing::None);
    }
    let mut response = answer.response(wanted);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

/// Where the decision is that is asked for without a path.
const DEFAULT_DECISION: &str = "system/main";
