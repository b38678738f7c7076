//! Alerts as they stand: one by one, by their ids, and in lists.

use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{PostgresStore, Result, filter, row};
use crate::{
    domain::{Alert, AlertId, Filter, UserId},
    server::store::{List, Listed, Snapshot, Standing, Window, held::Held, log::Found},
};

pub(super) const ONE: &str = "select * from here where id = $2 and user_id = $1";

/// The same of all that this person can take back.
pub(super) const HELD: &str = "select * from held where id = $2 and user_id = $1";

pub(super) const BY_IDS: &str = "
    select here.* from unnest($2::uuid[]) with ordinality as wanted (id, number) join here using (id)
    where user_id = $1 order by number";

/// An alert of this person.
pub(super) async fn one(conn: &mut PgConnection, user: &UserId, id: AlertId) -> Result<Option<Alert>> {
    let found = sqlx::query(ONE).bind(user.as_str()).bind(id.0).fetch_optional(conn).await?;
    Ok(found.as_ref().and_then(row::readable))
}

/// An alert of this person, also one that was thrown away.
pub(super) async fn held(conn: &mut PgConnection, user: &UserId, id: AlertId) -> Result<Option<Held>> {
    let found = sqlx::query(HELD).bind(user.as_str()).bind(id.0).fetch_optional(conn).await?;
    Ok(found.as_ref().and_then(row::held))
}

/// Those of the alerts that are in any place of this person's, in the order of `ids`.
pub(super) async fn by_ids(conn: &mut PgConnection, user: &UserId, ids: &[AlertId]) -> Result<Vec<Alert>> {
    Ok(row::alerts(&rows_by_ids(conn, user, ids).await?))
}

/// The same by their ids, with those that cannot be read.
pub(super) async fn found(conn: &mut PgConnection, user: &UserId, ids: &[AlertId]) -> Result<Found> {
    let rows = rows_by_ids(conn, user, ids).await?;
    rows.iter().map(|row| Ok((AlertId(row.try_get("id")?), row::readable(row)))).collect()
}

async fn rows_by_ids(conn: &mut PgConnection, user: &UserId, ids: &[AlertId]) -> Result<Vec<PgRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query(BY_IDS).bind(user.as_str()).bind(row::uuids(ids)).fetch_all(conn).await
}

/// The lists of an inbox that stands at `standing`, read in the same transaction.
pub(super) async fn snapshot(
    conn: &mut PgConnection,
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

async fn listed(conn: &mut PgConnection, user: &UserId, list: &List) -> Result<Listed> {
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
    conn: &mut PgConnection,
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

pub(super) fn stretch_sql(filter: &Filter, order: Order) -> String {
    let (place, fits, order) = (filter::place(filter), filter::condition(filter), order.sql());
    let range = format!("{fits} and created_revision < $4 and created_revision > $5");
    let nearest =
        |range| format!("select * from {place} where {range} order by created_revision {order} limit $6");
    match filter::split(filter) {
        None => nearest(range),
        Some((column, values)) => format!(
            "select found.* from (select distinct unnest({values}::text[]) as value) as wanted
             cross join lateral ({}) as found
             order by found.created_revision {order} limit $6",
            nearest(format!("{column} = wanted.value and {range}"))
        ),
    }
}

impl PostgresStore {
    pub(super) async fn snapshot(&self, user: &UserId, lists: &[List]) -> Result<Snapshot> {
        let (mut tx, standing) = self.begin_read(user).await?;
        let found = snapshot(&mut tx, user, standing, lists).await?;
        tx.commit().await?;
        Ok(found)
    }
}
