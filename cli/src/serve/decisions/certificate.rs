//! Who a certificate of a client is for.

use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::x509::{AttributeTypeAndValue, RelativeDistinguishedName, X509Name};

use super::authorization::Peer;

/// Reads a certificate that was verified already; nothing if that can't be done.
pub(crate) fn peer_of(der: &[u8]) -> Option<Peer> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let names = certificate.subject_alternative_name().ok().flatten();
    let uri = |name: &GeneralName<'_>| {
        if let GeneralName::URI(uri) = name { Some((*uri).to_owned()) } else { None }
    };
    let mut uris = names.into_iter().flat_map(|names| &names.value.general_names).filter_map(uri);
    // A SPIFFE certificate has exactly one URI.
    let first = uris.next().filter(|uri| uri.starts_with("spiffe://"));
    let spiffe_id = first.filter(|_| uris.next().is_none());
    Some(Peer { subject: shown(certificate.subject())?, spiffe_id })
}

/// A name as RFC 2253 has it, and Go: the last part first. Nothing if a part of it is no text, so that two names never look the same.
fn shown(name: &X509Name<'_>) -> Option<String> {
    let part = |part: &RelativeDistinguishedName<'_>| {
        part.iter().map(attribute).collect::<Option<Vec<String>>>().map(|values| values.join("+"))
    };
    let parts = name.iter().map(part).collect::<Option<Vec<String>>>()?;
    Some(parts.into_iter().rev().collect::<Vec<_>>().join(","))
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    let kind = attribute.attr_type().to_id_string();
    let name = NAMES.iter().find(|(id, _)| *id == kind).map_or(&*kind, |(_, name)| name);
    Some(format!("{name}={}", escaped(attribute.as_str().ok()?)))
}

fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(text.len());
    for (at, char) in text.chars().enumerate() {
        let is_edge = (char == ' ' && (at == 0 || at == last)) || (char == '#' && at == 0);
        if is_edge || matches!(char, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

/// What attributes are called.
const NAMES: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.17", "POSTALCODE"),
];
