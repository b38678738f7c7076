//! Everybody's socket is gone at once, and all come back.

use super::{
    crowd::{self, Bystanders},
    history::{Acknowledged, Moment, now},
    judge, last,
    screen::{Hint, Screen},
    size,
    world::{World, wait},
    writer::{Writers, raise},
};
use crate::{
    operations::Scrape,
    support::{process::memory, voice::Voice},
};

/// What a node may keep of a storm, in kB: far less than as many sockets again would take.
const KEPT: u64 = 64 * 1024;

/// Above so many sockets at once some must be told to come again.
const LET_IN_AT_ONCE: usize = 1_000;

/// How many upgrades the first node refused.
async fn refused(world: &World) -> f64 {
    let node = Voice::new(world.nodes[0].address.parse().unwrap(), None);
    Scrape::of(&node).await.value("belfry_upgrades_refused_total{reason=\"rate\"}")
}

/// All but the bystanders lose their sockets, and some are raised an alert while they are away. When that
/// began, when all were back, and what was raised.
async fn strike(world: &World) -> (Moment, Moment, Vec<Acknowledged>) {
    let (publisher, begin) = (world.publisher_at(world.port(0)).await, now());
    let crowd = &world.screens[crowd::bystanders()..];
    let connected = || crowd.iter().filter(|screen| screen.is_live()).count();
    crowd.iter().for_each(|screen| screen.hint(Hint::Drop));
    wait("they are gone", || connected() <= crowd.len() / 2).await;
    let mut raised = Vec::new();
    for screen in &crowd[..crowd.len() / 20] {
        let user = &screen.viewer.user;
        raised.push(raise(&publisher, user, &format!("while {user} was away")).await);
    }
    wait("everybody is back", || crowd.iter().all(Screen::is_live)).await;
    (begin, now(), raised)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_sockets_are_gone_at_once_and_come_back() {
    let count = 10_000 / usize::try_from(size().haste).unwrap().pow(2);
    let mut world = crowd::gather(count, &[]).await;
    let mut bystanders = Bystanders::of(&world).await;
    let publishers = vec![world.publisher_at(world.port(0)).await, world.publisher_at(world.port(1)).await];
    let writers =
        Writers::begin(publishers, &world.people[..crowd::bystanders()], &world.screens, size().pace);
    let ((), alone) = bystanders.during(last(15)).await;

    let before = (memory(world.process(0)), refused(&world).await);
    let ((begin, back, raised), meanwhile) = bystanders.during(strike(&world)).await;
    let after = (memory(world.process(0)), refused(&world).await);
    last(5).await;
    world.acknowledged = [writers.stop().await, bystanders.acknowledged, raised].concat();
    world.healed = Some(back);
    let (kept, refused) = (after.0.saturating_sub(before.0), after.1 - before.1);
    let name = format!(
        "{count} sockets gone at once: all back after {:.1} s, {refused} upgrades refused; bystanders wait \
         {alone} before, {meanwhile} meanwhile; {} MB before, {} MB after",
        (back - begin).as_secs_f64(),
        before.0 / 1_024,
        after.0 / 1_024
    );
    judge(&world, &name).await;
    assert!(kept <= KEPT, "{name}");
    assert!(refused > 0.0 || count <= LET_IN_AT_ONCE, "{name}");
}
