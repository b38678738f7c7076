-- Conventions: times are unix milliseconds by the clock of the database; revisions count from 1 in
-- each inbox; alert ids are the 16 bytes of a UUIDv7; 64-bit random numbers are kept as signed ones.

-- The database's clock, the only one that writes or compares a time.
create view clock as
select cast(round(unixepoch('subsec') * 1000) as integer) as now;

-- The store itself: one row.
create table store (
    one       integer not null primary key check (one = 1), -- keeps the table at one row
    epoch     integer not null,                             -- random identity of this history
    news_key  blob    not null check (length(news_key) = 32) -- authenticates news between nodes
) strict;

insert into store (one, epoch, news_key) values (1, random(), randomblob(32));

-- People, by the host application's own ids.
create table people (
    id            text    not null primary key, -- 1-64 characters of A-Z a-z 0-9 _ . @ : -
    name          text    not null,             -- to show; the id until something better is known
    avatar_url    text,                         -- a picture: absolute address or path of the host
    password_hash text,                         -- argon2, in PHC form; null: cannot sign in here
    created_at    integer not null              -- when first heard of
) strict, without rowid;

-- One inbox a person. Its row is what a writer locks: revisions are gapless and in commit order.
create table inboxes (
    user_id  text    not null primary key references people (id), -- whose
    id       integer not null,                                    -- random; part of every position
    revision integer not null check (revision >= 0),              -- the head of its change log
    unread   integer not null check (unread >= 0)                 -- rows of listed with no read_at
) strict, without rowid;

-- Alerts, expired ones included: what a list may show is said by the view below.
create table alerts (
    id               blob    not null primary key check (length(id) = 16), -- UUIDv7
    user_id          text    not null references inboxes (user_id),        -- whose
    created_revision integer not null,  -- the revision that raised it; the order of every list
    revision         integer not null,  -- the revision that last changed it
    unread_since     integer not null,  -- the revision at which it last became unread
    kind             text    not null,  -- what sort of thing happened, in the publisher's words
    severity         text    not null,  -- INFO, SUCCESS, WARNING or CRITICAL
    title            text    not null,  -- one line
    body             text    not null,  -- plain text, may be empty
    link             text,              -- where it leads
    actor            text,              -- who caused it: JSON of the GraphQL type Actor
    data             text,              -- the publisher's own: JSON
    created_at       integer not null,  -- when it was raised
    read_at          integer,           -- when it was read; null: unread
    expires_at       integer,           -- when it falls due to leave the inbox
    expired_at       integer            -- when it left; null: it is in the inbox
) strict;

-- The one definition of what is in an inbox: every list, count and filter reads through it.
create view listed as
select id, user_id, created_revision, revision, unread_since, kind, severity, title, body, link,
       actor, data, created_at, read_at, expires_at
from alerts
where expired_at is null;

-- Lists, newest first; unread ones; what falls due. Their conditions are those of the view.
create unique index alerts_listed on alerts (user_id, created_revision) where expired_at is null;
create index alerts_unread on alerts (user_id, created_revision)
    where expired_at is null and read_at is null;
create index alerts_due on alerts (expires_at) where expired_at is null and expires_at is not null;

-- The change log: one row a revision.
create table changes (
    number     integer primary key autoincrement, -- rises over all inboxes, in commit order
    user_id    text    not null references inboxes (user_id), -- whose inbox
    revision   integer not null, -- which revision of it
    what       text    not null, -- raised, read, unread, all_read, expired or right_ended
    alert_ids  blob    not null, -- to which alerts: their ids end to end, in creation order
    subject    text,             -- right_ended: the name of the right
    unread     integer not null, -- how many alerts were unread after it
    created_at integer not null, -- when it was committed, for retention
    unique (user_id, revision)
) strict;

-- What each publisher has raised under a key. Outlives the alert.
create table idempotency (
    publisher  text    not null,
    key        text    not null, -- in the publisher's words
    content    blob    not null, -- SHA-256 of the fields as sent
    alert_id   blob    not null, -- the alert the key stands for
    created_at integer not null, -- for retention
    primary key (publisher, key)
) strict, without rowid;
