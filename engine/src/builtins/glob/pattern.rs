//! Glob patterns as OPA's library reads them, matched by regular expressions.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::super::{BuiltinError, Context};

/// A glob pattern, ready to match.
#[derive(Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern, or takes it from what has been compiled already. `*` and `?` don't match the delimiters.
    ///
    /// # Errors
    /// What is wrong with it and at which byte, in the words of OPA's library; or that it is too large, when it would
    /// take more than [`MAX_SIZE`] bytes.
    pub(super) fn cached(
        ctx: &mut Context<'_>,
        pattern: &str,
        delimiters: &[char],
    ) -> Result<Arc<Self>, BuiltinError> {
        // The number tells where the delimiters end.
        let mut key = format!("{} ", delimiters.len());
        key.extend(delimiters);
        key.push_str(pattern);
        ctx.compiled.get_or_make(&key, || Self::compile(pattern, delimiters).map(Arc::new))
    }

    pub(super) fn compile(pattern: &str, delimiters: &[char]) -> Result<Self, BuiltinError> {
        let text = Reader::new(pattern, delimiters).run()?;
        let built = RegexBuilder::new(&text).size_limit(MAX_SIZE).nest_limit(MAX_NESTING).build();
        built.map(Self).map_err(|_| BuiltinError::failed("glob: pattern too large"))
    }

    /// Whether the whole text matches.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// Writes a pattern as a regular expression.
struct Reader<'p> {
    whole: &'p str,
    rest: &'p str,
    /// What `?` matches.
    single: String,
    /// How many `{` are open.
    open: usize,
    text: String,
}

impl<'p> Reader<'p> {
    fn new(pattern: &'p str, delimiters: &[char]) -> Self {
        let single = if delimiters.is_empty() {
            "(?s:.)".to_owned()
        } else {
            format!("[^{}]", delimiters.iter().copied().map(code).collect::<String>())
        };
        Self { whole: pattern, rest: pattern, single, open: 0, text: r"\A(?:".to_owned() }
    }

    fn run(mut self) -> Result<String, BuiltinError> {
        while let Some(c) = self.next() {
            match c {
                '*' if self.rest.starts_with('*') => {
                    self.next();
                    self.text.push_str("(?s:.*)");
                }
                '*' => {
                    self.text.push_str(&self.single);
                    self.text.push('*');
                }
                '?' => self.text.push_str(&self.single),
                '[' => self.class()?,
                '{' => {
                    self.open += 1;
                    self.text.push_str("(?:");
                }
                '}' if self.open > 0 => {
                    self.open -= 1;
                    self.text.push(')');
                }
                ',' if self.open > 0 => self.text.push('|'),
                '\\' => {
                    let escaped = self.next().ok_or_else(|| self.error("trailing backslash"))?;
                    self.literal(escaped);
                }
                c => self.literal(c),
            }
            if self.open > MAX_OPEN {
                return Err(BuiltinError::failed("glob: pattern too large"));
            }
        }
        if self.open > 0 {
            return Err(self.error("unclosed `{`"));
        }
        self.text.push_str(r")\z");
        Ok(self.text)
    }

    /// A range such as `[a-z]`, whose ends are taken as they stand, or the characters of a set, maybe escaped.
    fn class(&mut self) -> Result<(), BuiltinError> {
        let mut first = self.next();
        self.text.push_str(if first == Some('!') { "[^" } else { "[" });
        if first == Some('!') {
            first = self.next();
        }
        let low = first.ok_or_else(|| self.unexpected_end())?;
        let class = if self.rest.starts_with('-') {
            self.next();
            let high = self.next().ok_or_else(|| self.unexpected_end())?;
            self.end_of_class()?;
            if high < low {
                return Err(self.error("range hi character is less than lo"));
            }
            format!("{}-{}", code(low), code(high))
        } else {
            self.set(low)?
        };
        self.text.push_str(&class);
        self.text.push(']');
        Ok(())
    }

    fn end_of_class(&mut self) -> Result<(), BuiltinError> {
        match self.next() {
            Some(']') => Ok(()),
            Some(_) => Err(self.error("expected close range character")),
            None => Err(self.unexpected_end()),
        }
    }

    fn set(&mut self, first: char) -> Result<String, BuiltinError> {
        let mut set = String::new();
        let mut next = Some(first);
        while let Some(c) = next {
            match c {
                ']' if set.is_empty() => return Err(self.error("could not parse range")),
                ']' => return Ok(set),
                '\\' => set.extend(self.next().map(code)),
                c => set.push_str(&code(c)),
            }
            next = self.next();
        }
        Err(self.unexpected_end())
    }

    fn literal(&mut self, c: char) {
        let mut encoded = [0; 4];
        self.text.push_str(&regex::escape(c.encode_utf8(&mut encoded)));
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    fn unexpected_end(&self) -> BuiltinError {
        self.error("unexpected end of input")
    }

    fn error(&self, reason: &str) -> BuiltinError {
        let offset = self.whole.len() - self.rest.len();
        BuiltinError::failed(format!("glob: syntax error at {offset}: {reason}"))
    }
}

/// A character for a bracket expression.
fn code(c: char) -> String {
    format!(r"\x{{{:X}}}", u32::from(c))
}

/// How many bytes a compiled pattern may take.
const MAX_SIZE: usize = 16 << 20;

/// How deep alternatives may nest.
const MAX_OPEN: usize = 500;

const MAX_NESTING: u32 = 10_000;
