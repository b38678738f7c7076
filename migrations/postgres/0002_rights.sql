-- Who may ask. No secret stands here, only hashes of secrets.

-- Tokens of publishers. Revoked ones stay: a name is never given twice.
create table tokens (
    name       text           primary key, -- the publisher's name for ever
    hint       text           not null,    -- the first characters of the secret
    hash       bytea          not null unique check (length(hash) = 32), -- SHA-256 of the secret
    created_at timestamptz(3) not null default clock_timestamp(),
    used_at    timestamptz(3),             -- last seen, to the minute
    revoked_at timestamptz(3)              -- null: good
);

-- Browser sessions.
create table sessions (
    hash       bytea          primary key check (length(hash) = 32), -- SHA-256 of the session's id
    user_id    text collate "C" references people (id), -- whose; null before signing in
    data       text           not null, -- what the session layer keeps
    expires_at timestamptz(3) not null  -- not good from then on
);

create index sessions_due on sessions (expires_at);
