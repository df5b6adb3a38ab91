//! Terms.

use std::fmt::Write as _;

use super::Printer;
use crate::syntax::display::is_plain_name;
use crate::syntax::token::{Keywords, Token, classify};
use crate::syntax::tree::{
    Call, Comprehension, ComprehensionHead, Name, Notation, Ref, Template, TemplatePart, Term, TermKind,
};

impl Printer {
    /// A term that may start with an operator's operand.
    pub(super) fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Null => self.push("null"),
            TermKind::Boolean(true) => self.push("true"),
            TermKind::Boolean(false) => self.push("false"),
            TermKind::Number(text) => self.push(text),
            TermKind::String(text) => self.string(text),
            TermKind::Template(template) => self.template(template),
            // OPA takes `&[` for a name without characters where `and` is a keyword.
            TermKind::Var(var) => self.push(if var.name.is_empty() { "&" } else { &var.name }),
            TermKind::Ref(reference) => self.reference(reference),
            TermKind::Array(terms) => {
                self.push("[");
                self.list(terms);
                self.push("]");
            }
            TermKind::Object(pairs) => self.object(pairs),
            TermKind::Set(terms) if terms.is_empty() => self.push("set()"),
            TermKind::Set(terms) => {
                self.push("{");
                self.list(terms);
                self.push("}");
            }
            TermKind::Comprehension(comprehension) => self.comprehension(comprehension),
            TermKind::Call(call) => self.call(call),
        }
    }

    /// A term that binds as tightly as any: operators are in parentheses.
    pub(super) fn operand(&mut self, term: &Term) {
        let parens = matches!(&term.kind, TermKind::Call(call) if call.notation != Notation::Prefix);
        if parens {
            self.push("(");
        }
        self.term(term);
        if parens {
            self.push(")");
        }
    }

    pub(super) fn list(&mut self, terms: &[Term]) {
        for (place, term) in terms.iter().enumerate() {
            self.push(if place == 0 { "" } else { ", " });
            self.element(term);
        }
    }

    /// A term between commas: only what has a comma or a bar in it needs parentheses.
    fn element(&mut self, term: &Term) {
        let bare = matches!(&term.kind, TermKind::Call(call)
            if call.notation == Notation::Infix && !matches!(symbol(&call.operator), "|" | "in"));
        if bare { self.term(term) } else { self.operand(term) }
    }

    pub(super) fn arguments(&mut self, terms: &[Term]) {
        self.push("(");
        self.list(terms);
        self.push(")");
    }

    pub(super) fn reference(&mut self, reference: &Ref) {
        self.operand(&reference.head);
        for operand in &reference.operands {
            if let TermKind::String(name) = &operand.kind {
                self.string_operand(name);
            } else {
                self.bracketed(operand);
            }
        }
    }

    pub(super) fn bracketed(&mut self, term: &Term) {
        self.push("[");
        self.operand(term);
        self.push("]");
    }

    pub(super) fn string_operand(&mut self, name: &str) {
        if is_plain_name(name) && !matches!(name, "and" | "or") {
            self.push(".");
            self.push(name);
        } else {
            self.push("[");
            self.string(name);
            self.push("]");
        }
    }

    pub(super) fn printed_reference(&self, reference: &Ref) -> String {
        let mut printer = Self { text: String::new(), indent: self.indent };
        printer.reference(reference);
        printer.text
    }

    fn string(&mut self, text: &str) {
        self.push("\"");
        self.escaped(text);
        self.push("\"");
    }

    fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '"' => self.push("\\\""),
                '\\' => self.push("\\\\"),
                '\n' => self.push("\\n"),
                '\r' => self.push("\\r"),
                '\t' => self.push("\\t"),
                '\0'..='\u{1f}' | '\u{feff}' => _ = write!(self.text, "\\u{:04x}", u32::from(character)),
                other => self.text.push(other),
            }
        }
    }

    fn object(&mut self, pairs: &[(Term, Term)]) {
        self.push("{");
        for (place, (key, value)) in pairs.iter().enumerate() {
            self.push(if place == 0 { "" } else { ", " });
            self.element(key);
            self.push(": ");
            self.element(value);
        }
        self.push("}");
    }

    fn comprehension(&mut self, comprehension: &Comprehension) {
        let close = match &comprehension.head {
            ComprehensionHead::Array(head) => {
                self.push("[");
                self.operand(head);
                "]"
            }
            ComprehensionHead::Set(head) => {
                self.push("{");
                self.operand(head);
                "}"
            }
            ComprehensionHead::Object(key, value) => {
                self.push("{");
                self.operand(key);
                self.push(": ");
                self.operand(value);
                "}"
            }
        };
        self.push(" | ");
        self.literals(&comprehension.body);
        self.push(close);
    }

    fn call(&mut self, call: &Call) {
        match (call.notation, call.args.as_slice()) {
            (Notation::Minus, [_, operand]) => {
                self.push("-");
                self.operand(operand);
            }
            (Notation::Infix, [left, right]) => {
                if is_alike(left, call) {
                    self.term(left);
                } else {
                    self.left_operand(left);
                }
                self.operator_and_right(call, right);
            }
            (Notation::Infix, [key, value, domain]) => {
                self.left_operand(key);
                self.push(", ");
                self.operand(value);
                self.push(" in ");
                self.operand(domain);
            }
            _ => {
                self.reference(&call.operator);
                self.arguments(&call.args);
            }
        }
    }

    /// An operand on the left. One that starts with a keyword was written without parentheses, as a keyword is a
    /// name only at the start of a literal.
    fn left_operand(&mut self, term: &Term) {
        if starts_with_keyword(term) { self.term(term) } else { self.operand(term) }
    }

    /// A comparison or an assignment whose left operand is a union, which stands without parentheses; whether it is one.
    pub(super) fn compared_union(&mut self, call: &Call) -> bool {
        let [left, right] = call.args.as_slice() else {
            return false;
        };
        let compared = matches!(symbol(&call.operator), ":=" | "=" | "==" | "!=" | "<" | ">" | "<=" | ">=");
        if call.notation != Notation::Infix || !compared || !is_union(left) {
            return false;
        }
        self.term(left);
        self.operator_and_right(call, right);
        true
    }

    fn operator_and_right(&mut self, call: &Call, right: &Term) {
        self.push(" ");
        self.push(symbol(&call.operator));
        self.push(" ");
        self.operand(right);
    }

    fn template(&mut self, template: &Template) {
        let quote = if template.raw { "`" } else { "\"" };
        self.push("$");
        self.push(quote);
        for part in &template.parts {
            match part {
                TemplatePart::Text(_, text) => self.template_text(text, template.raw),
                TemplatePart::Expression(literal) => {
                    self.push("{");
                    self.literal(literal);
                    self.push("}");
                }
            }
        }
        self.push(quote);
    }

    fn template_text(&mut self, text: &str, raw: bool) {
        for (place, piece) in text.split('{').enumerate() {
            self.push(if place == 0 { "" } else { "\\{" });
            if raw {
                self.push(piece);
            } else {
                self.escaped(piece);
            }
        }
    }
}

/// Whether the text of the term starts with a keyword of some version that stands for a name.
#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of term whose first token can be a name")]
pub(super) fn starts_with_keyword(term: &Term) -> bool {
    match &term.kind {
        TermKind::Var(var) => {
            let keyword = classify(var.name.as_bytes(), Keywords::ALL) != Token::Identifier;
            (keyword && var.name != "contains") || var.name.is_empty()
        }
        TermKind::Ref(reference) => starts_with_keyword(&reference.head),
        TermKind::Call(call) => match (call.notation, call.args.first()) {
            (Notation::Infix, Some(first)) => starts_with_keyword(first),
            (Notation::Prefix, _) => starts_with_keyword(&call.operator.head),
            _ => false,
        },
        _ => false,
    }
}

/// The operator that calls a function of this name.
fn symbol(operator: &Ref) -> &'static str {
    match operator.plain_name().map(Name::as_str) {
        Some("eq") => "=",
        Some("assign") => ":=",
        Some("equal") => "==",
        Some("neq") => "!=",
        Some("lt") => "<",
        Some("gt") => ">",
        Some("lte") => "<=",
        Some("gte") => ">=",
        Some("or") => "|",
        Some("and") => "&",
        Some("plus") => "+",
        Some("minus") => "-",
        Some("mul") => "*",
        Some("div") => "/",
        Some("rem") => "%",
        _ => "in",
    }
}

/// Whether the term is an operator that binds as tightly as the call it is the left operand of.
///
/// Such ones stand in a row without parentheses, however many there are.
fn is_alike(left: &Term, call: &Call) -> bool {
    let level = |operator: &Ref| match symbol(operator) {
        "*" | "/" | "%" => Some(0),
        "+" | "-" => Some(1),
        "&" => Some(2),
        "|" => Some(3),
        "==" | "!=" | "<" | ">" | "<=" | ">=" => Some(4),
        _ => None,
    };
    left.as_call().is_some_and(|left| {
        left.notation == Notation::Infix
            && level(&left.operator).is_some()
            && level(&left.operator) == level(&call.operator)
    })
}

/// Whether the term is a union written with `|`.
pub(super) fn is_union(term: &Term) -> bool {
    term.as_call().is_some_and(|call| call.notation == Notation::Infix && symbol(&call.operator) == "|")
}

/// Whether the text of the term starts with a brace.
#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of term whose first token can be a brace")]
pub(super) fn starts_with_brace(term: &Term) -> bool {
    match &term.kind {
        TermKind::Object(_) => true,
        TermKind::Set(terms) => !terms.is_empty(),
        TermKind::Comprehension(comprehension) => !matches!(comprehension.head, ComprehensionHead::Array(_)),
        TermKind::Ref(reference) => starts_with_brace(&reference.head),
        TermKind::Call(call) => match (call.notation, call.args.first()) {
            (Notation::Infix, Some(first)) => starts_with_brace(first),
            (Notation::Prefix, _) => starts_with_brace(&call.operator.head),
            _ => false,
        },
        _ => false,
    }
}
