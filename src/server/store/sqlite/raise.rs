//! Raising an alert, once for each key.

use serde_json::json;
use sqlx::{Row, SqliteConnection};

use super::{Result, SqliteStore, inbox, leases, row};
use crate::{
    domain::{AlertId, Moves, NewAlert, Revision, What},
    server::store::{Lease, Raised, Under, content},
};

pub(super) const KEY: &str = "
    select content, alert_id from idempotency where publisher = ?1 and key = ?2";

/// Not through a view: the key outlives the alert's place.
const FIRST: &str = "select *, null as archived_at from alerts where id = ?1";

const OVERDUE: &str = "select ?1 <= now from clock";

const INSERT: &str = "
    insert into alerts (id, user_id, created_revision, revision, unread_since, kind, severity, title,
                        body, link, actor, data, expires_at, created_at)
    select ?1, ?2, ?3, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, now from clock";

const KEEP_KEY: &str = "
    insert into idempotency (publisher, key, content, alert_id, created_at)
    select ?1, ?2, ?3, ?4, now from clock";

impl SqliteStore {
    pub(super) async fn raise(
        &self,
        lease: Option<Lease>,
        publisher: &str,
        id: AlertId,
        alert: &NewAlert,
    ) -> Result<Under<Raised>> {
        let mut tx = self.begin_write().await?;
        if let Some(lease) = lease
            && !leases::holds(&mut tx, lease).await?
        {
            return Ok(Under::Lost);
        }
        if let Some(before) = raised_before(&mut tx, publisher, alert).await? {
            return Ok(Under::Done(before));
        }
        if is_overdue(&mut tx, alert).await? {
            return Ok(Under::Done(Raised::Overdue));
        }
        let user = &alert.recipient;
        let standing = inbox::next(self.standing_or_made(&mut tx, user).await?, Moves::raised())?;
        insert(&mut tx, id, standing.position.revision, alert).await?;
        let change = inbox::record(&mut tx, user, standing, What::Raised, vec![id]).await?;
        keep_key(&mut tx, publisher, id, alert).await?;
        tx.commit().await?;
        Ok(Under::Done(Raised::New(Box::new(change))))
    }
}

async fn raised_before(
    conn: &mut SqliteConnection,
    publisher: &str,
    alert: &NewAlert,
) -> Result<Option<Raised>> {
    let Some(key) = &alert.idempotency_key else { return Ok(None) };
    let found = sqlx::query(KEY).bind(publisher).bind(key).fetch_optional(&mut *conn).await?;
    let Some(found) = found else { return Ok(None) };
    if found.try_get::<&[u8], _>("content")? != content::hash(alert) {
        return Ok(Some(Raised::KeyTaken));
    }
    let id: &[u8] = found.try_get("alert_id")?;
    let first = sqlx::query(FIRST).bind(id).fetch_one(conn).await?;
    let raised: Option<Revision> = first.try_get("raised_revision")?;
    // One that cannot be read is not what was sent.
    Ok(Some(row::readable(&first).map_or(Raised::KeyTaken, |alert| Raised::again(alert, raised))))
}

async fn is_overdue(conn: &mut SqliteConnection, alert: &NewAlert) -> Result<bool> {
    let Some(expires_at) = alert.expires_at else { return Ok(false) };
    sqlx::query_scalar(OVERDUE).bind(row::millis(expires_at)).fetch_one(conn).await
}

async fn insert(
    conn: &mut SqliteConnection,
    id: AlertId,
    revision: Revision,
    alert: &NewAlert,
) -> Result<()> {
    sqlx::query(INSERT)
        .bind(&id.0.as_bytes()[..])
        .bind(alert.recipient.as_str())
        .bind(revision)
        .bind(&alert.kind)
        .bind(alert.severity.name())
        .bind(&alert.title)
        .bind(&alert.body)
        .bind(&alert.link)
        .bind(alert.actor.as_ref().map(|actor| json!(actor).to_string()))
        .bind(alert.data.as_ref().map(ToString::to_string))
        .bind(alert.expires_at.map(row::millis))
        .execute(conn)
        .await?;
    Ok(())
}

async fn keep_key(conn: &mut SqliteConnection, publisher: &str, id: AlertId, alert: &NewAlert) -> Result<()> {
    let Some(key) = &alert.idempotency_key else { return Ok(()) };
    sqlx::query(KEEP_KEY)
        .bind(publisher)
        .bind(key)
        .bind(&content::hash(alert)[..])
        .bind(&id.0.as_bytes()[..])
        .execute(conn)
        .await?;
    Ok(())
}
