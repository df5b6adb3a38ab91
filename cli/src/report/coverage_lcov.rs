//! Coverage as LCOV's tracefile, which `genhtml`, editors and services read.
//!
//! Clauses are functions, and each condition is a block of two branches: 0 that it held, 1 that it did not.

use std::io::{self, Write};

use portcullis::coverage::{Coverage, FileCoverage, Tests};

use super::coverage_clauses::named;
use super::outcome::one_line;

/// One record for each file.
pub(crate) fn write(coverage: &Coverage, tests: Tests, out: &mut dyn Write) -> io::Result<()> {
    let files = coverage.files.iter().filter(|(_, file)| tests == Tests::Counted || !file.is_test);
    for (name, file) in files {
        writeln!(out, "TN:\nSF:{}", one_line(name))?;
        functions(file, tests, out)?;
        rows(file, tests, out)?;
        writeln!(out, "end_of_record")?;
    }
    Ok(())
}

fn functions(file: &FileCoverage, tests: Tests, out: &mut dyn Write) -> io::Result<()> {
    let clauses = named(file, tests);
    for (name, clause) in &clauses {
        writeln!(out, "FN:{},{name}", clause.head.start.row)?;
    }
    for (name, clause) in &clauses {
        writeln!(out, "FNDA:{},{name}", clause.held)?;
    }
    let hit = clauses.iter().filter(|(_, clause)| clause.held > 0).count();
    writeln!(out, "FNF:{}\nFNH:{hit}", clauses.len())
}

fn rows(file: &FileCoverage, tests: Tests, out: &mut dyn Write) -> io::Result<()> {
    let rows = file.rows(tests);
    let (mut branches, mut hit) = (0, 0);
    for (number, row) in &rows {
        for (block, literal) in row.conditions.iter().enumerate() {
            for (branch, count) in [literal.held, literal.failed].into_iter().enumerate() {
                branches += 1;
                hit += usize::from(count > 0);
                // Of what nobody came to, no branch could be taken.
                let is_reached = literal.evaluated > 0 || literal.failed > 0;
                let taken = if is_reached { count.to_string() } else { "-".to_owned() };
                writeln!(out, "BRDA:{number},{block},{branch},{taken}")?;
            }
        }
    }
    writeln!(out, "BRF:{branches}\nBRH:{hit}")?;
    for (number, row) in &rows {
        writeln!(out, "DA:{number},{}", row.hits)?;
    }
    let hit = rows.values().filter(|row| row.hits > 0).count();
    writeln!(out, "LF:{}\nLH:{hit}", rows.len())
}
