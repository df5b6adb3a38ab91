//! The content of scalars tagged `!!binary`.

/// Decodes standard base64 with padding, in which line breaks may stand anywhere, and makes a text of it: each byte that
/// is not part of valid UTF-8 becomes U+FFFD, as Go does when it writes a string as JSON.
pub(super) fn decode_to_text(encoded: &str) -> Option<String> {
    let bytes = decode(encoded)?;
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Some(text)
}

fn decode(encoded: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = encoded.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let groups = symbols.len() / 4;
    let mut bytes = Vec::with_capacity(groups * 3);
    for (at, group) in symbols.chunks_exact(4).enumerate() {
        let padding = match group {
            [.., b'=', b'='] => 2,
            [.., b'='] => 1,
            _ => 0,
        };
        if padding > 0 && at + 1 < groups {
            return None;
        }
        let mut bits = 0_u32;
        for symbol in group.iter().take(4 - padding) {
            bits = (bits << 6) | sextet(*symbol)?;
        }
        bits <<= 6 * u32::from(padding > 0) + 6 * u32::from(padding > 1);
        bytes.extend(bits.to_be_bytes().into_iter().skip(1).take(3 - padding));
    }
    Some(bytes)
}

fn sextet(symbol: u8) -> Option<u32> {
    let value = match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}
