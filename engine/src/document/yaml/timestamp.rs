//! The dates and times that a plain YAML scalar can be.

/// Whether go.yaml.in/yaml/v3 takes `text` for a point in time: a date, maybe with a time of day after it.
pub(super) fn is_timestamp(text: &str) -> bool {
    let mut rest = Rest(text);
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    if year != 4 {
        return false;
    }
    let Some((month, day)) = rest.date() else { return false };
    let year = text.get(..4).and_then(|year| year.parse::<u32>().ok()).unwrap_or_default();
    if !(1..=days(year, month)).contains(&day) {
        return false;
    }
    match rest.0.chars().next() {
        None => true,
        Some('T' | 't') => rest.skip().time().is_some() && rest.zone().is_some() && rest.0.is_empty(),
        Some(' ') => rest.skip().time().is_some() && rest.0.is_empty(),
        Some(_) => false,
    }
}

/// The point in time that go.yaml.in/yaml/v3 takes `text` for, as Go writes it in JSON; none if it is none, or none that
/// can be written.
pub(in crate::document) fn timestamp(text: &str) -> Option<String> {
    if !is_timestamp(text) {
        return None;
    }
    let (date, rest) = text.split_at_checked(text.find(['T', 't', ' ']).unwrap_or(text.len()))?;
    let padded = |text: &str, separator: char| {
        let parts: Vec<String> = text.split(separator).map(|part| format!("{part:0>2}")).collect();
        parts.join(&separator.to_string())
    };
    let date = padded(date, '-');
    let Some(rest) = rest.get(1..) else { return Some(format!("{date}T00:00:00Z")) };
    let (time, zone) = rest.split_at_checked(rest.find(['Z', '+', '-']).unwrap_or(rest.len()))?;
    let (time, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    // Go keeps nanoseconds.
    let fraction = fraction.get(..9).unwrap_or(fraction).trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let zone = match zone {
        "" | "Z" | "+00:00" | "-00:00" => "Z",
        // JSON has no such hour.
        zone if zone.get(1..3) == Some("24") => return None,
        zone => zone,
    };
    Some(format!("{date}T{}{point}{fraction}{zone}", padded(time, ':')))
}

/// What is not read yet.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn date(&mut self) -> Option<(u32, u32)> {
        self.0 = self.0.get(4..)?;
        self.symbol('-')?;
        let month = self.number(1..=2)?;
        self.symbol('-')?;
        Some(((1..=12).contains(&month).then_some(month)?, self.number(1..=2)?))
    }

    fn time(&mut self) -> Option<()> {
        let within = |value: u32, end: u32| (value < end).then_some(());
        within(self.number(1..=2)?, 24)?;
        self.symbol(':')?;
        within(self.number(1..=2)?, 60)?;
        self.symbol(':')?;
        within(self.number(1..=2)?, 60)?;
        let fraction =
            self.0.strip_prefix(['.', ',']).map(|rest| rest.bytes().take_while(u8::is_ascii_digit));
        let digits = fraction.map_or(0, Iterator::count);
        if digits > 0 {
            self.0 = self.0.get(digits + 1..)?;
        }
        Some(())
    }

    fn zone(&mut self) -> Option<()> {
        if let Some(rest) = self.0.strip_prefix('Z') {
            self.0 = rest;
            return Some(());
        }
        self.0 = self.0.strip_prefix(['+', '-'])?;
        let hours = self.number(2..=2)?;
        self.symbol(':')?;
        let minutes = self.number(2..=2)?;
        (hours <= 24 && minutes < 60).then_some(())
    }

    fn skip(&mut self) -> &mut Self {
        self.0 = self.0.get(1..).unwrap_or_default();
        self
    }

    fn symbol(&mut self, symbol: char) -> Option<()> {
        self.0 = self.0.strip_prefix(symbol)?;
        Some(())
    }

    fn number(&mut self, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
        let digits = self.0.bytes().take(*length.end()).take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        length.contains(&digits).then(|| number.parse().ok())?
    }
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
