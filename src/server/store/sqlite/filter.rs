//! A [`Filter`] as SQL: the same claim as [`Filter::matches`].

use serde_json::json;
use sqlx::{AssertSqlSafe, Sqlite, query::Query, sqlite::SqliteArguments};

use crate::domain::{Filter, Place, Severity, UserId};

type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

/// The alerts of one person that fit: `?1` the person, `?2` kinds and `?3` severities as JSON
/// arrays or null. Statements count their own parameters from `?4`.
const MATCHING: &str = "user_id = ?1
    and (?2 is null or kind in (select value from json_each(?2)))
    and (?3 is null or severity in (select value from json_each(?3)))";

/// Where the alerts of a filter are.
pub(super) fn place(filter: &Filter) -> &'static str {
    match filter.place {
        Place::Inbox => "listed",
        Place::Archive => "archived",
        Place::Snoozed => "snoozed",
    }
}

/// The condition of a filter. A text of its own for each value of `unread`, so that the database
/// sees which index fits.
pub(super) fn condition(filter: &Filter) -> String {
    let unread = match filter.unread {
        None => "",
        Some(true) => " and read_at is null",
        Some(false) => " and read_at is not null",
    };
    format!("{MATCHING}{unread}")
}

/// The column that has an index for a filter, and the parameter with its values: a page is then as many
/// ranges of that index as there are values, however few alerts fit.
pub(super) fn split(filter: &Filter) -> Option<(&'static str, &'static str)> {
    match filter {
        Filter { kinds: Some(_), .. } => Some(("kind", "?2")),
        Filter { severities: Some(_), .. } => Some(("severity", "?3")),
        Filter { .. } => None,
    }
}

/// A statement with the first three parameters bound. The text is made of constants alone.
pub(super) fn query<'q>(sql: String, user: &'q UserId, filter: &Filter) -> Statement<'q> {
    let names = |all: &Vec<Severity>| all.iter().map(|it| it.name()).collect::<Vec<_>>();
    sqlx::query(AssertSqlSafe(sql))
        .bind(user.as_str())
        .bind(filter.kinds.as_ref().map(|kinds| json!(kinds).to_string()))
        .bind(filter.severities.as_ref().map(|it| json!(names(it)).to_string()))
}
