//! UUIDs.

use super::Shape::{Any, ObjectOf, String};
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::value::{Object, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("uuid.parse", "The parts of a UUID.")
        .takes(&[named("uuid", String)])
        .returns(named("result", ObjectOf(&String, &Any)))
        .does(parse),
    Signature::new("uuid.rfc4122", "A random UUID, the same for the same key throughout a query.")
        .takes(&[named("k", String)])
        .returns(named("output", String))
        .nondeterministic()
        .does(random),
];

/// Undefined for what is no UUID.
fn parse(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let Some(uuid) = read(operands.string(0)?) else { return Ok(None) };
    let [a, b, c, d, time_mid @ .., _, _, _, _, _, _, _, _, _, _] = uuid;
    let [time_mid_high, time_mid_low] = time_mid;
    let [.., version_and_high, high, variant, sequence, n0, n1, n2, n3, n4, n5] = uuid;
    let version = version_and_high >> 4;
    let mut parts =
        vec![("version", Value::from(i64::from(version))), ("variant", variant_name(variant).into())];
    if matches!(version, 1 | 2) {
        let ticks =
            i64::from_be_bytes([version_and_high & 0x0f, high, time_mid_high, time_mid_low, a, b, c, d]);
        let node = [n0, n1, n2, n3, n4, n5].map(|byte| format!("{byte:02x}"));
        parts.extend([
            ("time", unix_nanoseconds(ticks).into()),
            ("nodeid", node.join("-").into()),
            ("macvariables", address_kind(n0).into()),
            ("clocksequence", i64::from(u16::from_be_bytes([variant & 0x3f, sequence])).into()),
        ]);
    }
    if version == 2 {
        let domain = match sequence {
            0 => "Person".to_owned(),
            1 => "Group".to_owned(),
            2 => "Org".to_owned(),
            other => format!("Domain{other}"),
        };
        parts.push(("id", i64::from(u32::from_be_bytes([a, b, c, d])).into()));
        parts.push(("domain", domain.into()));
    }
    let parts: Object = parts.into_iter().map(|(name, value)| (Value::from(name), value)).collect();
    Ok(Some(parts.into()))
}

/// Any value may be the key.
fn random(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let key = operands.value(0)?.to_rego();
    let host = ctx.host;
    let made = ctx.query.get_or_make(&key, || Ok::<_, BuiltinError>(RandomUuid(version_4(host))))?;
    Ok(Some(made.0))
}

/// What a key has got in this query.
#[derive(Clone)]
struct RandomUuid(Value);

fn version_4(host: &dyn crate::host::Host) -> Value {
    let mut bytes = [0; 16];
    host.random(&mut bytes);
    let bits = (u128::from_be_bytes(bytes) & !VERSION_AND_VARIANT) | RANDOM_RFC_4122;
    let mut text = format!("{bits:032x}");
    for dash in [8, 13, 18, 23] {
        text.insert(dash, '-');
    }
    text.into()
}

/// The bytes of 32 hexadecimal digits: alone, with dashes, after `urn:uuid:`, or with one character at each end, which
/// may be any.
fn read(text: &str) -> Option<[u8; 16]> {
    let bytes = text.as_bytes();
    let dashed = match bytes.len() {
        32 => return hexadecimal(bytes.iter()),
        36 => bytes,
        38 => bytes.get(1..37)?,
        45 => {
            let (prefix, uuid) = bytes.split_at(9);
            if !prefix.eq_ignore_ascii_case(b"urn:uuid:") {
                return None;
            }
            uuid
        }
        _ => return None,
    };
    let dash_at = |index: usize| dashed.get(index) == Some(&b'-');
    if ![8, 13, 18, 23].into_iter().all(dash_at) {
        return None;
    }
    let digits = dashed.iter().enumerate().filter(|(index, _)| !matches!(index, 8 | 13 | 18 | 23));
    hexadecimal(digits.map(|(_, digit)| digit))
}

fn hexadecimal<'a>(digits: impl Iterator<Item = &'a u8>) -> Option<[u8; 16]> {
    let value = digits
        .map(|digit| char::from(*digit).to_digit(16))
        .try_fold(0_u128, |value, digit| Some(value << 4 | u128::from(digit?)))?;
    Some(value.to_be_bytes())
}

fn variant_name(byte: u8) -> &'static str {
    match byte {
        0x80..=0xbf => "RFC4122",
        0xc0..=0xdf => "Microsoft",
        0xe0..=0xff => "Future",
        0..=0x7f => "Reserved",
    }
}

fn address_kind(first: u8) -> &'static str {
    match first & 0b11 {
        0b11 => "local:multicast",
        0b01 => "global:multicast",
        0b10 => "local:unicast",
        _ => "global:unicast",
    }
}

/// From units of 100 ns since 1582-10-15; wraps where 64 bits end, as OPA's does.
fn unix_nanoseconds(ticks: i64) -> i64 {
    ticks.wrapping_sub(TICKS_UNTIL_1970).wrapping_mul(100)
}

const TICKS_UNTIL_1970: i64 = 122_192_928_000_000_000;
const VERSION_AND_VARIANT: u128 = 0xf000_c000_0000_0000_0000;
const RANDOM_RFC_4122: u128 = 0x4000_8000_0000_0000_0000;
