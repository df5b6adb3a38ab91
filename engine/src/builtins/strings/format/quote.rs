//! Quoted strings and characters, as Go writes them.

use std::fmt::Write as _;

use crate::value::is_printable;

/// Which characters may stand for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    Ascii,
    Unicode,
}

/// The text between two `quote` characters, with all that is not printable or not of the alphabet escaped.
pub(super) fn quoted(text: &str, quote: char, alphabet: Alphabet) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        push(&mut out, character, quote, alphabet);
    }
    out.push(quote);
    out
}

/// Whether the text can stand between backquotes, where nothing is escaped.
pub(super) fn fits_backquotes(text: &str) -> bool {
    let fits = |character| !matches!(character, '\0'..='\x08' | '\n'..='\x1f' | '`' | '\x7f' | '\u{feff}');
    text.chars().all(fits)
}

fn push(out: &mut String, character: char, quote: char, alphabet: Alphabet) {
    let plain = is_printable(character) && (alphabet == Alphabet::Unicode || character.is_ascii());
    let escaped = match character {
        '\\' => "\\\\",
        '"' if quote == '"' => "\\\"",
        '\'' if quote == '\'' => "\\'",
        _ if plain => return out.push(character),
        '\x07' => "\\a",
        '\x08' => "\\b",
        '\x0c' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\x0b' => "\\v",
        _ => {
            let code = u32::from(character);
            let written = match code {
                0..=0x1f | 0x7f => write!(out, "\\x{code:02x}"),
                0x80..=0xffff => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
            debug_assert!(written.is_ok(), "writing to a string does not fail");
            return;
        }
    };
    out.push_str(escaped);
}
