//! Name constraints (RFC 5280, section 4.2.1.10): which names the certificates below an authority may have.

use core::net::IpAddr;

use super::certificate::Certificate;
use super::der::{Der, Malformed, SEQUENCE, constructed};
use super::extensions::{ADDRESS, AlternativeNames, DNS, EMAIL, URI, ascii};
use super::mailbox::Mailbox;
use crate::builtins::url::quoted;

/// The constraints of one certificate.
#[derive(Debug, Clone, Default)]
pub(super) struct NameConstraints {
    /// Whether the extension is marked critical.
    pub(super) critical: bool,
    pub(super) permitted: Names,
    pub(super) excluded: Names,
}

/// Names in which other names may lie.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) dns: Vec<String>,
    pub(super) networks: Vec<Network>,
    pub(super) emails: Vec<String>,
    pub(super) uri_domains: Vec<String>,
}

/// An address and a mask, of 4 or of 16 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) address: Vec<u8>,
    pub(super) mask: Vec<u8>,
}

/// Whether a domain may begin with a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dot {
    Allowed,
    Refused,
}

/// Reads the extension, and says whether it has nothing but kinds of names that are checked here.
///
/// # Errors
/// Go's words.
pub(super) fn read(mut value: Der<'_>, critical: bool) -> Result<(NameConstraints, bool), String> {
    let invalid = "x509: invalid NameConstraints extension";
    let mut fields = value.inside(SEQUENCE).filter(|_| value.is_empty()).ok_or(invalid)?;
    let permitted = fields.optional(constructed(0)).map_err(|Malformed| invalid)?;
    let excluded = fields.optional(constructed(1)).map_err(|Malformed| invalid)?;
    if !fields.is_empty() {
        return Err(invalid.to_owned());
    }
    if permitted.is_none_or(|names| names.is_empty()) && excluded.is_none_or(|names| names.is_empty()) {
        return Err("x509: empty name constraints extension".to_owned());
    }
    let mut complete = true;
    let mut names = |subtrees: Option<Der<'_>>| match subtrees {
        Some(subtrees) => read_names(subtrees, &mut complete),
        None => Ok(Names::default()),
    };
    let (permitted, excluded) = (names(permitted)?, names(excluded)?);
    Ok((NameConstraints { critical, permitted, excluded }, complete))
}

/// Whether every certificate of a chain, the leaf first, has only names that those above it allow.
pub(super) fn hold(chain: &[&Certificate<'_>]) -> bool {
    chain.iter().enumerate().all(|(index, certificate)| {
        let above = chain.iter().skip(index + 1).map(|authority| &authority.extensions.constraints);
        let above: Vec<_> = above.filter(|constraints| !constraints.is_empty()).collect();
        if above.is_empty() || certificate.extensions.raw_names.is_none() {
            return true;
        }
        let names = &certificate.extensions.names;
        let count: usize = above
            .iter()
            .map(|constraints| constraints.permitted.count() + constraints.excluded.count())
            .sum();
        count.saturating_mul(names.count()) <= MAX_COMPARISONS && allowed(&above, names).unwrap_or(false)
    })
}

/// Whether this can be a domain name.
pub(super) fn is_domain(text: &str, leading_dot: Dot) -> bool {
    if text.is_empty() {
        return true;
    }
    let labels = match (text.strip_prefix('.'), leading_dot) {
        (Some(labels), Dot::Allowed) => labels,
        (_, _) => text,
    };
    labels.split('.').all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_graphic()))
}

impl NameConstraints {
    fn is_empty(&self) -> bool {
        self.permitted.is_empty() && self.excluded.is_empty()
    }
}

impl Names {
    fn count(&self) -> usize {
        self.dns.len() + self.networks.len() + self.emails.len() + self.uri_domains.len()
    }

    fn is_empty(&self) -> bool {
        self.count() == 0
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        let bytes = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        let masked = |(byte, (network, mask)): (&u8, (&u8, &u8))| byte & mask == network & mask;
        bytes.len() == self.address.len() && bytes.iter().zip(self.address.iter().zip(&self.mask)).all(masked)
    }
}

fn read_names(mut subtrees: Der<'_>, complete: &mut bool) -> Result<Names, String> {
    let mut names = Names::default();
    while !subtrees.is_empty() {
        let base = subtrees.inside(SEQUENCE).and_then(|mut subtree| subtree.any());
        let base = base.ok_or("x509: invalid NameConstraints extension")?;
        let text = || {
            let shown = quoted(&String::from_utf8_lossy(base.content));
            ascii(base.content).ok_or_else(|| {
                format!("x509: invalid constraint value: x509: {shown} cannot be encoded as an IA5String")
            })
        };
        let failed =
            |kind: &str, text: &str| format!("x509: failed to parse {kind} constraint {}", quoted(text));
        match base.tag {
            DNS => {
                let domain = text()?;
                if !is_domain(&domain, Dot::Allowed) {
                    return Err(failed("dnsName", &domain));
                }
                names.dns.push(domain);
            }
            ADDRESS => names.networks.push(network(base.content)?),
            EMAIL => {
                let email = text()?;
                let valid = if email.contains('@') {
                    Mailbox::parse(&email).is_some()
                } else {
                    is_domain(&email, Dot::Allowed)
                };
                if !valid {
                    return Err(failed("rfc822Name", &email));
                }
                names.emails.push(email);
            }
            URI => {
                let domain = text()?;
                if domain.parse::<IpAddr>().is_ok() {
                    return Err(format!("{}: cannot be IP address", failed("URI", &domain)));
                }
                if !is_domain(&domain, Dot::Allowed) {
                    return Err(failed("URI", &domain));
                }
                names.uri_domains.push(domain);
            }
            _ => *complete = false,
        }
    }
    Ok(names)
}

fn network(content: &[u8]) -> Result<Network, String> {
    let half = match content.len() {
        8 => 4,
        32 => 16,
        length => return Err(format!("x509: IP constraint contained value of length {length}")),
    };
    let (address, mask) = content.split_at_checked(half).unwrap_or_default();
    let ones = mask.iter().map(|byte| byte.leading_ones()).sum::<u32>();
    let bits = mask.iter().map(|byte| byte.count_ones()).sum::<u32>();
    let prefix = mask.iter().take_while(|byte| **byte == 0xff).count();
    let contiguous = ones == bits && mask.iter().skip(prefix + 1).all(|byte| *byte == 0);
    if !contiguous {
        return Err(format!(
            "x509: IP constraint contained invalid mask {}",
            data_encoding::HEXLOWER.encode(mask)
        ));
    }
    Ok(Network { address: address.to_vec(), mask: mask.to_vec() })
}

/// Whether all constraints allow all names; none if a name can't be compared.
fn allowed(constraints: &[&NameConstraints], names: &AlternativeNames) -> Option<bool> {
    let hosts = names.uris.iter().map(uri_host).collect::<Option<Vec<_>>>()?;
    let mailboxes = names.emails.iter().map(|email| Mailbox::parse(email)).collect::<Option<Vec<_>>>()?;
    let domains = names.dns.iter().chain(&hosts).chain(mailboxes.iter().map(|mailbox| &mailbox.domain));
    if !domains.into_iter().all(|domain| is_domain(domain, Dot::Refused)) {
        return None;
    }
    Some(constraints.iter().all(|constraint| {
        let (permitted, excluded) = (&constraint.permitted, &constraint.excluded);
        names.addresses.iter().all(|address| {
            (permitted.networks.is_empty()
                || permitted.networks.iter().any(|network| network.contains(*address)))
                && !excluded.networks.iter().any(|network| network.contains(*address))
        }) && names.dns.iter().all(|name| domain_allowed(&permitted.dns, &excluded.dns, name))
            && hosts.iter().all(|host| domain_allowed(&permitted.uri_domains, &excluded.uri_domains, host))
            && mailboxes.iter().all(|mailbox| {
                (permitted.emails.is_empty()
                    || permitted.emails.iter().any(|base| lies_in_mailboxes(base, mailbox)))
                    && !excluded.emails.iter().any(|base| {
                        lies_in_mailboxes(base, mailbox)
                            || (!base.contains('@') && wildcard_meets(base, &mailbox.domain))
                    })
            })
    }))
}

fn domain_allowed(permitted: &[String], excluded: &[String], name: &str) -> bool {
    (permitted.is_empty() || permitted.iter().any(|base| lies_in(base, name)))
        && !excluded.iter().any(|base| lies_in(base, name) || wildcard_meets(base, name))
}

/// Whether `name` is `base` or ends in it after a dot.
fn lies_in(base: &str, name: &str) -> bool {
    let (base, name) = (base.to_ascii_lowercase(), name.to_ascii_lowercase());
    let Some(before) = name.strip_suffix(&base) else { return false };
    base.is_empty() || before.is_empty() || base.starts_with('.') || before.ends_with('.')
}

/// Whether `name` is a wildcard under which `base` itself falls.
fn wildcard_meets(base: &str, name: &str) -> bool {
    let parent = |text: &str| text.split_once('.').map(|(_, parent)| parent.to_ascii_lowercase());
    name.starts_with('*') && parent(base).is_some() && parent(base) == parent(name)
}

fn lies_in_mailboxes(base: &str, mailbox: &Mailbox) -> bool {
    if base.contains('@') {
        return Mailbox::parse(base).as_ref() == Some(mailbox);
    }
    lies_in(base, &mailbox.domain)
}

/// The domain that a URI names; none if it names none or an address.
fn uri_host(uri: &crate::builtins::url::Url) -> Option<String> {
    let host = uri.hostname().to_ascii_lowercase();
    let is_address = host.parse::<IpAddr>().is_ok() || uri.host.starts_with('[');
    (!host.is_empty() && !is_address).then_some(host)
}

/// More than any certificate needs, and few enough to be done in a moment; beyond them a chain is refused.
const MAX_COMPARISONS: usize = 1_000_000;
