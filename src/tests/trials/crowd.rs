//! Many people on one node, and some among them to whom nothing happens: how long do they wait?

use std::{collections::HashMap, fmt, pin::pin, sync::Arc, time::Duration};

use belfry::domain::{AlertId, InboxEvent};
use futures_util::{StreamExt, stream};
use tokio::{task::JoinSet, time::interval};

use super::{
    history::{Acknowledged, Moment, now},
    screen::Screen,
    size,
    viewer::Viewer,
    world::{World, wait},
    writer::raise,
};

/// How often an alert is raised for one of the bystanders, whatever became of the one before.
const PACE: Duration = Duration::from_millis(50);

/// How many there are.
pub fn bystanders() -> usize {
    200 / usize::try_from(size().haste).unwrap()
}

/// The bystanders and so many people, each with a page on the first node, which has its limits as a user has them
/// who says no more than that.
pub async fn gather(count: usize, limits: &'static [&'static str]) -> World {
    let mut world = World::start().await;
    world.limits = limits;
    world.stop_node(0).await;
    world.start_node(0).await;
    world.people = (0..bystanders() + count).map(|number| format!("person{number}")).collect();
    let viewers = world.people.iter().map(|user| world.viewer_at(user, world.port(0)));
    world.screens = open(viewers.collect()).await;
    world
}

/// Opens pages, some at once; all of them are live.
pub async fn open(viewers: Vec<Viewer>) -> Arc<Vec<Screen>> {
    let screens: Vec<_> = stream::iter(viewers).map(Screen::open).buffered(32).collect().await;
    let are_live = || screens.iter().all(Screen::is_live);
    wait("all sockets are open", are_live).await;
    Arc::new(screens)
}

/// How long it took from the request that raised an alert to the screen that shows it.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    median: Duration,
    late: Duration,
}

impl Waits {
    /// Of one or more.
    pub fn of(mut waits: Vec<Duration>) -> Self {
        waits.sort_unstable();
        Self { median: waits[waits.len() / 2], late: waits[waits.len() * 99 / 100] }
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms (median) and {} ms (99 %)", self.median.as_millis(), self.late.as_millis())
    }
}

/// The first of a world's people, a page each: they are raised alerts at an even pace.
pub struct Bystanders {
    publisher: Viewer,
    people: Vec<String>,
    screens: Arc<Vec<Screen>>,
    /// What they were raised.
    pub acknowledged: Vec<Acknowledged>,
}

impl Bystanders {
    /// Those whose pages are open on the first node.
    pub async fn of(world: &World) -> Self {
        let people = world.people[..bystanders()].to_vec();
        let publisher = world.publisher_at(world.port(0)).await;
        Self { publisher, people, screens: world.screens.clone(), acknowledged: Vec::new() }
    }

    /// What came of something, and how long they waited while it lasted.
    pub async fn during<T>(&mut self, lasting: impl Future<Output = T>) -> (T, Waits) {
        let (mut lasting, mut ticks, mut raising) = (pin!(lasting), interval(PACE), JoinSet::new());
        let over = loop {
            tokio::select! {
                over = &mut lasting => break over,
                _ = ticks.tick() => raising.spawn(self.raise(self.acknowledged.len() + raising.len())),
            };
        };
        let raised = raising.join_all().await;
        let waits = self.waits(&raised).await;
        self.acknowledged.extend(raised.into_iter().map(|(_, acknowledged)| acknowledged));
        (over, waits)
    }

    /// Raises one of many; when that was begun, and what came of it.
    fn raise(&self, number: usize) -> impl Future<Output = (Moment, Acknowledged)> + use<> {
        let (publisher, user) = (self.publisher.clone(), self.people[number % self.people.len()].clone());
        async move {
            let begun = now();
            (begun, raise(&publisher, &user, &format!("number {number} for bystanders")).await)
        }
    }

    /// Waits until all of it is shown, and says how long that took of each.
    async fn waits(&self, raised: &[(Moment, Acknowledged)]) -> Waits {
        let mut shown = HashMap::new();
        let all_is_shown = || {
            shown = self.shown();
            raised.iter().all(|(_, alert)| shown.contains_key(&alert.id))
        };
        wait("bystanders are shown what they were raised", all_is_shown).await;
        let waits = raised.iter().map(|(begun, alert)| shown[&alert.id].saturating_sub(*begun));
        Waits::of(waits.collect())
    }

    /// When each alert was shown first.
    fn shown(&self) -> HashMap<AlertId, Moment> {
        let mut first = HashMap::new();
        for screen in &self.screens[..self.people.len()] {
            for shown in screen.history().shown {
                if let InboxEvent::AlertChanged { alert_id, .. } = shown.event {
                    first.entry(alert_id).or_insert(shown.at);
                }
            }
        }
        first
    }
}
