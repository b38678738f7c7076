//! Every statement on a hot path runs over an index. Its texts are private, so the claim stands here.

use sqlx::{AssertSqlSafe, Row, SqlitePool};

use super::{
    SqliteStore, due, inbox, leases, mark, raise,
    read::{self, Order},
    replay, sessions, tokens, upkeep,
};
use crate::{
    domain::{Filter, Place, Severity},
    server::store::due::{ARCHIVED, DUE, READ, UNREAD},
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
        && !["json_each", "clock", "wanted", "changed", "page", "CONSTANT ROW"]
            .iter()
            .any(|it| step.contains(it))
}

fn filters() -> Vec<Filter> {
    let narrow = |unread| Filter {
        place: Place::Inbox,
        unread,
        kinds: Some(vec!["build".into()]),
        severities: Some(vec![Severity::Critical]),
    };
    let wide = |unread| Filter { unread, ..Filter::default() };
    [None, Some(true), Some(false)].into_iter().flat_map(|it| [narrow(it), wide(it)]).collect()
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
    let [due, away_due, waking] = DUE.map(|due| due::find(&due));
    let [read, unread, archived] = [READ, UNREAD, ARCHIVED].map(|due| due::find(&due));
    let plain = [
        (inbox::STANDING, "PRIMARY KEY (user_id=?)"),
        (inbox::STANDING, "alerts_unread (user_id=? AND created_revision>?)"),
        (mark::NEWER, "alerts_unread (user_id=? AND created_revision>?)"),
        (read::ONE, "(id=?)"),
        (read::HELD, "(id=?)"),
        (read::BY_IDS, "(id=?)"),
        (raise::KEY, "PRIMARY KEY (publisher=? AND key=?)"),
        (leases::SOURCED, "PRIMARY KEY (publisher=? AND key=?)"),
        (leases::SOURCES, "idempotency_of_alert (alert_id=?"),
        (replay::SINCE, "(user_id=? AND revision>? AND revision<?)"),
        (replay::HEADS, "INTEGER PRIMARY KEY (rowid>?)"),
        (replay::HEADS_OF, "PRIMARY KEY (user_id=?)"),
        (replay::ENDED, "INTEGER PRIMARY KEY (rowid>?)"),
        (due.as_str(), "alerts_due (expires_at<?)"),
        (away_due.as_str(), "alerts_away_due (expires_at<?)"),
        (waking.as_str(), "alerts_waking (snoozed_until<?)"),
        (read.as_str(), "alerts_read_since (read_at>? AND read_at<?)"),
        (unread.as_str(), "alerts_unread_since (<expr><?)"),
        (archived.as_str(), "alerts_archived_since (expired_at<?)"),
        (upkeep::GONE, "alerts_gone (expired_at<?)"),
        (upkeep::FORGET, "alerts_gone (expired_at<?)"),
        (upkeep::FORGET_KEYS, "idempotency_of_alert (alert_id=?)"),
        (upkeep::LOGS, "(user_id=? AND revision=?)"),
        (upkeep::SHORTEN, "(user_id=? AND revision<?)"),
        (tokens::NAMED_BY, "(hash=?)"),
        (tokens::GOOD, "(hash=?)"),
        (sessions::LOAD, "PRIMARY KEY (hash=?)"),
        (sessions::USE, "PRIMARY KEY (hash=?)"),
        (sessions::LIST, "sessions_of (user_id=?)"),
        (sessions::END_ONE, "PRIMARY KEY (hash=?)"),
        (sessions::END_ALL, "sessions_of (user_id=?"),
        (sessions::END_OLDEST, "sessions_of (user_id=?"),
        (sessions::EXPIRED, "sessions_due (expires_at<?)"),
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
        let index = match filter {
            Filter { kinds: Some(_), .. } => "alerts_of_kind (user_id=? AND kind=? AND created_revision",
            Filter { unread: Some(true), .. } => "alerts_unread (user_id=? AND created_revision",
            Filter { unread: Some(false), .. } => "alerts_read (user_id=? AND created_revision",
            Filter { .. } => "alerts_listed (user_id=? AND created_revision",
        };
        for order in [Order::Down, Order::Up] {
            let steps = plan(&db, &read::stretch_sql(&filter, order)).await;
            assert!(steps.iter().any(|step| step.contains(index)), "{steps:#?}");
            assert!(!steps.iter().any(|step| walks(step)), "{steps:#?}");
            // Of each value no more than a page is sorted.
            let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY"));
            assert!(filter.kinds.is_some() || !sorts, "{steps:#?}");
        }
        let steps = plan(&db, &mark::read_all_sql(&filter)).await;
        // What is to be read and is read already is nothing, wherever it is looked for.
        let index = if filter.unread == Some(false) { "alerts_read (user" } else { "alerts_unread (user" };
        assert!(steps.iter().any(|step| step.contains(index)), "{steps:#?}");
        assert!(!steps.iter().any(|step| walks(step) || step.contains("TEMP B-TREE")), "{steps:#?}");
    }
    let severe = Filter { severities: Some(vec![Severity::Critical]), ..Filter::default() };
    let steps = plan(&db, &read::stretch_sql(&severe, Order::Down)).await;
    let index = "alerts_of_severity (user_id=? AND severity=? AND created_revision";
    assert!(steps.iter().any(|step| step.contains(index)), "{steps:#?}");
}
