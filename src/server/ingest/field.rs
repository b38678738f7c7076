//! Fields of an alert that come as text.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::domain::{Invalid, Severity};

/// The most bytes of one entry or message; the largest alert has about a third of it.
pub(super) const MOST_BYTES: usize = 64 * 1024;

/// A severity, in capitals or not.
pub(super) fn severity(text: &str) -> Result<Severity, Invalid> {
    let named = Severity::named(&text.to_ascii_uppercase());
    named.ok_or_else(|| Invalid::new("severity", "must be INFO, SUCCESS, WARNING or CRITICAL"))
}

/// A moment.
pub(super) fn moment(text: &str) -> Result<OffsetDateTime, Invalid> {
    let parsed = OffsetDateTime::parse(text, &Rfc3339);
    parsed.map_err(|_| Invalid::new("expiresAt", "must be a date and time by RFC 3339"))
}
