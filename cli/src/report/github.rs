//! Findings as workflow commands, which GitHub Actions shows as annotations of the lines.
//!
//! The syntax is that of <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::fmt::Write as _;

use portcullis::diagnostic::Severity;

use super::placed::{Finding, Place};

/// A command for each finding, one a line.
pub(crate) fn commands(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        command(finding.severity, finding.code, finding.place.as_ref(), &finding.whole_message())
    };
    findings.iter().map(line).collect()
}

/// One command, on a line of its own.
pub(super) fn command(severity: Severity, code: &str, place: Option<&Place>, message: &str) -> String {
    let command = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = String::new();
    if let Some(place) = place {
        let (file, start, end) = (property(&place.file), place.start, place.end);
        // Writing to a string can't fail.
        _ = write!(properties, "file={file},line={},endLine={},", start.row, end.row);
        // GitHub takes columns for a single line only.
        if start.row == end.row {
            _ = write!(properties, "col={},endColumn={},", start.col, end.col);
        }
    }
    let (title, message) = (property(code), value(message));
    format!("::{command} {properties}title={title}::{message}\n")
}

/// The text of a message: what would end the command is escaped, and control characters are shown.
pub(super) fn value(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            '\t' => escaped.push('\t'),
            other if other.is_control() => escaped.extend(other.escape_default()),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The value of a property, which also ends at colons and commas.
pub(super) fn property(text: &str) -> String {
    value(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use portcullis::diagnostic::{Code, Diagnostic};
    use portcullis::source::{Source, Sources, Span};

    use super::super::placed;

    fn commands(name: &str, message: &str, start: u32, end: u32) -> String {
        let mut sources = Sources::new();
        let id = sources.add(Source::new(name, "package a\n\np := é}\nq\n"));
        let diagnostic = Diagnostic::error(Code::Parse, message, Span::new(id, start, end));
        super::commands(&placed::findings(&[diagnostic], &sources))
    }

    #[test]
    fn a_finding_is_a_command_with_its_place() {
        assert_eq!(
            commands("a.rego", "unexpected `}`", 18, 19),
            "::error file=a.rego,line=3,endLine=3,col=7,endColumn=8,title=rego_parse_error::unexpected `}`\n"
        );
        assert_eq!(
            commands("a.rego", "x", 18, 21),
            "::error file=a.rego,line=3,endLine=4,title=rego_parse_error::x\n"
        );
    }

    #[test]
    fn hostile_names_and_messages_stay_within_their_command() {
        let text = commands("a,b:c\n::warning::\u{1b}[31m%0A.rego", "100%\r\n::error::x\u{7}: ]]>, y", 0, 0);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(
            text,
            "::error file=a%2Cb%3Ac%0A%3A%3Awarning%3A%3A\\u{1b}[31m%250A.rego,line=1,endLine=1,col=1,endColumn=1,\
             title=rego_parse_error::100%25%0D%0A::error::x\\u{7}: ]]>, y\n"
        );
    }

    #[test]
    fn a_finding_without_a_place_has_no_file() {
        let finding = placed::Finding::of_file("stat x: no such file", Some("look"));
        assert_eq!(
            super::commands(&[finding]),
            "::error title=load_error::stat x: no such file%0Ahelp: look\n"
        );
        assert_eq!(super::commands(&[]), "");
    }
}
