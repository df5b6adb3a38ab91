//! What happens to each request before and after it is answered: limits, counting, the access log.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;

use super::access_log::{Exchange, Subject};
use super::answer;
use super::decisions::{Api, Peer};
use super::journal::Journal;
use super::metrics::Metrics;

/// Answers the requests of one connection.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    shared: Arc<Shared>,
    client: SocketAddr,
    /// Who showed a certificate.
    peer: Option<Arc<Peer>>,
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) router: TowerToHyperService<Router>,
    /// What decides, if anything does: all that is not for the router.
    pub(crate) decisions: Option<Arc<Api>>,
    pub(crate) gives_bundles: bool,
    pub(crate) uri_bytes: usize,
    pub(crate) metrics: Metrics,
    pub(crate) journal: Journal,
}

impl Front {
    pub(crate) fn new(shared: Arc<Shared>, client: SocketAddr, peer: Option<Arc<Peer>>) -> Self {
        Self { shared, client, peer }
    }
}

impl Service<Request<Incoming>> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let started = Instant::now();
        let shared = Arc::clone(&self.shared);
        let client = self.client;
        let peer = self.peer.clone();
        let asked = shared.journal.takes_requests().then(|| {
            let agent = request.headers().get(header::USER_AGENT).cloned();
            Asked { client, method: request.method().clone(), uri: request.uri().clone(), agent }
        });
        Box::pin(async move {
            let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
            let mut response = if target > shared.uri_bytes {
                answer::refusal(StatusCode::URI_TOO_LONG, "uri_too_long", "the request's target is too long")
            } else {
                shared.answer(request, client, peer.as_deref()).await?
            };
            let subject = response.extensions_mut().remove::<Subject>().unwrap_or_default();
            let account = Account { shared, asked, started, status: response.status(), subject };
            let whole = response.body().size_hint().exact().unwrap_or_default();
            if whole == 0 {
                account.settle(0, 0);
                return Ok(response);
            }
            Ok(response.map(|body| Body::new(Told { body, sent: 0, whole, account: Some(account) })))
        })
    }
}

impl Shared {
    /// Has a request answered by the role that it is for.
    async fn answer(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
        peer: Option<&Peer>,
    ) -> Result<Response<Body>, Infallible> {
        let path = request.uri().path();
        let is_metrics = path == "/metrics" && matches!(*request.method(), Method::GET | Method::HEAD);
        let is_for_router = is_metrics || (self.gives_bundles && path.starts_with("/bundles/"));
        match &self.decisions {
            Some(api) if !is_for_router => Ok(api.answer(request, client, peer).await),
            // The tokens of bundles count beside what the policy says.
            Some(api) => match api.admit(request, client, peer).await {
                Ok(request) => self.router.call(request).await,
                Err(refused) => Ok(refused),
            },
            None => self.router.call(request.map(Body::new)).await,
        }
    }
}

/// A request, as far as the access log tells of it.
#[derive(Debug)]
struct Asked {
    client: SocketAddr,
    method: Method,
    uri: Uri,
    agent: Option<HeaderValue>,
}

/// What is to be counted and told once an answer is given out.
#[derive(Debug)]
struct Account {
    shared: Arc<Shared>,
    asked: Option<Asked>,
    started: Instant,
    status: StatusCode,
    subject: Subject,
}

impl Account {
    fn settle(self, bytes: u64, whole: u64) {
        let Self { shared, asked, started, status, subject } = self;
        shared.metrics.request(status, subject.bundle.as_ref());
        if bytes > 0 {
            shared.metrics.sent(bytes, subject.bundle.as_ref());
        }
        if let Some(Asked { client, method, uri, agent }) = asked {
            let duration: Duration = started.elapsed();
            let time = Timestamp::now();
            shared.journal.request(Box::new(Exchange {
                time,
                client,
                method,
                uri,
                agent,
                status,
                bytes,
                whole,
                duration,
                subject,
            }));
        }
    }
}

/// A body that settles its account when it was sent, or when nobody wants the rest.
#[derive(Debug)]
struct Told {
    body: Body,
    sent: u64,
    whole: u64,
    account: Option<Account>,
}

impl HttpBody for Told {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.sent = self.sent.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if let Some(account) = self.account.take() {
            account.settle(self.sent, self.whole);
        }
    }
}
