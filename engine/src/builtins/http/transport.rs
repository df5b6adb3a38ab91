//! Sending a request: again after failures, and to where redirects point.

use std::time::Duration;

use super::request::{Redirects, Request};
use crate::builtins::url::{Url, quoted};
use crate::builtins::{BuiltinError, Context};
use crate::host::{HostError, HttpRequest, HttpResponse};

/// Why no response came.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// The evaluation has to end.
    Stopped(BuiltinError),
    /// The exchange failed: OPA's network error.
    Network {
        /// What happened, with method and URL.
        message: String,
        /// The same for those who let errors be raised.
        raised: String,
    },
}

/// Sends a request up to `retries` times more than once.
///
/// # Errors
/// The last failure.
pub(super) fn send(
    context: &mut Context<'_>,
    request: &Request,
    retries: u32,
) -> Result<HttpResponse, Failure> {
    let mut attempt = 0;
    loop {
        check(context)?;
        match follow(context, request) {
            Err(Failure::Network { .. }) if attempt < retries => {}
            outcome => return outcome,
        }
        wait(context, attempt)?;
        attempt += 1;
    }
}

/// Waits longer each time, but in steps short enough to notice that the evaluation should stop.
fn wait(context: &mut Context<'_>, attempt: u32) -> Result<(), Failure> {
    let factor = f64::from(attempt.min(32));
    let longest = if attempt == 0 { 0.0 } else { (MIN_DELAY * 1.6_f64.powf(factor)).min(MAX_DELAY) };
    let mut random = [0];
    context.host.random(&mut random);
    let [random] = random;
    let jitter = 1.0 + 0.2 * (f64::from(random) / 127.5 - 1.0);
    let mut left = Duration::from_secs_f64(longest * jitter);
    while !left.is_zero() {
        check(context)?;
        let step = left.min(Duration::from_millis(50));
        context.host.sleep(step);
        left = left.saturating_sub(step);
    }
    Ok(())
}

fn check(context: &mut Context<'_>) -> Result<(), Failure> {
    context.check("http.send: timed out (context canceled)").map_err(Failure::Stopped)
}

/// Sends a request once; the timeout is for all redirects together.
fn follow(context: &mut Context<'_>, request: &Request) -> Result<HttpResponse, Failure> {
    let started = context.host.monotonic();
    let mut current = request.http.clone();
    let mut stripped = false;
    for _ in 0..MAX_REDIRECTS {
        check(context)?;
        if let Some(timeout) = request.http.timeout {
            let elapsed = context.host.monotonic().saturating_sub(started);
            current.timeout = Some(timeout.saturating_sub(elapsed)).filter(|left| !left.is_zero());
            if current.timeout.is_none() {
                return Err(timed_out(&request.http.method, &current.url));
            }
        }
        let response = exchange(context, &request.http.method, &current)?;
        let location = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
        let Some((_, location)) = location.filter(|_| request.redirects == Redirects::Followed) else {
            return Ok(response);
        };
        let keep_body = match response.status_code {
            301..=303 => false,
            307 | 308 => true,
            _ => return Ok(response),
        };
        let next = redirected(&request.http, &current, location, keep_body, &mut stripped);
        current = next.map_err(|error| network(&current.method, &current.url, &error))?;
    }
    Err(network(&request.http.method, &current.url, &format!("stopped after {MAX_REDIRECTS} redirects")))
}

/// One exchange; the message of a failure names the first method, as Go's does.
fn exchange(context: &Context<'_>, method: &str, request: &HttpRequest) -> Result<HttpResponse, Failure> {
    let failed = |error: &str| network(method, &request.url, error);
    let url = Url::parse(&request.url).map_err(|error| failed(&error))?;
    if !matches!(url.scheme.as_str(), "http" | "https") {
        return Err(failed(&format!("unsupported protocol scheme {}", quoted(&url.scheme))));
    }
    if url.host.is_empty() {
        return Err(failed("http: no Host in request URL"));
    }
    context.host.http(request).map_err(|error| match error {
        HostError::Timeout { .. } => timed_out(method, &request.url),
        HostError::Forbidden { .. } | HostError::Failed { .. } => failed(&error.to_string()),
    })
}

fn timed_out(method: &str, url: &str) -> Failure {
    let (operation, url) = (operation(method), shown(url));
    Failure::Network {
        message: format!(
            "{operation} {}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
            quoted(&url)
        ),
        raised: format!("{operation} {url}: request timed out"),
    }
}

fn network(method: &str, url: &str, error: &str) -> Failure {
    let message = format!("{} {}: {error}", operation(method), quoted(&shown(url)));
    Failure::Network { raised: message.clone(), message }
}

/// `Get`.
fn operation(method: &str) -> String {
    let mut letters = method.chars();
    letters.next().into_iter().chain(letters.flat_map(char::to_lowercase)).collect()
}

/// The URL without a password.
fn shown(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else { return url.to_owned() };
    let Some((name, _)) = parsed.user.as_deref().and_then(|user| user.split_once(':')) else {
        return url.to_owned();
    };
    parsed.user = Some(format!("{name}:***"));
    parsed.to_string()
}

/// The request to make after a redirect. Once it has gone to another site, credentials are no longer sent along.
fn redirected(
    first: &HttpRequest,
    last: &HttpRequest,
    location: &str,
    keep_body: bool,
    stripped: &mut bool,
) -> Result<HttpRequest, String> {
    let failed =
        |error: ::url::ParseError| format!("failed to parse Location header {}: {error}", quoted(location));
    let base = ::url::Url::parse(&last.url).map_err(failed)?;
    let mut next = base.join(location).map_err(failed)?;
    if next.fragment().is_none() {
        next.set_fragment(base.fragment());
    }
    let origin = ::url::Url::parse(&first.url).map_err(failed)?;
    *stripped = *stripped || !same_site(&origin, &next);

    let keeps_method = keep_body || matches!(last.method.as_str(), "GET" | "HEAD");
    let relative = ::url::Url::parse(location).is_err() && !location.starts_with("//");
    let kept = |name: &str| match name {
        "Authorization"
        | "Cookie"
        | "Cookie2"
        | "Proxy-Authenticate"
        | "Proxy-Authorization"
        | "Www-Authenticate" => !*stripped,
        "Content-Encoding" | "Content-Language" | "Content-Location" | "Content-Type" => keep_body,
        "Host" => relative,
        _ => true,
    };
    let mut headers: Vec<_> = first.headers.iter().filter(|(name, _)| kept(name)).cloned().collect();
    let downgraded = base.scheme() == "https" && next.scheme() == "http";
    let has_referer = headers.iter().any(|(name, _)| name == "Referer");
    if !downgraded && !has_referer {
        let mut referer = base;
        // Neither can fail: a URL with a host may have them or not.
        let _ = referer.set_username("");
        let _ = referer.set_password(None);
        referer.set_fragment(None);
        headers.push(("Referer".to_owned(), referer.to_string()));
    }
    Ok(HttpRequest {
        method: if keeps_method { last.method.clone() } else { "GET".to_owned() },
        url: next.to_string(),
        headers,
        body: if keep_body { last.body.clone() } else { Vec::new() },
        ..last.clone()
    })
}

/// Whether a host is the first one or lies below it.
fn same_site(first: &::url::Url, next: &::url::Url) -> bool {
    let (Some(first), Some(next)) = (first.host_str(), next.host_str()) else { return false };
    first == next || (next.parse::<core::net::IpAddr>().is_err() && next.ends_with(&format!(".{first}")))
}

/// In seconds.
const MIN_DELAY: f64 = 0.1;
const MAX_DELAY: f64 = 60.0;
/// OPA follows as many as come in time; this ends a circle when there is no timeout.
const MAX_REDIRECTS: usize = 1000;
