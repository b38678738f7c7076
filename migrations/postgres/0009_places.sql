-- What readers have taken out of their inboxes: it is out since expired_at, as what is gone, so that nodes of before,
-- which run beside, list and count what they should.
alter table alerts add column place text check (place in ('ARCHIVE', 'SNOOZED', 'DELETED')); -- null: the inbox, or gone
alter table alerts add column snoozed_until timestamptz(3); -- until when it is put off; null: it is not
alter table alerts add column raised_revision bigint; -- what created_revision was before it came back; null: it did not
alter table inboxes add column archived bigint not null default 0 check (archived >= 0); -- rows of archived
alter table inboxes add column snoozed bigint not null default 0 check (snoozed >= 0); -- rows of snoozed
alter table changes add column archived bigint; -- how many were archived after it; null: as many as before
alter table changes add column snoozed bigint; -- the same of what is put off

create or replace view listed as
select id, user_id, created_revision, revision, unread_since, kind, severity, title, body, link,
       actor, data, created_at, read_at, expires_at,
       case when place = 'ARCHIVE' then expired_at end as archived_at, snoozed_until, place
from alerts
where expired_at is null;

create view archived as
select id, user_id, created_revision, revision, unread_since, kind, severity, title, body, link,
       actor, data, created_at, read_at, expires_at,
       case when place = 'ARCHIVE' then expired_at end as archived_at, snoozed_until, place
from alerts
where place = 'ARCHIVE';

create view snoozed as
select id, user_id, created_revision, revision, unread_since, kind, severity, title, body, link,
       actor, data, created_at, read_at, expires_at,
       case when place = 'ARCHIVE' then expired_at end as archived_at, snoozed_until, place
from alerts
where place = 'SNOOZED';

-- All that a person can look at.
create view here as
select id, user_id, created_revision, revision, unread_since, kind, severity, title, body, link,
       actor, data, created_at, read_at, expires_at,
       case when place = 'ARCHIVE' then expired_at end as archived_at, snoozed_until, place
from alerts
where expired_at is null or place <> 'DELETED';

-- All that a person can take back.
create view held as
select id, user_id, created_revision, revision, unread_since, kind, severity, title, body, link,
       actor, data, created_at, read_at, expires_at,
       case when place = 'ARCHIVE' then expired_at end as archived_at, snoozed_until, place
from alerts
where expired_at is null or place is not null;

-- Lists of each place; what falls due in one, what comes back, what has been archived for long, what is gone.
create unique index alerts_away on alerts (user_id, place, created_revision) where place is not null;
create index alerts_away_of_kind on alerts (user_id, place, kind, created_revision) where place is not null;
create index alerts_away_of_severity on alerts (user_id, place, severity, created_revision) where place is not null;
create index alerts_away_due on alerts (expires_at) where place <> 'DELETED' and expires_at is not null;
create index alerts_waking on alerts (snoozed_until) where place = 'SNOOZED';
create index alerts_archived_since on alerts (expired_at) where place = 'ARCHIVE';
create index alerts_gone on alerts (expired_at) where expired_at is not null and coalesce(place, 'DELETED') = 'DELETED';
drop index alerts_gone_since;
