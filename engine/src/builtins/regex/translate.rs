//! Translates regular expressions from Go's syntax into that of the `regex` crate, and refuses what Go refuses.

use super::super::BuiltinError;
use super::class;

/// A regular expression for the `regex` crate that matches what the original does in Go.
#[derive(Debug)]
pub(super) struct Translated {
    /// The expression. It depends on no flags.
    pub(super) text: String,
    /// The names of the groups from the first. They are not in the text: Go lets several groups have the same.
    pub(super) names: Vec<Option<String>>,
}

/// Translates an expression.
///
/// # Errors
/// What is wrong with it, in the words of Go's `regexp`.
pub(super) fn translate(pattern: &str) -> Result<Translated, BuiltinError> {
    let error =
        |SyntaxError { code, part }| BuiltinError::failed(format!("error parsing regexp: {code}: `{part}`"));
    Translator::new(pattern).run().map_err(error)
}

/// What is wrong, and the part of the expression that is.
#[derive(Debug)]
pub(super) struct SyntaxError {
    code: &'static str,
    part: String,
}

impl SyntaxError {
    pub(super) fn new(code: &'static str, part: &str) -> Self {
        Self { code, part: part.to_owned() }
    }
}

/// What has been read and can be repeated.
struct Item {
    text: String,
    /// Whether the text can be repeated as it is.
    atom: bool,
    weight: Weight,
}

/// What Go limits in an expression.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// The product of the nested counts of repetitions.
    repeats: u64,
    /// How many instructions it is.
    size: u64,
    /// How deep it nests.
    height: u64,
}

impl Weight {
    const ONE: Self = Self { repeats: 0, size: 1, height: 1 };

    fn beside(self, other: Self) -> Self {
        Self {
            repeats: self.repeats.max(other.repeats),
            size: self.size.saturating_add(other.size),
            height: self.height.max(other.height),
        }
    }

    fn deeper(self, size: u64) -> Self {
        Self { size: self.size.saturating_add(size), height: self.height + 1, ..self }
    }
}

/// An open group, or the whole expression.
struct Frame {
    /// How the group begins, such as `(?:`.
    open: &'static str,
    /// The flags to go back to after it.
    flags: Flags,
    /// The finished alternatives, each with a bar after it.
    alternatives: String,
    weight: Weight,
    /// What has been read of the last alternative.
    items: Vec<Item>,
}

impl Frame {
    fn new(open: &'static str, flags: Flags) -> Self {
        Self { open, flags, alternatives: String::new(), weight: Weight::default(), items: Vec::new() }
    }

    /// Moves the items to the alternatives.
    fn end_alternative(&mut self) {
        let several = self.items.len() > 1;
        let mut weight = Weight::default();
        for item in self.items.drain(..) {
            self.alternatives.push_str(&item.text);
            weight = weight.beside(item.weight);
        }
        let weight = if several { weight.deeper(0) } else { weight };
        self.weight = self.weight.beside(weight);
    }
}

/// The flags of `(?imsU)`.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flags(u8);

impl Flags {
    pub(super) const FOLD_CASE: Self = Self(1);
    const MULTI_LINE: Self = Self(2);
    const DOT_ALL: Self = Self(4);
    const UNGREEDY: Self = Self(8);

    pub(super) fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    fn with(self, flag: Self, sign: Sign) -> Self {
        match sign {
            Sign::Set => Self(self.0 | flag.0),
            Sign::Clear => Self(self.0 & !flag.0),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Set,
    Clear,
}

struct Translator<'p> {
    whole: &'p str,
    rest: &'p str,
    flags: Flags,
    /// The innermost open group last; the first is the whole expression.
    frames: Vec<Frame>,
    names: Vec<Option<String>>,
}

impl<'p> Translator<'p> {
    fn new(pattern: &'p str) -> Self {
        let flags = Flags::default();
        Self { whole: pattern, rest: pattern, flags, frames: vec![Frame::new("", flags)], names: Vec::new() }
    }

    fn run(mut self) -> Result<Translated, SyntaxError> {
        // The repetition just read with all after it, since none may follow it directly.
        let mut repeated = None;
        while let Some(first) = self.rest.chars().next() {
            let before = self.rest;
            let was_repeated = repeated.take();
            match first {
                '(' => self.open_group()?,
                ')' => self.close_group()?,
                '|' => self.next_alternative(),
                '*' | '+' | '?' => {
                    self.skip(1);
                    self.repeat(&first.to_string(), 0, None, (before, was_repeated))?;
                    repeated = Some(before);
                }
                '{' => {
                    if let Some(count) = class::repeat_count(self.rest) {
                        self.rest = count.rest;
                        self.count(&count, (before, was_repeated))?;
                        repeated = Some(before);
                    } else {
                        self.literal('{');
                        self.skip(1);
                    }
                }
                '\\' => self.escape()?,
                '[' => {
                    let (text, rest) = class::bracketed(self.rest, self.flags)?;
                    self.push(text);
                    self.rest = rest;
                }
                '^' | '$' | '.' => self.symbol(first),
                c => {
                    self.literal(c);
                    self.skip(c.len_utf8());
                }
            }
        }
        self.finish()
    }

    fn finish(mut self) -> Result<Translated, SyntaxError> {
        let Some(mut frame) = self.frames.pop().filter(|_| self.frames.is_empty()) else {
            return Err(SyntaxError::new("missing closing )", self.whole));
        };
        frame.end_alternative();
        self.check(frame.weight)?;
        Ok(Translated { text: frame.alternatives, names: self.names })
    }

    fn symbol(&mut self, symbol: char) {
        let multi_line = self.flags.has(Flags::MULTI_LINE);
        self.push(match symbol {
            '^' if multi_line => "(?m:^)",
            '^' => r"\A",
            '$' if multi_line => "(?m:$)",
            '$' => r"\z",
            _ if self.flags.has(Flags::DOT_ALL) => "(?s:.)",
            _ => ".",
        });
        self.skip(1);
    }

    fn next_alternative(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.end_alternative();
            frame.alternatives.push('|');
            frame.weight = frame.weight.deeper(1);
        }
        self.skip(1);
    }

    fn close_group(&mut self) -> Result<(), SyntaxError> {
        let unexpected = || SyntaxError::new("unexpected )", self.whole);
        let mut frame = self.frames.pop().filter(|_| !self.frames.is_empty()).ok_or_else(unexpected)?;
        frame.end_alternative();
        self.flags = frame.flags;
        let weight = if frame.open == CAPTURE { frame.weight.deeper(2) } else { frame.weight };
        self.check(weight)?;
        let text = format!("{}{})", frame.open, frame.alternatives);
        self.item(Item { text, atom: true, weight });
        self.skip(1);
        Ok(())
    }

    fn open_group(&mut self) -> Result<(), SyntaxError> {
        let Some(inside) = self.rest.strip_prefix("(?") else {
            self.names.push(None);
            self.frames.push(Frame::new(CAPTURE, self.flags));
            self.skip(1);
            return Ok(());
        };
        let named = if self.rest.len() > 4 { inside.strip_prefix("P<") } else { None };
        let named = named.or_else(|| if self.rest.len() > 3 { inside.strip_prefix('<') } else { None });
        let Some(named) = named else { return self.flags(inside) };
        let Some((name, rest)) = named.split_once('>') else {
            return Err(SyntaxError::new("invalid named capture", self.rest));
        };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(SyntaxError::new("invalid named capture", consumed(self.rest, rest)));
        }
        self.names.push(Some(name.to_owned()));
        self.frames.push(Frame::new(CAPTURE, self.flags));
        self.rest = rest;
        Ok(())
    }

    /// Flags for the rest of the group, or for a group that begins here.
    fn flags(&mut self, inside: &'p str) -> Result<(), SyntaxError> {
        let mut flags = self.flags;
        let mut sign = Sign::Set;
        let mut flag_after_sign = true;
        let mut chars = inside.chars();
        for c in chars.by_ref() {
            let flag = match c {
                'i' => Flags::FOLD_CASE,
                'm' => Flags::MULTI_LINE,
                's' => Flags::DOT_ALL,
                'U' => Flags::UNGREEDY,
                '-' if sign == Sign::Set => {
                    sign = Sign::Clear;
                    flag_after_sign = false;
                    continue;
                }
                ':' | ')' if flag_after_sign => {
                    if c == ':' {
                        self.frames.push(Frame::new("(?:", self.flags));
                    }
                    self.flags = flags;
                    self.rest = chars.as_str();
                    return Ok(());
                }
                _ => break,
            };
            flags = flags.with(flag, sign);
            flag_after_sign = true;
        }
        let part = consumed(self.rest, chars.as_str());
        Err(SyntaxError::new("invalid or unsupported Perl syntax", part))
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        let symbol = match self.rest.chars().nth(1) {
            Some('A') => r"\A",
            Some('z') => r"\z",
            Some('b') => r"(?-u:\b)",
            Some('B') => r"(?-u:\B)",
            Some('C') => return Err(SyntaxError::new("invalid escape sequence", r"\C")),
            Some('Q') => {
                let quoted = self.rest.get(2..).unwrap_or("");
                let (literal, rest) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
                literal.chars().for_each(|c| self.literal(c));
                self.rest = rest;
                return Ok(());
            }
            Some(_) | None => {
                if let Some((text, rest)) = class::escaped_class(self.rest)? {
                    self.class(&format!("[{text}]"));
                    self.rest = rest;
                } else {
                    let (code, rest) = class::escaped_char(self.rest)?;
                    match char::from_u32(code) {
                        Some(c) => self.literal(c),
                        None => self.push(class::NOTHING),
                    }
                    self.rest = rest;
                }
                return Ok(());
            }
        };
        self.push(symbol);
        self.skip(2);
        Ok(())
    }

    fn count(
        &mut self,
        count: &class::Count<'p>,
        before: (&'p str, Option<&'p str>),
    ) -> Result<(), SyntaxError> {
        let class::Count { least, most, rest } = *count;
        let Some(least) = least else {
            return Err(SyntaxError::new("invalid repeat count", consumed(before.0, rest)));
        };
        let text = match most {
            Some(most) if most == least => format!("{{{least}}}"),
            Some(most) => format!("{{{least},{most}}}"),
            None => format!("{{{least},}}"),
        };
        let effective = most.unwrap_or(least);
        self.repeat(&text, effective, Some((least, most)), before)
    }

    /// Repeats the last item. `before` is the expression from this repetition on, and from the one right before it.
    fn repeat(
        &mut self,
        operator: &str,
        times: u64,
        counted: Option<(u64, Option<u64>)>,
        (before, last): (&'p str, Option<&'p str>),
    ) -> Result<(), SyntaxError> {
        let mut ungreedy = self.flags.has(Flags::UNGREEDY);
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.rest = rest;
            ungreedy = !ungreedy;
        }
        if let Some(last) = last {
            return Err(SyntaxError::new("invalid nested repetition operator", consumed(last, self.rest)));
        }
        let Some(item) = self.frames.last_mut().and_then(|frame| frame.items.pop()) else {
            return Err(SyntaxError::new(
                "missing argument to repetition operator",
                consumed(before, self.rest),
            ));
        };
        let weight = repeated_weight(item.weight, operator, times, counted);
        self.check(weight)?;
        if times >= 2 && weight.repeats > MAX_REPEATS {
            return Err(SyntaxError::new("invalid repeat count", consumed(before, self.rest)));
        }
        let inner = if item.atom { item.text } else { format!("(?:{})", item.text) };
        let text = format!("{inner}{operator}{}", if ungreedy { "?" } else { "" });
        self.item(Item { text, atom: false, weight });
        Ok(())
    }

    fn literal(&mut self, c: char) {
        let mut encoded = [0; 4];
        let text = regex::escape(c.encode_utf8(&mut encoded));
        if self.flags.has(Flags::FOLD_CASE) && c.is_alphabetic() {
            self.push(format!("(?i:{text})"));
        } else {
            self.push(text);
        }
    }

    fn class(&mut self, text: &str) {
        if self.flags.has(Flags::FOLD_CASE) {
            self.push(format!("(?i:{text})"));
        } else {
            self.push(text);
        }
    }

    fn push(&mut self, text: impl Into<String>) {
        self.item(Item { text: text.into(), atom: true, weight: Weight::ONE });
    }

    fn item(&mut self, item: Item) {
        if let Some(frame) = self.frames.last_mut() {
            frame.items.push(item);
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or("");
    }

    fn check(&self, weight: Weight) -> Result<(), SyntaxError> {
        if weight.size > MAX_SIZE {
            return Err(SyntaxError::new("expression too large", self.whole));
        }
        if weight.height > MAX_HEIGHT {
            return Err(SyntaxError::new("expression nests too deeply", self.whole));
        }
        Ok(())
    }
}

fn repeated_weight(inner: Weight, operator: &str, times: u64, counted: Option<(u64, Option<u64>)>) -> Weight {
    let Some((least, most)) = counted else {
        return inner.deeper(if operator == "*" { 2 } else { 1 });
    };
    let size = match most {
        None if least == 0 => inner.size.saturating_add(2),
        None => inner.size.saturating_mul(least).saturating_add(1),
        Some(most) => inner.size.saturating_mul(most).saturating_add(most - least),
    };
    let repeats = match (times, most) {
        (0, Some(_)) => 0,
        (0, None) => inner.repeats,
        (times, _) => times.max(inner.repeats.saturating_mul(times)),
    };
    Weight { repeats, size: size.max(1), height: inner.height + 1 }
}

/// The part of `from` before `rest`, which is its end.
pub(super) fn consumed<'t>(from: &'t str, rest: &str) -> &'t str {
    from.len().checked_sub(rest.len()).and_then(|end| from.get(..end)).unwrap_or(from)
}

const CAPTURE: &str = "(";

/// Go's limits.
const MAX_REPEATS: u64 = 1000;
const MAX_SIZE: u64 = (128 << 20) / 40;
const MAX_HEIGHT: u64 = 1000;
