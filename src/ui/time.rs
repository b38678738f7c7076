//! When something happened, in words.
//!
//! The server cannot know the reader's clock, and a text that differs between server and first
//! browser render stays wrong. So the page carries UTC, and the relative words come after mount.

use time::{Date, Month, OffsetDateTime, UtcOffset};

use crate::domain::Later;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The browser's clock. Only in the browser.
pub fn now() -> Option<OffsetDateTime> {
    from_machine(&String::from(js_sys::Date::new_0().to_iso_string()))
}

/// Until when to put off, by the reader's clock and days. Only in the browser.
pub fn until(later: Later) -> Option<OffsetDateTime> {
    let date = js_sys::Date::new_0();
    match later.day_and_hour(u8::try_from(date.get_hours()).ok()?) {
        None => _ = date.set_time(date.get_time() + 3_600_000.0),
        Some((days, hour)) => {
            date.set_date(date.get_date() + u32::from(days));
            date.set_hours(hour.into());
            date.set_minutes(0);
        }
    }
    from_machine(&String::from(date.to_iso_string()))
}

/// For the `datetime` attribute: RFC 3339, UTC, whole seconds.
pub fn machine(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second) = at.to_hms();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Reads the server's `DateTime`: RFC 3339, UTC. A fraction of a second is read to nanoseconds.
///
/// The reader of `time` takes every form there is, and weighs more than the rest of this page's
/// domain together.
pub fn from_machine(text: &str) -> Option<OffsetDateTime> {
    let (whole, fraction) = text.strip_suffix('Z')?.split_at_checked(19)?;
    let number = |from: usize, to: usize| whole.get(from..to)?.parse::<u8>().ok();
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let marked = marks.iter().all(|(at, mark)| whole.as_bytes().get(*at) == Some(mark));
    let year = whole.get(..4)?.parse().ok().filter(|_| marked)?;
    let date = Date::from_calendar_date(year, Month::try_from(number(5, 7)?).ok()?, number(8, 10)?).ok()?;
    let nanos = if fraction.is_empty() { 0 } else { nanoseconds(fraction.strip_prefix('.')?)? };
    let moment = date.with_hms_nano(number(11, 13)?, number(14, 16)?, number(17, 19)?, nanos).ok()?;
    Some(moment.assume_utc())
}

fn nanoseconds(digits: &str) -> Option<u32> {
    let digits = digits.get(..digits.len().min(9))?;
    let scale = 10_u32.checked_pow(9 - u32::try_from(digits.len()).ok()?)?;
    digits.parse::<u32>().ok()?.checked_mul(scale)
}

/// The whole moment: `4 Oct 2026, 17:41 UTC`.
pub fn utc(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!("{}, {:02}:{:02} UTC", date(at), at.hour(), at.minute())
}

/// The distance to `now`: `just now`, `3 min ago`, `5 h ago`, `2 days ago`, then the date.
///
/// A moment ahead of `now` is two clocks that disagree, not the future.
pub fn ago(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let past = now - at;
    match past.whole_minutes() {
        ..1 => "just now".into(),
        minutes @ 1..60 => format!("{minutes} min ago"),
        minutes @ 60..1_440 => format!("{} h ago", minutes / 60),
        1_440..2_880 => "1 day ago".into(),
        minutes @ 2_880..10_080 => format!("{} days ago", minutes / 1_440),
        _ => date(at.to_offset(UtcOffset::UTC)),
    }
}

fn date(at: OffsetDateTime) -> String {
    let month = MONTHS[usize::from(u8::from(at.month())) - 1];
    format!("{} {month} {}", at.day(), at.year())
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    /// 4 October 2026, 17:41:05 UTC.
    fn noted() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::seconds(1_791_135_665)
    }

    #[test]
    fn a_moment_is_written_in_utc_wherever_it_was_noted() {
        let elsewhere = noted().to_offset(UtcOffset::from_hms(5, 30, 0).unwrap());
        assert_eq!(utc(elsewhere), "4 Oct 2026, 17:41 UTC");
        assert_eq!(machine(elsewhere), "2026-10-04T17:41:05Z");
    }

    #[test]
    fn the_servers_moments_are_read_as_any_reader_would() {
        use time::format_description::well_known::Rfc3339;
        for text in ["2026-10-04T17:41:05Z", "2024-02-29T00:00:00.000001Z", "1970-01-01T23:59:59.123456789Z"]
        {
            assert_eq!(from_machine(text), OffsetDateTime::parse(text, &Rfc3339).ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_not_read() {
        let bad = [
            "",
            "Z",
            "2026-10-04 17:41:05Z",
            "2026-13-04T17:41:05Z",
            "2026-10-04T17:41:05",
            "é026-10-04T17:41:0Z",
        ];
        for text in bad {
            assert_eq!(from_machine(text), None, "{text}");
        }
    }

    #[test]
    fn the_distance_grows_from_moments_to_dates() {
        let cases = [
            (-90, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (3_599, "59 min ago"),
            (3_600, "1 h ago"),
            (86_399, "23 h ago"),
            (86_400, "1 day ago"),
            (172_800, "2 days ago"),
            (604_799, "6 days ago"),
            (604_800, "4 Oct 2026"),
        ];
        for (seconds, words) in cases {
            assert_eq!(ago(noted(), noted() + Duration::seconds(seconds)), words, "{seconds}");
        }
    }
}
