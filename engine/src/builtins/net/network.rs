//! Networks in CIDR notation, as Go's `net.IPNet` holds them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address without its host bits, and how many bits of it are the network's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    /// As it is written: one mapped into IPv6 stays IPv6 here.
    first: IpAddr,
    prefix: u32,
}

impl Network {
    /// Reads `192.168.0.0/16` or `2001:db8::/32`; host bits may be set and are dropped.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let address: IpAddr = address.parse().ok()?;
        let prefix: u32 = prefix.parse().ok()?;
        (prefix <= width(address)).then(|| Self::new(address, prefix))
    }

    /// The network of an address; `prefix` is at most the address's width.
    pub(super) fn new(address: IpAddr, prefix: u32) -> Self {
        let first = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32_u32.saturating_sub(prefix)).unwrap_or(0);
                Ipv4Addr::from_bits(address.to_bits() & mask).into()
            }
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & mask_of_128(prefix)).into(),
        };
        Self { first, prefix }
    }

    /// The first address.
    pub(super) fn first(self) -> IpAddr {
        self.first.to_canonical()
    }

    /// The last address.
    pub(super) fn last(self) -> IpAddr {
        match self.first {
            IpAddr::V4(first) => {
                let host = u32::MAX.checked_shr(self.prefix).unwrap_or(0);
                Ipv4Addr::from_bits(first.to_bits() | host).into()
            }
            IpAddr::V6(first) => {
                IpAddr::from(Ipv6Addr::from_bits(first.to_bits() | !mask_of_128(self.prefix))).to_canonical()
            }
        }
    }

    /// How many bits of its addresses vary.
    pub(super) fn host_bits(self) -> u32 {
        width(self.first).saturating_sub(self.prefix)
    }

    /// Whether it is of IPv6 and not mapped from IPv4.
    pub(super) fn is_plain_ipv6(self) -> bool {
        self.first().is_ipv6()
    }

    /// Whether an address lies in it. One of IPv4 never lies in a network of plain IPv6, even if its mapped form does.
    pub(super) fn contains(self, address: IpAddr) -> bool {
        match (self.first(), address.to_canonical()) {
            (IpAddr::V4(_), IpAddr::V4(address)) => {
                // The mask of a mapped network is 96 bits longer.
                let mapped = self.first.is_ipv6();
                let prefix = if mapped { self.prefix.saturating_sub(96) } else { self.prefix };
                Self::new(address.into(), prefix).first() == Self::new(self.first(), prefix).first()
            }
            (IpAddr::V6(_), IpAddr::V6(address)) => {
                Self::new(address.into(), self.prefix).first == self.first
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// Whether all addresses of another network lie in it.
    pub(super) fn contains_network(self, other: Self) -> bool {
        if self.is_plain_ipv6() && other.is_plain_ipv6() {
            return self.prefix <= other.prefix && Self::new(other.first, self.prefix).first == self.first;
        }
        self.contains(other.first()) && self.contains(other.last())
    }

    /// All addresses in order.
    pub(super) fn addresses(self) -> impl Iterator<Item = IpAddr> {
        let count = 1_u128.checked_shl(self.host_bits()).unwrap_or(u128::MAX);
        (0..count).map(move |offset| match self.first {
            IpAddr::V4(first) => {
                let offset = u32::try_from(offset).unwrap_or(u32::MAX);
                Ipv4Addr::from_bits(first.to_bits().saturating_add(offset)).into()
            }
            IpAddr::V6(first) => Ipv6Addr::from_bits(first.to_bits().saturating_add(offset)).into(),
        })
    }
}

/// The text of an address; a mapped one as IPv4.
pub(super) fn show(address: IpAddr) -> String {
    address.to_canonical().to_string()
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn mask_of_128(prefix: u32) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(prefix)).unwrap_or(0)
}
