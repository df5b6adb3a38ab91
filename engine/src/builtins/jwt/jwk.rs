//! JSON Web Keys and sets of them (RFC 7517).

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use num_bigint::BigUint;

use super::token::leading_json;
use crate::builtins::crypto::private_key::{self, PrivateKey, RsaNumbers};
use crate::builtins::crypto::public_key::{PublicKey, RsaKey};
use crate::builtins::crypto::signature::Curve;
use crate::jose::Key;
use crate::value::{Object, Value};

/// A key and what a set says about it.
#[derive(Debug, Clone)]
pub(super) struct Jwk {
    /// Empty without one.
    pub(super) alg: String,
    /// Empty without one.
    pub(super) kid: String,
    pub(super) key: Key,
}

/// Reads a set, or a key that stands alone.
///
/// # Errors
/// What is wrong, close to OPA's words.
pub(super) fn parse(text: &str) -> Result<Vec<Jwk>, String> {
    let sole = |error: String| format!("jwk.Parse: failed to parse sole key: jwk.ParseKey: {error}");
    if text.trim().is_empty() {
        return Err(sole(format!("{PROBE}EOF")));
    }
    // What follows a key isn't looked at, but a set has to be all of the text.
    let (document, whole) = leading_json(text).map_err(|error| sole(format!("{PROBE}{error}")))?;
    let keys = document.as_object().and_then(|document| document.get_str("keys"));
    let Some(keys) = keys.filter(|_| whole) else {
        return Ok(vec![key_of(&document).map_err(sole)?]);
    };
    let failed = |error: String| format!("jwk.Parse: failed to unmarshal JWK set: {error}");
    let Value::Array(keys) = keys else {
        return Err(failed(format!("failed to decode \"keys\": expected '[' but got {}", keys.to_json())));
    };
    if keys.len() > MAX_KEYS {
        return Err(failed(format!("too many keys in \"keys\" array: max {MAX_KEYS}")));
    }
    let read = |(index, value): (usize, &Value)| {
        key_of(value).map_err(|error| {
            failed(format!("failed to decode key #{index} in \"keys\": jwk.ParseKey: {error}"))
        })
    };
    keys.iter().enumerate().map(read).collect()
}

fn key_of(value: &Value) -> Result<Jwk, String> {
    let kind = json_kind(value);
    let reason = || format!("{PROBE}json: cannot unmarshal {kind} into Go value of type {PROBED}");
    key(value.as_object().ok_or_else(reason)?)
}

/// Why an object is no key.
enum Wrong {
    /// Nothing says what it is.
    Kind(String),
    /// A field is missing or malformed.
    Field(String),
    /// The fields make no key.
    Key(String),
}

fn key(object: &Object) -> Result<Jwk, String> {
    let kind = match object.get_str("kty") {
        None | Some(Value::Null) => "",
        Some(Value::String(kind)) => kind,
        Some(other) => {
            let reason = format!(
                "json: cannot unmarshal {} into Go struct field .kty of type string",
                json_kind(other)
            );
            return Err(format!("{PROBE}{reason}"));
        }
    };
    let is_private = object.get_str("d").is_some_and(|value| *value != Value::Null);
    read(object, kind, is_private).map_err(|wrong| {
        let (family, field) = match kind {
            "RSA" => ("RSA", "rsa"),
            "EC" => ("ECDSA", "ecdsa"),
            "OKP" => ("OKP", "okp"),
            _ => ("Symmetric", "symmetric"),
        };
        let half = match (kind, is_private) {
            ("oct", _) => "",
            (_, true) => "Private",
            (_, false) => "Public",
        };
        match wrong {
            Wrong::Kind(error) => error,
            Wrong::Field(error) => {
                let failed = format!("failed to unmarshal JSON into key (*jwk.{field}{half}Key)");
                format!("{failed}: {failed}: {error}")
            }
            Wrong::Key(error) => {
                format!(
                    "jwk.Parse: key validation failed: key validation failed: jwk.{family}{half}Key: {error}"
                )
            }
        }
    })
}

fn read(object: &Object, kind: &str, is_private: bool) -> Result<Jwk, Wrong> {
    let required: &[&str] = match (kind, is_private) {
        ("RSA", false) => &["e", "n"],
        ("RSA", true) => &["d", "e", "n"],
        ("EC", false) => &["crv", "x", "y"],
        ("EC", true) => &["crv", "d", "x", "y"],
        ("OKP", false) => &["crv", "x"],
        ("OKP", true) => &["crv", "d", "x"],
        ("oct", _) => &["k"],
        _ => return Err(Wrong::Kind(format!("invalid key type from JSON ({kind})"))),
    };
    let alg = text(object, "alg")?;
    if !alg.is_empty() && !ALGORITHMS.contains(&alg.as_str()) {
        let reason = format!("invalid key value: \"{alg}\": invalid key algorithm");
        return Err(Wrong::Field(format!("failed to decode value for key alg: {reason}")));
    }
    let key_id = text(object, "kid")?;
    let curve = text(object, "crv")?;
    if !curve.is_empty() && Curve::from_name(&curve).is_none() && !OCTET_CURVES.contains(&curve.as_str()) {
        let reason =
            format!("failed to decode value for key crv: unknown EllipticCurveAlgorithm: \"{curve}\"");
        return Err(Wrong::Field(reason));
    }
    for name in required {
        if *name != "crv" {
            bytes(object, name)?;
        }
        if object.get_str(name).is_none_or(|value| *value == Value::Null) {
            return Err(Wrong::Field(format!("required field {name} is missing")));
        }
    }
    let key = match (kind, is_private) {
        ("RSA", false) => Key::Public(PublicKey::Rsa(rsa(object)?)),
        ("RSA", true) => Key::Private(rsa_private(object)?),
        ("EC", false) => {
            let (curve, point) = point(object, &curve)?;
            Key::Public(PublicKey::Ec { curve, point })
        }
        ("EC", true) => {
            let (curve, point) = point(object, &curve)?;
            let scalar = bytes(object, "d")?;
            if scalar.len() != curve.size() {
                let (length, name) = (scalar.len(), curve.name());
                return Err(Wrong::Key(format!("invalid \"d\" length ({length}) for curve \"{name}\"")));
            }
            Key::Private(PrivateKey::Ec { curve, scalar, point })
        }
        ("OKP", false) => Key::Public(octets(&curve, bytes(object, "x")?)?),
        ("OKP", true) => Key::Private(octets_private(object, &curve)?),
        _ => {
            let secret = bytes(object, "k")?;
            if secret.is_empty() {
                return Err(Wrong::Key("missing \"k\" field".to_owned()));
            }
            Key::Secret(secret)
        }
    };
    Ok(Jwk { alg, kid: key_id, key })
}

fn text(object: &Object, name: &str) -> Result<String, Wrong> {
    match object.get_str(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.to_string()),
        Some(other) => {
            let kind = json_kind(other);
            let reading = if name == "alg" { "" } else { "error reading next value: " };
            let reason = format!("{reading}json: cannot unmarshal {kind} into Go value of type string");
            Err(Wrong::Field(format!("failed to decode value for key {name}: {reason}")))
        }
    }
}

fn rsa(object: &Object) -> Result<RsaKey, Wrong> {
    let exponent = BigUint::from_bytes_be(&bytes(object, "e")?);
    let modulus = BigUint::from_bytes_be(&bytes(object, "n")?);
    let exponent =
        u64::try_from(exponent).map_err(|_| Wrong::Key("public exponent is too large".to_owned()))?;
    Ok(RsaKey { modulus, exponent })
}

fn rsa_private(object: &Object) -> Result<PrivateKey, Wrong> {
    let RsaKey { modulus, exponent } = rsa(object)?;
    let number = |name: &str| bytes(object, name).map(|bytes| BigUint::from_bytes_be(&bytes));
    let (private_exponent, p, q) = (number("d")?, number("p")?, number("q")?);
    let one = BigUint::from(1_u8);
    if p <= one || q <= one {
        return Err(Wrong::Key("missing prime factors".to_owned()));
    }
    let given = |name: &str| match number(name) {
        Ok(number) if number == BigUint::ZERO => Ok(None),
        other => other.map(Some),
    };
    let dp = given("dp")?.unwrap_or_else(|| &private_exponent % (&p - &one));
    let dq = given("dq")?.unwrap_or_else(|| &private_exponent % (&q - &one));
    let coefficient = given("qi")?.or_else(|| q.modinv(&p));
    let coefficient = coefficient.ok_or_else(|| Wrong::Key("prime factors are not coprime".to_owned()))?;
    let primes = [p, q];
    let numbers =
        RsaNumbers { modulus, exponent, private_exponent, primes, exponents: [dp, dq], coefficient };
    Ok(PrivateKey::Rsa(Box::new(numbers)))
}

fn point(object: &Object, name: &str) -> Result<(Curve, Vec<u8>), Wrong> {
    let curve = Curve::from_name(name);
    let curve = curve.ok_or_else(|| Wrong::Key(format!("invalid curve algorithm \"{name}\"")))?;
    let mut point = vec![4];
    for field in ["x", "y"] {
        let coordinate = bytes(object, field)?;
        if coordinate.len() != curve.size() {
            let length = coordinate.len();
            return Err(Wrong::Key(format!("invalid \"{field}\" length ({length}) for curve \"{name}\"")));
        }
        point.extend(coordinate);
    }
    if curve.holds(&point) {
        Ok((curve, point))
    } else {
        Err(Wrong::Key(format!("invalid ECDSA public key: point is not on curve \"{name}\"")))
    }
}

fn octets(curve: &str, bytes: Vec<u8>) -> Result<PublicKey, Wrong> {
    match (curve, bytes.len()) {
        ("Ed25519", 32) => Ok(PublicKey::Ed25519(bytes)),
        ("X25519", 32) => Ok(PublicKey::X25519(bytes)),
        ("Ed25519" | "X25519", _) => {
            Err(Wrong::Key(format!("{}: wrong public key size", curve.to_lowercase())))
        }
        _ => Err(Wrong::Key(format!("invalid curve algorithm {curve}"))),
    }
}

fn octets_private(object: &Object, curve: &str) -> Result<PrivateKey, Wrong> {
    let public = octets(curve, bytes(object, "x")?)?;
    let seed = bytes(object, "d")?;
    if curve == "X25519" {
        return Ok(PrivateKey::X25519(seed));
    }
    let private =
        private_key::ed25519(&seed).map_err(|_| Wrong::Key("ed25519: wrong private key size".to_owned()))?;
    if private.public() == public {
        Ok(private)
    } else {
        Err(Wrong::Key("ed25519: invalid x value given d value".to_owned()))
    }
}

/// Bytes in base64 of either alphabet, padded or not; none for a missing field.
fn bytes(object: &Object, name: &str) -> Result<Vec<u8>, Wrong> {
    let text = text(object, name)?;
    let text = text.trim_end_matches('=');
    if text.len() > MAX_TEXT {
        return Err(Wrong::Key(format!("\"{name}\" is too long")));
    }
    let encoding = if text.contains(['+', '/']) { BASE64_NOPAD } else { BASE64URL_NOPAD };
    let mut encoding = encoding.specification();
    encoding.check_trailing_bits = false;
    let decoded = encoding.encoding().ok().and_then(|encoding| encoding.decode(text.as_bytes()).ok());
    let reason = || format!("failed to decode value for key {name}: expected base64 encoded []byte (string)");
    decoded.ok_or_else(|| Wrong::Field(reason()))
}

/// What Go calls a kind of JSON.
fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_)
        | Value::Set(_) => value.type_name(),
    }
}

const PROBE: &str = "jwk.Parse: failed to probe data: probe: failed to unmarshal data: ";
/// What Go says that it can't read others into.
const PROBED: &str =
    "struct { Kty string \"json:\\\"kty\\\"\"; D json.RawMessage \"json:\\\"d,omitempty\\\"\" }";
const OCTET_CURVES: [&str; 4] = ["Ed25519", "Ed448", "X25519", "X448"];
/// Longer numbers would take too long to compute with.
const MAX_TEXT: usize = 16 * 1024;
/// As many as OPA reads.
const MAX_KEYS: usize = 1000;
/// The algorithms that a key may name, whether or not anything here can use them.
const ALGORITHMS: [&str; 41] = [
    "A128CBC-HS256",
    "A128GCM",
    "A128GCMKW",
    "A128KW",
    "A192CBC-HS384",
    "A192GCM",
    "A192GCMKW",
    "A192KW",
    "A256CBC-HS512",
    "A256GCM",
    "A256GCMKW",
    "A256KW",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "ES256",
    "ES256K",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
    "HS256",
    "HS384",
    "HS512",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
    "PS256",
    "PS384",
    "PS512",
    "RS256",
    "RS384",
    "RS512",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "RSA1_5",
    "dir",
    "none",
];
