-- What only one node may do at a time, and who may: the holder of the highest number.
create table leases (
    name   text           primary key, -- the duty
    number bigint         not null,    -- rises with each new holder
    until  timestamptz(3) not null     -- when it may be taken by another
);

insert into leases (name, number, until) values ('stream', 0, 'epoch'), ('bridge', 0, 'epoch');

-- An alert that came over the bridge is known at its source by its key.
create index idempotency_bridged on idempotency (alert_id) where publisher = 'bridge';
