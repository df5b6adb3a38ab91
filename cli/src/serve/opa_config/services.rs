//! `services`: the servers that bundles come from and logs go to.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use portcullis::document::NodeKind;
use portcullis::source::Span;

use super::section::{Problems, Section};

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) name: String,
    /// Without a slash at its end.
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, Secret>,
    pub(crate) allow_insecure_tls: bool,
    /// How long the headers of an answer may take; none for as long as it takes.
    pub(crate) response_header_timeout: Option<Duration>,
    /// Who signs the server's certificate, in PEM.
    pub(crate) ca_cert: Option<PathBuf>,
    /// Whether those that the system trusts are trusted too.
    pub(crate) system_ca_required: bool,
    pub(crate) credentials: Credentials,
}

/// Who we say we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    None,
    Bearer { scheme: String, token: Token },
    ClientTls { cert: PathBuf, key: PathBuf },
}

/// A token, or the file that has it, which is read for each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Literal(Secret),
    File(PathBuf),
}

/// A text that is not for logs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

pub(super) fn read(top: &mut Section<'_>, problems: &mut Problems<'_>) -> Vec<Service> {
    let Some(node) = top.get("services") else { return Vec::new() };
    let mut services: Vec<Service> = Vec::new();
    match &node.kind {
        NodeKind::Object(entries) => {
            for entry in entries {
                let path = format!("services.{}", entry.key);
                let Some(section) = Section::of(&entry.value, path, problems) else { continue };
                services.extend(service(section, Some(entry.key.to_string()), problems));
            }
        }
        NodeKind::Array(nodes) => {
            for (index, node) in nodes.iter().enumerate() {
                let Some(section) = Section::of(node, format!("services.{index}"), problems) else {
                    continue;
                };
                let span = section.span;
                let Some(service) = service(section, None, problems) else { continue };
                if services.iter().any(|other| other.name == service.name) {
                    problems.error(span, format!("there are two services called `{}`", service.name));
                }
                services.push(service);
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => problems.error(
            node.span,
            format!("`services` is {}, and should be an object or an array", node.describe()),
        ),
    }
    services
}

fn service(mut section: Section<'_>, key: Option<String>, problems: &mut Problems<'_>) -> Option<Service> {
    let named = section.word("name", problems);
    let Some(name) = key.or(named) else {
        problems.error(section.span, "the service has no `name`");
        return None;
    };
    let url = section.text("url", problems).unwrap_or_default();
    let span = section.key_span("url");
    let url = url.trim_end_matches('/').to_owned();
    check_url(&name, &url, span, problems);
    if let Some(kind) = section.word("type", problems) {
        let message = format!("services of type `{kind}` are not supported");
        let help = "give the address of a server that bundles are fetched from with plain HTTP";
        problems.error_with_help(section.key_span("type"), message, help);
    }
    let timeout = match section.integer("response_header_timeout_seconds", problems) {
        None => Some(USUAL_TIMEOUT),
        Some((0, _)) => None,
        Some((seconds, span)) => {
            let seconds = u64::try_from(seconds);
            if seconds.is_err() {
                problems.error(span, "`response_header_timeout_seconds` is less than nothing");
            }
            seconds.ok().map(Duration::from_secs)
        }
    };
    let mut tls = section.section("tls", problems);
    let mut ca_cert = tls.as_mut().and_then(|tls| tls.word("ca_cert", problems)).map(PathBuf::from);
    let mut system = tls.as_mut().is_some_and(|tls| tls.bool("system_ca_required", problems));
    if let Some(tls) = tls {
        tls.end(problems);
    }
    let credentials = credentials(&mut section, &mut ca_cert, &mut system, problems);
    let headers = section.texts("headers", problems);
    let service = Service {
        name,
        url,
        headers: headers.into_iter().map(|(name, value)| (name, Secret(value))).collect(),
        allow_insecure_tls: section.bool("allow_insecure_tls", problems),
        response_header_timeout: timeout,
        ca_cert,
        system_ca_required: system,
        credentials,
    };
    section.end(problems);
    Some(service)
}

fn check_url(name: &str, url: &str, span: Span, problems: &mut Problems<'_>) {
    match url.split_once("://") {
        Some(("http" | "https", rest)) if !rest.is_empty() => {
            if rest.split('/').next().is_some_and(|authority| authority.contains('@')) {
                // Not repeated: it would end up in logs.
                let message = format!("the URL of the service `{name}` has credentials in it");
                problems.error_with_help(span, message, "give them as `credentials`");
            }
        }
        _ if url.is_empty() => problems.error(span, format!("the service `{name}` has no `url`")),
        // It may be from the environment.
        _ => problems.error(span, format!("the URL of the service `{name}` is none of HTTP")),
    }
}

fn credentials(
    section: &mut Section<'_>,
    ca_cert: &mut Option<PathBuf>,
    system: &mut bool,
    problems: &mut Problems<'_>,
) -> Credentials {
    let Some(mut all) = section.section("credentials", problems) else { return Credentials::None };
    for key in ["oauth2", "s3_signing", "gcp_metadata", "azure_managed_identity", "plugin"] {
        all.refuse(key, problems, "there are `bearer` and `client_tls`");
    }
    let mut credentials = Credentials::None;
    if let Some(mut bearer) = all.section("bearer", problems) {
        let token = bearer.word("token", problems).map(|token| Token::Literal(Secret(token)));
        let file = bearer.word("token_path", problems).map(|path| Token::File(path.into()));
        let scheme = bearer.word("scheme", problems).unwrap_or_else(|| "Bearer".to_owned());
        match (token, file) {
            (Some(token), None) | (None, Some(token)) => {
                credentials = Credentials::Bearer { scheme, token };
            }
            (None, None) => problems.error(bearer.span, "`bearer` has neither `token` nor `token_path`"),
            (Some(_), Some(_)) => {
                problems.error(bearer.span, "`bearer` has both `token` and `token_path`, and takes one");
            }
        }
        bearer.end(problems);
    }
    if let Some(mut tls) = all.section("client_tls", problems) {
        if credentials != Credentials::None {
            problems.error(tls.span, "the service has more than one kind of credentials, and takes one");
        }
        tls.refuse(
            "private_key_passphrase",
            problems,
            "decrypt the key, as with `openssl pkey`, and let only this server read it",
        );
        // Files are looked at for each connection that is made.
        let _ = tls.integer("cert_reread_interval_seconds", problems);
        *ca_cert = ca_cert.take().or(tls.word("ca_cert", problems).map(PathBuf::from));
        *system |= tls.bool("system_ca_required", problems);
        match (tls.word("cert", problems), tls.word("private_key", problems)) {
            (Some(cert), Some(key)) => {
                credentials = Credentials::ClientTls { cert: cert.into(), key: key.into() };
            }
            _ => problems.error(tls.span, "`client_tls` needs both `cert` and `private_key`"),
        }
        tls.end(problems);
    }
    all.end(problems);
    credentials
}

/// OPA's.
const USUAL_TIMEOUT: Duration = Duration::from_secs(10);
