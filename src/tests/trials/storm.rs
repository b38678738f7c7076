//! Everybody's socket is gone at once, and all come back.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::time::sleep;

use super::{
    history::{Moment, now},
    judge,
    screen::{Hint, Screen},
    size,
    world::{World, wait},
    writer::{Writers, raise},
};
use crate::support::process::memory;

/// Whose pages keep their sockets, on the same node.
const BYSTANDERS: usize = 20;

/// How late bystanders were told what was committed since a moment: the median and the 99th percentile.
async fn lateness(world: &World, since: Moment) -> [Duration; 2] {
    let log = world.log().await;
    let mut late = Vec::new();
    for screen in &world.screens[..BYSTANDERS] {
        let history = screen.history();
        let log = &log[&history.user];
        for shown in &history.shown {
            let entry = &log[shown.event.head().revision as usize - 1];
            if entry.at >= since {
                late.push(shown.at.saturating_sub(entry.at));
            }
        }
    }
    late.sort();
    [late[late.len() / 2], late[late.len() * 99 / 100]]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_sockets_are_gone_at_once_and_come_back() {
    let count = 10_000 / usize::try_from(size().haste).unwrap().pow(2);
    let mut world = World::start().await;
    world.limits = "on";
    world.stop_node(0).await;
    world.start_node(0).await;
    world.people = (0..count + BYSTANDERS).map(|number| format!("person{number}")).collect();
    let port = world.port(0);
    let viewers: Vec<_> = world.people.iter().map(|user| world.viewer_at(user, port)).collect();
    let opened = stream::iter(viewers).map(Screen::open).buffered(32).collect::<Vec<_>>().await;
    world.screens = Arc::new(opened);
    let publishers = vec![world.publisher_at(port).await, world.publisher_at(port).await];
    let told = world.people[..BYSTANDERS].to_vec();
    let writers = Writers::begin(publishers, &told, &world.screens, size().pace);
    let screens = world.screens.clone();
    wait("bystanders are told", || screens[..BYSTANDERS].iter().all(|screen| screen.told() > 0)).await;
    // Who has come is let in, and goes on from where the page stood.
    let connected = || screens.iter().filter(|screen| screen.is_live()).count();
    wait("everybody is live", || connected() == screens.len()).await;

    let (before, begin) = (memory(world.process(0)), now());
    screens[BYSTANDERS..].iter().for_each(|screen| screen.hint(Hint::Drop));
    wait("they are gone", || connected() <= screens.len() - count / 2).await;
    let publisher = world.publisher_at(port).await;
    for user in &world.people[BYSTANDERS..BYSTANDERS + count / 20] {
        let raised = raise(&publisher, user, &format!("while {user} was away")).await;
        world.acknowledged.push(raised);
    }
    wait("everybody is back", || connected() == screens.len()).await;
    let (took, after) = (now() - begin, memory(world.process(0)));
    sleep(Duration::from_secs(1)).await;
    world.acknowledged.extend(writers.stop().await);
    world.healed = Some(begin);
    let [median, late] = lateness(&world, begin).await;
    let name = format!(
        "{count} sockets gone at once: all back after {:.1} s; bystanders told after {} ms (median), {} ms \
         (99 %); {} MB before, {} MB after",
        took.as_secs_f64(),
        median.as_millis(),
        late.as_millis(),
        before / 1_024,
        after / 1_024
    );
    judge(&world, &name).await;
}
