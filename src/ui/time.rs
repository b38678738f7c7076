//! When something happened, in words.
//!
//! The server cannot know the reader's clock, and a text that differs between server and first
//! browser render stays wrong. So the page carries UTC, and the relative words come after mount.

use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The browser's clock. Only in the browser.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds_f64(js_sys::Date::now() / 1_000.0)
}

/// For the `datetime` attribute: RFC 3339, UTC.
pub fn machine(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
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
