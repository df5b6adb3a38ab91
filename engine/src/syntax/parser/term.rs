//! Terms, references and calls.

use super::Parser;
use super::infix::Commas;
use crate::compact::compact_thin;
use crate::syntax::token::Token;
use crate::syntax::tree::{Call, Declared, Notation, Ref, Term, TermKind};
use thin_vec::ThinVec;

impl Parser<'_> {
    /// A term, and the operands and arguments that follow it.
    pub(super) fn term(&mut self) -> Option<Term> {
        self.enter()?;
        let term = self.term_once();
        self.leave();
        term
    }

    /// A term, unless this offset has failed before.
    fn term_once(&mut self) -> Option<Term> {
        let start = self.state.start;
        let known =
            self.failures.iter().rev().take_while(|(at, _)| *at >= start).find(|(at, _)| *at == start);
        if let Some((_, after)) = known {
            self.state = *after;
            return None;
        }
        let term = self.signed_term();
        while self.failures.last().is_some_and(|(at, _)| *at >= start) {
            self.failures.pop();
        }
        if term.is_none() {
            self.failures.push((start, self.state));
        }
        term
    }

    fn signed_term(&mut self) -> Option<Term> {
        self.height = 0;
        let start = self.state.start;
        if !self.at(Token::Minus) {
            let head = self.plain_term()?;
            return self.operands(head, start, false);
        }
        let sign = self.token_span();
        let state = self.state;
        self.scan();
        if !matches!(self.state.token, Token::Identifier | Token::Contains) {
            self.state = state;
            let number = self.number()?;
            return self.operands(number, start, false);
        }
        let start = self.state.start;
        let head = Term { span: self.token_span(), kind: TermKind::Var(self.var()) };
        let operand = self.operands(head, start, false)?;
        self.minus(operand, sign)
    }

    /// A term without operands; leaves the parser at its last token.
    fn plain_term(&mut self) -> Option<Term> {
        // Where a term is expected, `and(` and `or(` can only be calls of the set functions.
        if matches!(self.state.token, Token::And | Token::Or) && self.peek(false) == Token::LeftParen {
            self.state.token = Token::Identifier;
        }
        let kind = match self.state.token {
            Token::Null => TermKind::Null,
            Token::True => TermKind::Boolean(true),
            Token::False => TermKind::Boolean(false),
            Token::Dot | Token::Number => return self.number(),
            Token::String => return self.string(),
            Token::TemplatePart | Token::TemplateEnd => return self.template(false),
            Token::RawTemplatePart | Token::RawTemplateEnd => return self.template(true),
            Token::Identifier | Token::Contains => TermKind::Var(self.var()),
            Token::LeftBracket => return self.array(),
            Token::LeftBrace => return self.set_or_object(),
            Token::LeftParen => return self.parenthesized(),
            _ => {
                self.unexpected();
                return None;
            }
        };
        Some(Term { span: self.token_span(), kind })
    }

    fn parenthesized(&mut self) -> Option<Term> {
        self.scan();
        let inner = self.infix(Commas::Keys)?;
        if self.at(Token::RightParen) {
            return Some(inner);
        }
        self.error(self.token_span(), "non-terminated expression");
        None
    }

    /// What follows a term whose last token is the current one: operands, arguments or nothing.
    ///
    /// The term starts at `start`, parentheses included.
    /// In the head of a rule white space may stand before them, but no operator right after the name.
    pub(super) fn operands(&mut self, head: Term, start: u32, in_head: bool) -> Option<Term> {
        let end = self.state.end;
        self.scan_space();
        if in_head {
            match self.state.token {
                Token::Plus
                | Token::Minus
                | Token::Star
                | Token::Slash
                | Token::Percent
                | Token::Ampersand
                | Token::Pipe
                | Token::Equal
                | Token::NotEqual
                | Token::Greater
                | Token::GreaterEqual
                | Token::Less
                | Token::LessEqual => self.unexpected(),
                Token::Whitespace => self.scan(),
                _ => {}
            }
        }
        match self.state.token {
            Token::LeftParen | Token::Dot | Token::LeftBracket => return self.reference(head, start, end),
            Token::Whitespace => self.scan(),
            _ => {}
        }
        let root = head.as_var().is_some_and(|var| var.name == "data" || var.name == "input");
        if !root {
            return Some(head);
        }
        let span = head.span;
        let reference = Ref { span, head, operands: ThinVec::new() };
        Some(Term { span, kind: TermKind::Ref(Box::new(reference)) })
    }

    /// The operands that start at the current token; the head is from `start` to `end`.
    fn reference(&mut self, mut head: Term, start: u32, mut end: u32) -> Option<Term> {
        loop {
            if !matches!(
                head.kind,
                TermKind::Var(_)
                    | TermKind::Array(_)
                    | TermKind::Object(_)
                    | TermKind::Set(_)
                    | TermKind::Comprehension(_)
                    | TermKind::Call(_)
            ) {
                let message = format!("illegal ref (head cannot be {})", head.kind_name());
                self.error(head.span, message);
            }
            let mut below = self.height;
            let mut operands = ThinVec::with_capacity(1);
            let called = loop {
                match self.state.token {
                    Token::Dot => operands.push(self.dot_operand(&mut end)?),
                    Token::LeftBracket => {
                        operands.push(self.bracket_operand(&mut end)?);
                        below = below.max(self.height);
                    }
                    Token::LeftParen => break true,
                    Token::Whitespace => {
                        self.scan();
                        break false;
                    }
                    _ => break false,
                }
            };
            self.grow(below)?;
            // The tree lives long, and most lists have one or two terms: room for four is room wasted.
            compact_thin(&mut operands);
            let reference = Ref { span: self.span(start, end), head, operands };
            if !called {
                let span = reference.span;
                return Some(Term { span, kind: TermKind::Ref(Box::new(reference)) });
            }
            let call = self.arguments(reference, &mut end)?;
            match self.state.token {
                Token::Dot | Token::LeftBracket => head = call,
                Token::Whitespace => {
                    self.scan();
                    return Some(call);
                }
                _ => return Some(call),
            }
        }
    }

    fn dot_operand(&mut self, end: &mut u32) -> Option<Term> {
        self.scan_space();
        if !self.at(Token::Identifier) && !self.is_name_keyword(self.state.token) {
            self.expected("expected identifier");
            return None;
        }
        let span = self.token_span();
        let name = self.token_name();
        *end = span.end;
        self.scan_space();
        Some(Term { span, kind: TermKind::String(name) })
    }

    fn bracket_operand(&mut self, end: &mut u32) -> Option<Term> {
        self.scan();
        let operand = self.infix(Commas::Keys)?;
        if !self.at(Token::RightBracket) {
            self.expected("expected [");
            return None;
        }
        *end = self.state.end;
        self.scan_space();
        Some(operand)
    }

    /// The arguments of a call, from the `(`.
    fn arguments(&mut self, operator: Ref, end: &mut u32) -> Option<Term> {
        let start = operator.span.start;
        let mut below = self.height;
        self.scan();
        let args = if self.at(Token::RightParen) {
            ThinVec::new()
        } else {
            let args = self.list(Token::RightParen, ThinVec::with_capacity(1), 0)?;
            below = below.max(self.height);
            args
        };
        *end = self.state.end;
        let span = self.span(start, *end);
        self.scan_space();
        self.grow(below)?;
        if args.is_empty() && operator.plain_name().is_some_and(|name| name == "set") {
            return Some(Term { span, kind: TermKind::Set(ThinVec::new()) });
        }
        let call = Call { operator, args, notation: Notation::Prefix };
        Some(Term { span, kind: TermKind::Call(Box::new(call)) })
    }

    /// The elements up to `close`, after those read already; leaves the parser at `close`.
    pub(super) fn list(
        &mut self,
        close: Token,
        mut terms: ThinVec<Term>,
        mut below: u32,
    ) -> Option<ThinVec<Term>> {
        while !self.at(close) {
            let term = self.infix(Commas::Separators)?;
            below = below.max(self.height);
            terms.push(term);
            if !self.separator(close)? {
                break;
            }
        }
        self.height = below;
        compact_thin(&mut terms);
        Some(terms)
    }

    /// Takes a comma; false at the end of the list.
    pub(super) fn separator(&mut self, close: Token) -> Option<bool> {
        if self.at(close) {
            return Some(false);
        }
        if self.at(Token::Comma) {
            self.scan();
            return Some(true);
        }
        self.expected(&format!("expected \",\" or \"{}\"", close.name()));
        None
    }

    /// The variable at the current token, moving past it.
    pub(super) fn take_declared(&mut self) -> Declared {
        let declared = Declared { span: self.token_span(), var: self.var() };
        self.scan();
        declared
    }
}
