//! Bounds how deep brackets nest and how long expressions are, before regorus reads a text.
//!
//! regorus reads the start of each `[` and `{` again and again to find out what it is, which takes about four times
//! as long for each level that one stands in: thirty levels take longer than anybody waits. And it goes down an
//! expression by recursion, one level for each operator, dot or bracket of a chain.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Sources, Span};

/// One error for each module that would take too long to read, or too much stack.
pub(super) fn check(sources: &Sources) -> Vec<Diagnostic> {
    let too_much = sources.iter().filter_map(|(id, source)| Some((id, too_much(source.text())?)));
    too_much.map(|(id, excess)| diagnostic(id, excess)).collect()
}

/// What is too much of a text, or `None` when it is quickly read.
pub(super) fn too_much(text: &str) -> Option<Excess> {
    let mut scan =
        Scan { brackets: Vec::new(), links: 0, depth: 0, work: 0, deepest: (0, 0), after: After::Start };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let offset = text.len() - rest.len();
        let length = token_length(rest, first);
        let token = rest.get(..length).unwrap_or_default();
        rest = rest.get(length..).unwrap_or_default();
        let excess = scan.token(offset, token, first);
        if excess.is_some() {
            return excess;
        }
    }
    None
}

/// Something of which there is too much, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    /// The bracket at `offset` stands in `depth`, itself included.
    Nesting { offset: usize, depth: usize },
    /// The expression goes on at `offset` after as many operators, dots and brackets as are taken.
    Length { offset: usize },
}

/// What is wrong with a text.
pub(super) fn complaint(excess: Excess) -> String {
    match excess {
        Excess::Nesting { depth, .. } => {
            format!("brackets nest {depth} deep here, too deep for the reference engine to read")
        }
        Excess::Length { .. } => format!(
            "this expression has more than {MOST_LINKS} operators, too many for the reference engine to read"
        ),
    }
}

fn diagnostic(source: SourceId, excess: Excess) -> Diagnostic {
    let (Excess::Nesting { offset, .. } | Excess::Length { offset }) = excess;
    let start = u32::try_from(offset).unwrap_or(u32::MAX);
    let span = Span::new(source, start, start.saturating_add(1));
    Diagnostic::error(Code::Compile, complaint(excess), span)
        .with_help("give the inner values names of their own, or move them to a data file")
}

/// What was read of a text.
struct Scan {
    /// For each open bracket, how long the expression is that it stands in.
    brackets: Vec<usize>,
    /// How long the expression is so far.
    links: usize,
    /// How many `[` and `{` are open.
    depth: u32,
    work: u64,
    /// Offset and depth of the bracket that stands in the most others.
    deepest: (usize, u32),
    after: After,
}

/// What the last token was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// Nothing that an expression goes on from.
    Start,
    /// The end of an operand.
    Operand,
    /// The end of an operand, and then of its row.
    Row,
}

impl Scan {
    fn token(&mut self, offset: usize, token: &str, first: char) -> Option<Excess> {
        match first {
            '\n' if self.after == After::Operand => self.after = After::Row,
            '#' => {}
            _ if first.is_whitespace() => return None,
            ',' | ';' => self.start(),
            '[' | '{' | '(' => {
                match self.after {
                    After::Operand => self.links += 1,
                    After::Row => self.links = 0,
                    After::Start => {}
                }
                self.depth += u32::from(first != '(');
                self.brackets.push(self.links);
                self.start();
                if self.brackets.len() > MOST_OPEN {
                    return Some(Excess::Nesting { offset, depth: self.brackets.len() });
                }
            }
            ']' | '}' | ')' => {
                self.depth = self.depth.saturating_sub(u32::from(first != ')'));
                self.links = self.brackets.pop().unwrap_or_default();
                self.after = After::Operand;
            }
            _ if token != "in" && (is_word(first) || matches!(first, '"' | '`')) => {
                if self.after != After::Start {
                    self.links = 0;
                }
                self.after = After::Operand;
            }
            _ => {
                self.links += 1;
                self.after = After::Start;
            }
        }
        if self.depth > self.deepest.1 {
            self.deepest = (offset, self.depth);
        }
        self.work = self.work.saturating_add(READINGS_PER_LEVEL.saturating_pow(self.depth));
        if self.work > MOST_WORK {
            let (offset, depth) = self.deepest;
            return Some(Excess::Nesting { offset, depth: depth as usize });
        }
        (self.links > MOST_LINKS).then_some(Excess::Length { offset })
    }

    fn start(&mut self) {
        self.links = 0;
        self.after = After::Start;
    }
}

/// How many bytes the token, space or comment has that starts with `first`.
fn token_length(text: &str, first: char) -> usize {
    let up_to = |end: Option<usize>| end.unwrap_or(text.len());
    match first {
        '#' => up_to(text.find('\n')),
        '`' => up_to(text.char_indices().skip(1).find(|(_, c)| *c == '`').map(|(end, _)| end + 1)),
        '"' => {
            let mut escaped = false;
            let is_end = |(index, c): (usize, char)| {
                let end = index > 0 && !escaped && c == '"' || c == '\n';
                escaped = !escaped && c == '\\';
                end.then_some(index + 1)
            };
            up_to(text.char_indices().find_map(is_end))
        }
        _ if is_word(first) => up_to(text.find(|c| !is_word(c))),
        _ => first.len_utf8(),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How much longer a token takes for each bracket that it stands in. Measured: 4.2 for lists, 3.9 for objects.
const READINGS_PER_LEVEL: u64 = 4;

/// How many readings of tokens are accepted. Measured: 0.6 to 1.4 ns each, so that deep brackets take a second at
/// most; an object in an object and so on is taken up to 13 levels. Without optimisation it is thirty times as much.
const MOST_WORK: u64 = 800_000_000;

/// How many brackets of any kind may be open, calls among them; each takes a level of regorus' stack.
const MOST_OPEN: usize = 500;

/// How many operators, dots and brackets an expression may have. Measured: tens of thousands overflow the stack.
const MOST_LINKS: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::{Excess, too_much};

    fn nested(open: &str, close: &str, depth: usize) -> String {
        format!("package a\n\np := {}1{}\n", open.repeat(depth), close.repeat(depth))
    }

    #[test]
    fn twelve_levels_are_read_and_thirty_are_not() {
        for (open, close) in [("[", "]"), ("{", "}"), ("{\"a\": ", "}")] {
            assert_eq!(too_much(&nested(open, close, 12)), None, "{open}");
            let excess = too_much(&nested(open, close, 30)).expect("too deep");
            let Excess::Nesting { offset, depth } = excess else { panic!("{open}: {excess:?}") };
            assert!(depth > 12 && offset > 12, "{open}: {excess:?}");
        }
    }

    #[test]
    fn many_deep_texts_are_too_much_together() {
        let one = nested("[", "]", 11);
        assert_eq!(too_much(&one), None);
        assert!(too_much(&one.repeat(200)).is_some());
        assert_eq!(too_much(&nested("{", "}", 3).repeat(2_000)), None);
    }

    #[test]
    fn long_chains_are_too_much() {
        for link in
            ["+ 1", ".a", "[0]", "== 1", "(1)", "- ", "in x ", "\n+\n1", "+ {1, 2}", "/ f(x)", "# c\n.a"]
        {
            let chain = |length| format!("p if 1 {}1\n", link.repeat(length));
            assert_eq!(too_much(&chain(400)), None, "{link}");
            assert!(matches!(too_much(&chain(2_000)), Some(Excess::Length { .. })), "{link}");
        }
        assert!(too_much(&format!("p := [{}]", "1 + 1, ".repeat(5_000))).is_none());
        assert!(too_much(&format!("p if {{\n{}}}", "\tx := y + 1 # c\n\n".repeat(5_000))).is_none());
        assert!(too_much(&format!("p if {{\n{}}}", "\t[a, b] := f(x)\n".repeat(5_000))).is_none());
    }

    #[test]
    fn brackets_in_text_and_comments_do_not_count() {
        let brackets = "[".repeat(100);
        for text in [
            format!("# {brackets}\np := 1"),
            format!("p := \"{brackets}\\\"{brackets}\""),
            format!("p := `{brackets}\n\"{brackets}`"),
            "[], ".repeat(1_000),
        ] {
            assert_eq!(too_much(&text), None, "{text}");
        }
        assert!(too_much(&format!("p := \"\\\\\" + {brackets}")).is_some());
    }
}
