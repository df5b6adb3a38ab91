//! `and`, `or`, groups in parentheses, and `not` with a body.

use super::body::single;
use super::infix::Commas;
use super::{Parser, Reading};
use crate::source::Span;
use crate::syntax::token::{Keywords, Token};
use crate::syntax::tree::{Body, Literal, LiteralKind, Logical, Notation, Operand, Ref, Term, TermKind};
use thin_vec::ThinVec;

/// One side of an operator, and where it starts.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) body: Body,
    pub(super) explicit: bool,
    pub(super) start: u32,
}

/// What a `(` turned out to be.
#[derive(Debug)]
pub(super) enum Group {
    /// A group of operands, or one with an error in it.
    Read(Option<Side>),
    /// The start of a term: the parser is back at it.
    Term,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    And,
    Or,
}

impl Operator {
    fn name(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
        }
    }
}

impl Parser<'_> {
    /// Whether `and` or `or` are keywords here.
    pub(super) fn logical_keywords(&self) -> bool {
        let keywords = self.state.keywords;
        keywords.contains(Keywords::AND) || keywords.contains(Keywords::OR)
    }

    /// Tries `{ body } and ...` at a literal's brace; `None` if the brace is the start of a term.
    #[expect(clippy::option_option, reason = "the outer one is whether it is such a literal at all")]
    pub(super) fn braced_operand_first(&mut self, start: u32) -> Option<Option<Literal>> {
        let key = (start, Reading::BracedOperand);
        if self.refuted.contains(&key) {
            return None;
        }
        let state = self.state;
        let failures = self.failures.clone();
        self.scan();
        if let Some(body) = self.nested_body(Token::RightBrace) {
            self.scan();
            if matches!(self.state.token, Token::And | Token::Or) {
                let brace = self.span(state.start, state.end);
                if is_ambiguous_union(&body, self.lexer.byte(first_start(&body))) {
                    self.ambiguous_union(brace, &body, "");
                    return Some(None);
                }
                return Some(self.logical_tail(Side { body, explicit: true, start }));
            }
        }
        self.refuted.insert(key);
        self.state = state;
        self.failures = failures;
        None
    }

    /// The operators that follow an operand, if any, and the modifiers that follow them.
    pub(super) fn logical_tail(&mut self, side: Side) -> Option<Literal> {
        let side =
            if matches!(self.state.token, Token::And | Token::Or) { self.disjunction(side)? } else { side };
        let literal = side.body.literals.into_iter().next()?;
        self.attach_with(literal)
    }

    fn attach_with(&mut self, mut literal: Literal) -> Option<Literal> {
        if self.at(Token::With) {
            literal.with = self.with()?;
        }
        Some(literal)
    }

    /// `or` over `and`, from the operator after the first operand.
    fn disjunction(&mut self, first: Side) -> Option<Side> {
        let mut left = self.conjunction(first)?;
        while self.at(Token::Or) {
            let below = self.height;
            self.scan();
            let right = self.operand_side(Some(Operator::Or))?;
            let right = self.conjunction(right)?;
            left = self.combine(left, right, Operator::Or, below)?;
        }
        Some(left)
    }

    fn conjunction(&mut self, mut left: Side) -> Option<Side> {
        while self.at(Token::And) {
            let below = self.height;
            self.scan();
            let right = self.operand_side(Some(Operator::And))?;
            left = self.combine(left, right, Operator::And, below)?;
        }
        Some(left)
    }

    fn combine(&mut self, left: Side, right: Side, operator: Operator, below: u32) -> Option<Side> {
        self.check_void_operand(&left.body, operator);
        self.check_void_operand(&right.body, operator);
        self.grow(below.max(self.height))?;
        let start = left.start;
        let sides = Box::new(Logical {
            left: Operand { body: left.body, explicit: left.explicit },
            right: Operand { body: right.body, explicit: right.explicit },
        });
        let kind = match operator {
            Operator::And => LiteralKind::And(sides),
            Operator::Or => LiteralKind::Or(sides),
        };
        let literal = Literal { span: self.span_from(start), negated: false, kind, with: ThinVec::new() };
        Some(Side { body: single(literal), explicit: false, start })
    }

    /// One operand; without an operator the attempt is going to be undone if it fails.
    fn operand_side(&mut self, operator: Option<Operator>) -> Option<Side> {
        if self.at(Token::LeftBrace) {
            return self.braced_operand(operator);
        }
        let not = self.take_not();
        if let Some(not) = not
            && self.not_bodies
            && self.at(Token::LeftBrace)
        {
            let negation = self.not_body(not)?;
            return Some(Side { start: negation.span.start, body: single(negation), explicit: false });
        }
        if self.at(Token::LeftParen) && self.logical_keywords() && (not.is_none() || self.not_bodies) {
            let prefix = if not.is_some() { "not " } else { "" };
            if let Group::Read(side) = self.logical_group(true, prefix) {
                let side = side?;
                let Some(not) = not else {
                    return Some(side);
                };
                let negation = self.negation_of(side, not);
                return Some(Side { body: single(negation), explicit: false, start: not });
            }
        }
        let start = self.state.start;
        let mut literal = self.expression()?;
        literal.span = self.span_from(start);
        let side = Side { start, body: single(literal), explicit: false };
        match not {
            Some(not) if self.not_bodies => {
                let negation = self.negation_of(side, not);
                Some(Side { body: single(negation), explicit: false, start: not })
            }
            Some(_) => {
                let mut side = side;
                for literal in &mut side.body.literals {
                    literal.negated = true;
                }
                Some(side)
            }
            None => Some(side),
        }
    }

    fn braced_operand(&mut self, operator: Option<Operator>) -> Option<Side> {
        let state = self.state;
        let brace = self.token_span();
        self.scan();
        let empty = self.at(Token::RightBrace);
        let Some(body) = self.nested_body(Token::RightBrace) else {
            if let Some(operator) = operator
                && !empty
            {
                // The braces may hold a value: then that is what there is to say.
                let failed = self.state;
                self.state = state;
                if self.infix(Commas::Keys).is_some() {
                    self.brace_led_operand(self.span(brace.start, self.state.last_end), operator.name());
                    return None;
                }
                self.state = failed;
            }
            return None;
        };
        self.scan();
        if is_ambiguous_union(&body, self.lexer.byte(first_start(&body))) {
            // The body is still good for going on; an attempt that is undone takes the error with it.
            self.ambiguous_union(brace, &body, "");
        }
        Some(Side { body, explicit: true, start: brace.start })
    }

    /// `{ ... }` after a `not` at this offset.
    pub(super) fn not_body(&mut self, not: u32) -> Option<Literal> {
        let state = self.state;
        let brace = self.token_span();
        self.scan();
        let empty = self.at(Token::RightBrace);
        let Some(body) = self.nested_body(Token::RightBrace) else {
            if empty {
                return None;
            }
            let failed = self.state;
            self.state = state;
            if let Some(term) = self.infix(Commas::Keys) {
                self.value_in_place_of_body(brace, &term);
            } else {
                self.state = failed;
            }
            return None;
        };
        self.scan();
        if is_ambiguous_union(&body, self.lexer.byte(first_start(&body))) {
            self.ambiguous_union(brace, &body, "not ");
            return None;
        }
        Some(self.negation_of(Side { body, explicit: true, start: brace.start }, not))
    }

    /// Tries to read operands from the current `(` on. `in_operand` says that it follows `and`, `or` or `not`.
    pub(super) fn logical_group(&mut self, in_operand: bool, prefix: &str) -> Group {
        let key = (self.state.start, if in_operand { Reading::OperandGroup } else { Reading::LeadingGroup });
        if self.refuted.contains(&key) {
            return Group::Term;
        }
        if self.enter().is_none() {
            return Group::Read(None);
        }
        let state = self.state;
        let group = self.logical_group_at(in_operand, prefix);
        self.leave();
        if matches!(group, Group::Term) {
            self.state = state;
            self.refuted.insert(key);
        }
        group
    }

    fn logical_group_at(&mut self, in_operand: bool, prefix: &str) -> Group {
        let state = self.state;
        let open = self.token_span();
        self.scan();
        if self.at(Token::RightParen) {
            if !in_operand {
                return Group::Term;
            }
            self.error(open, "empty parenthesized group");
            return Group::Read(None);
        }
        let Some(mut first) = self.operand_side(None) else {
            return Group::Term;
        };
        if matches!(self.state.token, Token::And | Token::Or) {
            return Group::Read(self.group_of_several(first, open));
        }
        if self.at(Token::With) && !first.explicit {
            let with_at = self.token_span();
            let literal = first.body.literals.into_iter().next();
            let Some(literal) = literal.and_then(|literal| self.attach_with(literal)) else {
                return Group::Read(None);
            };
            if matches!(self.state.token, Token::And | Token::Or) {
                self.with_on_operand(with_at);
                return Group::Read(None);
            }
            if self.close_group().is_none() {
                return Group::Read(None);
            }
            if in_operand || matches!(self.state.token, Token::And | Token::Or) {
                first = Side { body: single(literal), explicit: false, start: open.start };
                return Group::Read(Some(first));
            }
            return Group::Term;
        }
        if first.explicit {
            return self.body_in_parens(first.start, open, prefix, state);
        }
        let group = first.body.literals.iter().all(|literal| {
            literal.negated
                || matches!(literal.kind, LiteralKind::And(_) | LiteralKind::Or(_) | LiteralKind::Not(_))
        });
        if !group {
            return Group::Term;
        }
        first.start = open.start;
        Group::Read(self.close_group().map(|()| first))
    }

    fn group_of_several(&mut self, first: Side, open: Span) -> Option<Side> {
        let side = self.disjunction(first)?;
        let literal = side.body.literals.into_iter().next()?;
        let literal = self.attach_with(literal)?;
        self.close_group()?;
        Some(Side { body: single(literal), explicit: false, start: open.start })
    }

    /// `({ ... })`: braces in parentheses are a value, or a mistake.
    fn body_in_parens(&mut self, brace: u32, open: Span, prefix: &str, at_paren: super::State) -> Group {
        let braces = self.slice(brace, self.state.last_end);
        self.state = at_paren;
        self.scan();
        let value = self.term();
        self.state = at_paren;
        if value.is_some() {
            return Group::Term;
        }
        self.hint(format!("drop the parens to keep the body: `{prefix}{braces}`"));
        self.error(open, "`(...)` in an operand position cannot contain a body");
        Group::Read(None)
    }

    fn close_group(&mut self) -> Option<()> {
        if !self.at(Token::RightParen) {
            self.error(self.token_span(), "expected ) to close parenthesized group");
            return None;
        }
        self.scan();
        Some(())
    }

    pub(super) fn with_on_operand(&mut self, with_at: Span) {
        let keyword = self.state.token.name();
        self.hint(format!(
            "Wrap the operand in `(...)` or `{{...}}` to scope, or move `with` after the `{keyword}` expression to apply it to the whole expression"
        ));
        self.error(with_at, format!("`with` modifier is not allowed on operand of `{keyword}`"));
    }

    pub(super) fn brace_led_operand(&mut self, span: Span, operator: &str) {
        let operand = self.slice(span.start, span.end);
        self.hint(format!("wrap the operand to keep the value: `({operand}) {operator} ...`"));
        self.error(
            span,
            format!("operand of `{operator}` cannot begin with `{{` unless the braces hold a body"),
        );
    }

    fn value_in_place_of_body(&mut self, brace: Span, term: &Term) {
        let operand = self.slice(brace.start, self.state.last_end);
        self.hint(format!(
            "write `not ({operand})` to negate the value, or `not {{{operand}}}` for a body holding it"
        ));
        let kind = brace_led(term).kind_name();
        self.error(
            brace,
            format!("`{{...}}` in an operand position must contain expression(s), got: {kind}"),
        );
    }

    fn ambiguous_union(&mut self, brace: Span, body: &Body, prefix: &str) {
        let braces = self.slice(brace.start, self.state.last_end);
        let first = body.literals.first().map_or(brace, |literal| literal.span);
        let before = self.slice(brace.start, first.start);
        let inside = self.slice(first.start, first.end);
        let after = self.slice(first.end, self.state.last_end);
        self.hint(format!(
            "write `{prefix}({braces})` for the comprehension, or `{prefix}{before}({inside}){after}` for the set union"
        ));
        self.error(
            brace,
            "ambiguous `{ ... | ... }` operand: read as a body holding a set-union expression, not as a comprehension",
        );
    }

    /// Reports an operand that consists of calls that have no value, such as `print`.
    fn check_void_operand(&mut self, body: &Body, operator: Operator) {
        let mut first = None;
        for literal in &body.literals {
            let Some(name) = void_call(literal) else {
                return;
            };
            first = first.or(Some((name, literal.span)));
        }
        let Some((name, span)) = first else {
            return;
        };
        self.hint(format!(
            "`{name}` produces no value and always succeeds, so the operand can never fail; move it out of the operand, or add an expression that can fail"
        ));
        let operator = operator.name();
        self.error(span, format!("operand of `{operator}` cannot consist only of calls to `{name}`"));
    }
}

/// The built-in without a value that a literal calls.
fn void_call(literal: &Literal) -> Option<&'static str> {
    let LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) = &literal.kind else {
        return None;
    };
    if literal.negated {
        return None;
    }
    let names = call.operator.names()?;
    let path: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    match path.as_slice() {
        ["print"] => Some("print"),
        ["internal", "print"] => Some("internal.print"),
        ["internal", "test_case"] => Some("internal.test_case"),
        _ => None,
    }
}

/// Whether a body starts with a bare `a | b`, which reads like a comprehension in braces.
fn is_ambiguous_union(body: &Body, first_byte: u8) -> bool {
    let Some(Literal { kind: LiteralKind::Term(term), .. }) = body.literals.first() else {
        return false;
    };
    let Some(call) = term.as_call() else {
        return false;
    };
    call.notation == Notation::Infix && is_union(&call.operator) && first_byte != b'('
}

fn is_union(operator: &Ref) -> bool {
    operator.plain_name().is_some_and(|name| *name == "or")
}

fn first_start(body: &Body) -> u32 {
    body.literals.first().map_or(0, |literal| literal.span.start)
}

/// The value whose brace an expression starts with.
fn brace_led(term: &Term) -> &Term {
    let mut at = term;
    while let TermKind::Call(call) = &at.kind
        && call.notation == Notation::Infix
        && let Some(first) = call.args.first()
    {
        at = first;
    }
    at
}
