//! Reads times in Go's layouts, with Go's messages.

use jiff::civil::{Date, DateTime};

use super::super::BuiltinError;
use super::duration::quoted;
use super::layout::{Element, Fraction, Layout, MONTHS, Offset, Pad, Piece, Precision, Utc, Zeros};
use super::out_of_range;
use super::zone::Zone;

/// The moment that a text writes, in nanoseconds since 1970.
///
/// # Errors
/// What doesn't fit, in the words of Go's `time`; that it is out of range, in OPA's.
pub(super) fn parse(layout: &Layout, value: &str) -> Result<i64, BuiltinError> {
    let mut reader = Reader { layout, value, rest: value.as_bytes() };
    let mut parts = Parts::default();
    for (at, piece) in layout.pieces.iter().enumerate() {
        reader.skip(&piece.before)?;
        let hold = reader.rest;
        let next = layout.pieces.get(at + 1).map(|piece| piece.element);
        match reader.element(piece, next, &mut parts) {
            Ok(()) => {}
            Err(Problem::Range(what)) => return Err(reader.error(&format!(": {what} out of range"))),
            Err(Problem::Bad) => return Err(reader.cannot_parse(hold, &piece.written)),
        }
    }
    reader.skip(&layout.tail)?;
    if !reader.rest.is_empty() {
        return Err(reader.error(&format!(": extra text: {}", quoted(reader.rest))));
    }
    parts.moment(&reader)
}

struct Reader<'t> {
    layout: &'t Layout,
    value: &'t str,
    rest: &'t [u8],
}

/// What has been read so far.
#[derive(Default)]
struct Parts {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    year_day: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    half: Option<Half>,
    /// In seconds.
    offset: Option<i64>,
    utc: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

enum Problem {
    /// The text is none of the element.
    Bad,
    /// It is a number that this part of a time can't be.
    Range(&'static str),
}

impl<'t> Reader<'t> {
    fn element(&mut self, piece: &Piece, next: Option<Element>, parts: &mut Parts) -> Result<(), Problem> {
        match piece.element {
            Element::LongMonth => parts.month = Some(self.name(MONTHS)? + 1),
            Element::ShortMonth => {
                parts.month = Some(self.name(MONTHS.map(|name| name.get(..3).unwrap_or(name)))? + 1);
            }
            Element::LongWeekday => {
                self.name(WEEKDAYS)?;
            }
            Element::ShortWeekday => {
                self.name(WEEKDAYS.map(|name| name.get(..3).unwrap_or(name)))?;
            }
            Element::Month(pad) => parts.month = Some(within(self.two_digits(pad)?, 1..=12, "month")?),
            Element::Day(pad) => {
                self.skip_spaces(pad, 1);
                parts.day = Some(self.two_digits(pad)?);
            }
            Element::YearDay(pad) => {
                self.skip_spaces(pad, 2);
                parts.year_day = Some(self.three_digits(pad)?);
            }
            Element::Hour => parts.hour = within(self.two_digits(Pad::None)?, 0..=23, "hour")?,
            Element::Hour12(pad) => parts.hour = within(self.two_digits(pad)?, 0..=12, "hour")?,
            Element::Minute(pad) => parts.minute = within(self.two_digits(pad)?, 0..=59, "minute")?,
            Element::Second(pad) => {
                parts.second = within(self.two_digits(pad)?, 0..=59, "second")?;
                // A fraction may follow even if the layout has none.
                if !matches!(next, Some(Element::Fraction(_))) && self.at_fraction() {
                    parts.nanosecond = self.fraction_of_any_length()?;
                }
            }
            Element::LongYear => {
                let digits = self.take(4).filter(|digits| digits.iter().all(u8::is_ascii_digit));
                parts.year = signed_number(digits.ok_or(Problem::Bad)?).ok_or(Problem::Bad)?;
            }
            Element::ShortYear => {
                let year: i16 = self.take(2).and_then(signed_number).ok_or(Problem::Bad)?;
                parts.year = year + if year >= 69 { 1900 } else { 2000 };
            }
            Element::UpperHalf => parts.half = Some(self.half(b"AM", b"PM")?),
            Element::LowerHalf => parts.half = Some(self.half(b"am", b"pm")?),
            Element::ZoneName => self.zone_name(parts)?,
            Element::Offset(offset) => self.offset(offset, parts)?,
            Element::Fraction(fraction) => self.fraction(fraction, parts)?,
        }
        Ok(())
    }

    /// Takes what a layout has between elements; spaces fit any number of spaces.
    fn skip(&mut self, text: &str) -> Result<(), BuiltinError> {
        let mut wanted = text.as_bytes();
        while let Some((first, after)) = wanted.split_first() {
            if *first == b' ' {
                if self.rest.first().is_some_and(|byte| *byte != b' ') {
                    return Err(self.cannot_parse(self.rest, text));
                }
                wanted = wanted.trim_ascii_start_of(b' ');
                self.rest = self.rest.trim_ascii_start_of(b' ');
                continue;
            }
            match self.rest.split_first() {
                Some((found, rest)) if found == first => self.rest = rest,
                Some(_) | None => return Err(self.cannot_parse(self.rest, text)),
            }
            wanted = after;
        }
        Ok(())
    }

    fn take(&mut self, length: usize) -> Option<&'t [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn skip_spaces(&mut self, pad: Pad, most: usize) {
        for _ in 0..most {
            if pad == Pad::Space
                && let Some(rest) = self.rest.strip_prefix(b" ")
            {
                self.rest = rest;
            }
        }
    }

    /// The position of the name that stands here, in whatever letters.
    fn name<const N: usize>(&mut self, names: [&str; N]) -> Result<i8, Problem> {
        let found = names.iter().position(|name| {
            self.rest.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name.as_bytes()))
        });
        let index = found.ok_or(Problem::Bad)?;
        self.take(names.get(index).map_or(0, |name| name.len()));
        i8::try_from(index).map_err(|_| Problem::Bad)
    }

    /// One or two digits; two when zeros are padded.
    fn two_digits(&mut self, pad: Pad) -> Result<i8, Problem> {
        self.digits(2, pad).and_then(|number| i8::try_from(number).ok()).ok_or(Problem::Bad)
    }

    fn three_digits(&mut self, pad: Pad) -> Result<i16, Problem> {
        self.digits(3, pad).ok_or(Problem::Bad)
    }

    fn digits(&mut self, most: usize, pad: Pad) -> Option<i16> {
        let count = self.rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 || pad == Pad::Zero && count < most {
            return None;
        }
        self.take(count).and_then(signed_number)
    }

    fn half(&mut self, morning: &[u8], afternoon: &[u8]) -> Result<Half, Problem> {
        match self.take(2) {
            Some(text) if text == morning => Ok(Half::Morning),
            Some(text) if text == afternoon => Ok(Half::Afternoon),
            Some(_) | None => Err(Problem::Bad),
        }
    }

    fn at_fraction(&self) -> bool {
        matches!(self.rest, [b'.' | b',', digit, ..] if digit.is_ascii_digit())
    }

    fn fraction_of_any_length(&mut self) -> Result<i32, Problem> {
        let digits = self.rest.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
        let text = self.take(1 + digits).ok_or(Problem::Bad)?;
        nanoseconds(text)
    }

    fn fraction(&mut self, fraction: Fraction, parts: &mut Parts) -> Result<(), Problem> {
        match fraction.zeros {
            Zeros::Kept => {
                let text = self.take(1 + fraction.digits).ok_or(Problem::Bad)?;
                parts.nanosecond = nanoseconds(text)?;
            }
            Zeros::Dropped if self.at_fraction() => parts.nanosecond = self.fraction_of_any_length()?,
            Zeros::Dropped => {}
        }
        Ok(())
    }

    fn offset(&mut self, offset: Offset, parts: &mut Parts) -> Result<(), Problem> {
        if offset.utc == Utc::AsZ
            && let Some(rest) = self.rest.strip_prefix(b"Z")
        {
            self.rest = rest;
            parts.utc = true;
            return Ok(());
        }
        let numbers = match offset.precision {
            Precision::Hours => 1,
            Precision::Minutes => 2,
            Precision::Seconds => 3,
        };
        let separator = offset.separator.as_bytes();
        let length = 1 + 2 * numbers + separator.len() * (numbers - 1);
        let text = self.take(length).ok_or(Problem::Bad)?;
        let (sign, mut text) = text.split_first().ok_or(Problem::Bad)?;
        let mut values = [0_i64; 3];
        let mut fits = true;
        for (at, value) in values.iter_mut().enumerate().take(numbers) {
            if at > 0 {
                text = text.strip_prefix(separator).ok_or(Problem::Bad)?;
            }
            let (digits, rest) = text.split_at_checked(2).ok_or(Problem::Bad)?;
            // After a mistake Go takes the other numbers for zero, but says first what is out of range.
            fits = fits && digits.iter().all(u8::is_ascii_digit);
            if fits {
                *value = signed_number(digits).ok_or(Problem::Bad)?;
            }
            text = rest;
        }
        let [hours, minutes, seconds] = values;
        within(hours, 0..=24, "time zone offset hour")?;
        within(minutes, 0..=60, "time zone offset minute")?;
        within(seconds, 0..=60, "time zone offset second")?;
        let magnitude = (hours * 60 + minutes) * 60 + seconds;
        parts.offset = Some(match sign {
            b'+' if fits => magnitude,
            b'-' if fits => -magnitude,
            _ => return Err(Problem::Bad),
        });
        Ok(())
    }

    /// An abbreviation says nothing about the moment, not even that of GMT with a number of hours.
    fn zone_name(&mut self, parts: &mut Parts) -> Result<(), Problem> {
        if let Some(rest) = self.rest.strip_prefix(b"UTC") {
            self.rest = rest;
            parts.utc = true;
            return Ok(());
        }
        let length = zone_name_length(self.rest).ok_or(Problem::Bad)?;
        self.take(length).map(|_| ()).ok_or(Problem::Bad)
    }

    fn error(&self, message: &str) -> BuiltinError {
        BuiltinError::failed(format!("parsing time {}{message}", quoted(self.value.as_bytes())))
    }

    fn cannot_parse(&self, text: &[u8], element: &str) -> BuiltinError {
        let (layout, text) = (quoted(self.layout.text.as_bytes()), quoted(text));
        let element = quoted(element.as_bytes());
        self.error(&format!(" as {layout}: cannot parse {text} as {element}"))
    }
}

impl Parts {
    fn moment(&self, reader: &Reader<'_>) -> Result<i64, BuiltinError> {
        let hour = match self.half {
            Some(Half::Afternoon) if self.hour < 12 => self.hour + 12,
            Some(Half::Morning) if self.hour == 12 => 0,
            Some(_) | None => self.hour,
        };
        let date = self.date().map_err(|message| reader.error(message))?;
        let time = DateTime::from(date)
            .with()
            .hour(hour)
            .minute(self.minute)
            .second(self.second)
            .subsec_nanosecond(self.nanosecond)
            .build()
            .map_err(|_| out_of_range())?;
        // Go means "none" by an offset of -1.
        let offset = self.offset.filter(|offset| !self.utc && *offset != -1).unwrap_or(0);
        let shift = jiff::SignedDuration::from_secs(offset);
        let time = time.checked_sub(shift).map_err(|_| out_of_range())?;
        Zone::Utc.moment(time)
    }

    fn date(&self) -> Result<Date, &'static str> {
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        let Some(year_day) = self.year_day else {
            return Date::new(self.year, month, day).map_err(|_| ": day out of range");
        };
        let first = Date::new(self.year, 1, 1).map_err(|_| ": day-of-year out of range")?;
        let date = first.with().day_of_year(year_day).build().map_err(|_| ": day-of-year out of range")?;
        if self.month.is_some_and(|month| month != date.month()) {
            return Err(": day-of-year does not match month");
        }
        if self.day.is_some_and(|day| day != date.day()) {
            return Err(": day-of-year does not match day");
        }
        Ok(date)
    }
}

fn within<T: PartialOrd>(
    number: T,
    range: std::ops::RangeInclusive<T>,
    what: &'static str,
) -> Result<T, Problem> {
    if range.contains(&number) { Ok(number) } else { Err(Problem::Range(what)) }
}

/// Digits, maybe with a sign before them.
fn signed_number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The nanoseconds of `.5` or `,123456789123`.
fn nanoseconds(text: &[u8]) -> Result<i32, Problem> {
    let [b'.' | b',', digits @ ..] = text else { return Err(Problem::Bad) };
    let digits = digits.get(..9).unwrap_or(digits);
    let number: i32 = signed_number(digits).ok_or(Problem::Bad)?;
    if number < 0 {
        return Err(Problem::Range("fractional second"));
    }
    let missing = u32::try_from(9 - digits.len()).unwrap_or(0);
    Ok(number.saturating_mul(10_i32.pow(missing)))
}

/// How many bytes at the start look like the abbreviation of a time zone.
fn zone_name_length(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(after) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_hours_length(after).unwrap_or(0));
    }
    if matches!(text, [b'+' | b'-', ..]) {
        return signed_hours_length(text);
    }
    let upper = text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
    let fits = match upper {
        3 => true,
        4 => text.get(3) == Some(&b'T') || text.starts_with(b"WITA"),
        5 => text.get(4) == Some(&b'T'),
        _ => false,
    };
    fits.then_some(upper)
}

/// How long `+03` is, if it is at most 23 hours.
fn signed_hours_length(text: &[u8]) -> Option<usize> {
    let [b'+' | b'-', after @ ..] = text else { return None };
    let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hours: u64 = after.get(..digits).and_then(signed_number)?;
    (hours <= 23).then_some(1 + digits)
}

/// Takes one kind of byte off the start.
trait TrimStart {
    fn trim_ascii_start_of(&self, byte: u8) -> &Self;
}

impl TrimStart for [u8] {
    fn trim_ascii_start_of(&self, byte: u8) -> &Self {
        let count = self.iter().take_while(|first| **first == byte).count();
        self.get(count..).unwrap_or_default()
    }
}

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
