//! Values as PostgreSQL keeps them, and back.

use std::{error::Error, str::FromStr};

use serde::de::DeserializeOwned;
use sqlx::{Row, postgres::PgRow};
use time::OffsetDateTime;

use super::Result;
use crate::{
    domain::{Alert, AlertId, Position, Severity, What},
    server::store::{Standing, what},
};

/// A value that cannot be what the store wrote.
pub(super) fn damaged(reason: impl Into<Box<dyn Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(reason.into())
}

/// An alert from a row of `alerts` or `listed`.
pub(super) fn alert(row: &PgRow) -> Result<Alert> {
    let severity: &str = row.try_get("severity")?;
    Ok(Alert {
        id: AlertId(row.try_get("id")?),
        revision: count(row, "revision")?,
        created_revision: count(row, "created_revision")?,
        kind: row.try_get("kind")?,
        severity: Severity::named(severity).ok_or_else(|| damaged("an unknown severity"))?,
        title: row.try_get("title")?,
        body: row.try_get("body")?,
        link: row.try_get("link")?,
        actor: json(row, "actor")?,
        data: json(row, "data")?,
        created_at: row.try_get("created_at")?,
        read_at: row.try_get("read_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}

/// All rows as alerts.
pub(super) fn alerts(rows: &[PgRow]) -> Result<Vec<Alert>> {
    rows.iter().map(alert).collect()
}

fn json<T: DeserializeOwned>(row: &PgRow, column: &str) -> Result<Option<T>> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(serde_json::from_str).transpose().map_err(damaged)
}

/// A text that was parsed before it was stored.
pub(super) fn parsed<T: FromStr<Err: Error + Send + Sync + 'static>>(text: &str) -> Result<T> {
    text.parse().map_err(damaged)
}

/// A revision or a number of alerts. PostgreSQL has no unsigned numbers.
pub(super) fn count(row: &PgRow, column: &str) -> Result<u32> {
    row.try_get::<i64, _>(column)?.try_into().map_err(damaged)
}

/// A position from the columns `epoch`, `inbox` and `revision`.
pub(super) fn position(row: &PgRow) -> Result<Position> {
    let (epoch, inbox): (i64, i64) = (row.try_get("epoch")?, row.try_get("inbox")?);
    let revision = count(row, "revision")?;
    Ok(Position { epoch: epoch.cast_unsigned(), inbox: inbox.cast_unsigned(), revision })
}

/// Where an inbox stands, from those columns and `unread`.
pub(super) fn standing(row: &PgRow) -> Result<Standing> {
    Ok(Standing { position: position(row)?, unread: count(row, "unread")? })
}

/// The ids of alerts, from a column of them.
pub(super) fn ids(row: &PgRow, column: &str) -> Result<Vec<AlertId>> {
    let ids: Vec<uuid::Uuid> = row.try_get(column)?;
    Ok(ids.into_iter().map(AlertId).collect())
}

/// Ids of alerts as a parameter.
pub(super) fn uuids(ids: &[AlertId]) -> Vec<uuid::Uuid> {
    ids.iter().map(|id| id.0).collect()
}

/// Cut off to milliseconds, as the columns hold them: PostgreSQL would round, perhaps upwards.
pub(super) fn cut(time: OffsetDateTime) -> OffsetDateTime {
    time.truncate_to_millisecond()
}

/// What happened, from its columns.
pub(super) fn what(row: &PgRow) -> Result<What> {
    let parsed = what::parse(row.try_get("what")?, row.try_get("subject")?);
    parsed.ok_or_else(|| damaged("an unknown kind of change"))
}
