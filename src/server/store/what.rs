//! What happened in a revision, as both engines keep it: a name and, where it has one, a subject.

use crate::domain::{Revision, What};

/// The columns `what` and `subject`. That an inbox was seen is told by the column `seen`, and to a version of before
/// is a change of no alert.
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
        What::AllRead | What::Seen(_) => ("all_read", None),
        What::Expired => ("expired", None),
        What::RightEnded(right) => ("right_ended", Some(right)),
    }
}

/// The column `seen`: up to which creation revision the inbox was seen.
pub(super) fn seen(what: &What) -> Option<Revision> {
    match what {
        What::Seen(revision) => Some(*revision),
        _ => None,
    }
}

/// What those columns say; none when no version of this program wrote them.
pub(super) fn parse(what: &str, subject: Option<String>, seen: Option<Revision>) -> Option<What> {
    if let Some(revision) = seen {
        return Some(What::Seen(revision));
    }
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
