//! Which alerts of an inbox are meant.

use super::{Alert, Severity};

/// The alerts a list shows, or a bulk change touches: those that fit every part that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only unread ones, or only read ones.
    pub unread: Option<bool>,
    /// Only these kinds.
    pub kinds: Option<Vec<String>>,
    /// Only these severities.
    pub severities: Option<Vec<Severity>>,
}

impl Filter {
    /// Whether an alert fits. The stores say the same in SQL; their contract test compares the two.
    pub fn matches(&self, alert: &Alert) -> bool {
        self.unread.is_none_or(|unread| unread == alert.is_unread())
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&alert.kind))
            && self.severities.as_ref().is_none_or(|severities| severities.contains(&alert.severity))
    }
}
