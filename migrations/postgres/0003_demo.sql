-- People whom demo mode made, with a password that everybody knows. In production mode there are none.
alter table people add column demo boolean not null default false;
