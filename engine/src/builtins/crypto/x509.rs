//! The functions that read certificates, requests and keys.

use super::base64::{self, Alphabet};
use super::certificate::{self, Certificate};
use super::chain::{self, Options};
use super::pem::{self, Block};
use super::private_key::{self, PrivateKey};
use super::public_key::PublicKey;
use super::request;
use super::shape::{array, bytes, object};
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::value::{Object, Value};

pub(super) fn parse_certificates(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let der = certificates_of(operands.string(0)?).map_err(BuiltinError::Failed)?;
    let certificates = certificate::parse_all(&der).map_err(BuiltinError::Failed)?;
    Ok(Some(array(certificates.iter().map(Certificate::to_extended_value))))
}

/// Certificates as OPA puts those of a client into its input: an array of objects with the fields of Go's JSON. `der` has them one
/// after the other.
///
/// # Errors
/// What is wrong with one of them, in Go's words.
pub fn certificates_as_value(der: &[u8]) -> Result<Value, String> {
    let certificates = certificate::parse_all(der)?;
    Ok(array(certificates.iter().map(Certificate::to_value)))
}

pub(super) fn parse_and_verify_certificates(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    let options = Options { now: context.host.now(), ..Options::default() };
    Ok(Some(verified(text, &options, Shown::WithUriStrings)))
}

pub(super) fn parse_and_verify_certificates_with_options(
    context: &mut Context<'_>,
    operands: Operands<'_>,
) -> Answer {
    let text = operands.string(0)?;
    let wanted = operands.object(1)?;
    if certificates_of(text).and_then(|der| certificate::parse_all(&der).map(drop)).is_err() {
        return Ok(Some(unverified()));
    }
    let options = options(wanted, context.host.now()).map_err(BuiltinError::Failed)?;
    Ok(Some(verified(text, &options, Shown::AsGoDoes)))
}

pub(super) fn parse_certificate_request(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    let data = if text.starts_with("-----BEGIN CERTIFICATE REQUEST-----") {
        text.as_bytes().to_vec()
    } else {
        base64::decode(text.as_bytes(), Alphabet::Standard).map_err(BuiltinError::Failed)?
    };
    let der = match pem::decode(&data) {
        Some((block, _)) if block.label == "CERTIFICATE REQUEST" => block.bytes,
        Some(_) => return Err(BuiltinError::failed("invalid PEM-encoded certificate signing request")),
        None => data,
    };
    request::parse(&der).map(Some).map_err(BuiltinError::Failed)
}

pub(super) fn parse_keypair(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let certificate = operands.string(0)?;
    // OPA counts the key as the first operand too.
    let key = operands.value(1)?;
    let key = key.as_str().ok_or_else(|| Operands(&[key]).mismatch(0, "string"))?;
    keypair(certificate, key).map(Some).map_err(BuiltinError::Failed)
}

pub(super) fn parse_rsa_private_key(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    if text.is_empty() {
        return Err(BuiltinError::failed("input PEM data was empty"));
    }
    let data = if text.starts_with("-----BEGIN") {
        text.as_bytes().to_vec()
    } else {
        base64::decode(text.as_bytes(), Alphabet::Standard).map_err(BuiltinError::Failed)?
    };
    let keys = private_keys(&data).map_err(BuiltinError::Failed)?;
    let Some(key) = keys.first() else { return Ok(Some(Value::Null)) };
    key.to_jwk().map(Some).map_err(BuiltinError::Failed)
}

pub(super) fn parse_private_keys(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    if text.is_empty() {
        return Ok(Some(Value::Null));
    }
    let keys = private_keys(text.as_bytes()).map_err(BuiltinError::Failed)?;
    Ok(Some(array(keys.iter().map(PrivateKey::to_value))))
}

/// Certificates in DER, one after the other, out of PEM or of base64 of PEM or DER.
fn certificates_of(text: &str) -> Result<Vec<u8>, String> {
    if text.starts_with("-----BEGIN") {
        return concatenated(text.as_bytes());
    }
    let decoded = base64::decode(text.as_bytes(), Alphabet::Standard)?;
    if decoded.starts_with(b"-----BEGIN") { concatenated(&decoded) } else { Ok(decoded) }
}

fn concatenated(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut der = Vec::new();
    for Block { label, bytes } in pem::blocks(text) {
        if label != "CERTIFICATE" {
            return Err(format!("PEM block type is '{label}', expected CERTIFICATE"));
        }
        der.extend(bytes);
    }
    Ok(der)
}

/// Whether a certificate has OPA's field for its URIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    WithUriStrings,
    AsGoDoes,
}

fn verified(text: &str, options: &Options, shown: Shown) -> Value {
    let Ok(der) = certificates_of(text) else { return unverified() };
    let Ok(certificates) = certificate::parse_all(&der) else { return unverified() };
    match chain::verify(&certificates, options) {
        Some(chain) => array([
            Value::from(true),
            array(chain.into_iter().map(|certificate| match shown {
                Shown::WithUriStrings => certificate.to_extended_value(),
                Shown::AsGoDoes => certificate.to_value(),
            })),
        ]),
        None => unverified(),
    }
}

fn unverified() -> Value {
    array([Value::from(false), array([])])
}

/// What an object of options asks for.
fn options(wanted: &Object, now: i64) -> Result<Options, String> {
    let mut options = Options { now, ..Options::default() };
    for (key, value) in wanted {
        let Some(key) = key.as_str() else { continue };
        match key {
            "DNSName" => {
                let name = value.as_str().ok_or("'DNSName' should be a string")?;
                name.trim_matches('"').clone_into(&mut options.dns_name);
            }
            "CurrentTime" => {
                let time = value.as_number().ok_or("'CurrentTime' should be a number")?;
                options.now = time.as_i64().ok_or("'CurrentTime' should be a valid int64 number")?;
            }
            "MaxConstraintComparisons" => {
                // Go ignores the limit that it took once.
                let limit = value.as_number().ok_or("'MaxConstraintComparisons' should be a number")?;
                limit.as_i64().ok_or("'MaxConstraintComparisons' should be a valid number")?;
            }
            "KeyUsages" => options.usages = usages(value)?,
            _ => return Err("invalid key option".to_owned()),
        }
    }
    Ok(options)
}

fn usages(value: &Value) -> Result<Vec<u64>, String> {
    let names: Vec<&Value> = match value {
        Value::Array(array) => array.iter().collect(),
        Value::Set(set) => set.iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Err("'KeyUsages' should be an Array or Set".to_owned());
        }
    };
    let (mut usages, mut unknown) = (Vec::new(), Vec::new());
    for name in names.into_iter().filter_map(Value::as_str) {
        let name = name.trim_matches('"');
        match USAGES.iter().zip(0..).find(|(usage, _)| **usage == name) {
            Some((_, number)) => usages.push(number),
            None => unknown.push(name),
        }
    }
    if unknown.is_empty() {
        Ok(usages)
    } else {
        Err(format!("invalid entries for 'KeyUsages' found: [{}]", unknown.join(" ")))
    }
}

/// All private keys of PEM or base64 of PEM; blocks of other kinds are skipped.
fn private_keys(data: &[u8]) -> Result<Vec<PrivateKey>, String> {
    let decoded = base64::decode(data, Alphabet::Standard).unwrap_or_else(|_| data.to_vec());
    let mut keys = Vec::new();
    for block in pem::blocks(&decoded) {
        keys.push(match block.label.as_str() {
            "RSA PRIVATE KEY" => private_key::pkcs1(&block.bytes)?,
            "PRIVATE KEY" => private_key::pkcs8(&block.bytes)?,
            "EC PRIVATE KEY" => private_key::sec1(&block.bytes)?,
            _ => continue,
        });
    }
    Ok(keys)
}

fn keypair(certificate: &str, key: &str) -> Result<Value, String> {
    let (certificates, key) =
        pair(pem_or_der(certificate, "CERTIFICATE")?, &pem_or_der(key, "PRIVATE KEY")?)?;
    let first = certificates.first().map(|block| block.bytes.as_slice()).unwrap_or_default();
    Ok(object([
        ("Certificate", array(certificates.iter().map(|block| bytes(&block.bytes)))),
        ("Leaf", certificate::parse(first)?.to_value()),
        ("OCSPStaple", Value::Null),
        ("PrivateKey", key.to_value()),
        ("SignedCertificateTimestamps", Value::Null),
        ("SupportedSignatureAlgorithms", Value::Null),
    ]))
}

/// Whether texts in PEM hold a certificate and the key that belongs to it.
///
/// # Errors
/// What is missing, in Go's words.
pub(crate) fn check_pem_pair(certificate: &[u8], key: &[u8]) -> Result<(), String> {
    pair(pem::blocks(certificate), &pem::blocks(key)).map(drop)
}

/// Whether a text in PEM holds a certificate.
pub(crate) fn has_certificate(text: &[u8]) -> bool {
    let blocks = pem::blocks(text);
    blocks.iter().any(|block| block.label == "CERTIFICATE" && certificate::parse(&block.bytes).is_ok())
}

/// The certificates of a chain, and the key of the first.
fn pair(chain: Vec<Block>, keys: &[Block]) -> Result<(Vec<Block>, PrivateKey), String> {
    let (certificates, others): (Vec<_>, Vec<_>) =
        chain.into_iter().partition(|block| block.label == "CERTIFICATE");
    let Some(first) = certificates.first() else { return Err(no_certificate(&others)) };
    let is_key = |block: &&Block| block.label == "PRIVATE KEY" || block.label.ends_with(" PRIVATE KEY");
    let Some(key) = keys.iter().find(is_key) else { return Err(no_key(keys)) };

    let public = certificate::public_key_of(&first.bytes)?;
    let key = tls_key(&key.bytes)?;
    let same_kind = match (&public, &key) {
        (Some(PublicKey::Rsa(_)), PrivateKey::Rsa(_))
        | (Some(PublicKey::Ec { .. }), PrivateKey::Ec { .. })
        | (Some(PublicKey::Ed25519(_)), PrivateKey::Ed25519 { .. }) => true,
        (Some(PublicKey::Rsa(_) | PublicKey::Ec { .. } | PublicKey::Ed25519(_)), _) => false,
        (Some(PublicKey::X25519(_) | PublicKey::Dsa { .. }) | None, _) => {
            return Err("tls: unknown public key algorithm".to_owned());
        }
    };
    if !same_kind {
        return Err("tls: private key type does not match public key type".to_owned());
    }
    if public != Some(key.public()) {
        return Err("tls: private key does not match public key".to_owned());
    }
    Ok((certificates, key))
}

/// The blocks of PEM, of base64 of it, or one block made of base64 of DER.
fn pem_or_der(text: &str, label: &str) -> Result<Vec<Block>, String> {
    if text.starts_with("-----BEGIN ") {
        return Ok(pem::blocks(text.as_bytes()));
    }
    let decoded = base64::decode(text.as_bytes(), Alphabet::Standard)?;
    if decoded.starts_with(b"-----BEGIN ") {
        return Ok(pem::blocks(&decoded));
    }
    Ok(vec![Block { label: label.to_owned(), bytes: decoded }])
}

fn no_certificate(found: &[Block]) -> String {
    match found {
        [] => "tls: failed to find any PEM data in certificate input".to_owned(),
        [key] if key.label.ends_with("PRIVATE KEY") => {
            let found =
                "failed to find certificate PEM data in certificate input, but did find a private key";
            format!("tls: {found}; PEM inputs may have been switched")
        }
        _ => format!(
            "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the \
             following types: {}",
            labels(found)
        ),
    }
}

fn no_key(found: &[Block]) -> String {
    match found {
        [] => "tls: failed to find any PEM data in key input".to_owned(),
        [certificate] if certificate.label == "CERTIFICATE" => {
            "tls: found a certificate rather than a key in the PEM for the private key".to_owned()
        }
        _ => format!(
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks \
             of the following types: {}",
            labels(found)
        ),
    }
}

fn labels(blocks: &[Block]) -> String {
    let labels: Vec<&str> = blocks.iter().map(|block| block.label.as_str()).collect();
    format!("[{}]", labels.join(" "))
}

fn tls_key(der: &[u8]) -> Result<PrivateKey, String> {
    if let Ok(key) = private_key::pkcs1(der) {
        return Ok(key);
    }
    if let Ok(key) = private_key::pkcs8(der) {
        return match key {
            PrivateKey::X25519(_) => Err("tls: found unknown private key type in PKCS#8 wrapping".to_owned()),
            PrivateKey::Rsa(_) | PrivateKey::Ec { .. } | PrivateKey::Ed25519 { .. } => Ok(key),
        };
    }
    private_key::sec1(der).map_err(|_| "tls: failed to parse private key".to_owned())
}

/// In the order of Go's numbers.
const USAGES: [&str; 14] = [
    "KeyUsageAny",
    "KeyUsageServerAuth",
    "KeyUsageClientAuth",
    "KeyUsageCodeSigning",
    "KeyUsageEmailProtection",
    "KeyUsageIPSECEndSystem",
    "KeyUsageIPSECTunnel",
    "KeyUsageIPSECUser",
    "KeyUsageTimeStamping",
    "KeyUsageOCSPSigning",
    "KeyUsageMicrosoftServerGatedCrypto",
    "KeyUsageNetscapeServerGatedCrypto",
    "KeyUsageMicrosoftCommercialCodeSigning",
    "KeyUsageMicrosoftKernelCodeSigning",
];
