//! Templates whose delimited parts are regular expressions.

use super::super::BuiltinError;
use super::translate::translate;
use crate::value::rego_string;

/// The regular expression for a template: anchored at both ends, the delimited parts as groups.
///
/// # Errors
/// When a delimiter is not one byte long, the delimiters don't pair, or a part is no regular expression.
pub(super) fn pattern(template: &str, open: &str, close: &str) -> Result<String, BuiltinError> {
    let delimiter = |text: &str, which: &str| {
        if let [byte] = text.as_bytes() {
            return Ok(*byte);
        }
        // OPA tells the length of the start delimiter for both.
        let length = open.len();
        let wanted = "delimiter has to be exactly one character long but is";
        Err(BuiltinError::failed(format!("{which} {wanted} {length} long")))
    };
    let open_byte = delimiter(open, "start")?;
    let close_byte = delimiter(close, "end")?;
    let mut pattern = String::from("^");
    let mut end = 0;
    for (begin, after) in delimited(template, open_byte, close_byte)? {
        let part = template.get(begin + 1..after - 1).unwrap_or("");
        pattern.push_str(&quote(template.get(end..begin).unwrap_or("")));
        pattern.push('(');
        pattern.push_str(part);
        pattern.push(')');
        translate(&format!("^{part}$"))?;
        end = after;
    }
    pattern.push_str(&quote(template.get(end..).unwrap_or("")));
    pattern.push('$');
    Ok(pattern)
}

/// From where to where the outermost delimited parts reach, delimiters included.
fn delimited(template: &str, open: u8, close: u8) -> Result<Vec<(usize, usize)>, BuiltinError> {
    let unbalanced = || BuiltinError::failed(format!("unbalanced braces in {}", rego_string(template)));
    let mut parts = Vec::new();
    let (mut level, mut begin) = (0_usize, 0);
    for (at, byte) in template.bytes().enumerate() {
        if byte == open {
            level += 1;
            if level == 1 {
                begin = at;
            }
        } else if byte == close {
            level = level.checked_sub(1).ok_or_else(unbalanced)?;
            if level == 0 {
                parts.push((begin, at + 1));
            }
        }
    }
    if level == 0 { Ok(parts) } else { Err(unbalanced()) }
}

fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}
