//! The characters of a YAML text: which are allowed, and where they stand in bytes.

use saphyr_parser::ScanError;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::offset;
use crate::source::{SourceId, Span};

/// Refuses what go-yaml does not take, or takes otherwise, and the parser crate does not mind: control characters, line
/// breaks that YAML 1.2 no longer knows, and directives other than `%YAML 1.1` and `%TAG`.
pub(super) fn check(source: SourceId, text: &str) -> Result<(), Diagnostic> {
    let refuse = |message: &str, at: usize, len: usize| {
        Err(Diagnostic::error(Code::Load, message, Span::new(source, offset(at), offset(at + len))))
    };
    if let Some((at, char)) = text.char_indices().find(|(_, char)| !is_allowed(*char)) {
        return refuse("control characters are not allowed", at, char.len_utf8()).map_err(|error| {
            error.with_help(format!("write it as `\\u{:04x}` in a double-quoted string", u32::from(char)))
        });
    }
    if let Some((at, char)) =
        text.char_indices().find(|(_, char)| matches!(char, '\u{85}' | '\u{2028}' | '\u{2029}'))
    {
        return refuse("unusual line break", at, char.len_utf8()).map_err(|error| {
            let code = u32::from(char);
            error.with_help(format!(
                "OPA ends the line here; write `\\u{code:04x}` in a double-quoted string, or a usual line break"
            ))
        });
    }
    if let Some((at, mark)) = text.char_indices().skip(1).find(|(_, char)| *char == '\u{feff}') {
        return refuse("a byte order mark inside of the document", at, mark.len_utf8()).map_err(|error| {
            error.with_help("remove it, or write it as `\\ufeff` in a double-quoted string")
        });
    }
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches('\u{feff}').trim_end();
        if let Some(directive) = content.strip_prefix('%') {
            let mut words = directive.split_ascii_whitespace();
            match words.next() {
                Some("YAML") if words.next() != Some("1.1") => {
                    return refuse("found incompatible YAML document", at, content.len())
                        .map_err(|error| error.with_help("OPA reads YAML 1.1 only; remove the directive"));
                }
                Some("YAML" | "TAG") => {}
                _ => return refuse("found unknown directive name", at, content.len()),
            }
        } else if !(content.is_empty() || content.starts_with('#')) {
            break;
        }
        at += line.len();
    }
    Ok(())
}

/// Turns counts of characters, in which the parser marks places, into offsets of bytes.
#[derive(Debug)]
pub(super) struct Places {
    source: SourceId,
    /// The offset of every character; nothing if each is one byte long.
    offsets: Option<Vec<u32>>,
    end: u32,
}

impl Places {
    pub(super) fn new(source: SourceId, text: &str) -> Self {
        let offsets = if text.is_ascii() {
            None
        } else {
            Some(text.char_indices().map(|(at, _)| offset(at)).collect())
        };
        Self { source, offsets, end: offset(text.len()) }
    }

    /// The bytes of the characters from `start` to before `end`.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, self.byte(start), self.byte(end))
    }

    /// The diagnostic of a text that the parser crate refuses.
    pub(super) fn malformed(&self, error: &ScanError) -> Diagnostic {
        let at = error.marker().index();
        let message = format!("invalid YAML: {}", error.info());
        let diagnostic = Diagnostic::error(Code::Load, message, self.span(at, at + 1));
        match error.info() {
            info if info.contains("invalid indentation") => {
                diagnostic.with_help("indent what stands between brackets deeper than the key before them")
            }
            "recursion limit exceeded" => diagnostic
                .with_help("brackets may nest 255 deep; write the outer levels with indentation, or as JSON"),
            _ => diagnostic,
        }
    }

    fn byte(&self, index: usize) -> u32 {
        match &self.offsets {
            None => offset(index).min(self.end),
            Some(offsets) => offsets.get(index).copied().unwrap_or(self.end),
        }
    }
}

fn is_allowed(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | '\u{85}' | ' '..='~' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}
