//! What whoever runs Belfry sees of it: metrics, the log, readiness, and what comes after a restore.

mod admission;
mod away;
mod crowds;
mod elsewhere;
mod full;
mod ids;
mod metrics;
mod news;
mod probes;
mod rates;
mod restored;
mod retention;
mod secrets;
mod slow;
mod unreadable;

use std::time::Duration;

use tokio::time::{interval, timeout};

use crate::{support::voice::Voice, ws::bench::PATIENCE};

/// Everything a server counts.
pub struct Scrape(String);

impl Scrape {
    pub async fn of(server: &Voice) -> Self {
        Self(server.get("/metrics").await.text().await.unwrap())
    }

    /// A sample by its name and labels, as they are written.
    fn sample(&self, name: &str) -> Option<f64> {
        let values = self.0.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let values: Vec<f64> = values.map(|value| value.parse().unwrap()).collect();
        assert!(values.len() <= 1, "{name}: {values:?}");
        values.first().copied()
    }

    /// The same, of one that is there.
    pub fn value(&self, name: &str) -> f64 {
        self.sample(name).unwrap_or_else(|| panic!("no {name} in\n{}", self.0))
    }
}

/// Waits until a sample has a value.
async fn becomes(server: &Voice, name: &str, value: f64) {
    let mut looks = interval(Duration::from_millis(20));
    let reached = async {
        while Scrape::of(server).await.sample(name) != Some(value) {
            looks.tick().await;
        }
    };
    let found = timeout(PATIENCE, reached).await;
    assert!(found.is_ok(), "{name} is not {value}: {}", Scrape::of(server).await.0);
}
