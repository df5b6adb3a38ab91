//! Verification of a chain of certificates, with Go's decisions: which parents are tried, and what refuses them.

use core::net::IpAddr;
use std::collections::BTreeSet;

use super::certificate::Certificate;
use super::constraints;
use super::der::Oid;

/// What a chain has to hold up to.
#[derive(Debug, Clone, Default)]
pub(in crate::builtins) struct Options {
    /// The name that the leaf must have, if any.
    pub(in crate::builtins) dns_name: String,
    /// Nanoseconds since 1970.
    pub(in crate::builtins) now: i64,
    /// Extended key usages, of which one is enough; by default that of a server.
    pub(in crate::builtins) usages: Vec<u64>,
}

/// The chain from the leaf, the last of `certificates`, to the root, the first.
///
/// There is none if it doesn't verify. The certificates between may stand in any order.
pub(in crate::builtins) fn verify<'c, 'a>(
    certificates: &'c [Certificate<'a>],
    options: &Options,
) -> Option<Vec<&'c Certificate<'a>>> {
    let (root, rest) = certificates.split_first()?;
    let (leaf, intermediates) = rest.split_last()?;
    if !is_valid(leaf, &[], Role::Leaf, options) {
        return None;
    }
    if !options.dns_name.is_empty() && !has_name(leaf, &options.dns_name) {
        return None;
    }
    let chains = if root.raw == leaf.raw {
        vec![vec![leaf]]
    } else {
        let mut search = Search { root, intermediates, options, checks: 0, chains: Vec::new() };
        search.extend(&mut vec![leaf]);
        search.chains
    };
    chains
        .into_iter()
        .find(|chain| policies_hold(chain) && usages_hold(chain, &options.usages) && constraints::hold(chain))
}

/// What a certificate is to a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Leaf,
    Intermediate,
    Root,
}

struct Search<'c, 'a, 'o> {
    root: &'c Certificate<'a>,
    intermediates: &'c [Certificate<'a>],
    options: &'o Options,
    /// How many signatures were checked.
    checks: usize,
    chains: Vec<Vec<&'c Certificate<'a>>>,
}

impl<'c, 'a> Search<'c, 'a, '_> {
    /// Adds all chains that start with `chain`. It recurses as deep as there are certificates with names and keys of
    /// their own, and no deeper than the number of signatures that may be checked.
    fn extend(&mut self, chain: &mut Vec<&'c Certificate<'a>>) {
        let Some(child) = chain.last().copied() else { return };
        let roots =
            parents(child, std::slice::from_ref(self.root)).into_iter().map(|parent| (Role::Root, parent));
        let others =
            parents(child, self.intermediates).into_iter().map(|parent| (Role::Intermediate, parent));
        for (role, parent) in roots.chain(others).collect::<Vec<_>>() {
            self.checks += 1;
            if self.checks > MAX_CHECKS {
                return;
            }
            if already_in(parent, chain)
                || !signed_by(child, parent)
                || !is_valid(parent, chain, role, self.options)
            {
                continue;
            }
            chain.push(parent);
            match role {
                Role::Root => self.chains.push(chain.clone()),
                Role::Intermediate | Role::Leaf => self.extend(chain),
            }
            chain.pop();
        }
    }
}

/// Those whose subject is the issuer of `child`, the ones with the right key identifier first.
fn parents<'c, 'a>(child: &Certificate<'_>, candidates: &'c [Certificate<'a>]) -> Vec<&'c Certificate<'a>> {
    let wanted = child.extensions.authority_key_id.unwrap_or_default();
    let mut parents: Vec<_> =
        candidates.iter().filter(|candidate| candidate.raw_subject == child.raw_issuer).collect();
    parents.sort_by_key(|parent| {
        let id = parent.extensions.subject_key_id.unwrap_or_default();
        if id == wanted {
            0
        } else if id.is_empty() || wanted.is_empty() {
            1
        } else {
            2
        }
    });
    parents
}

fn already_in(candidate: &Certificate<'_>, chain: &[&Certificate<'_>]) -> bool {
    chain.iter().any(|certificate| {
        candidate.raw_subject == certificate.raw_subject
            && candidate.key.raw == certificate.key.raw
            && candidate.extensions.raw_names == certificate.extensions.raw_names
    })
}

fn signed_by(child: &Certificate<'_>, parent: &Certificate<'_>) -> bool {
    let may_sign = match parent.extensions.basic {
        Some(basic) => basic.is_ca,
        None => parent.version != 3,
    };
    let usage = parent.extensions.key_usage;
    may_sign
        && (usage == 0 || usage & CERTIFICATE_SIGNING != 0)
        && parent
            .key
            .key
            .as_ref()
            .is_some_and(|key| child.signature_algorithm.verify(key, child.raw_tbs, &child.signature))
}

/// Whether a certificate may stand above those in `below`.
fn is_valid(
    certificate: &Certificate<'_>,
    below: &[&Certificate<'_>],
    role: Role,
    options: &Options,
) -> bool {
    let nanoseconds = |seconds: i64| i128::from(seconds) * 1_000_000_000;
    let now = i128::from(options.now);
    let in_time = nanoseconds(certificate.not_before.seconds) <= now
        && now <= nanoseconds(certificate.not_after.seconds);
    let basic = certificate.extensions.basic;
    let may_issue = role != Role::Intermediate || basic.is_some_and(|basic| basic.is_ca);
    let between = i64::try_from(below.len()).unwrap_or(i64::MAX) - 1;
    let short_enough =
        basic.is_none_or(|basic| basic.max_path_length < 0 || between <= basic.max_path_length);
    certificate.extensions.unhandled.is_empty() && in_time && may_issue && short_enough
}

/// Whether the leaf is for this host, which may be an address.
fn has_name(leaf: &Certificate<'_>, host: &str) -> bool {
    let names = &leaf.extensions.names;
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = address.parse::<IpAddr>() {
        return names.addresses.iter().any(|candidate| candidate.to_canonical() == address.to_canonical());
    }
    let host = host.to_ascii_lowercase();
    let without_dot = host.strip_suffix('.').unwrap_or(&host);
    let valid_host = is_host_name(without_dot, Wildcard::Refused);
    names.dns.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        if valid_host && is_host_name(&name, Wildcard::Allowed) {
            match (name.strip_prefix("*."), without_dot.split_once('.')) {
                (Some(parent), Some((_, rest))) => parent == rest,
                (Some(_), None) => false,
                (None, _) => name == without_dot,
            }
        } else {
            !matches!(name.as_str(), "" | ".") && !matches!(host.as_str(), "" | ".") && name == host
        }
    })
}

/// Whether the first label of a name may be `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wildcard {
    Allowed,
    Refused,
}

fn is_host_name(name: &str, wildcard: Wildcard) -> bool {
    let label = |(index, label): (usize, &str)| {
        if index == 0 && label == "*" {
            return wildcard == Wildcard::Allowed;
        }
        !label.is_empty()
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name != "*" && name.split('.').enumerate().all(label)
}

/// Whether one of the wanted usages is allowed by every certificate.
fn usages_hold(chain: &[&Certificate<'_>], wanted: &[u64]) -> bool {
    if wanted.contains(&ANY_USAGE) {
        return true;
    }
    let mut left = if wanted.is_empty() { vec![SERVER] } else { wanted.to_vec() };
    for certificate in chain.iter().rev() {
        let allowed = &certificate.extensions.extended_usages;
        let unlimited = allowed.is_empty() && certificate.extensions.unknown_usages.is_empty();
        if !unlimited && !allowed.contains(&ANY_USAGE) {
            left.retain(|usage| allowed.contains(usage));
        }
    }
    !left.is_empty()
}

/// Whether the chain keeps to certificate policies where it asks for that.
///
/// Nobody here asks for a particular policy, so only a certificate can, with an explicit policy that it requires. Such a
/// chain then needs a policy that all below the root have. Mappings are not followed: with them, the chain is refused.
fn policies_hold(chain: &[&Certificate<'_>]) -> bool {
    let Some((_, below_root)) = chain.split_last() else { return false };
    let required =
        below_root.iter().any(|certificate| certificate.extensions.require_explicit_policy.is_some());
    let mapped = below_root.iter().any(|certificate| !certificate.extensions.policy_mappings.is_empty());
    if !required {
        return true;
    }
    let mut common: Option<BTreeSet<Oid>> = None;
    for certificate in below_root {
        let policies: BTreeSet<Oid> = certificate.extensions.policies.iter().flatten().cloned().collect();
        if policies.contains(ANY_POLICY) {
            continue;
        }
        common = Some(match common {
            None => policies,
            Some(common) => common.intersection(&policies).cloned().collect(),
        });
    }
    !mapped && common.is_none_or(|common| !common.is_empty())
}

const ANY_USAGE: u64 = 0;
const SERVER: u64 = 1;
/// The bit of a key usage.
const CERTIFICATE_SIGNING: u32 = 1 << 5;
const ANY_POLICY: &[u32] = &[2, 5, 29, 32, 0];
/// As many as Go checks.
const MAX_CHECKS: usize = 100;
