-- An alert that is marked unread again is kept as long as a new one.
alter table alerts add column unread_at timestamptz(3); -- when it was last marked unread; null: never
