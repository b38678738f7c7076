//! Every statement on a hot path runs over an index, also in an inbox of 100,000 alerts. Their texts
//! are private, so the claim stands here.

use std::{env, process::Command, time::Duration};

use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use super::{
    PostgresStore, due, inbox, leases, mark, raise,
    read::{self, Order},
    replay, sessions, tokens, upkeep,
};
use crate::{
    domain::{Filter, Place, Severity},
    server::store::{
        Pool,
        due::{ARCHIVED, DUE, READ, UNREAD},
    },
};

/// A hundred thousand alerts of ada's, half of them read and some put away, and a thousand people with a few.
const FILL: &str = "
    insert into people (id, name) select 'user' || n, 'x' from generate_series(1, 1000) n;
    insert into people (id, name) values ('ada', 'Ada');
    insert into inboxes (user_id, revision) select id, 100000 from people;
    insert into alerts (id, user_id, created_revision, revision, unread_since, kind, severity, title, body,
                        read_at, expires_at, expired_at, place, snoozed_until)
    select gen_random_uuid(), 'ada', n, n, n, case when n % 20000 = 0 then 'rare' else 'build' end,
           case when n % 20000 = 0 then 'CRITICAL' else 'INFO' end, 'x', 'y',
           case when n % 2 = 0 then now() end, case when n % 100 = 0 then now() + interval '1 day' end,
           case when n % 10 = 5 then now() end,
           case when n % 50 = 5 then 'ARCHIVE' when n % 500 = 15 then 'SNOOZED' end,
           case when n % 500 = 15 then now() + interval '1 day' end
    from generate_series(1, 100000) n;
    insert into alerts (id, user_id, created_revision, revision, unread_since, kind, severity, title, body)
    select gen_random_uuid(), 'user' || n, r, r, r, 'build', 'INFO', 'x', 'y'
    from generate_series(1, 1000) n cross join generate_series(1, 5) r;
    insert into changes (user_id, revision, unread, what, alert_ids)
    select user_id, created_revision, 0, 'raised', array[id] from alerts;
    insert into sessions (hash, user_id, data, expires_at)
    select sha256(n::text::bytea), 'user' || n % 1000 + 1, 'x', now() + interval '1 day' from generate_series(1, 5000) n;
    insert into tokens (name, hint, hash)
    select n, 'x', sha256(n::text::bytea) from generate_series(1, 5000) n;
    insert into idempotency (publisher, key, content, alert_id)
    select case when n % 2 = 0 then 'p' else 'bridge' end, n, '', gen_random_uuid()
    from generate_series(1, 5000) n;
    analyze";

/// A statement with its parameters in place of their numbers, the highest first.
fn with(sql: &str, parameters: &[&str]) -> String {
    let numbered = parameters.iter().enumerate().rev();
    numbered.fold(sql.to_owned(), |sql, (index, value)| sql.replace(&format!("${}", index + 1), value))
}

/// A statement's plan, without what it would cost.
async fn plan(db: &PgPool, sql: &str) -> String {
    let sql = AssertSqlSafe(format!("explain (costs off) {sql}"));
    let lines: Vec<String> = sqlx::query_scalar(sql).fetch_all(db).await.unwrap();
    lines.join("\n")
}

async fn db() -> PgPool {
    let server = env::var("BELFRY_TEST_POSTGRES").expect("run the tests with `make unit`");
    let name = format!("plans_{}", Uuid::from_bytes(rand::random()).simple());
    let create = format!("create database {name}");
    assert!(
        Command::new("psql")
            .args(["-qc", &create, &format!("{server}/postgres")])
            .status()
            .unwrap()
            .success()
    );
    // To fill the tables takes longer than a statement should, where others use the machine too.
    let pool = Pool { statement: Duration::from_secs(60), ..Pool::default() };
    let store = PostgresStore::open(&format!("{server}/{name}"), pool).await.unwrap();
    sqlx::raw_sql(FILL).execute(&store.pool).await.unwrap();
    store.pool
}

fn filters() -> Vec<Filter> {
    let narrow = |unread| Filter {
        place: Place::Inbox,
        unread,
        kinds: Some(vec!["build".into()]),
        severities: Some(vec![Severity::Info]),
    };
    let wide = |unread| Filter { unread, ..Filter::default() };
    [None, Some(true), Some(false)].into_iter().flat_map(|it| [narrow(it), wide(it)]).collect()
}

#[tokio::test]
async fn no_hot_statement_walks_a_table() {
    let db = db().await;
    let id = "'00000000-0000-7000-8000-000000000000'::uuid";
    let plain = [
        (with(inbox::STANDING, &["'ada'"]), "inboxes_pkey"),
        (with(inbox::LOCK, &["'ada'"]), "inboxes_pkey"),
        (
            with(inbox::RECORD, &["'ada'", "7", "1", "1", "0", "0", "0", "'read'", "null", "'{}'", "null"]),
            "inboxes_pkey",
        ),
        (with(inbox::STANDING, &["'ada'"]), "alerts_unread"),
        (with(inbox::LOCK_IF_FREE, &["'ada'"]), "inboxes_pkey"),
        (with(mark::NEWER, &["'ada'", "99900"]), "alerts_unread"),
        (with(read::ONE, &["'ada'", id]), "alerts_pkey"),
        (with(read::HELD, &["'ada'", id]), "alerts_pkey"),
        (with(read::BY_IDS, &["'ada'", &format!("array[{id}]")]), "alerts_pkey"),
        (with(raise::KEY, &["'p'", "'7'"]), "idempotency_pkey"),
        (with(leases::SOURCED, &["'7'"]), "idempotency_pkey"),
        (with(leases::SOURCES, &[&format!("array[{id}]")]), "idempotency_of_alert"),
        (with(replay::SINCE, &["'ada'", "99900", "100000"]), "changes_pkey"),
        (with(replay::HEADS, &["array['ada', 'user7']"]), "inboxes_pkey"),
        (with(replay::LOOK, &["pg_current_snapshot()::text"]), "changes_by_transaction"),
        (with(&due::find(&DUE[0]), &["0", "0", "'{}'"]), "Index Cond: (expires_at <="),
        (with(&due::find(&DUE[1]), &["0", "0", "'{}'"]), "alerts_away_due"),
        (with(&due::find(&DUE[2]), &["0", "0", "'{}'"]), "alerts_waking"),
        (with(&due::find(&READ), &["86400000", "0", "'{}'"]), "alerts_read_since"),
        (with(&due::find(&UNREAD), &["86400000", "0", "'{}'"]), "alerts_unread_since"),
        (with(&due::find(&ARCHIVED), &["86400000", "0", "'{}'"]), "alerts_archived_since"),
        (with(&due::take(&READ), &["86400000", id, "7"]), "Index Cond: (id ="),
        (with(&due::take(&DUE[2]), &["0", id, "7"]), "Index Cond: (id ="),
        (with(upkeep::FORGET, &["86400000", "200"]), "alerts_gone"),
        (with(upkeep::FORGET, &["86400000", "200"]), "idempotency_of_alert"),
        (with(upkeep::LOGS, &["'user1'", "86400000", "300", "200", "500"]), "changes_pkey"),
        (with(upkeep::SHORTEN, &["'ada'", "200", "86400000"]), "changes_pkey"),
        (with(tokens::NAMED_BY, &["sha256('7')"]), "tokens_hash_key"),
        (with(tokens::GOOD, &["array[sha256('7')]"]), "tokens_hash_key"),
        (with(sessions::LOAD, &["array['00']"]), "sessions_pkey"),
        (with(sessions::USE, &["array['00']", "1", "2"]), "sessions_pkey"),
        (with(sessions::LIST, &["'user7'", "100"]), "sessions_of"),
        (with(sessions::END_ONE, &["'user7'", "sha256('7')"]), "sessions_pkey"),
        (with(sessions::END_ALL, &["'user7'", "null"]), "sessions_of"),
        (with(sessions::END_OLDEST, &["'user7'", "sha256('7')"]), "sessions_of"),
        (with(sessions::EXPIRED, &["0"]), "Index Cond: (expires_at <="),
    ];
    for (sql, index) in plain {
        let plan = plan(&db, &sql).await;
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!walks(&plan), "{sql}\n{plan}");
    }
    let raise =
        [id, "'ada'", "'k'", "'INFO'", "'t'", "''", "null", "null", "null", "'raised'", "null", "'p'"];
    let plan = plan(&db, &with(raise::RAISE, &[&raise[..], &["'7'", "''", "'stream'", "1"]].concat())).await;
    assert!(plan.contains("inboxes_pkey") && plan.contains("idempotency_pkey") && !walks(&plan), "{plan}");
}

const SMALL: [&str; 2] = ["store", "leases"];

/// Whether a plan walks a whole table; that of the store has one row, that of leases two.
fn walks(plan: &str) -> bool {
    plan.lines().any(|line| {
        line.contains("Seq Scan") && !SMALL.iter().any(|table| line.contains(&format!("Seq Scan on {table}")))
    })
}

#[tokio::test]
async fn a_page_is_a_range_of_the_index_its_filter_names() {
    let db = db().await;
    for filter in filters() {
        let index = if filter.unread == Some(true) { "alerts_unread" } else { "alerts_listed" };
        let kinds = if filter.kinds.is_some() { "array['build']" } else { "null" };
        let severities = if filter.severities.is_some() { "array['INFO']" } else { "null" };
        for order in [Order::Down, Order::Up] {
            let sql = read::stretch_sql(&filter, order);
            let page = with(&sql, &["'ada'", kinds, severities, "99000", "0", "21"]);
            let page = plan(&db, &page).await;
            let narrow = page.contains("alerts_of_kind") || page.contains("alerts_read ");
            assert!(page.contains(index) || narrow, "{sql}\n{page}");
            assert!(!walks(&page) && (filter.kinds.is_some() || !page.contains("Sort")), "{sql}\n{page}");
        }
        let all = with(&mark::read_all_sql(&filter), &["'user7'", kinds, severities, "9", "10", "5000"]);
        let all = plan(&db, &all).await;
        assert!(!walks(&all), "{all}");
    }
}

#[tokio::test]
async fn a_page_of_few_among_many_is_found_by_what_they_have_in_common() {
    let db = db().await;
    let filter = |kinds, severities| Filter { kinds, severities, ..Filter::default() };
    let rare = [
        (filter(Some(vec!["rare".into()]), None), "array['rare']", "null", "alerts_of_kind"),
        (filter(None, Some(vec![Severity::Critical])), "null", "array['CRITICAL']", "alerts_of_severity"),
    ];
    for (filter, kinds, severities, index) in rare {
        let sql = read::stretch_sql(&filter, Order::Down);
        let page = plan(&db, &with(&sql, &["'ada'", kinds, severities, "99000", "0", "21"])).await;
        assert!(page.contains(index) && !walks(&page), "{sql}\n{page}");
    }
}
