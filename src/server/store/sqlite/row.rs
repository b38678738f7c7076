//! Values as SQLite keeps them, and back.

use std::{error::Error, str::FromStr, time::Duration};

use serde::de::DeserializeOwned;
use sqlx::{Row, sqlite::SqliteRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Result;
use crate::{
    domain::{Alert, AlertId, Counts, Severity, State, What},
    server::store::{
        held::Held,
        place,
        unreadable::{LONGEST, is_written, pass_over},
        what,
    },
};

/// What was done with an alert, from the columns `unread` and `place`.
pub(super) fn state(row: &SqliteRow) -> Result<State> {
    let place = place::parse(row.try_get("place")?).ok_or_else(|| damaged("an unknown place"))?;
    Ok(State { unread: row.try_get("unread")?, place })
}

/// A value that cannot be what the store wrote.
pub(super) fn damaged(reason: impl Into<Box<dyn Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(reason.into())
}

/// An alert from a row of `alerts` or of a view of it.
pub(super) fn alert(row: &SqliteRow) -> Result<Alert> {
    let severity: &str = row.try_get("severity")?;
    Ok(Alert {
        id: id(row.try_get("id")?)?,
        revision: row.try_get("revision")?,
        created_revision: row.try_get("created_revision")?,
        kind: text(row, "kind")?,
        severity: Severity::named(severity).ok_or_else(|| damaged("an unknown severity"))?,
        title: text(row, "title")?,
        body: text(row, "body")?,
        link: optional_text(row, "link")?.map(str::to_owned),
        actor: json(row, "actor")?,
        data: json(row, "data")?,
        created_at: time(row.try_get("created_at")?)?,
        read_at: optional_time(row, "read_at")?,
        archived_at: optional_time(row, "archived_at")?,
        snoozed_until: optional_time(row, "snoozed_until")?,
        expires_at: optional_time(row, "expires_at")?,
    })
}

/// The same, unless it cannot be read.
pub(super) fn readable(row: &SqliteRow) -> Option<Alert> {
    pass_over(alert(row), || format!("alert {}", named(row)))
}

/// The id of an alert, for the log.
pub(super) fn named(row: &SqliteRow) -> String {
    row.try_get("id").and_then(id).map_or_else(|_| "?".to_owned(), |id| id.to_string())
}

/// An alert as its reader holds it, unless it cannot be read.
pub(super) fn held(row: &SqliteRow) -> Option<Held> {
    let read = || {
        let (alert, place) = (alert(row)?, place::parse(row.try_get("place")?));
        Ok(Held::at(alert, place.ok_or_else(|| damaged("an unknown place"))?))
    };
    pass_over(read(), || format!("alert {}", named(row)))
}

/// All rows that can be read as alerts.
pub(super) fn alerts(rows: &[SqliteRow]) -> Vec<Alert> {
    rows.iter().filter_map(readable).collect()
}

fn text(row: &SqliteRow, column: &str) -> Result<String> {
    Ok(optional_text(row, column)?.unwrap_or_default().to_owned())
}

fn optional_text<'r>(row: &'r SqliteRow, column: &str) -> Result<Option<&'r str>> {
    let text: Option<&str> = row.try_get(column)?;
    if text.is_some_and(|text| text.len() > LONGEST) {
        return Err(damaged(format!("the {column} is too long")));
    }
    Ok(text)
}

/// What is wrong with it is not told: that would show what is in it.
pub(super) fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<Option<T>> {
    let read = optional_text(row, column)?.map(serde_json::from_str).transpose();
    read.map_err(|_| damaged(format!("the {column} is not the JSON that it should be")))
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

/// A duration in milliseconds.
pub(super) fn duration(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The time of unix milliseconds.
pub(super) fn time(millis: i64) -> Result<OffsetDateTime> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
    time.ok().filter(is_written).ok_or_else(|| damaged("a time out of range"))
}

/// The time in a column that may be null.
pub(super) fn optional_time(row: &SqliteRow, column: &str) -> Result<Option<OffsetDateTime>> {
    row.try_get::<Option<i64>, _>(column)?.map(time).transpose()
}

/// The numbers of an inbox, from the columns of their names.
pub(super) fn counts(row: &SqliteRow) -> Result<Counts> {
    let (unseen, unread) = (row.try_get("unseen")?, row.try_get("unread")?);
    Ok(Counts { unseen, unread, archived: row.try_get("archived")?, snoozed: row.try_get("snoozed")? })
}

/// What happened, from its columns.
pub(super) fn what(row: &SqliteRow) -> Result<What> {
    let parsed = what::parse(row.try_get("what")?, row.try_get("subject")?, row.try_get("seen")?);
    parsed.ok_or_else(|| damaged("an unknown kind of change"))
}
