//! Strings under the verbs `%v`, `%s`, `%q`, `%x` and `%X`.

use std::fmt::Write as _;

use super::argument::Written;
use super::directive::Directive;
use super::quote::{self, Alphabet};

pub(super) fn write(out: &mut String, text: &str, directive: &Directive) -> Written {
    match directive.verb {
        'v' if directive.flags.go_syntax => write_quoted(out, text, directive),
        'v' | 's' => write_plain(out, text, directive),
        'q' => write_quoted(out, text, directive),
        'x' | 'X' => write_bytes(out, text, directive),
        _ => return Written::No,
    }
    Written::Yes
}

/// Writes the text as it is, cut to the precision.
pub(super) fn write_plain(out: &mut String, text: &str, directive: &Directive) {
    directive.pad(out, cut(text, directive));
}

fn write_quoted(out: &mut String, text: &str, directive: &Directive) {
    let text = cut(text, directive);
    if directive.flags.sharp && quote::fits_backquotes(text) {
        return directive.pad(out, &format!("`{text}`"));
    }
    let alphabet = if directive.flags.plus { Alphabet::Ascii } else { Alphabet::Unicode };
    directive.pad(out, &quote::quoted(text, '"', alphabet));
}

/// Two digits a byte. The width counts here, but no zeros are written for it on the right.
fn write_bytes(out: &mut String, text: &str, directive: &Directive) {
    let flags = directive.flags;
    let bytes = text.bytes().take(directive.precision.unwrap_or(usize::MAX));
    let prefix = match (flags.sharp, directive.verb) {
        (false, _) => "",
        (true, 'x') => "0x",
        (true, _) => "0X",
    };
    let mut digits = String::new();
    for (at, byte) in bytes.enumerate() {
        if at == 0 || flags.space {
            digits.push_str(if at > 0 { " " } else { "" });
            digits.push_str(prefix);
        }
        let written =
            if directive.verb == 'x' { write!(digits, "{byte:02x}") } else { write!(digits, "{byte:02X}") };
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
    directive.pad(out, &digits);
}

/// The first characters, as many as the precision says.
fn cut<'a>(text: &'a str, directive: &Directive) -> &'a str {
    let end = directive.precision.and_then(|count| text.char_indices().nth(count));
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}
