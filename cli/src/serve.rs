//! A server: one process and one listener, whatever roles it has.

mod access_log;
mod answer;
mod backoff;
pub(crate) mod bundles;
mod changes;
pub(crate) mod client;
mod current;
pub(crate) mod decision_log;
pub(crate) mod decisions;
mod digest;
mod front;
mod health;
pub(crate) mod journal;
pub(crate) mod limits;
mod listener;
mod metrics;
pub(crate) mod opa_config;
mod opa_line;
mod reload;
mod shutdown;
pub(crate) mod status;
#[cfg(test)]
mod test_server;
pub(crate) mod tls;
mod token;

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use hyper_util::service::TowerToHyperService;

use self::front::Shared;
use self::journal::{Destination, Journal, Level, LineFormat};
use self::limits::Limits;
use self::listener::{Ended, Listener};
use self::metrics::Metrics;
use self::reload::Reloads;
use self::shutdown::{Asked, Signals};
use self::tls::Tls;
use self::token::TokenFile;
use crate::io::Io;
use crate::policy_set::Failure;
use crate::refusal::Refusal;

/// What a server is told.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `HOST:PORT`; port 0 takes one that is free.
    pub(crate) address: String,
    pub(crate) transport: Transport,
    /// The file of bearer tokens. Without one everybody may fetch everything.
    pub(crate) tokens: Option<PathBuf>,
    pub(crate) limits: Limits,
    pub(crate) access_log: Destination,
    pub(crate) line_format: LineFormat,
    /// What bundles are given out, if any are.
    pub(crate) bundles: Option<bundles::Settings>,
    /// What decides, if anything does.
    pub(crate) decisions: Option<decisions::Settings>,
}

/// How connections are protected.
#[derive(Debug, Clone)]
pub(crate) enum Transport {
    /// By TLS.
    Tls(tls::Files),
    /// Not at all, so only on addresses of this machine.
    PlainOnLoopback,
    /// Not at all, on whatever address.
    PlainAnywhere,
}

/// Serves until a signal ends it. Once it has started, stderr belongs to its journal.
///
/// # Errors
/// Why it did not start.
pub(crate) fn run(settings: Settings, io: &mut Io) -> Result<(), Stop> {
    let socket = bind(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no threads can be started: {error}"))?;
    let stderr = std::mem::replace(&mut io.err, Box::new(std::io::sink()));
    let (journal, scribe) = match journal::begin(stderr, settings.access_log.clone(), settings.line_format) {
        Ok(begun) => begun,
        Err((stderr, message)) => {
            io.err = stderr;
            return Err(message.into());
        }
    };
    let served = runtime.block_on(serve(settings, socket, &journal));
    // What did not end in time is cut off.
    runtime.shutdown_background();
    io.err = scribe.end();
    served
}

/// Why a server did not start.
#[derive(Debug)]
pub(crate) enum Stop {
    Refusal(Refusal),
    /// The policies can't be used.
    Policies(Box<Failure>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<String> for Stop {
    fn from(message: String) -> Self {
        Self::Refusal(message.into())
    }
}

impl Stop {
    pub(crate) fn tell(&self, io: &mut Io) {
        match self {
            Self::Refusal(refusal) => refusal.tell(io),
            Self::Policies(failure) => failure.tell(io),
        }
    }
}

/// Takes the address.
fn bind(settings: &Settings) -> Result<TcpListener, Refusal> {
    let address = &settings.address;
    let resolved = address.to_socket_addrs().map_err(|error| format!("no address `{address}`: {error}"))?;
    let resolved: Vec<SocketAddr> = resolved.collect();
    if let Some(open) = resolved.iter().find(|address| !address.ip().is_loopback())
        && matches!(settings.transport, Transport::PlainOnLoopback)
    {
        return Err(Refusal {
            message: format!("{open} can be reached from other machines, and the connections would not be protected"),
            help: Some(
                "give a certificate with --tls-cert-file and --tls-private-key-file, or accept plain HTTP with \
                 --insecure-plain-http, as behind a proxy that does TLS"
                    .to_owned(),
            ),
        });
    }
    let socket =
        TcpListener::bind(&*resolved).map_err(|error| format!("can't listen on {address}: {error}"))?;
    socket.set_nonblocking(true).map_err(|error| format!("can't listen on {address}: {error}"))?;
    Ok(socket)
}

async fn serve(settings: Settings, socket: TcpListener, journal: &Journal) -> Result<(), Stop> {
    let tls = match settings.transport {
        Transport::Tls(files) => Some(Arc::new(Tls::load(files)?)),
        Transport::PlainOnLoopback | Transport::PlainAnywhere => None,
    };
    let watched = settings.decisions.as_ref().map(|decisions| decisions.watched.clone()).unwrap_or_default();
    let tokens = settings.tokens.map(TokenFile::load).transpose()?.map(Arc::new);
    let mut signals = Signals::new().map_err(|error| format!("signals can't be taken: {error}"))?;
    let (trigger, shutdown) = shutdown::shutdown();
    let metrics = Metrics::default();
    let decisions =
        settings.decisions.map(|settings| decisions::Role::start(settings, journal.clone(), metrics.clone()));
    let decisions = decisions.transpose().map_err(|failure| Stop::Policies(Box::new(failure)))?;
    let bundles = settings.bundles.map(|settings| {
        let surroundings = bundles::Surroundings {
            tokens: tokens.clone(),
            metrics: metrics.clone(),
            journal: journal.clone(),
            shutdown: shutdown.clone(),
        };
        bundles::Role::start(settings, surroundings)
    });
    let bundles = bundles.transpose()?;
    let ages: metrics::Ages = match &bundles {
        Some(bundles) => bundles.ages(),
        None => Box::new(Vec::new),
    };
    let mut router =
        Router::new().merge(metrics::router(metrics.clone(), ages, journal.clone(), tokens.clone()));
    let gives_bundles = bundles.is_some();
    if let Some(bundles) = bundles {
        router = router.merge(health::router(bundles.probe())).merge(bundles.router);
    }
    let router = router.fallback(async || answer::not_found("there is nothing here"));

    let scheme = if tls.is_some() { "https" } else { "http" };
    let reloads = Reloads { tls: tls.clone(), tokens, metrics: metrics.clone(), journal: journal.clone() };
    let socket = tokio::net::TcpListener::from_std(socket);
    let socket = socket.map_err(|error| format!("can't listen: {error}"))?;
    let address = socket.local_addr().map_err(|error| format!("can't listen: {error}"))?;
    let shared = Arc::new(Shared {
        router: TowerToHyperService::new(router),
        decisions: decisions.as_ref().map(|role| Arc::clone(&role.api)),
        gives_bundles,
        uri_bytes: settings.limits.uri_bytes,
        metrics,
        journal: journal.clone(),
    });
    let listener = Listener { shared, limits: settings.limits, tls, shutdown };
    let _watcher = reloads.watch();
    let _of_policies = decisions.as_ref().map(|role| role.watch(&watched));
    journal.event(Level::Info, "listening", &[("address", &format!("{scheme}://{address}"))]);

    let serving = tokio::spawn(listener.serve(socket));
    while signals.next().await == Asked::Reload {
        journal.reopen();
        reloads.reload();
        if let Some(role) = &decisions {
            let role = role.clone();
            // Clients are answered meanwhile.
            tokio::task::spawn_blocking(move || role.reload());
        }
    }
    journal.event(Level::Info, "ending", &[]);
    trigger.begin();
    let grace = settings.limits.grace;
    let ended = tokio::select! {
        ended = serving => ended.unwrap_or(Ended::Cut),
        () = impatience(&mut signals) => Ended::Cut,
    };
    if let Some(role) = decisions {
        // What was decided until now is written before the process ends.
        let _ = tokio::task::spawn_blocking(move || role.end(grace)).await;
    }
    match ended {
        Ended::Complete => journal.event(Level::Info, "ended", &[]),
        Ended::Cut => journal.event(Level::Warning, "ended before everything was sent", &[]),
    }
    Ok(())
}

/// Returns at the second signal to end.
async fn impatience(signals: &mut Signals) {
    while signals.next().await == Asked::Reload {}
}
