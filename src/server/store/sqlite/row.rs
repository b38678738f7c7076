//! Values as SQLite keeps them, and back.

use std::{error::Error, str::FromStr};

use serde::de::DeserializeOwned;
use sqlx::{Row, sqlite::SqliteRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Result;
use crate::{
    domain::{Alert, AlertId, Severity, What},
    server::store::what,
};

/// A value that cannot be what the store wrote.
pub(super) fn damaged(reason: impl Into<Box<dyn Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(reason.into())
}

/// An alert from a row of `alerts` or `listed`.
pub(super) fn alert(row: &SqliteRow) -> Result<Alert> {
    let severity: &str = row.try_get("severity")?;
    Ok(Alert {
        id: id(row.try_get("id")?)?,
        revision: row.try_get("revision")?,
        created_revision: row.try_get("created_revision")?,
        kind: row.try_get("kind")?,
        severity: Severity::named(severity).ok_or_else(|| damaged("an unknown severity"))?,
        title: row.try_get("title")?,
        body: row.try_get("body")?,
        link: row.try_get("link")?,
        actor: json(row, "actor")?,
        data: json(row, "data")?,
        created_at: time(row.try_get("created_at")?)?,
        read_at: optional_time(row, "read_at")?,
        expires_at: optional_time(row, "expires_at")?,
    })
}

/// All rows as alerts.
pub(super) fn alerts(rows: &[SqliteRow]) -> Result<Vec<Alert>> {
    rows.iter().map(alert).collect()
}

fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<Option<T>> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(serde_json::from_str).transpose().map_err(damaged)
}

/// A text that was parsed before it was stored.
pub(super) fn parsed<T: FromStr<Err: Error + Send + Sync + 'static>>(text: &str) -> Result<T> {
    text.parse().map_err(damaged)
}

/// An alert id from its 16 bytes.
pub(super) fn id(bytes: &[u8]) -> Result<AlertId> {
    Uuid::from_slice(bytes).map(AlertId).map_err(damaged)
}

/// Alert ids from their bytes end to end.
pub(super) fn ids(bytes: &[u8]) -> Result<Vec<AlertId>> {
    bytes.chunks(size_of::<Uuid>()).map(id).collect()
}

/// The bytes of alert ids end to end.
pub(super) fn id_bytes(ids: &[AlertId]) -> Vec<u8> {
    ids.iter().flat_map(|id| id.0.into_bytes()).collect()
}

/// Unix milliseconds; finer parts are cut off.
pub(super) fn millis(time: OffsetDateTime) -> i64 {
    time.unix_timestamp() * 1_000 + i64::from(time.millisecond())
}

/// The time of unix milliseconds.
pub(super) fn time(millis: i64) -> Result<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).map_err(damaged)
}

/// The time in a column that may be null.
pub(super) fn optional_time(row: &SqliteRow, column: &str) -> Result<Option<OffsetDateTime>> {
    row.try_get::<Option<i64>, _>(column)?.map(time).transpose()
}

/// What happened, from its columns.
pub(super) fn what(row: &SqliteRow) -> Result<What> {
    let parsed = what::parse(row.try_get("what")?, row.try_get("subject")?);
    parsed.ok_or_else(|| damaged("an unknown kind of change"))
}
