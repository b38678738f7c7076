//! A session that renews its right: what people and the server see of it.

use std::collections::{HashMap, HashSet};

use belfry::live::session::{Order, Renewing};
use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn ack(seconds: &str) -> String {
    format!(r#"{{"type":"connection_ack","payload":{{"expiresIn":{seconds}}}}}"#)
}

/// A client, the sockets it has, and the time.
struct Page {
    client: Renewing,
    now: Duration,
    /// By line: whether it is let in.
    sockets: HashMap<u32, bool>,
    /// What runs, and on which line.
    running: HashMap<usize, u32>,
    ids: HashSet<String>,
    statuses: Vec<Status>,
    closes: Vec<(u32, u16)>,
}

impl Page {
    fn new(random: fn() -> f64) -> Self {
        Self {
            client: Renewing::new(random),
            now: 100 * SECOND,
            sockets: HashMap::new(),
            running: HashMap::new(),
            ids: HashSet::new(),
            statuses: Vec::new(),
            closes: Vec::new(),
        }
    }

    /// Let in by a right that lasts so long, with one operation.
    fn with_right_of(seconds: &str) -> Self {
        let mut page = Self::new(|| 0.5);
        page.does(Input::Wake);
        page.does(Input::Subscribe(7));
        page.is_let_in(0, &ack(seconds));
        assert_eq!(page.statuses, [Status::Live]);
        page
    }

    fn does(&mut self, input: Input<'_>) {
        let orders = self.client.handle(self.now, input);
        self.take(orders);
    }

    fn hears(&mut self, line: u32, input: Input<'_>) {
        if matches!(input, Input::Closed { .. }) {
            self.lose(line);
        }
        let orders = self.client.hear(self.now, line, input);
        self.take(orders);
    }

    fn is_let_in(&mut self, line: u32, ack: &str) {
        self.hears(line, Input::Opened { credentials: None });
        self.sockets.insert(line, true);
        self.hears(line, Input::Text(ack));
    }

    /// Lets time pass in small steps, while the server pings on all sockets.
    fn passes(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now = end.min(self.now + SECOND / 10);
            let mut lines: Vec<_> =
                self.sockets.iter().filter(|(_, let_in)| **let_in).map(|(line, _)| *line).collect();
            lines.sort_unstable();
            lines.into_iter().for_each(|line| self.hears(line, Input::Text(PING)));
            self.does(Input::Tick);
        }
    }

    fn lose(&mut self, line: u32) {
        self.sockets.remove(&line);
        self.running.retain(|_, on| *on != line);
    }

    fn take(&mut self, orders: Vec<Order>) {
        for (line, action) in orders {
            match action {
                Action::Connect => {
                    assert_eq!(self.sockets.insert(line, false), None, "a line has one socket");
                    assert!(self.sockets.len() <= 2, "a third socket");
                }
                Action::Send(_) => assert!(self.sockets.contains_key(&line), "sent without a socket"),
                Action::Close { code, .. } => {
                    assert!(self.sockets.contains_key(&line), "closed without a socket");
                    self.closes.push((line, code));
                    self.lose(line);
                }
                Action::Subscribe { operation, id } => {
                    assert!(self.sockets[&line], "asked of a socket that is not let in");
                    assert!(self.ids.insert(id), "an id was used before");
                    // It may run on the socket before for the moment until that is closed.
                    self.running.insert(operation, line);
                }
                Action::Deliver { operation, outcome } => {
                    assert!(self.running.contains_key(&operation));
                    if !matches!(outcome, Outcome::Next(_)) {
                        self.running.remove(&operation);
                    }
                }
                Action::Status(status) => self.statuses.push(status),
            }
        }
        assert!(self.running.values().all(|line| self.sockets.contains_key(line)));
    }

    fn lines(&self) -> Vec<u32> {
        let mut lines: Vec<_> = self.sockets.keys().copied().collect();
        lines.sort_unstable();
        lines
    }
}

#[test]
fn the_new_socket_comes_first_and_then_the_old_one_goes_and_nobody_sees_it() {
    let mut page = Page::with_right_of("100");
    page.passes(79 * SECOND);
    assert_eq!(page.lines(), [0]);
    page.passes(2 * SECOND);
    assert_eq!((page.lines(), page.running[&7]), (vec![0, 1], 0));
    page.is_let_in(1, &ack("100"));
    assert_eq!((page.lines(), page.running[&7]), (vec![1], 1));
    assert_eq!(page.closes, [(0, 1000)]);
    assert_eq!(page.statuses, [Status::Live]);
    page.passes(81 * SECOND);
    assert_eq!(page.lines(), [1, 2], "and so on");
}

#[test]
fn all_renew_in_the_last_third_and_none_together() {
    for (random, after) in [((|| 0.0) as fn() -> f64, 70.0), (|| 0.25, 75.0), (|| 0.999, 89.98)] {
        let mut page = Page::new(random);
        page.does(Input::Wake);
        page.is_let_in(0, &ack("100"));
        let begun = page.now;
        while page.lines() == [0] {
            page.passes(SECOND / 10);
        }
        let took = (page.now - begun).as_secs_f64();
        assert!((after..after + 0.3).contains(&took), "{took}");
    }
}

#[test]
fn what_says_no_time_or_no_sensible_one_is_not_renewed() {
    for seconds in ["0", "-5", "0.5", "1e400", "null", "\"9\"", "[]", "4294967296", "{}"] {
        let mut page = Page::with_right_of(seconds);
        page.passes(600 * SECOND);
        assert_eq!((page.lines(), page.statuses), (vec![0], vec![Status::Live]), "{seconds}");
    }
    let mut page = Page::with_right_of("4294967295");
    page.passes(600 * SECOND);
    assert_eq!(page.lines(), [0]);
}

#[test]
fn one_that_is_not_let_in_goes_and_is_tried_again_less_and_less_often_than_never() {
    for code in [1006, 1013, 4401, 4403, 4400] {
        let mut page = Page::with_right_of("100");
        page.passes(81 * SECOND);
        let mut tried = 0;
        for _ in 0..250 {
            page.passes(SECOND / 10);
            if let [0, line] = page.lines()[..] {
                tried += 1;
                page.hears(line, Input::Closed { code });
                assert_eq!((page.lines(), page.running[&7]), (vec![0], 0), "{code}");
            }
        }
        assert!((3..10).contains(&tried), "{code}: {tried}");
        assert_eq!((page.statuses.as_slice(), page.closes.len()), (&[Status::Live][..], 0), "{code}");
    }
}

#[test]
fn one_that_stays_silent_is_given_up() {
    let mut page = Page::with_right_of("1000");
    page.passes(801 * SECOND);
    assert_eq!(page.lines(), [0, 1]);
    page.passes(11 * SECOND);
    assert_eq!((page.lines(), page.closes.len(), page.running[&7]), (vec![0], 1, 0));
    assert_eq!(page.statuses, [Status::Live]);
}

#[test]
fn who_loses_the_present_one_meanwhile_comes_back_as_always() {
    let mut page = Page::with_right_of("100");
    page.passes(81 * SECOND);
    page.hears(0, Input::Closed { code: 4403 });
    assert!(page.lines().is_empty());
    assert_eq!(page.statuses, [Status::Live, Status::Away { attempts: 0 }]);
    page.passes(SECOND);
    page.is_let_in(0, &ack("100"));
    assert_eq!((page.lines(), page.running[&7]), (vec![0], 0));
    // What the one that was given up still has to say is not heard.
    page.hears(1, Input::Text(&ack("1")));
    page.passes(60 * SECOND);
    assert_eq!(page.lines(), [0]);
}

#[test]
fn who_leaves_has_no_socket_left() {
    let mut page = Page::with_right_of("100");
    page.passes(81 * SECOND);
    page.does(Input::Leave);
    assert!(page.lines().is_empty());
    page.passes(100 * SECOND);
    assert!(page.lines().is_empty());
}

#[test]
fn a_new_socket_of_a_node_that_hears_nothing_is_told_of() {
    let mut page = Page::with_right_of("100");
    page.hears(0, Input::Text(r#"{"type":"ping","payload":{"live":false}}"#));
    page.passes(81 * SECOND);
    page.is_let_in(1, &ack("100"));
    assert_eq!(page.statuses, [Status::Live, Status::Stalled, Status::Live]);
}

/// One thing that happens, on one of the last lines.
#[derive(Clone, Copy, Debug)]
enum Step {
    Pass(u64),
    LetIn(u32, u32),
    Text(u32, &'static str),
    Closed(u32, u16),
    Page(fn() -> Input<'static>),
    Wants(usize),
    HasEnough(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let text = prop_oneof![Just(PING), Just(r#"{"id":"1","type":"complete"}"#), Just("{}")];
    prop_oneof![
        6 => (0_u64..15_000).prop_map(Step::Pass),
        6 => (0_u32..2, 0_u32..60).prop_map(|(line, seconds)| Step::LetIn(line, seconds)),
        3 => (0_u32..2, text).prop_map(|(line, text)| Step::Text(line, text)),
        2 => (0_u32..2, prop_oneof![Just(1006_u16), Just(1012), Just(4403)]).prop_map(|(line, code)| Step::Closed(line, code)),
        2 => Just(Step::Page(|| Input::Wake)),
        1 => Just(Step::Page(|| Input::Leave)),
        2 => (0_usize..3).prop_map(Step::Wants),
        1 => (0_usize..3).prop_map(Step::HasEnough),
    ]
}

impl Page {
    fn step(&mut self, step: Step) {
        let line = |page: &Self, from_last: u32| page.lines().into_iter().rev().nth(from_last as usize);
        match step {
            Step::Pass(ms) => self.passes(Duration::from_millis(ms)),
            Step::LetIn(from_last, seconds) => {
                if let Some(line) = line(self, from_last).filter(|line| !self.sockets[line]) {
                    self.is_let_in(line, &ack(&seconds.to_string()));
                }
            }
            Step::Text(from_last, text) => {
                line(self, from_last).into_iter().for_each(|line| self.hears(line, Input::Text(text)));
            }
            Step::Closed(from_last, code) => {
                line(self, from_last).into_iter().for_each(|line| self.hears(line, Input::Closed { code }));
            }
            Step::Page(input) => self.does(input()),
            Step::Wants(operation) => self.does(Input::Subscribe(operation)),
            Step::HasEnough(operation) => {
                self.running.remove(&operation);
                self.does(Input::Unsubscribe(operation));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What is said of sockets and operations is checked with every order.
    #[test]
    fn whatever_happens_there_are_two_sockets_at_most_and_each_operation_runs_on_one(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut page = Page::new(|| 0.5);
        page.does(Input::Wake);
        steps.into_iter().for_each(|step| page.step(step));
    }
}
