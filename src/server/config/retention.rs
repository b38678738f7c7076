//! How long things are kept, as it is written.

use std::time::Duration;

use crate::server::store::Retention;

/// What is kept how long unless something else is said.
pub(super) const DEFAULT: &str = "read=90d,unread=365d,expired=7d,log=7d";

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// Longer than that is a slip of the pen, and near what a database can subtract.
const LONGEST: Duration = Duration::from_secs(100 * 366 * DAY);

/// Publishers may come back with a key for so long.
const KEYS: Duration = Duration::from_secs(7 * DAY);

/// Parses a setting such as `read=30d,log=12h`.
///
/// # Errors
/// What must be otherwise.
pub(super) fn parse(text: &str) -> Result<Retention, String> {
    let mut retention = Retention::default();
    for part in text.split(',') {
        let (state, kept) = part.split_once('=').ok_or("must be like read=90d,unread=365d")?;
        let place = match state.trim() {
            "read" => &mut retention.read,
            "unread" => &mut retention.unread,
            "expired" => &mut retention.expired,
            "log" => &mut retention.log,
            other => {
                return Err(format!("there is no state {other}: there are read, unread, expired and log"));
            }
        };
        *place =
            duration(kept.trim()).ok_or_else(|| format!("{state} must be 1h to 36600d, like 12h or 90d"))?;
    }
    if retention.expired < KEYS {
        return Err("expired must be at least 7d: for so long a key raises its alert once".to_owned());
    }
    Ok(retention)
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix('d') {
        Some(days) => (days, DAY),
        None => (text.strip_suffix('h')?, HOUR),
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
    let duration = Duration::from_secs(seconds);
    (Duration::from_secs(HOUR)..=LONGEST).contains(&duration).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_kept_as_by_default() {
        assert_eq!(parse(DEFAULT), Ok(Retention::default()));
        let (read, log) = (Duration::from_secs(30 * DAY), Duration::from_secs(12 * HOUR));
        assert_eq!(parse("read=30d, log=12h"), Ok(Retention { read, log, ..Retention::default() }));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let bad = ["", "read", "read=", "read=0d", "read=30", "read=d", "read=-1d", "read=30d,", "Read=30d"];
        let worse =
            ["gone=1d", "read=30m", "read=36601d", "read=99999999999999999999d", "expired=6d", "read=1é"];
        for text in bad.into_iter().chain(worse) {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
