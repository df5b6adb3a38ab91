//! A review as one page to hand to an auditor. It fetches nothing, and runs only the script in it; it can be read without that, too.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::{Access, Flagged, Review};
use crate::report::html_text::line;
use crate::report::page::{self, Script};

/// One document.
pub(super) fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(page::begin("Who can call whom", Script::Digest(DIGEST), STYLE).as_bytes())?;
    out.write_all(BANNER.as_bytes())?;
    summary(review, out)?;
    flags("flags", "Flags", &review.flags, out)?;
    if let Some(changes) = &review.changes {
        writeln!(out, "<section id=\"changes\"><h2>Changes since {}</h2></section>", line(&changes.since))?;
        calls("newly-allowed", "Newly allowed", &changes.newly_allowed, out)?;
        calls("no-longer-allowed", "No longer allowed", &changes.no_longer_allowed, out)?;
        flags("new-flags", "New flags", &changes.new_flags, out)?;
        flags("settled-flags", "Settled flags", &changes.settled_flags, out)?;
    }
    matrix(review, out)?;
    calls("allowed", "Who can call whom", &review.allowed, out)?;
    if !review.undecided.is_empty() {
        calls("undecided", "Nothing is decided", &review.undecided, out)?;
    }
    writeln!(out, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn summary(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let Review { size, decided, .. } = review;
    writeln!(out, "<section id=\"summary\"><h2>Summary</h2>\n<table><tbody>")?;
    let mut rows = vec![
        ("Time", review.time.clone()),
        ("Decision", review.decision.clone()),
        ("Policies and data", review.policies.join(", ")),
        ("Callers, callees, actions", format!("{}, {}, {}", size.callers, size.callees, size.actions)),
        ("Allowed calls", decided.allowed.to_string()),
        ("Denied calls", decided.denied.to_string()),
        ("Undecided calls", decided.undecided.to_string()),
    ];
    rows.extend(review.logged.map(|logged| ("Decisions in logs", logged.to_string())));
    for (name, value) in rows {
        writeln!(out, "<tr><th scope=\"row\">{name}</th><td>{}</td></tr>", line(&value))?;
    }
    writeln!(out, "</tbody></table></section>")
}

fn flags(anchor: &str, title: &str, list: &[Flagged], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"{anchor}\"><h2>{title} ({})</h2>", list.len())?;
    if list.is_empty() {
        return writeln!(out, "<p>None.</p></section>");
    }
    writeln!(
        out,
        "<table class=\"filtered\"><thead><tr><th scope=\"col\">Severity</th><th scope=\"col\">Flag</th><th scope=\"col\">About</th><th scope=\"col\">What</th></tr></thead><tbody>"
    )?;
    for Flagged { flag, severity, subject, message } in list {
        let class = match &**severity {
            "high" => "high",
            "medium" => "medium",
            _ => "low",
        };
        writeln!(
            out,
            "<tr tabindex=\"0\"><td class=\"{class}\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            line(severity),
            line(flag),
            line(subject),
            line(message)
        )?;
    }
    writeln!(out, "</tbody></table></section>")
}

fn calls(anchor: &str, title: &str, list: &[Access], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"{anchor}\"><h2>{title} ({})</h2>", list.len())?;
    if list.is_empty() {
        return writeln!(out, "<p>Nobody.</p></section>");
    }
    writeln!(
        out,
        "<table class=\"filtered\"><thead><tr><th scope=\"col\">Caller</th><th scope=\"col\">Callee</th><th scope=\"col\">Action</th><th scope=\"col\">Grants</th></tr></thead><tbody>"
    )?;
    for Access { caller, callee, action, grants } in list {
        writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            line(caller),
            line(callee),
            line(action),
            line(&grants.join(", "))
        )?;
    }
    writeln!(out, "</tbody></table></section>")
}

/// Callers by callees with the number of actions, where that can be seen at a glance.
fn matrix(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let callees: BTreeSet<&str> = review.allowed.iter().map(|access| &*access.callee).collect();
    let mut rows: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for access in &review.allowed {
        rows.entry(&access.caller).or_default().entry(&access.callee).or_default().push(&access.action);
    }
    if rows.is_empty() || rows.len() > MOST_ROWS || callees.len() > MOST_COLUMNS {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"matrix\"><h2>At a glance</h2>\n<table class=\"matrix\"><thead><tr><th scope=\"col\">Caller</th>"
    )?;
    for callee in &callees {
        writeln!(out, "<th scope=\"col\">{}</th>", line(callee))?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for (caller, called) in &rows {
        writeln!(out, "<tr><th scope=\"row\">{}</th>", line(caller))?;
        for callee in &callees {
            match called.get(callee) {
                Some(actions) => {
                    writeln!(
                        out,
                        "<td class=\"may\" title=\"{}\">{}</td>",
                        line(&actions.join(", ")),
                        actions.len()
                    )?;
                }
                None => writeln!(out, "<td class=\"none\">-</td>")?,
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></section>")
}

/// Of the script.
const DIGEST: &str = "NLjHfwlE3YgetGh4s9IO10BglyfY6npaZBVSL941v/Y=";
const BANNER: &str = include_str!("html/banner.html");
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");
/// A larger table shows nothing at a glance.
const MOST_ROWS: usize = 200;
const MOST_COLUMNS: usize = 40;
