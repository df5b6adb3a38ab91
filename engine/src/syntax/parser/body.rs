//! Bodies, and the literals that are not made of `and`, `or` or a `not` with a body.

use super::infix::Commas;
use super::logical::{Group, Side};
use super::{Parser, State};
use crate::compact::compact;
use crate::source::Span;
use crate::syntax::RegoVersion;
use crate::syntax::token::{Keywords, Token};
use crate::syntax::tree::{
    Body, Call, Declared, Every, Literal, LiteralKind, Membership, Negation, Notation, Ref, Term, TermKind,
    With,
};
use thin_vec::{ThinVec, thin_vec};

/// How the literals of a body are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separation {
    /// By semicolons or line breaks, up to a closing token.
    Lines,
    /// By semicolons only; anything else ends the body.
    Semicolons,
}

impl Parser<'_> {
    /// A body inside of something; leaves the parser at `close`.
    pub(super) fn nested_body(&mut self, close: Token) -> Option<Body> {
        self.enter()?;
        let body = self.body(Separation::Lines, close);
        self.leave();
        body
    }

    /// Literals up to `close`.
    pub(super) fn body(&mut self, separation: Separation, close: Token) -> Option<Body> {
        if self.at(close) {
            self.error(self.token_span(), "found empty body");
            return None;
        }
        let start = self.state.start;
        let mut literals = Vec::new();
        let mut height = 0;
        loop {
            let literal = self.literal()?;
            height = height.max(self.height);
            literals.push(literal);
            if self.at(Token::Semicolon) {
                self.scan();
            } else if self.at(close) || separation == Separation::Semicolons {
                break;
            } else if !self.state.after_newline {
                // One error about this place is enough.
                if !self.failed() {
                    self.hint_missing_operator();
                    self.expected(&format!("expected \\n or ; or {}", close.name()));
                }
                return None;
            }
        }
        self.grow(height)?;
        compact(&mut literals);
        Some(Body { span: self.span_from(start), literals })
    }

    /// A literal.
    pub(super) fn literal(&mut self) -> Option<Literal> {
        let start = self.state.start;
        self.height = 0;
        let mut literal = self.literal_at(start)?;
        literal.span = self.span_from(start);
        // OPA gives the operand of such a `not` the place of the whole.
        if let LiteralKind::Not(negation) = &mut literal.kind
            && !negation.explicit
        {
            for inner in &mut negation.body.literals {
                inner.span = literal.span;
            }
        }
        Some(literal)
    }

    fn literal_at(&mut self, start: u32) -> Option<Literal> {
        if self.logical_keywords() {
            if self.at(Token::LeftBrace)
                && let Some(done) = self.braced_operand_first(start)
            {
                return done;
            }
            if self.at(Token::LeftParen)
                && let Group::Read(side) = self.logical_group(false, "")
            {
                return self.logical_tail(side?);
            }
        }
        if self.rename_before_operand() {
            return self.expression_literal(None);
        }
        let not = self.take_not();
        if let Some(not) = not
            && self.not_bodies
            && self.at(Token::LeftBrace)
        {
            let negation = self.not_body(not)?;
            let side = Side { start: negation.span.start, body: single(negation), explicit: false };
            return self.logical_tail(side);
        }
        match self.state.token {
            Token::Some if not.is_some() => {
                self.expected("illegal negation of 'some'");
                None
            }
            Token::Every if not.is_some() => {
                self.expected("illegal negation of 'every'");
                None
            }
            Token::Some => self.some(),
            Token::Every => self.every(),
            _ => self.expression_literal(not),
        }
    }

    /// Takes a `not`, unless it is the name at the start of a reference; gives its offset.
    pub(super) fn take_not(&mut self) -> Option<u32> {
        if !self.at(Token::Not) || matches!(self.peek(false), Token::Dot | Token::LeftBracket) {
            return None;
        }
        let start = self.state.start;
        self.scan();
        Some(start)
    }

    /// A literal made of an expression, after the `not` at offset `not` if there is one.
    fn expression_literal(&mut self, not: Option<u32>) -> Option<Literal> {
        let before = self.state;
        if let Some(not) = not
            && self.not_bodies
            && self.at(Token::LeftParen)
            && let Group::Read(side) = self.logical_group(true, "not ")
        {
            let negation = self.negation_of(side?, not);
            return self.logical_tail(Side { body: single(negation), explicit: false, start: not });
        }
        let mut literal = self.expression()?;
        let with_at = self.token_span();
        if self.at(Token::With) {
            literal.with = self.with()?;
        }
        self.hint_every(&literal, before);
        let start = not.unwrap_or(before.start);
        if not.is_some() && self.not_bodies {
            let with = std::mem::take(&mut literal.with);
            let side = Side { start: literal.span.start, body: single(literal), explicit: false };
            literal = self.negation_of(side, start);
            literal.with = with;
        } else {
            literal.negated = not.is_some();
        }
        if !matches!(self.state.token, Token::And | Token::Or) {
            return Some(literal);
        }
        if !literal.with.is_empty() {
            self.with_on_operand(with_at);
            return None;
        }
        // Where the operand starts, a `not` without a body aside.
        let start = if self.not_bodies { start } else { before.start };
        literal.span = self.span_from(start);
        if not.is_none() && self.lexer.byte(before.start) == b'{' {
            if matches!(&literal.kind, LiteralKind::Term(term) if is_empty_object(term)) {
                self.error(literal.span, "found empty body");
            } else {
                self.brace_led_operand(literal.span, self.state.token.name());
            }
            return None;
        }
        self.logical_tail(Side { body: single(literal), explicit: false, start })
    }

    /// A term, or two with `:=` or `=` between them, as a literal.
    pub(super) fn expression(&mut self) -> Option<Literal> {
        let start = self.state.start;
        let left = self.infix(Commas::Keys)?;
        self.expression_after(left, start)
    }

    /// The same where the first term, which starts at `start`, is read already.
    fn expression_after(&mut self, left: Term, start: u32) -> Option<Literal> {
        if !matches!(self.state.token, Token::Assign | Token::Unify) {
            return Some(plain_literal(left, self.span_from(start)));
        }
        let below = self.height;
        let operator = self.take_operator(self.state.token.name(), None);
        let right = self.infix(Commas::Keys)?;
        let term = self.call(operator, thin_vec![left, right], start, below)?;
        let span = term.span;
        Some(plain_literal(term, span))
    }

    /// Hints at the import when a plain `every` reads as a quantifier with it.
    fn hint_every(&mut self, literal: &Literal, before: State) {
        let old = matches!(self.options.rego_version, RegoVersion::V0 | RegoVersion::V0V1);
        let LiteralKind::Term(Term { kind: TermKind::Var(var), .. }) = &literal.kind else {
            return;
        };
        if !old || var.name != "every" {
            return;
        }
        let after = self.state;
        let height = self.height;
        self.state = before;
        let reads = self.attempt(Keywords::ALL, |parser| parser.every().is_some());
        self.state = after;
        self.height = height;
        if reads {
            self.hint("`import future.keywords.every` for `every x in xs { ... }` expressions");
        }
    }

    /// Hints at the import when an operator that needs one seems to follow.
    fn hint_missing_operator(&mut self) {
        if self.state.hints.is_some() {
            return;
        }
        let keyword = match self.state.token {
            Token::Identifier if self.stray_bytes() == 0 => self.token_text(),
            Token::Comma => {
                let state = self.state;
                self.scan();
                let term = self.attempt(Keywords::ALL, |parser| parser.infix(Commas::Keys));
                self.state = state;
                match term.as_ref().and_then(Term::as_call).map(|call| member_arity(&call.operator)) {
                    Some(Some(_)) => "in",
                    _ => return,
                }
            }
            _ => return,
        };
        let example = match keyword {
            "in" => "x in xs",
            "and" => "x and y",
            "or" => "x or y",
            _ => return,
        };
        self.hint(format!("`import future.keywords.{keyword}` for `{example}` expressions"));
    }

    /// The modifiers from a `with` on.
    pub(super) fn with(&mut self) -> Option<ThinVec<With>> {
        let mut list = ThinVec::with_capacity(1);
        while self.at(Token::With) {
            let start = self.state.start;
            self.scan();
            if !self.at(Token::Identifier) {
                self.expected("expected ident");
                return None;
            }
            let below = self.height;
            let target = self.term()?;
            let below = below.max(self.height);
            if !matches!(target.kind, TermKind::Ref(_) | TermKind::Var(_)) {
                self.expected("expected with target path");
            }
            if !self.at(Token::As) {
                self.expected("expected as keyword");
                return None;
            }
            self.scan();
            let value = self.infix(Commas::Keys)?;
            self.height = self.height.max(below);
            list.push(With { span: self.span_from(start), target, value });
        }
        Some(list)
    }

    /// `some`: a membership, or variables.
    fn some(&mut self) -> Option<Literal> {
        let start = self.state.start;
        let state = self.state;
        self.scan();
        if let Some(term) = self.infix(Commas::Keys)
            && let TermKind::Call(call) = term.kind
        {
            let problem = match (member_arity(&call.operator), call.args.len()) {
                (None, _) => Some("expected `x in xs` or `x, y in xs` expression"),
                (Some(arity), given) if arity != given => Some("illegal domain"),
                _ => None,
            };
            if let Some(problem) = problem {
                self.expected(problem);
                return None;
            }
            let membership = membership(*call, term.span)?;
            let kind = LiteralKind::SomeIn(Box::new(membership));
            let mut literal =
                Literal { span: self.span_from(start), negated: false, kind, with: ThinVec::new() };
            if self.at(Token::With) {
                literal.with = self.with()?;
            }
            return Some(literal);
        }
        self.state = state;
        self.hint_some_in();
        let mut vars = ThinVec::with_capacity(1);
        loop {
            self.scan();
            if !self.at(Token::Identifier) {
                self.expected("expected var");
                return None;
            }
            vars.push(self.take_declared());
            if !self.at(Token::Comma) {
                break;
            }
        }
        self.height = 1;
        let kind = LiteralKind::Declare(vars);
        Some(Literal { span: self.span_from(start), negated: false, kind, with: ThinVec::new() })
    }

    fn hint_some_in(&mut self) {
        if !matches!(self.options.rego_version, RegoVersion::V0 | RegoVersion::V0V1) {
            return;
        }
        let state = self.state;
        self.scan();
        let term = self.attempt(Keywords::ALL, |parser| parser.infix(Commas::Keys));
        self.state = state;
        if term.as_ref().and_then(Term::as_call).is_some_and(|call| member_arity(&call.operator).is_some()) {
            self.hint("`import future.keywords.in` for `some x in xs` expressions");
        }
    }

    /// `every k, v in xs { ... }`.
    fn every(&mut self) -> Option<Literal> {
        let start = self.state.start;
        self.scan();
        let term = self.infix(Commas::Keys)?;
        let below = self.height;
        let Ok(Membership { key, value, domain, .. }) = self.every_domain(term) else {
            return None;
        };
        let key = match key.map(var_of) {
            None => None,
            Some(Ok(var)) => Some(var),
            Some(Err(_)) => {
                self.expected("expected key to be a variable");
                return None;
            }
        };
        let Ok(value) = var_of(value) else {
            self.expected("expected value to be a variable");
            return None;
        };
        if !self.at(Token::LeftBrace) {
            self.expected("missing body");
            return None;
        }
        self.scan();
        let body = self.nested_body(Token::RightBrace)?;
        self.height = self.height.max(below);
        self.scan();
        let kind = LiteralKind::Every(Box::new(Every { key, value, domain, body }));
        let mut literal = Literal { span: self.span_from(start), negated: false, kind, with: ThinVec::new() };
        if self.at(Token::With) {
            literal.with = self.with()?;
        }
        Some(literal)
    }

    fn every_domain(&mut self, term: Term) -> Result<Membership, ()> {
        let span = term.span;
        let problem = match term.kind {
            TermKind::Call(call) => match member_arity(&call.operator) {
                Some(arity) if arity == call.args.len() => return membership(*call, span).ok_or(()),
                Some(_) => "illegal domain",
                None => "expected `x[, y] in xs { ... }` expression",
            },
            _ => "expected `x[, y] in xs { ... }` expression",
        };
        self.expected(problem);
        Err(())
    }

    /// A `not` around what was read, from the offset of the `not`.
    pub(super) fn negation_of(&mut self, side: Side, not: u32) -> Literal {
        self.height += 1;
        let kind = LiteralKind::Not(Box::new(Negation { body: side.body, explicit: side.explicit }));
        Literal { span: self.span_from(not), negated: false, kind, with: ThinVec::new() }
    }
}

/// A body of one literal.
pub(super) fn single(literal: Literal) -> Body {
    Body { span: literal.span, literals: vec![literal] }
}

pub(super) fn plain_literal(term: Term, span: Span) -> Literal {
    Literal { span, negated: false, kind: LiteralKind::Term(term), with: ThinVec::new() }
}

fn var_of(term: Term) -> Result<Declared, Term> {
    if let TermKind::Var(var) = term.kind { Ok(Declared { span: term.span, var }) } else { Err(term) }
}

fn is_empty_object(term: &Term) -> bool {
    matches!(&term.kind, TermKind::Object(pairs) if pairs.is_empty())
}

/// How many arguments the function takes, if it is one of the two that `in` calls.
fn member_arity(operator: &Ref) -> Option<usize> {
    match operator.names()?.as_slice() {
        [internal, member] if **internal == "internal" => match member.as_str() {
            "member_2" => Some(2),
            "member_3" => Some(3),
            _ => None,
        },
        _ => None,
    }
}

/// The parts of a call of a membership function with the right number of arguments.
fn membership(call: Call, span: Span) -> Option<Membership> {
    let operator = call.operator.span;
    debug_assert_ne!(call.notation, Notation::Minus, "no minus is a membership");
    let mut args = call.args.into_iter();
    let (first, second, third) = (args.next()?, args.next()?, args.next());
    Some(match third {
        None => Membership { span, operator, key: None, value: first, domain: second },
        Some(third) => Membership { span, operator, key: Some(first), value: second, domain: third },
    })
}
