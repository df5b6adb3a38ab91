//! Rules with a body, defaults and `contains` rules; the others are read as expressions first.

use super::Parser;
use super::body::plain_literal;
use super::infix::Commas;
use crate::source::Span;
use crate::syntax::display;
use crate::syntax::token::Token;
use crate::syntax::tree::{
    Body, Call, ElseBranch, Head, HeadValue, Literal, LiteralKind, Notation, Ref, Rule, Template,
    TemplatePart, Term, TermKind,
};
use thin_vec::{ThinVec, thin_vec};

/// What the start of a statement turned out to be.
#[derive(Debug)]
pub(super) enum Reading {
    /// A rule, and the rules that its further bodies make.
    Rules(Vec<Rule>),
    /// `head := value` and nothing more: an expression, which may be a rule all the same.
    Expression(Literal),
    /// Something else, or an error.
    Neither,
}

/// A head as it is read, before it is known what it defines.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about how the head is written")]
struct RawHead {
    span: Span,
    /// The name, its operands and arguments.
    term_span: Span,
    reference: Ref,
    args: ThinVec<Term>,
    called: bool,
    /// Whether it is a variable and nothing more, not even `data` or `input`.
    plain: bool,
    key: Option<Term>,
    value: Option<Term>,
    /// The `:=` or `=`.
    operator: Option<(Token, Span)>,
    contains: bool,
    /// Whether an expression would have been read the same way: no space splits it.
    like_expression: bool,
}

impl Parser<'_> {
    /// Tries to read a rule at the current token.
    pub(super) fn rules(&mut self) -> Reading {
        let start = self.state.start;
        self.rename_before_operand();
        let default = self.at(Token::Default);
        if default {
            self.scan();
            self.rename_before_operand();
        }
        if !self.at(Token::Identifier) {
            if default {
                self.keyword_as_rule_name(true);
            }
            return Reading::Neither;
        }
        let Some(raw) = self.head(default) else {
            return Reading::Neither;
        };
        if default {
            return self.default_rule(raw, start).map_or(Reading::Neither, |rule| Reading::Rules(vec![rule]));
        }
        if !raw.contains && !matches!(self.state.token, Token::If | Token::LeftBrace) {
            return self.bodyless(raw);
        }
        self.rule_with_body(raw, start).map_or(Reading::Neither, Reading::Rules)
    }

    fn default_rule(&mut self, raw: RawHead, start: u32) -> Option<Rule> {
        let at = self.span(start, start + 7);
        if raw.value.is_none() && (raw.contains || !raw.implies_true()) {
            self.error(at, "illegal default rule (must have a value)");
            return None;
        }
        let before = self.error_mark();
        if let Some(value) = &raw.value {
            self.check_default_value(value, at);
        }
        if self.error_mark() != before {
            return None;
        }
        let mut seen = Vec::new();
        for arg in &raw.args {
            match &arg.kind {
                TermKind::Var(var) if var.is_wildcard() => {}
                TermKind::Var(var) if seen.contains(&&var.name) => {
                    self.error(
                        at,
                        format!("illegal default rule (arguments cannot be repeated {})", var.name),
                    );
                }
                TermKind::Var(var) => seen.push(&var.name),
                _ => {
                    let kind = arg.kind_name();
                    self.error(at, format!("illegal default rule (arguments cannot contain {kind})"));
                }
            }
        }
        if self.error_mark() != before {
            return None;
        }
        let head = raw.finish(false, false);
        let span = self.span_from(start);
        Some(rule_of(span, head, None, true))
    }

    /// Reports what a default value must not contain.
    fn check_default_value(&mut self, value: &Term, at: Span) {
        match &value.kind {
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Comprehension(_) => {}
            TermKind::Var(_) | TermKind::Ref(_) | TermKind::Call(_) => {
                let kind = value.kind_name();
                self.error(at, format!("illegal default rule (value cannot contain {kind})"));
            }
            TermKind::Array(terms) | TermKind::Set(terms) => {
                for term in terms {
                    self.check_default_value(term, at);
                }
            }
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    self.check_default_value(key, at);
                    self.check_default_value(value, at);
                }
            }
            TermKind::Template(template) => self.check_default_template(template, at),
        }
    }

    fn check_default_template(&mut self, template: &Template, at: Span) {
        for part in &template.parts {
            let TemplatePart::Expression(literal) = part else {
                continue;
            };
            if let LiteralKind::Term(term) = &literal.kind {
                let Some(call) = term.as_call() else {
                    self.check_default_value(term, at);
                    continue;
                };
                self.error(at, "illegal default rule (value cannot contain ref)");
                for arg in &call.args {
                    self.check_default_value(arg, at);
                }
            }
        }
    }

    /// A head without a body: as an expression, if it can be taken for one without reading it again.
    fn bodyless(&mut self, raw: RawHead) -> Reading {
        let goes_on = matches!(self.state.token, Token::With | Token::And | Token::Or | Token::Semicolon);
        let RawHead {
            span,
            term_span,
            reference,
            args,
            called,
            plain,
            value: Some(value),
            operator: Some((token, at)),
            ..
        } = raw
        else {
            return Reading::Neither;
        };
        if goes_on || !raw.like_expression || self.failed() {
            return Reading::Neither;
        }
        let left = if called {
            let call = Call { operator: reference, args, notation: Notation::Prefix };
            Term { span: term_span, kind: TermKind::Call(Box::new(call)) }
        } else if plain {
            reference.head
        } else {
            Term { span: term_span, kind: TermKind::Ref(Box::new(reference)) }
        };
        let name = self.names.get(token.name());
        let head = Term::var(name, at);
        let operator = Ref { span: at, head, operands: ThinVec::new() };
        let call = Call { operator, args: thin_vec![left, value], notation: Notation::Infix };
        let span = self.span_from(span.start);
        Reading::Expression(plain_literal(Term { span, kind: TermKind::Call(Box::new(call)) }, span))
    }

    fn rule_with_body(&mut self, raw: RawHead, start: u32) -> Option<Vec<Rule>> {
        let uses_if = self.at(Token::If);
        let nameless = raw.reference.head.as_var().is_none();
        if nameless && raw.reference.len() == 2 && !raw.contains && (!uses_if || raw.value.is_some()) {
            return None;
        }
        let keyed = raw.has_key(uses_if);
        // The element of a set is not part of the path.
        let path =
            raw.reference.len() - usize::from(keyed && !uses_if && !raw.contains && raw.value.is_none());
        let dynamic = path > 1 && !raw.reference.is_ground();
        let bare = !uses_if && !self.at(Token::LeftBrace);
        let head = raw.finish(uses_if, !bare);
        if bare {
            let span = head.span;
            return Some(vec![rule_of(span, head, None, false)]);
        }
        let body = if uses_if { self.body_after_if()? } else { self.braced_body()? };
        let mut branches = Vec::new();
        if self.at(Token::Else) && !self.rename_before_operand() {
            if dynamic {
                self.error(self.token_span(), "else keyword cannot be used on rules with variables in head");
                return None;
            }
            if keyed {
                self.error(self.token_span(), "else keyword cannot be used on multi-value rules");
                return None;
            }
            branches = self.else_branches()?;
        }
        let mut rule = rule_of(self.span_from(start), head, Some(body), false);
        rule.branches = branches;
        let mut rules = vec![rule];
        while self.at(Token::LeftBrace) {
            let first = rules.first()?;
            if !first.branches.is_empty() {
                self.error(self.token_span(), "expected else keyword");
                return None;
            }
            let head = first.head.clone();
            let start = self.state.start;
            let body = self.braced_body()?;
            let mut next = rule_of(self.span_from(start), head, Some(body), false);
            next.chained = true;
            rules.push(next);
        }
        Some(rules)
    }

    /// The body after `if`: a literal, or braces around a body. Braces may also start a literal.
    fn body_after_if(&mut self) -> Option<Body> {
        self.scan();
        let state = self.state;
        let braced = self.at(Token::LeftBrace);
        if let Some(literal) = self.literal() {
            let set = matches!(&literal.kind, LiteralKind::Term(Term { kind: TermKind::Set(_), .. }));
            if !(braced && set) {
                return Some(super::body::single(literal));
            }
        }
        if !braced {
            return None;
        }
        self.state = state;
        self.braced_body()
    }

    /// A body in braces, from the opening one past the closing one.
    fn braced_body(&mut self) -> Option<Body> {
        self.scan();
        let body = self.nested_body(Token::RightBrace)?;
        self.scan();
        Some(body)
    }

    fn else_branches(&mut self) -> Option<Vec<ElseBranch>> {
        let mut branches = Vec::new();
        while self.at(Token::Else) {
            let branch = self.else_branch()?;
            let last = branch.body.is_none();
            branches.push(branch);
            if last {
                break;
            }
        }
        Some(branches)
    }

    fn else_branch(&mut self) -> Option<ElseBranch> {
        let start = self.state.start;
        self.scan();
        let mut branch =
            ElseBranch { span: self.token_span(), value: None, assign: false, uses_if: false, body: None };
        match self.state.token {
            Token::LeftBrace | Token::If => {}
            Token::Assign | Token::Unify => {
                branch.assign = self.at(Token::Assign);
                self.scan();
                branch.value = Some(self.infix(Commas::Keys)?);
            }
            _ => {
                self.expected("expected else value term or rule body");
                return None;
            }
        }
        branch.uses_if = self.at(Token::If);
        if branch.uses_if {
            self.scan();
        }
        if self.at(Token::LeftBrace) {
            branch.body = Some(self.braced_body()?);
        } else if branch.uses_if {
            if self.at(Token::Eof) {
                self.expected("rule body expected");
                return None;
            }
            branch.body = Some(super::body::single(self.literal()?));
        }
        branch.span = self.span_from(start);
        Some(branch)
    }

    /// A head; past it and its value.
    fn head(&mut self, default: bool) -> Option<RawHead> {
        let start = self.state.start;
        let direct = matches!(self.lexer.byte(self.state.end), b'.' | b'[' | b'(');
        self.height = 0;
        let name = Term { span: self.token_span(), kind: TermKind::Var(self.var()) };
        let Some(term) = self.operands(name, start, true) else {
            self.expected("expected rule head name");
            return None;
        };
        let mut raw = self.raw_head(term, direct)?;
        match self.state.token {
            Token::Contains => {
                raw.contains = true;
                if raw.called {
                    let name = display::reference(&raw.reference);
                    self.expected(&format!("the contains keyword can only be used with multi-value rule definitions (e.g., {name} contains <VALUE> {{ ... }})"));
                }
                self.scan();
                raw.key = self.infix(Commas::Keys);
                if raw.key.is_none() {
                    let name = display::reference(&raw.reference);
                    self.expected(&format!(
                        "expected rule key term (e.g., {name} contains <VALUE> {{ ... }})"
                    ));
                }
            }
            Token::Unify | Token::Assign => {
                let token = self.state.token;
                raw.operator = Some((token, self.token_span()));
                self.scan();
                raw.value = self.infix(Commas::Keys);
                if raw.value.is_none() {
                    self.missing_value(&raw, token, default);
                }
            }
            _ => {}
        }
        raw.span = self.span_from(start);
        Some(raw)
    }

    #[cold]
    fn missing_value(&mut self, raw: &RawHead, token: Token, default: bool) {
        let name = display::reference(&raw.reference);
        let note = if token == Token::Unify {
            format!("expected rule value term (e.g., {name}[<nil>] = <VALUE> {{ ... }})")
        } else if !raw.args.is_empty() {
            format!("expected function value term (e.g., {name}(...) := <VALUE> {{ ... }})")
        } else if default {
            format!("expected default rule value term (e.g., default {name} := <VALUE>)")
        } else {
            format!("expected rule value term (e.g., {name} := <VALUE> {{ ... }})")
        };
        self.expected(&note);
    }

    /// The head that a term stands for.
    fn raw_head(&mut self, term: Term, direct: bool) -> Option<RawHead> {
        let span = term.span;
        let plain = term.as_var().is_some();
        let (reference, args, called) = match term.kind {
            TermKind::Var(_) => (Ref { span, head: term, operands: ThinVec::new() }, ThinVec::new(), false),
            TermKind::Ref(reference) => (*reference, ThinVec::new(), false),
            TermKind::Call(call) => {
                if call.operator.head.as_var().is_none() {
                    let name = display::reference(&call.operator);
                    self.expected(&format!("rule head ref {name} invalid"));
                    return None;
                }
                (call.operator, call.args, true)
            }
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_) => return None,
        };
        let like_expression = direct || (reference.operands.is_empty() && !called);
        Some(RawHead {
            span,
            term_span: span,
            reference,
            args,
            called,
            plain,
            key: None,
            value: None,
            operator: None,
            contains: false,
            like_expression,
        })
    }

    /// Reports a keyword in the place of a rule's name, if what follows shows that a rule is meant.
    pub(super) fn keyword_as_rule_name(&mut self, default: bool) -> bool {
        let token = self.state.token;
        let next = if default || !is_reserved(token) { None } else { Some(self.peek(true)) };
        let defines = |next| matches!(next, Token::Assign | Token::Unify | Token::If | Token::Contains);
        let shown = match token {
            Token::Every | Token::If | Token::In | Token::Some | Token::As => {
                next.is_none_or(|next| defines(next) || next == Token::LeftParen)
            }
            Token::Package | Token::Import => {
                next.is_none_or(|next| matches!(next, Token::Assign | Token::Unify | Token::LeftParen))
            }
            Token::Not | Token::And | Token::Or => next.is_none_or(defines),
            Token::Contains => next.is_none_or(|next| matches!(next, Token::If | Token::Contains)),
            _ => false,
        };
        if shown {
            self.error(self.token_span(), format!("{} keyword cannot be used for rule name", token.name()));
        }
        shown
    }
}

impl RawHead {
    /// Whether a head without a value says `true`; `p[x]` alone doesn't.
    fn implies_true(&self) -> bool {
        self.reference.len() != 2 || !self.args.is_empty()
    }

    /// Whether OPA takes the last step of the path, or what is after `contains`, for a key.
    fn has_key(&self, uses_if: bool) -> bool {
        let Some(step) = self.reference.operands.first().filter(|_| self.reference.len() == 2) else {
            return self.key.is_some();
        };
        let keyed = !uses_if || !step.is_ground() || step.as_ref_term().is_some();
        self.key.is_some() || (!self.contains && self.args.is_empty() && keyed)
    }

    /// The head, once it is known what follows.
    fn finish(self, uses_if: bool, has_body: bool) -> Head {
        let implies_true = self.implies_true();
        let Self { span, mut reference, args, key, value, operator, contains, .. } = self;
        let value = match (value, key) {
            (Some(value), _) => HeadValue::Term(value),
            (None, Some(key)) => HeadValue::Element(key),
            (None, None) if implies_true || uses_if || !has_body || contains => HeadValue::True,
            // `p[x] { ... }` of version 0: a set.
            (None, None) => match reference.operands.pop() {
                Some(element) => {
                    reference.span = reference.head.span;
                    HeadValue::Element(element)
                }
                None => HeadValue::True,
            },
        };
        let assign = matches!(operator, Some((Token::Assign, _)));
        Head { span, reference, args, value, assign, contains, uses_if }
    }
}

fn rule_of(span: Span, head: Head, body: Option<Body>, default: bool) -> Rule {
    Rule { span, default, chained: false, head, body, branches: Vec::new(), annotations: Vec::new() }
}

/// The keywords that a rule could be thought to be named by.
fn is_reserved(token: Token) -> bool {
    matches!(
        token,
        Token::Every
            | Token::If
            | Token::In
            | Token::Some
            | Token::As
            | Token::Package
            | Token::Import
            | Token::Not
            | Token::And
            | Token::Or
            | Token::Contains
    )
}
