//! Differences that come of how generated variables are numbered.
//!
//! The keys of an object and the elements of a set are evaluated in the order of their names. OPA numbers generated
//! names over all modules, we number them in each; so of `__local9__` and `__local10__` the order may be another one. Where
//! all numbers have the same length the order is that in which they are declared, in OPA and here.

use std::fmt::Write as _;

use super::{Verdict, both_ways, judge, scan};
use crate::case::Case;
use crate::server::Server;

/// How many variables are declared before those of a module.
const BEFORE: usize = 100;

/// Whether only answers with strict errors differ, which are the same where all names have numbers of the same length.
pub(super) fn accept(case: &Case, report: &str, server: &mut Server) -> bool {
    let answers = report.split_once("-- ours").map_or("", |(_, answers)| answers);
    let mut questions = answers.lines().filter(|line| line.contains("data."));
    if !questions
        .all(|line| line.starts_with("strict ") || !line.starts_with("data.") && !line.starts_with("json "))
    {
        return false;
    }
    let padded = padded(case);
    let verdict = judge(&padded, &both_ways(&padded), server);
    matches!(verdict, Verdict::Same(Ok(_)))
}

/// The case with so many generated variables in front that all numbers have three digits.
fn padded(case: &Case) -> Case {
    let mut case = case.clone();
    for (_, text) in &mut case.modules {
        let (header, rules) = scan::blocks(text);
        let mut names = String::new();
        for number in 0..BEFORE {
            let _ = write!(names, "{}a{number} := 1", if number == 0 { "" } else { "; " });
        }
        *text = format!("{header}\n\npadding_ := [1 | {names}]\n\n{}", rules.concat());
    }
    case
}
