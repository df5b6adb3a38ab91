//! Arrays, sets, objects and comprehensions.

use super::infix::Commas;
use super::{Parser, Reading};
use crate::compact::compact_thin;
use crate::syntax::token::Token;
use crate::syntax::tree::{Body, Comprehension, ComprehensionHead, Term, TermKind};
use thin_vec::{ThinVec, thin_vec};

/// What an attempt at a comprehension came to.
enum Attempt {
    Body(Body),
    /// It is no comprehension: read on after the head as if it had not been tried.
    Refuted,
    /// It is nothing else either; the error is reported.
    Failed,
}

impl Parser<'_> {
    /// An array or array comprehension; leaves the parser at the `]`.
    pub(super) fn array(&mut self) -> Option<Term> {
        let start = self.state.start;
        self.scan();
        let mut comprehension = true;
        let mut kind = TermKind::Array(ThinVec::new());
        if !self.at(Token::RightBracket) {
            // OPA lets a comma lead, for the sake of old policies.
            if self.at(Token::Comma) {
                comprehension = false;
                self.scan();
            }
            let first = self.state.start;
            let head = self.term()?;
            kind = match self.state.token {
                Token::RightBracket => TermKind::Array(thin_vec![head]),
                Token::Comma => TermKind::Array(self.rest_of_list(head, Token::RightBracket)?),
                Token::Pipe if comprehension => match self.comprehension(Token::RightBracket, true) {
                    Attempt::Body(body) => comprehension_kind(ComprehensionHead::Array(head), body),
                    Attempt::Refuted => TermKind::Array(self.list_after(head, first, Token::RightBracket)?),
                    Attempt::Failed => return None,
                },
                _ => TermKind::Array(self.list_after(head, first, Token::RightBracket)?),
            };
        }
        self.grow(self.height)?;
        Some(Term { span: self.span(start, self.state.end), kind })
    }

    /// A set, an object or a comprehension; leaves the parser at the `}`.
    pub(super) fn set_or_object(&mut self) -> Option<Term> {
        let start = self.state.start;
        self.scan();
        let kind = if self.at(Token::RightBrace) {
            TermKind::Object(ThinVec::new())
        } else {
            let mut comprehension = true;
            if self.at(Token::Comma) {
                comprehension = false;
                self.scan();
            }
            self.braced(comprehension)?
        };
        self.grow(self.height)?;
        Some(Term { span: self.span(start, self.state.end), kind })
    }

    fn braced(&mut self, comprehension: bool) -> Option<TermKind> {
        let first = self.state.start;
        let head = self.term()?;
        match self.state.token {
            Token::RightBrace => return Some(TermKind::Set(thin_vec![head])),
            Token::Comma => return Some(TermKind::Set(self.rest_of_list(head, Token::RightBrace)?)),
            Token::Colon => return self.object(head, comprehension),
            Token::Pipe if comprehension => {
                return match self.comprehension(Token::RightBrace, true) {
                    Attempt::Body(body) => Some(comprehension_kind(ComprehensionHead::Set(head), body)),
                    Attempt::Refuted => {
                        Some(TermKind::Set(self.list_after(head, first, Token::RightBrace)?))
                    }
                    Attempt::Failed => None,
                };
            }
            _ => {}
        }
        let head = self.infix_after(head, first, Commas::Separators)?;
        match self.state.token {
            Token::RightBrace => Some(TermKind::Set(thin_vec![head])),
            Token::Comma => Some(TermKind::Set(self.rest_of_list(head, Token::RightBrace)?)),
            Token::Colon => self.object(head, comprehension),
            _ => {
                self.expected("non-terminated set");
                None
            }
        }
    }

    /// An object or its comprehension, from the colon after the first key.
    fn object(&mut self, key: Term, comprehension: bool) -> Option<TermKind> {
        let below = self.height;
        self.scan();
        let first = self.state.start;
        let mut value = self.term()?;
        let mut height = below.max(self.height);
        match self.state.token {
            Token::RightBrace => {
                self.height = height;
                return Some(TermKind::Object(thin_vec![(key, value)]));
            }
            Token::Comma => return self.pairs(key, value, height),
            Token::Pipe if comprehension => {
                if let Attempt::Body(body) = self.comprehension(Token::RightBrace, false) {
                    self.height = height.max(self.height);
                    return Some(comprehension_kind(ComprehensionHead::Object(key, value), body));
                }
            }
            _ => {}
        }
        value = self.infix_after(value, first, Commas::Separators)?;
        height = height.max(self.height);
        match self.state.token {
            Token::RightBrace => {
                self.height = height;
                Some(TermKind::Object(thin_vec![(key, value)]))
            }
            Token::Comma => self.pairs(key, value, height),
            _ => {
                self.expected("non-terminated object");
                None
            }
        }
    }

    /// The pairs from the comma after the first.
    fn pairs(&mut self, key: Term, value: Term, mut below: u32) -> Option<TermKind> {
        let mut pairs = thin_vec![(key, value)];
        self.scan();
        while !self.at(Token::RightBrace) {
            let key = self.infix(Commas::Separators)?;
            below = below.max(self.height);
            if !self.at(Token::Colon) {
                self.expected("expected \":\"");
                return None;
            }
            self.scan();
            let value = self.infix(Commas::Separators)?;
            below = below.max(self.height);
            pairs.push((key, value));
            if !self.separator(Token::RightBrace)? {
                break;
            }
        }
        self.height = below;
        compact_thin(&mut pairs);
        Some(TermKind::Object(pairs))
    }

    /// The elements from the comma after the first.
    fn rest_of_list(&mut self, head: Term, close: Token) -> Option<ThinVec<Term>> {
        let below = self.height;
        self.scan();
        self.list(close, thin_vec![head], below)
    }

    /// The elements where the first goes on with operators.
    fn list_after(&mut self, head: Term, first: u32, close: Token) -> Option<ThinVec<Term>> {
        let head = self.infix_after(head, first, Commas::Separators)?;
        let below = self.height;
        if self.separator(close)? { self.list(close, thin_vec![head], below) } else { Some(thin_vec![head]) }
    }

    /// Tries the body of a comprehension at the `|` after its head.
    ///
    /// With `until_comma`, only a comma in place of the end shows that the `|` is an operator; otherwise any
    /// failure does.
    fn comprehension(&mut self, close: Token, until_comma: bool) -> Attempt {
        let state = self.state;
        let height = self.height;
        let key = (state.start, Reading::Comprehension);
        if !self.refuted.is_empty() && self.refuted.contains(&key) {
            return Attempt::Refuted;
        }
        self.scan();
        if let Some(body) = self.nested_body(close) {
            self.height = self.height.max(height);
            return Attempt::Body(body);
        }
        if until_comma && !self.at(Token::Comma) {
            return Attempt::Failed;
        }
        self.refuted.insert(key);
        self.state = state;
        self.height = height;
        Attempt::Refuted
    }
}

fn comprehension_kind(head: ComprehensionHead, body: Body) -> TermKind {
    TermKind::Comprehension(Box::new(Comprehension { head, body }))
}
