//! Requests for certificates (PKCS #10, RFC 2986).

use std::collections::BTreeSet;

use super::certificate::{self, Extension};
use super::certificate_value;
use super::der::{
    BOOLEAN, Der, Element, INTEGER, Malformed, OCTET_STRING, OID, Oid, SEQUENCE, SET, constructed,
};
use super::extensions::{self, AlternativeNames};
use super::name::Name;
use super::public_key::{self, PublicKey};
use super::shape::{array, bytes, list, object, oid};
use super::signature_algorithm::SignatureAlgorithm;
use crate::value::{Object, Value};

/// The fields of a request in DER, as Go's JSON shows them.
///
/// # Errors
/// Go's words, as far as they don't describe the types of its own reader.
pub(super) fn parse(der: &[u8]) -> Result<Value, String> {
    const MALFORMED: &str = "asn1: structure error: malformed certificate request";
    if der.is_empty() {
        return Err(TRUNCATED.to_owned());
    }
    let mut input = Der::new(der);
    let whole = input.element(SEQUENCE).ok_or(MALFORMED)?;
    if !input.is_empty() {
        return Err("asn1: syntax error: trailing data".to_owned());
    }
    if whole.content.is_empty() {
        return Err(TRUNCATED.to_owned());
    }
    let mut outer = Der::new(whole.content);
    let info = outer.element(SEQUENCE).ok_or(MALFORMED)?;
    let algorithm = SignatureAlgorithm::read(outer.inside(SEQUENCE).ok_or(MALFORMED)?)?;
    let signature = outer.bit_string().ok_or(MALFORMED)?.right_aligned();

    let mut fields = Der::new(info.content);
    let version = fields.small_integer().ok_or(MALFORMED)?;
    let raw_subject = fields.element(SEQUENCE).ok_or(MALFORMED)?.whole;
    let key = public_key::read(&mut fields)?;
    let attributes =
        attributes(fields.optional(constructed(0)).map_err(|Malformed| MALFORMED)?).ok_or(MALFORMED)?;
    let subject = Name::read(raw_subject)?;
    let extensions = requested(&attributes)?;
    let mut names = AlternativeNames::default();
    for extension in extensions.iter().filter(|extension| extension.id == ALTERNATIVE_NAMES) {
        names = extensions::alternative_names(extension.value)?;
    }

    let own = [
        ("Attributes", list(attributes.iter().filter_map(attribute))),
        ("Extensions", list(extensions.iter().map(certificate_value::extension))),
        ("ExtraExtensions", Value::Null),
        ("PublicKey", key.key.as_ref().map_or(Value::Null, PublicKey::to_value)),
        ("PublicKeyAlgorithm", Value::from(key.algorithm)),
        ("Raw", bytes(whole.whole)),
        ("RawSubject", bytes(raw_subject)),
        ("RawSubjectPublicKeyInfo", bytes(key.raw)),
        ("RawTBSCertificateRequest", bytes(info.whole)),
        ("Signature", bytes(&signature)),
        ("SignatureAlgorithm", Value::from(algorithm.number())),
        ("Subject", subject.to_value()),
        ("Version", Value::from(version)),
    ];
    let all = own.into_iter().chain(certificate_value::names(&names));
    Ok(Value::Object(all.map(|(name, value)| (Value::from(name), value)).collect::<Object>()))
}

fn attributes(inside: Option<Der<'_>>) -> Option<Vec<Element<'_>>> {
    let Some(mut inside) = inside else { return Some(Vec::new()) };
    let mut attributes = Vec::new();
    while !inside.is_empty() {
        attributes.push(inside.any()?);
    }
    Some(attributes)
}

/// The extensions that the certificate shall have.
fn requested<'a>(attributes: &[Element<'a>]) -> Result<Vec<Extension<'a>>, String> {
    const MALFORMED: &str = "asn1: structure error: malformed extensions";
    let mut extensions = Vec::new();
    for attribute in attributes {
        let Some((id, mut values)) = id_and_values(attribute) else { continue };
        if id != EXTENSION_REQUEST || values.is_empty() {
            continue;
        }
        let mut fields = values.inside(SEQUENCE).ok_or(MALFORMED)?;
        let mut seen = BTreeSet::new();
        while !fields.is_empty() {
            let extension = certificate::extension(fields.inside(SEQUENCE).ok_or(MALFORMED)?)?;
            if !seen.insert(extension.id.clone()) {
                return Err("x509: certificate request contains duplicate requested extensions".to_owned());
            }
            extensions.push(extension);
        }
    }
    Ok(extensions)
}

/// An attribute whose values are sequences of pairs; Go shows no others.
fn attribute(attribute: &Element<'_>) -> Option<Value> {
    let (id, mut values) = id_and_values(attribute)?;
    let mut groups = Vec::new();
    while !values.is_empty() {
        let mut group = values.inside(SEQUENCE)?;
        let mut pairs = Vec::new();
        while !group.is_empty() {
            let mut pair = group.inside(SEQUENCE)?;
            let kind = pair.oid()?;
            let value = shown(&pair.any()?)?;
            pairs.push(object([("Type", oid(&kind)), ("Value", value)]));
        }
        groups.push(array(pairs));
    }
    Some(object([("Type", oid(&id)), ("Value", array(groups))]))
}

fn id_and_values<'a>(attribute: &Element<'a>) -> Option<(Oid, Der<'a>)> {
    let mut fields = Der::new(attribute.whole).inside(SEQUENCE)?;
    Some((fields.oid()?, fields.inside(SET)?))
}

/// A value of any type, as far as Go shows it; an extension's critical flag hides its bytes.
fn shown(value: &Element<'_>) -> Option<Value> {
    let text = || String::from_utf8(value.content.to_vec()).ok().map(Value::from);
    match value.tag {
        BOOLEAN => Der::new(value.whole).boolean().map(Value::from),
        INTEGER => Der::new(value.whole).small_integer().map(Value::from),
        OCTET_STRING => Some(bytes(value.content)),
        OID => Der::new(value.whole).oid().map(|id| oid(&id)),
        UTF8_STRING | PRINTABLE_STRING | IA5_STRING => text(),
        _ => Some(Value::Null),
    }
}

const UTF8_STRING: u8 = 12;
const PRINTABLE_STRING: u8 = 19;
const IA5_STRING: u8 = 22;
const TRUNCATED: &str = "asn1: syntax error: sequence truncated";
const EXTENSION_REQUEST: &[u32] = &[1, 2, 840, 113_549, 1, 9, 14];
const ALTERNATIVE_NAMES: &[u32] = &[2, 5, 29, 17];
