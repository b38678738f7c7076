//! Raising an alert, once for each key, in one statement.

use serde_json::json;
use sqlx::{PgExecutor, Row, postgres::PgRow};

use super::{PostgresStore, Result, inbox, leases, row};
use crate::{
    domain::{AlertId, Change, NewAlert, Revision, What},
    server::store::{Lease, Raised, Standing, Under, content},
};

/// Nothing comes back, and nothing is done, when the key was used, the alert is overdue, the lease is
/// another's, or the inbox is not there yet or has to be counted anew.
pub(super) const RAISE: &str = "
    with held as (
        select from leases where name = $15 and number = $16 for key share
    ), advanced as (
        update inboxes set revision = revision + 1, counted_at = revision + 1, unseen = unseen + 1, unread = unread + 1
        from store
        where user_id = $2 and counted_at = revision
            and ($11::timestamptz is null or $11 > clock_timestamp())
            and not exists (select from idempotency where publisher = $12 and key = $13)
            and ($15::text is null or exists (select from held))
        returning epoch, inboxes.id as inbox, inboxes.revision, inboxes.unseen, inboxes.unread, inboxes.archived,
                  inboxes.snoozed, inboxes.seen
    ), raised as (
        insert into alerts (id, user_id, created_revision, revision, unread_since, kind, severity,
                            title, body, link, actor, data, expires_at)
        select $1, $2, revision, revision, revision, $3, $4, $5, $6, $7, $8, $9, $11 from advanced
        returning *
    ), recorded as (
        insert into changes (user_id, revision, unseen, unread, archived, snoozed, what, alert_ids)
        select $2, revision, unseen, unread, archived, snoozed, $10, array[$1] from advanced
    ), kept as (
        insert into idempotency (publisher, key, content, alert_id)
        select $12, $13, $14, $1 from advanced where $13::text is not null
    )
    select raised.*, null::timestamptz as archived_at, epoch, inbox, unseen, unread, archived, snoozed, seen
    from raised cross join advanced";

pub(super) const KEY: &str = "
    select content, alert_id from idempotency where publisher = $1 and key = $2";

/// Not through a view: the key outlives the alert's place.
const FIRST: &str = "select *, null::timestamptz as archived_at from alerts where id = $1";

const OVERDUE: &str = "select $1 <= clock_timestamp()";

/// Once more for a key that another raised at the same moment, and once for one that was forgotten meanwhile.
const ATTEMPTS: usize = 3;

/// What is to be raised, under which id, by whom.
#[derive(Clone, Copy)]
struct New<'a> {
    lease: Option<Lease>,
    publisher: &'a str,
    id: AlertId,
    alert: &'a NewAlert,
}

impl PostgresStore {
    pub(super) async fn raise(
        &self,
        lease: Option<Lease>,
        publisher: &str,
        id: AlertId,
        alert: &NewAlert,
    ) -> Result<Under<Raised>> {
        let new = New { lease, publisher, id, alert };
        for _ in 0..ATTEMPTS {
            if let Some(change) = try_raise(&self.pool, new).await? {
                return Ok(Under::Done(Raised::New(Box::new(change))));
            }
            if let Some(refused) = self.refused(publisher, alert).await? {
                return Ok(Under::Done(refused));
            }
            match self.raise_in_prepared(new).await? {
                Under::Done(None) => {}
                Under::Done(Some(change)) => return Ok(Under::Done(Raised::New(Box::new(change)))),
                Under::Lost => return Ok(Under::Lost),
            }
        }
        Err(sqlx::Error::RowNotFound)
    }

    /// In a transaction that made the inbox ready for it, and keeps others from it meanwhile.
    async fn raise_in_prepared(&self, new: New<'_>) -> Result<Under<Option<Change>>> {
        let mut tx = self.begin_write().await?;
        if let Some(lease) = new.lease
            && !leases::holds(&mut tx, lease).await?
        {
            return Ok(Under::Lost);
        }
        inbox::prepare(&mut tx, &new.alert.recipient).await?;
        let raised = try_raise(&mut *tx, new).await?;
        if raised.is_some() {
            tx.commit().await?;
        }
        Ok(Under::Done(raised))
    }

    /// Why nothing was raised, unless it was for want of an inbox that is ready for it.
    async fn refused(&self, publisher: &str, alert: &NewAlert) -> Result<Option<Raised>> {
        if let Some(before) = self.raised_before(publisher, alert).await? {
            return Ok(Some(before));
        }
        let Some(expires_at) = alert.expires_at else { return Ok(None) };
        let overdue = sqlx::query_scalar(OVERDUE).bind(row::cut(expires_at)).fetch_one(&self.pool).await?;
        Ok(if overdue { Some(Raised::Overdue) } else { None })
    }

    async fn raised_before(&self, publisher: &str, alert: &NewAlert) -> Result<Option<Raised>> {
        let Some(key) = &alert.idempotency_key else { return Ok(None) };
        let found = sqlx::query(KEY).bind(publisher).bind(key).fetch_optional(&self.pool).await?;
        let Some(found) = found else { return Ok(None) };
        if found.try_get::<&[u8], _>("content")? != content::hash(alert) {
            return Ok(Some(Raised::KeyTaken));
        }
        let id: uuid::Uuid = found.try_get("alert_id")?;
        // None: it was forgotten a moment ago, and the key with it.
        let Some(first) = sqlx::query(FIRST).bind(id).fetch_optional(&self.pool).await? else {
            return Ok(None);
        };
        let raised = first.try_get::<Option<i64>, _>("raised_revision")?;
        let raised = raised.map(Revision::try_from).transpose().map_err(row::damaged)?;
        // One that cannot be read is not what was sent.
        Ok(Some(row::readable(&first).map_or(Raised::KeyTaken, |alert| Raised::again(alert, raised))))
    }
}

/// None: see [`RAISE`], or another raised under the same key.
async fn try_raise(on: impl PgExecutor<'_>, new: New<'_>) -> Result<Option<Change>> {
    let New { lease, publisher, id, alert } = new;
    let raised = sqlx::query(RAISE)
        .bind(id.0)
        .bind(alert.recipient.as_str())
        .bind(&alert.kind)
        .bind(alert.severity.name())
        .bind(&alert.title)
        .bind(&alert.body)
        .bind(&alert.link)
        .bind(alert.actor.as_ref().map(|actor| json!(actor).to_string()))
        .bind(alert.data.as_ref().map(ToString::to_string))
        .bind("raised")
        .bind(alert.expires_at.map(row::cut))
        .bind(publisher)
        .bind(&alert.idempotency_key)
        .bind(&content::hash(alert)[..])
        .bind(lease.map(|lease| lease.duty.name()))
        .bind(lease.map(|lease| lease.number))
        .fetch_optional(on)
        .await;
    match raised {
        Ok(row) => row.map(|row| change(&row, id, alert)).transpose(),
        Err(error) if is_key_taken(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Another transaction kept the same key between this one's look and its insert.
fn is_key_taken(error: &sqlx::Error) -> bool {
    let constraint = error.as_database_error().and_then(|error| error.constraint());
    constraint == Some("idempotency_pkey")
}

fn change(row: &PgRow, id: AlertId, alert: &NewAlert) -> Result<Change> {
    let Standing { position, counts, .. } = row::standing(row)?;
    let alerts = vec![row::alert(row)?];
    Ok(Change { user: alert.recipient.clone(), position, counts, what: What::Raised, ids: vec![id], alerts })
}
