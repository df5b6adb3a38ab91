//! Public keys: read from a `SubjectPublicKeyInfo`, shown as objects.

use num_bigint::BigUint;
use num_traits::Zero;

use super::der::{Der, SEQUENCE};
use super::shape::{bytes, natural, object};
use super::signature::Curve;
use crate::value::Value;

/// A public key of one of the kinds that Go knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// RSA.
    Rsa(RsaKey),
    /// A point, uncompressed, on a curve.
    Ec {
        /// The curve.
        curve: Curve,
        /// 4 and both coordinates.
        point: Vec<u8>,
    },
    /// Ed25519.
    Ed25519(Vec<u8>),
    /// X25519, which signs nothing.
    X25519(Vec<u8>),
    /// DSA, which is only shown.
    Dsa {
        /// P, Q, G and Y.
        numbers: [BigUint; 4],
    },
}

/// Modulus and exponent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RsaKey {
    pub(crate) modulus: BigUint,
    pub(crate) exponent: u64,
}

/// A key as it stands in a certificate.
#[derive(Debug, Clone)]
pub(super) struct KeyInfo<'a> {
    /// The whole structure.
    pub(super) raw: &'a [u8],
    /// Go's number for the kind of key; 0 if it knows none.
    pub(super) algorithm: i64,
    /// The key, if its kind is known.
    pub(super) key: Option<PublicKey>,
}

/// Reads a `SubjectPublicKeyInfo` out of a certificate.
///
/// # Errors
/// Go's words.
pub(super) fn read<'a>(der: &mut Der<'a>) -> Result<KeyInfo<'a>, String> {
    let spki = der.element(SEQUENCE).ok_or("x509: malformed spki")?;
    let mut fields = Der::new(spki.whole).inside(SEQUENCE).ok_or("x509: malformed spki")?;
    let mut algorithm = fields.inside(SEQUENCE).ok_or("x509: malformed public key algorithm identifier")?;
    let oid = algorithm.oid().ok_or("x509: malformed OID")?;
    let parameters =
        if algorithm.is_empty() { &[] } else { algorithm.any().ok_or("x509: malformed parameters")?.whole };
    let bits = fields.bit_string().ok_or("x509: malformed subjectPublicKey")?;
    let kind = match oid.as_slice() {
        RSA => 1,
        DSA => 2,
        EC => 3,
        ED25519 => 4,
        _ => 0,
    };
    let key = if kind == 0 { None } else { Some(parse(&oid, parameters, &bits.right_aligned())?) };
    Ok(KeyInfo { raw: spki.whole, algorithm: kind, key })
}

/// Reads the body of a PEM block `PUBLIC KEY`.
///
/// # Errors
/// Go's words, as far as they don't describe the types of its own reader.
pub(crate) fn from_spki(bytes: &[u8]) -> Result<PublicKey, String> {
    let mut der = Der::new(bytes);
    let malformed = || {
        if is_pkcs1(bytes) {
            "x509: failed to parse public key (use ParsePKCS1PublicKey instead for this key format)"
                .to_owned()
        } else {
            "asn1: structure error: malformed public key".to_owned()
        }
    };
    let mut fields = der.inside(SEQUENCE).ok_or_else(malformed)?;
    let mut algorithm = fields.inside(SEQUENCE).ok_or_else(malformed)?;
    let oid = algorithm.oid().ok_or_else(malformed)?;
    let parameters = if algorithm.is_empty() { &[] } else { algorithm.any().ok_or_else(malformed)?.whole };
    let bits = fields.bit_string().ok_or_else(malformed)?;
    if !der.is_empty() {
        return Err("x509: trailing data after ASN.1 of public-key".to_owned());
    }
    parse(&oid, parameters, &bits.right_aligned())
}

fn is_pkcs1(bytes: &[u8]) -> bool {
    let mut der = Der::new(bytes);
    let Some(mut fields) = der.inside(SEQUENCE) else { return false };
    fields.integer().is_some() && fields.integer().is_some()
}

fn parse(oid: &[u32], parameters: &[u8], data: &[u8]) -> Result<PublicKey, String> {
    match oid {
        RSA => rsa(parameters, data),
        EC => ec(parameters, data),
        ED25519 if !parameters.is_empty() => {
            Err("x509: Ed25519 key encoded with illegal parameters".to_owned())
        }
        ED25519 if data.len() != 32 => Err("x509: wrong Ed25519 public key size".to_owned()),
        ED25519 => Ok(PublicKey::Ed25519(data.to_vec())),
        X25519 if !parameters.is_empty() => {
            Err("x509: X25519 key encoded with illegal parameters".to_owned())
        }
        X25519 if data.len() != 32 => Err("crypto/ecdh: invalid public key".to_owned()),
        X25519 => Ok(PublicKey::X25519(data.to_vec())),
        DSA => dsa(parameters, data),
        _ => Err("x509: unknown public key algorithm".to_owned()),
    }
}

fn rsa(parameters: &[u8], data: &[u8]) -> Result<PublicKey, String> {
    if parameters != NULL {
        return Err("x509: RSA key missing NULL parameters".to_owned());
    }
    from_pkcs1(data)
}

/// Reads an `RSAPublicKey`, the body of a PEM block `RSA PUBLIC KEY`.
///
/// # Errors
/// Go's words, as far as they don't describe the types of its own reader.
pub(crate) fn from_pkcs1(data: &[u8]) -> Result<PublicKey, String> {
    let mut fields = Der::new(data).inside(SEQUENCE).ok_or("x509: invalid RSA public key")?;
    let modulus = fields.integer().ok_or("x509: invalid RSA modulus")?;
    let exponent = fields.small_integer().ok_or("x509: invalid RSA public exponent")?;
    let (sign, modulus) = modulus.into_parts();
    if sign != num_bigint::Sign::Plus {
        return Err("x509: RSA modulus is not a positive number".to_owned());
    }
    match u64::try_from(exponent) {
        Ok(exponent) if exponent > 0 => Ok(PublicKey::Rsa(RsaKey { modulus, exponent })),
        _ => Err("x509: RSA public exponent is not a positive number".to_owned()),
    }
}

fn ec(parameters: &[u8], data: &[u8]) -> Result<PublicKey, String> {
    let oid = Der::new(parameters).oid().ok_or("x509: invalid ECDSA parameters")?;
    let curve = Curve::from_oid(&oid).ok_or("x509: unsupported elliptic curve")?;
    if data.first() != Some(&4) {
        return Err("ecdsa: invalid uncompressed public key".to_owned());
    }
    if data.len() != 1 + 2 * curve.size() {
        return Err(format!("invalid {} point encoding", curve.nist_name()));
    }
    if !curve.holds(data) {
        return Err(format!("{} point not on curve", curve.nist_name()));
    }
    Ok(PublicKey::Ec { curve, point: data.to_vec() })
}

fn dsa(parameters: &[u8], data: &[u8]) -> Result<PublicKey, String> {
    let y = Der::new(data).integer().ok_or("x509: invalid DSA public key")?;
    let read = || {
        let mut fields = Der::new(parameters).inside(SEQUENCE)?;
        Some([fields.integer()?, fields.integer()?, fields.integer()?])
    };
    let [p, q, g] = read().ok_or("x509: invalid DSA parameters")?;
    let zero = "x509: zero or negative DSA parameter";
    let positive =
        |number: num_bigint::BigInt| number.to_biguint().filter(|number| !number.is_zero()).ok_or(zero);
    Ok(PublicKey::Dsa { numbers: [positive(p)?, positive(q)?, positive(g)?, positive(y)?] })
}

impl PublicKey {
    /// The key as Go's JSON shows it.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Rsa(key) => object([("N", natural(&key.modulus)), ("E", Value::from(key.exponent))]),
            Self::Ec { curve, point } => {
                let (x, y) = coordinates(*curve, point);
                let number = |bytes: &[u8]| natural(&BigUint::from_bytes_be(bytes));
                object([("Curve", object([])), ("X", number(x)), ("Y", number(y))])
            }
            Self::Ed25519(key) => bytes(key),
            Self::X25519(_) => object([]),
            Self::Dsa { numbers: [p, q, g, y] } => {
                object([("P", natural(p)), ("Q", natural(q)), ("G", natural(g)), ("Y", natural(y))])
            }
        }
    }
}

/// Both coordinates of an uncompressed point.
pub(super) fn coordinates(curve: Curve, point: &[u8]) -> (&[u8], &[u8]) {
    let both = point.get(1..).unwrap_or_default();
    both.split_at_checked(curve.size()).unwrap_or_default()
}

const RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 1];
const DSA: &[u32] = &[1, 2, 840, 10_040, 4, 1];
const EC: &[u32] = &[1, 2, 840, 10_045, 2, 1];
const X25519: &[u32] = &[1, 3, 101, 110];
const ED25519: &[u32] = &[1, 3, 101, 112];
const NULL: &[u8] = &[5, 0];
