//! Until when an alert is put off, in words.

use time::{Duration, OffsetDateTime, Time};

/// A choice of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// An hour from now.
    Hour,
    /// The next time it is six in the evening, more than an hour from now.
    Evening,
    /// Nine in the morning of the next day.
    Tomorrow,
}

impl Later {
    /// All of them, the soonest first.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Evening, Self::Tomorrow];

    /// The choice of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|later| later.name() == name)
    }

    /// Its name in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Evening => "evening",
            Self::Tomorrow => "tomorrow",
        }
    }

    /// In how many days, and at which hour, where it is this hour now; none: in an hour.
    pub fn day_and_hour(self, hour: u8) -> Option<(u8, u8)> {
        match self {
            Self::Hour => None,
            Self::Evening => Some((u8::from(hour >= 17), 18)),
            Self::Tomorrow => Some((1, 9)),
        }
    }

    /// The moment, by a clock whose days are those of its offset.
    pub fn after(self, now: OffsetDateTime) -> OffsetDateTime {
        match self.day_and_hour(now.hour()) {
            None => now + Duration::HOUR,
            Some((days, hour)) => {
                now.replace_time(Time::MIDNIGHT) + Duration::days(days.into()) + Duration::hours(hour.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 28th of a month at some minute of the day, and what is later than that.
    fn later(hour: u8, minute: u8) -> [(u8, u8, u8); 3] {
        let date = time::Date::from_calendar_date(2026, time::Month::November, 28).unwrap();
        let now = date.with_hms(hour, minute, 0).unwrap().assume_utc();
        Later::ALL.map(|later| later.after(now)).map(|it| (it.day(), it.hour(), it.minute()))
    }

    #[test]
    fn each_choice_is_more_than_an_hour_ahead_or_just_that() {
        assert_eq!(later(8, 30), [(28, 9, 30), (28, 18, 0), (29, 9, 0)]);
        assert_eq!(later(16, 59), [(28, 17, 59), (28, 18, 0), (29, 9, 0)]);
        assert_eq!(later(17, 0), [(28, 18, 0), (29, 18, 0), (29, 9, 0)]);
        assert_eq!(later(23, 59), [(29, 0, 59), (29, 18, 0), (29, 9, 0)]);
    }

    #[test]
    fn a_choice_has_one_name() {
        assert!(Later::ALL.iter().all(|later| Later::named(later.name()) == Some(*later)));
        assert_eq!(Later::named("never"), None);
    }
}
