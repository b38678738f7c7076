//! Alerts as they stand: one by one, by their ids, and in lists.

use serde_json::json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, filter, row};
use crate::{
    domain::{Alert, AlertId, Filter, UserId},
    server::store::{List, Listed, Snapshot, Standing, Window, held::Held, log::Found},
};

pub(super) const ONE: &str = "select * from here where id = ?2 and user_id = ?1";

/// The same of all that this person can take back.
pub(super) const HELD: &str = "select * from held where id = ?2 and user_id = ?1";

/// The join runs from the ids to the alerts and keeps the order of the ids.
pub(super) const BY_IDS: &str = "
    select here.* from json_each(?2) as wanted cross join here on here.id = unhex(wanted.value)
    where here.user_id = ?1 order by wanted.key";

/// An alert of this person.
pub(super) async fn one(conn: &mut SqliteConnection, user: &UserId, id: AlertId) -> Result<Option<Alert>> {
    let id = id.0.into_bytes();
    let found = sqlx::query(ONE).bind(user.as_str()).bind(&id[..]).fetch_optional(conn).await?;
    Ok(found.as_ref().and_then(row::readable))
}

/// An alert of this person, also one that was thrown away.
pub(super) async fn held(conn: &mut SqliteConnection, user: &UserId, id: AlertId) -> Result<Option<Held>> {
    let id = id.0.into_bytes();
    let found = sqlx::query(HELD).bind(user.as_str()).bind(&id[..]).fetch_optional(conn).await?;
    Ok(found.as_ref().and_then(row::held))
}

/// Those of the alerts that are in any place of this person's, in the order of `ids`.
pub(super) async fn by_ids(
    conn: &mut SqliteConnection,
    user: &UserId,
    ids: &[AlertId],
) -> Result<Vec<Alert>> {
    Ok(row::alerts(&rows_by_ids(conn, user, ids).await?))
}

/// The same by their ids, with those that cannot be read.
pub(super) async fn found(conn: &mut SqliteConnection, user: &UserId, ids: &[AlertId]) -> Result<Found> {
    let rows = rows_by_ids(conn, user, ids).await?;
    rows.iter().map(|row| Ok((row::id(row.try_get("id")?)?, row::readable(row)))).collect()
}

async fn rows_by_ids(conn: &mut SqliteConnection, user: &UserId, ids: &[AlertId]) -> Result<Vec<SqliteRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<_> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    let found = sqlx::query(BY_IDS).bind(user.as_str()).bind(json!(wanted).to_string());
    found.fetch_all(conn).await
}

/// The lists of an inbox that stands at `standing`, read in the same transaction.
pub(super) async fn snapshot(
    conn: &mut SqliteConnection,
    user: &UserId,
    standing: Standing,
    lists: &[List],
) -> Result<Snapshot> {
    let mut found = Vec::with_capacity(lists.len());
    for list in lists {
        found.push(listed(conn, user, list).await?);
    }
    Ok(Snapshot { standing, lists: found })
}

async fn listed(conn: &mut SqliteConnection, user: &UserId, list: &List) -> Result<Listed> {
    let (filter, (count, ..)) = (&list.filter, list.window.parts());
    let order = if matches!(list.window, Window::First { .. }) { Order::Down } else { Order::Up };
    let mut alerts = stretch(conn, user, filter, order, list.window.bounds(), count).await?;
    if order == Order::Up {
        alerts.reverse();
    }
    let (newest, oldest) = list.window.edges(&alerts);
    let newer = stretch(conn, user, filter, Order::Up, (i64::MAX, newest), 1).await?;
    let older = stretch(conn, user, filter, Order::Down, (oldest, 0), 1).await?;
    Ok(Listed { alerts, has_previous: !newer.is_empty(), has_next: !older.is_empty() })
}

/// Which end of a list is read from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The newest alert first.
    Down,
    /// The oldest one.
    Up,
}

impl Order {
    fn sql(self) -> &'static str {
        if self == Self::Down { "desc" } else { "asc" }
    }
}

/// So many alerts that can be read, from one end, below and above the bounds.
async fn stretch(
    conn: &mut SqliteConnection,
    user: &UserId,
    filter: &Filter,
    order: Order,
    (mut upper, mut lower): (i64, i64),
    count: u32,
) -> Result<Vec<Alert>> {
    let mut alerts = Vec::new();
    while let wanted @ 1.. = (count as usize).saturating_sub(alerts.len()) {
        let rows = filter::query(stretch_sql(filter, order), user, filter)
            .bind(upper)
            .bind(lower)
            .bind(i64::try_from(wanted).map_err(row::damaged)?)
            .fetch_all(&mut *conn)
            .await?;
        alerts.extend(row::alerts(&rows));
        let Some(last) = rows.get(wanted - 1) else { break };
        let bound = if order == Order::Down { &mut upper } else { &mut lower };
        *bound = last.try_get("created_revision")?;
    }
    Ok(alerts)
}

/// SQLite guesses that a bound leaves a quarter: of two, that the inbox's own order leads to few alerts.
/// Where there is an index for the filter it is told that they leave nearly all.
pub(super) fn stretch_sql(filter: &Filter, order: Order) -> String {
    let (place, fits, order) = (filter::place(filter), filter::condition(filter), order.sql());
    match filter::split(filter) {
        None => format!(
            "select * from {place} where {fits} and created_revision < ?4 and created_revision > ?5
             order by created_revision {order} limit ?6"
        ),
        Some((column, values)) => format!(
            "select found.* from (select distinct value from json_each({values})) as wanted
             cross join {place} as found on found.id in (
                 select id from {place} as one where one.{column} = wanted.value and {fits}
                     and likelihood(created_revision < ?4, 0.9) and likelihood(created_revision > ?5, 0.9)
                 order by created_revision {order} limit ?6)
             order by found.created_revision {order} limit ?6"
        ),
    }
}

impl SqliteStore {
    pub(super) async fn snapshot(&self, user: &UserId, lists: &[List]) -> Result<Snapshot> {
        let (mut tx, standing) = self.begin_read(user).await?;
        snapshot(&mut tx, user, standing, lists).await
    }
}
