//! Numbers, strings and templates.

use super::Parser;
use crate::syntax::token::Token;
use crate::syntax::tree::{LiteralKind, Name, Template, TemplatePart, Term, TermKind};

impl Parser<'_> {
    /// A number, from its sign or its decimal point; leaves the parser at its last token.
    pub(super) fn number(&mut self) -> Option<Term> {
        let start = self.state.start;
        let mut text = String::new();
        if self.at(Token::Minus) {
            text.push('-');
            self.scan();
            if !matches!(self.state.token, Token::Number | Token::Dot) {
                self.expected("expected number");
                return None;
            }
        }
        let fraction = self.at(Token::Dot);
        if fraction {
            text.push('.');
            self.scan();
            if !self.at(Token::Number) {
                self.expected("expected number");
                return None;
            }
        }
        let digits = self.token_text();
        // OPA takes a part of a wide character that follows for a part of the number.
        let followed = self.stray_bytes() > 0;
        let leading_zero = match digits.as_bytes() {
            [b'0'] => followed,
            [b'0', b'.', ..] => false,
            [b'0', b'e' | b'E', rest @ ..] => rest.is_empty(),
            [b'0', _, ..] => true,
            _ => false,
        };
        if leading_zero && !fraction {
            self.expected("expected number without leading zero");
            return None;
        }
        let name = if text.is_empty() {
            self.names.get(digits)
        } else {
            text.push_str(digits);
            self.names.get(&text)
        };
        let two_points = fraction && digits.contains('.');
        let magnitude = if followed || two_points { Magnitude::Invalid } else { magnitude(&name) };
        match magnitude {
            Magnitude::Fits => {}
            Magnitude::TooBig => {
                self.error(self.token_span(), "number too big");
                return None;
            }
            Magnitude::Invalid => {
                self.expected("invalid float");
                return None;
            }
        }
        Some(Term { span: self.span(start, self.state.end), kind: TermKind::Number(name) })
    }

    pub(super) fn string(&mut self) -> Option<Term> {
        let span = self.token_span();
        let text = self.slice(span.start, span.end);
        let inner = self.slice(span.start + 1, span.end.saturating_sub(1));
        let raw = text.starts_with('`');
        let strays = self.stray_bytes();
        let name = if raw || !inner.contains('\\') {
            self.names.get(inner)
        } else if let (Some(decoded), 0) = (decode(inner, Braces::Plain), strays) {
            self.names.get(&decoded)
        } else {
            let strays = "\u{fffd}".repeat(strays);
            self.error(span, format!("illegal string literal: {text}{strays}"));
            return None;
        };
        Some(Term { span, kind: TermKind::String(name) })
    }

    /// A template, from its first piece; leaves the parser at its last.
    pub(super) fn template(&mut self, raw: bool) -> Option<Term> {
        let start = self.state.start;
        if !self.options.template_strings {
            self.error(self.token_span(), "template strings are not supported by current capabilities");
            return None;
        }
        let mut parts = Vec::new();
        let mut below = 0;
        // The first piece starts with `$"`, the others after a brace.
        let mut opening = 2;
        loop {
            self.template_text(opening, &mut parts)?;
            opening = 0;
            if matches!(self.state.token, Token::TemplateEnd | Token::RawTemplateEnd) {
                break;
            }
            parts.push(self.template_expression()?);
            below = below.max(self.height);
            self.scan_template(raw);
        }
        self.grow(below)?;
        let template = Template { raw, parts };
        Some(Term { span: self.span(start, self.state.end), kind: TermKind::Template(Box::new(template)) })
    }

    fn template_text(&mut self, opening: u32, parts: &mut Vec<TemplatePart>) -> Option<()> {
        let span = self.token_span();
        let raw = match self.state.token {
            Token::TemplatePart | Token::TemplateEnd => false,
            Token::RawTemplatePart | Token::RawTemplateEnd => true,
            _ => {
                self.error(span, "expected template-string part");
                return None;
            }
        };
        let inner = self.slice(span.start + opening, span.end.saturating_sub(1));
        let name = if !inner.contains('\\') {
            self.names.get(inner)
        } else if raw {
            self.names.get(&inner.replace("\\{", "{"))
        } else if let Some(decoded) = decode(inner, Braces::Escaped) {
            self.names.get(&decoded)
        } else {
            let text = self.slice(span.start + opening.saturating_sub(1), span.end).replace("\\{", "{");
            let text = if opening == 0 { format!("}}{text}") } else { text };
            self.error(span, format!("illegal template-string part: {text}"));
            return None;
        };
        if !name.is_empty() {
            let inner = self.span(span.start + opening, span.end.saturating_sub(1));
            parts.push(TemplatePart::Text(inner, name));
        }
        Some(())
    }

    /// An expression in a template; leaves the parser at its `}`.
    fn template_expression(&mut self) -> Option<TemplatePart> {
        self.scan();
        // A literal in a term takes more stack than a term does.
        self.enter()?;
        let literal = self.literal();
        self.leave();
        let Some(literal) = literal else {
            self.error(self.token_span(), "invalid template-string expression");
            return None;
        };
        let objection = match (&literal.kind, literal.plain_operator().map(Name::as_str)) {
            _ if literal.negated => Some("unexpected negation ('not') in template-string expression"),
            (_, Some("eq")) => Some("unexpected unification ('=') in template-string expression"),
            (_, Some("assign")) => Some("unexpected assignment (':=') in template-string expression"),
            (LiteralKind::Every(_), _) => Some("unexpected 'every' in template-string expression"),
            (LiteralKind::Declare(_) | LiteralKind::SomeIn(_), _) => {
                Some("unexpected 'some' in template-string expression")
            }
            _ => None,
        };
        if let Some(objection) = objection {
            self.error(literal.span, objection);
            return None;
        }
        if !self.at(Token::RightBrace) {
            self.error(self.token_span(), "expected } to end template string expression");
            return None;
        }
        Some(TemplatePart::Expression(literal))
    }
}

/// Whether `\{` stands for a brace.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Braces {
    Plain,
    Escaped,
}

/// The characters that a string with escape sequences stands for, by the rules of JSON; `None` if it breaks them.
///
/// A control character is fine in a string without escapes, as OPA hands only the others to its JSON decoder.
fn decode(inner: &str, braces: Braces) -> Option<String> {
    let unescaped;
    let inner = if braces == Braces::Escaped {
        unescaped = remove_brace_escapes(inner);
        if !unescaped.contains('\\') {
            return Some(unescaped);
        }
        unescaped.as_str()
    } else {
        inner
    };
    let mut decoded = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next()? {
                same @ ('"' | '\\' | '/') => decoded.push(same),
                'b' => decoded.push('\u{8}'),
                'f' => decoded.push('\u{c}'),
                'n' => decoded.push('\n'),
                'r' => decoded.push('\r'),
                't' => decoded.push('\t'),
                'u' => {
                    let unit = code_unit(&mut rest)?;
                    decoded.push(character_of(unit, &mut rest));
                }
                _ => return None,
            },
            '"' | '\0'..='\u{1f}' => return None,
            other => decoded.push(other),
        }
    }
    Some(decoded)
}

/// Replaces `\{` by `{`, minding that a backslash may itself be escaped.
fn remove_brace_escapes(inner: &str) -> String {
    let mut result = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            result.push(character);
            continue;
        }
        match rest.next() {
            Some('{') => result.push('{'),
            Some(other) => {
                result.push('\\');
                result.push(other);
            }
            None => result.push('\\'),
        }
    }
    result
}

fn code_unit(rest: &mut std::str::Chars<'_>) -> Option<u32> {
    let mut unit = 0;
    for _ in 0..4 {
        unit = unit * 16 + rest.next()?.to_digit(16)?;
    }
    Some(unit)
}

/// The character of a UTF-16 code unit and, if it takes two, of the escape that follows. Half a pair is replaced.
fn character_of(unit: u32, rest: &mut std::str::Chars<'_>) -> char {
    if !(0xD800..0xDC00).contains(&unit) {
        return char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
    }
    let mut ahead = rest.clone();
    let low = match (ahead.next(), ahead.next()) {
        (Some('\\'), Some('u')) => code_unit(&mut ahead).filter(|low| (0xDC00..0xE000).contains(low)),
        _ => None,
    };
    let Some(low) = low else {
        return char::REPLACEMENT_CHARACTER;
    };
    *rest = ahead;
    char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether OPA computes with a number.
#[derive(Debug, PartialEq, Eq)]
enum Magnitude {
    Fits,
    TooBig,
    Invalid,
}

/// Looks at a number's binary exponent, which OPA keeps within a hundred thousand.
fn magnitude(text: &str) -> Magnitude {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        None if text.len() <= SHORT => return Magnitude::Fits,
        None => (text, 0),
        Some((mantissa, exponent)) => match exponent.parse::<i64>() {
            Ok(exponent) => (mantissa, exponent),
            Err(_) => return Magnitude::Invalid,
        },
    };
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0').peekable();
    if digits.peek().is_none() {
        return Magnitude::Fits;
    }
    let count = digits.clone().count();
    let leading: f64 = digits.take(17).enumerate().fold(0.0, |sum, (place, digit)| {
        sum + f64::from(digit - b'0') * 10_f64.powi(-i32::try_from(place).unwrap_or(0))
    });
    let scale = i64::try_from(fraction.len()).ok().and_then(|places| exponent.checked_sub(places));
    let (Some(scale), Ok(count)) = (scale.and_then(|scale| i32::try_from(scale).ok()), u32::try_from(count))
    else {
        return Magnitude::Invalid;
    };
    let mantissa_bits = leading.log2() + f64::from(count - 1) * std::f64::consts::LOG2_10;
    // OPA's library takes the powers of ten apart into those of two and five: the former must not overflow.
    let twos = mantissa_bits.floor() + 1.0 + f64::from(scale);
    if !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&twos) {
        return Magnitude::Invalid;
    }
    // What is smaller than any float of that library rounds to zero, which fits.
    let binary = (mantissa_bits + f64::from(scale) * std::f64::consts::LOG2_10).floor() + 1.0;
    if binary < f64::from(i32::MIN) || binary.abs() <= LARGEST_EXPONENT {
        Magnitude::Fits
    } else {
        Magnitude::TooBig
    }
}

/// No number this short without an exponent is out of range.
const SHORT: usize = 30_000;

const LARGEST_EXPONENT: f64 = 100_000.0;

#[cfg(test)]
mod tests {
    use super::{Braces, Magnitude, decode, magnitude};

    #[test]
    fn strings_decode_by_the_rules_of_json() {
        let plain = |text| decode(text, Braces::Plain);
        assert_eq!(plain(r"a\n\t\/\\").as_deref(), Some("a\n\t/\\"));
        assert_eq!(plain(r"\u00e9\ud83d\ude00").as_deref(), Some("\u{e9}\u{1f600}"));
        assert_eq!(plain(r"\ud83dx\udc00").as_deref(), Some("\u{fffd}x\u{fffd}"));
        assert_eq!(plain(r"\u00zz"), None);
        assert_eq!(plain("\\n\t"), None);
    }

    #[test]
    fn template_texts_have_an_escape_for_the_brace() {
        assert_eq!(decode(r"\{x\n", Braces::Escaped).as_deref(), Some("{x\n"));
        assert_eq!(decode("\\{\t", Braces::Escaped).as_deref(), Some("{\t"));
    }

    #[test]
    fn numbers_beyond_a_hundred_thousand_bits_are_too_big() {
        assert_eq!(magnitude("1e30102"), Magnitude::Fits);
        assert_eq!(magnitude("1e30103"), Magnitude::TooBig);
        assert_eq!(magnitude("-1e-30104"), Magnitude::TooBig);
        assert_eq!(magnitude("0e999999999"), Magnitude::Fits);
        assert_eq!(magnitude("1e999999999"), Magnitude::TooBig);
        assert_eq!(magnitude("1e-999999999"), Magnitude::Fits);
        assert_eq!(magnitude("1e-600000000"), Magnitude::TooBig);
        assert_eq!(magnitude("1e3000000000"), Magnitude::Invalid);
        assert_eq!(magnitude("1e99999999999999999999"), Magnitude::Invalid);
    }
}
