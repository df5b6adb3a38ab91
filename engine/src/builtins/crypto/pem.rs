//! PEM blocks as Go's `encoding/pem` finds them in a text.

use super::base64::{self, Alphabet};

/// What stands between a `BEGIN` and an `END` line.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The words of the first line, such as `CERTIFICATE`.
    pub(crate) label: String,
    /// The decoded body.
    pub(crate) bytes: Vec<u8>,
}

/// The first block of `data` and what follows it. Whatever is no block is skipped.
pub(crate) fn decode(data: &[u8]) -> Option<(Block, &[u8])> {
    let mut rest = data;
    loop {
        let end = find(rest, END)?;
        let after_end = rest.get(end + END.len()..)?;
        if let Some(found) = block(rest.get(..end)?, after_end) {
            return Some(found);
        }
        rest = after_end;
    }
}

/// All blocks of `data`.
pub(crate) fn blocks(mut data: &[u8]) -> Vec<Block> {
    let mut blocks = Vec::new();
    while let Some((block, rest)) = decode(data) {
        blocks.push(block);
        data = rest;
    }
    blocks
}

/// The block that ends between `before` and `after_end`, if its lines are right.
fn block<'a>(before: &[u8], after_end: &'a [u8]) -> Option<(Block, &'a [u8])> {
    let begin = rfind(before, BEGIN)?;
    if begin > 0 && before.get(begin - 1) != Some(&b'\n') {
        return None;
    }
    let (first_line, mut body) = line(before.get(begin + BEGIN.len()..)?);
    let label = first_line.strip_suffix(DASHES)?;

    while let (header, Some(after)) = header_line(body) {
        if !header {
            break;
        }
        body = after;
    }

    let (last_line, rest) = line(after_end);
    if last_line.strip_suffix(DASHES)? != label {
        return None;
    }
    let digits: Vec<u8> = body.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t')).collect();
    let bytes = base64::decode(&digits, Alphabet::Standard).ok()?;
    Some((Block { label: String::from_utf8_lossy(label).into_owned(), bytes }, rest))
}

/// Whether the text starts with a line such as `Proc-Type: 4,ENCRYPTED`, and what follows it.
fn header_line(text: &[u8]) -> (bool, Option<&[u8]>) {
    if text.is_empty() {
        return (false, None);
    }
    let (first, rest) = line(text);
    (first.contains(&b':'), Some(rest))
}

/// The first line without its end and the blanks before that, and what follows it.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = text.splitn(2, |byte| *byte == b'\n');
    let first = parts.next().unwrap_or_default();
    let rest = parts.next().unwrap_or_default();
    let first = first.strip_suffix(b"\r").unwrap_or(first);
    let blanks = first.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (first.get(..first.len() - blanks).unwrap_or_default(), rest)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn rfind(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).rposition(|window| window == wanted)
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";
