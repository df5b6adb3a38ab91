//! Makes a case that differs as small as it can: lines, parts of lists and brackets go as long as it still differs.

use crate::case::Case;

/// How often a smaller case is tried.
const ATTEMPTS: usize = 600;

/// A smaller case for which `differs` holds too.
pub(crate) fn shrink(case: &Case, mut differs: impl FnMut(&Case) -> bool) -> Case {
    let mut best = case.clone();
    let mut left = ATTEMPTS;
    let mut try_it = |candidate: Case, best: &mut Case| {
        let whole =
            candidate.modules.iter().all(|(_, text)| text.lines().any(|line| line.starts_with("package")));
        if left == 0 || candidate == *best || !whole || candidate.modules.is_empty() {
            return false;
        }
        left -= 1;
        let better = differs(&candidate);
        if better {
            *best = candidate;
        }
        better
    };
    for input in [None, Some("{}".to_owned())] {
        try_it(Case { input, ..best.clone() }, &mut best);
    }
    try_it(Case { data: String::new(), ..best.clone() }, &mut best);
    loop {
        let before = best.clone();
        for index in (0..best.modules.len()).rev() {
            let mut candidate = best.clone();
            candidate.modules.remove(index);
            try_it(candidate, &mut best);
        }
        for index in 0..best.modules.len() {
            let mut at = 0;
            while let Some(smaller) = without_line(&best.modules[index].1, &mut at) {
                let mut candidate = best.clone();
                candidate.modules[index].1 = smaller;
                if !try_it(candidate, &mut best) {
                    at += 1;
                }
            }
            let mut at = 0;
            while let Some(smaller) = without_part(&best.modules[index].1, at) {
                let mut candidate = best.clone();
                candidate.modules[index].1 = smaller;
                if !try_it(candidate, &mut best) {
                    at += 1;
                }
            }
        }
        for of_data in [false, true] {
            let mut at = 0;
            loop {
                let text = if of_data { Some(&best.data) } else { best.input.as_ref() };
                let Some(smaller) = text.and_then(|text| without_part(text, at)) else { break };
                let mut candidate = best.clone();
                if of_data {
                    candidate.data = smaller;
                } else {
                    candidate.input = Some(smaller);
                }
                if !is_json(&candidate) || !try_it(candidate, &mut best) {
                    at += 1;
                }
            }
        }
        if best == before {
            return best;
        }
    }
}

fn is_json(case: &Case) -> bool {
    let reads = |text: &str| {
        text.is_empty()
            || portcullis::document::json(portcullis::source::SourceId::default(), text)
                .is_ok_and(|document| document.to_value().as_object().is_some())
    };
    reads(&case.data) && case.input.as_ref().is_none_or(|input| !input.is_empty() && reads(input))
}

/// The text without a line, or without a block of lines that ends with a bracket.
fn without_line(text: &str, at: &mut usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let (count, start) = (lines.len(), *at / 2);
    if start >= count {
        return None;
    }
    let end = if at.is_multiple_of(2) {
        let closes = |line: &&str| line.starts_with('}') || line.is_empty();
        start + 1 + lines[start..].iter().position(closes).unwrap_or(0)
    } else {
        start + 1
    };
    let kept: Vec<&str> = lines[..start].iter().chain(&lines[end.min(count)..]).copied().collect();
    Some(kept.join("\n") + "\n")
}

/// The text without one part of a list, or with what is in brackets, or a word after another, taken out.
fn without_part(text: &str, at: usize) -> Option<String> {
    let bytes = text.as_bytes();
    let mut candidates: Vec<(usize, usize, &str)> = Vec::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (position, byte) in bytes.iter().enumerate() {
        match byte {
            b'[' | b'{' | b'(' => open.push((position, position + 1)),
            b',' | b';' => {
                if let Some((_, part)) = open.last_mut() {
                    candidates.push((*part, position + 1, ""));
                    *part = position + 1;
                }
            }
            b'|' => {
                if let Some((_, part)) = open.last_mut() {
                    *part = position + 1;
                }
            }
            b']' | b'}' | b')' => {
                if let Some((start, part)) = open.pop() {
                    candidates.push((start, position + 1, "1"));
                    candidates.push((start, position + 1, ""));
                    let from = part.saturating_sub(1).max(start + 1);
                    candidates.push((from, position, ""));
                    candidates.push((start, start + 1, ""));
                }
            }
            _ => {}
        }
    }
    for (position, _) in text.match_indices(" with ") {
        let end = text[position + 1..].find(['\n', ';']).map_or(text.len(), |end| position + 1 + end);
        candidates.push((position, end, ""));
        if let Some(next) = text[position + 1..end].find(" with ") {
            candidates.push((position, position + 1 + next, ""));
        }
    }
    for (position, _) in text.match_indices(" else ") {
        if let Some(end) = text[position + 1..].find("}\n") {
            candidates.push((position, position + 2 + end, ""));
        }
    }
    // The longest first: they help most.
    candidates.sort_by_key(|(start, end, _)| start.abs_diff(*end));
    candidates.reverse();
    let (start, end, instead) = candidates.get(at)?;
    Some(format!("{}{instead}{}", text.get(..*start)?, text.get(*end..)?))
}
