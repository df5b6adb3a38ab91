//! Distinguished names.

use super::der::{Der, Oid, SEQUENCE, SET};
use super::shape::{list, object, oid, strings};
use crate::value::Value;

/// The attributes of a name, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Name(Vec<(Oid, String)>);

impl Name {
    /// Reads an `RDNSequence`, given whole.
    ///
    /// # Errors
    /// Go's words.
    pub(super) fn read(raw: &[u8]) -> Result<Self, String> {
        const INVALID: &str = "x509: invalid RDNSequence";
        let mut sets = Der::new(raw).inside(SEQUENCE).ok_or(INVALID)?;
        let mut attributes = Vec::new();
        while !sets.is_empty() {
            let mut set = sets.inside(SET).ok_or(INVALID)?;
            while !set.is_empty() {
                let attribute = || format!("{INVALID}: invalid attribute");
                let mut fields = set.inside(SEQUENCE).ok_or_else(attribute)?;
                let kind = fields.oid().ok_or_else(|| format!("{INVALID}: invalid attribute type"))?;
                let value = fields.any().ok_or_else(|| format!("{INVALID}: invalid attribute value"))?;
                let text = text(value.tag, value.content)
                    .map_err(|error| format!("{INVALID}: invalid attribute value: {error}"))?;
                attributes.push((kind, text));
            }
        }
        Ok(Self(attributes))
    }

    /// The name as Go's JSON shows it.
    pub(super) fn to_value(&self) -> Value {
        let names = self
            .0
            .iter()
            .map(|(kind, text)| object([("Type", oid(kind)), ("Value", Value::from(text.as_str()))]));
        object([
            ("CommonName", Value::from(self.last(3))),
            ("Country", self.all(6)),
            ("ExtraNames", Value::Null),
            ("Locality", self.all(7)),
            ("Names", list(names)),
            ("Organization", self.all(10)),
            ("OrganizationalUnit", self.all(11)),
            ("PostalCode", self.all(17)),
            ("Province", self.all(8)),
            ("SerialNumber", Value::from(self.last(5))),
            ("StreetAddress", self.all(9)),
        ])
    }

    fn of_kind(&self, arc: u32) -> impl DoubleEndedIterator<Item = &str> {
        let wanted = [2, 5, 4, arc];
        self.0.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, text)| text.as_str())
    }

    fn all(&self, arc: u32) -> Value {
        strings(&self.of_kind(arc).collect::<Vec<_>>())
    }

    fn last(&self, arc: u32) -> &str {
        self.of_kind(arc).next_back().unwrap_or_default()
    }
}

/// The text of a string of ASN.1.
fn text(tag: u8, content: &[u8]) -> Result<String, String> {
    let ascii = |right: bool, name: &str| {
        if right {
            Ok(content.iter().copied().map(char::from).collect())
        } else {
            Err(format!("invalid {name}"))
        }
    };
    match tag {
        UTF8_STRING => String::from_utf8(content.to_vec()).map_err(|_| "invalid UTF-8 string".to_owned()),
        NUMERIC_STRING => {
            ascii(content.iter().all(|byte| matches!(byte, b'0'..=b'9' | b' ')), "NumericString")
        }
        PRINTABLE_STRING => ascii(content.iter().copied().all(is_printable), "PrintableString"),
        IA5_STRING => ascii(content.is_ascii(), "IA5String"),
        // Latin-1 comes close enough to what T.61 says, and is what everybody takes it for.
        T61_STRING => Ok(content.iter().copied().map(char::from).collect()),
        BMP_STRING => bmp(content).ok_or_else(|| "invalid BMPString".to_owned()),
        _ => Err(format!("unsupported string type: {tag}")),
    }
}

fn is_printable(byte: u8) -> bool {
    // The asterisk and the ampersand are not allowed and yet found in certificates.
    byte.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(&byte)
}

fn bmp(content: &[u8]) -> Option<String> {
    let content = content.strip_suffix(&[0, 0]).unwrap_or(content);
    let (pairs, rest) = content.as_chunks::<2>();
    let valid = |unit: u16| !(matches!(unit, 0xfffe | 0xffff | 0xfdd0..=0xfdef));
    let decode = |pair: &[u8; 2]| {
        let unit = u16::from_be_bytes(*pair);
        char::from_u32(u32::from(unit)).filter(|_| valid(unit))
    };
    if rest.is_empty() { pairs.iter().map(decode).collect() } else { None }
}

const UTF8_STRING: u8 = 12;
const NUMERIC_STRING: u8 = 18;
const PRINTABLE_STRING: u8 = 19;
const T61_STRING: u8 = 20;
const IA5_STRING: u8 = 22;
const BMP_STRING: u8 = 30;
