//! Other white space, other separators, and comments in odd places.

use super::super::random::Random;
use super::super::scan;

const COMMENTS: &[&str] =
    &["# x", "#", "# \"quote", "# } ] )", "#METADATA", "# `raw", "## é 😀", "#\t{ if := }"];

/// The text with here and there another separator, or a comment.
pub(super) fn relaid(random: &mut Random, text: &str) -> String {
    let depths = scan::depths(text);
    let share = random.pick(&[2, 5, 15]);
    // Whether a bracket holds a list, which may end with a comma.
    let mut lists: Vec<bool> = Vec::new();
    let mut out = if random.percent(15) { format!("{}\n\n", random.pick(COMMENTS)) } else { String::new() };
    let mut before = '\n';
    for (at, char) in text.char_indices() {
        let Some(depth) = depths[at] else {
            // The line ends after a string or a comment too.
            out.push(char);
            before = char;
            continue;
        };
        let comment = random.pick(COMMENTS);
        match char {
            '[' => lists.push(true),
            '(' => lists.push(before.is_ascii_alphanumeric()),
            '{' => lists.push(false),
            '|' => {
                if let Some(list) = lists.last_mut() {
                    *list = false;
                }
            }
            ']' | ')' | '}' => {
                let list = lists.pop().unwrap_or(false);
                if list && !matches!(before, '[' | '(' | ',' | ' ') && random.percent(share.min(3)) {
                    out.push(',');
                    if random.percent(30) {
                        out += &format!(" {comment}\n\t");
                    }
                }
            }
            _ => {}
        }
        out.push(char);
        if random.percent(share) {
            out += &match char {
                ',' if depth > 0 => random.pick(&["\n\t\t", "\n", " # x\n\t", "\t"]).to_owned(),
                ',' => format!(" {comment}\n\t"),
                ';' => random.pick(&["\n\t", " # x\n", "  ", "\n\n", ";"]).to_owned(),
                '[' | '(' if depth > 0 => random.pick(&[" ", "\n\t", " # x\n\t"]).to_owned(),
                '{' => random.pick(&[" ", "\n", " # x\n\t"]).to_owned(),
                '\n' => random.pick(&["\n", "\t# x\n", "# x\n", "  \n", "\n\n\n"]).to_owned(),
                '+' | '*' | '|' | '=' => random.pick(&[" ", "\n\t"]).to_owned(),
                _ => String::new(),
            };
        }
        before = char;
    }
    if random.percent(10) {
        out = out.replace("\n\t", "\n    ");
    }
    if random.percent(15) {
        out += random.pick(COMMENTS);
    }
    out
}
