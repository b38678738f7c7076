//! A [`Filter`] as SQL: the same claim as [`Filter::matches`].

use sqlx::{AssertSqlSafe, Postgres, postgres::PgArguments, query::Query};

use crate::domain::{Filter, Place, UserId};

type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// The alerts of one person that fit: `$1` the person, `$2` kinds and `$3` severities, or null.
/// Statements count their own parameters from `$4`.
const MATCHING: &str = "user_id = $1
    and ($2::text[] is null or kind = any($2))
    and ($3::text[] is null or severity = any($3))";

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
        Filter { kinds: Some(_), .. } => Some(("kind", "$2")),
        Filter { severities: Some(_), .. } => Some(("severity", "$3")),
        Filter { .. } => None,
    }
}

/// A statement with the first three parameters bound. The text is made of constants alone.
pub(super) fn query<'q>(sql: String, user: &'q UserId, filter: &'q Filter) -> Statement<'q> {
    let severities = filter.severities.as_ref();
    // Text has no zero character in PostgreSQL, so no alert has such a kind.
    let kinds = filter.kinds.as_ref().map(|all| all.iter().filter(|it| !it.contains('\0')));
    sqlx::query(AssertSqlSafe(sql))
        .bind(user.as_str())
        .bind(kinds.map(|all| all.map(String::as_str).collect::<Vec<_>>()))
        .bind(severities.map(|all| all.iter().map(|it| it.name()).collect::<Vec<_>>()))
}
