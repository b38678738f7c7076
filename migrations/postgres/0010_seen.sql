-- What their readers have seen of inboxes: what is unread and came, or came back, after that is unseen.
alter table inboxes add column seen bigint not null default 0; -- the creation revision up to which it was seen
alter table inboxes add column unseen bigint not null default 0 check (unseen >= 0); -- unread rows of listed above seen
alter table inboxes add column counted_at bigint not null default 0; -- the revision that unseen is of; another: count anew
alter table changes add column unseen bigint; -- how many were unseen after it; null: a version of before wrote it
alter table changes add column seen bigint; -- up to where the inbox was seen by it; null: it was not by that
