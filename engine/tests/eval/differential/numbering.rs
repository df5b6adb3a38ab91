//! Differences that come of how generated variables are numbered.
//!
//! The keys of an object and the elements of a set are evaluated in the order of their names, and of equal keys the last one
//! counts. OPA numbers generated names over all modules, we number them in each; so of `__local9__` and `__local10__` the order
//! may be another one. Where all numbers have the same length the order is that in which they are declared, in OPA and here.

use std::fmt::Write as _;

use super::{Verdict, both_ways, judge, scan};
use crate::case::Case;
use crate::server::Server;

/// How many variables are declared before those of a module.
const BEFORE: usize = 100;

/// Whether a case, which differs, does not where all names have numbers of the same length.
pub(super) fn accept(case: &Case, server: &mut Server) -> bool {
    let padded = padded(case);
    matches!(judge(&padded, &both_ways(&padded), server), Verdict::Same(_))
}

/// The case with so many generated variables in front that all numbers have three digits.
fn padded(case: &Case) -> Case {
    let mut case = case.clone();
    for (module, (_, text)) in case.modules.iter_mut().enumerate() {
        let (header, rules) = scan::blocks(text);
        let mut names = String::new();
        for number in 0..BEFORE {
            let _ = write!(names, "{}a{number} := 1", if number == 0 { "" } else { "; " });
        }
        *text = format!("{header}\n\npadding{module}_ := [1 | {names}]\n\n{}", rules.concat());
    }
    case
}
