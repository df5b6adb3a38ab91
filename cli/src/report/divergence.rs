//! Questions to which two engines have different answers.

use portcullis::compare::Divergence;

use super::diagnostics::Printable;
use crate::engine::BuiltEngine;
use crate::io::Io;
use crate::plural::plural;

/// Says on stderr what the engines disagreed on since the last time; answers whether they did.
pub(crate) fn tell(built: &BuiltEngine, io: &mut Io) -> bool {
    let Some(divergences) = &built.divergences else { return false };
    let found = divergences.take();
    for divergence in &found {
        io.warning(format_args!("the engines disagree on {}", divergence.query));
        for line in lines(divergence) {
            io.note(Printable(&line));
        }
    }
    if !found.is_empty() {
        io.note(format_args!("{}; the answer given is native's", plural(found.len(), "divergence")));
    }
    !found.is_empty()
}

fn lines(divergence: &Divergence) -> [String; 3] {
    [
        format!("  native:  {}", divergence.first),
        format!("  regorus: {}", divergence.second),
        match &divergence.input {
            Some(input) => format!("  smallest input found: {}", input.to_json()),
            None => "  without an input".to_owned(),
        },
    ]
}
