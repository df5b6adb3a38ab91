//! The fewest networks that cover others.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::{Answer, BuiltinError, Context, Operands};
use super::network::{Network, show};
use super::{address, no_cidr};
use crate::value::{Set, Value};

pub(super) fn merge(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let elements: Vec<&Value> = match operands.value(0)? {
        Value::Array(array) => array.iter().collect(),
        Value::Set(set) => set.iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Err(BuiltinError::failed("operand must be an array"));
        }
    };
    let mut blocks = elements.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    blocks.sort_by_key(|block| (block.last, block.first));
    let merged = join_neighbours(blocks);
    let networks: Set = merged.into_iter().flat_map(Block::networks).map(Value::from).collect();
    Ok(Some(networks.into()))
}

/// Addresses without a gap, IPv4 as mapped into IPv6.
struct Block {
    first: u128,
    last: u128,
    /// The network as it is written, unless several were joined.
    written: Option<String>,
}

/// A bare IPv4 address stands for the network of its class, of which it is shown.
fn read(element: &Value) -> Result<Block, BuiltinError> {
    let text = element.as_str().ok_or_else(|| BuiltinError::failed("element must be string"))?;
    let (shown, prefix, network) = match address(text) {
        Some(IpAddr::V6(_)) => return Err(BuiltinError::failed("IPv6 invalid: needs prefix length")),
        Some(IpAddr::V4(address)) => {
            let [first, ..] = address.octets();
            let prefix = match first {
                0..0x80 => 8,
                0x80..0xc0 => 16,
                0xc0.. => 24,
            };
            let address = IpAddr::V4(address);
            (address, prefix, Network::new(address, prefix))
        }
        None => {
            let network = Network::parse(text).ok_or_else(|| no_cidr(text))?;
            let width = if network.is_plain_ipv6() { 128 } else { 32 };
            (network.first(), width - network.host_bits().min(width), network)
        }
    };
    Ok(Block {
        first: bits(network.first()),
        last: bits(network.last()),
        written: Some(format!("{}/{prefix}", show(shown))),
    })
}

/// From the last block to the first, since a block that grew may touch the one before it.
fn join_neighbours(sorted: Vec<Block>) -> Vec<Block> {
    let mut joined: Vec<Block> = Vec::with_capacity(sorted.len());
    for block in sorted.into_iter().rev() {
        match joined.last_mut() {
            Some(next) if before(next.first) <= block.last => {
                next.first = next.first.min(block.first);
                next.written = None;
            }
            Some(_) | None => joined.push(block),
        }
    }
    joined
}

/// The address before this one, or itself if it is the first of its kind.
fn before(address: u128) -> u128 {
    if address == 0 || address == FIRST_MAPPED { address } else { address - 1 }
}

impl Block {
    /// The fewest networks that are the block.
    fn networks(self) -> Vec<String> {
        if let Some(written) = self.written {
            return vec![written];
        }
        let width = if is_mapped(self.first) && is_mapped(self.last) { 32 } else { 128 };
        let mut networks = Vec::new();
        let mut next = Some(self.first);
        while let Some(first) = next.filter(|first| *first <= self.last) {
            // The largest network that begins here: as far as its alignment and the end of the block allow.
            let size = self.last - first;
            let room = if size == u128::MAX { 128 } else { (size + 1).ilog2() };
            let host_bits = first.trailing_zeros().min(room).min(width);
            networks.push(format!("{}/{}", show(Ipv6Addr::from_bits(first).into()), width - host_bits));
            next = 1_u128.checked_shl(host_bits).and_then(|step| first.checked_add(step));
        }
        networks
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => Ipv4Addr::to_ipv6_mapped(&address).to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn is_mapped(address: u128) -> bool {
    Ipv6Addr::from_bits(address).to_ipv4_mapped().is_some()
}

/// `::ffff:0.0.0.0`.
const FIRST_MAPPED: u128 = 0xffff_0000_0000;
