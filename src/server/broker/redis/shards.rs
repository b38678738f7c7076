//! The servers that carry news, each with what hears and what tells there.
//!
//! A single server has every slot; in a cluster each primary has some. Who they are is asked anew
//! whenever somebody doubts it: a connection ended, a slot left, a server answered that it is not
//! the one.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::{Notify, watch};
use tokio_util::task::AbortOnDropHandle;

use super::{
    Address,
    address::pause,
    channels::{SLOTS, Slots},
    publisher::{Letter, Outbox, Publisher},
    server::Server,
    subscriber::{Ear, Subscriber},
};
use crate::server::broker::Interest;

/// One server, until it is dropped.
struct Shard {
    outbox: Outbox,
    interest: Arc<Interest>,
    slots: watch::Sender<Slots>,
    /// Whether all of its channels are joined.
    up: Arc<AtomicBool>,
    _tasks: [AbortOnDropHandle<()>; 2],
}

impl Shard {
    fn start(server: &Server, ear: &Arc<Ear>, doubt: &Arc<Notify>) -> Arc<Self> {
        let (ear, doubt, interest) = (ear.clone(), doubt.clone(), Arc::<Interest>::default());
        let (slots, own) = watch::channel(Slots::default());
        let (left, leaving) = watch::channel(());
        let (outbox, publisher) = Publisher::new(server.clone(), leaving, doubt.clone(), ear.hub.clone());
        let (server, up) = (server.clone(), Arc::<AtomicBool>::default());
        let subscriber =
            Subscriber { server, ear, interest: interest.clone(), slots: own, up: up.clone(), left, doubt };
        let tasks = [tokio::spawn(subscriber.run()), tokio::spawn(publisher.run())];
        Arc::new(Self { outbox, interest, slots, up, _tasks: tasks.map(AbortOnDropHandle::new) })
    }
}

/// The way to some slots.
struct Route {
    slots: Slots,
    shard: Arc<Shard>,
}

/// Which server has which slots, as far as is known. Cloning it is cheap.
#[derive(Clone, Default)]
pub(super) struct Routes(Arc<RwLock<Vec<Route>>>);

impl Routes {
    /// Sends a letter by way of the server that has a slot. False: nobody knows it, so it is dropped.
    pub(super) fn send(&self, slot: u16, letter: Letter) -> bool {
        self.at(slot).is_some_and(|shard| {
            shard.outbox.send(letter);
            true
        })
    }

    /// The same beside the news, for a neighbour. Waits for room in that queue.
    pub(super) async fn send_other(&self, slot: u16, letter: Letter) {
        if let Some(others) = self.at(slot).map(|shard| shard.outbox.others()) {
            // It fails when the server has gone meanwhile: then it is dropped.
            let _ = others.send(letter).await;
        }
    }

    /// Whether every server is known and heard.
    pub(super) fn are_up(&self) -> bool {
        let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        !routes.is_empty() && routes.iter().all(|route| route.shard.up.load(Ordering::Relaxed))
    }

    /// How much news waits to be sent.
    pub(super) fn waiting(&self) -> usize {
        let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        routes.iter().map(|route| route.shard.outbox.waiting()).sum()
    }

    fn at(&self, slot: u16) -> Option<Arc<Shard>> {
        let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        routes.iter().find(|route| route.slots.hold(slot)).map(|route| route.shard.clone())
    }
}

/// Keeps one shard for each server that has slots.
pub(super) async fn keep(address: Address, ear: Arc<Ear>, routes: Routes) {
    let (doubt, mut shards, mut away) = (Arc::<Notify>::default(), HashMap::new(), false);
    loop {
        match address.holdings().await {
            Ok(holdings) => {
                away = false;
                // While a slot is nobody's, nobody is there to doubt that.
                let whole =
                    holdings.iter().map(|(_, slots)| slots.count()).sum::<usize>() == usize::from(SLOTS);
                arrange(&mut shards, holdings, &routes, |server| Shard::start(server, &ear, &doubt));
                if whole {
                    doubt.notified().await;
                }
            }
            Err(error) if !away => {
                away = true;
                tracing::warn!(%error, "cannot ask the Redis cluster for its servers; news may be slow");
            }
            Err(_) => {}
        }
        // Whoever is asked may know no more than who was doubted, yet.
        pause().await;
    }
}

/// Whom to ask comes first, and what each server has to join only then: who comes in between is sent to
/// a server that looks at all its users after that.
fn arrange(
    shards: &mut HashMap<String, Arc<Shard>>,
    holdings: Vec<(Server, Slots)>,
    routes: &Routes,
    start: impl Fn(&Server) -> Arc<Shard>,
) {
    let shard = |(server, slots): (Server, Slots)| {
        let name = server.to_string();
        let shard = shards.remove(&name).unwrap_or_else(|| start(&server));
        (name, slots, shard)
    };
    let arranged: Vec<_> = holdings.into_iter().map(shard).collect();
    let route = |slots: &Slots, shard: &Arc<Shard>| Route { slots: slots.clone(), shard: shard.clone() };
    let now = arranged.iter().map(|(_, slots, shard)| route(slots, shard)).collect();
    *routes.0.write().unwrap_or_else(PoisonError::into_inner) = now;
    *shards = HashMap::new();
    for (name, slots, shard) in arranged {
        shard.slots.send_if_modified(|known| {
            let changed = *known != slots;
            *known = slots;
            changed
        });
        shards.insert(name, shard);
    }
}

/// Sends word of users' first and last sessions to the servers that have their slots.
pub(super) async fn dispatch(interest: Arc<Interest>, ear: Arc<Ear>, routes: Routes) {
    loop {
        for user in interest.changed().await {
            if let Some(shard) = routes.at(ear.channels.slot(&user)) {
                shard.interest.note(&user);
            }
        }
    }
}
