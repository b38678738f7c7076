//! Leases, and what is written under them. There is one writer: a lease cannot be taken over within a
//! transaction that has looked at it.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use serde_json::json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, StoreError, mark, read, row};
use crate::{
    domain::{Act, Alert, AlertId, NewAlert, UserId},
    server::store::{Duty, Lease, Leases, Marked, Raised, Under},
};

const FREE: &str = "select 1 from leases cross join clock where name = ?1 and until <= now";

const TAKE: &str = "
    update leases set number = number + 1, until = (select now from clock) + ?2
    where name = ?1 and until <= (select now from clock) returning number";

const RENEW: &str = "
    update leases set until = (select now from clock) + ?3 where name = ?1 and number = ?2";

const GIVE_UP: &str = "update leases set until = 0 where name = ?1 and number = ?2";

const HOLDS: &str = "select 1 from leases where name = ?1 and number = ?2";

pub(super) const SOURCED: &str = "
    select alert_id from idempotency where publisher = 'bridge' and key = ?1";

pub(super) const SOURCES: &str = "
    select alert_id, idempotency.key from json_each(?1) as wanted
    cross join idempotency on alert_id = unhex(wanted.value) where publisher = 'bridge'";

#[async_trait]
impl Leases for SqliteStore {
    async fn take_lease(&self, duty: Duty, term: Duration) -> Result<Option<Lease>, StoreError> {
        // The common case takes no lock: somebody holds it.
        if sqlx::query(FREE).bind(duty.name()).fetch_optional(&self.readers).await?.is_none() {
            return Ok(None);
        }
        let take = sqlx::query_scalar(TAKE).bind(duty.name()).bind(row::duration(term));
        let number = take.fetch_optional(&self.writer).await?;
        Ok(number.map(|number| Lease { duty, number }))
    }

    async fn renew_lease(&self, lease: Lease, term: Duration) -> Result<bool, StoreError> {
        let renew = sqlx::query(RENEW).bind(lease.duty.name()).bind(lease.number).bind(row::duration(term));
        Ok(renew.execute(&self.writer).await?.rows_affected() == 1)
    }

    async fn give_up_lease(&self, lease: Lease) -> Result<(), StoreError> {
        sqlx::query(GIVE_UP).bind(lease.duty.name()).bind(lease.number).execute(&self.writer).await?;
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
        let Some(standing) = self.standing_in(&mut tx, user).await? else { return Ok(Under::Done(None)) };
        let Some(alert) = named(&mut tx, user, name).await? else { return Ok(Under::Done(None)) };
        let marked = mark::one(&mut tx, user, (standing, alert.into()), Act::Read, &[]).await?;
        tx.commit().await?;
        Ok(Under::Done(Some(marked)))
    }

    async fn sources(&self, ids: &[AlertId]) -> Result<HashMap<AlertId, String>, StoreError> {
        let wanted: Vec<_> = ids.iter().map(|id| id.0.simple().to_string()).collect();
        let rows = sqlx::query(SOURCES).bind(json!(wanted).to_string()).fetch_all(&self.readers).await?;
        let source = |row: &SqliteRow| Ok((row::id(row.try_get("alert_id")?)?, row.try_get("key")?));
        Ok(rows.iter().map(source).collect::<Result<_>>()?)
    }
}

/// Whether the lease is still the writer's.
pub(super) async fn holds(conn: &mut SqliteConnection, lease: Lease) -> Result<bool> {
    let held = sqlx::query(HOLDS).bind(lease.duty.name()).bind(lease.number);
    Ok(held.fetch_optional(conn).await?.is_some())
}

/// An alert of this person, by its own id or by that of its source.
async fn named(conn: &mut SqliteConnection, user: &UserId, name: &str) -> Result<Option<Alert>> {
    if let Ok(id) = name.parse()
        && let Some(own) = read::one(conn, user, id).await?
    {
        return Ok(Some(own));
    }
    let sourced = sqlx::query(SOURCED).bind(name).fetch_optional(&mut *conn).await?;
    match sourced {
        Some(found) => read::one(conn, user, row::id(found.try_get("alert_id")?)?).await,
        None => Ok(None),
    }
}
