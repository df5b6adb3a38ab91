//! The operand that says when and where: nanoseconds, maybe with a time zone and a layout.

use jiff::civil::DateTime;

use super::super::{BuiltinError, Context, Operands};
use super::zone::Zone;
use crate::value::{Number, Value};

/// A moment and the place whose clock shows it.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    /// Since 1970.
    pub(super) nanoseconds: i64,
    pub(super) zone: Zone,
    layout: Option<String>,
}

/// What a clock and a calendar show.
#[derive(Debug, Clone)]
pub(super) struct Local {
    pub(super) time: DateTime,
    /// East of Greenwich, in seconds.
    pub(super) offset: i32,
    /// How the time zone is called then, such as `CEST`.
    pub(super) abbreviation: String,
}

impl Moment {
    /// Reads the operand at `index`: `ns`, `[ns]`, `[ns, zone]` or `[ns, zone, layout]`. All messages speak of operand 1, as
    /// OPA's do.
    ///
    /// # Errors
    /// When it is something else, there is no such zone, or the number is no integer of 64 bits.
    pub(super) fn operand(
        ctx: &mut Context<'_>,
        operands: Operands<'_>,
        index: usize,
    ) -> Result<Self, BuiltinError> {
        let value = operands.value(index)?;
        let first = [value];
        let mismatch = || Operands(&first).mismatch(0, "either number (ns) or [number (ns), string (tz)]");
        let (number, zone, layout) = match value {
            Value::Number(number) => (number, None, None),
            Value::Array(array) => {
                let first = array.get(0).ok_or_else(mismatch)?;
                let number = first.as_number().ok_or_else(|| Operands(&[first]).mismatch(0, "number"))?;
                (number, array.get(1), array.get(2))
            }
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Object(_) | Value::Set(_) => {
                return Err(mismatch());
            }
        };
        let zone = match zone {
            Some(name) => Zone::named(ctx, Operands(&[name]).string(0)?)?,
            None => Zone::Utc,
        };
        let layout = match layout {
            Some(layout) => Some(Operands(&[layout]).string(0)?.to_owned()),
            None => None,
        };
        let nanoseconds = exact_integer(number).ok_or_else(|| BuiltinError::failed("timestamp too big"))?;
        Ok(Self { nanoseconds, zone, layout })
    }

    /// The layout, if the operand names one.
    pub(super) fn layout(&self) -> Option<&str> {
        self.layout.as_deref()
    }

    /// What clock and calendar show at the moment's place.
    pub(super) fn local(&self) -> Result<Local, BuiltinError> {
        self.zone.local(self.nanoseconds)
    }
}

/// The integer that a number is, however it is written (`1.0`, `1e9`), if 64 bits hold it.
fn exact_integer(number: &Number) -> Option<i64> {
    if let Some(integer) = number.as_i64() {
        return Some(integer);
    }
    if !number.is_integer() {
        return None;
    }
    let text = number.text();
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let unsigned = digits.trim_start_matches('-').trim_start_matches('0');
    if unsigned.is_empty() {
        return Some(0);
    }
    let significant = unsigned.trim_end_matches('0');
    let removed = i64::try_from(unsigned.len() - significant.len()).ok()?;
    let fraction = i64::try_from(fraction.len()).ok()?;
    let zeros = exponent.parse::<i64>().ok()?.checked_sub(fraction)?.checked_add(removed)?;
    let power = 10_i128.checked_pow(u32::try_from(zeros).ok()?)?;
    let magnitude = significant.parse::<i128>().ok()?.checked_mul(power)?;
    let value = if digits.starts_with('-') { magnitude.checked_neg()? } else { magnitude };
    i64::try_from(value).ok()
}
