//! Addresses of host names.

use core::net::{IpAddr, Ipv6Addr};

use super::super::{Answer, BuiltinError, Context, Operands};
use super::network::show;
use crate::host::HostError;
use crate::value::{Set, Value};

/// A name has the same addresses throughout a query. An address is its own, without asking anybody.
pub(super) fn lookup(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let name = operands.string(0)?;
    if let Some(address) = literal(name) {
        return Ok(Some([Value::from(address)].into_iter().collect::<Set>().into()));
    }
    let host = ctx.host;
    let addresses = ctx.query.get_or_make(name, || match host.lookup_ip(name) {
        Ok(addresses) => Ok(Addresses(addresses.into_iter().map(|address| show(address).into()).collect())),
        Err(HostError::Forbidden { .. }) => Err(BuiltinError::failed(format!("disallowed host: {name}"))),
        Err(HostError::Timeout { message }) => {
            Err(BuiltinError::Cancelled(format!("net.lookup_ip_addr: {message}")))
        }
        Err(HostError::Failed { message }) => Err(BuiltinError::Failed(message)),
    })?;
    Ok(Some(addresses.0.into()))
}

/// What a name has been resolved to in this query.
#[derive(Clone)]
struct Addresses(Set);

/// The text of an address, with its zone if it has one.
fn literal(name: &str) -> Option<String> {
    if let Some((address, zone)) = name.split_once('%') {
        let address: Ipv6Addr = address.parse().ok()?;
        return (!zone.is_empty()).then(|| format!("{}%{zone}", show(address.into())));
    }
    name.parse().ok().map(|address: IpAddr| show(address))
}
