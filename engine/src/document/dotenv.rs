//! The reader of files of variables, `.env`: a name, an equals sign and a value on each line.

use super::node::{Entry, Node, NodeKind};
use super::offset;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};

/// Reads a file of variables as an object of strings, in the order of its lines.
pub(super) fn read(source: SourceId, text: &str) -> Result<Node, Diagnostic> {
    let mut reader = Reader { source, text, at: 0 };
    let mut entries = Vec::new();
    reader.eat("\u{feff}");
    loop {
        reader.eat_while(char::is_whitespace);
        match reader.peek() {
            None => break,
            Some('#') => reader.eat_while(|c| c != '\n'),
            Some(_) => entries.push(reader.variable()?),
        }
    }
    let whole = Span::new(source, 0, offset(text.len()));
    Ok(Node::new(whole, NodeKind::Object(entries)))
}

struct Reader<'a> {
    source: SourceId,
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn variable(&mut self) -> Result<Entry, Diagnostic> {
        let line = self.at;
        if self.eat("export") {
            if self.peek().is_some_and(is_blank) {
                self.eat_while(is_blank);
            } else {
                self.at = line;
            }
        }
        let start = self.at;
        self.eat_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        let key = self.since(start);
        let key_span = self.span(start, self.at);
        self.eat_while(is_blank);
        if key.is_empty() || !self.eat("=") {
            self.eat_while(|c| c != '\n');
            return Err(self
                .refuse("a line that sets no variable", line)
                .with_help("write `NAME=value`; a comment starts with `#`"));
        }
        self.eat_while(is_blank);
        let value = self.value()?;
        Ok(Entry { key: key.into(), key_span, value })
    }

    fn value(&mut self) -> Result<Node, Diagnostic> {
        let start = self.at;
        if let Some(quote @ ('"' | '\'')) = self.peek() {
            let text = self.quoted(quote)?;
            let end = self.at;
            self.eat_while(is_blank);
            if !matches!(self.peek(), None | Some('\n' | '\r' | '#')) {
                let error = self.refuse("more after the closing quote", start);
                return Err(error.with_help("put all of the value between the quotes"));
            }
            self.eat_while(|c| c != '\n');
            return Ok(Node::new(self.span(start, end), NodeKind::String(text.into())));
        }
        self.eat_while(|c| c != '\n');
        let line = self.since(start);
        let comment = line.char_indices().find(|(at, c)| {
            let before = line.get(..*at).unwrap_or_default();
            *c == '#' && (before.is_empty() || before.ends_with(is_blank))
        });
        let text = line.get(..comment.map_or(line.len(), |(at, _)| at)).unwrap_or_default().trim_end();
        let span = self.span(start, start + text.len());
        Ok(Node::new(span, NodeKind::String(text.into())))
    }

    fn quoted(&mut self, quote: char) -> Result<String, Diagnostic> {
        let start = self.at;
        self.next();
        let mut text = String::new();
        loop {
            let at = self.at;
            match self.next() {
                None => {
                    self.at = start + 1;
                    let error = self.refuse(&format!("the closing {quote} is missing"), start);
                    return Err(error.with_help(
                        "a quote in the value needs a backslash, or the other kind of quotes around",
                    ));
                }
                Some(c) if c == quote => return Ok(text),
                Some('\\') if quote == '"' => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some('t') => text.push('\t'),
                    Some(c @ ('"' | '\\' | '$')) => text.push(c),
                    _ => text.push_str(self.since(at)),
                },
                Some(c) => text.push(c),
            }
        }
    }

    fn refuse(&self, message: &str, start: usize) -> Diagnostic {
        Diagnostic::error(Code::Load, message, self.span(start, self.at))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, offset(start), offset(end))
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn eat(&mut self, word: &str) -> bool {
        let is_there = self.rest().starts_with(word);
        if is_there {
            self.at += word.len();
        }
        is_there
    }

    fn eat_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

#[cfg(test)]
mod tests {
    use crate::document::dotenv;
    use crate::source::SourceId;

    #[test]
    fn variables_are_read_as_they_are_written() {
        let text = "\u{feff}# c\nA=1\r\nexport B = two words # c\nC='x # \\n'\nD=\"a\\tb\\\"\\q\nend\" # c\nE=\nF=a#b\nexported=1\nA=2";
        let node = dotenv(SourceId::default(), text).expect("it is read");
        assert_eq!(
            node.to_value().to_json(),
            r#"{"A":"2","B":"two words","C":"x # \\n","D":"a\tb\"\\q\nend","E":"","F":"a#b","exported":"1"}"#
        );
        let (first, again) = node.repeated_key().expect("A");
        assert!(first.key_span < again.key_span);
        let value = node.get("B").expect("B").span;
        assert_eq!(text.get(value.start as usize..value.end as usize), Some("two words"));
    }

    #[test]
    fn what_sets_no_variable_is_refused_at_its_place() {
        for (text, at, message) in [
            ("A=1\nwords here\n", (4, 14), "a line that sets no variable"),
            ("=1", (0, 2), "a line that sets no variable"),
            ("A=\"x\nB=2\n", (2, 3), "the closing \" is missing"),
            ("A='x' y", (2, 6), "more after the closing quote"),
        ] {
            let error = dotenv(SourceId::default(), text).expect_err(text);
            let span = error.span.expect("a place");
            assert_eq!(((span.start, span.end), &*error.message), (at, message));
        }
    }
}
