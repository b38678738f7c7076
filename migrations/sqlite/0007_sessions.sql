-- Since when a browser session is good, when it was last used, and in which browser. A process of before, which
-- runs beside, makes sessions without a word of it: a column that is added could not say when.
create table sessions_now (
    hash       blob    not null primary key check (length(hash) = 32), -- SHA-256 of the session's id
    user_id    text references people (id), -- whose; null before signing in
    data       text    not null,            -- what the session layer keeps
    expires_at integer not null,            -- not good from then on
    created_at integer not null default (cast(round(unixepoch('subsec') * 1000) as integer)),
    used_at    integer not null default (cast(round(unixepoch('subsec') * 1000) as integer)), -- to ten minutes
    browser    text                         -- null: not known
) strict, without rowid;

insert into sessions_now (hash, user_id, data, expires_at) select hash, user_id, data, expires_at from sessions;
drop table sessions;
alter table sessions_now rename to sessions;

create index sessions_due on sessions (expires_at);

-- A person's sessions.
create index sessions_of on sessions (user_id);
