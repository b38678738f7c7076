-- Alerts that their readers have put away. They are out of the inbox since expired_at, as those that are gone, so
-- that nodes of before, which run beside, list and count what they should.
alter table alerts add column archived_at integer; -- when it was put away; null: it is in the inbox, or gone
alter table inboxes add column archived integer not null default 0 check (archived >= 0); -- rows of archived
alter table changes add column archived integer; -- how many were archived after it; null: as many as before

drop view listed;

create view listed as
select id, user_id, created_revision, revision, unread_since, kind, severity, title, body, link,
       actor, data, created_at, read_at, expires_at, archived_at
from alerts
where expired_at is null;

-- What is in the archive.
create view archived as
select id, user_id, created_revision, revision, unread_since, kind, severity, title, body, link,
       actor, data, created_at, read_at, expires_at, archived_at
from alerts
where archived_at is not null;

-- All that a person can look at.
create view here as
select id, user_id, created_revision, revision, unread_since, kind, severity, title, body, link,
       actor, data, created_at, read_at, expires_at, archived_at
from alerts
where expired_at is null or archived_at is not null;

-- Lists of the archive; what falls due in it, and what has been in it for long; what is gone.
create unique index alerts_archived on alerts (user_id, created_revision) where archived_at is not null;
create index alerts_archived_of_kind on alerts (user_id, kind, created_revision) where archived_at is not null;
create index alerts_archived_of_severity on alerts (user_id, severity, created_revision)
    where archived_at is not null;
create index alerts_archived_due on alerts (expires_at) where archived_at is not null and expires_at is not null;
create index alerts_archived_since on alerts (archived_at) where archived_at is not null;
create index alerts_gone on alerts (expired_at) where expired_at is not null and archived_at is null;
drop index alerts_gone_since;
