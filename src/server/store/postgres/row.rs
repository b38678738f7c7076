//! Values as PostgreSQL keeps them, and back.

use std::{error::Error, str::FromStr, time::Duration};

use serde::de::DeserializeOwned;
use sqlx::{Row, ValueRef, postgres::PgRow};
use time::OffsetDateTime;

use super::Result;
use crate::{
    domain::{Alert, AlertId, Counts, Position, Revision, Severity, State, What},
    server::store::{
        Standing,
        held::Held,
        place,
        unreadable::{LONGEST, is_written, pass_over},
        what,
    },
};

/// What was done with an alert, from the columns `unread` and `place`.
pub(super) fn state(row: &PgRow) -> Result<State> {
    let place = place::parse(row.try_get("place")?).ok_or_else(|| damaged("an unknown place"))?;
    Ok(State { unread: row.try_get("unread")?, place })
}

/// A value that cannot be what the store wrote.
pub(super) fn damaged(reason: impl Into<Box<dyn Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(reason.into())
}

/// An alert from a row of `alerts` or of a view of it.
pub(super) fn alert(row: &PgRow) -> Result<Alert> {
    let severity: &str = row.try_get("severity")?;
    Ok(Alert {
        id: AlertId(row.try_get("id")?),
        revision: count(row, "revision")?,
        created_revision: count(row, "created_revision")?,
        kind: text(row, "kind")?,
        severity: Severity::named(severity).ok_or_else(|| damaged("an unknown severity"))?,
        title: text(row, "title")?,
        body: text(row, "body")?,
        link: optional_text(row, "link")?.map(str::to_owned),
        actor: json(row, "actor")?,
        data: json(row, "data")?,
        created_at: needed_time(row, "created_at")?,
        read_at: time(row, "read_at")?,
        archived_at: time(row, "archived_at")?,
        snoozed_until: time(row, "snoozed_until")?,
        expires_at: time(row, "expires_at")?,
    })
}

/// The same, unless it cannot be read.
pub(super) fn readable(row: &PgRow) -> Option<Alert> {
    pass_over(alert(row), || format!("alert {}", named(row)))
}

/// The id of an alert, for the log.
pub(super) fn named(row: &PgRow) -> String {
    row.try_get("id").map_or_else(|_| "?".to_owned(), |id: uuid::Uuid| id.to_string())
}

/// An alert as its reader holds it, unless it cannot be read.
pub(super) fn held(row: &PgRow) -> Option<Held> {
    let read = || {
        let (alert, place) = (alert(row)?, place::parse(row.try_get("place")?));
        Ok(Held::at(alert, place.ok_or_else(|| damaged("an unknown place"))?))
    };
    pass_over(read(), || format!("alert {}", named(row)))
}

/// All rows that can be read as alerts.
pub(super) fn alerts(rows: &[PgRow]) -> Vec<Alert> {
    rows.iter().filter_map(readable).collect()
}

fn text(row: &PgRow, column: &str) -> Result<String> {
    Ok(optional_text(row, column)?.unwrap_or_default().to_owned())
}

fn optional_text<'r>(row: &'r PgRow, column: &str) -> Result<Option<&'r str>> {
    let text: Option<&str> = row.try_get(column)?;
    if text.is_some_and(|text| text.len() > LONGEST) {
        return Err(damaged(format!("the {column} is too long")));
    }
    Ok(text)
}

/// What is wrong with it is not told: that would show what is in it.
pub(super) fn json<T: DeserializeOwned>(row: &PgRow, column: &str) -> Result<Option<T>> {
    let read = optional_text(row, column)?.map(serde_json::from_str).transpose();
    read.map_err(|_| damaged(format!("the {column} is not the JSON that it should be")))
}

/// 2000-01-01, from which PostgreSQL counts microseconds.
const EPOCH: i128 = 946_684_800_000_000;

/// By hand: sqlx panics where a time is out of range, as `infinity` is.
fn time(row: &PgRow, column: &str) -> Result<Option<OffsetDateTime>> {
    let raw = row.try_get_raw(column)?;
    if raw.is_null() {
        return Ok(None);
    }
    let micros = i64::from_be_bytes(raw.as_bytes().and_then(|bytes| Ok(bytes.try_into()?)).map_err(damaged)?);
    let time = OffsetDateTime::from_unix_timestamp_nanos((EPOCH + i128::from(micros)) * 1_000);
    time.ok().filter(is_written).map(Some).ok_or_else(|| damaged("a time out of range"))
}

/// The time in a column that may not be null.
pub(super) fn needed_time(row: &PgRow, column: &str) -> Result<OffsetDateTime> {
    time(row, column)?.ok_or_else(|| damaged("no time"))
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

/// The numbers of an inbox, from the columns of their names.
pub(super) fn counts(row: &PgRow) -> Result<Counts> {
    let (unseen, unread) = (count(row, "unseen")?, count(row, "unread")?);
    Ok(Counts { unseen, unread, archived: count(row, "archived")?, snoozed: count(row, "snoozed")? })
}

/// Where an inbox stands, from those columns, its counts and `seen`.
pub(super) fn standing(row: &PgRow) -> Result<Standing> {
    Ok(Standing { position: position(row)?, counts: counts(row)?, seen: count(row, "seen")? })
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

/// A duration in milliseconds, to be multiplied with an interval of one.
pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// What happened, from its columns.
pub(super) fn what(row: &PgRow) -> Result<What> {
    let seen: Option<i64> = row.try_get("seen")?;
    let seen = seen.map(Revision::try_from).transpose().map_err(damaged)?;
    let parsed = what::parse(row.try_get("what")?, row.try_get("subject")?, seen);
    parsed.ok_or_else(|| damaged("an unknown kind of change"))
}
