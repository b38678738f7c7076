-- Who may ask. No secret stands here, only hashes of secrets.

-- Tokens of publishers. Revoked ones stay: a name is never given twice.
create table tokens (
    name       text    not null primary key, -- the publisher's name for ever
    hint       text    not null,             -- the first characters of the secret
    hash       blob    not null unique check (length(hash) = 32), -- SHA-256 of the secret
    created_at integer not null,
    used_at    integer,                      -- last seen, to the minute
    revoked_at integer                       -- null: good
) strict;

-- Browser sessions.
create table sessions (
    hash       blob    not null primary key check (length(hash) = 32), -- SHA-256 of the session's id
    user_id    text references people (id), -- whose; null before signing in
    data       text    not null,            -- what the session layer keeps
    expires_at integer not null             -- not good from then on
) strict, without rowid;

create index sessions_due on sessions (expires_at);
