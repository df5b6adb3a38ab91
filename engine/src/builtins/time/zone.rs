//! Time zones, from the database that is compiled in.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::super::{BuiltinError, Context};
use super::moment::Local;
use super::out_of_range;

/// Where a clock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Zone {
    Utc,
    Named(TimeZone),
}

impl Zone {
    /// The zone of a name such as `Europe/Berlin`, in exactly these letters. `Local` is UTC: the engine knows no place.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn named(ctx: &mut Context<'_>, name: &str) -> Result<Self, BuiltinError> {
        if matches!(name, "" | "UTC" | "Local") {
            return Ok(Self::Utc);
        }
        if name.contains("..") || name.starts_with(['/', '\\']) {
            return Err(BuiltinError::failed("time: invalid location name"));
        }
        ctx.compiled.get_or_make(name, || {
            let zone = DATABASE.get(name).ok().filter(|zone| zone.iana_name() == Some(name));
            let unknown = || BuiltinError::failed(format!("unknown time zone {name}"));
            zone.map(Self::Named).ok_or_else(unknown)
        })
    }

    /// What clock and calendar show there, so many nanoseconds after 1970.
    pub(super) fn local(&self, nanoseconds: i64) -> Result<Local, BuiltinError> {
        let at = Timestamp::from_nanosecond(nanoseconds.into()).map_err(|_| out_of_range())?;
        Ok(match self {
            Self::Utc => {
                Local { time: Offset::UTC.to_datetime(at), offset: 0, abbreviation: "UTC".to_owned() }
            }
            Self::Named(zone) => {
                let info = zone.to_offset_info(at);
                Local {
                    time: info.offset().to_datetime(at),
                    offset: info.offset().seconds(),
                    abbreviation: info.abbreviation().to_owned(),
                }
            }
        })
    }

    /// The moment at which the clock shows this time, in nanoseconds after 1970. When it shows it twice or never, the offset
    /// counts that holds at that time of UTC, or if it doesn't hold at the moment found with it, the one that holds there.
    pub(super) fn moment(&self, time: DateTime) -> Result<i64, BuiltinError> {
        let as_utc = Offset::UTC.to_timestamp(time).map_err(|_| out_of_range())?;
        let offset_at = |seconds: i64| match self {
            Self::Utc => Some(0),
            Self::Named(zone) => {
                let at = Timestamp::from_second(seconds).ok()?;
                Some(i64::from(zone.to_offset(at).seconds()))
            }
        };
        let seconds = as_utc.as_second();
        let offset = offset_at(seconds)
            .and_then(|guess| offset_at(seconds.checked_sub(guess)?))
            .ok_or_else(out_of_range)?;
        let nanoseconds = as_utc.as_nanosecond() - i128::from(offset) * 1_000_000_000;
        i64::try_from(nanoseconds).map_err(|_| out_of_range())
    }
}

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
