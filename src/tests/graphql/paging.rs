//! Lists by the Relay cursor connections specification, walked both ways while new alerts come in.

use std::cell::Cell;

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::support::{app::App, voice::Voice};

/// How many lists are walked, each both ways.
const WALKS: u32 = 12;

const PAGE: &str = "query ($first: Int, $after: String, $last: Int, $before: String, $filter: AlertFilter) { \
    inbox { alerts(first: $first, after: $after, last: $last, before: $before, filter: $filter) { \
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";

const KINDS: [&str; 2] = ["build", "mention"];
const SEVERITIES: [&str; 3] = ["INFO", "WARNING", "CRITICAL"];

/// What an alert is, as far as filters look.
#[derive(Clone, Debug)]
struct Sort {
    kind: usize,
    severity: usize,
    read: bool,
}

#[derive(Clone, Debug)]
struct Walk {
    before: Vec<Sort>,
    /// What comes in after the first page, the second and so on.
    between: Vec<Vec<Sort>>,
    size: usize,
    unread: Option<bool>,
    kind: Option<usize>,
    severities: Option<Vec<usize>>,
}

fn sort() -> impl Strategy<Value = Sort> {
    (0..2_usize, 0..3_usize, any::<bool>()).prop_map(|(kind, severity, read)| Sort { kind, severity, read })
}

fn walk() -> impl Strategy<Value = Walk> {
    let filter = (
        prop::option::of(any::<bool>()),
        prop::option::of(0..2_usize),
        prop::option::of(prop::sample::subsequence(vec![0, 1, 2], 0..=3)),
    );
    (vec(sort(), 0..16), vec(vec(sort(), 0..3), 0..4), 1..6_usize, filter).prop_map(
        |(before, between, size, (unread, kind, severities))| Walk {
            before,
            between,
            size,
            unread,
            kind,
            severities,
        },
    )
}

impl Walk {
    fn filter(&self) -> Value {
        json!({
            "unread": self.unread,
            "kinds": self.kind.map(|kind| [KINDS[kind]]),
            "severities": self.severities.as_ref().map(|all| all.iter().map(|it| SEVERITIES[*it]).collect::<Vec<_>>()),
        })
    }

    fn takes(&self, sort: &Sort) -> bool {
        self.unread.is_none_or(|unread| unread != sort.read)
            && self.kind.is_none_or(|kind| kind == sort.kind)
            && self.severities.as_ref().is_none_or(|all| all.contains(&sort.severity))
    }
}

/// A page as it came.
struct Page {
    ids: Vec<String>,
    info: Value,
}

/// Somebody's inbox, and which of its alerts fit the walk: newest first.
struct Inbox<'a> {
    walk: &'a Walk,
    publisher: Voice,
    person: Voice,
    name: String,
    fitting: Vec<String>,
    between: usize,
}

impl<'a> Inbox<'a> {
    async fn filled(app: &App, name: String, walk: &'a Walk) -> Self {
        let (publisher, person) = (app.publisher_named(&name).await, app.person(&name));
        let mut inbox = Self { walk, publisher, person, name, fitting: Vec::new(), between: 0 };
        inbox.come(&walk.before).await;
        inbox
    }

    async fn come(&mut self, sorts: &[Sort]) {
        for sort in sorts {
            let (kind, severity) = (KINDS[sort.kind], SEVERITIES[sort.severity]);
            let alert =
                json!({ "recipientId": self.name, "kind": kind, "severity": severity, "title": "Hello" });
            let id = self.publisher.create(&alert).await["alert"]["id"].as_str().unwrap().to_owned();
            if sort.read {
                self.person.mark_read(&id).await;
            }
            if self.walk.takes(sort) {
                self.fitting.insert(0, id);
            }
        }
    }

    /// Asks for a page, and lets newer alerts come after it.
    async fn page(&mut self, mut window: Value) -> Page {
        window["filter"] = self.walk.filter();
        let mut list = self.person.data(PAGE, &window).await["inbox"]["alerts"].take();
        let edges = list["edges"].as_array().unwrap();
        let cursors: Vec<_> = edges.iter().map(|edge| &edge["cursor"]).collect();
        let info = &list["pageInfo"];
        let ends = [cursors.first(), cursors.last()].map(|end| end.map_or(Value::Null, |it| (*it).clone()));
        assert_eq!([&info["startCursor"], &info["endCursor"]], [&ends[0], &ends[1]]);
        let ids: Vec<_> = edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect();
        self.is_exact(&ids, info);
        let page = Page { ids, info: list["pageInfo"].take() };
        if let Some(sorts) = self.walk.between.get(self.between) {
            self.between += 1;
            self.come(sorts).await;
        }
        page
    }

    /// Whether there is more on either side is told exactly, also where the specification lets it be guessed.
    fn is_exact(&self, ids: &[String], info: &Value) {
        let place = |id: &String| self.fitting.iter().position(|fitting| fitting == id).unwrap();
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
            return assert!(self.fitting.is_empty());
        };
        assert_eq!(info["hasPreviousPage"], place(first) > 0);
        assert_eq!(info["hasNextPage"], place(last) + 1 < self.fitting.len());
    }

    /// From the newest to the oldest: what comes meanwhile is newer than all of it.
    async fn forward(&mut self) {
        let (expected, mut walked, mut after) = (self.fitting.clone(), Vec::new(), Value::Null);
        loop {
            let page = self.page(json!({ "first": self.walk.size, "after": after })).await;
            assert!(page.ids.len() == self.walk.size || page.info["hasNextPage"] == false);
            walked.extend(page.ids);
            after = page.info["endCursor"].clone();
            if page.info["hasNextPage"] == false {
                return assert_eq!(walked, expected);
            }
        }
    }

    /// From the oldest to the newest, whatever came meanwhile among them.
    async fn backward(&mut self) {
        let (mut walked, mut before) = (Vec::new(), Value::Null);
        loop {
            let known = self.fitting.clone();
            let mut page = self.page(json!({ "last": self.walk.size, "before": before })).await;
            assert!(page.ids.len() == self.walk.size || page.info["hasPreviousPage"] == false);
            before = page.info["startCursor"].clone();
            page.ids.append(&mut walked);
            walked = page.ids;
            if page.info["hasPreviousPage"] == false {
                return assert_eq!(walked, known);
            }
        }
    }
}

#[test]
fn paging_either_way_gives_each_edge_once_while_new_ones_come_in() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (app, people) = (runtime.block_on(App::start()), Cell::new(0));
    let config = Config { cases: WALKS, failure_persistence: None, ..Config::default() };
    let walked = TestRunner::new(config).run(&walk(), |walk| {
        people.set(people.get() + 1);
        runtime.block_on(async {
            Inbox::filled(&app, format!("ada.{}", people.get()), &walk).await.forward().await;
            Inbox::filled(&app, format!("bob.{}", people.get()), &walk).await.backward().await;
        });
        Ok(())
    });
    walked.unwrap();
}
