//! Signature Version 4 of Amazon Web Services.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::{digest, hmac};
use data_encoding::HEXLOWER;

use crate::builtins::calendar::Civil;
use crate::builtins::http::request;
use crate::builtins::url::Url;
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::value::{Object, Set, Value};

pub(super) fn sign_request(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let request = operands.object(0)?;
    // OPA counts each of them as the first operand.
    let config = operands.value(1)?;
    let config = config.as_object().ok_or_else(|| Operands(&[config]).mismatch(0, "object"))?;
    let credentials = Credentials::read(config)?;
    let time = operands.value(2)?;
    let time = time.as_number().ok_or_else(|| Operands(&[time]).mismatch(0, "number"))?;
    let time = time.as_i64().ok_or_else(|| {
        BuiltinError::Operand("operand 3 could not convert time_ns value into a unix timestamp".to_owned())
    })?;
    request::check_keys(request)?;

    let headers = match request.get_str("headers") {
        None => Object::new(),
        Some(Value::Object(headers)) => headers.clone(),
        Some(other) => {
            let got = other.type_name();
            return Err(BuiltinError::Operand(format!("operand 0 must be object but got {got}")));
        }
    };
    let text = |name: &str| request.get_str(name).and_then(Value::as_str);
    let (Some(url), Some(method)) = (text("url"), text("method")) else {
        let wrong: Set = ["url", "method"]
            .iter()
            .filter(|name| text(name).is_none())
            .map(|name| Value::from(*name))
            .collect();
        let wrong = Value::Set(wrong);
        let message = format!("operand 1 invalid values for required request parameters(s): {wrong}");
        return Err(BuiltinError::Operand(message));
    };
    let url = Url::parse(url).map_err(BuiltinError::Failed)?;
    let body = match (request.get_str("raw_body"), request.get_str("body")) {
        (Some(raw), _) => raw.as_str().unwrap_or_default().to_owned(),
        (None, Some(body)) => body.to_json(),
        (None, None) => String::new(),
    };
    let payload = match config.get_str("disable_payload_signing") {
        None | Some(Value::Bool(false)) => sha256(body.as_bytes()),
        Some(Value::Bool(true)) => "UNSIGNED-PAYLOAD".to_owned(),
        Some(_) => {
            let message = "operand 2 invalid value for 'disable_payload_signing' in AWS config";
            return Err(BuiltinError::Operand(message.to_owned()));
        }
    };

    let plain = headers.iter().map(|(name, value)| {
        (name.as_str().unwrap_or_default().to_owned(), value.as_str().unwrap_or_default().to_owned())
    });
    let own: BTreeMap<String, String> = plain.collect();
    let added = credentials.headers(&url, &payload, time);
    let authorization = credentials.authorization(method, &url, &own, &added, &payload, time);
    let mut signed: Object = own.into_iter().map(entry).collect();
    signed.insert(Value::from("Authorization"), Value::from(authorization));
    for (name, value) in added {
        signed.insert(Value::from(name), Value::from(value));
    }
    let mut output = request.clone();
    output.insert(Value::from("headers"), Value::Object(signed));
    Ok(Some(Value::Object(output)))
}

/// Who signs, and for which service.
struct Credentials<'a> {
    service: &'a str,
    access_key: &'a str,
    secret_key: &'a str,
    region: &'a str,
    /// Empty without one.
    session_token: &'a str,
}

impl<'a> Credentials<'a> {
    fn read(config: &'a Object) -> Result<Self, BuiltinError> {
        let names = |wrong: &dyn Fn(&str) -> bool| -> Set {
            REQUIRED.iter().filter(|name| wrong(name)).map(|name| Value::from(*name)).collect()
        };
        let missing = names(&|name| config.get_str(name).is_none());
        if !missing.is_empty() {
            let message =
                format!("operand 2 missing required AWS config parameters(s): {}", Value::Set(missing));
            return Err(BuiltinError::Operand(message));
        }
        let text = |name: &str| config.get_str(name).and_then(Value::as_str);
        let invalid = names(&|name| text(name).is_none());
        if !invalid.is_empty() {
            let message = format!(
                "operand 2 invalid values for required AWS config parameters(s): {}",
                Value::Set(invalid)
            );
            return Err(BuiltinError::Operand(message));
        }
        let text = |name| text(name).unwrap_or_default();
        Ok(Self {
            service: text("aws_service"),
            access_key: text("aws_access_key"),
            secret_key: text("aws_secret_access_key"),
            region: text("aws_region"),
            session_token: text("aws_session_token"),
        })
    }

    /// The headers that AWS asks for.
    fn headers(&self, url: &Url, payload: &str, time: i64) -> BTreeMap<String, String> {
        let mut headers = BTreeMap::new();
        headers.insert("host".to_owned(), url.host.clone());
        headers.insert("x-amz-date".to_owned(), timestamp(time));
        if matches!(self.service, "s3" | "glacier") {
            headers.insert("x-amz-content-sha256".to_owned(), payload.to_owned());
        }
        if !self.session_token.is_empty() {
            headers.insert("x-amz-security-token".to_owned(), self.session_token.to_owned());
        }
        headers
    }

    /// The value of the header that carries the signature.
    fn authorization(
        &self,
        method: &str,
        url: &Url,
        own: &BTreeMap<String, String>,
        added: &BTreeMap<String, String>,
        payload: &str,
        time: i64,
    ) -> String {
        let mut headers = added.clone();
        for (name, value) in own {
            let name = name.to_lowercase();
            // Proxies may change these.
            if !matches!(name.as_str(), "authorization" | "user-agent" | "x-amzn-trace-id") {
                headers.insert(name, value.clone());
            }
        }
        let lines: String = headers.iter().flat_map(|(name, value)| [name, ":", value, "\n"]).collect();
        let names: BTreeSet<&str> = headers.keys().map(String::as_str).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(";");
        let path = url.escaped_path();
        let request = format!("{method}\n{path}\n{}\n{lines}\n{names}\n{payload}", url.raw_query);

        let timestamp = timestamp(time);
        let date = timestamp.split('T').next().unwrap_or_default();
        let scope = format!("{date}/{}/{}/aws4_request", self.region, self.service);
        let to_sign = format!("AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{}", sha256(request.as_bytes()));
        let steps = [date, self.region, self.service, "aws4_request", &to_sign];
        let first = format!("AWS4{}", self.secret_key).into_bytes();
        let signature = steps.iter().fold(first, |key, message| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), message.as_bytes()).as_ref().to_vec()
        });
        let signature = HEXLOWER.encode(&signature);
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={signature}",
            self.access_key
        )
    }
}

fn entry((name, value): (String, String)) -> (Value, Value) {
    (Value::from(name), Value::from(value))
}

/// `20261126T084331Z`.
fn timestamp(nanoseconds: i64) -> String {
    let civil = Civil::from_seconds(nanoseconds.div_euclid(1_000_000_000));
    civil.rfc3339().replace(['-', ':'], "")
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// What a configuration can't do without, sorted.
const REQUIRED: [&str; 4] = ["aws_access_key", "aws_region", "aws_secret_access_key", "aws_service"];
