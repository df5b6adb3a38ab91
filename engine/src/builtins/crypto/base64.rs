//! Base64 as Go's `encoding/base64` reads and writes it, whose words OPA's errors repeat.

/// The two alphabets of RFC 4648.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// With `+` and `/`.
    Standard,
    /// With `-` and `_`.
    Url,
}

/// Decodes padded base64; line breaks are skipped, and the bits left over at the end may be anything.
///
/// # Errors
/// `illegal base64 data at input byte 13`.
pub(crate) fn decode(text: &[u8], alphabet: Alphabet) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    while at < text.len() {
        at = quantum(text, at, alphabet, &mut bytes)
            .map_err(|at| format!("illegal base64 data at input byte {at}"))?;
    }
    Ok(bytes)
}

/// Decodes what OPA's `base64url.decode` takes: base64url, whose padding may be missing.
///
/// # Errors
/// As [`decode`], or `illegal base64url string: …` for a length that no text encodes to.
pub(crate) fn decode_url(text: &str) -> Result<Vec<u8>, String> {
    let padding = match (text.ends_with('='), text.len() % 4) {
        (true, _) | (false, 0) => "",
        (false, 2) => "==",
        (false, 3) => "=",
        (false, _) => return Err(format!("illegal base64url string: {text}")),
    };
    decode(format!("{text}{padding}").as_bytes(), Alphabet::Url)
}

/// Decodes up to four characters from `at` on and says where the next begin, or which byte is wrong.
fn quantum(text: &[u8], mut at: usize, alphabet: Alphabet, bytes: &mut Vec<u8>) -> Result<usize, usize> {
    let mut digits: u32 = 0;
    let mut count = 0;
    while count < 4 {
        let Some(&byte) = text.get(at) else {
            return if count == 0 { Ok(at) } else { Err(at.saturating_sub(count)) };
        };
        at += 1;
        if let Some(digit) = digit(byte, alphabet) {
            digits = digits << 6 | u32::from(digit);
            count += 1;
        } else if byte == b'=' && count >= 2 {
            at = padding(text, at, count)?;
            break;
        } else if !matches!(byte, b'\n' | b'\r') {
            return Err(at - 1);
        }
    }
    let [_, first, second, third] = (digits << (6 * (4 - count))).to_be_bytes();
    bytes.extend([first, second, third].iter().take(count - 1));
    Ok(at)
}

/// Reads the rest of the padding after its first character; nothing may follow it.
fn padding(text: &[u8], at: usize, digits: usize) -> Result<usize, usize> {
    let mut at = skip_line_breaks(text, at);
    if digits == 2 {
        match text.get(at) {
            None => return Err(text.len()),
            Some(b'=') => at = skip_line_breaks(text, at + 1),
            Some(_) => return Err(at - 1),
        }
    }
    if at < text.len() { Err(at) } else { Ok(at) }
}

fn skip_line_breaks(text: &[u8], at: usize) -> usize {
    let breaks = text.iter().skip(at).take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    at + breaks
}

fn digit(byte: u8, alphabet: Alphabet) -> Option<u8> {
    match (byte, alphabet) {
        (b'A'..=b'Z', _) => Some(byte - b'A'),
        (b'a'..=b'z', _) => Some(byte - b'a' + 26),
        (b'0'..=b'9', _) => Some(byte - b'0' + 52),
        (b'+', Alphabet::Standard) | (b'-', Alphabet::Url) => Some(62),
        (b'/', Alphabet::Standard) | (b'_', Alphabet::Url) => Some(63),
        _ => None,
    }
}
