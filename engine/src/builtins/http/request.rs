//! What `http.send` takes: an object with the fields that OPA knows.

use std::time::Duration;

use super::duration;
use crate::builtins::BuiltinError;
use crate::builtins::crypto::x509;
use crate::builtins::url::{Url, quoted};
use crate::host::{Host, HttpRequest, Identity, Tls};
use crate::value::{Object, Set, Value};

/// A request, and whether redirects are followed.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) http: HttpRequest,
    pub(super) redirects: Redirects,
}

/// What to do with a response that points elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirects {
    Followed,
    Returned,
}

/// Whether an object has no unknown keys and all necessary ones.
///
/// # Errors
/// Which keys are wrong or missing.
pub(in crate::builtins) fn check_keys(request: &Object) -> Result<(), BuiltinError> {
    let known = |key: &Value| key.as_str().is_some_and(|key| KEYS.contains(&key));
    let invalid: Set = request.keys().filter(|key| !known(key)).cloned().collect();
    if !invalid.is_empty() {
        let invalid = Value::Set(invalid);
        return Err(BuiltinError::Operand(format!("operand 1 invalid request parameters(s): {invalid}")));
    }
    let missing = ["method", "url"].into_iter().filter(|key| request.get_str(key).is_none());
    let missing: Set = missing.map(Value::from).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = Value::Set(missing);
    Err(BuiltinError::Operand(format!("operand 1 missing required request parameters(s): {missing}")))
}

impl Request {
    /// Reads the fields in the order of their names, as OPA does.
    ///
    /// # Errors
    /// What is wrong with one of them, or why a certificate can't be used.
    pub(super) fn read(fields: &Object, host: &dyn Host) -> Result<Self, BuiltinError> {
        let mut read = Fields { timeout: Some(DEFAULT_TIMEOUT), ..Fields::default() };
        for (name, value) in fields {
            read.set(name.as_str().unwrap_or_default(), value)?;
        }
        read.into_request(host).map_err(BuiltinError::Failed)
    }
}

/// The fields as they are read.
#[derive(Default)]
struct Fields<'a> {
    method: String,
    url: &'a str,
    body: Option<Vec<u8>>,
    follow: bool,
    headers: Vec<(&'a str, &'a Value)>,
    timeout: Option<Duration>,
    insecure_skip_verify: bool,
    system: bool,
    server_name: &'a str,
    authority: Source<'a>,
    certificate: Source<'a>,
    key: Source<'a>,
}

/// Where a text in PEM comes from; each place may have one.
#[derive(Default)]
struct Source<'a> {
    text: &'a str,
    file: &'a str,
    variable: &'a str,
}

impl<'a> Fields<'a> {
    fn set(&mut self, name: &str, value: &'a Value) -> Result<(), BuiltinError> {
        let text = || match value {
            Value::String(text) => Ok(text.trim_matches('"')),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)
            | Value::Set(_) => Err(BuiltinError::failed(format!("\"{name}\" must be a string"))),
        };
        match name {
            "method" => self.method = text()?.to_uppercase(),
            "url" => self.url = text()?,
            "enable_redirect" => self.follow = parse_bool(value)?,
            "body" => self.body = Some(value.to_json().into_bytes()),
            "raw_body" => self.body = Some(text()?.as_bytes().to_vec()),
            "headers" => {
                let headers =
                    value.as_object().ok_or_else(|| BuiltinError::failed("invalid type for headers key"))?;
                self.headers =
                    headers.iter().map(|(name, value)| (name.as_str().unwrap_or_default(), value)).collect();
            }
            "timeout" => self.timeout = timeout(value)?,
            "tls_insecure_skip_verify" => self.insecure_skip_verify = parse_bool(value)?,
            "tls_use_system_certs" => self.system = parse_bool(value)?,
            "tls_server_name" => self.server_name = text()?,
            "tls_ca_cert" => self.authority.text = text()?,
            "tls_ca_cert_file" => self.authority.file = text()?,
            "tls_ca_cert_env_variable" => self.authority.variable = text()?,
            "tls_client_cert" => self.certificate.text = text()?,
            "tls_client_cert_file" => self.certificate.file = text()?,
            "tls_client_cert_env_variable" => self.certificate.variable = text()?,
            "tls_client_key" => self.key.text = text()?,
            "tls_client_key_file" => self.key.file = text()?,
            "tls_client_key_env_variable" => self.key.variable = text()?,
            // Others are read where they are needed.
            _ => {}
        }
        Ok(())
    }

    fn into_request(self, host: &dyn Host) -> Result<Request, String> {
        let identities = self.identities(host)?;
        let ca_certificates = self.authorities(host)?;
        let headers = self.headers()?;
        let host_header = headers.iter().find(|(name, _)| name == "Host").map(|(_, value)| value.clone());
        let server_name = Some(self.server_name.to_owned()).filter(|name| !name.is_empty()).or(host_header);
        let (url, socket) = socket(self.url);
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if !self.method.bytes().all(is_token) {
            return Err(format!("net/http: invalid method {}", quoted(&self.method)));
        }
        let mut parsed = Url::parse(&url)?;
        parsed.fragment.clear();
        parsed.raw_fragment.clear();
        let method = if self.method.is_empty() { "GET".to_owned() } else { self.method };
        let tls = Tls {
            insecure_skip_verify: self.insecure_skip_verify,
            use_system_certificates: self.system || ca_certificates.is_empty(),
            ca_certificates,
            identities,
            server_name,
        };
        let body = self.body.unwrap_or_default();
        let http = HttpRequest {
            method,
            url: parsed.to_string(),
            headers,
            body,
            timeout: self.timeout,
            tls,
            socket,
        };
        Ok(Request { http, redirects: if self.follow { Redirects::Followed } else { Redirects::Returned } })
    }

    /// The headers under the names that Go gives them; of equal ones the last counts.
    fn headers(&self) -> Result<Vec<(String, String)>, String> {
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in &self.headers {
            let name = canonical(name);
            let value =
                value.as_str().ok_or_else(|| format!("invalid type for headers value {}", shown(value)))?;
            headers.retain(|(other, _)| *other != name);
            headers.push((name, value.to_owned()));
        }
        if !headers.is_empty() && !headers.iter().any(|(name, _)| name == "User-Agent") {
            headers.push(("User-Agent".to_owned(), USER_AGENT.to_owned()));
        }
        Ok(headers)
    }

    fn identities(&self, host: &dyn Host) -> Result<Vec<Identity>, String> {
        let (certificate, key) = (&self.certificate, &self.key);
        let mut identities = Vec::new();
        if !certificate.text.is_empty() && !key.text.is_empty() {
            identities.push(identity(certificate.text.as_bytes(), key.text.as_bytes())?);
        }
        if !certificate.file.is_empty() && !key.file.is_empty() {
            let read = |path| host.read_file(path).map_err(|error| error.to_string());
            identities.push(identity(&read(certificate.file)?, &read(key.file)?)?);
        }
        if !certificate.variable.is_empty() && !key.variable.is_empty() {
            let (name, key_name) = (certificate.variable, key.variable);
            let pair = identity(variable(host, name).as_bytes(), variable(host, key_name).as_bytes());
            identities.push(pair.map_err(|error| {
                format!(
                    "cannot extract public/private key pair from envvars \"{name}\", \"{key_name}\": {error}"
                )
            })?);
        }
        Ok(identities)
    }

    fn authorities(&self, host: &dyn Host) -> Result<Vec<Vec<u8>>, String> {
        let Source { text, file, variable: name } = &self.authority;
        let mut authorities = Vec::new();
        if !text.is_empty() {
            let text = text.replace("\\n", "\n").into_bytes();
            authorities.push(with_certificate(text).ok_or("could not append certificates")?);
        }
        if !file.is_empty() {
            let bytes = host.read_file(file).map_err(|error| error.to_string())?;
            let error = || format!("could not append CA certificates from {}", quoted(file));
            authorities.push(with_certificate(bytes).ok_or_else(error)?);
        }
        if !name.is_empty() {
            let bytes = variable(host, name).into_bytes();
            let error = || {
                let name = quoted(name);
                format!("could not add CA certificates from envvar {name}: could not append certificates")
            };
            authorities.push(with_certificate(bytes).ok_or_else(error)?);
        }
        Ok(authorities)
    }
}

/// `content-type` becomes `Content-Type`; a name that is none stays as it is.
pub(super) fn canonical(name: &str) -> String {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.bytes().all(is_token) {
        return name.to_owned();
    }
    let mut upper = true;
    let letter = |letter: char| {
        let letter = if upper { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
        upper = letter == '-';
        letter
    };
    name.chars().map(letter).collect()
}

fn identity(certificates: &[u8], key: &[u8]) -> Result<Identity, String> {
    x509::check_pem_pair(certificates, key)?;
    Ok(Identity { certificates: certificates.to_vec(), key: key.to_vec() })
}

fn with_certificate(pem: Vec<u8>) -> Option<Vec<u8>> {
    x509::has_certificate(&pem).then_some(pem)
}

fn variable(host: &dyn Host, name: &str) -> String {
    let environment = host.environment();
    let value =
        environment.as_object().and_then(|environment| environment.get_str(name)).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

/// The URL to ask for, and the socket if it is one of `unix://host/path?socket=%2Frun%2Fsome.sock`.
fn socket(text: &str) -> (String, Option<String>) {
    let unchanged = (text.to_owned(), None);
    let Ok(mut url) = ::url::Url::parse(text) else { return unchanged };
    if url.scheme() != "unix" || url.query().is_none_or(str::is_empty) {
        return unchanged;
    }
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let socket = pairs.iter().find(|(name, _)| name == "socket").map(|(_, path)| path.clone());
    let rest: Vec<_> = pairs.into_iter().filter(|(name, _)| name != "socket").collect();
    url.set_query(None);
    if !rest.is_empty() {
        url.query_pairs_mut().extend_pairs(rest);
    }
    (url.as_str().replacen("unix:", "http:", 1), Some(socket.unwrap_or_default()))
}

/// What Go's `strconv.ParseBool` makes of the value's text.
fn parse_bool(value: &Value) -> Result<bool, BuiltinError> {
    let text = value.to_rego();
    match text.as_str() {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => {
            Err(BuiltinError::failed(format!("strconv.ParseBool: parsing {}: invalid syntax", quoted(&text))))
        }
    }
}

/// Nanoseconds, or a text such as `5s`; none waits for ever.
fn timeout(value: &Value) -> Result<Option<Duration>, BuiltinError> {
    let nanoseconds = match value {
        Value::Number(number) => number.as_i64().ok_or_else(|| {
            BuiltinError::failed(format!("invalid timeout number value {value}, must be int64"))
        })?,
        Value::String(text) => match text.parse::<i64>() {
            Ok(nanoseconds) => nanoseconds,
            Err(_) => duration::parse(text)
                .map_err(|error| BuiltinError::failed(format!("invalid timeout value {value}: {error}")))?,
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Set(_) => {
            let got = value.type_name();
            let message = format!("operand 1 'timeout' must be one of {{string, number}} but got {got}");
            return Err(BuiltinError::Operand(message));
        }
    };
    Ok(u64::try_from(nanoseconds).ok().filter(|nanoseconds| *nanoseconds > 0).map(Duration::from_nanos))
}

/// A value as Go's `%q` shows what is no string.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "%!q(<nil>)".to_owned(),
        Value::Bool(flag) => format!("%!q(bool={flag})"),
        Value::Number(number) => quoted(&number.text()),
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) | Value::Set(_) => value.to_json(),
    }
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sent when there are other headers, as OPA does.
const USER_AGENT: &str = concat!("Portcullis/", env!("CARGO_PKG_VERSION"));

const KEYS: [&str; 28] = [
    "body",
    "cache",
    "cache_ignored_headers",
    "caching_mode",
    "enable_redirect",
    "force_cache",
    "force_cache_duration_seconds",
    "force_json_decode",
    "force_yaml_decode",
    "headers",
    "max_retry_attempts",
    "method",
    "raise_error",
    "raw_body",
    "timeout",
    "tls_ca_cert",
    "tls_ca_cert_env_variable",
    "tls_ca_cert_file",
    "tls_client_cert",
    "tls_client_cert_env_variable",
    "tls_client_cert_file",
    "tls_client_key",
    "tls_client_key_env_variable",
    "tls_client_key_file",
    "tls_insecure_skip_verify",
    "tls_server_name",
    "tls_use_system_certs",
    "url",
];
