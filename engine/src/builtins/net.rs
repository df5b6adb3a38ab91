//! Networks, addresses and host names.

mod contains;
mod lookup;
mod merge;
mod network;

use core::net::IpAddr;

use self::network::Network;
use super::Shape::{Any, ArrayOf, Boolean, ObjectOf, OneOf, SetOf, String, Tuple};
use super::{Answer, BuiltinError, Context, Operands, Signature, named, unnamed};
use crate::value::{Set, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("net.cidr_contains", "Whether a network holds an address or another network.")
        .takes(&[named("cidr", String), named("cidr_or_ip", String)])
        .returns(named("result", Boolean))
        .does(contains::contains),
    Signature::new(
        "net.cidr_contains_matches",
        "The pairs of a network and an address or network that lies in it, taken from two collections.",
    )
    .takes(&[
        named(
            "cidrs",
            OneOf(&[
                String,
                ArrayOf(&OneOf(&[String, ArrayOf(&Any)])),
                ObjectOf(&String, &OneOf(&[String, ArrayOf(&Any)])),
                SetOf(&OneOf(&[String, ArrayOf(&Any)])),
            ]),
        ),
        named(
            "cidrs_or_ips",
            OneOf(&[
                String,
                ArrayOf(&OneOf(&[String, ArrayOf(&Any)])),
                ObjectOf(&String, &OneOf(&[String, ArrayOf(&Any)])),
                SetOf(&OneOf(&[String, ArrayOf(&Any)])),
            ]),
        ),
    ])
    .returns(named("output", SetOf(&Tuple(&[Any, Any]))))
    .does(contains::matches),
    Signature::new("net.cidr_expand", "All addresses of a network.")
        .takes(&[named("cidr", String)])
        .returns(named("hosts", SetOf(&String)))
        .does(expand),
    Signature::new("net.cidr_intersects", "Whether two networks share an address.")
        .takes(&[named("cidr1", String), named("cidr2", String)])
        .returns(named("result", Boolean))
        .does(intersects),
    Signature::new("net.cidr_is_valid", "Whether a string is a network in CIDR notation.")
        .takes(&[named("cidr", String)])
        .returns(named("result", Boolean))
        .does(is_valid),
    Signature::new("net.cidr_merge", "The fewest networks that cover the given addresses and networks.")
        .takes(&[named("addrs", OneOf(&[ArrayOf(&OneOf(&[String])), SetOf(&String)]))])
        .returns(named("output", SetOf(&String)))
        .does(merge::merge),
    Signature::new(
        "net.cidr_overlap",
        "Whether a network holds an address; replaced by `net.cidr_contains`.",
    )
    .takes(&[unnamed(String), unnamed(String)])
    .returns(unnamed(Boolean))
    .deprecated()
    .does(contains::contains),
    Signature::new("net.lookup_ip_addr", "The addresses that a host name resolves to.")
        .takes(&[named("name", String)])
        .returns(named("addrs", SetOf(&String)))
        .nondeterministic()
        .does(lookup::lookup),
];

fn is_valid(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let valid = operands.value(0)?.as_str().is_some_and(|text| Network::parse(text).is_some());
    Ok(Some(valid.into()))
}

fn intersects(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (a, b) = (cidr_operand(operands.value(0)?)?, cidr_operand(operands.value(1)?)?);
    let overlap = a.contains(b.first()) || b.contains(a.first());
    Ok(Some(overlap.into()))
}

fn expand(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    let network = Network::parse(text).ok_or_else(|| no_cidr(text))?;
    if network.host_bits() > MAX_EXPANDED_BITS {
        let most = 1_u64 << MAX_EXPANDED_BITS;
        return Err(BuiltinError::failed(format!("network has more than {most} addresses: {text}")));
    }
    let mut addresses = Vec::new();
    for address in network.addresses() {
        ctx.check("net.cidr_expand: timed out before generating all IP addresses")?;
        addresses.push(Value::from(network::show(address)));
    }
    Ok(Some(addresses.into_iter().collect::<Set>().into()))
}

/// The network that a value writes. All messages speak of operand 1, as OPA's do.
fn cidr_operand(value: &Value) -> Result<Network, BuiltinError> {
    let operand = [value];
    let text = Operands(&operand).string(0)?;
    Network::parse(text).ok_or_else(|| no_cidr(text))
}

fn no_cidr(text: &str) -> BuiltinError {
    BuiltinError::failed(format!("invalid CIDR address: {text}"))
}

/// The address that a text writes, one mapped into IPv6 as the IPv4 address that it is.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().map(|address: IpAddr| address.to_canonical())
}

/// At most this many bits of a network may vary for all its addresses to be listed: a million addresses. OPA goes on
/// until the memory is full.
const MAX_EXPANDED_BITS: u32 = 20;
