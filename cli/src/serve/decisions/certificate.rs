//! Who a certificate of a client is for.

use portcullis::builtins::certificates_as_value;
use portcullis::value::Value;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::authorization::Peer;

/// Reads the certificates that a client showed, its own first, which were verified already; nothing if that can't be done.
pub(crate) fn peer_of(chain: &[&[u8]]) -> Option<Peer> {
    let (_, certificate) = X509Certificate::from_der(chain.first()?).ok()?;
    let names = certificate.subject_alternative_name().ok().flatten();
    let uri = |name: &GeneralName<'_>| {
        if let GeneralName::URI(uri) = name { Some((*uri).to_owned()) } else { None }
    };
    let mut uris = names.into_iter().flat_map(|names| &names.value.general_names).filter_map(uri);
    // A SPIFFE certificate has exactly one URI.
    let first = uris.next().filter(|uri| uri.starts_with("spiffe://"));
    let spiffe_id = first.filter(|_| uris.next().is_none());
    let certificates = certificates_as_value(&chain.concat()).ok()?;
    let subject = shown(certificates.lookup(&["0", "Subject"])?);
    Some(Peer { subject, spiffe_id, certificates })
}

/// A name as OPA makes a text of it: attributes that Go knows, in an order of their own and not as they stand in the certificate.
fn shown(name: &Value) -> String {
    let part = |(field, short): &(&str, &str)| {
        let value = name.lookup(&[field])?;
        let many = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        let one = value.as_str().filter(|text| !text.is_empty());
        let pairs: Vec<String> =
            one.into_iter().chain(many).map(|text| format!("{short}={}", escaped(text))).collect();
        (!pairs.is_empty()).then(|| pairs.join("+"))
    };
    NAMES.iter().filter_map(part).collect::<Vec<_>>().join(",")
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

/// What attributes are called, the last one of Go first.
const NAMES: [(&str, &str); 9] = [
    ("SerialNumber", "SERIALNUMBER"),
    ("CommonName", "CN"),
    ("OrganizationalUnit", "OU"),
    ("Organization", "O"),
    ("PostalCode", "POSTALCODE"),
    ("StreetAddress", "STREET"),
    ("Locality", "L"),
    ("Province", "ST"),
    ("Country", "C"),
];
