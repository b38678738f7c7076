//! Alerts as they stand: one by one, by their ids, and in lists.

use serde_json::json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, Store, StoreError, filter, row};
use crate::{
    domain::{Alert, AlertId, Filter, Revision, UserId},
    server::store::{List, Listed, Snapshot, Standing, Window},
};

pub(super) const ONE: &str = "select * from listed where id = ?2 and user_id = ?1";

/// The join runs from the ids to the alerts and keeps the order of the ids.
pub(super) const BY_IDS: &str = "
    select listed.* from json_each(?2) as wanted cross join listed on listed.id = unhex(wanted.value)
    where listed.user_id = ?1 order by wanted.key";

/// An alert of this person.
pub(super) async fn one(conn: &mut SqliteConnection, user: &UserId, id: AlertId) -> Result<Option<Alert>> {
    let id = id.0.into_bytes();
    let found = sqlx::query(ONE).bind(user.as_str()).bind(&id[..]).fetch_optional(conn).await?;
    found.as_ref().map(row::alert).transpose()
}

/// Those of the alerts that are in this person's inbox, in the order of `ids`.
pub(super) async fn by_ids(
    conn: &mut SqliteConnection,
    user: &UserId,
    ids: &[AlertId],
) -> Result<Vec<Alert>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<_> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    let found = sqlx::query(BY_IDS).bind(user.as_str()).bind(json!(wanted).to_string());
    row::alerts(&found.fetch_all(conn).await?)
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
    let alerts = stretch(conn, user, list).await?;
    let (newest, oldest) = edges(&list.window, &alerts);
    let row = filter::query(beyond_sql(&list.filter), user, &list.filter).bind(newest).bind(oldest);
    let row: SqliteRow = row.fetch_one(conn).await?;
    Ok(Listed { alerts, has_previous: row.try_get("newer")?, has_next: row.try_get("older")? })
}

async fn stretch(conn: &mut SqliteConnection, user: &UserId, list: &List) -> Result<Vec<Alert>> {
    let (count, after, before) = match list.window {
        Window::First { count, after, before } | Window::Last { count, after, before } => {
            (count, after, before)
        }
    };
    let rows = filter::query(stretch_sql(list), user, &list.filter)
        .bind(upper(after))
        .bind(lower(before))
        .bind(count)
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
        "select * from listed where {fits} and created_revision < ?4 and created_revision > ?5
         order by created_revision {order} limit ?6"
    )
}

pub(super) fn beyond_sql(filter: &Filter) -> String {
    let fits = filter::condition(filter);
    format!(
        "select exists (select 1 from listed where {fits} and created_revision > ?4) as newer,
                exists (select 1 from listed where {fits} and created_revision < ?5) as older"
    )
}

fn upper(after: Option<Revision>) -> i64 {
    after.map_or(i64::MAX, i64::from)
}

fn lower(before: Option<Revision>) -> i64 {
    before.map_or(0, i64::from)
}

/// The creation revisions above which lies what is newer than the stretch, and below which lies
/// what is older. An empty stretch is the gap at the end its window counts from.
fn edges(window: &Window, alerts: &[Alert]) -> (i64, i64) {
    match (alerts, window) {
        ([newest, .., oldest], _) => (newest.created_revision.into(), oldest.created_revision.into()),
        ([only], _) => (only.created_revision.into(), only.created_revision.into()),
        ([], Window::First { after, .. }) => (upper(*after) - 1, upper(*after)),
        ([], Window::Last { before, .. }) => (lower(*before), lower(*before) + 1),
    }
}

impl Store {
    /// Where the inbox stands and the lists asked for, all of one moment.
    /// An inbox that is not there yet is made.
    ///
    /// # Errors
    /// The database failed.
    pub async fn snapshot(&self, user: &UserId, lists: &[List]) -> Result<Snapshot, StoreError> {
        let (mut tx, standing) = self.begin_read(user).await?;
        Ok(snapshot(&mut tx, user, standing, lists).await?)
    }

    /// An alert in this person's inbox; none when it is not there or not theirs.
    ///
    /// # Errors
    /// The database failed.
    pub async fn alert(&self, user: &UserId, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let mut conn = self.readers.acquire().await?;
        Ok(one(&mut conn, user, id).await?)
    }

    /// Those of the alerts that are in this person's inbox, in the order of `ids`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn alerts(&self, user: &UserId, ids: &[AlertId]) -> Result<Vec<Alert>, StoreError> {
        let mut conn = self.readers.acquire().await?;
        Ok(by_ids(&mut conn, user, ids).await?)
    }
}
