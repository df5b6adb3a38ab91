//! The extensions of certificates that Go understands.

use std::collections::BTreeSet;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::certificate::Extension;
use super::constraints::{self, NameConstraints};
use super::der::{BOOLEAN, Der, INTEGER, Malformed, OCTET_STRING, Oid, SEQUENCE, constructed, context};
use crate::builtins::url::Url;

/// What the extensions of a certificate say.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions<'a> {
    /// One bit for each usage, the first of the list lowest.
    pub(super) key_usage: u32,
    pub(super) extended_usages: Vec<u64>,
    pub(super) unknown_usages: Vec<Oid>,
    pub(super) basic: Option<BasicConstraints>,
    pub(super) subject_key_id: Option<&'a [u8]>,
    pub(super) authority_key_id: Option<&'a [u8]>,
    pub(super) ocsp_servers: Vec<String>,
    pub(super) issuing_urls: Vec<String>,
    pub(super) names: AlternativeNames,
    /// The bytes of the alternative names.
    pub(super) raw_names: Option<&'a [u8]>,
    pub(super) constraints: NameConstraints,
    pub(super) crl_urls: Vec<String>,
    /// Missing without the extension.
    pub(super) policies: Option<Vec<Oid>>,
    pub(super) policy_mappings: Vec<[Oid; 2]>,
    pub(super) inhibit_any_policy: Option<i64>,
    pub(super) inhibit_policy_mapping: Option<i64>,
    pub(super) require_explicit_policy: Option<i64>,
    /// Critical ones that nothing here understands; such a certificate verifies nothing.
    pub(super) unhandled: Vec<Oid>,
}

/// Whether the holder may issue certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BasicConstraints {
    pub(super) is_ca: bool,
    /// How many certificates may stand between it and the last one; -1 for any number.
    pub(super) max_path_length: i64,
}

/// Names beside that of the subject.
#[derive(Debug, Clone, Default)]
pub(super) struct AlternativeNames {
    pub(super) dns: Vec<String>,
    pub(super) emails: Vec<String>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) uris: Vec<Url>,
}

/// Reads the extensions of a certificate.
///
/// # Errors
/// Go's words.
pub(super) fn read<'a>(raw: &[Extension<'a>]) -> Result<Extensions<'a>, String> {
    let mut extensions = Extensions::default();
    for extension in raw {
        let handled = match extension.id.as_slice() {
            [2, 5, 29, kind] => extensions.read_standard(*kind, extension)?,
            AUTHORITY_INFORMATION => {
                extensions.read_authority_information(extension)?;
                true
            }
            _ => false,
        };
        if extension.critical && !handled {
            extensions.unhandled.push(extension.id.clone());
        }
    }
    Ok(extensions)
}

/// Reads alternative names.
///
/// # Errors
/// Go's words.
pub(super) fn alternative_names(value: &[u8]) -> Result<AlternativeNames, String> {
    let mut names = AlternativeNames::default();
    let mut fields = Der::new(value).inside(SEQUENCE).ok_or("x509: invalid subject alternative names")?;
    while !fields.is_empty() {
        let name = fields.any().ok_or("x509: invalid subject alternative name")?;
        let text = |kind: &str| ascii(name.content).ok_or_else(|| format!("x509: SAN {kind} is malformed"));
        match name.tag {
            EMAIL => names.emails.push(text("rfc822Name")?),
            DNS => names.dns.push(text("dNSName")?),
            URI => {
                let text = text("uniformResourceIdentifier")?;
                let cannot = |error: &str| {
                    format!("x509: cannot parse URI {}: {error}", crate::builtins::url::quoted(&text))
                };
                let uri = Url::parse(&text).map_err(|error| cannot(&error))?;
                if !uri.host.is_empty() && !constraints::is_domain(&uri.host, constraints::Dot::Refused) {
                    return Err(cannot("invalid domain"));
                }
                names.uris.push(uri);
            }
            ADDRESS => {
                let address = address(name.content).ok_or_else(|| {
                    format!("x509: cannot parse IP address of length {}", name.content.len())
                })?;
                names.addresses.push(address);
            }
            _ => {}
        }
    }
    Ok(names)
}

impl AlternativeNames {
    /// How many names there are of all kinds.
    pub(super) fn count(&self) -> usize {
        self.dns.len() + self.emails.len() + self.addresses.len() + self.uris.len()
    }

    fn is_empty(&self) -> bool {
        self.count() == 0
    }
}

impl<'a> Extensions<'a> {
    /// Reads one whose identifier is 2.5.29.`kind`, and says whether it is one of ours.
    fn read_standard(&mut self, kind: u32, extension: &Extension<'a>) -> Result<bool, String> {
        let mut value = Der::new(extension.value);
        match kind {
            14 => {
                if extension.critical {
                    return Err("x509: subject key identifier incorrectly marked critical".to_owned());
                }
                let id = value.bytes(OCTET_STRING).ok_or("x509: invalid subject key identifier")?;
                self.subject_key_id = Some(id);
            }
            15 => {
                let bits = value.bit_string().ok_or("x509: invalid key usage")?;
                self.key_usage =
                    (0..9).filter(|index| bits.has(*index)).fold(0, |usage, index| usage | 1 << index);
            }
            17 => {
                self.raw_names = Some(extension.value);
                self.names = alternative_names(extension.value)?;
                return Ok(!self.names.is_empty());
            }
            19 => self.basic = Some(basic(value).ok_or("x509: invalid basic constraints")?),
            30 => {
                let (constraints, complete) = constraints::read(value, extension.critical)?;
                self.constraints = constraints;
                return Ok(complete);
            }
            31 => self.crl_urls = crl_urls(value)?,
            32 => self.policies = Some(policies(value).ok_or("x509: invalid certificate policies")?),
            33 => self.policy_mappings = mappings(value).ok_or("x509: invalid policy mappings extension")?,
            35 => {
                if extension.critical {
                    return Err("x509: authority key identifier incorrectly marked critical".to_owned());
                }
                let invalid = "x509: invalid authority key identifier";
                let mut fields = value.inside(SEQUENCE).ok_or(invalid)?;
                if fields.tag() == Some(context(0)) {
                    self.authority_key_id = Some(fields.bytes(context(0)).ok_or(invalid)?);
                }
            }
            36 => self.read_policy_constraints(value).ok_or("x509: invalid policy constraints extension")?,
            37 => self.read_usages(value).ok_or("x509: invalid extended key usages")?,
            54 => {
                let skip = value.small_integer().ok_or("x509: invalid inhibit any policy extension")?;
                self.inhibit_any_policy = Some(skip);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn read_usages(&mut self, mut value: Der<'_>) -> Option<()> {
        let mut fields = value.inside(SEQUENCE)?;
        while !fields.is_empty() {
            let oid = fields.oid()?;
            match usage(&oid) {
                Some(number) => self.extended_usages.push(number),
                None => self.unknown_usages.push(oid),
            }
        }
        Some(())
    }

    fn read_policy_constraints(&mut self, mut value: Der<'_>) -> Option<()> {
        let mut fields = value.inside(SEQUENCE)?;
        if fields.tag() == Some(context(0)) {
            self.require_explicit_policy = Some(i64::try_from(fields.integer_tagged(context(0))?).ok()?);
        }
        if fields.tag() == Some(context(1)) {
            self.inhibit_policy_mapping = Some(i64::try_from(fields.integer_tagged(context(1))?).ok()?);
        }
        Some(())
    }

    fn read_authority_information(&mut self, extension: &Extension<'a>) -> Result<(), String> {
        const INVALID: &str = "x509: invalid authority info access";
        if extension.critical {
            return Err("x509: authority info access incorrectly marked critical".to_owned());
        }
        let mut fields = Der::new(extension.value).inside(SEQUENCE).ok_or(INVALID)?;
        while !fields.is_empty() {
            let mut access = fields.inside(SEQUENCE).ok_or(INVALID)?;
            let method = access.oid().ok_or(INVALID)?;
            if access.tag() != Some(URI) {
                continue;
            }
            let url = String::from_utf8_lossy(access.bytes(URI).ok_or(INVALID)?).into_owned();
            match method.as_slice() {
                [1, 3, 6, 1, 5, 5, 7, 48, 1] => self.ocsp_servers.push(url),
                [1, 3, 6, 1, 5, 5, 7, 48, 2] => self.issuing_urls.push(url),
                _ => {}
            }
        }
        Ok(())
    }
}

fn basic(mut value: Der<'_>) -> Option<BasicConstraints> {
    let mut fields = value.inside(SEQUENCE)?;
    let is_ca = if fields.tag() == Some(BOOLEAN) { fields.boolean()? } else { false };
    let max_path_length = if fields.tag() == Some(INTEGER) {
        fields.small_integer().filter(|length| *length >= 0)?
    } else {
        -1
    };
    Some(BasicConstraints { is_ca, max_path_length })
}

fn crl_urls(mut value: Der<'_>) -> Result<Vec<String>, String> {
    const INVALID: &str = "x509: invalid CRL distribution point";
    let mut points = value.inside(SEQUENCE).ok_or("x509: invalid CRL distribution points")?;
    let mut urls = Vec::new();
    while !points.is_empty() {
        let mut point = points.inside(SEQUENCE).ok_or(INVALID)?;
        let Some(mut name) = point.optional(constructed(0)).map_err(|Malformed| INVALID)? else { continue };
        let mut full_name = name.inside(constructed(0)).ok_or(INVALID)?;
        while full_name.tag() == Some(URI) {
            urls.push(String::from_utf8_lossy(full_name.bytes(URI).ok_or(INVALID)?).into_owned());
        }
    }
    Ok(urls)
}

fn policies(mut value: Der<'_>) -> Option<Vec<Oid>> {
    let mut fields = value.inside(SEQUENCE)?;
    let (mut policies, mut seen) = (Vec::new(), BTreeSet::new());
    while !fields.is_empty() {
        let policy = fields.inside(SEQUENCE)?.oid()?;
        if !seen.insert(policy.clone()) {
            return None;
        }
        policies.push(policy);
    }
    Some(policies)
}

fn mappings(mut value: Der<'_>) -> Option<Vec<[Oid; 2]>> {
    let mut fields = value.inside(SEQUENCE)?;
    let mut mappings = Vec::new();
    while !fields.is_empty() {
        let mut mapping = fields.inside(SEQUENCE)?;
        mappings.push([mapping.oid()?, mapping.oid()?]);
    }
    Some(mappings)
}

/// Go's number for an extended key usage.
fn usage(oid: &[u32]) -> Option<u64> {
    match oid {
        [2, 5, 29, 37, 0] => Some(0),
        [1, 3, 6, 1, 5, 5, 7, 3, purpose @ 1..=9] => Some(u64::from(*purpose)),
        [1, 3, 6, 1, 4, 1, 311, 10, 3, 3] => Some(10),
        [2, 16, 840, 1, 113_730, 4, 1] => Some(11),
        [1, 3, 6, 1, 4, 1, 311, 2, 1, 22] => Some(12),
        [1, 3, 6, 1, 4, 1, 311, 61, 1, 1] => Some(13),
        _ => None,
    }
}

fn address(content: &[u8]) -> Option<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(content) {
        return Some(IpAddr::V4(Ipv4Addr::from(bytes)));
    }
    let bytes = <[u8; 16]>::try_from(content).ok()?;
    Some(IpAddr::V6(Ipv6Addr::from(bytes)))
}

pub(super) fn ascii(content: &[u8]) -> Option<String> {
    std::str::from_utf8(content).ok().filter(|text| text.is_ascii()).map(str::to_owned)
}

const AUTHORITY_INFORMATION: &[u32] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
pub(super) const EMAIL: u8 = context(1);
pub(super) const DNS: u8 = context(2);
pub(super) const URI: u8 = context(6);
pub(super) const ADDRESS: u8 = context(7);
