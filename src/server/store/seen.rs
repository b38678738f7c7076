//! What is unseen: unread, and newer than what its reader looked at last.

/// How many alerts of a row of `inboxes` are unseen. They are counted anew where `counted_at` says that the row was
/// written last by a version of before, which knows nothing of them.
macro_rules! unseen {
    () => {
        "case when inboxes.counted_at = inboxes.revision then inboxes.unseen else (
             select count(*) from listed
             where listed.user_id = inboxes.user_id and read_at is null and created_revision > inboxes.seen) end"
    };
}

pub(super) use unseen;
