//! Certificates as objects, with the fields that Go's JSON of them has.

use core::net::IpAddr;

use super::certificate::{Certificate, Extension};
use super::constraints::Network;
use super::der::{Oid, dotted};
use super::extensions::AlternativeNames;
use super::public_key::PublicKey;
use super::shape::{array, bytes, integer, list, object, oid, optional_bytes, strings};
use crate::builtins::url::Url;
use crate::value::{Object, Value};

impl Certificate<'_> {
    /// The certificate with a field of OPA's own: its URIs as strings.
    pub(super) fn to_extended_value(&self) -> Value {
        let uris: Vec<String> = self.extensions.names.uris.iter().map(ToString::to_string).collect();
        let mut fields = self.fields();
        fields.insert(Value::from("URIStrings"), strings(&uris));
        Value::Object(fields)
    }

    /// The certificate as Go shows it.
    pub(super) fn to_value(&self) -> Value {
        Value::Object(self.fields())
    }

    fn fields(&self) -> Object {
        let extensions = &self.extensions;
        let basic = extensions.basic;
        let path_length = basic.map_or(0, |basic| basic.max_path_length);
        let (permitted, excluded) = (&extensions.constraints.permitted, &extensions.constraints.excluded);
        let own = [
            ("AuthorityKeyId", optional_bytes(extensions.authority_key_id)),
            ("BasicConstraintsValid", Value::from(basic.is_some())),
            ("CRLDistributionPoints", strings(&extensions.crl_urls)),
            ("ExcludedDNSDomains", strings(&excluded.dns)),
            ("ExcludedEmailAddresses", strings(&excluded.emails)),
            ("ExcludedIPRanges", list(excluded.networks.iter().map(network))),
            ("ExcludedURIDomains", strings(&excluded.uri_domains)),
            ("ExtKeyUsage", list(extensions.extended_usages.iter().map(|usage| Value::from(*usage)))),
            ("Extensions", list(self.raw_extensions.iter().map(extension))),
            ("ExtraExtensions", Value::Null),
            ("IsCA", Value::from(basic.is_some_and(|basic| basic.is_ca))),
            ("Issuer", self.issuer.to_value()),
            ("IssuingCertificateURL", strings(&extensions.issuing_urls)),
            ("KeyUsage", Value::from(u64::from(extensions.key_usage))),
            ("MaxPathLen", Value::from(path_length)),
            ("MaxPathLenZero", Value::from(basic.is_some() && path_length == 0)),
            ("NotAfter", Value::from(self.not_after.text())),
            ("NotBefore", Value::from(self.not_before.text())),
            ("OCSPServer", strings(&extensions.ocsp_servers)),
            ("PermittedDNSDomains", strings(&permitted.dns)),
            ("PermittedDNSDomainsCritical", Value::from(extensions.constraints.critical)),
            ("PermittedEmailAddresses", strings(&permitted.emails)),
            ("PermittedIPRanges", list(permitted.networks.iter().map(network))),
            ("PermittedURIDomains", strings(&permitted.uri_domains)),
            ("Policies", policies(extensions.policies.as_deref(), |policy| Value::from(dotted(policy)))),
            ("PolicyIdentifiers", identifiers(extensions.policies.as_deref())),
            ("PolicyMappings", list(extensions.policy_mappings.iter().map(mapping))),
            ("PublicKey", self.key.key.as_ref().map_or(Value::Null, PublicKey::to_value)),
            ("PublicKeyAlgorithm", Value::from(self.key.algorithm)),
            ("Raw", bytes(self.raw)),
            ("RawIssuer", bytes(self.raw_issuer)),
            ("RawSubject", bytes(self.raw_subject)),
            ("RawSubjectPublicKeyInfo", bytes(self.key.raw)),
            ("RawTBSCertificate", bytes(self.raw_tbs)),
            ("SerialNumber", integer(&self.serial)),
            ("Signature", bytes(&self.signature)),
            ("SignatureAlgorithm", Value::from(self.signature_algorithm.number())),
            ("Subject", self.subject.to_value()),
            ("SubjectKeyId", optional_bytes(extensions.subject_key_id)),
            ("UnhandledCriticalExtensions", list(extensions.unhandled.iter().map(|id| oid(id)))),
            ("UnknownExtKeyUsage", list(extensions.unknown_usages.iter().map(|usage| oid(usage)))),
            ("Version", Value::from(self.version)),
        ];
        let counts = [
            ("InhibitAnyPolicy", "InhibitAnyPolicyZero", extensions.inhibit_any_policy),
            ("InhibitPolicyMapping", "InhibitPolicyMappingZero", extensions.inhibit_policy_mapping),
            ("RequireExplicitPolicy", "RequireExplicitPolicyZero", extensions.require_explicit_policy),
        ];
        let counts = counts.into_iter().flat_map(|(name, zero, count)| {
            [(name, Value::from(count.unwrap_or_default())), (zero, Value::from(count == Some(0)))]
        });
        let all = own.into_iter().chain(counts).chain(names(&extensions.names));
        all.map(|(name, value)| (Value::from(name), value)).collect()
    }
}

/// The fields that requests have too.
pub(super) fn names(names: &AlternativeNames) -> [(&'static str, Value); 4] {
    [
        ("DNSNames", strings(&names.dns)),
        ("EmailAddresses", strings(&names.emails)),
        ("IPAddresses", list(names.addresses.iter().map(|address| Value::from(shown(*address))))),
        ("URIs", list(names.uris.iter().map(uri))),
    ]
}

/// An extension with its bytes.
pub(super) fn extension(extension: &Extension<'_>) -> Value {
    object([
        ("Critical", Value::from(extension.critical)),
        ("Id", oid(&extension.id)),
        ("Value", bytes(extension.value)),
    ])
}

fn network(network: &Network) -> Value {
    let address = match (
        <[u8; 4]>::try_from(network.address.as_slice()),
        <[u8; 16]>::try_from(network.address.as_slice()),
    ) {
        (Ok(octets), _) => shown(IpAddr::from(octets)),
        (_, Ok(octets)) => shown(IpAddr::from(octets)),
        (Err(_), Err(_)) => String::new(),
    };
    object([("IP", Value::from(address)), ("Mask", bytes(&network.mask))])
}

/// Go shows an IPv4 address in IPv6 as IPv4.
fn shown(address: IpAddr) -> String {
    address.to_canonical().to_string()
}

fn mapping([issuer, subject]: &[Oid; 2]) -> Value {
    object([
        ("IssuerDomainPolicy", Value::from(dotted(issuer))),
        ("SubjectDomainPolicy", Value::from(dotted(subject))),
    ])
}

fn policies(policies: Option<&[Oid]>, shown: impl Fn(&[u32]) -> Value) -> Value {
    list(policies.unwrap_or_default().iter().map(|policy| shown(policy)))
}

/// Go makes this list even when there is nothing to put in it.
fn identifiers(policies: Option<&[Oid]>) -> Value {
    policies.map_or(Value::Null, |policies| array(policies.iter().map(|policy| oid(policy))))
}

fn uri(uri: &Url) -> Value {
    let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes).into_owned());
    object([
        ("ForceQuery", Value::from(uri.force_query)),
        ("Fragment", text(&uri.fragment)),
        ("Host", Value::from(uri.host.as_str())),
        ("OmitHost", Value::from(uri.omit_host)),
        ("Opaque", Value::from(uri.opaque.as_str())),
        ("Path", text(&uri.path)),
        ("RawFragment", Value::from(uri.raw_fragment.as_str())),
        ("RawPath", Value::from(uri.raw_path.as_str())),
        ("RawQuery", Value::from(uri.raw_query.as_str())),
        ("Scheme", Value::from(uri.scheme.as_str())),
        ("User", uri.user.as_ref().map_or(Value::Null, |_| object([]))),
    ])
}
