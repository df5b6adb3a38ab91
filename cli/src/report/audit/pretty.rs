//! A review for people at a terminal.

use std::io::{self, Write};

use super::{Access, Changes, Flagged, Review};
use crate::io::{FAIL, SKIPPED};
use crate::plural::plural;
use crate::report::outcome::one_line;

/// The numbers, the flags, what changed, and who can call whom.
pub(super) fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let Review { size, decided, .. } = review;
    writeln!(
        out,
        "{}, {} and {}: {} allowed, {} denied, {} undecided",
        plural(size.callers, "caller"),
        plural(size.callees, "callee"),
        plural(size.actions, "action"),
        decided.allowed,
        decided.denied,
        decided.undecided
    )?;
    if let Some(logged) = review.logged {
        writeln!(out, "the logs have {} on calls", plural(logged, "decision"))?;
    }
    writeln!(out, "\n{}", plural(review.flags.len(), "flag"))?;
    review.flags.iter().try_for_each(|flagged| write_flag(flagged, out))?;
    if let Some(changes) = &review.changes {
        write_changes(changes, out)?;
    }
    writeln!(out, "\nwho can call whom")?;
    let mut last = "";
    for Access { caller, callee, action, grants } in &review.allowed {
        if caller != last {
            writeln!(out, "{}", one_line(caller))?;
            last = caller;
        }
        writeln!(out, "  -> {} {} ({})", one_line(callee), one_line(action), one_line(&grants.join(", ")))?;
    }
    out.flush()
}

fn write_flag(flagged: &Flagged, out: &mut dyn Write) -> io::Result<()> {
    let style = match &*flagged.severity {
        "high" => FAIL,
        "medium" => SKIPPED,
        _ => anstyle::Style::new(),
    };
    let (severity, flag) = (one_line(&flagged.severity), one_line(&flagged.flag));
    writeln!(
        out,
        "  {style}{severity:6}{style:#} {flag}: {}: {}",
        one_line(&flagged.subject),
        one_line(&flagged.message)
    )
}

fn write_changes(changes: &Changes, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nsince {}", one_line(&changes.since))?;
    for (sign, list) in [('+', &changes.newly_allowed), ('-', &changes.no_longer_allowed)] {
        for access in list {
            writeln!(
                out,
                "  {sign} {}",
                one_line(&format!("{} -> {} {}", access.caller, access.callee, access.action))
            )?;
        }
    }
    for (what, list) in [("new", &changes.new_flags), ("settled", &changes.settled_flags)] {
        for flagged in list {
            writeln!(
                out,
                "  {what} flag: {}",
                one_line(&format!("{}: {}: {}", flagged.flag, flagged.subject, flagged.message))
            )?;
        }
    }
    if changes.newly_allowed.is_empty() && changes.no_longer_allowed.is_empty() {
        writeln!(out, "  the same calls are allowed")?;
    }
    Ok(())
}
