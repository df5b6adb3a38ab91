//! Reads coverage that was written elsewhere, and believes nothing of it.

use serde::Deserialize;

use super::{Coverage, FileCoverage, Range, VERSION};

/// Why something can't be read as coverage.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON, or other JSON.
    #[error("it is not coverage as `portcullis test --report coverage` writes it: {0}")]
    Other(String),
    /// It is of another version of the format.
    #[error(
        "it has version {found} of the format, and this portcullis reads version {VERSION}: measure again with it"
    )]
    Version {
        /// Its version.
        found: u32,
    },
    /// It speaks of a piece of a file that the file doesn't have.
    #[error("its file `{file}` has no row {row} with a column {col}")]
    Place {
        /// The file.
        file: String,
        /// The row.
        row: u32,
        /// The column.
        col: u32,
    },
}

impl Coverage {
    /// Reads the serialised form.
    ///
    /// # Errors
    /// When it is something else, of another version, or speaks of places that are not there. Messages have the row and
    /// column in `text` where there is one.
    pub fn read(text: &[u8]) -> Result<Self, ReadError> {
        let other = |error: serde_json::Error| ReadError::Other(error.to_string());
        // Other versions may have other fields, so the version is looked for first.
        let Header { version } = serde_json::from_slice(text).map_err(other)?;
        if version != VERSION {
            return Err(ReadError::Version { found: version });
        }
        let coverage: Self = serde_json::from_slice(text).map_err(other)?;
        for (name, file) in &coverage.files {
            let rows = file.text.bytes().filter(|byte| *byte == b'\n').count() + 1;
            // No row has more columns than the text has bytes.
            let columns = file.text.len() + 1;
            if let Some(place) =
                file.ranges().find(|range| !range.is_within(rows, columns)).map(|range| range.end)
            {
                return Err(ReadError::Place { file: name.to_string(), row: place.row, col: place.col });
            }
        }
        Ok(coverage)
    }
}

#[derive(Deserialize)]
struct Header {
    version: u32,
}

impl FileCoverage {
    fn ranges(&self) -> impl Iterator<Item = &Range> {
        let of_clauses = self.clauses.iter().flat_map(|clause| {
            let literals = clause.literals.iter().map(|literal| &literal.range);
            literals.chain([&clause.range, &clause.head])
        });
        let passes = [&self.opa.no_index, &self.opa.no_early_exit];
        let of_opa = passes.into_iter().flatten().chain([&self.opa.written, &self.opa.covered]).flatten();
        of_clauses.chain(of_opa)
    }
}

impl Range {
    fn is_within(&self, rows: usize, columns: usize) -> bool {
        let fits =
            |number: u32, most| number > 0 && usize::try_from(number).is_ok_and(|number| number <= most);
        let places = [self.start, self.end];
        self.start <= self.end && places.iter().all(|place| fits(place.row, rows) && fits(place.col, columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Tests;

    #[test]
    fn what_is_written_is_read() {
        let coverage = Coverage::default();
        assert_eq!(Coverage::read(&serde_json::to_vec(&coverage).unwrap()).unwrap(), coverage);
    }

    #[test]
    fn what_is_no_coverage_is_refused_with_its_place() {
        let place = r#"{"version": 1, "files": {"a.rego": {"package": "data.a", "text": "package a\n", "is_test": false, "clauses": [],
            "uncounted": [], "opa": {"written": [RANGE], "covered": [], "no_index": null, "no_early_exit": null}}}}"#;
        let with_range =
            |start, end| place.replace("RANGE", &format!(r#"{{"start": {start}, "end": {end}}}"#));
        let first = r#"{"row": 1, "col": 1}"#;
        for (text, message) in [
            (String::new(), "EOF while parsing a value at line 1 column 0"),
            ("TN:\nSF:a.rego\n".to_owned(), "expected value at line 1 column 1"),
            (r#"{"files": {}}"#.to_owned(), "missing field `version` at line 1 column 13"),
            (r#"{"version": 2, "places": []}"#.to_owned(), "version 2 of the format"),
            ("{\"version\": 1,\n\"files\": []}".to_owned(), "at line 2 column"),
            (r#"{"version": 1, "files": {}, "more": 1}"#.to_owned(), "unknown field `more`"),
            (
                with_range(first, r#"{"row": 4294967295, "col": 1}"#),
                "`a.rego` has no row 4294967295 with a column 1",
            ),
            (with_range(first, r#"{"row": 3, "col": 1}"#), "`a.rego` has no row 3 with a column 1"),
            (with_range(first, r#"{"row": 1, "col": 12}"#), "`a.rego` has no row 1 with a column 12"),
            (with_range(r#"{"row": 0, "col": 1}"#, first), "`a.rego` has no row 1 with a column 1"),
            (with_range(r#"{"row": 2, "col": 1}"#, first), "`a.rego` has no row 1 with a column 1"),
        ] {
            let error = Coverage::read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(message), "{text}\n{error}");
        }
        let read = Coverage::read(with_range(first, r#"{"row": 1, "col": 10}"#).as_bytes()).unwrap();
        assert_eq!(crate::coverage::opa::report(&read, Tests::LeftOut).not_covered_lines, 1);
    }
}
