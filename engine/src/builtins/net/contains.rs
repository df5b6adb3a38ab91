//! Networks that hold addresses and other networks.

use super::super::{Answer, BuiltinError, Context, Operands};
use super::network::Network;
use super::{address, cidr_operand};
use crate::value::{Array, Set, Value};

pub(super) fn contains(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(holds(operands.value(0)?, operands.value(1)?)?.into()))
}

/// Each collection may be a string, or strings and arrays that begin with one.
pub(super) fn matches(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let mut pairs = Vec::new();
    let outer = operands.value(0)?;
    let inner = operands.value(1)?;
    for network in entries(outer) {
        let (network_key, network) = network.map_err(|()| wrong_element(1))?;
        for member in entries(inner) {
            ctx.check("net.cidr_contains_matches: timed out before finishing")?;
            let (key, member) = member.map_err(|()| wrong_element(2))?;
            if holds(network, member)? {
                pairs.push(Value::from(Array::from(vec![network_key.clone(), key])));
            }
        }
    }
    Ok(Some(pairs.into_iter().collect::<Set>().into()))
}

fn holds(network: &Value, member: &Value) -> Result<bool, BuiltinError> {
    let network = cidr_operand(network)?;
    let member = [member];
    let text = Operands(&member).string(0)?;
    if let Some(address) = address(text) {
        return Ok(network.contains(address));
    }
    let member = Network::parse(text).ok_or_else(|| {
        BuiltinError::failed(format!("not a valid textual representation of an IP address or CIDR: {text}"))
    })?;
    Ok(network.contains_network(member))
}

/// What a collection says of its networks: by which key a match is reported, and the network.
fn entries(collection: &Value) -> Box<dyn Iterator<Item = Result<(Value, &Value), ()>> + '_> {
    match collection {
        Value::String(_) => Box::new(std::iter::once(Ok((collection.clone(), collection)))),
        Value::Array(array) => Box::new(
            array.iter().enumerate().map(|(index, element)| keyed(Value::from(index as u64), element)),
        ),
        Value::Set(set) => Box::new(set.iter().map(|element| keyed(element.clone(), element))),
        Value::Object(object) => Box::new(object.iter().map(|(key, element)| keyed(key.clone(), element))),
        Value::Null | Value::Bool(_) | Value::Number(_) => Box::new(std::iter::empty()),
    }
}

fn keyed(key: Value, element: &Value) -> Result<(Value, &Value), ()> {
    let network = match element {
        Value::String(_) => Some(element),
        Value::Array(array) => array.get(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Set(_) => None,
    };
    network.map(|network| (key, network)).ok_or(())
}

fn wrong_element(position: u8) -> BuiltinError {
    BuiltinError::failed(format!("operand {position}: element must be string or non-empty array"))
}
