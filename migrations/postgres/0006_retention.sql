-- What is kept for how long, and what a filter finds without walking an inbox. While an index is
-- made, what nodes that run beside write waits; what they read does not.

-- Since when an alert is in its state. Each is in one of these.
create index alerts_read_since on alerts (read_at) where expired_at is null and read_at is not null;
create index alerts_unread_since on alerts (coalesce(unread_at, created_at))
    where expired_at is null and read_at is null;
create index alerts_gone_since on alerts (expired_at) where expired_at is not null;

-- Lists of read ones, and of one kind or severity.
create index alerts_read on alerts (user_id, created_revision)
    where expired_at is null and read_at is not null;
create index alerts_of_kind on alerts (user_id, kind, created_revision) where expired_at is null;
create index alerts_of_severity on alerts (user_id, severity, created_revision) where expired_at is null;

-- A key goes when its alert does.
create index idempotency_of_alert on idempotency (alert_id);
drop index idempotency_bridged;
