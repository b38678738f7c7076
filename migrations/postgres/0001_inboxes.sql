-- Conventions: times are kept to the millisecond, by the clock of the database; revisions count
-- from 1 in each inbox. Steps only ever add, so that nodes of the version before run on beside.

-- The store itself: one row.
create table store (
    one      boolean primary key default true check (one), -- keeps the table at one row
    epoch    bigint  not null,                             -- random identity of this history
    news_key bytea   not null check (length(news_key) = 32) -- authenticates news between nodes
);

insert into store (epoch, news_key)
select hashtextextended(gen_random_uuid()::text, 0),
       uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());

-- People, by the host application's own ids.
create table people (
    id            text collate "C" primary key,              -- 1-64 characters of A-Z a-z 0-9 _ . @ : -
    name          text           not null,                   -- to show; the id until something better is known
    avatar_url    text,                                      -- a picture: absolute address or path of the host
    password_hash text,                                      -- argon2, in PHC form; null: cannot sign in here
    created_at    timestamptz(3) not null default clock_timestamp() -- when first heard of
);

-- One inbox a person. Its row is what a writer locks: revisions are gapless and in commit order.
-- Half-empty pages keep a new version of a row beside the old one, without touching the index.
create table inboxes (
    user_id  text collate "C" primary key references people (id), -- whose
    id       bigint not null default hashtextextended(gen_random_uuid()::text, 0), -- part of every position
    revision bigint not null default 0 check (revision >= 0),     -- the head of its change log
    unread   bigint not null default 0 check (unread >= 0)        -- rows of listed with no read_at
) with (fillfactor = 50);

-- Alerts, expired ones included: what a list may show is said by the view below.
create table alerts (
    id               uuid           primary key, -- UUIDv7
    user_id          text collate "C" not null references inboxes (user_id), -- whose
    created_revision bigint         not null, -- the revision that raised it; the order of every list
    revision         bigint         not null, -- the revision that last changed it
    unread_since     bigint         not null, -- the revision at which it last became unread
    kind             text           not null, -- what sort of thing happened, in the publisher's words
    severity         text           not null, -- INFO, SUCCESS, WARNING or CRITICAL
    title            text           not null, -- one line
    body             text           not null, -- plain text, may be empty
    link             text,                    -- where it leads
    actor            text,                    -- who caused it: JSON of the GraphQL type Actor
    data             text,                    -- the publisher's own: JSON
    created_at       timestamptz(3) not null default clock_timestamp(), -- when it was raised
    read_at          timestamptz(3),          -- when it was read; null: unread
    expires_at       timestamptz(3),          -- when it falls due to leave the inbox
    expired_at       timestamptz(3)           -- when it left; null: it is in the inbox
);

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
    user_id    text collate "C" not null references inboxes (user_id), -- whose inbox
    revision   bigint         not null, -- which revision of it
    what       text           not null, -- raised, read, unread, all_read, expired or right_ended
    alert_ids  uuid[]         not null, -- to which alerts, in creation order
    subject    text,                    -- right_ended: the name of the right
    unread     bigint         not null, -- how many alerts were unread after it
    xid        xid8           not null default pg_current_xact_id(), -- by which transaction
    created_at timestamptz(3) not null default clock_timestamp(), -- for retention
    primary key (user_id, revision)
);

-- What a look at the whole log asks by. Numbers of transactions, not times: one may begin early
-- and commit late.
create index changes_by_transaction on changes (xid);

-- What each publisher has raised under a key. Outlives the alert.
create table idempotency (
    publisher  text           not null,
    key        text           not null, -- in the publisher's words
    content    bytea          not null, -- SHA-256 of the fields as sent
    alert_id   uuid           not null, -- the alert the key stands for
    created_at timestamptz(3) not null default clock_timestamp(), -- for retention
    primary key (publisher, key)
);
