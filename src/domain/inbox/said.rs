//! What a server says of an inbox when it is asked.

use serde::{Deserialize, Serialize};

use crate::domain::{Alert, Counts, Revision, event::Head};

/// Some alerts of an inbox, newest first, all read in one snapshot with its head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// Where the inbox stood in that snapshot.
    pub head: Head,
    /// The alerts, by creation revision, highest first.
    pub alerts: Vec<Alert>,
    /// Where the next page starts; none on the last page.
    pub next: Option<String>,
}

/// What a mutation says of the inbox after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The alert as it is now; none for a bulk change, and where it is gone.
    pub alert: Option<Alert>,
    /// The counts after it.
    pub counts: Counts,
    /// The inbox's revision at those counts.
    pub revision: Revision,
}
