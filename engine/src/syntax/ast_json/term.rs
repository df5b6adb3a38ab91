//! Terms and bodies.

use super::order::compare;
use super::{Place, Writer, list, object};
use crate::source::Span;
use crate::syntax::tree::{
    Body, Call, Comprehension, ComprehensionHead, Declared, Every, Literal, LiteralKind, Logical, Membership,
    Negation, Notation, Ref, Template, TemplatePart, Term, TermKind, Var,
};
use crate::value::{Array, Number, Value};

impl Writer<'_> {
    pub(super) fn body(&mut self, body: &Body) -> Value {
        let mut literals = Vec::new();
        for (literal, index) in body.literals.iter().zip(0_u64..) {
            literals.push(self.literal(literal, index));
        }
        Array::from(literals).into()
    }

    /// The body of a rule that has none: `true`.
    pub(super) fn implicit_body(&self, place: Place) -> Value {
        let term = self.node("boolean", true.into(), place);
        let fields = vec![("generated", true.into()), ("index", 0_u64.into()), ("terms", term)];
        list([self.located(fields, place)])
    }

    pub(super) fn term(&mut self, term: &Term) -> Value {
        let place = Place { at: term.anchor(), text: term.span };
        match &term.kind {
            TermKind::Null => self.node("null", object([]), place),
            TermKind::Boolean(value) => self.node("boolean", (*value).into(), place),
            TermKind::Number(text) => {
                let place = if text.as_str().starts_with('-') { Place::word(term.span, 1) } else { place };
                let number = Number::parse(text.as_str());
                if number.is_none() {
                    self.no_json.get_or_insert_with(|| text.clone());
                }
                self.node("number", number.map_or(Value::Null, Value::from), place)
            }
            TermKind::String(text) => self.node("string", text.as_str().into(), place),
            TermKind::Template(template) => {
                let value = self.template(template, term.span);
                self.node("templatestring", value, place)
            }
            TermKind::Var(var) => self.var(var, term.span),
            TermKind::Ref(reference) => {
                let value = self.reference(reference);
                let text = Span { start: text_start(reference), ..place.text };
                self.node("ref", value, Place { text, ..place })
            }
            TermKind::Array(terms) => {
                let value = self.terms(terms);
                self.node("array", list(value), place)
            }
            TermKind::Object(pairs) => {
                let mut items = Vec::new();
                for (key, value) in pairs {
                    items.push((self.term(key), self.term(value)));
                }
                items.sort_by(|(left, _), (right, _)| compare(left, right));
                let items = items.into_iter().map(|(key, value)| list([key, value]));
                self.node("object", list(items), place)
            }
            TermKind::Set(terms) => {
                let mut terms = self.terms(terms);
                terms.sort_by(compare);
                terms.dedup_by(|left, right| compare(left, right).is_eq());
                self.node("set", list(terms), place)
            }
            TermKind::Comprehension(comprehension) => self.comprehension(comprehension, place),
            TermKind::Call(call) => {
                let value = self.call(call);
                self.node("call", value, place)
            }
        }
    }

    pub(super) fn reference_term(&mut self, reference: &Ref) -> Value {
        let value = self.reference(reference);
        self.node("ref", value, Place { at: reference.head.anchor(), text: reference.span })
    }

    /// The terms of a reference.
    pub(super) fn reference(&mut self, reference: &Ref) -> Value {
        let head = self.term(&reference.head);
        let mut terms = vec![head];
        terms.append(&mut self.terms(&reference.operands));
        list(terms)
    }

    pub(super) fn terms(&mut self, terms: &[Term]) -> Vec<Value> {
        terms.iter().map(|term| self.term(term)).collect()
    }

    fn var(&mut self, var: &Var, span: Span) -> Value {
        let name = if var.is_wildcard() {
            let number = self.wildcards;
            self.wildcards += 1;
            format!("${number}").into()
        } else {
            Value::from(var.name.as_str())
        };
        self.node("var", name, Place::of(span))
    }

    fn declared(&mut self, declared: &Declared) -> Value {
        self.var(&declared.var, declared.span)
    }

    /// The operator and the arguments.
    fn call(&mut self, call: &Call) -> Value {
        let operator = if call.notation == Notation::Minus {
            Self::bare_operator(&call.operator)
        } else {
            self.reference_term(&call.operator)
        };
        let mut terms = vec![operator];
        terms.append(&mut self.terms(&call.args));
        list(terms)
    }

    /// An operator that OPA gives no place.
    fn bare_operator(operator: &Ref) -> Value {
        let name = operator.plain_name().map_or("minus", |name| name.as_str());
        let head = object([("type", "var".into()), ("value", name.into())]);
        object([("type", "ref".into()), ("value", list([head]))])
    }

    fn comprehension(&mut self, comprehension: &Comprehension, place: Place) -> Value {
        let (kind, mut fields) = match &comprehension.head {
            ComprehensionHead::Array(term) => ("arraycomprehension", vec![("term", self.term(term))]),
            ComprehensionHead::Set(term) => ("setcomprehension", vec![("term", self.term(term))]),
            ComprehensionHead::Object(key, value) => {
                ("objectcomprehension", vec![("key", self.term(key)), ("value", self.term(value))])
            }
        };
        fields.push(("body", self.body(&comprehension.body)));
        self.node(kind, object(fields), place)
    }

    fn template(&mut self, template: &Template, span: Span) -> Value {
        let mut parts = Vec::new();
        for part in &template.parts {
            parts.push(match part {
                TemplatePart::Text(text_span, text) => {
                    // OPA's tokens hold the marks around the text too.
                    let start = if parts.is_empty() { span.start } else { text_span.start };
                    let token = Span { start, end: text_span.end.saturating_add(1), ..*text_span };
                    self.node("string", text.as_str().into(), Place::of(token))
                }
                TemplatePart::Expression(literal) => match plain_scalar(literal) {
                    Some(term) => self.term(term),
                    None => self.literal(literal, 0),
                },
            });
        }
        object([
            ("multi_line", template.raw.into()),
            ("parts", if parts.is_empty() { Value::Null } else { list(parts) }),
        ])
    }

    fn literal(&mut self, literal: &Literal, index: u64) -> Value {
        let terms = match &literal.kind {
            LiteralKind::Term(term) => match term.as_call() {
                Some(call) => self.call(call),
                None => self.term(term),
            },
            LiteralKind::Declare(vars) => {
                let symbols = vars.iter().map(|declared| self.declared(declared)).collect::<Vec<_>>();
                self.located(vec![("symbols", list(symbols))], Place::word(literal.span, 4))
            }
            LiteralKind::SomeIn(membership) => {
                let call = self.membership(membership);
                self.located(vec![("symbols", list([call]))], Place::word(literal.span, 4))
            }
            LiteralKind::Every(every) => self.every(every, literal.span),
            LiteralKind::Not(negation) => self.negation(negation),
            LiteralKind::And(sides) => self.logical("and", sides),
            LiteralKind::Or(sides) => self.logical("or", sides),
        };
        let mut fields = vec![("index", index.into()), ("terms", terms)];
        if literal.negated {
            fields.push(("negated", true.into()));
        }
        if !literal.with.is_empty() {
            let mut modifiers = Vec::new();
            for with in &literal.with {
                let (target, value) = (self.term(&with.target), self.term(&with.value));
                modifiers
                    .push(self.located(vec![("target", target), ("value", value)], Place::of(with.span)));
            }
            fields.push(("with", list(modifiers)));
        }
        self.located(fields, Place::of(literal.span))
    }

    fn membership(&mut self, membership: &Membership) -> Value {
        let name = if membership.key.is_some() { "member_3" } else { "member_2" };
        let operator = Place::of(membership.operator);
        let path =
            [self.node("var", "internal".into(), operator), self.node("string", name.into(), operator)];
        let mut terms = vec![self.node("ref", list(path), operator)];
        for term in membership.key.iter().chain([&membership.value, &membership.domain]) {
            terms.push(self.term(term));
        }
        let first = membership.key.as_ref().unwrap_or(&membership.value);
        self.node("call", list(terms), Place { at: first.anchor(), text: membership.span })
    }

    fn every(&mut self, every: &Every, span: Span) -> Value {
        let key = every.key.as_ref().map_or(Value::Null, |key| self.declared(key));
        let value = self.declared(&every.value);
        let domain = self.term(&every.domain);
        let body = self.body(&every.body);
        let fields = vec![("key", key), ("value", value), ("domain", domain), ("body", body)];
        self.located(fields, Place::word(span, 5))
    }

    fn negation(&mut self, negation: &Negation) -> Value {
        let body = self.body(&negation.body);
        object([("type", "not".into()), ("body", body), ("explicit_body", negation.explicit.into())])
    }

    fn logical(&mut self, kind: &'static str, sides: &Logical) -> Value {
        let (left, right) = (self.body(&sides.left.body), self.body(&sides.right.body));
        let mut fields = vec![("type", kind.into()), ("lhs", left), ("rhs", right)];
        if sides.left.explicit {
            fields.push(("explicit_lhs", true.into()));
        }
        if sides.right.explicit {
            fields.push(("explicit_rhs", true.into()));
        }
        object(fields)
    }
}

/// Where the text of a reference starts: OPA's parser is at the last token of the head when it begins one.
fn text_start(reference: &Ref) -> u32 {
    let head = &reference.head;
    match head.kind {
        TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_) | TermKind::Comprehension(_) => {
            head.span.end.saturating_sub(1)
        }
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Call(_) => reference.span.start,
    }
}

/// The term of an expression that is nothing but a scalar.
fn plain_scalar(literal: &Literal) -> Option<&Term> {
    let LiteralKind::Term(term) = &literal.kind else { return None };
    let is_scalar = matches!(
        term.kind,
        TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_)
    );
    (is_scalar && !literal.negated && literal.with.is_empty()).then_some(term)
}
