//! Private keys: read from PKCS #1, PKCS #8 and SEC 1, shown as Go's objects and as JSON Web Keys.

use std::fmt;

use aws_lc_rs::agreement::{ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey as AgreementKey, X25519};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use data_encoding::BASE64URL_NOPAD;
use num_bigint::BigUint;

use super::der::{Der, INTEGER, OCTET_STRING, Oid, SEQUENCE, constructed};
use super::public_key::{PublicKey, coordinates};
use super::shape::{array, bytes, natural, object};
use super::signature::Curve;
use crate::value::Value;

/// A private key with its public half.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum PrivateKey {
    /// RSA.
    Rsa(Box<RsaNumbers>),
    /// A number and the point it leads to.
    Ec {
        curve: Curve,
        /// As long as the curve's coordinates.
        scalar: Vec<u8>,
        /// Uncompressed.
        point: Vec<u8>,
    },
    /// Ed25519: seed and public key.
    Ed25519 { seed: Vec<u8>, public: Vec<u8> },
    /// X25519, of which Go shows nothing.
    X25519(Vec<u8>),
}

/// What PKCS #1 says of a key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RsaNumbers {
    pub(crate) modulus: BigUint,
    pub(crate) exponent: u64,
    pub(crate) private_exponent: BigUint,
    /// P and Q.
    pub(crate) primes: [BigUint; 2],
    /// Modulo P-1 and Q-1.
    pub(crate) exponents: [BigUint; 2],
    /// The inverse of Q modulo P.
    pub(crate) coefficient: BigUint,
}

/// The numbers stay out.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

impl PrivateKey {
    /// The public half.
    pub(crate) fn public(&self) -> PublicKey {
        match self {
            Self::Rsa(numbers) => PublicKey::Rsa(super::public_key::RsaKey {
                modulus: numbers.modulus.clone(),
                exponent: numbers.exponent,
            }),
            Self::Ec { curve, point, .. } => PublicKey::Ec { curve: *curve, point: point.clone() },
            Self::Ed25519 { public, .. } => PublicKey::Ed25519(public.clone()),
            Self::X25519(_) => PublicKey::X25519(Vec::new()),
        }
    }

    /// The key as Go's JSON shows it.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Rsa(numbers) => {
                let [p, q] = &numbers.primes;
                let [dp, dq] = &numbers.exponents;
                let precomputed = object([
                    ("CRTValues", array([])),
                    ("Dp", natural(dp)),
                    ("Dq", natural(dq)),
                    ("Qinv", natural(&numbers.coefficient)),
                ]);
                object([
                    ("D", natural(&numbers.private_exponent)),
                    ("E", Value::from(numbers.exponent)),
                    ("N", natural(&numbers.modulus)),
                    ("Precomputed", precomputed),
                    ("Primes", array([natural(p), natural(q)])),
                ])
            }
            Self::Ec { curve, scalar, point } => {
                let (x, y) = coordinates(*curve, point);
                let number = |bytes: &[u8]| natural(&BigUint::from_bytes_be(bytes));
                object([("Curve", object([])), ("D", number(scalar)), ("X", number(x)), ("Y", number(y))])
            }
            Self::Ed25519 { seed, public } => bytes(&[seed.as_slice(), public].concat()),
            Self::X25519(_) => object([]),
        }
    }

    /// The key as a JSON Web Key.
    pub(super) fn to_jwk(&self) -> Result<Value, String> {
        let text = |bytes: &[u8]| Value::from(BASE64URL_NOPAD.encode(bytes));
        Ok(match self {
            Self::Rsa(numbers) => {
                let [p, q] = &numbers.primes;
                let [dp, dq] = &numbers.exponents;
                let number = |number: &BigUint| text(&number.to_bytes_be());
                object([
                    ("d", number(&numbers.private_exponent)),
                    ("dp", number(dp)),
                    ("dq", number(dq)),
                    ("e", number(&BigUint::from(numbers.exponent))),
                    ("kty", Value::from("RSA")),
                    ("n", number(&numbers.modulus)),
                    ("p", number(p)),
                    ("q", number(q)),
                    ("qi", number(&numbers.coefficient)),
                ])
            }
            Self::Ec { curve: Curve::P224, .. } => {
                let reason = "jwk: failed to get algorithm for converting ECDSA private key to JWK";
                return Err(format!("{reason}: unregistered elliptic curve P-224"));
            }
            Self::Ec { curve, scalar, point } => {
                let (x, y) = coordinates(*curve, point);
                object([
                    ("crv", Value::from(curve.name())),
                    ("d", text(scalar)),
                    ("kty", Value::from("EC")),
                    ("x", text(x)),
                    ("y", text(y)),
                ])
            }
            Self::Ed25519 { seed, public } => object([
                ("crv", Value::from("Ed25519")),
                ("d", text(seed)),
                ("kty", Value::from("OKP")),
                ("x", text(public)),
            ]),
            Self::X25519(secret) => {
                let key = AgreementKey::from_private_key(&X25519, secret)
                    .map_err(|_| Unspecified)
                    .and_then(|key| key.compute_public_key());
                let public = key.map_err(|_| "crypto/ecdh: invalid private key".to_owned())?;
                object([
                    ("crv", Value::from("X25519")),
                    ("d", text(secret)),
                    ("kty", Value::from("OKP")),
                    ("x", text(public.as_ref())),
                ])
            }
        })
    }
}

/// Reads an `RSAPrivateKey`.
///
/// # Errors
/// Go's words, as far as they don't describe the types of its own reader.
pub(crate) fn pkcs1(der: &[u8]) -> Result<PrivateKey, String> {
    let mut input = Der::new(der);
    let numbers = input.inside(SEQUENCE).and_then(rsa_fields);
    let Some((version, [modulus, exponent, private_exponent, p, q, dp, dq, coefficient])) = numbers else {
        return Err(other_format(der, Format::Pkcs1));
    };
    if !input.is_empty() {
        return Err("asn1: syntax error: trailing data".to_owned());
    }
    if version != 0 {
        return Err("x509: unsupported private key version".to_owned());
    }
    let exponent = u64::try_from(exponent).ok().filter(|exponent| exponent % 2 == 1 && *exponent > 1);
    let Some(exponent) = exponent.filter(|_| &p * &q == modulus) else {
        return Err("crypto/rsa: invalid private key".to_owned());
    };
    Ok(PrivateKey::Rsa(Box::new(RsaNumbers {
        modulus,
        exponent,
        private_exponent,
        primes: [p, q],
        exponents: [dp, dq],
        coefficient,
    })))
}

/// Reads a `PrivateKeyInfo`.
///
/// # Errors
/// As [`pkcs1`].
pub(crate) fn pkcs8(der: &[u8]) -> Result<PrivateKey, String> {
    let fields = || {
        let mut fields = Der::new(der).inside(SEQUENCE)?;
        fields.small_integer()?;
        let mut algorithm = fields.inside(SEQUENCE)?;
        let kind = algorithm.oid()?;
        let parameters = if algorithm.is_empty() { &[] } else { algorithm.any()?.whole };
        Some((kind, parameters, fields.bytes(OCTET_STRING)?))
    };
    let (kind, parameters, key) = fields().ok_or_else(|| other_format(der, Format::Pkcs8))?;
    match kind.as_slice() {
        [1, 2, 840, 113_549, 1, 1, 1] => pkcs1(key)
            .map_err(|error| format!("x509: failed to parse RSA private key embedded in PKCS#8: {error}")),
        [1, 2, 840, 10_045, 2, 1] => sec1_on(Der::new(parameters).oid(), key)
            .map_err(|error| format!("x509: failed to parse EC private key embedded in PKCS#8: {error}")),
        [1, 3, 101, 112] => Ok(ed25519(&curve_key("Ed25519", parameters, key)?)?),
        [1, 3, 101, 110] => Ok(PrivateKey::X25519(curve_key("X25519", parameters, key)?)),
        _ => Err(format!(
            "x509: PKCS#8 wrapping contained private key with unknown algorithm: {}",
            super::der::dotted(&kind)
        )),
    }
}

/// Reads an `ECPrivateKey`.
///
/// # Errors
/// As [`pkcs1`].
pub(crate) fn sec1(der: &[u8]) -> Result<PrivateKey, String> {
    sec1_on(None, der)
}

/// The pair of Ed25519 that belongs to a seed.
///
/// # Errors
/// When the seed hasn't 32 bytes.
pub(crate) fn ed25519(seed: &[u8]) -> Result<PrivateKey, String> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed)
        .map_err(|_| format!("x509: invalid Ed25519 private key length: {}", seed.len()))?;
    Ok(PrivateKey::Ed25519 { seed: seed.to_vec(), public: pair.public_key().as_ref().to_vec() })
}

fn rsa_fields(mut fields: Der<'_>) -> Option<(i64, [BigUint; 8])> {
    let version = fields.small_integer()?;
    let mut next = || fields.positive();
    Some((version, [next()?, next()?, next()?, next()?, next()?, next()?, next()?, next()?]))
}

fn curve_key(name: &str, parameters: &[u8], key: &[u8]) -> Result<Vec<u8>, String> {
    if !parameters.is_empty() {
        return Err(format!("x509: invalid {name} private key parameters"));
    }
    let seed = Der::new(key).bytes(OCTET_STRING);
    let seed =
        seed.ok_or_else(|| format!("x509: invalid {name} private key: asn1: syntax error: data truncated"))?;
    if seed.len() == 32 {
        Ok(seed.to_vec())
    } else {
        Err(format!("x509: invalid {name} private key length: {}", seed.len()))
    }
}

fn sec1_on(named: Option<Oid>, der: &[u8]) -> Result<PrivateKey, String> {
    let fields = || {
        let mut fields = Der::new(der).inside(SEQUENCE)?;
        let version = fields.small_integer()?;
        let scalar = fields.bytes(OCTET_STRING)?;
        let curve = match fields.optional(constructed(0)).ok()? {
            None => None,
            Some(mut inside) => Some(inside.oid()?),
        };
        Some((version, scalar, curve))
    };
    let (version, scalar, own) = fields().ok_or_else(|| other_format(der, Format::Sec1))?;
    if version != 1 {
        return Err(format!("x509: unknown EC private key version {version}"));
    }
    let curve = named.or(own).and_then(|oid| Curve::from_oid(&oid)).ok_or("x509: unknown elliptic curve")?;
    let zeros = scalar.len().saturating_sub(curve.size());
    let (zeros, scalar) = scalar.split_at_checked(zeros).unwrap_or_default();
    if zeros.iter().any(|byte| *byte != 0) {
        return Err("x509: invalid private key length".to_owned());
    }
    let scalar = [vec![0; curve.size() - scalar.len()], scalar.to_vec()].concat();
    let point = point(curve, &scalar).ok_or("ecdsa: invalid private key")?;
    Ok(PrivateKey::Ec { curve, scalar, point })
}

/// The point to which a scalar leads.
fn point(curve: Curve, scalar: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match curve {
        Curve::P224 => return None,
        Curve::P256 => &ECDH_P256,
        Curve::P384 => &ECDH_P384,
        Curve::P521 => &ECDH_P521,
    };
    let key = AgreementKey::from_private_key(algorithm, scalar).ok()?;
    let public = key.compute_public_key().ok()?;
    Some(public.as_ref().to_vec())
}

/// The forms that a key can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Pkcs1,
    Pkcs8,
    Sec1,
}

/// Why a key has not the wanted form: it has another, or none.
fn other_format(der: &[u8], wanted: Format) -> String {
    let is = |format| match format {
        Format::Pkcs1 => Der::new(der).inside(SEQUENCE).and_then(rsa_fields).is_some(),
        Format::Pkcs8 => Der::new(der).inside(SEQUENCE).is_some_and(|mut fields| {
            fields.small_integer().is_some()
                && fields.inside(SEQUENCE).is_some()
                && fields.bytes(OCTET_STRING).is_some()
        }),
        Format::Sec1 => Der::new(der).inside(SEQUENCE).is_some_and(|mut fields| {
            fields.element(INTEGER).is_some() && fields.bytes(OCTET_STRING).is_some()
        }),
    };
    let found = [
        (Format::Sec1, "ParseECPrivateKey"),
        (Format::Pkcs1, "ParsePKCS1PrivateKey"),
        (Format::Pkcs8, "ParsePKCS8PrivateKey"),
    ]
    .into_iter()
    .find(|(format, _)| *format != wanted && is(*format));
    match (found, wanted) {
        (Some((_, name)), _) => {
            format!("x509: failed to parse private key (use {name} instead for this key format)")
        }
        (None, Format::Sec1) => {
            "x509: failed to parse EC private key: asn1: structure error: malformed private key".to_owned()
        }
        (None, Format::Pkcs1 | Format::Pkcs8) => "asn1: structure error: malformed private key".to_owned(),
    }
}
