//! Rules: heads, bodies and `else` branches.

use super::{Place, Writer, list, object};
use crate::source::Span;
use crate::syntax::tree::{ElseBranch, HeadValue, Module, Rule, TermKind};
use crate::value::Value;

/// The parts of a head that its copies share.
struct HeadParts {
    name: Option<Value>,
    key: Option<Value>,
    reference: Value,
    assign: bool,
}

impl Writer<'_> {
    pub(super) fn rule(&mut self, module: &Module, rule: &Rule) -> Value {
        let head = &rule.head;
        if rule.chained {
            return self.chained(module, rule);
        }
        self.head_wildcards = self.wildcards;
        let parts = self.parts(rule);
        let args = self.terms(&head.args);
        let value = self.head_value(rule);
        let place = Place::of(rule.head.span);
        let mut fields = vec![("head", self.head(&parts, args, value, place))];
        fields.push((
            "body",
            match &rule.body {
                Some(body) => self.body(body),
                None => self.implicit_body(implicit_place(rule)),
            },
        ));
        if let Some(branch) = self.branches(rule, &parts, &rule.branches) {
            fields.push(("else", branch));
        }
        let place = if rule.default { Place::word(rule.span, 7) } else { Place::of(rule.span) };
        self.finish(module, rule, fields, place)
    }

    fn chained(&mut self, module: &Module, rule: &Rule) -> Value {
        let mut fields = Vec::new();
        if let Some(body) = &rule.body {
            fields.push(("body", self.body(body)));
        }
        let place = Place::of(rule.span);
        // OPA moves the copy of the head here, but not its path; only the parameters get new wildcards.
        let wildcards = std::mem::replace(&mut self.wildcards, self.head_wildcards);
        let mut parts = self.parts(rule);
        self.override_place = Some(place);
        let value = if let HeadValue::Element(element) = &rule.head.value {
            self.wildcards = self.head_wildcards;
            self.reference(&rule.head.reference);
            parts.key = Some(self.term(element));
            None
        } else {
            self.terms(&rule.head.args);
            self.head_value(rule)
        };
        self.wildcards = wildcards;
        let args = self.terms(&rule.head.args);
        fields.push(("head", self.head(&parts, args, value, place)));
        self.override_place = None;
        self.finish(module, rule, fields, place)
    }

    fn finish(
        &self,
        module: &Module,
        rule: &Rule,
        mut fields: Vec<(&'static str, Value)>,
        place: Place,
    ) -> Value {
        if rule.default {
            fields.push(("default", true.into()));
        }
        if self.options.annotations && !rule.annotations.is_empty() {
            let blocks = rule.annotations.iter().filter_map(|at| module.annotations.get(*at));
            let blocks: Vec<_> = blocks.map(|block| self.annotations(block)).collect();
            fields.push(("annotations", list(blocks)));
        }
        self.located(fields, place)
    }

    fn branches(&mut self, rule: &Rule, parts: &HeadParts, branches: &[ElseBranch]) -> Option<Value> {
        // The innermost branch comes last, but names are given from the outside in.
        let end = branches.last()?.span;
        let mut written = Vec::new();
        for branch in branches {
            let args = self.terms(&rule.head.args);
            let value = match &branch.value {
                Some(value) => self.term(value),
                None => object([("type", "boolean".into()), ("value", true.into())]),
            };
            let head_end = branch.value.as_ref().map_or(branch.span.start + 4, |value| value.span.end);
            let whole = Place::of(branch.span.to(end));
            let parts = HeadParts {
                name: parts.name.clone(),
                key: parts.key.clone(),
                reference: parts.reference.clone(),
                assign: if branch.value.is_some() { branch.assign } else { parts.assign },
            };
            let head_place = Place::of(Span { end: head_end, ..branch.span });
            let head = self.head(&parts, args, Some(value), head_place);
            let body = match &branch.body {
                Some(body) => {
                    self.override_place = (body.span.end == branch.span.end).then_some(whole);
                    let body = self.body(body);
                    self.override_place = None;
                    body
                }
                None => self.implicit_body(whole),
            };
            written.push((whole, vec![("head", head), ("body", body)]));
        }
        let mut inner = None;
        for (whole, mut fields) in written.into_iter().rev() {
            if let Some(inner) = inner.take() {
                fields.push(("else", inner));
            }
            inner = Some(self.located(fields, whole));
        }
        inner
    }

    fn head(&self, parts: &HeadParts, args: Vec<Value>, value: Option<Value>, place: Place) -> Value {
        let mut fields = vec![("ref", parts.reference.clone())];
        fields.extend(parts.name.clone().map(|name| ("name", name)));
        fields.extend(parts.key.clone().map(|key| ("key", key)));
        fields.extend(value.map(|value| ("value", value)));
        if !args.is_empty() {
            fields.push(("args", list(args)));
        }
        if parts.assign {
            fields.push(("assign", true.into()));
        }
        self.located(fields, place)
    }

    fn parts(&mut self, rule: &Rule) -> HeadParts {
        let head = &rule.head;
        let reference = self.reference(&head.reference);
        let name = head.reference.head.as_var().map(|var| Value::from(var.name.as_str()));
        let terms = reference.as_array().cloned().unwrap_or_default();
        let mut parts = HeadParts { name: None, key: None, reference, assign: head.assign };
        if let HeadValue::Element(element) = &head.value {
            parts.key = Some(self.term(element));
            if terms.len() == 1 {
                parts.name = name;
            }
            return parts;
        }
        let step = terms.get(1).filter(|_| terms.len() == 2).cloned();
        let Some(step) = step else {
            parts.name = name.filter(|_| terms.len() == 1);
            return parts;
        };
        let is_value = matches!(head.value, HeadValue::Term(_));
        if rule.default {
            return parts;
        }
        if head.uses_if {
            let operand = head.reference.operands.first();
            let moves =
                operand.is_some_and(|term| !term.is_ground() || matches!(term.kind, TermKind::Ref(_)));
            parts.key = Some(step).filter(|_| moves && head.args.is_empty());
            parts.name = name.filter(|_| is_value || !head.args.is_empty());
        } else if head.args.is_empty() && (is_value || rule.body.is_some()) {
            parts.name = name;
            parts.key = Some(step);
        }
        parts
    }

    fn head_value(&mut self, rule: &Rule) -> Option<Value> {
        match &rule.head.value {
            HeadValue::Element(_) => None,
            HeadValue::Term(value) => Some(self.term(value)),
            HeadValue::True => {
                let fields = vec![("type", "boolean".into()), ("value", true.into())];
                // OPA gives it a place when nothing but the head is written, or the head is one name and one step.
                let head = &rule.head;
                let one_step = head.reference.operands.len() == 1 && head.args.is_empty();
                let alone = (rule.body.is_none() || one_step) && !rule.default;
                let place = Place::of(value_span(rule));
                Some(if alone || self.override_place.is_some() {
                    self.located(fields, place)
                } else {
                    object(fields)
                })
            }
        }
    }
}

/// The place of the body of a rule that has none.
fn implicit_place(rule: &Rule) -> Place {
    if rule.default {
        return Place::word(rule.span, 7);
    }
    match &rule.head.value {
        HeadValue::Element(_) if rule.head.contains => {
            let first = rule.head.reference.head.span;
            Place::of(Span { start: rule.span.start, ..first })
        }
        HeadValue::Term(value) => {
            let is_negative = matches!(&value.kind, TermKind::Number(text) if text.as_str().starts_with('-'));
            let text = if is_negative { Place::word(value.span, 1).text } else { value.span };
            Place { at: value.anchor(), text }
        }
        HeadValue::True | HeadValue::Element(_) => Place::of(value_span(rule)),
    }
}

/// What stands for the value of a rule that has none: the name.
fn value_span(rule: &Rule) -> Span {
    if rule.head.args.is_empty() { rule.head.span } else { rule.head.reference.span }
}
