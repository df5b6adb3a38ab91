//! A module's text, coloured by what was seen of each literal.

use std::fmt::Write as _;
use std::io::{self, Write};

use portcullis::coverage::{
    ClauseCoverage, FileCoverage, Kind, LiteralCoverage, Place, Range, Tests, Totals,
};

use super::{Module, numbers};
use crate::plural::plural;
use crate::report::coverage_pretty::{clause_gap, literal_gap};
use crate::report::html_text::{line, text};

/// The section of one file.
pub(super) fn write(
    Module { number, name, file }: &Module<'_>,
    tests: Tests,
    out: &mut dyn Write,
) -> io::Result<()> {
    let totals = numbers(&Totals::of_file(file, tests));
    writeln!(out, "<section id=\"f{number}\" class=\"file\">\n<h2>{}</h2>", line(name))?;
    writeln!(out, "<p>package <code>{}</code></p>", line(&file.package))?;
    write!(out, "<table><thead><tr>")?;
    for kind in Kind::ALL {
        write!(out, "<th scope=\"col\">{}</th>", kind.as_str())?;
    }
    writeln!(out, "</tr></thead><tbody><tr>{totals}</tr></tbody></table>")?;
    writeln!(out, "<table class=\"source\"><tbody>")?;
    let rows = file.rows(tests);
    let mut painter = Painter::new(pieces(file, tests));
    for (row, code) in (1..).zip(file.text.lines()) {
        let hits = match (file.uncounted.iter().find(|uncounted| uncounted.row == row), rows.get(&row)) {
            (Some(uncounted), _) => {
                format!("<td class=\"hits\" title=\"not counted: {}\">no-cover</td>", text(&uncounted.reason))
            }
            (None, Some(found)) => {
                let class = if found.hits == 0 { "hits zero" } else { "hits" };
                format!("<td class=\"{class}\">{}</td>", found.hits)
            }
            (None, None) => "<td class=\"hits\"></td>".to_owned(),
        };
        let code = painter.row(row, code);
        writeln!(
            out,
            "<tr id=\"f{number}L{row}\"><td class=\"row\"><a href=\"#f{number}L{row}\">{row}</a></td>{hits}<td><code>{code}</code></td></tr>"
        )?;
    }
    writeln!(out, "</tbody></table>\n</section>")
}

/// A piece of the text that counts.
#[derive(Debug)]
struct Piece {
    range: Range,
    class: &'static str,
    /// What is told of it.
    told: String,
    /// Whether something of it was never seen.
    is_gap: bool,
    is_shown: bool,
}

/// Heads and literals in the order of their starts, outer ones first.
fn pieces(file: &FileCoverage, tests: Tests) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for clause in file.counted(tests) {
        pieces.push(head(clause));
        pieces.extend(file.literals(clause).map(|literal| of_literal(clause, literal)));
    }
    pieces.sort_by_key(|piece| (piece.range.start, std::cmp::Reverse(piece.range.end)));
    pieces
}

fn head(clause: &ClauseCoverage) -> Piece {
    let gap = clause_gap(clause);
    let counts = format!(
        "; {}: asked for {}, body evaluated {}, held {}",
        clause.rule,
        plural(clause.asked, "time"),
        plural(clause.entered, "time"),
        plural(clause.held, "time"),
    );
    let class = if gap.is_some() { "never" } else { "both" };
    Piece::new(clause.head, class, gap, &counts)
}

fn of_literal(clause: &ClauseCoverage, literal: &LiteralCoverage) -> Piece {
    let gap = literal_gap(clause, literal);
    let class = match (literal.is_condition, literal.held > 0, literal.failed > 0) {
        (_, _, false) if literal.evaluated == 0 => "never",
        (false, ..) | (true, true, true) => "both",
        (true, true, false) => "true",
        (true, false, _) => "false",
    };
    let told = format!(
        "; evaluated {}, held {}, false or undefined {}",
        plural(literal.evaluated, "time"),
        plural(literal.held, "time"),
        plural(literal.failed, "time"),
    );
    // Three times nothing tells nothing.
    let counts = if class == "never" { String::new() } else { told };
    Piece::new(literal.range, class, gap, &counts)
}

impl Piece {
    fn new(range: Range, class: &'static str, gap: Option<String>, counts: &str) -> Self {
        let is_gap = gap.is_some();
        let told = format!("{}{counts}", gap.unwrap_or_default());
        let told = told.trim_start_matches("; ");
        Self { range, class, told: format!("row {}: {told}", range.start.row), is_gap, is_shown: false }
    }
}

/// Colours rows, which have to come in their order.
#[derive(Debug)]
struct Painter {
    pieces: Vec<Piece>,
    next: usize,
    /// Those around the current place, the innermost last.
    open: Vec<usize>,
}

impl Painter {
    fn new(pieces: Vec<Piece>) -> Self {
        Self { pieces, next: 0, open: Vec::new() }
    }

    fn row(&mut self, row: u32, code: &str) -> String {
        let mut html = String::new();
        let mut run = (None, String::new());
        for (col, c) in (1..).zip(code.chars()) {
            let piece = self.at(Place { row, col });
            if piece != run.0 {
                self.paint(&run, &mut html);
                run = (piece, String::new());
            }
            run.1.push(c);
        }
        self.paint(&run, &mut html);
        html
    }

    /// The innermost piece around a place.
    fn at(&mut self, place: Place) -> Option<usize> {
        while self.pieces.get(self.next).is_some_and(|piece| piece.range.start <= place) {
            self.open.push(self.next);
            self.next += 1;
        }
        let has_ended = |piece: &Piece| piece.range.end <= place;
        while self.open.last().and_then(|last| self.pieces.get(*last)).is_some_and(has_ended) {
            self.open.pop();
        }
        self.open.last().copied()
    }

    fn paint(&mut self, (piece, code): &(Option<usize>, String), html: &mut String) {
        let code = text(code);
        // Writing to a string can't fail.
        let Some(piece) = piece.and_then(|piece| self.pieces.get_mut(piece)) else {
            _ = write!(html, "{code}");
            return;
        };
        // A piece that others or line breaks interrupt is one stop for the keyboard.
        let stop = if piece.is_gap && !piece.is_shown { " tabindex=\"0\" role=\"note\"" } else { "" };
        piece.is_shown = true;
        _ = write!(
            html,
            "<span class=\"{}\"{stop} title=\"{}\">{code}</span>",
            piece.class,
            line(&piece.told)
        );
    }
}
