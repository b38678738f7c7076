//! An hour of everything. What a node holds must not grow by it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    heal,
    screen::{Hint, Screen},
    size,
    world::{NODES, World},
};
use crate::support::process::{memory, open_files};

/// What is held, and how much more of it there may be in the end: what an allocator keeps, and how many
/// connections there are at a moment, is not always the same.
const HELD: [(&str, Count, usize); 4] = [
    ("kB of memory", |held| held.memory, 8_000),
    ("files", |held| held.files, 10),
    ("connections to PostgreSQL", |held| held.postgres, 10),
    ("connections to Redis", |held| held.redis, 3),
];

/// What the node that stays has at some moment, and its servers of all nodes.
struct Held {
    memory: usize,
    files: usize,
    postgres: usize,
    redis: usize,
}

type Count = fn(&Held) -> usize;

impl Held {
    async fn by(world: &World) -> Self {
        let process = world.process(0);
        let backends = "select count(*) from pg_stat_activity where backend_type = 'client backend'";
        let mut conn = world.postgres.connect().await.unwrap();
        let backends: i64 = sqlx::query_scalar(backends).fetch_one(&mut conn).await.unwrap();
        Self {
            memory: usize::try_from(memory(process)).unwrap(),
            files: open_files(process),
            postgres: usize::try_from(backends).unwrap(),
            redis: world.redis.connections().await,
        }
    }
}

/// Something that goes on all the time where people come and go, and nodes are replaced or die.
async fn happen(world: &mut World) {
    match rand::random_range(0..6) {
        0 => {
            let node = rand::random_range(1..NODES);
            world.stop_node(node).await;
            world.start_node(node).await;
        }
        1 => {
            let node = rand::random_range(1..NODES);
            world.kill_node(node).await;
            world.start_node(node).await;
        }
        2 => world.doors[rand::random_range(0..NODES)].cut(),
        3 => {
            // They come, look around and go.
            let mut visitors = Vec::new();
            for user in &world.people {
                visitors.push(Screen::open(world.viewer(user, 0)).await);
            }
        }
        hint => {
            let hint = if hint == 4 { Hint::Leave } else { Hint::Drop };
            world.screens.iter().step_by(3).for_each(|screen| screen.hint(hint));
            sleep(size().pace).await;
            world.screens.iter().for_each(|screen| screen.hint(Hint::Wake));
        }
    }
}

fn median(quarter: &[Held], of: Count) -> usize {
    let mut all: Vec<_> = quarter.iter().map(of).collect();
    all.sort_unstable();
    all[all.len() / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nodes_hold_stays_the_same_for_an_hour() {
    let length = Duration::from_secs(3_600) / size().haste.pow(2);
    let mut world = World::start().await;
    // At such a pace an inbox has a thousand alerts in the end, and everybody's history fits here.
    world.pace = 6 * size().pace;
    let writers = world.begin().await;
    let (begin, mut held) = (Instant::now(), Vec::new());
    while begin.elapsed() < length {
        happen(&mut world).await;
        sleep(length.mul_f64(rand::random_range(0.0..0.005))).await;
        held.push(Held::by(&world).await);
    }
    let quarter = held.len() / 4;
    let (early, late) = (&held[quarter..2 * quarter], &held[3 * quarter..]);
    let (mut name, mut grown) = (format!("soak, {} s, {} events", length.as_secs(), held.len()), false);
    for (what, of, more) in HELD {
        let (before, after) = (median(early, of), median(late, of));
        name += &format!("; {what} {before}, then {after}");
        grown |= after >= before + more;
    }
    heal(world, writers, &name).await;
    assert!(!grown, "{name}");
}
