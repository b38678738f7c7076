//! What a node counts, for `/metrics`.
//!
//! Counters are atomics, added to where things happen, once an event; what can be asked for is asked
//! when somebody looks. No label holds what a caller chose: their values are few and known.

mod answers;
mod scrape;

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Metric, Registry, Unit},
};

pub use answers::count;
pub use scrape::show;

use self::answers::Answers;

/// Everything a node counts. Each has its sentence where it is registered.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    answers: Answers,
    /// What goes to sockets.
    pub sockets: Sockets,
    /// What sessions are given, and where from.
    pub delivery: Delivery,
    /// What goes between nodes.
    pub news: News,
    /// What the sweeper does.
    pub sweeper: Sweeper,
    /// What was kept long enough.
    pub retention: Retention,
    unreadable: Gauge,
    connections: Connections,
}

/// What goes to sockets.
#[derive(Debug)]
#[expect(missing_docs, reason = "each has its sentence where it is registered")]
pub struct Sockets {
    open: Gauge,
    pub operations: Gauge,
    pub frames: Counter,
    /// Upgrades that wait for their turn.
    pub waiting: Gauge,
    /// Upgrades refused, for too many wait.
    pub refused_rate: Counter,
    /// Upgrades refused, for their address has as many sockets as it may.
    pub refused_address: Counter,
    /// Sockets closed, for their person has as many as they may.
    pub refused_person: Counter,
    /// Upgrades refused, for the process has nearly all the files open that it may.
    pub refused_files: Counter,
}

/// What sessions are given, and where from.
#[derive(Debug)]
#[expect(missing_docs, reason = "each has its sentence where it is registered")]
pub struct Delivery {
    pub subscriptions: Gauge,
    pub given: Counter,
    pub catch_ups: Counter,
    pub gaps_repaired: Counter,
}

/// What goes between nodes.
#[derive(Debug)]
#[expect(missing_docs, reason = "each has its sentence where it is registered")]
pub struct News {
    pub published: Counter,
    pub heard: Counter,
    /// Dropped before it was told: the queue had no room.
    pub dropped_full: Counter,
    /// Dropped before it was told: it had waited for too long.
    pub dropped_stale: Counter,
    /// Dropped, since Redis failed or could not be reached.
    pub dropped_failed: Counter,
    /// Refused, for it does not carry this store's MAC.
    pub forged: Counter,
    /// Refused, for it says nothing sensible.
    pub malformed: Counter,
    pub lag: Histogram,
    waiting: Gauge,
    broker_up: Gauge,
}

/// What the sweeper does.
#[derive(Debug)]
#[expect(missing_docs, reason = "each has its sentence where it is registered")]
pub struct Sweeper {
    pub duration: Histogram,
    pub failed: Counter,
    live: Gauge,
}

/// What was kept long enough.
#[derive(Debug)]
#[expect(missing_docs, reason = "each has its sentence where it is registered")]
pub struct Retention {
    pub retired: Counter,
    /// Deleted: what remained of alerts.
    pub alerts: Counter,
    /// Deleted: changes.
    pub changes: Counter,
    pub failed: Counter,
}

#[derive(Debug)]
struct Connections {
    idle: Gauge,
    used: Gauge,
    most: Gauge,
}

/// Upper bounds of durations: from a tenth of a millisecond to some seconds.
const SECONDS: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("belfry");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Which Belfry this is", build);
        Self {
            answers: Answers::new(&mut registry),
            sockets: Sockets::new(&mut registry),
            delivery: Delivery::new(&mut registry),
            news: News::new(&mut registry),
            sweeper: Sweeper::new(&mut registry),
            retention: Retention::new(&mut registry),
            unreadable: add(
                &mut registry,
                "unreadable_rows",
                "Rows of the database that cannot be read and are passed over, each counted once",
            ),
            connections: Connections::new(&mut registry),
            registry,
        }
    }
}

impl Sockets {
    fn new(to: &mut Registry) -> Self {
        let refused: Family<_, _> = add(to, "upgrades_refused", "Upgrades that were told to come again");
        Self {
            open: add(to, "sockets", "Open sockets"),
            operations: add(to, "operations", "Operations running on sockets"),
            frames: add(to, "frames", "Text frames written to sockets"),
            waiting: add(to, "upgrades_waiting", "Upgrades that wait for their turn"),
            refused_rate: one(&refused, "reason", "rate"),
            refused_address: one(&refused, "reason", "address"),
            refused_person: one(&refused, "reason", "person"),
            refused_files: one(&refused, "reason", "files"),
        }
    }
}

impl Delivery {
    fn new(to: &mut Registry) -> Self {
        Self {
            subscriptions: add(to, "subscriptions", "Subscriptions that follow an inbox"),
            given: add(to, "deliveries", "Changes given to subscriptions, counted once for each of them"),
            catch_ups: add(to, "catch_ups", "Reads of the change log by a subscription for itself"),
            gaps_repaired: add(
                to,
                "gaps_repaired",
                "Inboxes whose subscriptions were given from the log what no news had brought yet",
            ),
        }
    }
}

impl News {
    fn new(to: &mut Registry) -> Self {
        let dropped: Family<_, _> = add(to, "news_dropped", "News that Redis was not told, or did not take");
        let refused: Family<_, _> =
            add(to, "news_refused", "Messages on the channels of news that were none");
        Self {
            published: add(to, "news_published", "News that Redis took"),
            heard: add(to, "news_heard", "News that came over Redis"),
            dropped_full: one(&dropped, "reason", "full"),
            dropped_stale: one(&dropped, "reason", "stale"),
            dropped_failed: one(&dropped, "reason", "failed"),
            forged: one(&refused, "reason", "forged"),
            malformed: one(&refused, "reason", "malformed"),
            lag: timed(to, "publish_lag", "From the commit to where Redis took the news of it"),
            waiting: add(to, "outbox_news", "News that waits for Redis to take it"),
            broker_up: add(to, "broker_up", "0 while Redis is away, or else 1"),
        }
    }
}

impl Sweeper {
    fn new(to: &mut Registry) -> Self {
        Self {
            duration: timed(to, "sweep_duration", "One look at the log of all inboxes"),
            failed: add(to, "sweeps_failed", "Looks that failed"),
            live: add(to, "live", "0 while the store cannot be read, and sockets are told so, or else 1"),
        }
    }
}

impl Retention {
    fn new(to: &mut Registry) -> Self {
        let deleted: Family<_, _> = add(to, "rows_deleted", "Rows deleted that were kept long enough");
        Self {
            retired: add(
                to,
                "alerts_retired",
                "Alerts that left their inbox, for they were kept long enough",
            ),
            alerts: one(&deleted, "table", "alerts"),
            changes: one(&deleted, "table", "changes"),
            failed: add(to, "retentions_failed", "Looks for what was kept long enough that failed"),
        }
    }
}

impl Connections {
    fn new(to: &mut Registry) -> Self {
        let connections: Family<_, _> = add(to, "store_connections", "Connections to the database");
        Self {
            idle: one(&connections, "state", "idle"),
            used: one(&connections, "state", "used"),
            most: add(to, "store_connections_max", "The most connections to the database"),
        }
    }
}

/// A gauge that counts something until this is dropped.
pub struct Counted(Gauge);

impl Counted {
    /// One more.
    pub fn by(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn add<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

fn timed(registry: &mut Registry, name: &str, help: &str) -> Histogram {
    let histogram = Histogram::new(SECONDS);
    registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
    histogram
}

type Label = [(&'static str, &'static str); 1];

/// One of a family. It is there from the start: a rate needs the zero before the first event.
fn one<M: Clone + Default>(family: &Family<Label, M>, label: &'static str, value: &'static str) -> M {
    family.get_or_create_owned(&[(label, value)])
}
