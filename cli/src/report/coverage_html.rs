//! Coverage as one page for browsers: numbers, decisions, rules, tests, and each file with what of it was never seen.
//!
//! The page fetches nothing, and runs only the script in it: a policy of its own forbids everything else. It can be read
//! without the script too.

mod source;
mod tables;

use std::io::{self, Write};

use portcullis::coverage::{Coverage, FileCoverage, Kind, Tests, Totals};
use portcullis::source::Sources;
use portcullis::suite::TestResult;

use super::coverage_pretty::percent;
use super::html_text::line;
use super::page::{self, Script};

/// A module and its number, which its anchors begin with.
#[derive(Debug, Clone, Copy)]
struct Module<'c> {
    number: usize,
    name: &'c str,
    file: &'c FileCoverage,
}

/// One document. `results` are those of the tests, and `sources` those of the policies.
pub(crate) fn write(
    coverage: &Coverage,
    tests: Tests,
    results: &[TestResult],
    sources: &Sources,
    out: &mut dyn Write,
) -> io::Result<()> {
    let counted = coverage.files.iter().filter(|(_, file)| tests == Tests::Counted || !file.is_test);
    let files: Vec<Module<'_>> =
        counted.enumerate().map(|(number, (name, file))| Module { number, name, file }).collect();
    out.write_all(page::begin("Coverage", Script::Digest(DIGEST), STYLE).as_bytes())?;
    out.write_all(BANNER.as_bytes())?;
    navigation(&files, tests, !results.is_empty(), out)?;
    writeln!(out, "<main id=\"main\" tabindex=\"-1\">")?;
    summary(&files, &Totals::of(coverage, tests), tests, out)?;
    tables::decisions(&files, tests, out)?;
    tables::rules(&files, tests, out)?;
    if !results.is_empty() {
        tables::tests(&files, results, sources, out)?;
    }
    files.iter().try_for_each(|file| source::write(file, tests, out))?;
    writeln!(out, "</main>\n{PANEL}<script>{SCRIPT}</script>\n</body>\n</html>")
}

/// Links to the parts of the page, and the files as a tree.
fn navigation(files: &[Module<'_>], tests: Tests, has_tests: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<nav aria-label=\"Contents\">\n<ul>")?;
    let parts = [("summary", "Summary"), ("decisions", "Decisions"), ("rules", "Rules"), ("tests", "Tests")];
    for (anchor, title) in parts.iter().filter(|(anchor, _)| has_tests || *anchor != "tests") {
        writeln!(out, "<li><a href=\"#{anchor}\">{title}</a></li>")?;
    }
    writeln!(out, "</ul>\n<ul class=\"tree\">")?;
    let mut open: Vec<&str> = Vec::new();
    for Module { number, name, file } in files {
        let mut folders: Vec<&str> = name.splitn(MAX_DEPTH, '/').collect();
        let own = folders.pop().unwrap_or(name);
        let same = open.iter().zip(&folders).take_while(|(open, own)| open == own).count();
        for _ in open.drain(same..) {
            writeln!(out, "</ul></details></li>")?;
        }
        for folder in folders.iter().skip(same) {
            writeln!(out, "<li><details open><summary>{}/</summary><ul>", line(folder))?;
            open.push(folder);
        }
        let count = Totals::of_file(file, tests).count(Kind::Line);
        let value = if count.total == 0 { "-".to_owned() } else { format!("{}%", percent(count.percent())) };
        let own = line(own);
        writeln!(out, "<li><a href=\"#f{number}\">{own}</a> <span class=\"percent\">{value}</span></li>")?;
    }
    for _ in open {
        writeln!(out, "</ul></details></li>")?;
    }
    writeln!(out, "</ul>\n</nav>")
}

/// The numbers of all files and of each, and what the colours mean.
fn summary(files: &[Module<'_>], all: &Totals, tests: Tests, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"summary\">\n<h2>Summary</h2>\n<table>\n<thead><tr><th scope=\"col\">File</th>"
    )?;
    for kind in Kind::ALL {
        writeln!(out, "<th scope=\"col\">{}</th>", kind.as_str())?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    writeln!(out, "<tr class=\"all\"><th scope=\"row\">all files</th>{}</tr>", numbers(all))?;
    for Module { number, name, file } in files {
        let numbers = numbers(&Totals::of_file(file, tests));
        writeln!(out, "<tr><th scope=\"row\"><a href=\"#f{number}\">{}</a></th>{numbers}</tr>", line(name))?;
    }
    writeln!(out, "</tbody>\n</table>\n{LEGEND}</section>")
}

fn numbers(totals: &Totals) -> String {
    let cell = |kind: Kind| {
        let count = totals.count(kind);
        if count.total == 0 {
            return "<td class=\"none\">-</td>".to_owned();
        }
        let class = if count.covered == count.total { "full" } else { "part" };
        let (percent, covered, total) = (percent(count.percent()), count.covered, count.total);
        format!("<td class=\"{class}\">{percent}% <span class=\"of\">{covered}/{total}</span></td>")
    };
    Kind::ALL.into_iter().map(cell).collect()
}

/// Of the script.
const DIGEST: &str = "FQHi+wbEN02jW9Vj/RS/7aNKuSLWWRilYsPpr4YOO9Y=";
const BANNER: &str = include_str!("coverage_html/banner.html");
const LEGEND: &str = include_str!("coverage_html/legend.html");
const PANEL: &str = include_str!("coverage_html/panel.html");
const STYLE: &str = include_str!("coverage_html/style.css");
const SCRIPT: &str = include_str!("coverage_html/script.js");

/// How deep the tree of files is at most; the rest of a name is one piece.
const MAX_DEPTH: usize = 33;
