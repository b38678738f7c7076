//! What an idempotency key stands for.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::domain::NewAlert;

/// The name of an alert's content: that hash in hex.
pub fn name_of_content(alert: &NewAlert) -> String {
    super::hex(&hash(alert))
}

/// A hash of the fields as sent. Stored, so its text never changes; the members of objects are
/// sorted, for their order says nothing.
pub(super) fn hash(alert: &NewAlert) -> [u8; 32] {
    let mut fields = json!([
        alert.recipient,
        alert.kind,
        alert.severity,
        alert.title,
        alert.body,
        alert.link,
        alert.actor,
        alert.data,
        alert.expires_at.map(|time| time.unix_timestamp_nanos().to_string()),
    ]);
    fields.sort_all_objects();
    Sha256::digest(fields.to_string()).into()
}
