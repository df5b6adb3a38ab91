//! Operators between terms, by precedence.

use super::{Link, Parser};
use crate::source::Span;
use crate::syntax::token::Token;
use crate::syntax::tree::{Call, Name, Notation, Ref, Term, TermKind};
use thin_vec::{ThinVec, thin_vec};

/// How tightly an operator binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Membership,
    Relation,
    Union,
    Intersection,
    Sum,
    Product,
}

impl Level {
    fn of(token: Token) -> Option<Self> {
        match token {
            Token::In => Some(Self::Membership),
            Token::Equal
            | Token::NotEqual
            | Token::Less
            | Token::Greater
            | Token::LessEqual
            | Token::GreaterEqual => Some(Self::Relation),
            Token::Pipe => Some(Self::Union),
            Token::Ampersand => Some(Self::Intersection),
            Token::Plus | Token::Minus => Some(Self::Sum),
            Token::Star | Token::Slash | Token::Percent => Some(Self::Product),
            _ => None,
        }
    }

    /// The level of the operands on the right; none above products, whose operands are terms.
    fn tighter(self) -> Option<Self> {
        match self {
            Self::Membership => Some(Self::Relation),
            Self::Relation => Some(Self::Union),
            Self::Union => Some(Self::Intersection),
            Self::Intersection => Some(Self::Sum),
            Self::Sum => Some(Self::Product),
            Self::Product => None,
        }
    }
}

/// Whether `k, v in xs` may be read here: not where a comma separates elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commas {
    Keys,
    Separators,
}

impl Parser<'_> {
    /// An expression of terms and operators.
    pub(super) fn infix(&mut self, commas: Commas) -> Option<Term> {
        let start = self.state.start;
        let first = self.relation()?;
        self.memberships(first, start, commas)
    }

    /// The same, where the first term has been read already; it starts at `start`.
    pub(super) fn infix_after(&mut self, first: Term, start: u32, commas: Commas) -> Option<Term> {
        let first = self.operators(first, start, Level::Relation)?;
        self.memberships(first, start, commas)
    }

    /// `lhs in rhs` and `k, v in rhs`, from left to right.
    fn memberships(&mut self, mut left: Term, start: u32, commas: Commas) -> Option<Term> {
        loop {
            if commas == Commas::Keys && self.at(Token::Comma) {
                match self.key_value_membership(left, start) {
                    Ok(call) => {
                        left = call?;
                        if self.at(Token::In) {
                            continue;
                        }
                        return Some(left);
                    }
                    Err(key) => left = key,
                }
            }
            self.rename_before_operand();
            if !self.at(Token::In) {
                return Some(left);
            }
            let below = self.height;
            let operator = self.take_operator("internal", Some("member_2"));
            let Some(right) = self.relation() else {
                return Some(left);
            };
            left = self.call(operator, thin_vec![left, right], start, below)?;
            if !self.at(Token::In) {
                return Some(left);
            }
        }
    }

    /// Tries `key, value in domain` at the comma after the key; gives the key back if it is something else.
    fn key_value_membership(&mut self, key: Term, start: u32) -> Result<Option<Term>, Term> {
        let state = self.state;
        let below = self.height;
        self.scan();
        let value = self.relation();
        if let (Some(value), true) = (value, self.at(Token::In)) {
            let below = below.max(self.height);
            let operator = self.take_operator("internal", Some("member_3"));
            if let Some(domain) = self.relation() {
                return Ok(self.call(operator, thin_vec![key, value, domain], start, below));
            }
        }
        self.state = state;
        self.height = below;
        Err(key)
    }

    fn relation(&mut self) -> Option<Term> {
        self.operand(Some(Level::Relation))
    }

    /// A term and the operators of at least this level.
    fn operand(&mut self, level: Option<Level>) -> Option<Term> {
        let start = self.state.start;
        let first = self.term()?;
        match level {
            Some(level) => self.operators(first, start, level),
            None => Some(first),
        }
    }

    /// The operators of at least this level that follow a term.
    fn operators(&mut self, mut left: Term, start: u32, lowest: Level) -> Option<Term> {
        let mut highest = Level::Product;
        loop {
            let Some(level) = Level::of(self.state.token).filter(|level| (lowest..=highest).contains(level))
            else {
                return Some(left);
            };
            let below = self.height;
            let operator = self.take_operator(self.state.token.name(), None);
            match self.operand(level.tighter()) {
                Some(right) => {
                    left = self.call(operator, thin_vec![left, right], start, below)?;
                    highest = level;
                }
                // The error stands; only operators that bind less tightly get to see what follows.
                None => match lower(level) {
                    Some(level) => highest = level,
                    None => return Some(left),
                },
            }
        }
    }

    /// The current token as the operator called `head`, or `head.member`.
    pub(super) fn take_operator(&mut self, head: &str, member: Option<&str>) -> Ref {
        let span = self.token_span();
        let name = self.names.get(head);
        let operands = member
            .map(|member| Term { span, kind: TermKind::String(self.names.get(member)) })
            .into_iter()
            .collect();
        self.scan();
        Ref { span, head: Term::var(name, span), operands }
    }

    /// A call of an operator; `below` is the height of the left operand, the right one was parsed last.
    pub(super) fn call(
        &mut self,
        operator: Ref,
        args: ThinVec<Term>,
        start: u32,
        below: u32,
    ) -> Option<Term> {
        self.grow(below.max(self.height))?;
        let call = Call { operator, args, notation: Notation::Infix };
        Some(Term { span: self.span_from(start), kind: TermKind::Call(Box::new(call)) })
    }

    /// `-x`: a zero that isn't written, minus `x`.
    pub(super) fn minus(&mut self, operand: Term, sign: Span) -> Option<Term> {
        self.grow(self.height)?;
        let zero = Term { span: sign, kind: TermKind::Number(self.names.get("0")) };
        let name: Name = self.names.get("minus");
        let operator = Ref { span: sign, head: Term::var(name, sign), operands: ThinVec::new() };
        let call = Call { operator, args: thin_vec![zero, operand], notation: Notation::Minus };
        Some(Term { span: self.span_from(sign.start), kind: TermKind::Call(Box::new(call)) })
    }

    /// The errors so far, to compare with later.
    pub(super) fn error_mark(&self) -> Link {
        self.state.errors
    }
}

fn lower(level: Level) -> Option<Level> {
    match level {
        Level::Membership | Level::Relation => None,
        Level::Union => Some(Level::Relation),
        Level::Intersection => Some(Level::Union),
        Level::Sum => Some(Level::Intersection),
        Level::Product => Some(Level::Sum),
    }
}
