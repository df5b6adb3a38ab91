//! CSV files with a header row, as RFC 4180 has them, with a place for each cell.

use std::collections::BTreeSet;

use csv_core::{ReadFieldResult, Reader};

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};
use crate::suggest;

/// A CSV file.
#[derive(Debug)]
pub(super) struct Table {
    /// The names of the columns, each once.
    pub(super) header: Vec<Cell>,
    /// The rows below, each with as many cells as the header.
    pub(super) rows: Vec<Vec<Cell>>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// What it holds, without the quotes around it.
    pub(super) text: String,
    /// Where it stands, its quotes included.
    pub(super) span: Span,
}

/// Reads a whole file.
///
/// Stricter than most readers, since a cell that is cut in the wrong place makes a test of something else: quotes
/// stand around whole cells, and all rows are as long as the header. Empty lines are skipped, and so is a byte order
/// mark.
pub(super) fn read(source: SourceId, text: &str) -> Result<Table, Vec<Diagnostic>> {
    let mut rows = split(source, text)?.into_iter();
    let Some(header) = rows.next() else {
        let error = Diagnostic::error(Code::Suite, "the file is empty", Span::new(source, 0, 0));
        return Err(vec![error.with_help("the first row names the columns, and each row below is a case")]);
    };
    let rows: Vec<_> = rows.collect();
    let mut errors = check_header(&header);
    errors.extend(rows.iter().filter_map(|row| check_length(row, &header)));
    if errors.is_empty() { Ok(Table { header, rows }) } else { Err(errors) }
}

/// All rows as they come, or the first stray quote: the cells after it are not where they seem to be.
fn split(source: SourceId, text: &str) -> Result<Vec<Vec<Cell>>, Vec<Diagnostic>> {
    // With an end to the last line, the reader is in the middle of a cell only when a quote is open.
    let ended = format!("{text}\n");
    let mut reader = Reader::new();
    let mut buffer = vec![0; ended.len()];
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut at = 0;
    while let Some(rest) = ended.get(at..).filter(|rest| !rest.is_empty()) {
        let (result, read, written) = reader.read_field(rest.as_bytes(), &mut buffer);
        let raw = rest.get(..read).unwrap_or_default();
        // The second half of the line end before, empty lines, and a byte order mark.
        let skipped =
            if row.is_empty() { raw.len() - raw.trim_start_matches(is_before_row).len() } else { 0 };
        let raw = raw.get(skipped..).unwrap_or_default();
        let span = |raw: &str| {
            let start = at + skipped;
            Span::new(source, offset(start), offset((start + raw.len()).min(text.len())))
        };
        match result {
            ReadFieldResult::Field { record_end } => {
                let raw = raw.strip_suffix([',', '\r', '\n']).unwrap_or(raw);
                let decoded = String::from_utf8_lossy(buffer.get(..written).unwrap_or_default());
                let cell = Cell { text: decoded.into_owned(), span: span(raw) };
                if is_misquoted(raw) {
                    let message = "a quote in a cell that is not quoted as a whole";
                    let help = "put quotes around the whole cell, without spaces outside of them, and write each \
                                quote in it twice";
                    return Err(vec![Diagnostic::error(Code::Suite, message, cell.span).with_help(help)]);
                }
                row.push(cell);
                if record_end {
                    rows.push(std::mem::take(&mut row));
                }
            }
            ReadFieldResult::InputEmpty if raw.starts_with('"') => {
                let message = "a quoted cell without a closing quote";
                let help = "end the cell with `\"`, and write each quote in it twice";
                return Err(vec![Diagnostic::error(Code::Suite, message, span("\"")).with_help(help)]);
            }
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull | ReadFieldResult::End => break,
        }
        at += read;
    }
    Ok(rows)
}

fn is_before_row(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{feff}')
}

/// Whether quotes stand anywhere but around the cell, or in pairs inside of the ones around it.
fn is_misquoted(raw: &str) -> bool {
    match raw.strip_prefix('"') {
        None => raw.contains('"'),
        Some(rest) => match rest.strip_suffix('"') {
            None => true,
            Some(inner) => inner.replace("\"\"", "").contains('"'),
        },
    }
}

fn check_header(header: &[Cell]) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    for cell in header {
        if cell.text.is_empty() {
            let error = Diagnostic::error(Code::Suite, "a column without a name", cell.span);
            errors.push(error.with_help("the first row names the columns, so no cell of it can be empty"));
        } else if !seen.insert(&cell.text) {
            let message = format!("two columns are called `{}`", cell.text);
            errors.push(Diagnostic::error(Code::Suite, message, cell.span).with_help("rename one of them"));
        }
    }
    errors
}

fn check_length(row: &[Cell], header: &[Cell]) -> Option<Diagnostic> {
    if row.len() == header.len() {
        return None;
    }
    let (first, last) = (row.first()?, row.last()?);
    let message = format!("{}, and the header has {}", cells(row.len()), header.len());
    let help = match header.get(row.len()..) {
        Some(missing) if !missing.is_empty() => {
            let names: Vec<&str> = missing.iter().map(|cell| &*cell.text).collect();
            format!("nothing stands in {}; an empty cell needs its comma too", suggest::list(&names))
        }
        _ => "put quotes around a cell that has a comma in it".to_owned(),
    };
    Some(Diagnostic::error(Code::Suite, message, first.span.to(last.span)).with_help(help))
}

fn cells(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}

/// A place in a text whose length was checked.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Table, read};
    use crate::source::{Source, SourceId, Sources};

    fn source() -> SourceId {
        Sources::new().add(Source::new("rows.csv", ""))
    }

    fn texts(table: &Table) -> Vec<Vec<&str>> {
        let rows = std::iter::once(&table.header).chain(&table.rows);
        rows.map(|row| row.iter().map(|cell| &*cell.text).collect()).collect()
    }

    #[test]
    fn cells_are_read_and_have_their_places() {
        for (text, expected) in [
            ("a,b\n1,2\n", &[&["a", "b"][..], &["1", "2"]][..]),
            ("a,b\r\n1,2\r\n\r\n3,4", &[&["a", "b"], &["1", "2"], &["3", "4"]]),
            ("\u{feff}a,b\n1,", &[&["a", "b"], &["1", ""]]),
            ("a,b\n,\n", &[&["a", "b"], &["", ""]]),
            ("a\n\"\"\n\"x\ny\"\n", &[&["a"], &[""], &["x\ny"]]),
            ("a,b\n\"1,2\",\"say \"\"hi\"\"\"\n", &[&["a", "b"], &["1,2", "say \"hi\""]]),
            ("ä,b\n ü , \n", &[&["ä", "b"], &[" ü ", " "]]),
        ] {
            let table = read(source(), text).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"));
            assert_eq!(texts(&table), expected, "{text:?}");
            for cell in std::iter::once(&table.header).chain(&table.rows).flatten() {
                let raw = text.get(cell.span.start as usize..cell.span.end as usize).expect("a text");
                let decoded = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw);
                assert_eq!(decoded.replace("\"\"", "\""), cell.text, "{text:?}");
            }
        }
    }

    #[test]
    fn what_would_be_guesswork_is_refused_at_its_place() {
        for (text, start, message) in [
            ("", 0, "the file is empty"),
            ("\n\n", 0, "the file is empty"),
            ("a,,b\n", 2, "a column without a name"),
            ("a,b,a\n", 4, "two columns are called `a`"),
            ("a,b\n1\n", 4, "1 cell, and the header has 2"),
            ("a,b\n1,2\n1,2,3\n", 8, "3 cells, and the header has 2"),
            ("a,b\n1,\"2\n", 6, "a quoted cell without a closing quote"),
            ("a,b\n1,\"2\"3\n", 6, "a quote in a cell that is not quoted as a whole"),
            ("a,b\n1, \"2\"\n", 6, "a quote in a cell that is not quoted as a whole"),
            ("a,b\n1\"2,3\n", 4, "a quote in a cell that is not quoted as a whole"),
        ] {
            let errors = read(source(), text).expect_err(text);
            assert_eq!(errors.len(), 1, "{text:?}: {errors:?}");
            assert_eq!(errors[0].message, message, "{text:?}");
            assert_eq!(errors[0].span.map(|span| span.start), Some(start), "{text:?}");
        }
    }
}
