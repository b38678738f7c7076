//! What happened in a revision, as both engines keep it: a name and, where it has one, a subject.

use crate::domain::What;

/// The columns `what` and `subject`.
pub(super) fn columns(what: &What) -> (&'static str, Option<&str>) {
    match what {
        What::Raised => ("raised", None),
        What::Read => ("read", None),
        What::Unread => ("unread", None),
        What::Archived => ("archived", None),
        What::Snoozed => ("snoozed", None),
        What::Woken => ("woken", None),
        What::Deleted => ("deleted", None),
        What::Restored => ("restored", None),
        What::AllRead => ("all_read", None),
        What::Expired => ("expired", None),
        What::RightEnded(right) => ("right_ended", Some(right)),
    }
}

/// What those columns say; none when no version of this program wrote them.
pub(super) fn parse(what: &str, subject: Option<String>) -> Option<What> {
    match (what, subject) {
        ("raised", None) => Some(What::Raised),
        ("read", None) => Some(What::Read),
        ("unread", None) => Some(What::Unread),
        ("archived", None) => Some(What::Archived),
        ("snoozed", None) => Some(What::Snoozed),
        ("woken", None) => Some(What::Woken),
        ("deleted", None) => Some(What::Deleted),
        ("restored", None) => Some(What::Restored),
        ("all_read", None) => Some(What::AllRead),
        ("expired", None) => Some(What::Expired),
        ("right_ended", Some(right)) => Some(What::RightEnded(right)),
        _ => None,
    }
}
