-- Since when a browser session is good, when it was last used, and in which browser. Nodes of before, which run
-- beside, make sessions without a word of it.
alter table sessions
    add column created_at timestamptz(3) not null default statement_timestamp(),
    add column used_at    timestamptz(3) not null default statement_timestamp(), -- to ten minutes
    add column browser    text;                                                  -- null: not known

-- A person's sessions.
create index sessions_of on sessions (user_id);
