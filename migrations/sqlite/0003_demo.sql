-- People whom demo mode made, with a password that everybody knows. In production mode there are none.
alter table people add column demo integer not null default 0 check (demo in (0, 1));
