-- What only one node may do at a time, and who may: the holder of the highest number.
create table leases (
    name   text    not null primary key, -- the duty
    number integer not null,             -- rises with each new holder
    until  integer not null              -- when it may be taken by another
) strict, without rowid;

insert into leases (name, number, until) values ('stream', 0, 0), ('bridge', 0, 0);

-- An alert that came over the bridge is known at its source by its key.
create index idempotency_bridged on idempotency (alert_id) where publisher = 'bridge';
