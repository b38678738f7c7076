//! Every statement on a hot path runs over an index. Its texts are private, so the claim stands here.

use sqlx::{AssertSqlSafe, Row, SqlitePool};

use super::{SqliteStore, expire, inbox, leases, mark, raise, read, replay, sessions, tokens};
use crate::{
    domain::{Filter, Severity},
    server::store::{List, Window},
};

/// The steps of a plan.
async fn plan(db: &SqlitePool, sql: &str) -> Vec<String> {
    let sql = AssertSqlSafe(format!("explain query plan {sql}"));
    let steps = sqlx::query(sql).fetch_all(db).await.unwrap();
    steps.iter().map(|step| step.get("detail")).collect()
}

/// Whether a step walks a whole table of rows. What a filter's JSON or the clock holds is small.
fn walks(step: &str) -> bool {
    step.starts_with("SCAN")
        && !["json_each", "clock", "wanted", "changed", "CONSTANT ROW"].iter().any(|it| step.contains(it))
}

fn filters() -> Vec<Filter> {
    let narrow = |unread| Filter {
        unread,
        kinds: Some(vec!["build".into()]),
        severities: Some(vec![Severity::Critical]),
    };
    let wide = |unread| Filter { unread, ..Filter::default() };
    [None, Some(true), Some(false)].into_iter().flat_map(|it| [narrow(it), wide(it)]).collect()
}

fn windows() -> [Window; 2] {
    let (count, after, before) = (20, Some(9), Some(3));
    [Window::First { count, after, before }, Window::Last { count, after, before }]
}

async fn db() -> (tempfile::TempDir, SqlitePool) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("b.db").display());
    let store = SqliteStore::open(&url).await.unwrap();
    (folder, store.readers)
}

#[tokio::test]
async fn no_hot_statement_walks_a_table() {
    let (_folder, db) = db().await;
    let plain = [
        (inbox::STANDING, "PRIMARY KEY (user_id=?)"),
        (read::ONE, "(id=?)"),
        (read::BY_IDS, "(id=?)"),
        (raise::KEY, "PRIMARY KEY (publisher=? AND key=?)"),
        (leases::SOURCED, "PRIMARY KEY (publisher=? AND key=?)"),
        (leases::SOURCES, "idempotency_bridged (alert_id=?"),
        (replay::SINCE, "(user_id=? AND revision>?)"),
        (replay::HEADS, "INTEGER PRIMARY KEY (rowid>?)"),
        (replay::HEADS_OF, "PRIMARY KEY (user_id=?)"),
        (replay::ENDED, "INTEGER PRIMARY KEY (rowid>?)"),
        (expire::DUE, "alerts_due (expires_at<?)"),
        (tokens::NAMED_BY, "(hash=?)"),
        (sessions::LOAD, "PRIMARY KEY (hash=?)"),
        (sessions::EXPIRED, "sessions_due (expires_at<?)"),
        (sessions::DROP_EXPIRED, "sessions_due (expires_at<?)"),
    ];
    for (sql, index) in plain {
        let steps = plan(&db, sql).await;
        assert!(steps.iter().any(|step| step.contains(index)), "{sql}\n{steps:#?}");
        assert!(!steps.iter().any(|step| walks(step)), "{sql}\n{steps:#?}");
    }
}

#[tokio::test]
async fn a_page_is_a_range_of_the_index_its_filter_names() {
    let (_folder, db) = db().await;
    for filter in filters() {
        let unread = filter.unread == Some(true);
        let index = if unread { "alerts_unread (user_id=?" } else { "alerts_listed (user_id=?" };
        let pages = windows().map(|window| read::stretch_sql(&List { filter: filter.clone(), window }));
        for sql in pages.into_iter().chain([read::beyond_sql(&filter)]) {
            let steps = plan(&db, &sql).await;
            assert!(steps.iter().any(|step| step.contains(index)), "{sql}\n{steps:#?}");
            assert!(
                !steps.iter().any(|step| walks(step) || step.contains("TEMP B-TREE")),
                "{sql}\n{steps:#?}"
            );
        }
        let steps = plan(&db, &mark::read_all_sql(&filter)).await;
        assert!(steps.iter().any(|step| step.contains("alerts_unread (user_id=?")), "{steps:#?}");
        assert!(!steps.iter().any(|step| walks(step)), "{steps:#?}");
    }
}
