//! Which alerts of an inbox are meant.

use super::{Alert, Invalid, Place, Severity};

/// The most kinds that a filter names: each is one more look for the database.
const MOST_KINDS: usize = 50;

/// The most severities: each that there is.
const MOST_SEVERITIES: usize = 4;

/// The alerts a list shows, or a bulk change touches: those that fit every part that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that are there.
    pub place: Place,
    /// Only unread ones, or only read ones.
    pub unread: Option<bool>,
    /// Only these kinds.
    pub kinds: Option<Vec<String>>,
    /// Only these severities.
    pub severities: Option<Vec<Severity>>,
}

impl Filter {
    /// This one, if it is as it may be.
    ///
    /// # Errors
    /// It names too much.
    pub fn checked(self) -> Result<Self, Invalid> {
        let most = |field, length: Option<usize>, most| match length {
            Some(length) if length > most => {
                Err(Invalid::new(field, format!("must name at most {most}, not {length}")))
            }
            _ => Ok(()),
        };
        most("filter.kinds", self.kinds.as_ref().map(Vec::len), MOST_KINDS)?;
        most("filter.severities", self.severities.as_ref().map(Vec::len), MOST_SEVERITIES)?;
        Ok(self)
    }

    /// Whether an alert fits. The stores say the same in SQL; their contract test compares the two.
    pub fn matches(&self, alert: &Alert) -> bool {
        self.place == alert.place()
            && self.unread.is_none_or(|unread| unread == alert.is_unread())
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&alert.kind))
            && self.severities.as_ref().is_none_or(|severities| severities.contains(&alert.severity))
    }
}
