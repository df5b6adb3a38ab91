//! X.509 certificates: read as Go reads them, in its order and with its words for what is wrong.

use std::collections::BTreeSet;

use num_bigint::{BigInt, Sign};

use super::der::{BOOLEAN, Der, Malformed, OCTET_STRING, Oid, SEQUENCE, constructed, context, dotted};
use super::extensions::{self, Extensions};
use super::name::Name;
use super::public_key::{self, KeyInfo, PublicKey};
use super::signature_algorithm::SignatureAlgorithm;
use super::time::{self, Time};

/// A certificate and the bytes that it was read from.
#[derive(Debug, Clone)]
pub(crate) struct Certificate<'a> {
    pub(super) raw: &'a [u8],
    /// What is signed.
    pub(super) raw_tbs: &'a [u8],
    pub(super) raw_subject: &'a [u8],
    pub(super) raw_issuer: &'a [u8],
    pub(super) signature: Vec<u8>,
    pub(super) signature_algorithm: SignatureAlgorithm,
    pub(super) key: KeyInfo<'a>,
    pub(super) version: i64,
    pub(super) serial: BigInt,
    pub(super) issuer: Name,
    pub(super) subject: Name,
    pub(super) not_before: Time,
    pub(super) not_after: Time,
    pub(super) raw_extensions: Vec<Extension<'a>>,
    pub(super) extensions: Extensions<'a>,
}

/// An extension as it stands in a certificate.
#[derive(Debug, Clone)]
pub(super) struct Extension<'a> {
    pub(super) id: Oid,
    pub(super) critical: bool,
    pub(super) value: &'a [u8],
}

/// Reads certificates that follow one another.
///
/// # Errors
/// Go's words.
pub(crate) fn parse_all(mut der: &[u8]) -> Result<Vec<Certificate<'_>>, String> {
    let mut certificates = Vec::new();
    while !der.is_empty() {
        let certificate = parse_first(der)?;
        der = der.get(certificate.raw.len()..).unwrap_or_default();
        certificates.push(certificate);
    }
    Ok(certificates)
}

/// Reads one certificate.
///
/// # Errors
/// Go's words.
pub(crate) fn parse(der: &[u8]) -> Result<Certificate<'_>, String> {
    let certificate = parse_first(der)?;
    if certificate.raw.len() == der.len() { Ok(certificate) } else { Err("x509: trailing data".to_owned()) }
}

fn parse_first(der: &[u8]) -> Result<Certificate<'_>, String> {
    let whole = Der::new(der).element(SEQUENCE).ok_or("x509: malformed certificate")?;
    let mut outer = Der::new(whole.content);
    let tbs_element = outer.element(SEQUENCE).ok_or("x509: malformed tbs certificate")?;
    let mut tbs = Der::new(tbs_element.content);

    let version = version(&mut tbs)?;
    let serial = tbs.integer().ok_or("x509: malformed serial number")?;
    if serial.sign() == Sign::Minus {
        return Err("x509: negative serial number".to_owned());
    }

    let algorithm = tbs.bytes(SEQUENCE).ok_or("x509: malformed signature algorithm identifier")?;
    let outer_algorithm = outer.bytes(SEQUENCE).ok_or("x509: malformed algorithm identifier")?;
    if algorithm != outer_algorithm {
        return Err("x509: inner and outer signature algorithm identifiers don't match".to_owned());
    }
    let signature_algorithm = SignatureAlgorithm::read(Der::new(algorithm))?;

    let raw_issuer = tbs.element(SEQUENCE).ok_or("x509: malformed issuer")?.whole;
    let issuer = Name::read(raw_issuer)?;
    let mut validity = tbs.inside(SEQUENCE).ok_or("x509: malformed validity")?;
    let not_before = time::read(&mut validity)?;
    let not_after = time::read(&mut validity)?;
    let raw_subject = tbs.element(SEQUENCE).ok_or("x509: malformed issuer")?.whole;
    let subject = Name::read(raw_subject)?;
    let key = public_key::read(&mut tbs)?;

    if version > 1 {
        tbs.optional(context(1)).map_err(|Malformed| "x509: malformed issuerUniqueID")?;
        tbs.optional(context(2)).map_err(|Malformed| "x509: malformed subjectUniqueID")?;
    }
    let raw_extensions = if version == 3 { raw_extensions(&mut tbs)? } else { Vec::new() };
    let extensions = extensions::read(&raw_extensions)?;
    let signature = outer.bit_string().ok_or("x509: malformed signature")?.right_aligned();

    Ok(Certificate {
        raw: whole.whole,
        raw_tbs: tbs_element.whole,
        raw_subject,
        raw_issuer,
        signature,
        signature_algorithm,
        key,
        version,
        serial,
        issuer,
        subject,
        not_before,
        not_after,
        raw_extensions,
        extensions,
    })
}

/// Counted from 1, as people do.
fn version(tbs: &mut Der<'_>) -> Result<i64, String> {
    const MALFORMED: &str = "x509: malformed version";
    let version = match tbs.optional(constructed(0)).map_err(|Malformed| MALFORMED)? {
        None => 0,
        Some(mut inside) => inside.small_integer().filter(|_| inside.is_empty()).ok_or(MALFORMED)?,
    };
    match version {
        ..0 => Err(MALFORMED.to_owned()),
        0..=2 => Ok(version + 1),
        3.. => Err("x509: invalid version".to_owned()),
    }
}

fn raw_extensions<'a>(tbs: &mut Der<'a>) -> Result<Vec<Extension<'a>>, String> {
    const MALFORMED: &str = "x509: malformed extensions";
    let Some(mut inside) = tbs.optional(constructed(3)).map_err(|Malformed| MALFORMED)? else {
        return Ok(Vec::new());
    };
    let mut fields = inside.inside(SEQUENCE).ok_or(MALFORMED)?;
    let mut seen = BTreeSet::new();
    let mut extensions = Vec::new();
    while !fields.is_empty() {
        let extension = extension(fields.inside(SEQUENCE).ok_or("x509: malformed extension")?)?;
        if !seen.insert(extension.id.clone()) {
            let id = dotted(&extension.id);
            return Err(format!("x509: certificate contains duplicate extension with OID \"{id}\""));
        }
        extensions.push(extension);
    }
    Ok(extensions)
}

/// Reads the content of an `Extension`.
///
/// # Errors
/// Go's words.
pub(super) fn extension(mut fields: Der<'_>) -> Result<Extension<'_>, String> {
    let id = fields.oid().ok_or("x509: malformed extension OID field")?;
    let critical = if fields.tag() == Some(BOOLEAN) {
        fields.boolean().ok_or("x509: malformed extension critical field")?
    } else {
        false
    };
    let value = fields.bytes(OCTET_STRING).ok_or("x509: malformed extension value field")?;
    Ok(Extension { id, critical, value })
}

/// The public key of a certificate in DER; none if Go knows no such keys.
///
/// # Errors
/// Go's words.
pub(crate) fn public_key_of(der: &[u8]) -> Result<Option<PublicKey>, String> {
    Ok(parse(der)?.key.key)
}
