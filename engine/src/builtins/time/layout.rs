//! Go's layouts: how times look, shown by the one moment that all layouts write.

use std::sync::Arc;

use super::super::{BuiltinError, Context};
use super::calendar::weekday_name;
use super::moment::Local;

/// A layout taken apart.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) text: String,
    pub(super) pieces: Vec<Piece>,
    /// What comes after the last element.
    pub(super) tail: String,
}

/// An element with the text before it.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) before: String,
    pub(super) element: Element,
    /// The element as the layout writes it.
    pub(super) written: String,
}

/// What stands for a part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    ShortMonth,
    Month(Pad),
    LongWeekday,
    ShortWeekday,
    Day(Pad),
    YearDay(Pad),
    Hour,
    Hour12(Pad),
    Minute(Pad),
    Second(Pad),
    LongYear,
    ShortYear,
    UpperHalf,
    LowerHalf,
    ZoneName,
    Offset(Offset),
    Fraction(Fraction),
}

/// How a number becomes as wide as its largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pad {
    None,
    Space,
    Zero,
}

/// The offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    /// Whether `Z` stands for none.
    pub(super) utc: Utc,
    /// What stands between hours, minutes and seconds.
    pub(super) separator: &'static str,
    pub(super) precision: Precision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Utc {
    AsZ,
    AsNumber,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    Hours,
    Minutes,
    Seconds,
}

/// A fraction of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fraction {
    pub(super) separator: char,
    pub(super) digits: usize,
    pub(super) zeros: Zeros,
}

/// What becomes of zeros at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zeros {
    Kept,
    Dropped,
}

/// The layout that a name of Go's constants stands for, or the text itself.
pub(super) fn by_name(text: &str) -> &str {
    NAMED.iter().find(|(name, _)| *name == text).map_or(text, |(_, layout)| layout)
}

impl Layout {
    /// Takes a layout apart, or takes it from those that have been.
    pub(super) fn cached(ctx: &mut Context<'_>, text: &str) -> Result<Arc<Self>, BuiltinError> {
        ctx.compiled.get_or_make(text, || Ok(Arc::new(Self::new(text))))
    }

    fn new(text: &str) -> Self {
        let mut pieces = Vec::new();
        let (mut done, mut at) = (0, 0);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if let Some((written, element)) = element(rest) {
                let before = text.get(done..at).unwrap_or("").to_owned();
                pieces.push(Piece { before, element, written: written.to_owned() });
                at += written.len();
                done = at;
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        Self { text: text.to_owned(), pieces, tail: text.get(done..).unwrap_or("").to_owned() }
    }

    /// The time in this layout.
    pub(super) fn format(&self, local: &Local) -> String {
        let mut output = String::with_capacity(self.text.len() + 10);
        for piece in &self.pieces {
            output.push_str(&piece.before);
            output.push_str(&piece.element.format(local));
        }
        output.push_str(&self.tail);
        output
    }
}

impl Element {
    fn format(self, local: &Local) -> String {
        let time = local.time;
        let hour12 = (time.hour() + 11) % 12 + 1;
        match self {
            Self::LongMonth => month_name(time.month()).to_owned(),
            Self::ShortMonth => short(month_name(time.month())).to_owned(),
            Self::Month(pad) => pad.number(time.month().into(), 2),
            Self::LongWeekday => weekday_name(time.weekday()).to_owned(),
            Self::ShortWeekday => short(weekday_name(time.weekday())).to_owned(),
            Self::Day(pad) => pad.number(time.day().into(), 2),
            Self::YearDay(pad) => pad.number(time.date().day_of_year(), 3),
            Self::Hour => Pad::Zero.number(time.hour().into(), 2),
            Self::Hour12(pad) => pad.number(hour12.into(), 2),
            Self::Minute(pad) => pad.number(time.minute().into(), 2),
            Self::Second(pad) => pad.number(time.second().into(), 2),
            Self::LongYear => Pad::Zero.number(time.year(), 4),
            Self::ShortYear => Pad::Zero.number(time.year() % 100, 2),
            Self::UpperHalf => (if time.hour() < 12 { "AM" } else { "PM" }).to_owned(),
            Self::LowerHalf => (if time.hour() < 12 { "am" } else { "pm" }).to_owned(),
            Self::ZoneName => local.abbreviation.clone(),
            Self::Offset(offset) => offset.format(local.offset),
            Self::Fraction(fraction) => fraction.format(time.subsec_nanosecond()),
        }
    }
}

impl Pad {
    fn number(self, number: i16, width: usize) -> String {
        match self {
            Self::None => number.to_string(),
            Self::Space => format!("{number:width$}"),
            Self::Zero => format!("{number:0width$}"),
        }
    }
}

impl Offset {
    fn format(self, seconds: i32) -> String {
        if seconds == 0 && self.utc == Utc::AsZ {
            return "Z".to_owned();
        }
        // Less than a minute west counts as east, as in Go.
        let sign = if seconds / 60 < 0 { '-' } else { '+' };
        let seconds = seconds.unsigned_abs();
        let mut parts = vec![format!("{sign}{:02}", seconds / 3600)];
        match self.precision {
            Precision::Hours => {}
            Precision::Minutes => parts.push(format!("{:02}", seconds / 60 % 60)),
            Precision::Seconds => {
                parts.push(format!("{:02}", seconds / 60 % 60));
                parts.push(format!("{:02}", seconds % 60));
            }
        }
        parts.join(self.separator)
    }
}

impl Fraction {
    fn format(self, nanoseconds: i32) -> String {
        let all = format!("{nanoseconds:09}");
        let digits = all.get(..self.digits).unwrap_or(&all);
        let digits = match self.zeros {
            Zeros::Kept => digits,
            Zeros::Dropped => digits.trim_end_matches('0'),
        };
        if digits.is_empty() { String::new() } else { format!("{}{digits}", self.separator) }
    }
}

fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

fn month_name(month: i8) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or("")
}

/// The element that a layout begins with.
fn element(text: &str) -> Option<(&str, Element)> {
    if text.starts_with("_2006") {
        // An underscore before a year.
        return None;
    }
    if let Some(fraction) = fraction(text) {
        return Some(fraction);
    }
    let (written, element) = ELEMENTS.iter().find(|(written, _)| text.starts_with(written))?;
    let (written, after) = text.split_at(written.len());
    let word_goes_on = after.starts_with(|c: char| c.is_ascii_lowercase());
    let is_short_name = matches!(element, Element::ShortMonth | Element::ShortWeekday);
    (!is_short_name || !word_goes_on).then_some((written, *element))
}

/// `.000` or `,999`, if no digit comes after it.
fn fraction(text: &str) -> Option<(&str, Element)> {
    let separator = text.chars().next().filter(|c| matches!(c, '.' | ','))?;
    let digit = text.chars().nth(1).filter(|c| matches!(c, '0' | '9'))?;
    let digits = text.get(1..)?.bytes().take_while(|byte| char::from(*byte) == digit).count();
    let (written, after) = text.split_at(1 + digits);
    if after.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let zeros = if digit == '0' { Zeros::Kept } else { Zeros::Dropped };
    Some((written, Element::Fraction(Fraction { separator, digits, zeros })))
}

const fn offset(utc: Utc, separator: &'static str, precision: Precision) -> Element {
    Element::Offset(Offset { utc, separator, precision })
}

pub(super) const RFC_3339: &str = "2006-01-02T15:04:05Z07:00";
pub(super) const RFC_3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// The names that OPA knows.
const NAMED: [(&str, &str); 10] = [
    ("ANSIC", "Mon Jan _2 15:04:05 2006"),
    ("UnixDate", "Mon Jan _2 15:04:05 MST 2006"),
    ("RubyDate", "Mon Jan 02 15:04:05 -0700 2006"),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
    ("RFC3339", RFC_3339),
    ("RFC3339Nano", RFC_3339_NANO),
];

/// Of those that begin alike, the one that wins comes first.
const ELEMENTS: [(&str, Element); 33] = [
    ("January", Element::LongMonth),
    ("Jan", Element::ShortMonth),
    ("Monday", Element::LongWeekday),
    ("Mon", Element::ShortWeekday),
    ("MST", Element::ZoneName),
    ("01", Element::Month(Pad::Zero)),
    ("02", Element::Day(Pad::Zero)),
    ("03", Element::Hour12(Pad::Zero)),
    ("04", Element::Minute(Pad::Zero)),
    ("05", Element::Second(Pad::Zero)),
    ("06", Element::ShortYear),
    ("002", Element::YearDay(Pad::Zero)),
    ("15", Element::Hour),
    ("1", Element::Month(Pad::None)),
    ("2006", Element::LongYear),
    ("2", Element::Day(Pad::None)),
    ("_2", Element::Day(Pad::Space)),
    ("__2", Element::YearDay(Pad::Space)),
    ("3", Element::Hour12(Pad::None)),
    ("4", Element::Minute(Pad::None)),
    ("5", Element::Second(Pad::None)),
    ("PM", Element::UpperHalf),
    ("pm", Element::LowerHalf),
    ("-070000", offset(Utc::AsNumber, "", Precision::Seconds)),
    ("-07:00:00", offset(Utc::AsNumber, ":", Precision::Seconds)),
    ("-0700", offset(Utc::AsNumber, "", Precision::Minutes)),
    ("-07:00", offset(Utc::AsNumber, ":", Precision::Minutes)),
    ("-07", offset(Utc::AsNumber, "", Precision::Hours)),
    ("Z070000", offset(Utc::AsZ, "", Precision::Seconds)),
    ("Z07:00:00", offset(Utc::AsZ, ":", Precision::Seconds)),
    ("Z0700", offset(Utc::AsZ, "", Precision::Minutes)),
    ("Z07:00", offset(Utc::AsZ, ":", Precision::Minutes)),
    ("Z07", offset(Utc::AsZ, "", Precision::Hours)),
];

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
