//! Raising an alert, once for each key, in one statement.

use serde_json::json;
use sqlx::{Row, postgres::PgRow};

use super::{PostgresStore, Result, inbox, leases, row};
use crate::{
    domain::{AlertId, Change, NewAlert, Revision, What},
    server::store::{Lease, Raised, Standing, Under, content},
};

/// Nothing comes back, and nothing is done, when the key was used, the alert is overdue, the lease is
/// another's, or there is no inbox yet.
pub(super) const RAISE: &str = "
    with held as (
        select from leases where name = $15 and number = $16 for key share
    ), advanced as (
        update inboxes set revision = revision + 1, unread = unread + 1 from store
        where user_id = $2
            and ($11::timestamptz is null or $11 > clock_timestamp())
            and not exists (select from idempotency where publisher = $12 and key = $13)
            and ($15::text is null or exists (select from held))
        returning epoch, inboxes.id as inbox, inboxes.revision, inboxes.unread, inboxes.archived,
                  inboxes.snoozed
    ), raised as (
        insert into alerts (id, user_id, created_revision, revision, unread_since, kind, severity,
                            title, body, link, actor, data, expires_at)
        select $1, $2, revision, revision, revision, $3, $4, $5, $6, $7, $8, $9, $11 from advanced
        returning *
    ), recorded as (
        insert into changes (user_id, revision, unread, archived, snoozed, what, alert_ids)
        select $2, revision, unread, archived, snoozed, $10, array[$1] from advanced
    ), kept as (
        insert into idempotency (publisher, key, content, alert_id)
        select $12, $13, $14, $1 from advanced where $13::text is not null
    )
    select raised.*, null::timestamptz as archived_at, epoch, inbox, unread, archived, snoozed
    from raised cross join advanced";

pub(super) const KEY: &str = "
    select content, alert_id from idempotency where publisher = $1 and key = $2";

/// Not through a view: the key outlives the alert's place.
const FIRST: &str = "select *, null::timestamptz as archived_at from alerts where id = $1";

const OVERDUE: &str = "select $1 <= clock_timestamp()";

/// Once for the inbox to be made, once for a key that another raised at the same moment.
const ATTEMPTS: usize = 3;

impl PostgresStore {
    pub(super) async fn raise(
        &self,
        lease: Option<Lease>,
        publisher: &str,
        id: AlertId,
        alert: &NewAlert,
    ) -> Result<Under<Raised>> {
        for _ in 0..ATTEMPTS {
            match self.try_raise(lease, publisher, id, alert).await {
                Ok(Some(row)) => {
                    return Ok(Under::Done(Raised::New(Box::new(change(&row, id, alert)?))));
                }
                Ok(None) => {}
                Err(error) if is_key_taken(&error) => {}
                Err(error) => return Err(error),
            }
            if let Some(refused) = self.refused(publisher, alert).await? {
                return Ok(Under::Done(refused));
            }
            if !self.make_inbox(lease, alert).await? {
                return Ok(Under::Lost);
            }
        }
        Err(sqlx::Error::RowNotFound)
    }

    /// False: the lease is another's.
    async fn make_inbox(&self, lease: Option<Lease>, alert: &NewAlert) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        if let Some(lease) = lease
            && !leases::holds(&mut tx, lease).await?
        {
            return Ok(false);
        }
        inbox::make(&mut tx, &alert.recipient).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn try_raise(
        &self,
        lease: Option<Lease>,
        publisher: &str,
        id: AlertId,
        alert: &NewAlert,
    ) -> Result<Option<PgRow>> {
        sqlx::query(RAISE)
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
            .fetch_optional(&self.pool)
            .await
    }

    /// Why nothing was raised, unless it was for want of an inbox.
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

/// Another transaction kept the same key between this one's look and its insert.
fn is_key_taken(error: &sqlx::Error) -> bool {
    let constraint = error.as_database_error().and_then(|error| error.constraint());
    constraint == Some("idempotency_pkey")
}

fn change(row: &PgRow, id: AlertId, alert: &NewAlert) -> Result<Change> {
    let Standing { position, counts } = row::standing(row)?;
    let alerts = vec![row::alert(row)?];
    Ok(Change { user: alert.recipient.clone(), position, counts, what: What::Raised, ids: vec![id], alerts })
}
