//! Dates, clock times, and what lies between two moments.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Weekday};

use super::super::{Answer, Context, Operands};
use super::moment::Moment;
use super::out_of_range;
use crate::value::{Array, Value};

pub(super) fn date(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let time = Moment::operand(ctx, operands, 0)?.local()?.time;
    Ok(Some(numbers([time.year().into(), time.month().into(), time.day().into()])))
}

pub(super) fn clock(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let time = Moment::operand(ctx, operands, 0)?.local()?.time;
    Ok(Some(numbers([time.hour().into(), time.minute().into(), time.second().into()])))
}

pub(super) fn weekday(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let time = Moment::operand(ctx, operands, 0)?.local()?.time;
    Ok(Some(weekday_name(time.weekday()).into()))
}

/// Days that a month doesn't have run over into the next one.
pub(super) fn add_date(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let moment = Moment::operand(ctx, operands, 0)?;
    let (years, months, days) =
        (operands.small_integer(1)?, operands.small_integer(2)?, operands.small_integer(3)?);
    let local = moment.local()?.time;
    let moved = moved(local, years, months, days).ok_or_else(out_of_range)?;
    Ok(Some(moment.zone.moment(moved)?.into()))
}

/// By the clock and the calendar of the first moment's place, whichever moment is earlier.
pub(super) fn diff(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let first = Moment::operand(ctx, operands, 0)?;
    let second = Moment::operand(ctx, operands, 1)?;
    let (earlier, later) = if first.nanoseconds <= second.nanoseconds {
        (first.nanoseconds, second.nanoseconds)
    } else {
        (second.nanoseconds, first.nanoseconds)
    };
    let (from, to) = (first.zone.local(earlier)?.time, first.zone.local(later)?.time);
    let parts = |time: DateTime| -> [i64; 6] {
        [
            time.year().into(),
            time.month().into(),
            time.day().into(),
            time.hour().into(),
            time.minute().into(),
            time.second().into(),
        ]
    };
    let ([y1, mo1, d1, h1, mi1, s1], [y2, mo2, d2, h2, mi2, s2]) = (parts(from), parts(to));
    // Each part that is negative borrows from the next larger one.
    let (borrowed, seconds) = borrow(s2 - s1, 60);
    let (borrowed, minutes) = borrow(mi2 - mi1 - borrowed, 60);
    let (borrowed, hours) = borrow(h2 - h1 - borrowed, 24);
    let (borrowed, days) = borrow(d2 - d1 - borrowed, from.date().days_in_month().into());
    let (borrowed, months) = borrow(mo2 - mo1 - borrowed, 12);
    Ok(Some(numbers([y2 - y1 - borrowed, months, days, hours, minutes, seconds])))
}

pub(super) fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn borrow(part: i64, size: i64) -> (i64, i64) {
    if part < 0 { (1, part + size) } else { (0, part) }
}

/// None when it is out of the calendar, which is far larger than the range of moments.
fn moved(from: DateTime, years: i64, months: i64, days: i64) -> Option<DateTime> {
    let month = i64::from(from.year())
        .checked_add(years)?
        .checked_mul(12)?
        .checked_add(i64::from(from.month()) - 1)?
        .checked_add(months)?;
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let first = Date::new(year, i8::try_from(month.rem_euclid(12) + 1).ok()?, 1).ok()?;
    let days = days.checked_add(i64::from(from.day()) - 1)?;
    let span = SignedDuration::from_secs(days.checked_mul(SECONDS_OF_A_DAY)?);
    Some(first.checked_add(span).ok()?.to_datetime(from.time()))
}

fn numbers<const N: usize>(numbers: [i64; N]) -> Value {
    numbers.into_iter().map(Value::from).collect::<Array>().into()
}

const SECONDS_OF_A_DAY: i64 = 86_400;
