//! Which handler a request is for, as OPA's router finds it.

use std::borrow::Cow;

use axum::http::{HeaderValue, Method, StatusCode, header};
use portcullis::rest::target;

use super::wire::Answer;

/// A handler, with the part of the path that it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route<'p> {
    GetData(&'p str),
    PostData(&'p str),
    PutData(&'p str),
    PatchData(&'p str),
    DeleteData(&'p str),
    PostDataV0(&'p str),
    DefaultDecision,
    ListPolicies,
    GetPolicy(Cow<'p, str>),
    PutPolicy(Cow<'p, str>),
    DeletePolicy(Cow<'p, str>),
    GetQuery,
    PostQuery,
    Compile,
    CompileFilters,
    Health,
    HealthPolicy(&'p str),
    Config,
    Status,
    Index,
    /// There is something here, but not for this method.
    MethodNotAllowed,
}

/// What is answered where no handler is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unrouted<'p> {
    BadRequest,
    NotFound,
    /// With the methods that there are.
    Method(&'static str),
    /// To another path, for the request as it is.
    Temporary(Cow<'p, str>),
    /// To the path without the slash at its end.
    Permanent(Route<'p>, &'p str),
    /// `HEAD`, which no handler answers.
    Head(Route<'p>),
}

/// Finds the handler. `path` is as the client sent it.
pub(super) fn find<'p>(method: &Method, path: &'p str) -> Result<Route<'p>, Unrouted<'p>> {
    if !target::is_well_escaped(path) || !path.starts_with('/') {
        return Err(Unrouted::BadRequest);
    }
    let cleaned = target::clean(path);
    if let Cow::Owned(_) = cleaned {
        return Err(Unrouted::Temporary(cleaned));
    }
    let method = Asked::of(method);
    let route = handler(method, path)?;
    if method == Asked::Head {
        return Err(Unrouted::Head(route));
    }
    if path != "/"
        && let Some(shorter) = path.strip_suffix('/')
    {
        return Err(Unrouted::Permanent(route, shorter));
    }
    Ok(route)
}

/// The methods that the API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Other,
}

impl Asked {
    fn of(method: &Method) -> Self {
        match method.as_str() {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => Self::Other,
        }
    }
}

fn handler(method: Asked, path: &str) -> Result<Route<'_>, Unrouted<'_>> {
    use Asked::{Delete, Get, Head, Patch, Post, Put};

    let (first, rest) = split(path);
    let (second, rest) = match first {
        "v0" | "v1" => rest.map_or(("", None), split),
        _ => ("", rest),
    };
    match (first, second, rest, method) {
        ("", _, None, Get | Head) => Ok(Route::Index),
        ("", _, None, Post) => Ok(Route::DefaultDecision),
        ("health", _, None, Get | Head) => Ok(Route::Health),
        ("health", _, Some(rest), Get | Head) => Ok(Route::HealthPolicy(below(rest))),
        ("v0", "data", _, Post) => Ok(Route::PostDataV0(rest.map_or("", below))),
        ("v1", "data", _, Get | Head) => Ok(Route::GetData(rest.map_or("", below))),
        ("v1", "data", _, Post) => Ok(Route::PostData(rest.map_or("", below))),
        ("v1", "data", _, Put) => Ok(Route::PutData(rest.map_or("", below))),
        ("v1", "data", _, Patch) => Ok(Route::PatchData(rest.map_or("", below))),
        ("v1", "data", Some(rest), Delete) => Ok(Route::DeleteData(below(rest))),
        ("v1", "policies", None, Get | Head) => Ok(Route::ListPolicies),
        ("v1", "policies", Some(rest), Get | Head) => Ok(Route::GetPolicy(id(rest))),
        ("v1", "policies", Some(rest), Put) => Ok(Route::PutPolicy(id(rest))),
        ("v1", "policies", Some(rest), Delete) => Ok(Route::DeletePolicy(id(rest))),
        ("v1", "query", None, Get | Head) => Ok(Route::GetQuery),
        ("v1", "query", None, Post) => Ok(Route::PostQuery),
        ("v0", "data", _, _) | ("v1", "data" | "policies" | "query", _, _) => Ok(Route::MethodNotAllowed),
        ("v1", "compile", None, Post) => Ok(Route::Compile),
        ("v1", "compile", None, Get | Head) => Err(Unrouted::Temporary(Cow::Borrowed("/v1/compile/"))),
        ("v1", "compile", Some(_), Get | Head | Post) => Ok(Route::CompileFilters),
        ("", _, None, _) | ("v1", "compile", _, _) => Err(Unrouted::Method("GET, HEAD, POST")),
        ("v1", "config", None, Get | Head) => Ok(Route::Config),
        ("v1", "status", None, Get | Head) => Ok(Route::Status),
        ("health", _, _, _) | ("metrics", _, None, _) | ("v1", "config" | "status", None, _) => {
            Err(Unrouted::Method("GET, HEAD"))
        }
        _ => Err(Unrouted::NotFound),
    }
}

/// The first segment of a path, and the rest from its slash on.
fn split(path: &str) -> (&str, Option<&str>) {
    let path = path.strip_prefix('/').unwrap_or(path);
    match path.find('/').and_then(|at| path.split_at_checked(at)) {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    }
}

/// The rest of a path without its slash.
fn below(rest: &str) -> &str {
    rest.strip_prefix('/').unwrap_or(rest)
}

/// The id of a policy, in which slashes may be escaped.
fn id(rest: &str) -> Cow<'_, str> {
    let rest = below(rest);
    target::unescaped(rest).unwrap_or(Cow::Borrowed(rest))
}

impl Route<'_> {
    /// What the metrics call the handler.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::GetData(_)
            | Self::PostData(_)
            | Self::PutData(_)
            | Self::PatchData(_)
            | Self::DeleteData(_) => "v1/data",
            Self::PostDataV0(_) => "v0/data",
            Self::DefaultDecision | Self::Index => "index",
            Self::ListPolicies | Self::GetPolicy(_) | Self::PutPolicy(_) | Self::DeletePolicy(_) => {
                "v1/policies"
            }
            Self::GetQuery | Self::PostQuery => "v1/query",
            Self::Compile | Self::CompileFilters => "v1/compile",
            Self::Health | Self::HealthPolicy(_) => "health",
            Self::Config => "v1/config",
            Self::Status => "v1/status",
            Self::MethodNotAllowed => "catchall",
        }
    }
}

impl Unrouted<'_> {
    /// What the metrics call the handler, where there is one.
    pub(super) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Permanent(route, _) | Self::Head(route) => Some(route.name()),
            Self::BadRequest | Self::NotFound | Self::Method(_) | Self::Temporary(_) => None,
        }
    }

    /// The answer, to a request with this method and query.
    pub(super) fn answer(&self, method: &Method, query: Option<&str>) -> Answer {
        match self {
            Self::BadRequest => Answer::typed(
                StatusCode::BAD_REQUEST,
                "text/plain; charset=utf-8",
                "400 Bad Request".to_owned(),
            )
            .with(header::CONNECTION, HeaderValue::from_static("close")),
            Self::NotFound => Answer::words(StatusCode::NOT_FOUND, "404 page not found\n"),
            Self::Method(allowed) => Answer::words(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n")
                .with(header::ALLOW, HeaderValue::from_static(allowed)),
            Self::Temporary(path) => {
                let to = query.map_or_else(|| path.to_string(), |query| format!("{path}?{query}"));
                redirect(StatusCode::TEMPORARY_REDIRECT, &to, "Temporary Redirect", method)
            }
            Self::Permanent(_, path) => {
                redirect(StatusCode::MOVED_PERMANENTLY, path, "Moved Permanently", method)
            }
            Self::Head(_) => Answer::empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }
}

fn redirect(status: StatusCode, to: &str, words: &str, method: &Method) -> Answer {
    let shown = to.replace('&', "&amp;").replace('"', "&#34;").replace('\'', "&#39;");
    let shown = shown.replace('<', "&lt;").replace('>', "&gt;");
    let answer = match *method {
        Method::GET => {
            let text = format!("<a href=\"{shown}\">{words}</a>.\n\n");
            Answer::typed(status, "text/html; charset=utf-8", text)
        }
        Method::HEAD => Answer::typed(status, "text/html; charset=utf-8", String::new()),
        _ => Answer::empty(status),
    };
    match HeaderValue::from_str(to) {
        Ok(to) => answer.with(header::LOCATION, to),
        Err(_) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_find_their_handlers() {
        let found =
            |method: &str, path| find(&method.parse().unwrap(), path).map_err(|other| format!("{other:?}"));
        for (method, path, route) in [
            ("GET", "/v1/data", Route::GetData("")),
            ("GET", "/v1/data/a%2Fb/c", Route::GetData("a%2Fb/c")),
            ("POST", "/v0/data/a", Route::PostDataV0("a")),
            ("DELETE", "/v1/data", Route::MethodNotAllowed),
            ("GET", "/v1/policies/a%2Fb/c", Route::GetPolicy("a/b/c".into())),
            ("DELETE", "/v1/policies", Route::MethodNotAllowed),
            ("GET", "/v1/query/x", Route::MethodNotAllowed),
            ("OPTIONS", "/v1/data", Route::MethodNotAllowed),
            ("POST", "/", Route::DefaultDecision),
            ("GET", "/health/live", Route::HealthPolicy("live")),
            ("POST", "/v1/compile", Route::Compile),
        ] {
            assert_eq!(found(method, path), Ok(route), "{method} {path}");
        }
        for (method, path, other) in [
            ("GET", "/v1/data/%zz", "BadRequest"),
            ("GET", "/v1", "NotFound"),
            ("GET", "/v1/datax", "NotFound"),
            ("GET", "/v1/config/x", "NotFound"),
            ("POST", "/v1/config", "Method(\"GET, HEAD\")"),
            ("GET", "/v1//data", "Temporary(\"/v1/data\")"),
            ("HEAD", "/v1/data", "Head(GetData(\"\"))"),
            ("GET", "/v1/data/a/", "Permanent(GetData(\"a/\"), \"/v1/data/a\")"),
        ] {
            assert_eq!(found(method, path), Err(other.to_owned()), "{method} {path}");
        }
    }
}
