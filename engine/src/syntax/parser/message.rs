//! Errors and hints of the parser, in OPA's words.

use std::fmt::Write as _;

use super::{Fault, Finder, Parser};
use crate::source::Span;
use crate::syntax::token::Token;

impl Parser<'_> {
    /// Reports an error, with the hints given so far.
    #[cold]
    pub(super) fn error(&mut self, span: Span, message: impl Into<String>) {
        let mut message = message.into();
        let hints = self.hints.up_to(self.state.hints);
        match hints.as_slice() {
            [] => {}
            [hint] => _ = write!(message, " (hint: {hint})"),
            several => _ = write!(message, " (hints: {})", several.join(", ")),
        }
        let span = self.visible(span);
        self.state.errors =
            self.errors.push(Fault { span, message, finder: Finder::Parser }, self.state.errors);
        self.state.hints = None;
    }

    /// The end of the text has no character to point at: OPA points at the last one. And it counts a line break
    /// for the row that follows.
    fn visible(&self, span: Span) -> Span {
        if self.lexer.byte(span.start) == b'\n' {
            return Span { start: span.start + 1, end: span.end.max(span.start + 1), ..span };
        }
        if span.start < self.lexer.end() || span.start == 0 {
            return span;
        }
        let last = self.text.char_indices().next_back().filter(|(_, last)| *last != '\n');
        let start = last.and_then(|(at, _)| u32::try_from(at).ok()).unwrap_or(span.start);
        Span { start, ..span }
    }

    /// Keeps a hint for the next error.
    #[cold]
    pub(super) fn hint(&mut self, hint: impl Into<String>) {
        self.state.hints = self.hints.push(hint.into(), self.state.hints);
    }

    /// Reports the current token as one that can't stand here.
    #[cold]
    pub(super) fn unexpected(&mut self) {
        let message = self.describe_token();
        self.error(self.token_span(), message);
    }

    /// Reports the current token as one that can't stand here, and says what could.
    #[cold]
    pub(super) fn expected(&mut self, note: &str) {
        let mut message = self.describe_token();
        if self.state.token != Token::Illegal {
            message.push_str(": ");
            message.push_str(note);
        }
        self.error(self.token_span(), message);
    }

    fn describe_token(&self) -> String {
        let token = self.state.token;
        if token == Token::Illegal {
            return "illegal token".to_owned();
        }
        format!("unexpected {} {}", token.name(), if token.is_keyword() { "keyword" } else { "token" })
    }

    /// Whether an error has been reported that no going back has taken away.
    pub(super) fn failed(&self) -> bool {
        self.state.errors.is_some()
    }
}
