//! Dates and times of day in UTC, for the formats that certificates, HTTP and AWS write them in.

/// A moment in the Gregorian calendar, without leap seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

impl Civil {
    /// The moment so many seconds after 1970-01-01T00:00:00Z.
    pub(super) fn from_seconds(seconds: i64) -> Self {
        let (day, second) = (seconds.div_euclid(SECONDS_OF_DAY), seconds.rem_euclid(SECONDS_OF_DAY));
        // Counted from 0000-03-01, so that the leap day comes last (Howard Hinnant, `civil_from_days`).
        let shifted = day + DAYS_TO_1970;
        let era = shifted.div_euclid(DAYS_OF_ERA);
        let day_of_era = shifted.rem_euclid(DAYS_OF_ERA);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
        }
    }

    /// The seconds since 1970-01-01T00:00:00Z, if there is such a moment in the years up to 9999.
    pub(super) fn to_seconds(self) -> Option<i64> {
        let days = self.days_of_month()?;
        let valid = (0..10_000).contains(&self.year)
            && (1..=days).contains(&self.day)
            && (0..24).contains(&self.hour)
            && (0..60).contains(&self.minute)
            && (0..60).contains(&self.second);
        if !valid {
            return None;
        }
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = (self.month + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let day = era * DAYS_OF_ERA + day_of_era - DAYS_TO_1970;
        Some(day * SECONDS_OF_DAY + self.hour * 3600 + self.minute * 60 + self.second)
    }

    /// `2026-11-26T08:43:31Z`.
    pub(super) fn rfc3339(self) -> String {
        let Self { year, month, day, hour, minute, second } = self;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    fn days_of_month(self) -> Option<i64> {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
            4 | 6 | 9 | 11 => Some(30),
            2 => Some(if leap { 29 } else { 28 }),
            _ => None,
        }
    }
}

const SECONDS_OF_DAY: i64 = 24 * 60 * 60;
/// 400 years.
const DAYS_OF_ERA: i64 = 146_097;
/// From 0000-03-01.
const DAYS_TO_1970: i64 = 719_468;
