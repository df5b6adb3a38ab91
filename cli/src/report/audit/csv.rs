//! Calls as comma-separated values (RFC 4180), for spreadsheets.

use std::io::{self, Write};

use super::{Access, Review};

/// A line for each call that is allowed or that nothing is decided on; all others are denied.
pub(super) fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "caller,callee,action,decision,grants\r\n")?;
    let calls = review.allowed.iter().map(|access| (access, "allowed"));
    for (access, decision) in calls.chain(review.undecided.iter().map(|access| (access, "undecided"))) {
        let Access { caller, callee, action, grants } = access;
        let line = [caller, callee, action, decision, &grants.join(" ")].map(cell);
        write!(out, "{}\r\n", line.join(","))?;
    }
    Ok(())
}

/// In quotes, and such that no spreadsheet takes it for a formula.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_cell_is_one_cell_and_no_formula() {
        for (text, cell) in
            [("a", "\"a\""), ("a\"b,\n", "\"a\"\"b,\n\""), ("=1+1", "\"'=1+1\""), ("", "\"\"")]
        {
            assert_eq!(super::cell(text), cell);
        }
    }
}
