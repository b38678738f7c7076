//! Leases, and what is written under them.
//!
//! A writer locks the lease's key for as long as its transaction lasts: a takeover waits for that lock, a
//! renewal does not.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{PostgresStore, Result, StoreError, inbox, mark, read, row};
use crate::{
    domain::{Act, Alert, AlertId, NewAlert, UserId},
    server::store::{Duty, Lease, Leases, Marked, Raised, Under},
};

const TAKE: &str = "
    with free as (select name from leases where name = $1 and until <= clock_timestamp() for update)
    update leases set number = number + 1, until = clock_timestamp() + $2 * interval '1 ms'
    from free where leases.name = free.name returning number";

const RENEW: &str = "
    update leases set until = clock_timestamp() + $3 * interval '1 ms' where name = $1 and number = $2";

const GIVE_UP: &str = "update leases set until = 'epoch' where name = $1 and number = $2";

const HOLD: &str = "select from leases where name = $1 and number = $2 for key share";

pub(super) const SOURCED: &str = "
    select alert_id from idempotency where publisher = 'bridge' and key = $1";

pub(super) const SOURCES: &str = "
    select alert_id, key from idempotency where publisher = 'bridge' and alert_id = any($1)";

#[async_trait]
impl Leases for PostgresStore {
    async fn take_lease(&self, duty: Duty, term: Duration) -> Result<Option<Lease>, StoreError> {
        let take = sqlx::query_scalar(TAKE).bind(duty.name()).bind(row::millis(term));
        let number = take.fetch_optional(&self.pool).await?;
        Ok(number.map(|number| Lease { duty, number }))
    }

    async fn renew_lease(&self, lease: Lease, term: Duration) -> Result<bool, StoreError> {
        let renew = sqlx::query(RENEW).bind(lease.duty.name()).bind(lease.number);
        let renewed = renew.bind(row::millis(term)).execute(&self.pool).await?;
        Ok(renewed.rows_affected() == 1)
    }

    async fn give_up_lease(&self, lease: Lease) -> Result<(), StoreError> {
        sqlx::query(GIVE_UP).bind(lease.duty.name()).bind(lease.number).execute(&self.pool).await?;
        Ok(())
    }

    async fn raise_under(
        &self,
        lease: Lease,
        id: AlertId,
        alert: &NewAlert,
    ) -> Result<Under<Raised>, StoreError> {
        Ok(self.raise(Some(lease), lease.duty.name(), id, alert).await?)
    }

    async fn read_under(
        &self,
        lease: Lease,
        user: &UserId,
        name: &str,
    ) -> Result<Under<Option<Marked>>, StoreError> {
        let mut tx = self.begin_write().await?;
        if !holds(&mut tx, lease).await? {
            return Ok(Under::Lost);
        }
        let Some(standing) = inbox::lock(&mut tx, user).await? else { return Ok(Under::Done(None)) };
        let Some(alert) = named(&mut tx, user, name).await? else { return Ok(Under::Done(None)) };
        let marked = mark::one(&mut tx, user, (standing, alert.into()), Act::Read, &[]).await?;
        tx.commit().await?;
        Ok(Under::Done(Some(marked)))
    }

    async fn sources(&self, ids: &[AlertId]) -> Result<HashMap<AlertId, String>, StoreError> {
        let rows = sqlx::query(SOURCES).bind(row::uuids(ids)).fetch_all(&self.pool).await?;
        let source = |row: &PgRow| Ok((AlertId(row.try_get("alert_id")?), row.try_get("key")?));
        Ok(rows.iter().map(source).collect::<Result<_>>()?)
    }
}

/// Whether the lease is still the writer's; then nobody takes it before the transaction ends.
pub(super) async fn holds(conn: &mut PgConnection, lease: Lease) -> Result<bool> {
    let held = sqlx::query(HOLD).bind(lease.duty.name()).bind(lease.number);
    Ok(held.fetch_optional(conn).await?.is_some())
}

/// An alert of this person, by its own id or by that of its source.
async fn named(conn: &mut PgConnection, user: &UserId, name: &str) -> Result<Option<Alert>> {
    if let Ok(id) = name.parse()
        && let Some(own) = read::one(conn, user, id).await?
    {
        return Ok(Some(own));
    }
    let sourced = sqlx::query_scalar(SOURCED).bind(name).fetch_optional(&mut *conn).await?;
    match sourced {
        Some(id) => read::one(conn, user, AlertId(id)).await,
        None => Ok(None),
    }
}
