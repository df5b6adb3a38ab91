//! Mutants as one page for browsers: the figures, what survived with its change and the test that is missing, and all others.
//!
//! The page fetches nothing and runs nothing: a policy of its own forbids it.

use std::fmt::Write as _;

use portcullis::mutate::hunk::Hunk;
use portcullis::mutate::missing::{MissingTest, Searched};
use portcullis::mutate::mutant::Mutant;
use portcullis::mutate::score::Tally;

use super::{End, Told, Tried, evaluated, test_name};
use crate::plural::plural;
use crate::report::html_text::{line, text};
use crate::report::page::{self, Script};

/// One document.
pub(crate) fn html(told: &Told) -> String {
    let mut page = page::begin("Mutants", Script::Absent, STYLE);
    page.push_str("<main>\n<h1>Mutants</h1>\n");
    figures(told, &mut page);
    let is_missed = |tried: &&Tried| matches!(&tried.end, End::Survived { searched, .. } if !matches!(searched, Searched::Nothing { .. }));
    let is_equivalent =
        |tried: &&Tried| matches!(&tried.end, End::Survived { searched: Searched::Nothing { .. }, .. });
    let missed: Vec<&Tried> = told.tried.iter().filter(is_missed).collect();
    let equivalent: Vec<&Tried> = told.tried.iter().filter(is_equivalent).collect();
    _ = writeln!(
        page,
        "<section id=\"survived\">\n<h2>{} no test notices</h2>",
        plural(missed.len(), "mutant")
    );
    for tried in missed {
        survivor(told, tried, &mut page);
    }
    page.push_str("</section>\n");
    if !equivalent.is_empty() {
        let count = equivalent.len();
        _ = writeln!(page, "<section id=\"equivalent\">\n<h2>{count} probably equivalent</h2>");
        page.push_str("<p class=\"quiet\">No test notices them, and no input was found that they decide otherwise.</p>\n");
        table(told, equivalent.into_iter(), &mut page);
        page.push_str("</section>\n");
    }
    let others = told.tried.iter().filter(|tried| !matches!(tried.end, End::Survived { .. }));
    page.push_str("<section id=\"others\">\n<details><summary>All others</summary>\n");
    table(told, others, &mut page);
    page.push_str("</details>\n</section>\n</main>\n</body>\n</html>\n");
    page
}

fn figures(told: &Told, page: &mut String) {
    let score = told.score();
    page.push_str("<section id=\"figures\">\n");
    if let Some(strength) = score.deny_strength() {
        _ = writeln!(
            page,
            "<p><span class=\"strength\">{strength:.1} %</span> deny strength: of the mutants that let more in, so many are noticed</p>"
        );
    }
    if !told.is_complete {
        page.push_str(
            "<p>The run was stopped: mutants that were not tried until then count as not noticed.</p>\n",
        );
    }
    let decisions: Vec<String> =
        told.decisions.iter().map(|name| format!("<code>{}</code>", line(name))).collect();
    _ = writeln!(
        page,
        "<p class=\"quiet\">Decisions: {}; {}</p>",
        decisions.join(", "),
        plural(told.tests, "test")
    );
    page.push_str("<table>\n<thead><tr><th scope=\"col\">Mutants</th>");
    for name in ["noticed", "not noticed", "probably equivalent", "not tried", "did not compile"] {
        _ = write!(page, "<th scope=\"col\">{name}</th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    let rows = [
        ("widening", score.widening),
        ("narrowing", score.narrowing),
        ("unknown", score.unknown),
        ("all", score.all()),
    ];
    for (name, Tally { killed, missed, equivalent, unviable, open }) in rows {
        _ = write!(page, "<tr><th scope=\"row\">{name}</th>");
        for count in [killed, missed, equivalent, open, unviable] {
            _ = write!(page, "<td class=\"count\">{count}</td>");
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
}

fn survivor(told: &Told, Tried { mutant, end }: &Tried, page: &mut String) {
    let End::Survived { tests, searched } = end else { return };
    let (file, row, col) = told.place(mutant);
    let (_, source) = told.source(mutant);
    let (direction, id, summary) = (mutant.direction.name(), mutant.operator.id, mutant.operator.summary);
    _ = writeln!(
        page,
        "<article>\n<h3>{}:{row}:{col} {direction} <code>{id}</code>: {summary}</h3>",
        line(file)
    );
    let noticed = evaluated(*tests);
    _ = writeln!(page, "<p class=\"quiet\">in <code>{}</code>; {noticed}</p>", line(&mutant.rule));
    diff(&Hunk::of(source, mutant), page);
    match searched {
        Searched::Found(missing) => missing_test(missing, &test_name(mutant, row), page),
        Searched::Nothing { .. } | Searched::Stopped => {}
    }
    page.push_str("</article>\n");
}

fn diff(hunk: &Hunk, page: &mut String) {
    _ = writeln!(page, "<pre>{}", line(&hunk.header()));
    for changed in &hunk.lines {
        let shown = text(changed);
        _ = match changed.chars().next() {
            Some('-') => write!(page, "<del>{shown}</del>"),
            Some('+') => write!(page, "<ins>{shown}</ins>"),
            Some(_) | None => writeln!(page, "{shown}"),
        };
    }
    page.push_str("</pre>\n");
}

fn missing_test(missing: &MissingTest, name: &str, page: &mut String) {
    let does = if missing.lets_in() { "lets in" } else { "keeps out" };
    let edits: Vec<String> = missing.edits.iter().map(ToString::to_string).collect();
    let edits = if edits.is_empty() { "as it is".to_owned() } else { edits.join(", ") };
    _ = writeln!(
        page,
        "<p>It {does}: {}, {}. Missing, as a case of a suite for <code>{}</code>:</p>",
        line(&missing.seed),
        line(&edits),
        line(&missing.decision.name())
    );
    _ = writeln!(page, "<pre>{}</pre>", text(missing.table_case(name).trim_end()));
    _ = writeln!(
        page,
        "<details><summary>as a test in Rego</summary>\n<pre>{}</pre>\n</details>",
        text(missing.rego(name).trim_end())
    );
}

fn table<'t>(told: &Told, rows: impl Iterator<Item = &'t Tried>, page: &mut String) {
    page.push_str("<table>\n<thead><tr>");
    for name in ["Place", "Direction", "Operator", "Change", "What came of it"] {
        _ = write!(page, "<th scope=\"col\">{name}</th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for Tried { mutant, end } in rows {
        let (file, row, col) = told.place(mutant);
        let came = match end {
            End::Killed(test) => format!("noticed by {test}"),
            End::Unviable | End::Survived { .. } | End::Open => end.name().to_owned(),
        };
        _ = writeln!(
            page,
            "<tr><td>{}:{row}:{col}</td><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            line(file),
            mutant.direction.name(),
            mutant.operator.id,
            change(told, mutant),
            line(&came)
        );
    }
    page.push_str("</tbody>\n</table>\n");
}

fn change(told: &Told, mutant: &Mutant) -> String {
    let (_, source) = told.source(mutant);
    let old = source.get(mutant.span.start as usize..mutant.span.end as usize).unwrap_or_default();
    let piece = |mark: &str, piece: &str| match piece {
        "" => String::new(),
        piece => format!("<{mark}><code>{}</code></{mark}>", text(piece)),
    };
    piece("del", old) + &piece("ins", &mutant.replacement)
}

const STYLE: &str = include_str!("html/style.css");
