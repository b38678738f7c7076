//! Alerts as they stand: one by one, by their ids, and in lists.

use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{PostgresStore, Result, filter, row};
use crate::{
    domain::{Alert, AlertId, Filter, UserId},
    server::store::{List, Listed, Snapshot, Standing, Window},
};

pub(super) const ONE: &str = "select * from listed where id = $2 and user_id = $1";

pub(super) const BY_IDS: &str = "
    select listed.* from unnest($2::uuid[]) with ordinality as wanted (id, place) join listed using (id)
    where user_id = $1 order by place";

/// An alert of this person.
pub(super) async fn one(conn: &mut PgConnection, user: &UserId, id: AlertId) -> Result<Option<Alert>> {
    let found = sqlx::query(ONE).bind(user.as_str()).bind(id.0).fetch_optional(conn).await?;
    found.as_ref().map(row::alert).transpose()
}

/// Those of the alerts that are in this person's inbox, in the order of `ids`.
pub(super) async fn by_ids(conn: &mut PgConnection, user: &UserId, ids: &[AlertId]) -> Result<Vec<Alert>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = sqlx::query(BY_IDS).bind(user.as_str()).bind(row::uuids(ids));
    row::alerts(&found.fetch_all(conn).await?)
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
    let alerts = stretch(conn, user, list).await?;
    let (newest, oldest) = list.window.edges(&alerts);
    let beyond = filter::query(beyond_sql(&list.filter), user, &list.filter).bind(newest).bind(oldest);
    let row: PgRow = beyond.fetch_one(conn).await?;
    Ok(Listed { alerts, has_previous: row.try_get("newer")?, has_next: row.try_get("older")? })
}

async fn stretch(conn: &mut PgConnection, user: &UserId, list: &List) -> Result<Vec<Alert>> {
    let (count, ..) = list.window.parts();
    let (upper, lower) = list.window.bounds();
    let rows = filter::query(stretch_sql(list), user, &list.filter)
        .bind(upper)
        .bind(lower)
        .bind(i64::from(count))
        .fetch_all(conn)
        .await?;
    let mut alerts = row::alerts(&rows)?;
    if matches!(list.window, Window::Last { .. }) {
        alerts.reverse();
    }
    Ok(alerts)
}

pub(super) fn stretch_sql(list: &List) -> String {
    let order = if matches!(list.window, Window::First { .. }) { "desc" } else { "asc" };
    let fits = filter::condition(&list.filter);
    format!(
        "select * from listed where {fits} and created_revision < $4 and created_revision > $5
         order by created_revision {order} limit $6"
    )
}

/// By the nearest alert beyond each edge: asked whether any exists, the database may look for it
/// anywhere.
pub(super) fn beyond_sql(filter: &Filter) -> String {
    let fits = filter::condition(filter);
    let nearest = |beyond: &str| {
        format!("(select true from listed where {fits} and created_revision {beyond} limit 1) is not null")
    };
    let newer = nearest("> $4 order by created_revision");
    let older = nearest("< $5 order by created_revision desc");
    format!("select {newer} as newer, {older} as older")
}

impl PostgresStore {
    pub(super) async fn snapshot(&self, user: &UserId, lists: &[List]) -> Result<Snapshot> {
        let (mut tx, standing) = self.begin_read(user).await?;
        let found = snapshot(&mut tx, user, standing, lists).await?;
        tx.commit().await?;
        Ok(found)
    }
}
