//! What writers do to each other.

use std::time::Duration;

use futures_util::future::join_all;
use sqlx::raw_sql;
use tokio::time::sleep;

use super::{last, size, trial, world::NODES, writer::raise};
use crate::support::proxy::Flow;

/// Of each at once.
const AT_ONCE: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_write_to_one_inbox_at_once() {
    trial("50 writers at once on one inbox", async |world| {
        let publisher = world.publisher(0).await;
        let user = world.people[0].clone();
        for round in 0..40 / size().haste {
            let writers = (0..AT_ONCE)
                .map(async |number| raise(&publisher, &user, &format!("{round} by {number}")).await);
            let acknowledged = join_all(writers).await;
            world.acknowledged.extend(acknowledged);
        }
    })
    .await;
}

/// Somebody else holds an inbox: what is raised for it begins before what is raised for others, and is
/// committed after it. No news tells of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_finish_in_another_order_than_they_began() {
    trial("commits out of order, found by the sweeper alone", async |world| {
        world.nodes.iter().for_each(|node| node.to_redis.flow(Flow::Still));
        let publisher = world.publisher(0).await;
        for round in 0..60 / size().haste {
            let user = world.people[round as usize % world.people.len()].clone();
            let mut holder = world.postgres.connect().await.unwrap();
            let hold = format!("begin; select from inboxes where user_id = '{user}' for update");
            raw_sql(sqlx::AssertSqlSafe(hold)).execute(&mut holder).await.unwrap();
            let raising = tokio::spawn({
                let (publisher, user) = (publisher.clone(), user.clone());
                async move { raise(&publisher, &user, &format!("round {round}")).await }
            });
            // Longer than the sweeper takes to look.
            sleep(Duration::from_millis(1_300)).await;
            raw_sql("rollback").execute(&mut holder).await.unwrap();
            world.acknowledged.push(raising.await.unwrap());
        }
        for node in &world.nodes {
            assert!(node.to_redis.done() > 0, "nothing was held up");
            node.to_redis.flow(Flow::Free);
        }
    })
    .await;
}

/// A transaction that stays open keeps its place in the order of all, and holds up its own inbox only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_stays_open_until_its_node_dies() {
    trial("transaction open for a minute, its node dies", async |world| {
        let mut open = world.postgres.connect().await.unwrap();
        let update = "begin; update inboxes set unread = unread where user_id = 'person0'";
        raw_sql(update).execute(&mut open).await.unwrap();
        // What this node had begun when it was cut off stays open too, until the server ends it.
        world.nodes[2].to_postgres.flow(Flow::Still);
        last(60).await;
        world.kill_node(2).await;
        world.nodes[2].to_postgres.cut();
        world.nodes[2].to_postgres.flow(Flow::Free);
        drop(open);
        world.start_node(2).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_is_marked_read_while_alerts_are_raised() {
    trial("mark-all against new alerts", async |world| {
        let publisher = world.publisher(1).await;
        let user = world.people[0].clone();
        for round in 0..240 / size().haste {
            let key = format!("round {round}");
            let raised = raise(&publisher, &user, &key);
            let screen = &world.screens[round as usize % NODES % size().pages];
            let seen = screen.seen();
            let (raised, _) = tokio::join!(raised, screen.viewer.mark_all(&seen));
            world.acknowledged.push(raised);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_fall_due_while_they_are_read() {
    trial("expiry falling due while being read", async |world| {
        let mut conn = world.postgres.connect().await.unwrap();
        for _ in 0..300 / size().haste {
            // What publishers do by `expiresAt`, at moments that nobody can foresee.
            let due = "update alerts set expires_at = clock_timestamp() + interval '100 ms' \
                       where id in (select id from alerts where expires_at is null order by random() limit 3)";
            raw_sql(due).execute(&mut conn).await.unwrap();
            sleep(Duration::from_millis(50)).await;
        }
        last(12).await;
    })
    .await;
}
