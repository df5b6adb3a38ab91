//! Takes out of a policy what the compiler refuses, so that the rest of it is compared. Some policies stay as they are, for
//! the sake of the errors.

use portcullis::diagnostic::Code;

use super::random::Random;
use super::scan;
use crate::case::{Case, faults};

/// How often something is taken out.
const ROUNDS: usize = 12;

/// The cases, which have the same modules, with fewer faults.
pub(super) fn mended(seed: u64, mut cases: Vec<Case>) -> Vec<Case> {
    let mut random = Random::new(seed ^ 0x003e_4d00);
    let Some(mut case) = cases.first().cloned().filter(|_| !random.percent(12)) else { return cases };
    for _ in 0..ROUNDS {
        let faults = faults(&case);
        let mut places: Vec<(usize, usize)> = faults
            .iter()
            .filter_map(|fault| fault.span)
            .map(|span| (span.source.index(), usize::try_from(span.start).unwrap()))
            .collect();
        places.sort_unstable();
        if faults.iter().any(|fault| fault.code == Code::Parse) {
            // The others often come of the first.
            places.dedup_by_key(|(module, _)| *module);
        }
        // The later ones first: what is before them stays where it is.
        places.reverse();
        if places.is_empty() {
            break;
        }
        for (module, at) in places {
            let text = &mut case.modules[module].1;
            *text = without(&mut random, text, at);
        }
    }
    for other in &mut cases {
        other.modules.clone_from(&case.modules);
    }
    cases
}

/// The text without the line, or the clause, in which something stands.
fn without(random: &mut Random, text: &str, at: usize) -> String {
    // What was taken out before may have moved what is here.
    let at = text.floor_char_boundary(at.min(text.len().saturating_sub(1)));
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = &text[start..text[start..].find('\n').map_or(text.len(), |end| start + end + 1)];
    let (mut header, mut blocks) = scan::blocks(text);
    // An import, a comment, or a literal.
    let alone = line.starts_with("import ") || line.starts_with('#');
    if alone || line.starts_with('\t') && random.percent(60) {
        return [&text[..start], &text[start + line.len()..]].concat();
    }
    // The header has lost the white space at its end.
    let mut end = text.len() - blocks.iter().map(String::len).sum::<usize>();
    let found = blocks.iter().position(|block| {
        end += block.len();
        at < end
    });
    if let Some(found) = found {
        blocks.remove(found);
    }
    header.push_str("\n\n");
    header + &blocks.concat()
}
