//! A reader of DER that goes from field to field, as strict as the one that Go reads certificates with.

use num_bigint::{BigInt, BigUint, Sign};

/// The arcs of an object identifier.
pub(crate) type Oid = Vec<u32>;

/// What is still to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Der<'a>(&'a [u8]);

/// A value with its tag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// Tag, length and content.
    pub(crate) whole: &'a [u8],
}

/// An element that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Bits, the first in the highest place of the first byte.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BitString<'a> {
    bytes: &'a [u8],
    unused: u8,
}

impl<'a> Der<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next element.
    pub(crate) fn tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    pub(crate) fn any(&mut self) -> Option<Element<'a>> {
        let (tlv, rest) = asn1::strip_tlv(self.0).ok()?;
        let tag = tlv.tag().as_u8()?;
        self.0 = rest;
        Some(Element { tag, content: tlv.data(), whole: tlv.full_data() })
    }

    /// The next element, whose tag must be this one; otherwise nothing is read.
    pub(crate) fn element(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.tag() == Some(tag) { self.any() } else { None }
    }

    /// The content of the next element.
    pub(crate) fn inside(&mut self, tag: u8) -> Option<Self> {
        self.element(tag).map(|element| Self(element.content))
    }

    /// The content of the next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Self>, Malformed> {
        if self.tag() == Some(tag) { self.inside(tag).map(Some).ok_or(Malformed) } else { Ok(None) }
    }

    pub(crate) fn bytes(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element(tag).map(|element| element.content)
    }

    pub(crate) fn oid(&mut self) -> Option<Oid> {
        oid(self.bytes(OID)?)
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.bytes(BOOLEAN)? {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    pub(crate) fn integer(&mut self) -> Option<BigInt> {
        self.integer_tagged(INTEGER)
    }

    pub(crate) fn integer_tagged(&mut self, tag: u8) -> Option<BigInt> {
        let bytes = self.bytes(tag)?;
        let minimal = match bytes {
            [] => false,
            [0, second, ..] => second & 0x80 != 0,
            [0xff, second, ..] => second & 0x80 == 0,
            [..] => true,
        };
        (minimal && bytes.len() <= MAX_INTEGER).then(|| BigInt::from_signed_bytes_be(bytes))
    }

    /// An integer above zero.
    pub(crate) fn positive(&mut self) -> Option<BigUint> {
        let (sign, magnitude) = self.integer()?.into_parts();
        (sign == Sign::Plus).then_some(magnitude)
    }

    pub(crate) fn small_integer(&mut self) -> Option<i64> {
        self.integer().and_then(|integer| i64::try_from(integer).ok())
    }

    pub(crate) fn bit_string(&mut self) -> Option<BitString<'a>> {
        let (unused, bytes) = self.bytes(BIT_STRING)?.split_first()?;
        let last = bytes.last().copied().unwrap_or_default();
        let fits = *unused < 8 && (!bytes.is_empty() || *unused == 0) && last & ((1_u8 << unused) - 1) == 0;
        fits.then_some(BitString { bytes, unused: *unused })
    }
}

impl BitString<'_> {
    /// The bits as a number, with the unused ones at the front.
    pub(crate) fn right_aligned(&self) -> Vec<u8> {
        if self.unused == 0 {
            return self.bytes.to_vec();
        }
        let mut carried = 0;
        let shift = |byte: &u8| {
            let shifted = carried | byte >> self.unused;
            carried = byte << (8 - self.unused);
            shifted
        };
        self.bytes.iter().map(shift).collect()
    }

    pub(crate) fn has(&self, index: usize) -> bool {
        self.bytes.get(index / 8).is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0)
    }
}

/// The identifier that the content of an element stands for.
pub(crate) fn oid(content: &[u8]) -> Option<Oid> {
    let mut arcs = Vec::new();
    let mut arc: Option<u32> = None;
    for byte in content {
        if arc.is_none() && *byte == 0x80 {
            return None;
        }
        let sum = arc.unwrap_or_default();
        if sum >= 1 << 24 {
            return None;
        }
        let sum = sum << 7 | u32::from(byte & 0x7f);
        arc = Some(sum);
        if byte & 0x80 == 0 {
            arc = None;
            if arcs.is_empty() {
                let first = (sum / 40).min(2);
                arcs.extend([first, sum - first * 40]);
            } else {
                arcs.push(sum);
            }
        }
    }
    (arc.is_none() && !arcs.is_empty()).then_some(arcs)
}

/// `1.2.840.113549`.
pub(crate) fn dotted(oid: &[u32]) -> String {
    oid.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// The tag of a field that says its number only; `constructed` ones hold elements.
pub(crate) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// See [`context`].
pub(crate) const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Writing an integer in decimal takes the square of its length, so it has to end somewhere.
const MAX_INTEGER: usize = 16 * 1024;
