//! `io.jwt.decode_verify`: a token that is verified, and whose claims keep the constraints.

use super::jwk::Jwk;
use super::token::{self, Header, Token};
use super::verify::{self, Keys};
use crate::builtins::crypto::shape::{array, object};
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::jose::{Algorithm, Form, Key, verify_code};
use crate::value::{Number, Object, Value};

/// What a token must be.
#[derive(Default)]
struct Constraints {
    keys: Option<Keys>,
    secret: String,
    /// Empty for any algorithm.
    alg: String,
    /// Empty for any issuer.
    iss: String,
    /// Empty for no audience.
    aud: String,
    /// Nanoseconds since 1970.
    time: f64,
}

pub(super) fn decode_verify(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let wanted = operands.object(1)?;
    let constraints = Constraints::read(context, wanted).map_err(BuiltinError::Failed)?;
    let mut text = operands.string(0)?.to_owned();
    let (header, payload) = loop {
        context.check("io.jwt.decode_verify")?;
        match step(&constraints, &text).map_err(BuiltinError::Failed)? {
            Step::Unverified => return Ok(Some(unverified())),
            Step::Nested(inner) => text = inner,
            Step::Verified { header, payload } => break (header, payload),
        }
    };
    if constraints.claims_hold(&payload).map_err(BuiltinError::Failed)? {
        Ok(Some(array([Value::from(true), Value::Object(header), Value::Object(payload)])))
    } else {
        Ok(Some(unverified()))
    }
}

/// What comes of looking at one token.
enum Step {
    Unverified,
    /// It is verified and holds another one.
    Nested(String),
    Verified {
        header: Object,
        payload: Object,
    },
}

fn step(constraints: &Constraints, text: &str) -> Result<Step, String> {
    let token = Token::split(text)?;
    let decoded = token.decode_header()?;
    let header = Header::read(&decoded)?;
    if !header.is_valid() || (!constraints.alg.is_empty() && constraints.alg != header.alg) {
        return Ok(Step::Unverified);
    }
    let signature = token.signature_bytes()?;
    if !constraints.verify(&header, &token.signed(), &signature) {
        return Ok(Step::Unverified);
    }
    let payload = token.payload_bytes()?;
    if header.cty.eq_ignore_ascii_case("JWT") {
        return Ok(Step::Nested(token::text(&payload)));
    }
    Ok(Step::Verified { header: decoded, payload: token::object(&payload)? })
}

fn unverified() -> Value {
    array([Value::from(false), object([]), object([])])
}

impl Constraints {
    fn read(context: &mut Context<'_>, wanted: &Object) -> Result<Self, String> {
        let mut constraints = Self::default();
        let mut time = None;
        for (name, value) in wanted {
            let Some(name) = name.as_str() else {
                return Err(format!("unknown token validation constraint: {name}"));
            };
            let text = || value.as_str().ok_or_else(|| format!("{name} constraint: must be a string"));
            match name {
                "cert" => constraints.keys = Some(verify::keys(context, text()?)?),
                "secret" => text()?.clone_into(&mut constraints.secret),
                "alg" => text()?.clone_into(&mut constraints.alg),
                "iss" => text()?.clone_into(&mut constraints.iss),
                "aud" => text()?.clone_into(&mut constraints.aud),
                "time" => {
                    let number = value.as_number().ok_or("token time constraint: must be a number")?.to_f64();
                    if number < 0.0 {
                        return Err("token time constraint: must not be negative".to_owned());
                    }
                    time = Some(number);
                }
                _ => return Err(format!("unknown token validation constraint: {name}")),
            }
        }
        constraints.time = time.unwrap_or_else(|| Number::from(context.host.now()).to_f64());
        match (&constraints.keys, constraints.secret.is_empty()) {
            (Some(_), false) => Err("duplicate key constraints".to_owned()),
            (None, true) => Err("no key constraint".to_owned()),
            (Some(_), true) | (None, false) => Ok(constraints),
        }
    }

    fn verify(&self, header: &Header, message: &[u8], signature: &[u8]) -> bool {
        // The dependency with which OPA verifies here knows this name too.
        let algorithm =
            if header.alg == "Ed25519" { Some(Algorithm::EdDsa) } else { Algorithm::from_name(&header.alg) };
        let Some(algorithm) = algorithm else { return false };
        let with_secret = |secret: &[u8]| match algorithm {
            Algorithm::Hs(hash) => verify_code(hash, secret, message, signature),
            Algorithm::Rs(_) | Algorithm::Ps(_) | Algorithm::Es(_) | Algorithm::EdDsa => false,
        };
        let Some(keys) = &self.keys else { return with_secret(self.secret.as_bytes()) };
        let holds = |key: &Jwk| match &key.key {
            Key::Public(public) => algorithm.verify(public, Form::Exact, message, signature),
            Key::Private(private) => algorithm.verify(&private.public(), Form::Exact, message, signature),
            Key::Secret(secret) => with_secret(secret),
        };
        verify::any_holds(keys, header, holds)
    }

    /// Whether issuer, audience and times are right (RFC 7519, section 4.1).
    fn claims_hold(&self, payload: &Object) -> Result<bool, String> {
        if !self.iss.is_empty() {
            match payload.get_str("iss") {
                None => return Ok(false),
                Some(issuer) => {
                    let issuer = issuer.as_str().ok_or("iss value must be a string")?;
                    if issuer != self.iss {
                        return Ok(false);
                    }
                }
            }
        }
        match payload.get_str("aud") {
            None if !self.aud.is_empty() => return Ok(false),
            Some(audience) if !self.is_audience(audience) => return Ok(false),
            None | Some(_) => {}
        }
        // OPA compares what the shortest decimal of the double says.
        let seconds =
            Number::parse(&format!("{}", self.time / 1e9)).ok_or("token time constraint: unvalid float64")?;
        if let Some(expiry) = payload.get_str("exp") {
            let expiry = expiry.as_number().ok_or("exp value must be a number")?;
            if seconds >= *expiry {
                return Ok(false);
            }
        }
        if let Some(not_before) = payload.get_str("nbf") {
            let not_before = not_before.as_number().ok_or("nbf value must be a number")?;
            if seconds < *not_before {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_audience(&self, audience: &Value) -> bool {
        let is_ours = |value: &Value| value.as_str() == Some(self.aud.as_str());
        is_ours(audience) || audience.as_array().is_some_and(|audiences| audiences.iter().any(is_ours))
    }
}
