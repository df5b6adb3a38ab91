//! Terms in the words of OPA's messages.

use std::cmp::Ordering;

use super::tree::{
    Body, Call, ComprehensionHead, Literal, LiteralKind, Ref, Template, TemplatePart, Term, TermKind,
};

/// A reference as OPA writes it: names after dots where they can be, all else in brackets.
pub fn reference(reference: &Ref) -> String {
    let mut text = term(&reference.head);
    for operand in &reference.operands {
        let plain = |character: char| !character.is_control() && character != '\\';
        if let TermKind::String(name) = &operand.kind
            && is_plain_name(name)
        {
            text.push('.');
            text.push_str(name);
        } else if let TermKind::String(name) = &operand.kind
            && name.chars().all(plain)
        {
            // OPA escapes nothing here, not even quotes.
            text.push_str("[\"");
            text.push_str(name);
            text.push_str("\"]");
        } else {
            text.push('[');
            text.push_str(&term(operand));
            text.push(']');
        }
    }
    text
}

/// A term as OPA writes it. Operators are shown as the functions they call.
pub fn term(term: &Term) -> String {
    match &term.kind {
        TermKind::Null => "null".to_owned(),
        TermKind::Boolean(true) => "true".to_owned(),
        TermKind::Boolean(false) => "false".to_owned(),
        TermKind::Number(text) => text.to_string(),
        TermKind::String(text) => quoted(text),
        TermKind::Template(parts) => template(parts),
        TermKind::Var(var) => var.name.to_string(),
        TermKind::Ref(path) => reference(path),
        TermKind::Array(terms) => format!("[{}]", list(terms)),
        TermKind::Set(terms) if terms.is_empty() => "set()".to_owned(),
        TermKind::Set(terms) => {
            let mut terms: Vec<&Term> = terms.iter().collect();
            terms.sort_by(|left, right| compare(left, right));
            let terms: Vec<_> = terms.into_iter().map(self::term).collect();
            format!("{{{}}}", terms.join(", "))
        }
        TermKind::Object(pairs) => {
            let mut pairs: Vec<_> = pairs.iter().collect();
            pairs.sort_by(|left, right| compare(&left.0, &right.0));
            let pairs: Vec<_> = pairs
                .into_iter()
                .map(|(key, value)| format!("{}: {}", self::term(key), self::term(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        TermKind::Call(call) => format!("{}({})", reference(&call.operator), list(&call.args)),
        TermKind::Comprehension(comprehension) => {
            let body = body(&comprehension.body);
            match &comprehension.head {
                ComprehensionHead::Array(head) => format!("[{} | {body}]", self::term(head)),
                ComprehensionHead::Set(head) => format!("{{{} | {body}}}", self::term(head)),
                ComprehensionHead::Object(key, value) => {
                    format!("{{{}: {} | {body}}}", self::term(key), self::term(value))
                }
            }
        }
    }
}

/// OPA's order of terms, as far as messages and the order of evaluation need it: by kind, then by value where the kind
/// has plain values or parts in a fixed order.
pub(crate) fn compare(left: &Term, right: &Term) -> Ordering {
    rank(left).cmp(&rank(right)).then_with(|| match (&left.kind, &right.kind) {
        (TermKind::Boolean(left), TermKind::Boolean(right)) => left.cmp(right),
        (TermKind::Number(left), TermKind::Number(right)) => {
            let number = |text: &str| text.parse::<f64>().unwrap_or_default();
            number(left).total_cmp(&number(right))
        }
        (TermKind::String(left), TermKind::String(right)) => left.cmp(right),
        (TermKind::Var(left), TermKind::Var(right)) => left.name.cmp(&right.name),
        (TermKind::Ref(left), TermKind::Ref(right)) => compare_refs(left, right),
        (TermKind::Array(left), TermKind::Array(right)) => compare_lists(left, right),
        (TermKind::Set(left), TermKind::Set(right)) => compare_sets(left, right),
        (TermKind::Call(left), TermKind::Call(right)) => {
            compare_refs(&left.operator, &right.operator).then_with(|| compare_lists(&left.args, &right.args))
        }
        _ => Ordering::Equal,
    })
}

/// Orders references as [`compare`] orders their terms.
pub(crate) fn compare_refs(left: &Ref, right: &Ref) -> Ordering {
    compare(&left.head, &right.head).then_with(|| compare_lists(&left.operands, &right.operands))
}

fn compare_lists<'t>(
    left: impl IntoIterator<Item = &'t Term>,
    right: impl IntoIterator<Item = &'t Term>,
) -> Ordering {
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    loop {
        match (left.next(), right.next()) {
            (Some(one), Some(other)) => {
                let order = compare(one, other);
                if order.is_ne() {
                    return order;
                }
            }
            (one, other) => return one.is_some().cmp(&other.is_some()),
        }
    }
}

fn compare_sets(left: &[Term], right: &[Term]) -> Ordering {
    let sorted = |terms| {
        let mut terms: Vec<&Term> = <[Term]>::iter(terms).collect();
        terms.sort_by(|one, other| compare(one, other));
        terms
    };
    compare_lists(sorted(left), sorted(right))
}

fn rank(term: &Term) -> u8 {
    match &term.kind {
        TermKind::Null => 0,
        TermKind::Boolean(_) => 1,
        TermKind::Number(_) => 2,
        TermKind::String(_) => 3,
        TermKind::Template(_) => 4,
        // A template keeps its place when it has become a call.
        TermKind::Call(call) if reference(&call.operator) == "internal.template_string" => 4,
        TermKind::Var(_) => 5,
        TermKind::Ref(_) => 6,
        TermKind::Array(_) => 7,
        TermKind::Object(_) => 8,
        TermKind::Set(_) => 9,
        TermKind::Comprehension(comprehension) => match comprehension.head {
            ComprehensionHead::Array(_) => 10,
            ComprehensionHead::Object(..) => 11,
            ComprehensionHead::Set(_) => 12,
        },
        TermKind::Call(_) => 13,
    }
}

fn list(terms: &[Term]) -> String {
    terms.iter().map(term).collect::<Vec<_>>().join(", ")
}

fn template(template: &Template) -> String {
    let escaped = |part: &str| {
        let quoted = quoted(part).replace('{', "\\{");
        let inner = quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"'));
        inner.unwrap_or(&quoted).to_owned()
    };
    let mut text = "$\"".to_owned();
    for part in &template.parts {
        match part {
            TemplatePart::Text(_, part) => text.push_str(&escaped(part)),
            TemplatePart::Expression(part) => match scalar(part) {
                // What is a scalar anyway is part of the text, as in OPA.
                Some(Term { kind: TermKind::String(part), .. }) => text.push_str(&escaped(part)),
                Some(part) => text.push_str(&term(part)),
                None => {
                    text.push('{');
                    text.push_str(&literal(part));
                    text.push('}');
                }
            },
        }
    }
    text.push('"');
    text
}

/// The scalar that a literal is.
fn scalar(literal: &Literal) -> Option<&Term> {
    let LiteralKind::Term(term) = &literal.kind else { return None };
    let is_scalar = matches!(
        term.kind,
        TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_)
    );
    (is_scalar && !literal.negated).then_some(term)
}

/// A literal as OPA writes it in traces.
pub(crate) fn literal(literal: &Literal) -> String {
    let mut text = match &literal.kind {
        LiteralKind::Term(part) => match part.as_call().filter(|call| is_equality(call)) {
            Some(call) => call.args.iter().map(term).collect::<Vec<_>>().join(" = "),
            None => term(part),
        },
        LiteralKind::Every(every) => {
            let key = every.key.as_ref().filter(|key| !key.var.name.starts_with("__local"));
            let key = key.map(|key| format!("{}, ", &*key.var.name)).unwrap_or_default();
            format!(
                "every {key}{} in {} {{ {} }}",
                &*every.value.var.name,
                term(&every.domain),
                body(&every.body)
            )
        }
        LiteralKind::Not(not) if not.explicit => format!("not {{ {} }}", body(&not.body)),
        LiteralKind::Not(not) => format!("not {}", body(&not.body)),
        LiteralKind::And(sides) => format!("{} and {}", body(&sides.left.body), body(&sides.right.body)),
        LiteralKind::Or(sides) => format!("{} or {}", body(&sides.left.body), body(&sides.right.body)),
        // The compiler leaves none of these.
        LiteralKind::Declare(_) | LiteralKind::SomeIn(_) => "...".to_owned(),
    };
    if literal.negated {
        text.insert_str(0, "not ");
    }
    for with in &literal.with {
        text.push_str(" with ");
        text.push_str(&term(&with.target));
        text.push_str(" as ");
        text.push_str(&term(&with.value));
    }
    text
}

/// The literals of a body in one line.
fn body(body: &Body) -> String {
    body.literals.iter().map(literal).collect::<Vec<_>>().join("; ")
}

fn is_equality(call: &Call) -> bool {
    call.args.len() == 2 && call.operator.plain_name().is_some_and(|name| name == "eq")
}

/// A string in quotes, with the escape sequences that Go writes.
pub fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{7f}' => _ = write!(quoted, "\\x{:02x}", u32::from(character)),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a string can stand after a dot: a name that is no keyword of version 1.
pub(super) fn is_plain_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && super::token::classify(text.as_bytes(), super::token::Keywords::V1)
            == super::token::Token::Identifier
}
