//! Directives such as `%-8.3f` or `%[2]*d`: flags, width, precision, the argument they ask for, and the verb.

use super::argument::Argument;

/// What to do with an argument.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Directive {
    pub(super) flags: Flags,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) verb: char,
}

/// The characters that may stand before the width.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, with the name that Go gives it"
)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) sharp: bool,
    pub(super) zero: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    /// A plus sign before `v`, which asks Go for the names of fields.
    pub(super) fields: bool,
    /// A sharp sign before `v`, which asks for the value in Go's syntax.
    pub(super) go_syntax: bool,
}

impl Directive {
    /// A verb without anything before it.
    pub(super) fn plain(verb: char) -> Self {
        Self { verb, ..Self::default() }
    }

    /// Writes a text, padded to the width.
    pub(super) fn pad(&self, out: &mut String, text: &str) {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        if self.flags.minus {
            out.push_str(text);
            self.write_padding(out, missing);
        } else {
            self.write_padding(out, missing);
            out.push_str(text);
        }
    }

    /// Writes zeros if they are asked for and come before the text, else spaces.
    pub(super) fn write_padding(&self, out: &mut String, count: usize) {
        let padding = if self.flags.zero && !self.flags.minus { "0" } else { " " };
        out.push_str(&padding.repeat(count));
    }

    /// The same, padded with spaces.
    pub(super) fn without_zeros(mut self) -> Self {
        self.flags.zero = false;
        self
    }
}

/// The arguments, and which of them is next.
#[derive(Debug)]
pub(super) struct Arguments<'a> {
    list: &'a [Argument<'a>],
    next: usize,
    /// Whether any directive chose its argument.
    reordered: bool,
    /// Whether the choices of the present directive are possible.
    good: bool,
}

/// The argument of a directive.
#[derive(Debug)]
pub(super) enum Indexed<'a> {
    Argument(&'a Argument<'a>),
    Missing,
    BadIndex,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(list: &'a [Argument<'a>]) -> Self {
        Self { list, next: 0, reordered: false, good: true }
    }

    /// The next argument, if the directive chose a possible one.
    pub(super) fn take(&mut self) -> Indexed<'a> {
        if !self.good {
            return Indexed::BadIndex;
        }
        let Some(argument) = self.list.get(self.next) else { return Indexed::Missing };
        self.next += 1;
        Indexed::Argument(argument)
    }

    /// Those that nobody asked for; none when directives chose.
    pub(super) fn left(&self) -> &'a [Argument<'a>] {
        if self.reordered { &[] } else { self.list.get(self.next..).unwrap_or_default() }
    }

    /// Reads `[2]`, which makes the second argument the next one, and says whether a number stood there.
    fn choose(&mut self, reader: &mut Reader<'_>) -> bool {
        if reader.peek() != Some('[') {
            return false;
        }
        self.reordered = true;
        let long_enough = reader.rest.len() >= "[1]".len();
        reader.skip();
        let Some((index, rest)) = reader.rest.split_once(']').filter(|_| long_enough) else {
            self.good = false;
            return false;
        };
        reader.rest = rest;
        let mut digits = Reader { rest: index };
        let index = digits.number().filter(|_| digits.rest.is_empty());
        match index.and_then(|index| index.checked_sub(1)).filter(|index| *index < self.list.len()) {
            Some(index) => self.next = index,
            None => self.good = false,
        }
        index.is_some()
    }

    /// The next argument as a width or precision.
    fn take_number(&mut self) -> Option<i64> {
        let argument = self.list.get(self.next)?;
        self.next += 1;
        match argument {
            Argument::Int(value) if value.unsigned_abs() <= MAX_NUMBER as u64 => Some(*value),
            Argument::Int(_) | Argument::Big(_) | Argument::Float(_) | Argument::Text(_) => None,
        }
    }
}

/// What follows a percent sign.
#[derive(Debug)]
pub(super) enum NextDirective<'a> {
    /// A directive, and the text behind it.
    Verb(Directive, &'a str),
    /// The format ends.
    Missing,
}

/// Reads what follows a percent sign. Complaints about widths and precisions are written at once.
pub(super) fn read<'a>(text: &'a str, arguments: &mut Arguments<'_>, out: &mut String) -> NextDirective<'a> {
    let mut reader = Reader { rest: text };
    let mut directive = Directive { flags: reader.flags(), ..Directive::default() };
    arguments.good = true;
    let mut chosen = arguments.choose(&mut reader);
    if reader.eat('*') {
        let width = arguments.take_number();
        if width.is_none() {
            out.push_str("%!(BADWIDTH)");
        }
        if width.is_some_and(i64::is_negative) {
            directive.flags.minus = true;
            directive.flags.zero = false;
        }
        directive.width = width.and_then(|width| usize::try_from(width.unsigned_abs()).ok());
        chosen = false;
    } else {
        directive.width = reader.number();
        if chosen && directive.width.is_some() {
            arguments.good = false;
        }
    }
    // A dot at the very end is taken for the verb.
    if reader.rest.len() > 1 && reader.eat('.') {
        if chosen {
            arguments.good = false;
        }
        chosen = arguments.choose(&mut reader);
        if reader.eat('*') {
            directive.precision =
                arguments.take_number().and_then(|precision| usize::try_from(precision).ok());
            if directive.precision.is_none() {
                out.push_str("%!(BADPREC)");
            }
            chosen = false;
        } else {
            directive.precision = Some(reader.number().unwrap_or(0));
        }
    }
    if !chosen {
        arguments.choose(&mut reader);
    }
    let Some(verb) = reader.peek() else { return NextDirective::Missing };
    reader.skip();
    directive.verb = verb;
    if verb == 'v' {
        directive.flags.fields = std::mem::take(&mut directive.flags.plus);
        directive.flags.go_syntax = std::mem::take(&mut directive.flags.sharp);
    }
    NextDirective::Verb(directive, reader.rest)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self) {
        let mut chars = self.rest.chars();
        chars.next();
        self.rest = chars.as_str();
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.skip();
        }
        found
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        loop {
            match self.peek() {
                Some('#') => flags.sharp = true,
                Some('0') => flags.zero = true,
                Some('+') => flags.plus = true,
                Some('-') => flags.minus = true,
                Some(' ') => flags.space = true,
                _ => return flags,
            }
            self.skip();
        }
    }

    /// The digits that come next as a number. With one that is too large Go takes the format to be at its end.
    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(|digit| digit.to_digit(10)) {
            let before = number.unwrap_or(0);
            if before > MAX_NUMBER {
                self.rest = "";
                return None;
            }
            number = Some(before * 10 + digit as usize);
            self.skip();
        }
        number
    }
}

/// The largest width or precision that an argument may give.
const MAX_NUMBER: usize = 1_000_000;
