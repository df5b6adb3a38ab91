//! `http.send`: from the operand to the response, through the caches.

use super::cache::{self, Stored};
use super::request::{self, Request};
use super::response::{self, Decode};
use super::transport::{self, Failure};
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::host::HttpResponse;
use crate::value::{Object, Value};

pub(super) fn send(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let fields = operands.object(0)?;
    let raise = match fields.get_str("raise_error") {
        None => true,
        Some(value) => {
            value.as_bool().ok_or_else(|| BuiltinError::failed("invalid value for raise_error field"))?
        }
    };
    let outcome = match request::check_keys(fields) {
        Ok(()) => respond(context, fields),
        Err(error) => Err(Problem::Located(error)),
    };
    match (outcome, raise) {
        (Ok(value), _) => Ok(Some(value)),
        (Err(Problem::Failure(Failure::Stopped(error))), _) => Err(error),
        (Err(Problem::Located(error @ (BuiltinError::Cancelled(_) | BuiltinError::Fatal { .. }))), _) => {
            Err(error)
        }
        (Err(problem), true) => Err(problem.raised()),
        (Err(problem), false) => Ok(Some(problem.to_value())),
    }
}

/// Why there is no response.
#[derive(Debug, Clone)]
enum Problem {
    /// The request is wrong. OPA makes an error of evaluation of it before it looks whether to raise it.
    Located(BuiltinError),
    /// The request is wrong.
    Plain(String),
    /// It could not be sent.
    Failure(Failure),
}

impl Problem {
    fn raised(self) -> BuiltinError {
        match self {
            Self::Located(error) | Self::Failure(Failure::Stopped(error)) => error,
            Self::Plain(message) | Self::Failure(Failure::Network { raised: message, .. }) => {
                BuiltinError::Failed(message)
            }
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Failure(Failure::Network { message, .. }) => {
                response::error("eval_http_send_network_error", message)
            }
            Self::Plain(message) => response::error(INTERNAL, message),
            Self::Located(error) | Self::Failure(Failure::Stopped(error)) => {
                let code = match error {
                    BuiltinError::Operand(_) => "eval_type_error",
                    BuiltinError::Failed(_) | BuiltinError::Cancelled(_) | BuiltinError::Fatal { .. } => {
                        "eval_builtin_error"
                    }
                };
                response::error(INTERNAL, &format!("{code}: http.send: {error}"))
            }
        }
    }
}

/// What one call of a query found, for the next equal one.
#[derive(Debug, Clone)]
struct Found(Result<Value, Problem>);

fn respond(context: &mut Context<'_>, fields: &Object) -> Result<Value, Problem> {
    let key = key(fields).map_err(Problem::Plain)?;
    let name = Value::Object(key.clone()).to_rego();
    let sharing = Sharing::read(fields).map_err(located)?;
    if let Some(Found(found)) = context.query.get::<Found>(&name) {
        return found;
    }
    let decode = |()| decoding(&key).map_err(located);
    let decode = match sharing {
        Sharing::Query => None,
        Sharing::All { .. } => Some(decode(())?),
    };
    if let Sharing::All { forced } = sharing {
        let decode = decode.unwrap_or(Decode::ByContentType);
        match from_earlier_queries(context, &key, &name, forced) {
            Ok(None) => {}
            outcome => {
                let outcome = outcome
                    .map(|found| found.map_or(Value::Null, |found| response::to_value(&found, decode)));
                remember(context, &name, &outcome);
                return outcome;
            }
        }
    }
    let sent = Request::read(fields, context.host).map_err(Problem::Located).and_then(|request| {
        let retries = retries(fields).map_err(Problem::Plain)?;
        transport::send(context, &request, retries).map_err(Problem::Failure)
    });
    let response = match sent {
        Ok(response) => response,
        Err(problem) => {
            remember(context, &name, &Err(problem.clone()));
            return Err(problem);
        }
    };
    let decode = match decode {
        Some(decode) => decode,
        None => decoding(&key).map_err(located)?,
    };
    let value = response::to_value(&response, decode);
    match sharing {
        Sharing::Query if !cache::is_cacheable(response.status_code) => {}
        Sharing::Query => remember(context, &name, &Ok(value.clone())),
        Sharing::All { forced } => {
            remember(context, &name, &Ok(value.clone()));
            store(context, &key, &name, &response, forced);
        }
    }
    Ok(value)
}

/// With whom a response is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharing {
    /// With equal calls of the same query.
    Query,
    /// With other queries too, for so many seconds if that is forced.
    All { forced: Option<u32> },
}

impl Sharing {
    fn read(fields: &Object) -> Result<Self, String> {
        let cache = flag(fields, "cache")?;
        if !flag(fields, "force_cache")? {
            return Ok(if cache { Self::All { forced: None } } else { Self::Query });
        }
        let missing = "'force_cache' set but 'force_cache_duration_seconds' parameter is missing";
        let text = fields.get_str("force_cache_duration_seconds").ok_or(missing)?.to_rego();
        let quoted = crate::builtins::url::quoted(&text);
        let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
        let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let reason = if is_integer { "value out of range" } else { "invalid syntax" };
        let error = |_| format!("strconv.ParseInt: parsing {quoted}: {reason}");
        let seconds = text.parse::<i32>().map_err(error)?;
        Ok(Self::All { forced: u32::try_from(seconds).ok().filter(|seconds| *seconds > 0) })
    }
}

/// What makes requests equal: everything but the headers that are to be ignored.
fn key(fields: &Object) -> Result<Object, String> {
    let mut key = fields.clone();
    key.insert(Value::from("cache_ignored_headers"), Value::Null);
    let (Some(ignored), Some(headers)) = (fields.get_str("cache_ignored_headers"), fields.get_str("headers"))
    else {
        return Ok(key);
    };
    let wrong = "cache_ignored_headers must be an array of strings";
    let ignored =
        ignored.as_array().filter(|names| names.iter().all(|name| name.as_str().is_some())).ok_or(wrong)?;
    let headers = headers.as_object().ok_or("invalid type for headers key")?;
    let kept = headers.iter().filter(|(name, _)| !ignored.iter().any(|ignored| ignored == *name));
    let kept: Object = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    key.insert(Value::from("headers"), Value::Object(kept));
    Ok(key)
}

/// The response that an earlier query stored, if it is fresh or the server says it is still right.
fn from_earlier_queries(
    context: &mut Context<'_>,
    key: &Object,
    name: &str,
    forced: Option<u32>,
) -> Result<Option<HttpResponse>, Problem> {
    let Some(Some(stored)) = context.compiled.get::<Option<Stored>>(name) else { return Ok(None) };
    let now = context.host.now();
    if i128::from(now) < stored.expires {
        return Ok(Some(stored.response));
    }
    context.compiled.put::<Option<Stored>>(name, None);
    let mut request = Request::read(key, context.host).map_err(Problem::Located)?;
    let questions = stored.questions();
    if questions.is_empty() {
        return Ok(None);
    }
    let asked = |name: &str| questions.iter().any(|(question, _)| question == name);
    request.http.headers.retain(|(name, _)| !asked(name));
    request.http.headers.extend(questions.iter().cloned());
    let retries = retries(key).map_err(Problem::Plain)?;
    let answer = transport::send(context, &request, retries).map_err(Problem::Failure)?;
    match answer.status_code {
        304 => {
            let Some(renewed) = stored.renewed(&answer, forced, now) else {
                return Err(Problem::Plain("no date header".to_owned()));
            };
            let response = renewed.response.clone();
            context.compiled.put(name, Some(renewed));
            Ok(Some(response))
        }
        200 => {
            store(context, key, name, &answer, forced);
            Ok(Some(answer))
        }
        _ => Ok(None),
    }
}

fn store(context: &mut Context<'_>, key: &Object, name: &str, response: &HttpResponse, forced: Option<u32>) {
    if let Some(stored) = Stored::new(response, forced, context.host.now())
        && has_known_caching_mode(key)
    {
        context.compiled.put(name, Some(stored));
    }
}

fn remember(context: &mut Context<'_>, name: &str, outcome: &Result<Value, Problem>) {
    if !matches!(outcome, Err(Problem::Failure(Failure::Stopped(_)))) {
        context.query.put(name, Found(outcome.clone()));
    }
}

/// Both modes that OPA has come to the same here.
fn has_known_caching_mode(fields: &Object) -> bool {
    let mode = fields.get_str("caching_mode").map(Value::as_str);
    matches!(mode, None | Some(Some("serialized" | "deserialized")))
}

fn decoding(fields: &Object) -> Result<Decode, String> {
    let (json, yaml) = (flag(fields, "force_json_decode")?, flag(fields, "force_yaml_decode")?);
    Ok(match (json, yaml) {
        (true, _) => Decode::Json,
        (false, true) => Decode::Yaml,
        (false, false) => Decode::ByContentType,
    })
}

fn flag(fields: &Object, name: &str) -> Result<bool, String> {
    match fields.get_str(name) {
        None => Ok(false),
        Some(value) => value.as_bool().ok_or_else(|| format!("invalid value for \"{name}\" field")),
    }
}

fn retries(fields: &Object) -> Result<u32, String> {
    let Some(value) = fields.get_str("max_retry_attempts") else { return Ok(0) };
    let number = value.as_number().and_then(crate::value::Number::as_i64).filter(|number| *number >= 0);
    let number = number.ok_or_else(|| format!("invalid value {value} for field \"max_retry_attempts\""))?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

fn located(message: String) -> Problem {
    Problem::Located(BuiltinError::Failed(message))
}

const INTERNAL: &str = "eval_http_send_internal_error";
